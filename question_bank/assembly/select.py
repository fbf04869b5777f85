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

from question_bank.assembly.apart import MOST_PAPERS, Apart
from question_bank.assembly.bank_exchange import exchanged_with_bank, target_of
from question_bank.assembly.blocks import BLOCK, Blocks, Packs
from question_bank.assembly.dealing import importance_of
from question_bank.assembly.exchange import Exchange
from question_bank.assembly.ground import FORBIDDEN, Ground, slots_of
from question_bank.assembly.impossible import Impossible
from question_bank.assembly.one_by_one import Table
from question_bank.assembly.order import Order, Papers
from question_bank.assembly.paper import Paper
from question_bank.assembly.plan import Dealing, Plan, Preference
from question_bank.assembly.pool import Pool
from question_bank.assembly.prepare import Prepared, on_paper, prepare
from question_bank.assembly.proof import Proof, prove
from question_bank.assembly.specification import Specification
from question_bank.outlines.tree import Outline
from question_bank.problems import NOWHERE, Problem

__all__ = ["Drawn", "Impossible", "deal", "draw"]

#: So few papers are brought near the mean with questions that no paper has.
_FEW = 64
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
    if prepared.specification.overlap_limit is not None and plan.papers > MOST_PAPERS:
        message = (
            f"两卷相同题数上限只能对不超过 {MOST_PAPERS} 套试卷保证，需要 {plan.papers} 套。"
            "请分批抽取，或删去这项上限。"
        )
        raise Impossible([Problem(NOWHERE, "overlap-too-many-papers", message)])
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
    _refuse_uneven(prepared.specification, proof)
    return Drawn(Papers(order, hands), plan, proof, hands)


def _refuse_uneven(specification: Specification, proof: Proof) -> None:
    """Raises Impossible where papers must be equally hard and aren't."""
    wanted, width = specification.parallel, proof.parallel.expected.width
    if wanted.demanded and width > float(wanted.tolerance):
        message = (
            f"各卷在 {wanted.cut} 分处的预期得分最多相差 {width:.2f} 分，超过允许的 {wanted.tolerance} 分。"
            "请减少份数、补充试题，或放宽允许的差距。"
        )
        raise Impossible([Problem(NOWHERE, "not-parallel", message)])


def blocks_of(prepared: Prepared, seed: str) -> Blocks:
    """The blocks of a plan, each to be had by its number."""
    plan, dealt = prepared.plan, prepared.dealt
    ground = Ground(dealt, plan.features.values[prepared.open], most_a_point=_most_a_point(prepared))
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
    _keep_apart(prepared, exchange)
    return on_paper(prepared, exchange.slots[exchange.slots >= 0].reshape(len(exchange.slots), -1))


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
    ground = Ground(dealt, plan.features.values[prepared.open], classes, _most_a_point(prepared))
    if plan.papers <= _FEW:
        dealt_hands = _with_unused(prepared, ground, dealt_hands)
    parts = []
    for number in range(-(-plan.papers // BLOCK)):
        slots, layout = slots_of(dealt_hands[number * BLOCK : (number + 1) * BLOCK], ground)
        exchange = Exchange(ground, slots, layout, seed, "one by one", number)
        exchange.run()
        if exchange.is_forbidden():
            mended = _mended(ground, exchange.slots[exchange.slots >= 0].reshape(len(slots), -1))
            slots, layout = slots_of(mended, ground)
            exchange = Exchange(ground, slots, layout, seed, "mended", number)
        _keep_apart(prepared, exchange)
        parts.append(exchange.slots[exchange.slots >= 0].reshape(len(slots), -1))
    hands = on_paper(prepared, np.concatenate(parts))
    if plan.unique and not _are_distinct(hands):
        # So little to spare that exchanging made two alike; as dealt, all differ.
        hands = on_paper(prepared, np.stack(dealt_hands).astype(np.int32))
    return hands


def _mended(ground: Ground, hands: NDArray[np.signedinteger]) -> list[NDArray[np.int64]]:
    """Hands without what may not be, with questions of the bank.  Raises Impossible where one of a point is too many."""
    cards = [np.flatnonzero(ground.cell == cell) for cell in range(ground.cells)]
    found = []
    for hand in hands.astype(np.int64):
        mended, left = exchanged_with_bank(
            ground,
            hand,
            [cards[cell] for cell in ground.cell[hand].tolist()],
            ground.values[hand].sum(axis=0),
        )
        if left >= FORBIDDEN:
            message = (
                "每个认定点的题数上限达不到：有的知识点可用的认定点太少。请放宽上限，或为更多认定点补充试题。"
            )
            raise Impossible([Problem(NOWHERE, "point-limit", message)])
        found.append(mended)
    return found


def _keep_apart(prepared: Prepared, exchange: Exchange) -> None:
    """Hold the limit on what two papers share, if the specification has one.  Raises Impossible where it can't be held."""
    limit = prepared.specification.overlap_limit
    if limit is None or prepared.plan.papers < 2:
        return
    apart = Apart(exchange, limit - len(prepared.plan.anchors))
    if not apart.run():
        most = int(apart.shared.max()) + len(prepared.plan.anchors)
        least = prepared.plan.load.overlap + len(prepared.plan.anchors)
        message = (
            f"两卷相同题数上限 {limit} 达不到：现有试题只能做到最多相同 {most} 题（平均至少 {least:.2f} 题）。"
            "请放宽上限、减少份数或补充试题。"
        )
        raise Impossible([Problem(NOWHERE, "overlap-limit", message)])


def _with_unused(
    prepared: Prepared, ground: Ground, hands: Sequence[NDArray[np.int64]]
) -> list[NDArray[np.int64]]:
    """Few papers can't exchange much among themselves: each is brought near the mean with questions that none has.

    Only for questions of the same importance that were used as often before, so what was dealt first still comes first.
    """
    dealt = prepared.dealt
    earlier = np.array([question.uses for question in dealt.questions], dtype=np.int64)
    kind = np.stack([ground.cell, importance_of(dealt), earlier])
    alike = np.unique(kind, axis=1, return_inverse=True)[1].ravel()
    target = target_of(prepared.plan.tables, ground)
    used = np.bincount(np.concatenate(hands), minlength=ground.size)
    found = []
    for hand in hands:
        unused = np.flatnonzero(used == 0)
        choices = [unused[alike[unused] == one] for one in alike[hand].tolist()]
        changed, _ = exchanged_with_bank(ground, hand, choices, target)
        used[hand] -= 1
        used[changed] += 1
        found.append(changed)
    return found


def _most_a_point(prepared: Prepared) -> int:
    return prepared.specification.max_per_point or 0


def _are_distinct(hands: NDArray[np.int32]) -> bool:
    rows = {row.tobytes() for row in np.ascontiguousarray(hands)}
    return len(rows) == len(hands)
