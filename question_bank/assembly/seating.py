"""Which paper goes to which seat, so that neighbours have as little in common as possible.

Neighbours sit beside, before, behind or diagonally, in the same room.  Papers that are fewer than the seats are laid out
in a pattern in which, from four papers on, no neighbour has the same one; papers that are enough for everybody are handed
out at most once.  Then seats exchange papers while that lessens the sum of what neighbours share.  The seed decides all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from question_bank.assembly import streams

_PASSES = 8
#: Rooms are looked at together up to so many seats: with more papers to choose from, neighbours share less.
_MOST_TOGETHER = 1_000
#: The same paper next to each other is worse than any overlap.
_SAME = 100_000
#: From so many papers on no neighbour has the same.  With fewer, those beside and before come first, whatever the sum.
_NO_SAME = 4


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a candidate sits: whole numbers that count rows and columns of a room, from anywhere."""

    row: int
    column: int
    room: int


def deal_out(papers: Sequence[frozenset[str]], seats: Sequence[Seat], seed: str) -> list[int]:
    """For each seat the place of its paper in `papers`.

    papers: the question ids on each.  Papers are used as evenly as the pattern allows, each at most once where there are
    as many as seats.  Raises ValueError where there is no paper, or two seats are in the same place.
    """
    if not papers:
        raise ValueError("no papers to deal out")
    if len(set(seats)) < len(seats):
        raise ValueError("two seats in the same place")
    is_unique = len(papers) >= len(seats)
    order = streams.permutation(len(papers), seed, "seating").tolist()
    dealt = [0] * len(seats)
    used = 0
    for group in _groups(seats):
        some = order[used : used + len(group)] if is_unique else order[: 2 * _MOST_TOGETHER]
        used += len(group)
        here = [seats[place] for place in group]
        shared = _shared([papers[place] for place in some])
        near = _neighbours(here)
        start = _greedy(shared, near) if is_unique else _pattern(here, len(some), seed)
        if len(some) >= _NO_SAME:
            start = _improved(start, shared, near)
        for place, paper in zip(group, start.tolist(), strict=True):
            dealt[place] = some[paper]
    return dealt


def shared_by_neighbours(
    papers: Sequence[frozenset[str]], seats: Sequence[Seat], dealt: Sequence[int]
) -> list[int]:
    """How many questions the papers of each two neighbours have in common, pair by pair."""
    return [
        len(papers[dealt[one]] & papers[dealt[other]])
        for one, others in enumerate(_neighbours(seats))
        for other in others
        if one < other
    ]


def _groups(seats: Sequence[Seat]) -> list[list[int]]:
    """Places of seats by room, small rooms together, each group in the order of rooms, rows and columns."""
    rooms: dict[int, list[int]] = {}
    for place in sorted(range(len(seats)), key=lambda i: (seats[i].room, seats[i].row, seats[i].column)):
        rooms.setdefault(seats[place].room, []).append(place)
    groups: list[list[int]] = []
    for room in rooms.values():
        if groups and len(groups[-1]) + len(room) <= _MOST_TOGETHER:
            groups[-1] += room
        else:
            groups.append(list(room))
    return groups


def _neighbours(seats: Sequence[Seat]) -> list[list[int]]:
    place_of = {seat: place for place, seat in enumerate(seats)}
    around = [(row, column) for row in (-1, 0, 1) for column in (-1, 0, 1) if row or column]
    return [
        [
            found
            for row, column in around
            if (found := place_of.get(Seat(seat.row + row, seat.column + column, seat.room))) is not None
        ]
        for seat in seats
    ]


def _shared(papers: Sequence[frozenset[str]]) -> NDArray[np.int64]:
    """(papers, papers): questions in common; the same questions count as the same paper."""
    number = {name: place for place, name in enumerate(sorted(frozenset().union(*papers)))}
    columns = np.array([number[name] for paper in papers for name in sorted(paper)], dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum([len(paper) for paper in papers])])
    member = sparse.csr_array(
        (np.ones(len(columns), dtype=np.int64), columns, starts), shape=(len(papers), max(1, len(number)))
    )
    shared = np.asarray((member @ member.T).toarray(), dtype=np.int64)
    np.fill_diagonal(shared, _SAME)
    return shared


def _pattern(seats: Sequence[Seat], papers: int, seed: str) -> NDArray[np.int64]:
    """Papers in turn along a row, the next row begun two further on: a step to any neighbour is 1, 2 or 3 papers."""
    step = 2 if papers >= _NO_SAME else 1
    shifts = {
        seat.room: int(streams.words(1, seed, "room", seat.room)[0] % np.uint64(papers)) for seat in seats
    }
    return np.array(
        [(shifts[seat.room] + seat.column + step * seat.row) % papers for seat in seats], dtype=np.int64
    )


def _greedy(shared: NDArray[np.int64], near: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    """Seat after seat, the paper that has least in common with those of the neighbours who have theirs."""
    dealt = np.full(len(near), -1, dtype=np.int64)
    taken = np.zeros(len(shared), dtype=np.int64)
    for seat, others in enumerate(near):
        papers = [int(dealt[other]) for other in others if dealt[other] >= 0]
        cost = shared[papers].sum(axis=0) if papers else np.zeros(len(shared), dtype=np.int64)
        paper = int(np.argmin(cost + taken))
        dealt[seat] = paper
        taken[paper] = len(shared) * _SAME
    return dealt


def _improved(
    dealt: NDArray[np.int64], shared: NDArray[np.int64], near: Sequence[Sequence[int]]
) -> NDArray[np.int64]:
    """The same papers after exchanges between two seats, each the best for its seat."""
    dealt = dealt.copy()
    seats = np.arange(len(dealt))
    # cost[s, p]: what the neighbours of seat s share with paper p.
    cost = (
        np.stack([shared[dealt[others]].sum(axis=0) for others in map(list, near)]) if len(dealt) else shared
    )
    for _ in range(_PASSES):
        moved = False
        for seat, others in enumerate(map(list, near)):
            mine = dealt[seat]
            if not cost[seat, mine]:
                continue
            change = cost[seat, dealt] + cost[seats, mine] - cost[seat, mine] - cost[seats, dealt]
            # Neighbours who exchange still share with one another what they did.
            change[others] += 2 * shared[mine, dealt[others]] - shared[mine, mine]
            change[others] -= shared[dealt[others], dealt[others]]
            change[seat] = 0
            other = int(np.argmin(change))
            if change[other] >= 0:
                continue
            theirs = dealt[other]
            cost[others] += shared[theirs] - shared[mine]
            cost[near[other]] += shared[mine] - shared[theirs]
            dealt[seat], dealt[other] = theirs, mine
            moved = True
        if not moved:
            break
    return dealt
