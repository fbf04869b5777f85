"""One more paper, by itself: its questions exchanged for others of the bank, within their cells.

For who walks in when all papers are dealt out, or where one must be replaced.  It has the counts of a table of the same
plan, and the expected score and information of the plan's papers; how often its questions are used is left to chance.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from question_bank.assembly import streams
from question_bank.assembly.bank_exchange import exchanged_with_bank, target_of
from question_bank.assembly.ground import FORBIDDEN, Ground
from question_bank.assembly.impossible import Impossible
from question_bank.assembly.order import Order
from question_bank.assembly.paper import Paper
from question_bank.assembly.pool import Pool
from question_bank.assembly.prepare import Prepared, on_paper
from question_bank.assembly.verify import verify
from question_bank.problems import NOWHERE, Problem

_TRIALS = 20


class WalkIns:
    """Further papers of a plan, numbered from the one after its last.  Made once a plan, each paper then takes little time."""

    def __init__(self, prepared: Prepared, seed: str):
        self.prepared, self.seed = prepared, seed
        plan = prepared.plan
        self.ground = Ground(
            prepared.dealt,
            plan.features.values[prepared.open],
            most_a_point=prepared.specification.max_per_point or 0,
        )
        self.order = Order(prepared.supply, prepared.specification, seed)
        self.target = target_of(plan.tables, self.ground)
        order = np.argsort(self.ground.cell, kind="stable")
        sizes = np.bincount(self.ground.cell, minlength=self.ground.cells)
        self.cards = np.split(order, np.cumsum(sizes)[:-1])

    def paper(self, number: int, pool: Pool) -> Paper:
        """Paper `number` (from papers + 1), verified.  Raises Impossible where the bank has none without a fault."""
        plan = self.prepared.plan
        if number <= plan.papers:
            raise ValueError(f"paper {number} is one of the {plan.papers} of the plan")
        faults: list[Problem] = []
        for trial in range(_TRIALS):
            hand = self._hand(number, trial)
            if hand is None:
                continue
            whole = on_paper(self.prepared, hand[None])
            paper = self.order.paper(number, whole[0])
            faults = verify(paper, pool, self.prepared.specification)
            if not faults:
                return paper
        raise Impossible(
            faults or [Problem(NOWHERE, "no-further-paper", "抽不出另一份合格的试卷。请补充试题。")]
        )

    def _hand(self, number: int, trial: int) -> NDArray[np.int64] | None:
        """Places in the dealt supply; None where enemies or points could not be kept apart."""
        tables = self.prepared.plan.tables
        words = streams.words(self.ground.size, self.seed, "walk-in", number, trial)
        table = tables[(number - 1) % len(tables)]
        hand = np.concatenate(
            [
                cards[np.argsort(words[cards], kind="stable")[:count]]
                for cards, count in zip(self.cards, table, strict=True)
                if count
            ]
        )
        choices = [self.cards[cell] for cell in self.ground.cell[hand].tolist()]
        hand, left = exchanged_with_bank(self.ground, hand, choices, self.target)
        return hand if left < FORBIDDEN else None


def walk_in(prepared: Prepared, pool: Pool, seed: str, number: int) -> Paper:
    """Paper `number` of a plan, beyond its last: for one only; for several, make `WalkIns` once."""
    return WalkIns(prepared, seed).paper(number, pool)
