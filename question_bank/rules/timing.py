"""Why an answer is taken or refused by the clock: a pure function of instants.

All instants are aware and in UTC; nothing here reads a clock.  Time that people gave (extra time, restored
interruptions) is added after the cut by the closing of the sitting: it is an accommodation, so it may run past it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

ZERO = timedelta(0)


class Phase(StrEnum):
    """NOT_OPEN: before the window or before the start.  GRACE: only packets in flight are taken."""

    NOT_OPEN = "not_open"
    ANSWERING = "answering"
    GRACE = "grace"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Window:
    """The timing rules of one sitting.

    allowed: how long one candidate may answer.  grace: for packets in flight at the deadline.
    late_limit: how long after the opening one may still start (None = until it closes).
    earliest_hand_in: how long after one's start one may hand in at the earliest (None = at once).
    """

    opens: datetime
    closes: datetime
    allowed: timedelta
    grace: timedelta = timedelta(seconds=5)
    late_limit: timedelta | None = None
    earliest_hand_in: timedelta | None = None


def may_start(window: Window, now: datetime) -> bool:
    """Whether a candidate who has not started may start now."""
    if not window.opens <= now < window.closes:
        return False
    return window.late_limit is None or now <= window.opens + window.late_limit


def effective_deadline(
    window: Window, started: datetime, *, extra: timedelta = ZERO, restored: timedelta = ZERO
) -> datetime:
    """min(window end, start + allowed) + extra time + restored interruptions.  ValueError for negative time."""
    if extra < ZERO or restored < ZERO:
        raise ValueError("time can be given, not taken")
    return min(window.closes, started + window.allowed) + extra + restored


def phase(
    window: Window,
    started: datetime | None,
    now: datetime,
    *,
    extra: timedelta = ZERO,
    restored: timedelta = ZERO,
    handed_in: bool = False,
) -> Phase:
    """Where an attempt stands.  The deadline itself already belongs to the grace; its end to CLOSED."""
    if handed_in:
        return Phase.CLOSED
    if started is None:
        return Phase.NOT_OPEN if now < window.closes else Phase.CLOSED
    deadline = effective_deadline(window, started, extra=extra, restored=restored)
    if now < deadline:
        return Phase.ANSWERING
    return Phase.GRACE if now < deadline + window.grace else Phase.CLOSED


def earliest_hand_in(window: Window, started: datetime) -> datetime:
    """From when on a candidate may hand in."""
    return started + (window.earliest_hand_in or ZERO)


def may_hand_in(window: Window, started: datetime, now: datetime) -> bool:
    """Whether the candidate may hand in now; the clock may always."""
    return now >= earliest_hand_in(window, started)


def remaining(deadline: datetime, now: datetime) -> timedelta:
    """Time left, never negative."""
    return max(ZERO, deadline - now)
