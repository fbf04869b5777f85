"""Questions of one cell exchanged between papers until all papers are equally hard.

An exchange between two papers within one cell changes no count of either and the use of no question, so whatever the
tables and the dealing promised stays true, and the exchange is free to make papers parallel.  In every round papers
are paired at random and each pair makes its best exchange, if one is good:

    first   one that takes apart enemies, repeats, or two questions on one point (and never one that brings some together)
    then    one after which both papers are nearer to each other in all features (squares, whole numbers)

Papers are rows of *slots*: columns are the places of cells, −1 where a paper's table has none.  Integers only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from question_bank.assembly import streams
from question_bank.assembly.enemies import Enemies
from question_bank.assembly.supply import Supply

#: Apart counts before parallel: one conflict outweighs any difference of features.
_CONFLICT = 1 << 40
#: Questions that may not be together at all, beside two questions on one point, which is only unwanted.
_FORBIDDEN = 1_000
_MIXED_ROUNDS, _ROUNDS = 50, 180
_REPAIRS, _MOST_REPAIRED, _PARTNERS = 4, 100, 150
#: A few papers take little time a round and need more of them.
_FEW, _ROUNDS_OF_FEW = 64, 500


class Ground:
    """What exchanging needs to know of a supply.  Arrays over its questions, by place.

    cell, point: numbers.  values: features that differ at all (questions, columns) int64.
    enemy_of, enemy: enemies of question q are enemy[enemy_of[q] : enemy_of[q + 1]].
    """

    def __init__(self, supply: Supply, values: NDArray[np.int64], classes: NDArray[np.int64] | None = None):
        """classes: a number (from 0) of each question by which cells are divided further, where there are any."""
        self.size = len(supply.questions)
        self.cells = len(supply.cells)
        self.cell = np.array(supply.cell_of, dtype=np.int64)
        if classes is not None:
            width = int(classes.max(initial=0)) + 1
            self.cell, self.cells = self.cell * width + classes, self.cells * width
        codes = {code: n for n, code in enumerate(sorted({question.point for question in supply.questions}))}
        self.point = np.array([codes[question.point] for question in supply.questions], dtype=np.int64)
        self.points = len(codes)
        differs = (values != values[:1]).any(axis=0) if len(values) else np.zeros(values.shape[1], dtype=bool)
        self.values = np.ascontiguousarray(values[:, differs])
        self.enemies = Enemies(supply)
        sets = [sorted(self.enemies.of.get(place, ())) for place in range(self.size)]
        self.enemy_of = np.concatenate([[0], np.cumsum([len(one) for one in sets])]).astype(np.int64)
        self.enemy = np.array([other for one in sets for other in one], dtype=np.int64)
        self.has_enemies = bool(len(self.enemy))


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns of slots: cell of each, its number within the cell, first column and width of that cell."""

    cell: NDArray[np.int64]
    offset: NDArray[np.int64]
    first: NDArray[np.int64]
    width: NDArray[np.int64]

    def turned(self, number: int) -> NDArray[np.int64]:
        """For each column another of its cell, so that in time every slot meets every other."""
        return np.asarray(self.first + (self.offset + number) % self.width)


def layout_of(tables: NDArray[np.int64]) -> Layout:
    """The columns that these tables (papers, cells) need."""
    widths = tables.max(axis=0)
    cell = np.repeat(np.arange(len(widths)), widths)
    starts = np.cumsum(widths) - widths
    first = starts[cell]
    return Layout(cell, np.arange(len(cell)) - first, first, widths[cell])


def slots_of(hands: Sequence[NDArray[np.int64]], ground: Ground) -> tuple[NDArray[np.int32], Layout]:
    """Hands as rows of slots."""
    tables = np.stack([np.bincount(ground.cell[hand], minlength=ground.cells) for hand in hands])
    layout = layout_of(tables)
    starts = np.zeros(ground.cells, dtype=np.int64)
    starts[layout.cell[layout.offset == 0]] = layout.first[layout.offset == 0]
    slots = np.full((len(hands), len(layout.cell)), -1, dtype=np.int32)
    for row, hand in zip(slots, hands, strict=True):
        ordered = hand[np.lexsort((hand, ground.cell[hand]))]
        cells = ground.cell[ordered]
        row[starts[cells] + np.arange(len(cells)) - np.searchsorted(cells, cells)] = ordered
    return slots, layout


class Exchange:
    """Papers in the state of being exchanged.  `slots` (papers, columns) is changed in place.

    held: how often a question stands on a paper (0 or 1 once repaired); hostile: how many enemies of a question stand on
    it; asked: questions on each point.  sums: features of each paper.
    """

    def __init__(
        self, ground: Ground, slots: NDArray[np.int32], layout: Layout, seed: str, *labels: str | int
    ):
        self.ground, self.slots, self.layout = ground, slots, layout
        self.seed, self.labels = seed, labels
        papers = len(slots)
        rows, columns = np.nonzero(slots >= 0)
        cards = slots[rows, columns].astype(np.int64)
        self.held = np.bincount(rows * ground.size + cards, minlength=papers * ground.size).astype(np.int16)
        self.asked = np.bincount(
            rows * ground.points + ground.point[cards], minlength=papers * ground.points
        ).astype(np.int16)
        self.hostile = np.zeros(papers * ground.size if ground.has_enemies else 0, dtype=np.int16)
        if ground.has_enemies:
            self._meet(rows, cards, 1)
        self.sums = np.zeros((papers, ground.values.shape[1]), dtype=np.int64)
        np.add.at(self.sums, rows, ground.values[cards])

    def run(self) -> None:
        """Rounds until nothing is left to gain, or enough of them."""
        papers = len(self.slots)
        if papers < 2:
            return
        if papers <= _FEW:
            self._rounds(0, _ROUNDS_OF_FEW, 20 + 2 * papers, is_repaired=False)
            return
        self._rounds(0, _MIXED_ROUNDS, 4, is_repaired=False)
        self._repair_rest()
        if self.sums.shape[1]:
            self._rounds(_MIXED_ROUNDS, _ROUNDS, 4, is_repaired=True)
        if self.is_forbidden():
            self._repair_rest()

    def _rounds(self, first: int, last: int, most_idle: int, *, is_repaired: bool) -> None:
        papers, idle = len(self.slots), 0
        half = papers // 2
        for number in range(first, last):
            order = streams.permutation(papers, self.seed, "exchange", *self.labels, number)
            one, other = order[:half], order[half : 2 * half]
            if is_repaired and number % 3 == 0:
                # The easiest papers with the hardest: what random pairs leave over are a few far out.
                order = order[np.argsort(self.sums[order, 0], kind="stable")]
                one, other = order[:half], order[::-1][:half]
            idle = 0 if self._round(one, other, number, is_repaired=is_repaired) else idle + 1
            if idle > most_idle:
                return

    def conflicts(self, papers: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
        """Of each paper (of these): pairs of questions on one point, and _FORBIDDEN for each forbidden pair or repeat."""
        ground = self.ground
        some = np.arange(len(self.slots)) if papers is None else papers
        slots = self.slots[some]
        places, columns = np.nonzero(slots >= 0)
        cards, rows = slots[places, columns].astype(np.int64), some[places]
        # Each question counts those it conflicts with, so every pair twice.
        found = self.asked[rows * ground.points + ground.point[cards]].astype(np.int64) - 1
        found += _FORBIDDEN * (self.held[rows * ground.size + cards].astype(np.int64) - 1)
        if ground.has_enemies:
            found += _FORBIDDEN * self.hostile[rows * ground.size + cards].astype(np.int64)
        return np.bincount(places, weights=found, minlength=len(slots)).astype(np.int64) // 2

    def is_forbidden(self) -> bool:
        """Whether some paper holds enemies, or a question twice."""
        return bool((self.conflicts() >= _FORBIDDEN).any())

    def _repair_rest(self) -> None:
        """The few papers that still ask a point twice, or worse: the best exchange with any of many others."""
        papers = len(self.slots)
        for turn in range(_REPAIRS):
            found = self.conflicts()
            left = np.flatnonzero(found)
            swaps = 0
            for paper in left[np.argsort(-found[left], kind="stable")][:_MOST_REPAIRED].tolist():
                others = streams.permutation(papers, self.seed, "repair", *self.labels, turn, paper)
                others = others[others != paper]
                if found[paper] < _FORBIDDEN:
                    others = others[:_PARTNERS]
                one = np.full(len(others), paper, dtype=np.int64)
                swaps += self._round(one, others, turn, is_repaired=False, only_one=True)
            if not swaps:
                return

    def _round(
        self,
        one: NDArray[np.int64],
        other: NDArray[np.int64],
        number: int,
        *,
        is_repaired: bool,
        only_one: bool = False,
    ) -> int:
        """Each pair's best exchange made, where it is good; returns how many.

        is_repaired: conflicts were taken apart, so only exchanges that make papers more equal are looked at.
        only_one: of all pairs, which may have papers in common, only the best exchange.
        """
        ground, values = self.ground, self.ground.values
        turned = self.layout.turned(number)
        here, there = self.slots[one], self.slots[other][:, turned]
        # Both have a question there: neither is −1.
        found = np.flatnonzero(((here | there) >= 0) & (here != there))
        if not len(found):
            return 0
        pair = found // here.shape[1]
        gives, takes = here.ravel()[found].astype(np.int64), there.ravel()[found].astype(np.int64)
        change = values[takes] - values[gives]
        apart = (self.sums[one] - self.sums[other])[pair]
        apart += change
        gain = np.einsum("ij,ij->i", change, apart)
        if is_repaired:
            good = np.flatnonzero(gain < 0)
            pair, gives, takes, gain, change, found = (
                part[good] for part in (pair, gives, takes, gain, change, found)
            )
            if not len(good):
                return 0
        conflict = self._conflict(one[pair], other[pair], gives, takes)
        score = conflict * _CONFLICT + gain
        best = _best_of_each(pair, score)
        if only_one:
            best = best[np.argmin(score[best])][None]
        best = best[score[best] < 0]
        if not len(best):
            return 0
        pair, gives, takes = pair[best], gives[best], takes[best]
        column = found[best] % here.shape[1]
        k, m = one[pair], other[pair]
        self.slots[k, column] = takes
        self.slots[m, turned[column]] = gives
        self.sums[k] += change[best]
        self.sums[m] -= change[best]
        size, points = ground.size, ground.points
        for rows, cards, sign in ((k, gives, -1), (k, takes, 1), (m, takes, -1), (m, gives, 1)):
            # A paper makes one exchange a round, so no place is written twice in one of these.
            self.held[rows * size + cards] += sign
            self.asked[rows * points + ground.point[cards]] += sign
            if ground.has_enemies:
                self._meet(rows, cards, sign)
        return len(best)

    def _conflict(
        self,
        k: NDArray[np.int64],
        m: NDArray[np.int64],
        gives: NDArray[np.int64],
        takes: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        """By how much each exchange changes the conflicts of both papers together."""
        ground = self.ground
        size, points = ground.size, ground.points
        kp, mp = k * points, m * points
        lost, won = ground.point[gives], ground.point[takes]
        asked, held = self.asked, self.held
        met = asked[kp + won] - asked[kp + lost] + asked[mp + lost] - asked[mp + won]
        changed = np.where(lost != won, met.astype(np.int64) + 2, 0)
        kq, mq = k * size, m * size
        kg, kt, mg, mt = kq + gives, kq + takes, mq + gives, mq + takes
        forbidden = (held[kt] - held[kg] + held[mg] - held[mt]).astype(np.int64) + 2
        if ground.has_enemies:
            hostile = self.hostile
            # Where the two are enemies of one another this counts one too many, which only forgoes the exchange.
            forbidden += hostile[kt] - hostile[kg] + hostile[mg] - hostile[mt]
        return np.asarray(changed + _FORBIDDEN * forbidden)

    def _meet(self, rows: NDArray[np.int64], cards: NDArray[np.int64], sign: int) -> None:
        """Note at their enemies that these questions came to (or left) these papers."""
        ground = self.ground
        counts = ground.enemy_of[cards + 1] - ground.enemy_of[cards]
        hit = np.flatnonzero(counts)
        if not len(hit):
            return
        counts = counts[hit]
        starts = np.repeat(ground.enemy_of[cards[hit]] - (np.cumsum(counts) - counts), counts)
        others = ground.enemy[starts + np.arange(len(starts))]
        np.add.at(self.hostile, np.repeat(rows[hit], counts) * ground.size + others, sign)


def _best_of_each(group: NDArray[np.int64], score: NDArray[np.int64]) -> NDArray[np.int64]:
    """Place of the least score of each group, the first of equals; groups are sorted."""
    starts = np.flatnonzero(np.concatenate([[True], group[1:] != group[:-1]]))
    least = np.minimum.reduceat(score, starts)
    numbers = np.repeat(np.arange(len(starts)), np.diff(np.concatenate([starts, [len(group)]])))
    hits = np.flatnonzero(score == least[numbers])
    first = np.concatenate([[True], numbers[hits][1:] != numbers[hits][:-1]])
    return np.asarray(hits[first])
