"""组题规则: how many questions of each kind, for how many points, with which shares of the outline; what else papers keep.

Points are `Decimal` in steps of a half.  Shares are exact per cents of the paper's points by area code.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from question_bank.assembly import requirements
from question_bank.assembly.requirements import (
    NO_PARALLEL,
    ExposureLimit,
    ImportanceRange,
    IndustryRule,
    Parallel,
    StimulusRule,
)
from question_bank.outlines.tree import Area, Outline
from question_bank.problems import NOWHERE, Problem
from question_bank.questions.kinds import Kind, MultiplePolicy

SCHEMA = 1
TOTAL = Decimal(100)


@dataclass(frozen=True, slots=True)
class Section:
    """题型分布, one row: this many questions of a kind, each worth `points`."""

    kind: Kind
    count: int
    points: Decimal

    @property
    def total(self) -> Decimal:
        return self.points * self.count


@dataclass(frozen=True, slots=True)
class Share:
    """知识点分布, one node: an area's per cent of the paper's points."""

    code: str
    percent: Fraction
    children: tuple[Share, ...] = ()


@dataclass(frozen=True, slots=True)
class Specification:
    """What every paper drawn from it satisfies exactly.

    difficulty: wished per cent of questions by difficulty code 1–5; empty = no rule.
    verified: whether the shares were confirmed against the printed standard; papers say so where not.
    multiple: what an incomplete response to a 多选题 earns.
    Further requirements, each None, empty or 0 where nothing is demanded (see `requirements`): importance; industries;
    anchors: ids of questions that stand on every paper; exclude_sittings: questions of the last so many sittings don't
    come; exposure_limit; overlap_limit: most questions that two papers share; max_per_point: most questions on one
    认定点, `requirements.AUTO` = one while points last; stimulus; parallel.
    """

    name: str
    sections: tuple[Section, ...]
    shares: tuple[Share, ...]
    difficulty: tuple[tuple[int, Fraction], ...] = ()
    bank: str = ""
    verified: bool = False
    multiple: MultiplePolicy = MultiplePolicy.EXACT
    importance: tuple[ImportanceRange, ...] = ()
    industries: IndustryRule | None = None
    anchors: tuple[str, ...] = ()
    exclude_sittings: int = 0
    exposure_limit: ExposureLimit | None = None
    overlap_limit: int | None = None
    max_per_point: int | None = None
    stimulus: StimulusRule | None = None
    parallel: Parallel = NO_PARALLEL

    @property
    def total(self) -> Decimal:
        return sum((section.total for section in self.sections), Decimal(0))

    @property
    def count(self) -> int:
        return sum(section.count for section in self.sections)


def completed(specification: Specification, outline: Outline | None) -> Specification:
    """The specification with the outline's weights as its shares, where it has none of its own.

    It counts as verified only where both are.
    """
    if outline is None or specification.shares:
        return specification
    shares = tuple(_share_of(area) for area in outline.areas)
    return replace(specification, shares=shares, verified=specification.verified and outline.verified)


def check(specification: Specification) -> list[Problem]:
    """Arithmetic faults of a specification: total not 100, repeated kinds, uneven shares, points not in half steps."""
    problems: list[Problem] = []

    def fault(code: str, message: str) -> None:
        problems.append(Problem(NOWHERE, code, message))

    if not specification.sections:
        fault("no-sections", "没有题型。请至少给出一种题型及其题量、每题分数。")
    elif specification.total != TOTAL:
        fault("total-not-100", f"各题型合计 {specification.total} 分，应为 100 分。请改题量或每题分数。")
    kinds = [section.kind for section in specification.sections]
    for kind in sorted({kind for kind in kinds if kinds.count(kind) > 1}):
        fault("kind-repeated", f"{kind.label}出现多次。请合并为一行。")
    for section in specification.sections:
        if section.count < 1:
            fault("count-not-positive", f"{section.kind.label}的题量应为正整数。")
        if section.points <= 0 or section.points * 2 % 1 != 0:
            fault(
                "points-not-halves", f"{section.kind.label}的每题分数 {section.points} 不是 0.5 的正整数倍。"
            )
        if _is_too_small(section, specification.multiple):
            fault(
                "points-too-small",
                f"多选题每题 {section.points} 分，少选得分向下取到 0.5 分后总是 0。请提高每题分数，或改为全部选对才得分。",
            )
    if not specification.shares:
        fault("no-shares", "没有知识点分布。请给出各级比重。")
    elif (top := sum((share.percent for share in specification.shares), Fraction(0))) != 100:
        fault("shares-not-100", f"一级比重合计 {float(top):g}%，应为 100%。")
    seen: set[str] = set()
    stack = list(specification.shares)
    while stack:
        share = stack.pop(0)
        stack.extend(share.children)
        if share.code in seen:
            fault("code-repeated", f"知识点分布中代码 {share.code} 重复。")
        seen.add(share.code)
        if share.percent < 0:
            fault("share-negative", f"{share.code} 的比重不能为负。")
        below = sum((child.percent for child in share.children), Fraction(0))
        if share.children and below != share.percent:
            gap = float(share.percent - below)
            fault(
                "shares-below-differ",
                f"{share.code}:下级比重合计 {float(below):g}% ≠ {float(share.percent):g}%（差 {gap:+g}%）。",
            )
    if specification.difficulty:
        sum_of = sum((part for _, part in specification.difficulty), Fraction(0))
        if sum_of != 100:
            fault("difficulty-not-100", f"难度分布合计 {float(sum_of):g}%，应为 100%。")
        codes = [code for code, _ in specification.difficulty]
        if len(set(codes)) < len(codes) or not set(codes) <= {1, 2, 3, 4, 5}:
            fault("difficulty-code", "难度分布的难度代码应为 1–5，且不重复。")
        if any(part < 0 for _, part in specification.difficulty):
            fault("difficulty-negative", "难度分布的百分比不能为负。")
    for code, message in requirements.faults_of(specification):
        fault(code, message)
    return problems


def _is_too_small(section: Section, policy: MultiplePolicy) -> bool:
    """Whether half of a 多选题 would always be rounded down to nothing."""
    return (
        section.kind is Kind.MULTIPLE
        and policy is not MultiplePolicy.EXACT
        and 0 < section.points < 2 * Decimal("0.5")
    )


def specification_as_document(specification: Specification) -> dict[str, Any]:
    """A JSON-ready dictionary; exact numbers as text."""
    return {
        "schema": SCHEMA,
        "name": specification.name,
        "bank": specification.bank,
        "verified": specification.verified,
        "sections": [
            {"kind": s.kind.value, "count": s.count, "points": str(s.points)} for s in specification.sections
        ],
        "shares": [_share_as_document(share) for share in specification.shares],
        "difficulty": [[code, str(part)] for code, part in specification.difficulty],
        "multiple": specification.multiple.value,
        **requirements.as_document(specification),
    }


def specification_from_document(document: dict[str, Any]) -> Specification:
    """The specification of a stored document.  ValueError where the schema is not one that this code reads."""
    if document.get("schema") != SCHEMA:
        raise ValueError(
            f"specification document of schema {document.get('schema')!r}; this code reads {SCHEMA}"
        )
    return Specification(
        document["name"],
        tuple(Section(Kind(s["kind"]), s["count"], Decimal(s["points"])) for s in document["sections"]),
        tuple(_share_from_document(share) for share in document["shares"]),
        tuple((code, Fraction(part)) for code, part in document["difficulty"]),
        document["bank"],
        document["verified"],
        # Documents of before knew the exact rule only.
        MultiplePolicy(document.get("multiple", MultiplePolicy.EXACT)),
        **requirements.from_document(document),
    )


def _share_of(area: Area) -> Share:
    return Share(area.code, area.weight, tuple(_share_of(child) for child in area.children))


def _share_as_document(share: Share) -> dict[str, Any]:
    return {
        "code": share.code,
        "percent": str(share.percent),
        "children": [_share_as_document(child) for child in share.children],
    }


def _share_from_document(document: dict[str, Any]) -> Share:
    return Share(
        document["code"],
        Fraction(document["percent"]),
        tuple(_share_from_document(child) for child in document["children"]),
    )
