"""Words for acts, causes and states."""

from __future__ import annotations

from flask_babel import gettext as _

from examsite.invigilation.interventions.acts import Act
from examsite.invigilation.interventions.models import Cause


def act_label(act: str) -> str:
    """What an act is called, as a verb."""
    words: dict[str, str] = {
        Act.EXTRA: _("Give extra time"),
        Act.RESTORE: _("Give back an interruption"),
        Act.PAUSE: _("Pause"),
        Act.RESUME: _("Resume"),
        Act.TAKEOVER: _("Allow another machine"),
        Act.HAND_IN: _("Hand in by force"),
        Act.REOPEN: _("Reopen a mistaken hand-in"),
    }
    return words[Act(act)]


def act_effect(act: str) -> str:
    """What an act does, in a sentence that the page shows before it is done."""
    words: dict[str, str] = {
        Act.EXTRA: _("The candidate's deadline moves by these minutes at once."),
        Act.RESTORE: _("The lost time is added, and the interruption enters the ledger."),
        Act.PAUSE: _("The clock stands and the paper is covered until you resume."),
        Act.RESUME: _("The clock runs again; the pause is given back to the second."),
        Act.TAKEOVER: _("The older page turns read-only once the paper opens elsewhere; answers stay."),
        Act.HAND_IN: _("The attempt ends now. What the server holds counts."),
        Act.REOPEN: _("The paper opens again with the time that is left. It needs a second person."),
    }
    return words[Act(act)]


def cause_label(cause: str) -> str:
    """What a cause is called."""
    words: dict[str, str] = {
        Cause.POWER: _("power cut"),
        Cause.NETWORK: _("network down"),
        Cause.MACHINE: _("machine broken"),
        Cause.OTHER: _("other"),
    }
    return words[Cause(cause)]


def state_label(state: str) -> str:
    """Where a candidate stands."""
    words: dict[str, str] = {
        "not-begun": _("not begun"),
        "answering": _("answering"),
        "paused": _("paused"),
        "closed": _("handed in"),
    }
    return words[state]


def seconds_label(seconds: int) -> str:
    """5 分 30 秒."""
    minutes, rest = divmod(seconds, 60)
    if not minutes:
        return str(_("%(s)s s", s=rest))
    return str(_("%(m)s min %(s)s s", m=minutes, s=rest) if rest else _("%(m)s min", m=minutes))
