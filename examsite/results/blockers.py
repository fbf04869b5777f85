"""What keeps scores from being proposed or released."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext

from examsite.results.queries import Line


def blocker_of_proposal(found: list[Line]) -> str:
    """Why these scores can't be proposed yet, "" where they can."""
    if not found:
        return str(_("Nobody is enrolled in this sitting."))
    if without := sum(line.score_id is None for line in found):
        return str(
            ngettext(
                "%(num)s candidate has no score yet. Collect the scores first.",
                "%(num)s candidates have no score yet. Collect the scores first.",
                without,
            )
        )
    if blocker := blocker_of_conduct(found):
        return blocker
    if waiting := sum(line.awaits_marker for line in found):
        return str(
            ngettext(
                "%(num)s answer waits for a marker, so a decision is incomplete.",
                "%(num)s answers wait for a marker, so decisions are incomplete.",
                waiting,
            )
        )
    return ""


def blocker_of_conduct(found: list[Line]) -> str:
    """Why records of misconduct keep these scores back: no cancelled result is released as a score."""
    if unsigned := sum(line.awaits_witness for line in found):
        return str(
            ngettext(
                "%(num)s record of misconduct that cancels a result waits for its witness.",
                "%(num)s records of misconduct that cancel results wait for their witnesses.",
                unsigned,
            )
        )
    if behind := sum(line.is_behind_conduct for line in found):
        return str(
            ngettext(
                "Records of misconduct changed for %(num)s candidate. Collect the scores again.",
                "Records of misconduct changed for %(num)s candidates. Collect the scores again.",
                behind,
            )
        )
    return ""
