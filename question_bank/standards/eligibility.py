"""申报条件: alternatives of which one suffices, in dated rule sets; what a machine can pre-check of each.

A pre-check never refuses anybody: people decide with the documents before them.  It says which parts the candidate's
own figures meet, which they don't, and which nobody can compute.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Any


class Work(StrEnum):
    """Categories of work whose years are counted."""

    OCCUPATION = "occupation"
    RELATED = "related"
    POLITICAL_LEGAL = "political-legal"
    MILITARY = "military"


class Education(StrEnum):
    """Schooling, from less to more; the order of the members is the order of comparison."""

    SECONDARY = "secondary"
    SKILLED_SENIOR = "skilled-senior"
    COLLEGE = "college"
    BACHELOR = "bachelor"
    MASTER = "master"

    def is_at_least(self, other: Education) -> bool:
        order = list(Education)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class Years:
    """At least so many years in any of these categories together; after: only years since the prior certificate."""

    minimum: int
    work: tuple[Work, ...]
    after_certificate: bool = False


@dataclass(frozen=True, slots=True)
class PriorCertificate:
    """A certificate held: of this occupation name ("" = of this or a related one) at this level, years ago."""

    occupation: str
    level: str
    years: int = 0


@dataclass(frozen=True, slots=True)
class Condition:
    """One alternative.  All machine-checkable parts given must hold; where is_manual, they are not all there is.

    title: professional title (初级, 中级) held; title_years: since when.  rank: rank reached, judged by people.
    evidence: documents that show it.
    """

    code: str
    level: str
    text: str
    years: Years | None = None
    certificate: PriorCertificate | None = None
    education: Education | None = None
    title: str = ""
    title_years: int = 0
    rank: str = ""
    is_manual: bool = False
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A dated set.  effective None = date unknown.  unknown: level code → what could not be found about its conditions."""

    code: str
    name: str
    source: str
    mark: str
    effective: date | None
    conditions: tuple[Condition, ...]
    unknown: tuple[tuple[str, str], ...] = ()
    verified: bool = False

    def for_level(self, level: str) -> tuple[Condition, ...]:
        """The alternatives of a level, in the order of the text."""
        return tuple(condition for condition in self.conditions if condition.level == level)


@dataclass(frozen=True, slots=True)
class HeldCertificate:
    """A certificate that a candidate declares."""

    occupation: str
    level: str
    issued: date


@dataclass(frozen=True, slots=True)
class Background:
    """What a candidate declares.  years: whole and part years by category; since_certificate: those after the prior one."""

    years: Mapping[Work, Fraction] = field(default_factory=dict)
    since_certificate: Mapping[Work, Fraction] = field(default_factory=dict)
    certificates: tuple[HeldCertificate, ...] = ()
    education: Education | None = None
    title: str = ""
    title_since: date | None = None


class Finding(StrEnum):
    """MET, NOT_MET: by the figures declared.  MANUAL: people have to look."""

    MET = "met"
    NOT_MET = "not-met"
    MANUAL = "manual"


def precheck(condition: Condition, background: Background, *, on: date) -> Finding:
    """What the declared figures say of a condition on this day.  NOT_MET before MANUAL before MET."""
    if not all(_parts(condition, background, on)):
        return Finding.NOT_MET
    return Finding.MANUAL if condition.is_manual or condition.rank else Finding.MET


def _parts(condition: Condition, background: Background, on: date) -> list[bool]:
    parts = []
    if condition.years:
        counted = background.since_certificate if condition.years.after_certificate else background.years
        total = sum((Fraction(counted.get(work, 0)) for work in condition.years.work), Fraction(0))
        parts.append(total >= condition.years.minimum)
    if condition.certificate:
        wanted = condition.certificate
        parts.append(
            any(
                (not wanted.occupation or held.occupation == wanted.occupation)
                and held.level == wanted.level
                and _years_after(held.issued, wanted.years) <= on
                for held in background.certificates
            )
        )
    if condition.education:
        parts.append(
            background.education is not None and background.education.is_at_least(condition.education)
        )
    if condition.title:
        since = background.title_since
        parts.append(
            background.title == condition.title
            and since is not None
            and _years_after(since, condition.title_years) <= on
        )
    return parts


def _years_after(day: date, years: int) -> date:
    """The same day so many years on; 29 February becomes 1 March where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def rule_set_as_document(rules: RuleSet) -> dict[str, Any]:
    """A JSON-ready dictionary of a rule set."""
    return {
        "code": rules.code,
        "name": rules.name,
        "source": rules.source,
        "mark": rules.mark,
        "effective": rules.effective.isoformat() if rules.effective else None,
        "verified": rules.verified,
        "conditions": [_condition_as_document(condition) for condition in rules.conditions],
        "unknown": dict(rules.unknown),
    }


def _condition_as_document(condition: Condition) -> dict[str, Any]:
    years, held = condition.years, condition.certificate
    return {
        "code": condition.code,
        "level": condition.level,
        "text": condition.text,
        "years": {
            "minimum": years.minimum,
            "work": [work.value for work in years.work],
            "after_certificate": years.after_certificate,
        }
        if years
        else None,
        "certificate": {"occupation": held.occupation, "level": held.level, "years": held.years}
        if held
        else None,
        "education": condition.education.value if condition.education else None,
        "title": condition.title,
        "title_years": condition.title_years,
        "rank": condition.rank,
        "is_manual": condition.is_manual,
        "evidence": list(condition.evidence),
    }
