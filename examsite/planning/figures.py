"""The figures of the standard that a sitting rests on, and which of them nobody has verified."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as lazy

from examsite.errors import Refused
from examsite.planning.models import PaperSet, Plan
from question_bank.standards.loading import load
from question_bank.standards.model import Figure, Mark, Subject, SubjectRule

#: From the trade's usual rules, not from this standard: 30 minutes after the start nobody comes in, nor leaves before.
LATE_LIMIT_MINUTES = 30
EARLIEST_HAND_IN_MINUTES = 30
GRACE_SECONDS = 5


@dataclass(frozen=True, slots=True)
class ShownFigure:
    """One figure as pages show it.  value: "60", or "" where it is unknown.  mark: how good its source is."""

    name: str
    label: Any
    value: str
    unit: Any
    source: str
    mark: str
    verified: bool


_LABELS = {
    "total": lazy("Full score of the theory subject"),
    "pass_mark": lazy("Pass mark of the theory subject"),
    "minutes": lazy("Duration of the theory examination"),
    "late_limit": lazy("Latest start after the opening"),
    "earliest_hand_in": lazy("Earliest hand-in after the start"),
    "shares": lazy("Shares of the outline on the papers"),
}
_UNITS = {"points": lazy("points"), "minutes": lazy("minutes")}
_HOUSE_RULE = "考务工作常见做法，见于网络资料；本标准未查到"


class NoTheory(Refused):
    """The standard has no theory examination at this level, or the edition is not there."""

    code = "no-theory"


def theory_rule(plan: Plan) -> SubjectRule:
    """The rule of the theory subject at the plan's level.  Raises NoTheory."""
    try:
        standard = load(plan.standard_code, plan.standard_edition)
    except LookupError as error:
        raise NoTheory(str(error)) from error
    level = standard.level(str(plan.level))
    rule = level.subject(Subject.THEORY) if level else None
    if rule is None:
        raise NoTheory(f"职业标准 {plan.standard_code}（{plan.standard_edition}）没有该级别的理论知识考试。")
    return rule


def figures(plan: Plan) -> tuple[ShownFigure, ...]:
    """What the standard says of the theory subject, and what the house adds where it says nothing."""
    rule = theory_rule(plan)
    return (
        _shown("total", rule.total),
        _shown("pass_mark", rule.pass_mark),
        _shown("minutes", rule.minutes),
        _house("late_limit", LATE_LIMIT_MINUTES),
        _house("earliest_hand_in", EARLIEST_HAND_IN_MINUTES),
    )


def unverified(plan: Plan, papers: PaperSet | None) -> tuple[ShownFigure, ...]:
    """Figures that a named person must confirm before a sitting opens: the plan's, and those its papers rest on."""
    found = [figure for figure in figures(plan) if not figure.verified]
    if papers is not None and not papers.is_verified:
        source = "题库细目表的鉴定比重未与标准印刷本核对"
        found.append(ShownFigure("shares", _LABELS["shares"], "", "", source, Mark.UNKNOWN.label, False))
    return tuple(found)


def default_minutes(plan: Plan) -> int | None:
    """How long the theory examination lasts by the standard, None where unknown."""
    value = theory_rule(plan).minutes.value
    return None if value is None else int(value)


def _shown(name: str, figure: Figure) -> ShownFigure:
    value = "" if figure.value is None else format(figure.value.normalize(), "f")
    unit = _UNITS.get(figure.unit, figure.unit)
    return ShownFigure(name, _LABELS[name], value, unit, figure.source, figure.mark.label, figure.verified)


def _house(name: str, minutes: int) -> ShownFigure:
    label, unit = _LABELS[name], _UNITS["minutes"]
    return ShownFigure(name, label, str(minutes), unit, _HOUSE_RULE, Mark.PLAUSIBLE.label, False)
