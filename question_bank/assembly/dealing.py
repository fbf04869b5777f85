"""Cards dealt into the cells of a table: which questions a paper gets.

Questions are cards of whole-number keys; the smallest keys of each cell are dealt.  A key says, from the highest
digit down (levelled): blocked or already spent where the bank has enough for every paper · how many cards of its
point the paper has already · beyond its even share of all papers · uses · importance · a random word.  One key
is unique, so the order doesn't depend on the sorting algorithm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from question_bank.assembly import streams
from question_bank.assembly.plan import Preference
from question_bank.assembly.supply import Supply
from question_bank.outlines.tree import Importance

_IMPORTANCE = {Importance.CORE: 0, Importance.GENERAL: 1, Importance.AUXILIARY: 2, None: 3}
_ROUND_BITS = 4
_LEAST_RANDOM_BITS = 6
_MOST_EARLIER_USES = 4_095


def importance_of(supply: Supply) -> NDArray[np.int64]:
    """0 for X, 1 for Y, 2 for Z, 3 where it isn't known: (questions,)."""
    return np.array([_IMPORTANCE[one] for one in supply.importance], dtype=np.int64)


class Exhausted(Exception):
    """The cards that are not blocked don't fill the table."""


@dataclass(frozen=True, slots=True)
class Round:
    """At most one cell of each area, dealt at once.  Arrays over its cards, sorted by (cell, point).

    cards: places in the supply; slot, group: number of the cell and of the (cell, point) within this round;
    rank_in_group: 0, 1, … within each group; take: which places of the cards sorted by cell are dealt.
    """

    cards: NDArray[np.int64]
    slot: NDArray[np.int64]
    group: NDArray[np.int64]
    rank_in_group: NDArray[np.int64]
    take: NDArray[np.int64]


class Deck:
    """The cards of a supply with how often each was used so far.

    planned: how many cards each cell gives in all papers together; it decides where papers can be disjoint.
    """

    def __init__(
        self, supply: Supply, planned: Sequence[int], papers: int, seed: str, preference: Preference
    ):
        self.seed = seed
        self.area_of = [cell.area for cell in supply.cells]
        self.cell = np.array(supply.cell_of, dtype=np.int64)
        codes = sorted({question.point for question in supply.questions})
        number = {code: place for place, code in enumerate(codes)}
        self.point = np.array([number[question.point] for question in supply.questions], dtype=np.int64)
        self.points = len(codes)
        self.importance = importance_of(supply)
        earlier = np.array([question.uses for question in supply.questions], dtype=np.int64)
        # Only differences matter, and beyond some thousands not even they.
        self.uses = np.minimum(earlier - (earlier.min() if len(earlier) else 0), _MOST_EARLIER_USES)
        self.dealt = np.zeros(len(self.cell), dtype=np.int64)
        self.preference = preference
        enough = np.array(supply.counts, dtype=np.int64) >= np.asarray(planned, dtype=np.int64)
        self.is_disjoint = enough[self.cell]
        self.quota = self._quota(planned)
        bits = int(self.uses.max(initial=0) + papers).bit_length()
        card_bits = max(1, len(self.cell).bit_length())
        # A key of 63 bits: cell, 2 for blocked and spent, point round, 3 for reserve and importance, uses, random, card.
        self.random_bits = min(32, 63 - 2 * card_bits - 2 - _ROUND_BITS - 3 - bits)
        if self.random_bits < _LEAST_RANDOM_BITS:
            raise ValueError("too many questions or papers for one drawing")
        self.use_bits, self.card_bits = bits, card_bits

    def rounds(self, table: Sequence[int]) -> tuple[Round, ...]:
        """The table as rounds; in each area the cell that has fewest points to spare is dealt first."""
        cards_of: dict[int, NDArray[np.int64]] = {
            cell: np.flatnonzero(self.cell == cell) for cell, count in enumerate(table) if count
        }
        waiting: dict[str, list[tuple[int, int]]] = {}
        for cell, cards in cards_of.items():
            spare = len(np.unique(self.point[cards])) - table[cell]
            waiting.setdefault(self.area_of[cell], []).append((spare, cell))
        depth = max((len(cells) for cells in waiting.values()), default=0)
        turns = [
            [sorted(cells)[turn][1] for _, cells in sorted(waiting.items()) if turn < len(cells)]
            for turn in range(depth)
        ]
        return tuple(self._round(cells, cards_of, table) for cells in turns)

    def deal(
        self, rounds: Sequence[Round], blocked: NDArray[np.bool_], *labels: str | int
    ) -> NDArray[np.int64]:
        """The cards of one paper.  Raises Exhausted where blocked cards would be needed.  Changes no use count."""
        head, tail = self._keys(blocked, *labels)
        held = np.zeros(self.points, dtype=np.int64)
        tail_bits = 3 + self.use_bits + self.random_bits
        mask = (1 << self.card_bits) - 1
        dealt = []
        for part in rounds:
            cards = part.cards
            local = np.arange(len(cards), dtype=np.int64)
            low = (tail[cards] << self.card_bits) | local
            high = head[cards]
            by_group = np.sort(
                (part.group << (2 + tail_bits + self.card_bits))
                | (high << (tail_bits + self.card_bits))
                | low
            )
            first = by_group & mask
            again = np.empty(len(cards), dtype=np.int64)
            again[first] = part.rank_in_group
            again = np.minimum(again + held[self.point[cards]], (1 << _ROUND_BITS) - 1)
            by_cell = np.sort(
                (part.slot << (2 + _ROUND_BITS + tail_bits + self.card_bits))
                | (high << (_ROUND_BITS + tail_bits + self.card_bits))
                | (again << (tail_bits + self.card_bits))
                | low
            )
            chosen = cards[(by_cell & mask)[part.take]]
            np.add.at(held, self.point[chosen], 1)
            dealt.append(chosen)
        hand = np.concatenate(dealt) if dealt else np.empty(0, dtype=np.int64)
        if blocked[hand].any():
            raise Exhausted
        return hand

    def use(self, hand: NDArray[np.int64]) -> None:
        """Count the cards of a paper that is kept."""
        self.uses[hand] += 1
        self.dealt[hand] += 1

    def is_spent(self) -> NDArray[np.bool_]:
        """Cards that need not come again, because their cell has enough others for every paper."""
        return self.is_disjoint & (self.dealt > 0)

    def _keys(
        self, blocked: NDArray[np.bool_], *labels: str | int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        words = streams.words(len(self.cell), self.seed, *labels) >> np.uint64(64 - self.random_bits)
        random = words.astype(np.int64)
        spent = self.is_spent().astype(np.int64)
        level = self.uses << self.random_bits | random
        wide = self.use_bits + self.random_bits
        if self.preference is Preference.CORE_FIRST:
            return blocked.astype(np.int64) << 1, (self.importance << 1 | spent) << wide | level
        reserve = self.dealt >= self.quota
        # Cards that are needed anyway come mixed, or the first papers would take every X and leave the last none.
        core = np.where(reserve, self.importance, 0)
        tail = (reserve.astype(np.int64) << self.use_bits | self.uses) << (2 + self.random_bits)
        return blocked.astype(np.int64) << 1 | spent, tail | core << self.random_bits | random

    def _quota(self, planned: Sequence[int]) -> NDArray[np.int64]:
        """How often each card is needed when its cell gives `planned` cards evenly: the rest, one each, from X on."""
        random = streams.words(len(self.cell), self.seed, "quota")
        order = np.lexsort((random, self.importance, self.uses, self.cell))
        sizes = np.bincount(self.cell, minlength=len(planned))
        starts = np.cumsum(sizes) - sizes
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order)) - starts[self.cell[order]]
        each, rest = np.divmod(np.asarray(planned, dtype=np.int64), np.maximum(sizes, 1))
        return np.asarray(each[self.cell] + (rank < rest[self.cell]), dtype=np.int64)

    def _round(
        self, cells: Sequence[int], cards_of: dict[int, NDArray[np.int64]], table: Sequence[int]
    ) -> Round:
        cards = np.concatenate([cards_of[cell] for cell in cells])
        slot = np.repeat(np.arange(len(cells)), [len(cards_of[cell]) for cell in cells])
        order = np.lexsort((cards, self.point[cards], slot))
        cards, slot = cards[order], slot[order]
        new = np.ones(len(cards), dtype=bool)
        new[1:] = (slot[1:] != slot[:-1]) | (self.point[cards][1:] != self.point[cards][:-1])
        group = np.cumsum(new) - 1
        rank = np.arange(len(cards)) - np.flatnonzero(new)[group]
        starts = np.searchsorted(slot, np.arange(len(cells)))
        take = np.concatenate(
            [start + np.arange(table[cell]) for start, cell in zip(starts, cells, strict=True)]
        )
        return Round(cards, slot.astype(np.int64), group.astype(np.int64), rank, take.astype(np.int64))
