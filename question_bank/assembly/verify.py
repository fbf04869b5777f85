"""Is this paper what the specification asks for?  An independent answer.

Nothing here is shared with the code that draws papers: quotas, areas and counts are worked out again from the
specification and the pool, in exact numbers.  Every paper passes here before it may be stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import gcd

from question_bank.assembly.paper import Paper, paper_hash
from question_bank.assembly.pool import Pool, PoolQuestion
from question_bank.assembly.specification import Share, Specification
from question_bank.assembly.verify_further import further_faults, overlap_faults
from question_bank.outlines.tree import Importance, Outline
from question_bank.problems import NOWHERE, Problem
from question_bank.questions.kinds import PAPER_ORDER


@dataclass(frozen=True, slots=True)
class _Known:
    """The pool by id, the importance of points, questions of each stimulus."""

    questions: dict[str, PoolQuestion]
    importance: dict[str, Importance]
    sets: Counter[str]


def verify(
    paper: Paper, pool: Pool, specification: Specification, outline: Outline | None = None
) -> list[Problem]:
    """Everything wrong with a paper; empty for a good one.  The specification must have its shares.

    outline: says the importance of points where questions don't.
    """
    return _verify(paper, _known(pool, outline), specification)


def verify_all(
    papers: Iterable[Paper], pool: Pool, specification: Specification, outline: Outline | None = None
) -> list[Problem]:
    """The same for many papers, each fault with the number of its paper; and what two papers share too much."""
    known = _known(pool, outline)
    problems = []
    # Kept only where they are compared with each other: there may be 100,000 of them.
    kept = []
    for paper in papers:
        problems += [
            Problem(NOWHERE, problem.code, f"第 {paper.number} 套：{problem.message}")
            for problem in _verify(paper, known, specification)
        ]
        if specification.overlap_limit is not None:
            kept.append(paper)
    return problems + [
        Problem(NOWHERE, code, message) for code, message in overlap_faults(kept, specification)
    ]


def _known(pool: Pool, outline: Outline | None) -> _Known:
    return _Known(
        {question.id: question for question in pool.questions},
        {point.code: point.importance for point in outline.points if point.importance} if outline else {},
        Counter(question.stimulus for question in pool.questions if question.stimulus),
    )


def _verify(paper: Paper, known: _Known, specification: Specification) -> list[Problem]:
    faults: list[tuple[str, str]] = []
    questions: list[tuple[PoolQuestion, Fraction]] = []
    for place in paper.questions:
        question = known.questions.get(place.question_id)
        if question is None:
            faults.append(("unknown-question", f"试题 {place.question_id} 不在题库中"))
            continue
        questions.append((question, Fraction(place.points)))
        if place.content_hash != question.content_hash:
            faults.append(("content-changed", f"试题 {question.id} 的内容与题库不一致"))
        if sorted(place.option_order) != sorted(question.options):
            faults.append(("option-order", f"试题 {question.id} 的选项次序不是其选项的排列"))
    if paper.hash != paper_hash(paper.questions):
        faults.append(("hash-differs", "试卷摘要与内容不符"))
    total = sum((points for _, points in questions), Fraction(0))
    if total != 100:
        faults.append(("total-not-100", f"总分 {float(total):g}，应为 100"))
    faults += _repeats([question for question, _ in questions])
    faults += _enemies([question for question, _ in questions])
    faults += _sections(questions, specification)
    faults += _areas(questions, specification)
    faults += _difficulty([question for question, _ in questions], specification)
    faults += further_faults(
        [question for question, _ in questions],
        specification,
        known.importance,
        lambda name: known.sets[name],
    )
    return [Problem(NOWHERE, code, message) for code, message in faults]


def _repeats(questions: list[PoolQuestion]) -> list[tuple[str, str]]:
    by_id = Counter(question.id for question in questions)
    by_content = Counter(question.content_hash for question in questions if question.content_hash)
    return [("question-repeated", f"试题 {name} 出现 {n} 次") for name, n in by_id.items() if n > 1] + [
        ("content-repeated", f"内容相同的试题出现 {n} 次") for _, n in by_content.items() if n > 1
    ]


def _enemies(questions: list[PoolQuestion]) -> list[tuple[str, str]]:
    present = {question.id for question in questions}
    pairs = {
        tuple(sorted((question.id, enemy)))
        for question in questions
        for enemy in question.enemies & present
        if enemy != question.id
    }
    return [("enemies-together", f"互斥试题 {one} 与 {other} 同在一卷") for one, other in sorted(pairs)]


def _sections(
    questions: list[tuple[PoolQuestion, Fraction]], specification: Specification
) -> list[tuple[str, str]]:
    faults: list[tuple[str, str]] = []
    counts = Counter(question.kind for question, _ in questions)
    wanted = {section.kind: section for section in specification.sections}
    for kind in PAPER_ORDER:
        want = wanted[kind].count if kind in wanted else 0
        if counts[kind] != want:
            faults.append(("kind-count", f"{kind.label} {counts[kind]} 题，应为 {want} 题"))
    for question, points in questions:
        if question.kind in wanted and points != Fraction(wanted[question.kind].points):
            faults.append(("points-differ", f"试题 {question.id} 的分值 {float(points):g} 与题型分布不符"))
    order = [PAPER_ORDER.index(question.kind) for question, _ in questions]
    if order != sorted(order):
        faults.append(("section-order", "试题没有按题型顺序排列"))
    return faults


def _areas(
    questions: list[tuple[PoolQuestion, Fraction]], specification: Specification
) -> list[tuple[str, str]]:
    faults: list[tuple[str, str]] = []
    step = Fraction(gcd(*(int(section.points * 2) for section in specification.sections)), 2)

    def under(question: PoolQuestion, code: str) -> bool:
        return question.point == code or question.point.startswith(code + "-")

    def visit(shares: tuple[Share, ...]) -> None:
        for share in shares:
            got = sum((points for question, points in questions if under(question, share.code)), Fraction(0))
            quota = share.percent
            low, high = quota // step * step, -(-quota // step) * step
            if got not in (low, high):
                faults.append(
                    (
                        "area-points",
                        f"{share.code} 得 {float(got):g} 分，应为 {float(low):g} 或 {float(high):g} 分",
                    )
                )
            visit(share.children)

    visit(specification.shares)
    lowest: list[Share] = []
    stack = list(specification.shares)
    while stack:
        share = stack.pop()
        stack.extend(share.children)
        if not share.children:
            lowest.append(share)
    for question, _ in questions:
        if not any(under(question, share.code) for share in lowest):
            faults.append(("outside-outline", f"试题 {question.id}（{question.point}）不在知识点分布之内"))
    return faults


def _difficulty(questions: list[PoolQuestion], specification: Specification) -> list[tuple[str, str]]:
    if not specification.difficulty:
        return []
    faults: list[tuple[str, str]] = []
    counts = Counter(question.difficulty for question in questions)
    listed = {code for code, _ in specification.difficulty}
    for code, part in specification.difficulty:
        quota = part * specification.count / 100
        if counts[code] not in (quota // 1, -(-quota // 1)):
            faults.append(("difficulty-count", f"难度{code} {counts[code]} 题，应为 {float(quota):g} 题"))
    if any(code not in listed for code in counts):
        faults.append(("difficulty-unlisted", "有试题的难度不在难度分布之内"))
    return faults
