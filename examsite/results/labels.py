"""What the pages of results call things, in the page's language."""

from __future__ import annotations

from flask_babel import gettext as _

from examsite.authoring.vetting.models import CorrectionStatus
from examsite.results.models import ReleaseStatus
from question_bank.rules.decision import Outcome, Reason


def outcome_label(outcome: Outcome | None) -> str:
    """The name of a decision; a dash where there is none."""
    if outcome is None:
        return "–"
    return {
        Outcome.PASSED: str(_("passed")),
        Outcome.FAILED: str(_("not passed")),
        Outcome.INCOMPLETE: str(_("incomplete")),
    }[outcome]


def reason_label(reason: Reason) -> str:
    """Why, in a few words."""
    return {
        Reason.REACHED: str(_("the pass mark was reached")),
        Reason.BELOW: str(_("below the pass mark")),
        Reason.ABSENT: str(_("absent")),
        Reason.CANCELLED: str(_("score cancelled")),
        Reason.NO_SCORE: str(_("not fully marked yet")),
        Reason.EXPIRED: str(_("the single pass has expired")),
    }[reason]


def status_label(status: str) -> str:
    """What became of an attempt."""
    return {
        "handed-in": str(_("handed in")),
        "by-clock": str(_("closed by the clock")),
        "by-invigilator": str(_("closed by the invigilator")),
        "by-paper": str(_("typed in from paper")),
        "answering": str(_("still answering")),
        "absent": str(_("absent")),
    }[status]


def release_label(status: str | None) -> str:
    """Where the release of a sitting stands."""
    if status is None:
        return str(_("not proposed"))
    return {
        ReleaseStatus.PROPOSED: str(_("awaits a second person")),
        ReleaseStatus.RELEASED: str(_("released")),
        ReleaseStatus.RETURNED: str(_("returned")),
    }[ReleaseStatus(status)]


def tone_of(outcome: Outcome | None) -> str:
    """The tone of a badge; its icon differs too."""
    return {Outcome.PASSED: "success", Outcome.FAILED: "danger", Outcome.INCOMPLETE: "warning"}.get(
        outcome or Outcome.INCOMPLETE, "neutral"
    )


def correction_label(status: str) -> str:
    """Where a change of a key stands."""
    return {
        CorrectionStatus.PROPOSED: str(_("waits for its decision")),
        CorrectionStatus.APPROVED: str(_("in force")),
        CorrectionStatus.REFUSED: str(_("refused")),
    }[CorrectionStatus(status)]
