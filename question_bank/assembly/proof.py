"""The proof report: what was required, what every paper achieved, and how much papers have in common.

Names no question and no key, so it may be shown to whoever approves the papers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from question_bank.assembly.overlap import MOST_COMPARED, greatest_overlap, mean_overlap
from question_bank.assembly.paper import points_text
from question_bank.assembly.parallel import ParallelFigures, figures_of
from question_bank.assembly.plan import Plan
from question_bank.assembly.specification import Specification
from question_bank.assembly.supply import Supply
from question_bank.outlines.tree import Importance


@dataclass(frozen=True, slots=True)
class AreaProof:
    """required: per cent; quota: exact points; points: after rounding; least, most: over all papers; available: questions."""

    code: str
    level: int
    required: str
    quota: str
    points: str
    rounded: bool
    least: str
    most: str
    available: int


@dataclass(frozen=True, slots=True)
class CountProof:
    """One kind, difficulty or importance.  required: None where there is no rule."""

    label: str
    required: int | None
    least: int
    most: int
    available: int


@dataclass(frozen=True, slots=True)
class Proof:
    """verified: whether the shares were confirmed against the printed standard.

    mean_overlap: questions that two papers have in common, over all pairs, None for one paper; greatest_overlap: over
    the pairs of the first `compared` papers, anchors with the rest.  greatest_exposure: largest part of papers that one question stands on.
    parallel: how equally hard papers are, and the load beside its bounds.
    """

    specification: str
    verified: bool
    papers: int
    rounding: str
    total: str
    areas: tuple[AreaProof, ...]
    kinds: tuple[CountProof, ...]
    difficulty: tuple[CountProof, ...]
    importance: tuple[CountProof, ...]
    roundings: tuple[str, ...]
    mean_overlap: float | None
    greatest_overlap: int | None
    compared: int
    greatest_exposure: float
    questions_used: int
    questions_available: int
    parallel: ParallelFigures

    def as_document(self) -> dict[str, Any]:
        """A JSON-ready dictionary."""
        return asdict(self)


def prove(
    hands: NDArray[np.int32],
    supply: Supply,
    specification: Specification,
    plan: Plan,
) -> Proof:
    """The proof of papers by the places of their questions in the supply; counts are taken from these, not from the plan."""
    table = hands
    uses = np.bincount(table.ravel(), minlength=len(supply.questions))
    by_area = supply.by_area()
    halves = {section.kind: int(section.points * 2) for section in specification.sections}
    worth = np.array([halves[question.kind] for question in supply.questions], dtype=np.int64)
    cell_of = np.array(supply.cell_of, dtype=np.int64)
    proofs = []
    for target in plan.targets.areas:
        under = [cell.area == target.code or cell.area.startswith(target.code + "-") for cell in supply.cells]
        inside = np.array(under, dtype=bool)[cell_of]
        got = np.where(inside, worth, 0)[table].sum(axis=1)
        proofs.append(
            AreaProof(
                target.code,
                target.level,
                f"{_text(target.percent)}%",
                _text(target.quota),
                points_text(target.points),
                target.is_rounded,
                points_text(Decimal(int(got.min())) / 2),
                points_text(Decimal(int(got.max())) / 2),
                by_area.get(target.code, 0),
            )
        )
    totals = {Decimal(int(total)) / 2 for total in np.unique(worth[table].sum(axis=1))}
    kinds = [question.kind for question in supply.questions]
    levels = [question.difficulty for question in supply.questions]
    wanted = {target.code: target.count for target in plan.targets.difficulty}
    return Proof(
        specification.name,
        specification.verified,
        len(hands),
        "nearest feasible" if plan.is_adjusted else "largest remainder",
        "、".join(points_text(total) for total in sorted(totals)),
        tuple(proofs),
        tuple(
            _count(s.kind.label, s.count, [kind is s.kind for kind in kinds], table)
            for s in specification.sections
        ),
        tuple(
            _count(
                f"难度{code}" if code else "难度未定",
                wanted.get(code or 0) if wanted else None,
                [one == code for one in levels],
                table,
            )
            for code in sorted(set(levels) | set(wanted), key=lambda code: (code is None, code))
        ),
        tuple(
            _count(one.value if one else "未定", None, [other is one for other in supply.importance], table)
            for one in (*Importance, None)
        ),
        tuple(
            f"{target.code} {_text(target.quota)} → {points_text(target.points)}"
            for target in plan.targets.rounded
        ),
        mean_overlap(uses, len(hands)),
        greatest_overlap(table, len(supply.questions)),
        min(len(hands), MOST_COMPARED),
        float(uses.max(initial=0)) / len(hands),
        int(np.count_nonzero(uses)),
        len(supply.questions),
        figures_of(hands, plan),
    )


def _count(label: str, required: int | None, inside: Sequence[bool], table: NDArray[np.int32]) -> CountProof:
    member = np.asarray(inside, dtype=np.int64)
    got = member[table].sum(axis=1)
    return CountProof(label, required, int(got.min()), int(got.max()), int(member.sum()))


def _text(value: Fraction) -> str:
    """An exact number as people write it; a fraction where decimals don't end."""
    denominator = value.denominator
    for prime in (2, 5):
        while denominator % prime == 0:
            denominator //= prime
    if denominator > 1:
        return f"{value.numerator}/{value.denominator}"
    return format((Decimal(value.numerator) / Decimal(value.denominator)).normalize(), "f")
