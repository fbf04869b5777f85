"""What an invigilator says to candidates who answer: to everybody at a sitting, to one room, to one candidate."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from examsite import audit
from examsite.audit import Actor
from examsite.clock import as_milliseconds
from examsite.errors import Invalid
from examsite.planning.models import Sitting
from examsite.registration.models import Enrolment, Room
from examsite.sitting.models import Attempt, SittingMessage

MOST_CHARACTERS = 300
#: A page that knows none is told the newest ones.
MOST_AT_ONCE = 50


def send(
    session: Session,
    sitting: Sitting,
    *,
    room_id: int | None = None,
    attempt_id: str | None = None,
    text: str,
    actor: Actor,
    now: datetime,
) -> SittingMessage:
    """Say something to everybody at this sitting, to a room of it or to one attempt.  Raises Invalid."""
    text = text.strip()
    if not text:
        raise Invalid(_("Enter the text of the message."))
    if len(text) > MOST_CHARACTERS:
        raise Invalid(_("The message is too long; at most %(most)s characters.", most=MOST_CHARACTERS))
    if room_id is not None and attempt_id is not None:
        raise Invalid(_("A message goes to a room or to one candidate, not to both."))
    _check_audience(session, sitting, room_id, attempt_id)
    row = SittingMessage(
        sitting_id=sitting.id,
        room_id=room_id,
        attempt_id=attempt_id,
        text=text,
        sent_by_id=actor.id,
        sent_at=now,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        "message.send",
        of=row,
        actor=actor,
        now=now,
        sitting=sitting.id,
        room=room_id,
        attempt=attempt_id,
    )
    return row


def unseen(session: Session, state: Any, after_id: int) -> list[SittingMessage]:
    """What was said to this attempt since the message `after_id`, oldest first, the newest MOST_AT_ONCE at most.

    state: a row of `answers.leased_state`.
    """
    query = (
        select(SittingMessage)
        .where(
            SittingMessage.sitting_id == state.sitting_id,
            SittingMessage.id > after_id,
            _reaches(state.room_id, state.id),
        )
        .order_by(SittingMessage.id.desc())
        .limit(MOST_AT_ONCE)
    )
    return list(reversed(session.scalars(query).all()))


def newest_of_attempt() -> Any:
    """The id of the newest message to an attempt; for a statement that selects from attempts and enrolments."""
    return (
        select(func.max(SittingMessage.id))
        .where(
            SittingMessage.sitting_id == Enrolment.sitting_id,
            _reaches(Enrolment.room_id, Attempt.id),
        )
        .correlate(Enrolment, Attempt)
        .scalar_subquery()
    )


def as_said(messages: Sequence[SittingMessage]) -> list[dict[str, Any]]:
    """Messages as pages are told them."""
    return [{"id": m.id, "text": m.text, "sent_at": as_milliseconds(m.sent_at)} for m in messages]


def _reaches(room_id: Any, attempt_id: Any) -> Any:
    to_all = SittingMessage.room_id.is_(None) & SittingMessage.attempt_id.is_(None)
    to_one = SittingMessage.attempt_id == attempt_id
    # Compared with None, a column would be asked for being empty, which every other message is.
    return or_(to_all, to_one) if room_id is None else or_(to_all, to_one, SittingMessage.room_id == room_id)


def _check_audience(session: Session, sitting: Sitting, room_id: int | None, attempt_id: str | None) -> None:
    if room_id is not None:
        room = session.get(Room, room_id)
        if room is None or room.sitting_id != sitting.id:
            raise Invalid(_("This room does not belong to the sitting."))
    if attempt_id is not None:
        of = select(Enrolment.sitting_id).join(Attempt).where(Attempt.id == attempt_id)
        if session.scalars(of).one_or_none() != sitting.id:
            raise Invalid(_("This candidate does not belong to the sitting."))
