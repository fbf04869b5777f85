"""Who sits where: a pure function of candidates, rooms and a seed, so that anybody can draw the same seats again.

Each room takes its share of the candidates, so that spare seats are spread; within a room the first seats of the S are
filled and the spare ones stand last.  People of one employer are dealt to different rooms first, then moved apart
within each room until no exchange of two seats separates any more of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from examsite.registration.rooms import capacity, neighbours
from question_bank.assembly import streams

#: How often a room is gone through, how many other seats one exchange is tried with, and from how many fresh draws.
PASSES, TRIES, DRAWS = 12, 120, 8


@dataclass(frozen=True, slots=True)
class Sitter:
    """A candidate to be seated.  employer: as registered, "" = unknown.  is_special: belongs in a special room."""

    id: int
    employer: str = ""
    is_special: bool = False


@dataclass(frozen=True, slots=True)
class Space:
    """A room to be filled."""

    id: int
    rows: int
    columns: int
    is_special: bool = False


@dataclass(frozen=True, slots=True)
class Arrangement:
    """seats: room id and seat number by candidate id.  beside: pairs of ids of one employer that are neighbours."""

    seats: dict[int, tuple[int, int]]
    beside: tuple[tuple[int, int], ...]


class TooFewSeats(Exception):
    """The rooms of one kind are too small for who belongs in them; `short` seats are missing."""

    def __init__(self, *, is_special: bool, short: int) -> None:
        super().__init__(f"{short} seats short in {'special' if is_special else 'ordinary'} rooms")
        self.is_special = is_special
        self.short = short


def arrange(sitters: Sequence[Sitter], rooms: Sequence[Space], seed: str) -> Arrangement:
    """Seats for all.  Where there is no special room at all, everybody sits in the ordinary ones.

    Rooms are filled in the order given.  Raises TooFewSeats.
    """
    ordered = sorted(sitters, key=lambda sitter: sitter.id)
    apart = any(room.is_special for room in rooms)
    seats: dict[int, tuple[int, int]] = {}
    beside: list[tuple[int, int]] = []
    for is_special in (True, False):
        here = [room for room in rooms if room.is_special is is_special]
        who = [sitter for sitter in ordered if (sitter.is_special and apart) is is_special]
        short = len(who) - sum(capacity(room) for room in here)
        if short > 0:
            raise TooFewSeats(is_special=is_special, short=short)
        for room, group in zip(here, _dealt(who, here, seed), strict=True):
            placed = _placed(group, room, seed)
            seats |= {sitter.id: (room.id, number) for number, sitter in enumerate(placed, start=1)}
            beside += [(placed[a].id, placed[b].id) for a, b in _together(placed, _pairs(room, len(placed)))]
    return Arrangement(seats, tuple(beside))


def still_beside(
    seats: dict[int, tuple[int, int]], employers: dict[int, str], rooms: Sequence[Space]
) -> list[tuple[int, int]]:
    """Pairs of candidates of one employer that sit beside one another, as seats stand now."""
    at = {place: sitter for sitter, place in seats.items()}
    found = []
    for room in rooms:
        for one, other in neighbours(room):
            a, b = at.get((room.id, one)), at.get((room.id, other))
            if a is not None and b is not None and _known(employers[a]) == _known(employers[b]) != "":
                found.append((a, b))
    return found


def _known(employer: str) -> str:
    return "".join(employer.split()).casefold()


def _dealt(sitters: Sequence[Sitter], rooms: Sequence[Space], seed: str) -> list[list[Sitter]]:
    """The candidates of each room: as many as its share of the seats, one employer's people as evenly as can be."""
    quotas = _quotas(len(sitters), [capacity(room) for room in rooms])
    groups: dict[str, list[Sitter]] = defaultdict(list)
    for place in streams.permutation(len(sitters), seed, "seats", "order"):
        sitter = sitters[int(place)]
        groups[_known(sitter.employer) or f"#{sitter.id}"].append(sitter)
    dealt: list[list[Sitter]] = [[] for _room in rooms]
    for members in sorted(groups.values(), key=len, reverse=True):
        here = [0] * len(rooms)
        for sitter in members:
            free = [n for n in range(len(rooms)) if len(dealt[n]) < quotas[n]]
            # The room where this employer is rarest; of those the emptiest, as a share of what it takes.
            best = min(free, key=lambda n: (here[n] / quotas[n], len(dealt[n]) / quotas[n], n))
            dealt[best].append(sitter)
            here[best] += 1
    return dealt


def _quotas(people: int, capacities: Sequence[int]) -> list[int]:
    """Whole numbers in the proportion of the capacities that add up to the people: largest remainders first."""
    total = sum(capacities)
    if not total:
        return [0 for _capacity in capacities]
    whole = [people * each // total for each in capacities]
    rest = sorted(range(len(capacities)), key=lambda n: (-(people * capacities[n] % total), n))
    for n in rest[: people - sum(whole)]:
        whole[n] += 1
    return whole


def _placed(group: Sequence[Sitter], room: Space, seed: str) -> list[Sitter]:
    """The group in the order of the room's seats: the best of a few draws, each improved as far as exchanges go."""
    pairs = _pairs(room, len(group))
    best: list[Sitter] | None = None
    left = 0
    for draw in range(DRAWS):
        order = [group[int(n)] for n in streams.permutation(len(group), seed, "seats", room.id, draw)]
        _improve(order, pairs, seed, (room.id, draw))
        remaining = len(_together(order, pairs))
        if best is None or remaining < left:
            best, left = order, remaining
        if not left:
            break
    return best or []


def _pairs(room: Space, filled: int) -> list[tuple[int, int]]:
    """Neighbouring places among the first `filled` seats, counted from 0."""
    return [(one - 1, other - 1) for one, other in neighbours(room) if other <= filled]


def _together(placed: Sequence[Sitter], pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    names = [_known(sitter.employer) for sitter in placed]
    return [(a, b) for a, b in pairs if names[a] and names[a] == names[b]]


def _improve(
    order: list[Sitter], pairs: Sequence[tuple[int, int]], seed: str, labels: tuple[int, int]
) -> None:
    """Exchange two places wherever that leaves fewer people of one employer beside one another; in place."""
    around: list[set[int]] = [set() for _sitter in order]
    for a, b in pairs:
        around[a].add(b)
        around[b].add(a)
    names = [_known(sitter.employer) or f"#{sitter.id}" for sitter in order]

    def clashes(place: int, name: str) -> int:
        return sum(names[other] == name for other in around[place])

    for turn in range(PASSES):
        tried = [int(n) for n in streams.permutation(len(order), seed, "seats", *labels, turn)][:TRIES]
        is_better = False
        for one in range(len(order)):
            now = clashes(one, names[one])
            if not now:
                continue
            gain, with_whom = 0, one
            for other in tried:
                if names[other] == names[one]:
                    continue
                near = other in around[one]
                before = now + clashes(other, names[other])
                after = clashes(one, names[other]) + clashes(other, names[one]) - 2 * near
                if before - after > gain:
                    gain, with_whom = before - after, other
            if gain:
                order[one], order[with_whom] = order[with_whom], order[one]
                names[one], names[with_whom] = names[with_whom], names[one]
                is_better = True
        if not is_better:
            return
