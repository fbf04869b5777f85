"""A hard limit on what two papers share: exchanges until no pair has more in common.  For some 1,000 papers at most.

Papers of a rotating table share more than the mean by chance.  For each pair beyond the limit one of the two gives a shared
question away, within its cell, to the paper with which that lessens the excess of all pairs most; of equals the one that
keeps papers most equal.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from question_bank.assembly import streams
from question_bank.assembly.exchange import Exchange
from question_bank.assembly.ground import CONFLICT
from question_bank.assembly.overlap import shared_questions

#: More papers than this can't be compared each with each.
MOST_PAPERS = 1_000
_PASSES = 40
_CANDIDATES = 200
_EQUALISED = 300


class Apart:
    """shared: (papers, papers), questions in common, far below 0 on the diagonal; member: (questions, papers) 0 or 1."""

    def __init__(self, exchange: Exchange, most: int):
        self.exchange, self.most = exchange, most
        slots = exchange.slots
        papers = len(slots)
        hands = slots[slots >= 0].reshape(papers, -1)
        self.shared = shared_questions(hands, exchange.ground.size).astype(np.int16)
        np.fill_diagonal(self.shared, -10_000)
        self.member = np.zeros((exchange.ground.size, papers), dtype=np.int16)
        self.member[hands.ravel(), np.repeat(np.arange(papers), hands.shape[1])] = 1
        self.turn = 0

    def run(self) -> bool:
        """Whether no two papers have more than `most` in common now."""
        if len(self.shared) < 2:
            return True
        for _ in range(_PASSES):
            pairs = np.argwhere(np.triu(self.shared) > self.most)
            if not len(pairs):
                break
            moved = 0
            for one, other in pairs[
                np.argsort(-self.shared[pairs[:, 0], pairs[:, 1]], kind="stable")
            ].tolist():
                if self.shared[one, other] > self.most:
                    moved += self._part(one, other) or self._part(other, one)
            if not moved:
                return False
        self._equalise()
        return not bool((self.shared > self.most).any())

    def _part(self, paper: int, other: int) -> bool:
        """Exchange away a question of one paper that another has."""
        slots = self.exchange.slots[paper]
        columns = np.flatnonzero((slots >= 0) & (self.member[slots, other] > 0))
        return self._move(paper, columns, is_parting=True)

    def _equalise(self) -> None:
        """Bring the papers that the limit left furthest out nearer to the rest."""
        sums = self.exchange.sums
        if not sums.shape[1]:
            return
        for _ in range(2):
            away = np.abs(sums[:, 0] * len(sums) - sums[:, 0].sum())
            for paper in np.argsort(-away, kind="stable")[:_EQUALISED].tolist():
                self._move(paper, np.flatnonzero(self.exchange.slots[paper] >= 0), is_parting=False)

    def _move(self, paper: int, columns: NDArray[np.int64], *, is_parting: bool) -> bool:
        """The best exchange of one of these columns, if it lessens the excess or, unless that must be, differences."""
        exchange = self.exchange
        candidates = [(column, np.flatnonzero(exchange.slots[:, column] >= 0)) for column in columns.tolist()]
        column = np.repeat(columns, [len(papers) for _, papers in candidates])
        if not len(column):
            return False
        partner = np.concatenate([papers for _, papers in candidates])
        self.turn += 1
        order = streams.permutation(len(column), exchange.seed, "apart", *exchange.labels, self.turn)
        column, partner = column[order[:_CANDIDATES]], partner[order[:_CANDIDATES]]
        gives = exchange.slots[paper, column].astype(np.int64)
        takes = exchange.slots[partner, column].astype(np.int64)
        one = np.full(len(column), paper, dtype=np.int64)
        useful = (gives != takes) & (exchange.conflict(one, partner, gives, takes) <= 0)
        one, column, partner, gives, takes = (part[useful] for part in (one, column, partner, gives, takes))
        if not len(one):
            return False
        excess = self._excess(paper, partner, gives, takes)
        change = exchange.ground.values[takes] - exchange.ground.values[gives]
        gain = np.einsum("ij,ij->i", change, exchange.sums[paper] - exchange.sums[partner] + change)
        score = excess * CONFLICT + gain
        best = int(np.argmin(score))
        if score[best] >= 0 or (is_parting and excess[best] >= 0):
            return False
        place = slice(best, best + 1)
        exchange.make(one[place], partner[place], column[place], column[place], gives[place], takes[place])
        self._note(paper, int(partner[best]), int(gives[best]), int(takes[best]))
        return True

    def _excess(
        self, paper: int, partner: NDArray[np.int64], gives: NDArray[np.int64], takes: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """By how much each exchange changes the sum of what pairs have beyond the limit."""
        change = self.member[takes] - self.member[gives]
        rows = np.arange(len(partner))
        # The two keep in common what they have, and neither is a pair with itself.
        change[rows, partner] = 0
        change[:, paper] = 0
        mine, theirs = self.shared[paper], self.shared[partner]
        before = np.maximum(mine - self.most, 0).sum(dtype=np.int64) + np.maximum(theirs - self.most, 0).sum(
            axis=1, dtype=np.int64
        )
        after = np.maximum(mine + change - self.most, 0).sum(axis=1, dtype=np.int64)
        after += np.maximum(theirs - change - self.most, 0).sum(axis=1, dtype=np.int64)
        return np.asarray(after - before)

    def _note(self, paper: int, partner: int, gives: int, takes: int) -> None:
        change = self.member[takes] - self.member[gives]
        change[[paper, partner]] = 0
        for one, sign in ((paper, 1), (partner, -1)):
            self.shared[one] += sign * change
            self.shared[:, one] = self.shared[one]
        self.member[gives, paper], self.member[takes, paper] = 0, 1
        self.member[takes, partner], self.member[gives, partner] = 0, 1
