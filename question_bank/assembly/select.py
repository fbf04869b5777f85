"""Drawing papers: the same seed, pool and specification give the same papers, on any machine.

    1  plan           prepare: whole counts, tables that rotate, features, bounds
    2  deal           few papers one by one (one_by_one), many in blocks of 1,000 (blocks)
    3  exchange       questions of one cell between papers, until all are equally hard
    4  order          sections by kind, questions and options shuffled inside them

Every paper has exactly the counts of its table; nothing after step 1 can change them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from question_bank.assembly.blocks import BLOCK, Blocks, Packs
from question_bank.assembly.dealing import importance_of
from question_bank.assembly.exchange import Exchange, Ground, slots_of
from question_bank.assembly.impossible import Impossible
from question_bank.assembly.one_by_one import Table
from question_bank.assembly.order import Order, Papers
from question_bank.assembly.paper import Paper
from question_bank.assembly.plan import Dealing, Plan, Preference
from question_bank.assembly.pool import Pool
from question_bank.assembly.prepare import Prepared, prepare
from question_bank.assembly.proof import Proof, prove
from question_bank.assembly.specification import Specification
from question_bank.outlines.tree import Outline

__all__ = ["Drawn", "Impossible", "deal", "draw"]

#: The most used question of a block-dealt drawing may stand on this much more papers than the limit of the tables.
_MOST_OF_LIMIT = 1.05


@dataclass(frozen=True, slots=True)
class Drawn:
    """papers, numbered from 1; the plan they follow; the proof of required against achieved shares.

    hands: places of each paper's questions in the supply, sorted: (papers, questions).
    """

    papers: Sequence[Paper]
    plan: Plan
    proof: Proof
    hands: NDArray[np.int32]


def draw(
    pool: Pool,
    specification: Specification,
    outline: Outline | None = None,
    *,
    papers: int,
    unique: bool,
    seed: str,
    preference: Preference = Preference.LEVELLED,
) -> Drawn:
    """Draw this many papers.

    unique: no two papers have the same questions (one paper a candidate); otherwise a few papers for many candidates,
    which may coincide where the bank has no other questions.  Both keep overlap low: disjoint while supply lasts.
    outline: gives importance where questions don't say it, and the shares where the specification has none.

    Raises Impossible where the specification has faults, where the pool can't meet it, or where it doesn't have that
    many different papers; ValueError where papers < 1.
    """
    prepared = prepare(
        pool, specification, outline, papers=papers, unique=unique, seed=seed, preference=preference
    )
    return deal(prepared, seed)


def deal(prepared: Prepared, seed: str) -> Drawn:
    """The papers of a plan.  The seed must be the one it was made with."""
    plan = prepared.plan
    if plan.dealing is Dealing.BLOCKS:
        hands = _in_blocks(prepared, seed)
        if hands is None:
            # The bank is too narrow for papers that don't know of each other.
            plan = replace(plan, dealing=Dealing.ONE_BY_ONE)
            hands = _one_by_one(replace(prepared, plan=plan), seed)
    else:
        hands = _one_by_one(prepared, seed)
    order = Order(prepared.supply, prepared.specification, seed)
    proof = prove(hands, prepared.supply, prepared.specification, plan)
    return Drawn(Papers(order, hands), plan, proof, hands)


def blocks_of(prepared: Prepared, seed: str) -> Blocks:
    """The blocks of a plan, each to be had by its number."""
    plan, dealt = prepared.plan, prepared.dealt
    ground = Ground(dealt, plan.features.values[prepared.open])
    turns, rest = divmod(plan.papers, len(plan.tables))
    tables = np.array(plan.tables, dtype=np.int64)
    planned = tables.sum(axis=0) * turns + tables[:rest].sum(axis=0)
    earlier = np.array([question.uses for question in dealt.questions], dtype=np.int64)
    most = max(1, int(plan.papers * plan.load.limit * _MOST_OF_LIMIT))
    packs = Packs(ground, earlier, importance_of(dealt), planned, most, seed)
    return Blocks(ground, packs, plan.tables, plan.papers, seed)


def hands_of_block(prepared: Prepared, blocks: Blocks, number: int) -> NDArray[np.int32] | None:
    """The hands of one block, by itself; None where it could not keep enemies apart."""
    exchange = blocks.block(number)
    if exchange.is_forbidden():
        return None
    return _on_paper(prepared, exchange.slots[exchange.slots >= 0].reshape(len(exchange.slots), -1))


def _in_blocks(prepared: Prepared, seed: str) -> NDArray[np.int32] | None:
    blocks = blocks_of(prepared, seed)
    parts = []
    for number in range(-(-prepared.plan.papers // BLOCK)):
        hands = hands_of_block(prepared, blocks, number)
        if hands is None:
            return None
        parts.append(hands)
    together = np.concatenate(parts)
    return together if _are_distinct(together) else None


def _one_by_one(prepared: Prepared, seed: str) -> NDArray[np.int32]:
    plan, dealt = prepared.plan, prepared.dealt
    dealt_hands = Table(dealt, prepared.basis, plan, seed).hands()
    classes = None
    if plan.preference is Preference.CORE_FIRST:
        # Every paper keeps its questions of each importance.
        classes = importance_of(dealt)
    ground = Ground(dealt, plan.features.values[prepared.open], classes)
    parts = []
    for number in range(-(-plan.papers // BLOCK)):
        slots, layout = slots_of(dealt_hands[number * BLOCK : (number + 1) * BLOCK], ground)
        exchange = Exchange(ground, slots, layout, seed, "one by one", number)
        exchange.run()
        parts.append(exchange.slots[exchange.slots >= 0].reshape(len(slots), -1))
    hands = _on_paper(prepared, np.concatenate(parts))
    if plan.unique and not _are_distinct(hands):
        # So little to spare that exchanging made two alike; as dealt, all differ.
        hands = _on_paper(prepared, np.stack(dealt_hands).astype(np.int32))
    return hands


def _on_paper(prepared: Prepared, dealt: NDArray[np.int32]) -> NDArray[np.int32]:
    """Places in the whole supply, with the anchors, sorted."""
    hands = prepared.open.astype(np.int32)[dealt]
    anchors = np.array(prepared.plan.anchors, dtype=np.int32)
    return np.sort(np.hstack([hands, np.tile(anchors, (len(hands), 1))]), axis=1)


def _are_distinct(hands: NDArray[np.int32]) -> bool:
    rows = {row.tobytes() for row in np.ascontiguousarray(hands)}
    return len(rows) == len(hands)
