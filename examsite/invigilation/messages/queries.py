"""What was said at a sitting, and to whom something can be said."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from examsite.access.models import Person
from examsite.registration.models import Enrolment, Room
from examsite.sitting.models import Attempt, SittingMessage


@dataclass(frozen=True, slots=True)
class Said:
    """One message.  room: number of the room it went to; whom: seat and name of the one candidate; neither = everybody."""

    text: str
    sent_at: datetime
    by: str
    room: int | None
    whom: str
    attempt_id: str | None


def said(session: Session, sitting_id: int, rooms: Collection[int] | None = None) -> list[Said]:
    """Messages to everybody, to these rooms (None = all) and their candidates, the newest first."""
    sender, candidate = aliased(Person), aliased(Person)
    query = (
        select(SittingMessage, sender.name, Room.number, Enrolment.seat, candidate.name)
        .join(sender, sender.id == SittingMessage.sent_by_id)
        .outerjoin(Room, Room.id == SittingMessage.room_id)
        .outerjoin(Attempt, Attempt.id == SittingMessage.attempt_id)
        .outerjoin(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .outerjoin(candidate, candidate.id == Enrolment.person_id)
        .where(SittingMessage.sitting_id == sitting_id)
        .order_by(SittingMessage.id.desc())
    )
    if rooms is not None:
        query = query.where(
            or_(
                SittingMessage.room_id.in_(rooms),
                Enrolment.room_id.in_(rooms),
                SittingMessage.room_id.is_(None) & SittingMessage.attempt_id.is_(None),
            )
        )
    return [
        Said(m.text, m.sent_at, by, number, f"{seat or ''} {name}".strip() if name else "", m.attempt_id)
        for m, by, number, seat, name in session.execute(query)
    ]


def answering(session: Session, sitting_id: int, rooms: Collection[int] | None) -> Sequence[Any]:
    """(attempt id, seat, name) of everybody with an open paper in these rooms (None = all), by seat."""
    query = (
        select(Attempt.id, Enrolment.seat, Person.name)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(
            Enrolment.sitting_id == sitting_id,
            Enrolment.withdrawn_at.is_(None),
            Attempt.started_at.is_not(None),
            Attempt.closed_at.is_(None),
        )
    )
    if rooms is not None:
        query = query.where(Enrolment.room_id.in_(rooms))
    return sorted(session.execute(query), key=lambda row: (len(row.seat or ""), row.seat or "", row.name))
