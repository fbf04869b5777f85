"""Questions of one cell exchanged between papers until all papers are equally hard.

An exchange between two papers within one cell changes no count of either and the use of no question, so whatever the
tables and the dealing promised stays true, and the exchange is free to make papers parallel.  In every round papers
are paired at random and each pair makes its best exchange, if one is good:

    first   one that takes apart enemies, repeats, or two questions on one point (and never one that brings some together)
    then    one after which both papers are nearer to each other in all features (squares, whole numbers)

Papers are rows of *slots*: columns are the places of cells, −1 where a paper's table has none.  Integers only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from question_bank.assembly import streams
from question_bank.assembly.ground import CONFLICT, FORBIDDEN, MOST_ON_A_POINT, Ground, Layout

_MIXED_ROUNDS, _ROUNDS = 80, 160
#: Somebody may be waiting for the first of some hundred papers.
_SOME, _MIXED_ROUNDS_OF_SOME, _ROUNDS_OF_SOME = 400, 50, 110
_REPAIRS, _LEAST_REPAIRED, _PARTNERS = 8, 8, 40
#: A few papers take little time a round and need more of them.
_FEW, _ROUNDS_OF_FEW = 64, 500


class Exchange:
    """Papers in the state of being exchanged.  `slots` (papers, columns) is changed in place.

    held: how often a question stands on a paper (0 or 1 once repaired); hostile: how many enemies of a question stand on
    it; asked: questions on each point.  sums: features of each paper.
    """

    def __init__(
        self, ground: Ground, slots: NDArray[np.signedinteger], layout: Layout, seed: str, *labels: str | int
    ):
        self.ground, self.slots, self.layout = ground, slots, layout
        self.is_turning = bool((layout.width > 1).any())
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
        mixed, last = _MIXED_ROUNDS, _ROUNDS
        if papers <= _SOME:
            mixed, last = _MIXED_ROUNDS_OF_SOME, _ROUNDS_OF_SOME
        self._rounds(0, mixed, 4, is_repaired=False)
        self._repair_rest()
        if self.sums.shape[1]:
            self._rounds(mixed, last, 4, is_repaired=True)
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
        """Of each paper (of these): pairs of questions on one point, and FORBIDDEN for each forbidden pair or repeat."""
        ground = self.ground
        some = np.arange(len(self.slots)) if papers is None else papers
        slots = self.slots[some]
        places, columns = np.nonzero(slots >= 0)
        cards, rows = slots[places, columns].astype(np.int64), some[places]
        # Each question counts those it conflicts with, so every pair twice.
        found = FORBIDDEN * (self.held[rows * ground.size + cards].astype(np.int64) - 1)
        if ground.has_enemies:
            found += FORBIDDEN * self.hostile[rows * ground.size + cards].astype(np.int64)
        pairs = np.bincount(places, weights=found, minlength=len(slots)).astype(np.int64) // 2
        asked = np.minimum(self.asked.reshape(len(self.slots), -1)[some], MOST_ON_A_POINT)
        return np.asarray(pairs + ground.crowd[asked].sum(axis=1))

    def is_forbidden(self) -> bool:
        """Whether some paper holds enemies, or a question twice."""
        return bool((self.conflicts() >= FORBIDDEN).any())

    def _repair_rest(self) -> None:
        """The few papers that still ask a point twice, or worse: each its best exchange with any of many others."""
        papers = len(self.slots)
        for turn in range(_REPAIRS):
            found = self.conflicts()
            left = np.flatnonzero(found)
            if not len(left):
                return
            tries = _PARTNERS
            if (found >= FORBIDDEN).any():
                left, tries = np.flatnonzero(found >= FORBIDDEN), papers
            left = left[np.argsort(-found[left], kind="stable")][: max(_LEAST_REPAIRED, papers // 25)]
            others = streams.permutation(papers, self.seed, "repair", *self.labels, turn)
            others = others[~np.isin(others, left)]
            tries = min(tries, len(others))
            if not tries:
                return
            one = np.repeat(left, tries)
            # Each begins elsewhere among the others.
            other = others[(np.arange(len(one)) // tries * 37 + np.arange(len(one)) % tries) % len(others)]
            if not self._round(one, other, turn, is_repaired=False, tries=tries) and turn:
                return

    def _round(
        self,
        one: NDArray[np.int64],
        other: NDArray[np.int64],
        number: int,
        *,
        is_repaired: bool,
        tries: int = 1,
    ) -> int:
        """Each pair's best exchange made, where it is good; returns how many.

        is_repaired: conflicts were taken apart, so only exchanges that make papers more equal are looked at.
        tries: pairs come in runs of so many with the same first paper, of which only the best is made.
        """
        values = self.ground.values
        turned = self.layout.turned(number)
        here, there = self.slots[one], self.slots[other]
        if self.is_turning:
            there = there[:, turned]
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
        conflict = self.conflict(one[pair], other[pair], gives, takes)
        score = conflict * CONFLICT + gain
        best = _best_of_each(pair // tries, score)
        best = best[score[best] < 0]
        if tries > 1:
            best = best[np.sort(np.unique(other[pair[best]], return_index=True)[1])]
        if not len(best):
            return 0
        pair, gives, takes = pair[best], gives[best], takes[best]
        column = found[best] % here.shape[1]
        self.make(one[pair], other[pair], column, turned[column], gives, takes)
        return len(best)

    def make(
        self,
        k: NDArray[np.int64],
        m: NDArray[np.int64],
        column: NDArray[np.int64],
        column_there: NDArray[np.int64],
        gives: NDArray[np.int64],
        takes: NDArray[np.int64],
    ) -> None:
        """Exchanges between papers k and m: no paper may occur twice."""
        ground = self.ground
        self.slots[k, column] = takes
        self.slots[m, column_there] = gives
        change = ground.values[takes] - ground.values[gives]
        self.sums[k] += change
        self.sums[m] -= change
        size, points = ground.size, ground.points
        for rows, cards, sign in ((k, gives, -1), (k, takes, 1), (m, takes, -1), (m, gives, 1)):
            self.held[rows * size + cards] += sign
            self.asked[rows * points + ground.point[cards]] += sign
            if ground.has_enemies:
                self._meet(rows, cards, sign)

    def conflict(
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
        more = ground.crowding
        met = (
            more[asked[kp + won]]
            - more[asked[kp + lost] - 1]
            + more[asked[mp + lost]]
            - more[asked[mp + won] - 1]
        )
        changed = np.where(lost != won, met, 0)
        kq, mq = k * size, m * size
        kg, kt, mg, mt = kq + gives, kq + takes, mq + gives, mq + takes
        forbidden = (held[kt] - held[kg] + held[mg] - held[mt]).astype(np.int64) + 2
        if ground.has_enemies:
            hostile = self.hostile
            # Where the two are enemies of one another this counts one too many, which only forgoes the exchange.
            forbidden += hostile[kt] - hostile[kg] + hostile[mg] - hostile[mt]
        return np.asarray(changed + FORBIDDEN * forbidden)

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
