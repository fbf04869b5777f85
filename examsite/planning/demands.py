"""What a specification demands further, in words for its page."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from flask_babel import gettext as _

from question_bank.assembly.requirements import NO_PARALLEL
from question_bank.assembly.specification import Specification
from question_bank.outlines.tree import percent


def demands(specification: Specification, anchors: Mapping[str, str]) -> list[tuple[str, str]]:
    """(what, how much) of every further requirement, in the order of the form.  anchors: names of questions by id."""
    found = [
        (
            _("Questions on points of importance %(letter)s", letter=one.importance.value),
            _span(one.lowest, one.highest),
        )
        for one in specification.importance
    ]
    if (rule := specification.industries) is not None:
        found.append((_("Industries"), "、".join(rule.eligible)))
        found.append((_("Questions for these industries"), _span(rule.lowest, rule.highest)))
    if specification.max_per_point:
        found.append((_("Questions on one point, at most"), str(specification.max_per_point)))
    if (sets := specification.stimulus) is not None:
        words = (
            _("None on any paper")
            if sets.most == 0
            else _("%(count)s whole sets on every paper", count=sets.least)
        )
        found.append((_("Questions with shared material"), words))
    if specification.anchors:
        names = "、".join(anchors.get(one, one) for one in specification.anchors)
        found.append((_("Questions on every paper"), names))
    if specification.exclude_sittings:
        words = _("those of the last %(count)d sittings", count=specification.exclude_sittings)
        found.append((_("Left out"), words))
    if (limit := specification.exposure_limit) is not None:
        words = _(
            "those that more than %(percent)s of people met within %(days)d days",
            percent=percent(limit.percent),
            days=limit.days,
        )
        found.append((_("Left out"), words))
    if specification.overlap_limit is not None:
        found.append((_("Questions that two papers share, at most"), str(specification.overlap_limit)))
    if (parallel := specification.parallel) != NO_PARALLEL:
        found.append((_("Papers are compared at this score"), f"{parallel.cut:f}"))
        if parallel.demanded:
            found.append((_("Largest difference of expected scores"), f"{parallel.tolerance:f}"))
    return found


def _span(lowest: Fraction, highest: Fraction) -> str:
    return percent(lowest) if lowest == highest else f"{percent(lowest)} – {percent(highest)}"
