"""The acts on candidates: which give time, which need a second person, and what a form has to say for each.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

#: How long a request waits for its second person.
OPEN_FOR = timedelta(minutes=10)
MAX_MINUTES = 120
MAX_CONSENT_MINUTES = 60


class Act(StrEnum):
    """What can be done to an attempt."""

    EXTRA = "extra"
    RESTORE = "restore"
    PAUSE = "pause"
    RESUME = "resume"
    TAKEOVER = "takeover"
    HAND_IN = "hand-in"
    REOPEN = "reopen"

    @property
    def has_minutes(self) -> bool:
        return self in (Act.EXTRA, Act.RESTORE, Act.TAKEOVER)

    @property
    def most_minutes(self) -> int:
        return MAX_CONSENT_MINUTES if self is Act.TAKEOVER else MAX_MINUTES


@dataclass(frozen=True, slots=True)
class Wish:
    """What an invigilator asks for.  minutes: where the act has some.  cause: of the interruption, for pause and restore."""

    act: Act
    reason: str
    minutes: int | None = None
    cause: str = ""


def needs_second(act: Act, attempts: int) -> bool:
    """Whether a second person must confirm.

    Reopening gives a paper back after its end, so it always does.  A pause never does: it stops clocks in an emergency
    and takes nothing from anybody.  Everything else needs one as soon as it is about more than one candidate.
    """
    if act is Act.REOPEN:
        return True
    return act is not Act.PAUSE and attempts > 1
