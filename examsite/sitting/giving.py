"""What people give or take at an attempt: time, a pause, another machine, the end, and the end taken back.

Every verb takes an attempt that `locked` gave, wants a reason, and leaves an event and a record of the act.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from examsite import audit
from examsite.audit import Actor
from examsite.errors import Invalid, Refused
from examsite.registration.models import Enrolment
from examsite.sitting.closing import close
from examsite.sitting.models import Attempt, AttemptEvent
from examsite.sitting.windows import given_of, window_of
from question_bank.rules import timing
from question_bank.rules.timing import Phase

MOST_MINUTES = 240
MOST_REASON = 1000


class NotStarted(Refused):
    """The paper was never opened."""

    code = "not-started"


class HandedIn(Refused):
    """The attempt is closed already."""

    code = "handed-in"


class TimeIsOver(Refused):
    """The candidate's time has passed."""

    code = "time-is-over"


class WrongState(Refused):
    """Paused twice, resumed without a pause, reopened while open."""

    code = "wrong-state"


def locked(session: Session, attempt_ids: Collection[str]) -> list[Attempt]:
    """These attempts with enrolment and sitting, locked to the end of the transaction, in the order of their ids."""
    query = (
        select(Attempt)
        .where(Attempt.id.in_(attempt_ids))
        .order_by(Attempt.id)
        .options(joinedload(Attempt.enrolment, innerjoin=True).joinedload(Enrolment.sitting, innerjoin=True))
        .with_for_update(of=Attempt)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


def give_extra(
    session: Session, attempt: Attempt, minutes: int, *, reason: str, actor: Actor, now: datetime
) -> None:
    """Add whole minutes to what the candidate has.  Raises Invalid, NotStarted, HandedIn.

    Who was closed by the clock may be given time as well: then `reopen` finds some left.
    """
    reason = checked_reason(reason)
    _check_length(timedelta(minutes=minutes))
    _check_may_have_time(attempt)
    attempt.extra_seconds += minutes * 60
    _note(session, attempt, "extra-given", reason=reason, actor=actor, now=now, minutes=minutes)


def restore(
    session: Session, attempt: Attempt, seconds: int, *, reason: str, actor: Actor, now: datetime
) -> None:
    """Give an interruption back.  Raises Invalid, NotStarted, HandedIn."""
    reason = checked_reason(reason)
    _check_length(timedelta(seconds=seconds))
    _check_may_have_time(attempt)
    attempt.restored_seconds += seconds
    _note(session, attempt, "restored", reason=reason, actor=actor, now=now, seconds=seconds)


def pause(session: Session, attempt: Attempt, *, reason: str, actor: Actor, now: datetime) -> None:
    """Stop this candidate's clock; their page covers the paper with its next pulse.  Raises Invalid, Refused.

    A page that is offline learns of it when it is back; the clock stands meanwhile all the same.
    """
    reason = checked_reason(reason)
    _check_open(attempt)
    if attempt.paused_at is not None:
        raise WrongState(_("This attempt is paused already."))
    if phase(attempt, now) is not Phase.ANSWERING:
        raise TimeIsOver(_("The time of this attempt is over; there is nothing to pause."))
    attempt.paused_at = now
    _note(session, attempt, "paused", reason=reason, actor=actor, now=now)


def resume(session: Session, attempt: Attempt, *, reason: str, actor: Actor, now: datetime) -> None:
    """Let the clock run on; the pause is given back in whole seconds, rounded up.  Raises Invalid, Refused."""
    reason = checked_reason(reason)
    _check_open(attempt)
    if attempt.paused_at is None:
        raise WrongState(_("This attempt is not paused."))
    seconds = _end_pause(attempt, now)
    _note(session, attempt, "resumed", reason=reason, actor=actor, now=now, seconds=seconds)


def allow_takeover(
    session: Session, attempt: Attempt, *, minutes: int, reason: str, actor: Actor, now: datetime
) -> None:
    """Let another machine open this paper, once, within so many minutes.  Raises Invalid, NotStarted, HandedIn."""
    reason = checked_reason(reason)
    _check_length(timedelta(minutes=minutes))
    _check_open(attempt)
    attempt.takeover_until = now + timedelta(minutes=minutes)
    _note(session, attempt, "takeover-allowed", reason=reason, actor=actor, now=now, minutes=minutes)


def force_hand_in(session: Session, attempt: Attempt, *, reason: str, actor: Actor, now: datetime) -> None:
    """Close the attempt for the candidate: what the server holds counts.  Raises Invalid, NotStarted, HandedIn."""
    reason = checked_reason(reason)
    _check_open(attempt)
    if attempt.paused_at is not None:
        _end_pause(attempt, now)
    close(session, attempt, by="invigilator", now=now, actor=actor, reason=reason)
    _note(session, attempt, "forced-hand-in", reason=reason, actor=actor, now=now)


def reopen(session: Session, attempt: Attempt, *, reason: str, actor: Actor, now: datetime) -> None:
    """Take back a hand-in by mistake while the time still runs.  Raises Invalid, NotStarted, WrongState, TimeIsOver.

    The receipt that was given stays in the event.  Asking for a second person is the caller's part.
    """
    reason = checked_reason(reason)
    if attempt.started_at is None:
        raise NotStarted(_("This candidate has not opened the paper yet."))
    if attempt.closed_at is None or attempt.closed_by is None:
        raise WrongState(_("This attempt is open; there is nothing to take back."))
    if phase_if_open(attempt, now) is not Phase.ANSWERING:
        raise TimeIsOver(_("The time of this attempt is over. Give time first, then open it again."))
    before = {
        "closed_by": attempt.closed_by,
        "closed_at": attempt.closed_at.isoformat(),
        "receipt": attempt.receipt,
    }
    attempt.closed_at = attempt.closed_by = attempt.receipt = None
    _note(session, attempt, "hand-in-undone", reason=reason, actor=actor, now=now, **before)


def phase(attempt: Attempt, now: datetime) -> Phase:
    """Where an attempt that `locked` gave stands."""
    return Phase.CLOSED if attempt.closed_at is not None else phase_if_open(attempt, now)


def phase_if_open(attempt: Attempt, now: datetime) -> Phase:
    """Where it would stand by the clock alone."""
    given = given_of(attempt, attempt.enrolment.time_factor_percent)
    return timing.phase(window_of(attempt.enrolment.sitting), attempt.started_at, now, given)


def checked_reason(reason: str) -> str:
    """A reason that says something, without blanks around it.  Raises Invalid."""
    reason = reason.strip()
    if len(reason) < 2:
        raise Invalid(_("Give the reason, in at least two characters: it stays in the record."))
    if len(reason) > MOST_REASON:
        raise Invalid(_("The reason is too long; at most %(most)s characters.", most=MOST_REASON))
    return reason


def _check_length(time: timedelta) -> None:
    if not timedelta(0) < time <= timedelta(minutes=MOST_MINUTES):
        raise Invalid(
            _("The time must be more than nothing and at most %(most)s minutes.", most=MOST_MINUTES)
        )


def _check_open(attempt: Attempt) -> None:
    if attempt.started_at is None:
        raise NotStarted(_("This candidate has not opened the paper yet."))
    if attempt.closed_at is not None:
        raise HandedIn(_("This attempt has been handed in already."))


def _check_may_have_time(attempt: Attempt) -> None:
    if attempt.closed_by != "clock":
        _check_open(attempt)


def _end_pause(attempt: Attempt, now: datetime) -> int:
    assert attempt.paused_at is not None
    # Rounded up: a pause must not cost the candidate a part of a second.
    seconds = max(0, ceil((now - attempt.paused_at).total_seconds()))
    attempt.restored_seconds += seconds
    attempt.paused_at = None
    return seconds


def _note(
    session: Session, attempt: Attempt, kind: str, *, reason: str, actor: Actor, now: datetime, **detail: Any
) -> None:
    event = AttemptEvent(
        attempt_id=attempt.id, at=now, kind=kind, detail={"by": actor.id, **detail}, note=reason
    )
    session.add(event)
    audit.record(session, f"attempt.{kind}", of=attempt, actor=actor, now=now, reason=reason, **detail)
