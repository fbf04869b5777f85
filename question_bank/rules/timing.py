"""Why an answer is taken or refused by the clock: a pure function of instants.

All instants are aware and in UTC; nothing here reads a clock.  Time that people gave (a time factor, extra time,
restored interruptions, a pause) is added after the cut by the closing of the sitting: it is an accommodation, so it may
run past it.
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


@dataclass(frozen=True, slots=True)
class Given:
    """What people gave one candidate: time, and a pause that has not ended.

    factor_percent: of the time the candidate has by the rules, 100 = all of it and no more.  paused_at: since when the
    candidate's clock stands; None = it runs.  ValueError for time that is taken instead of given.
    """

    factor_percent: int = 100
    extra: timedelta = ZERO
    restored: timedelta = ZERO
    paused_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.extra < ZERO or self.restored < ZERO or self.factor_percent < 100:
            raise ValueError("time can be given, not taken")


NOTHING = Given()


def effective_deadline(
    window: Window, started: datetime, given: Given = NOTHING, *, now: datetime | None = None
) -> datetime:
    """start + (min(window end, start + allowed) - start) x factor + extra time + restored interruptions.

    During a pause the deadline moves with `now`, which is then needed: the time that remains is the same at its end.
    """
    by_rules = min(window.closes, started + window.allowed) - started
    deadline = started + by_rules * given.factor_percent / 100 + given.extra + given.restored
    if given.paused_at is None:
        return deadline
    if now is None:
        raise ValueError("a pause has a deadline only at an instant")
    return deadline + max(ZERO, now - given.paused_at)


def phase(
    window: Window,
    started: datetime | None,
    now: datetime,
    given: Given = NOTHING,
    *,
    handed_in: bool = False,
) -> Phase:
    """Where an attempt stands.  The deadline itself already belongs to the grace; its end to CLOSED."""
    if handed_in:
        return Phase.CLOSED
    if started is None:
        return Phase.NOT_OPEN if now < window.closes else Phase.CLOSED
    deadline = effective_deadline(window, started, given, now=now)
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
