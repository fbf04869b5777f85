"""One edition of a national occupational standard: levels, subjects, figures, functions, conditions for applying.

Every figure says where it comes from and whether a person compared it with the printed standard.  What nobody could
find is None with its source saying so: it is never made up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from question_bank.standards.eligibility import RuleSet, rule_set_as_document


class Mark(StrEnum):
    """How good a source is."""

    NOTICE = "N"
    GOVERNMENT = "A"
    INSTITUTION = "B"
    PLAUSIBLE = "C"
    OTHER_SYSTEM = "D"
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        return _MARKS[self]


_MARKS = {
    Mark.NOTICE: "通知原文",
    Mark.GOVERNMENT: "政府文件（读过副本）",
    Mark.INSTITUTION: "机构自行公布的规则",
    Mark.PLAUSIBLE: "可信但未证实",
    Mark.OTHER_SYSTEM: "见于其他系统",
    Mark.UNKNOWN: "未查到",
}


class Subject(StrEnum):
    """考核方式 of one level."""

    THEORY = "theory"
    PRACTICAL = "practical"
    REVIEW = "review"

    @property
    def label(self) -> str:
        return _SUBJECTS[self]


_SUBJECTS = {
    Subject.THEORY: "理论知识考试",
    Subject.PRACTICAL: "技能考核",
    Subject.REVIEW: "综合评审",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the standard.  value None = unknown.  unit: "points", "minutes", "%", "people" …

    verified: a person (`by`) compared it with the printed text (`on`); only then may pages drop the word 未核实.
    """

    value: Decimal | None
    unit: str
    source: str
    mark: Mark
    verified: bool = False
    by: str = ""
    on: date | None = None


@dataclass(frozen=True, slots=True)
class SubjectRule:
    """One subject of a level.  others: further figures by name (ratios, numbers of examiners)."""

    subject: Subject
    total: Figure
    pass_mark: Figure
    minutes: Figure
    others: tuple[tuple[str, Figure], ...] = ()


@dataclass(frozen=True, slots=True)
class Level:
    """One level: code ("3"), label 三级, title 高级工, and the subjects of which each must be passed."""

    code: str
    label: str
    title: str
    subjects: tuple[SubjectRule, ...]

    def subject(self, subject: Subject) -> SubjectRule | None:
        """The rule of this subject, None where the level doesn't have it."""
        return next((rule for rule in self.subjects if rule.subject is subject), None)


@dataclass(frozen=True, slots=True)
class Function:
    """职业功能 or 基本要求.  parent: code of the one it is part of, "" at the top.  is_basic: belongs to 基本要求."""

    code: str
    name: str
    parent: str
    is_basic: bool
    source: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Weight:
    """One entry of a weight table: per cent of a subject of a level that a function has."""

    level: str
    subject: Subject
    function: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class Standard:
    """An edition.  weights: empty while the weight tables are unknown; weights_note says why."""

    code: str
    edition: str
    name: str
    title: str
    issued_by: tuple[str, ...]
    source: str
    levels: tuple[Level, ...]
    functions: tuple[Function, ...]
    weights: tuple[Weight, ...]
    weights_note: str
    rule_sets: tuple[RuleSet, ...]

    def level(self, code: str) -> Level | None:
        """The level of this code, None where the standard doesn't have it."""
        return next((level for level in self.levels if level.code == code), None)

    def rule_set(self, code: str) -> RuleSet | None:
        """The rule set of this code, or None."""
        return next((rules for rules in self.rule_sets if rules.code == code), None)

    @property
    def figures(self) -> tuple[tuple[str, Figure], ...]:
        """Every figure with its place: ("3.theory.minutes", Figure)."""
        found: list[tuple[str, Figure]] = []
        for level in self.levels:
            for rule in level.subjects:
                place = f"{level.code}.{rule.subject.value}"
                found += [(f"{place}.total", rule.total), (f"{place}.pass_mark", rule.pass_mark)]
                found += [(f"{place}.minutes", rule.minutes)]
                found += [(f"{place}.{name}", figure) for name, figure in rule.others]
        found += [(f"{w.level}.{w.subject.value}.weight.{w.function}", w.figure) for w in self.weights]
        return tuple(found)

    @property
    def unverified(self) -> tuple[str, ...]:
        """Places of the figures that nobody compared with the printed standard."""
        return tuple(place for place, figure in self.figures if not figure.verified)


def standard_as_document(standard: Standard) -> dict[str, Any]:
    """A JSON-ready dictionary for pages and command lines; numbers as text."""
    return {
        "code": standard.code,
        "edition": standard.edition,
        "name": standard.name,
        "title": standard.title,
        "issued_by": list(standard.issued_by),
        "source": standard.source,
        "levels": [
            {
                "code": level.code,
                "label": level.label,
                "title": level.title,
                "subjects": [
                    {
                        "subject": rule.subject.value,
                        "label": rule.subject.label,
                        "total": figure_as_document(rule.total),
                        "pass_mark": figure_as_document(rule.pass_mark),
                        "minutes": figure_as_document(rule.minutes),
                        **{name: figure_as_document(figure) for name, figure in rule.others},
                    }
                    for rule in level.subjects
                ],
            }
            for level in standard.levels
        ],
        "functions": [
            {
                "code": function.code,
                "name": function.name,
                "parent": function.parent,
                "is_basic": function.is_basic,
                "source": function.source,
                "mark": function.mark.value,
            }
            for function in standard.functions
        ],
        "weights": [
            {
                "level": weight.level,
                "subject": weight.subject.value,
                "function": weight.function,
                **figure_as_document(weight.figure),
            }
            for weight in standard.weights
        ]
        or None,
        "weights_note": standard.weights_note,
        "rule_sets": [rule_set_as_document(rules) for rules in standard.rule_sets],
        "unverified": list(standard.unverified),
    }


def figure_as_document(figure: Figure) -> dict[str, Any]:
    """A JSON-ready dictionary of one figure."""
    return {
        "value": None if figure.value is None else format(figure.value.normalize(), "f"),
        "unit": figure.unit,
        "source": figure.source,
        "mark": figure.mark.value,
        "verified": figure.verified,
        "by": figure.by,
        "on": figure.on.isoformat() if figure.on else None,
    }
