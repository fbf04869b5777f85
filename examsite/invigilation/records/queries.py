"""Records, their signatures, and what keeps one from being signed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from examsite.access.models import Person
from examsite.invigilation.board import queries as board
from examsite.invigilation.duties.queries import rooms_of
from examsite.invigilation.records.document import on_duty
from examsite.invigilation.records.models import (
    RecordRemark,
    RecordSignature,
    RecordSupplement,
    SittingRecord,
)
from examsite.planning.models import Sitting
from examsite.registration.models import Room


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the record of a room stands.  to_sign: who is on duty there and has not signed."""

    room: Room | None
    record: SittingRecord | None
    signatures: Sequence[RecordSignature]
    to_sign: Sequence[Person]
    blockers: Sequence[str]

    @property
    def is_complete(self) -> bool:
        return self.record is not None and not self.to_sign


def record_of(session: Session, sitting_id: int, room_id: int | None) -> SittingRecord | None:
    """The signed record of a room, or of a sitting without rooms."""
    where = SittingRecord.room_id.is_(None) if room_id is None else SittingRecord.room_id == room_id
    return session.scalars(
        select(SittingRecord).where(SittingRecord.sitting_id == sitting_id, where)
    ).one_or_none()


def signatures(session: Session, record_id: int) -> Sequence[RecordSignature]:
    """Signatures in the order of signing, with their person."""
    return session.scalars(
        select(RecordSignature)
        .where(RecordSignature.record_id == record_id)
        .options(joinedload(RecordSignature.person))
        .order_by(RecordSignature.signed_at, RecordSignature.person_id)
    ).all()


def supplements(session: Session, record_id: int) -> Sequence[RecordSupplement]:
    """What was added after signing, in order, with who wrote it."""
    return session.scalars(
        select(RecordSupplement)
        .where(RecordSupplement.record_id == record_id)
        .options(joinedload(RecordSupplement.written_by))
        .order_by(RecordSupplement.id)
    ).all()


def remark_of(session: Session, sitting_id: int, room_id: int | None) -> str:
    """备注 as it was last written."""
    where = RecordRemark.room_id.is_(None) if room_id is None else RecordRemark.room_id == room_id
    found = session.scalars(
        select(RecordRemark.text)
        .where(RecordRemark.sitting_id == sitting_id, where)
        .order_by(RecordRemark.id.desc())
        .limit(1)
    ).one_or_none()
    return found or ""


def blockers(session: Session, sitting: Sitting, room: Room | None) -> list[str]:
    """What keeps the record of a room from being signed."""
    rows = board.watched(session, sitting, None if room is None else frozenset({room.id}))
    found = []
    still = sum(row.started_at is not None and row.closed_at is None for row in rows)
    if still:
        found.append(ngettext("%(num)s paper is still open.", "%(num)s papers are still open.", still))
    unmarked = sum(row.started_at is None and not row.checked_in_at and not row.is_absent for row in rows)
    if unmarked:
        found.append(
            ngettext(
                "%(num)s candidate did not come and is not marked absent.",
                "%(num)s candidates did not come and are not marked absent.",
                unmarked,
            )
        )
    incidents = sum(row.incident for row in rows)
    if incidents:
        found.append(_("An interruption has no end yet."))
    return found


def standing(session: Session, sitting: Sitting, room: Room | None) -> Standing:
    """Where the record of this room stands."""
    room_id = room.id if room else None
    record = record_of(session, sitting.id, room_id)
    signed = signatures(session, record.id) if record else []
    have = {one.person_id for one in signed}
    return Standing(
        room,
        record,
        signed,
        [person for person in on_duty(session, sitting.id, room_id) if person.id not in have],
        [] if record else blockers(session, sitting, room),
    )


def standings(session: Session, sitting: Sitting, rooms: frozenset[int] | None) -> list[Standing]:
    """The records of the rooms that somebody watches (None = all); a sitting without rooms has one record."""
    found = rooms_of(session, sitting.id)
    if not found:
        return [standing(session, sitting, None)] if rooms is None else []
    return [standing(session, sitting, room) for room in found if rooms is None or room.id in rooms]
