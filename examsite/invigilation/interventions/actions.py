"""Carrying out acts on candidates: at once, or after a second person confirmed what one asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from examsite import audit
from examsite.access.scope import SignedIn
from examsite.errors import Invalid, Refused
from examsite.invigilation.interventions import ledger
from examsite.invigilation.interventions.acts import OPEN_FOR, Act, Wish, needs_second
from examsite.invigilation.interventions.models import Intervention, InterventionStatus
from examsite.planning.models import Sitting
from examsite.registration.models import Room
from examsite.sitting import giving
from examsite.sitting.models import Attempt


class NobodyChosen(Invalid):
    """An act needs at least one candidate who has begun."""

    code = "nobody-chosen"


class OwnRequest(Refused):
    """Nobody confirms or refuses what they asked for themselves."""

    code = "own-request"


class Answered(Refused):
    """The request does not wait any more."""

    code = "answered"


class Expired(Refused):
    """Nobody confirmed in time."""

    code = "expired"


class ReasonNeeded(Invalid):
    """Who refuses says why."""

    code = "reason-needed"


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom an act is about.  attempts: ids of exactly these.  is_whole: a room, or the sitting, was named."""

    attempts: tuple[str, ...]
    room: Room | None = None
    is_whole: bool = False


def do_or_ask(
    session: Session,
    sitting: Sitting,
    scope: Scope,
    wish: Wish,
    *,
    once: str,
    actor: SignedIn,
    now: datetime,
) -> Intervention:
    """Carry the act out, or leave it to a second person where it needs one; the row says which.

    The same token again gives the row that the first call made.  An act on one candidate that does not fit raises its
    Refused; of several, those that do not fit stand in `outcome`.  Raises NobodyChosen, NotInOrder.
    """
    if wish.ended_at and wish.begun_at and not wish.begun_at < wish.ended_at <= now:
        raise ledger.NotInOrder(_("An interruption ends after it begins, and both lie in the past."))
    if not scope.attempts:
        raise NobodyChosen(_("Choose at least one candidate who has begun to answer."))
    ids = sorted(set(scope.attempts))
    second = needs_second(wish.act, len(ids))
    row = Intervention(
        once=once,
        sitting_id=sitting.id,
        room_id=scope.room.id if scope.room else None,
        act=wish.act.value,
        attempts=ids,
        minutes=wish.minutes,
        seconds=wish.seconds,
        cause=wish.cause,
        begun_at=wish.begun_at,
        ended_at=wish.ended_at,
        is_whole=scope.is_whole,
        reason=wish.reason.strip(),
        needs_second=second,
        status=InterventionStatus.REQUESTED.value if second else InterventionStatus.DONE.value,
        requested_by_id=actor.id,
        requested_at=now,
        expires_at=now + OPEN_FOR,
    )
    if not second:
        row.answered_by_id, row.answered_at, row.outcome = actor.id, now, []
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        session.expire_all()
        return _of_token(session, once, actor)
    if second:
        audit.record(session, "intervention.request", of=row, actor=actor, now=now, **_detail(row))
    else:
        _carry_out(session, row, actor=actor, now=now)
        if len(ids) == 1 and row.outcome:
            raise Refused(row.outcome[0]["refused"])
    return row


def _of_token(session: Session, once: str, actor: SignedIn) -> Intervention:
    """What the first sending of this form made.  A token of somebody else's form is none."""
    return session.scalars(
        select(Intervention).where(Intervention.once == once, Intervention.requested_by_id == actor.id)
    ).one()


def confirm(session: Session, row: Intervention, *, actor: SignedIn, now: datetime) -> None:
    """Carry out what another person asked for, for exactly the attempts named then.

    Raises OwnRequest, Answered, Expired.
    """
    _lock(session, row, actor)
    if now >= row.expires_at:
        raise Expired(_("Nobody confirmed this in time. Ask anew if it is still needed."))
    row.status, row.answered_by_id, row.answered_at = InterventionStatus.DONE.value, actor.id, now
    row.outcome = []
    _carry_out(session, row, actor=actor, now=now)


def refuse(session: Session, row: Intervention, answer: str, *, actor: SignedIn, now: datetime) -> None:
    """Nothing is done.  Raises ReasonNeeded, OwnRequest, Answered."""
    if not answer.strip():
        raise ReasonNeeded(_("Say why this is not to be done."))
    _lock(session, row, actor)
    _end(row, InterventionStatus.REFUSED, answer.strip(), actor, now)
    audit.record(session, "intervention.refuse", of=row, actor=actor, now=now, answer=row.answer)


def withdraw(session: Session, row: Intervention, *, actor: SignedIn, now: datetime) -> None:
    """The requester takes it back.  Raises Answered."""
    session.refresh(row, ["status", "answered_by_id"], with_for_update=True)
    if row.status != InterventionStatus.REQUESTED or row.requested_by_id != actor.id:
        raise Answered(_("This request has been answered already."))
    _end(row, InterventionStatus.WITHDRAWN, "", actor, now)
    audit.record(session, "intervention.withdraw", of=row, actor=actor, now=now)


def _end(row: Intervention, status: InterventionStatus, answer: str, actor: SignedIn, now: datetime) -> None:
    row.status, row.answered_by_id, row.answered_at, row.answer = status.value, actor.id, now, answer


def _lock(session: Session, row: Intervention, actor: SignedIn) -> None:
    """Two who confirm at the same moment: the second waits here and finds it answered."""
    session.refresh(row, ["status", "answered_by_id"], with_for_update=True)
    if row.status != InterventionStatus.REQUESTED:
        raise Answered(_("This request has been answered already."))
    if row.requested_by_id == actor.id:
        raise OwnRequest(_("You asked for this yourself. Another person has to confirm it."))


def _carry_out(session: Session, row: Intervention, *, actor: SignedIn, now: datetime) -> None:
    """The act on each of its attempts; `outcome` names those that did not fit, with the reason."""
    attempts = giving.locked(session, row.attempts)
    refused: list[dict[str, Any]] = []
    done: list[Attempt] = []
    given: dict[str, int] = {}
    for attempt in attempts:
        before = attempt.restored_seconds
        try:
            _do(session, row, attempt, actor=actor, now=now)
        except (Refused, Invalid) as error:
            refused.append({"attempt": attempt.id, "refused": error.message})
        else:
            done.append(attempt)
            given[attempt.id] = attempt.restored_seconds - before
    missing = set(row.attempts) - {attempt.id for attempt in attempts}
    refused += [{"attempt": one, "refused": _("This attempt does not exist.")} for one in sorted(missing)]
    row.outcome = refused
    ledger.follow(session, row, done, given, actor=actor, now=now)
    audit.record(
        session,
        "intervention.do",
        of=row,
        actor=actor,
        now=now,
        **_detail(row),
        asked_by=row.requested_by_id,
        done=len(done),
        refused=refused,
    )
    session.flush()


def _do(session: Session, row: Intervention, attempt: Attempt, *, actor: SignedIn, now: datetime) -> None:
    reason = row.reason
    act = Act(row.act)
    if act is Act.EXTRA:
        assert row.minutes is not None
        giving.give_extra(session, attempt, row.minutes, reason=reason, actor=actor, now=now)
    elif act is Act.RESTORE:
        assert row.seconds is not None
        giving.restore(session, attempt, row.seconds, reason=reason, actor=actor, now=now)
    elif act is Act.PAUSE:
        giving.pause(session, attempt, reason=reason, actor=actor, now=now)
    elif act is Act.RESUME:
        giving.resume(session, attempt, reason=reason, actor=actor, now=now)
    elif act is Act.TAKEOVER:
        assert row.minutes is not None
        giving.allow_takeover(session, attempt, minutes=row.minutes, reason=reason, actor=actor, now=now)
    elif act is Act.HAND_IN:
        giving.force_hand_in(session, attempt, reason=reason, actor=actor, now=now)
    else:
        giving.reopen(session, attempt, reason=reason, actor=actor, now=now)


def _detail(row: Intervention) -> dict[str, Any]:
    """What the record of the act holds, in words and figures."""
    return {
        "what": row.act,
        "attempts": row.attempts,
        "minutes": row.minutes,
        "room": row.room_id,
        "reason": row.reason,
    }


def existing(session: Session, attempt_ids: Sequence[str]) -> tuple[str, ...]:
    """Of these ids those that have an attempt."""
    return tuple(session.scalars(select(Attempt.id).where(Attempt.id.in_(attempt_ids)).order_by(Attempt.id)))
