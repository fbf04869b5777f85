"""Whether the personal data are right: what the waiting page shows a candidate, and their word that it is."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite import audit
from examsite.errors import Invalid
from examsite.registration.models import Enrolment, Room
from examsite.sitting.models import IdentityConfirmation
from question_bank.questions.model import canonical_hash


def data_of(session: Session, enrolment: Enrolment) -> dict[str, str]:
    """What a candidate confirms: name, identity (masked), ticket, seat, room, employer.  The person must be loaded."""
    person = enrolment.person
    room = session.get(Room, enrolment.room_id) if enrolment.room_id else None
    return {
        "name": person.name,
        "identity": person.identity_masked,
        "ticket": enrolment.ticket,
        "room": f"{room.number:02} {room.name}".strip() if room else "",
        "seat": enrolment.seat or "",
        "employer": person.employer,
    }


def confirmed_at(session: Session, enrolment_id: int, shown: dict[str, str]) -> datetime | None:
    """When the candidate last confirmed exactly these data; None where they did not, or where something changed since."""
    last = session.scalars(
        select(IdentityConfirmation)
        .where(IdentityConfirmation.enrolment_id == enrolment_id)
        .order_by(IdentityConfirmation.id.desc())
        .limit(1)
    ).one_or_none()
    return last.at if last and last.shown == shown else None


def confirm(
    session: Session, enrolment: Enrolment, fingerprint: str, *, actor: audit.Actor, now: datetime
) -> None:
    """Keep the candidate's word that the data shown are theirs.  Doing it twice changes nothing.

    fingerprint: of the data as the page showed them.  Raises Invalid where they have changed since.
    """
    shown = data_of(session, enrolment)
    if fingerprint != fingerprint_of(shown):
        raise Invalid("您的信息刚刚有变动，请重新核对后再确认。")
    if confirmed_at(session, enrolment.id, shown) is not None:
        return
    session.add(IdentityConfirmation(enrolment_id=enrolment.id, at=now, shown=shown))
    audit.record(session, "enrolment.confirm", of=enrolment, actor=actor, now=now)


def fingerprint_of(shown: dict[str, str]) -> str:
    """Sixteen hexadecimal digits over the data shown."""
    return canonical_hash(shown)[:16]
