"""Why no paper can be drawn, in words and whole numbers, and the cheapest repair.

In this order, stopping at the first that explains: the arithmetic of the sheet; numbers that no bank could meet;
single requirements against the supply, together with the fewest new questions that make the specification possible.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from question_bank.assembly.allocate import Targets, allocate
from question_bank.assembly.eligibility import Reason
from question_bank.assembly.margins import Margins, open_margins, solve_short
from question_bank.assembly.paper import points_text
from question_bank.assembly.pool import Pool
from question_bank.assembly.requirements import whole_range
from question_bank.assembly.specification import Specification, check, completed
from question_bank.assembly.supply import Supply, supply_of
from question_bank.outlines.tree import Outline
from question_bank.problems import NOWHERE, Problem, has_errors


def explain(pool: Pool, specification: Specification, outline: Outline | None = None) -> list[Problem]:
    """Everything that keeps a paper from being drawn; empty where whole counts exist.

    Enemies are not looked at: `select.draw` reports them when it meets them.
    """
    specification = completed(specification, outline)
    faults = check(specification)
    if has_errors(faults):
        return faults
    supply = supply_of(pool, specification, outline)
    targets = allocate(specification, supply.by_area())
    return explain_supply(supply, specification, targets)


def explain_supply(supply: Supply, specification: Specification, targets: Targets) -> list[Problem]:
    """The part of `explain` that follows the arithmetic."""
    margins = open_margins(supply.cells, specification, targets)
    repair = solve_short(margins, supply.counts)
    if repair is None:
        return [_contradiction(specification, targets)]
    counts, missing = repair
    if not any(missing):
        return []
    return [
        *_short_kinds(supply, specification),
        *_short_areas(supply, margins, specification, targets),
        *_short_difficulties(supply, targets),
        *_short_tags(supply, specification),
        *(
            Problem(
                NOWHERE,
                "cell-short",
                f"{cell} 缺 {short} 题（需 {count}，可用 {count - short}）",
            )
            for cell, count, short in zip(supply.cells, counts, missing, strict=True)
            if short
        ),
        Problem(
            NOWHERE,
            "cheapest-repair",
            f"最省的补法：按以上各项共补 {sum(missing)} 题，或调整比重、题型题量后重试。",
        ),
        *_left_out(supply),
    ]


def _contradiction(specification: Specification, targets: Targets) -> Problem:
    sections = "、".join(
        f"{section.kind.label} {section.count} 题 × {points_text(section.points)} 分"
        for section in specification.sections
    )
    further = "，并守住重要程度与行业题的范围" if specification.importance or specification.industries else ""
    return Problem(
        NOWHERE,
        "contradiction",
        f"题库再大也组不出：{sections} 无法按 {points_text(targets.step)} 分一档凑出各知识点应得的分数{further}。"
        "请调整题型分值、题量或知识点比重。",
    )


def _short_kinds(supply: Supply, specification: Specification) -> list[Problem]:
    have: Counter[str] = Counter()
    for cell, count in zip(supply.cells, supply.counts, strict=True):
        have[cell.kind.value] += count
    return [
        Problem(
            NOWHERE,
            "kind-short",
            f"{section.kind.label} 缺 {section.count - have[section.kind.value]} 题"
            f"（需 {section.count}，可用 {have[section.kind.value]}）",
        )
        for section in specification.sections
        if have[section.kind.value] < section.count
    ]


def _short_areas(
    supply: Supply, margins: Margins, specification: Specification, targets: Targets
) -> list[Problem]:
    """Lowest areas that could not reach even the floor of their quota if every question in them were used."""
    limit = {section.kind: section.count for section in specification.sections}
    problems = []
    for leaf in targets.leaves:
        taken: Counter[str] = Counter()
        steps = 0
        for cell, count, worth in zip(supply.cells, supply.counts, margins.steps, strict=True):
            if cell.area == leaf.code:
                usable = min(count, limit[cell.kind] - taken[cell.kind.value])
                taken[cell.kind.value] += usable
                steps += usable * int(worth)
        if steps < leaf.floor:
            problems.append(
                Problem(
                    NOWHERE,
                    "area-short",
                    f"{leaf.code} 要求 {points_text(leaf.floor * targets.step)} 分，"
                    f"而可用题全部用上也只有 {points_text(steps * targets.step)} 分",
                )
            )
    return problems


def _short_difficulties(supply: Supply, targets: Targets) -> list[Problem]:
    have = _count_by(supply.counts, [cell.difficulty for cell in supply.cells])
    return [
        Problem(
            NOWHERE,
            "difficulty-short",
            f"难度{target.code} 缺 {target.count - have[target.code]} 题"
            f"（需 {target.count}，可用 {have[target.code]}）",
        )
        for target in targets.difficulty
        if have[target.code] < target.count
    ]


def _short_tags(supply: Supply, specification: Specification) -> list[Problem]:
    """Importances and the industry of which the bank has too few, or so much of the others that they are too many."""
    asked = [
        (
            f"重要程度{one.importance.value} ",
            one.lowest,
            one.highest,
            [c.importance == one.importance.value for c in supply.cells],
        )
        for one in specification.importance
    ]
    if (rule := specification.industries) is not None:
        asked.append(("行业题", rule.lowest, rule.highest, [c.is_industry for c in supply.cells]))
    problems = []
    for label, lowest, highest, inside in asked:
        low, high = whole_range(lowest, highest, specification.count)
        have = sum(n for n, is_inside in zip(supply.counts, inside, strict=True) if is_inside)
        others = sum(supply.counts) - have
        if have < low:
            message = f"{label}缺 {low - have} 题（需 {low}，可用 {have}）"
            problems.append(Problem(NOWHERE, "tag-short", message))
        elif others < specification.count - high:
            message = f"{label}最多 {high} 题，其余应有 {specification.count - high} 题，而其余可用的只有 {others} 题"
            problems.append(Problem(NOWHERE, "tag-crowded", message))
    return problems


def _left_out(supply: Supply) -> list[Problem]:
    """Questions that the specification itself keeps away: loosening it may be cheaper than writing."""
    why = [
        (reason, n) for reason, n in supply.left_out if reason not in (Reason.ELSEWHERE, Reason.SAME_CONTENT)
    ]
    if not why:
        return []
    parts = "，".join(f"{reason.label} {n} 题" for reason, n in why)
    return [Problem(NOWHERE, "left-out", f"按本规则不能用的试题：{parts}。放宽这些要求也可能补足。")]


def _count_by(counts: Sequence[int], labels: Sequence[int]) -> Counter[int]:
    tally: Counter[int] = Counter()
    for count, label in zip(counts, labels, strict=True):
        tally[label] += count
    return tally
