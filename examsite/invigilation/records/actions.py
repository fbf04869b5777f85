"""Writing the remark, signing a record, adding to a signed one."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite import audit
from examsite.access import passwords
from examsite.access.models import Person
from examsite.errors import Invalid, Refused
from examsite.invigilation.records import queries
from examsite.invigilation.records.document import fill, on_duty
from examsite.invigilation.records.models import (
    RecordRemark,
    RecordSignature,
    RecordSupplement,
    SittingRecord,
)
from examsite.planning.models import Sitting
from examsite.registration.models import Room
from question_bank.questions.model import canonical_hash


class NotSigned(Refused):
    """The record can't be signed now, or not by this person."""

    code = "not-signed"


def write_remark(
    session: Session, sitting: Sitting, room: Room | None, text: str, *, actor: audit.Actor, now: datetime
) -> None:
    """Keep 备注 until somebody signs.  Raises NotSigned afterwards."""
    _lock(session, sitting)
    if queries.record_of(session, sitting.id, room.id if room else None) is not None:
        raise NotSigned(_("The record is signed. What is to be added goes into a supplement."))
    session.add(
        RecordRemark(
            sitting_id=sitting.id,
            room_id=room.id if room else None,
            text=text,
            written_by_id=actor.id,
            written_at=now,
        )
    )
    audit.record(
        session,
        "invigilation.record-remark",
        of=sitting,
        actor=actor,
        now=now,
        room=room.number if room else None,
    )


def sign(
    session: Session,
    sitting: Sitting,
    room: Room | None,
    *,
    digest: str,
    name: str,
    password: str,
    actor: audit.Actor,
    now: datetime,
) -> SittingRecord:
    """Put one's name under the record as it was read (`digest`); the first signature freezes it.

    Raises Invalid for another name or a wrong password; NotSigned for who is not on duty there, for what is still open,
    and where the record changed since it was read.
    """
    _lock(session, sitting)
    person = session.get_one(Person, actor.id)
    if name != person.name:
        raise Invalid(_("Type your own name as it stands in your account."), field="name")
    if not passwords.is_right(person.password_hash, password):
        raise Invalid(_("The password is not right."), field="password")
    room_id = room.id if room else None
    if person.id not in {one.id for one in on_duty(session, sitting.id, room_id)}:
        raise NotSigned(_("Only who is on duty in this room signs its record."))
    record = queries.record_of(session, sitting.id, room_id)
    is_new = record is None
    if record is None:
        still = queries.blockers(session, sitting, room)
        if still:
            raise NotSigned(" ".join(still))
        document = fill(session, sitting, room, queries.remark_of(session, sitting.id, room_id))
        record = SittingRecord(
            sitting_id=sitting.id,
            room_id=room_id,
            document=document,
            digest=canonical_hash(document),
            frozen_at=now,
        )
    if record.digest != digest:
        raise NotSigned(_("The record has changed since you read it. Read it again, then sign."))
    if is_new:
        session.add(record)
        session.flush()
    if person.id in {one.person_id for one in queries.signatures(session, record.id)}:
        raise NotSigned(_("You have signed this record already."))
    session.add(RecordSignature(record_id=record.id, person_id=person.id, name=name, signed_at=now))
    session.flush()
    audit.record(
        session,
        "invigilation.record-sign",
        of=record,
        actor=actor,
        now=now,
        digest=digest,
        sitting=sitting.id,
    )
    return record


def supplement(
    session: Session, record: SittingRecord, *, text: str, reason: str, actor: audit.Actor, now: datetime
) -> None:
    """Add to a signed record; what was signed stays as it is."""
    session.add(
        RecordSupplement(
            record_id=record.id, text=text, reason=reason, written_by_id=actor.id, written_at=now
        )
    )
    audit.record(session, "invigilation.record-supplement", of=record, actor=actor, now=now, reason=reason)


def _lock(session: Session, sitting: Sitting) -> None:
    session.execute(select(Sitting.id).where(Sitting.id == sitting.id).with_for_update())
