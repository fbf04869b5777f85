"""The acts on candidates: which give time, which need a second person, and what a form has to say for each.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
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
    """What an invigilator asks for.

    minutes: where the act has some; for an interruption, what is given back (None = as long as it lasted).  cause: of the
    interruption, for pause and restore.  begun_at, ended_at: of the interruption, for restore.
    """

    act: Act
    reason: str
    minutes: int | None = None
    cause: str = ""
    begun_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def seconds(self) -> int | None:
        """What is given, in whole seconds, a started second counting as one."""
        if self.minutes is not None:
            return self.minutes * 60
        if self.begun_at is None or self.ended_at is None:
            return None
        return -int(-(self.ended_at - self.begun_at).total_seconds() // 1)


def needs_second(act: Act, attempts: int) -> bool:
    """Whether a second person must confirm.

    Reopening gives a paper back after its end, so it always does.  A pause never does: it stops clocks in an emergency
    and takes nothing from anybody.  Everything else needs one as soon as it is about more than one candidate.
    """
    if act is Act.REOPEN:
        return True
    return act is not Act.PAUSE and attempts > 1
