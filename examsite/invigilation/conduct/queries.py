"""Who did not come, who broke the rules; what the record of the room and the results take from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from examsite.invigilation.check_in.models import CheckIn
from examsite.invigilation.conduct.models import (
    AbsenceMark,
    Effect,
    Misconduct,
    MisconductEvidence,
    MisconductSignature,
)
from examsite.registration.models import Enrolment
from examsite.sitting.models import Attempt


@dataclass(frozen=True, slots=True)
class Case:
    """A record with its witness and its evidence."""

    row: Misconduct
    signature: MisconductSignature | None
    evidence: tuple[MisconductEvidence, ...]
    is_in_force: bool


# ---- absence


def absence_of(session: Session, enrolment_id: int) -> AbsenceMark | None:
    """The mark in force."""
    return session.scalars(
        select(AbsenceMark)
        .where(AbsenceMark.enrolment_id == enrolment_id)
        .options(joinedload(AbsenceMark.marked_by))
        .order_by(AbsenceMark.number.desc())
        .limit(1)
    ).one_or_none()


def absent(session: Session, sitting_id: int) -> dict[int, AbsenceMark]:
    """Marks of absence in force, by enrolment."""
    newest = (
        select(AbsenceMark.enrolment_id, func.max(AbsenceMark.number).label("number"))
        .group_by(AbsenceMark.enrolment_id)
        .subquery()
    )
    rows = session.scalars(
        select(AbsenceMark)
        .join(Enrolment, Enrolment.id == AbsenceMark.enrolment_id)
        .join(
            newest,
            (newest.c.enrolment_id == AbsenceMark.enrolment_id) & (newest.c.number == AbsenceMark.number),
        )
        .where(Enrolment.sitting_id == sitting_id, AbsenceMark.is_absent)
        .options(joinedload(AbsenceMark.marked_by))
    )
    return {row.enrolment_id: row for row in rows}


def not_arrived(session: Session, sitting_id: int, watched: frozenset[int] | None = None) -> list[Enrolment]:
    """Enrolled in the rooms watched, never began, not checked in, not marked absent yet: by seat."""
    marked = absent(session, sitting_id)
    rows = session.scalars(
        select(Enrolment)
        .outerjoin(Attempt, Attempt.enrolment_id == Enrolment.id)
        .where(
            Enrolment.sitting_id == sitting_id,
            Enrolment.withdrawn_at.is_(None),
            Attempt.id.is_(None),
            ~select(CheckIn.id)
            .where(CheckIn.enrolment_id == Enrolment.id, CheckIn.undone_at.is_(None))
            .exists(),
        )
        .options(joinedload(Enrolment.person), joinedload(Enrolment.room))
        .order_by(Enrolment.seat, Enrolment.id)
    )
    return [row for row in rows if row.id not in marked and (watched is None or row.room_id in watched)]


def absent_people(
    session: Session, sitting_id: int, watched: frozenset[int] | None = None
) -> list[tuple[Enrolment, AbsenceMark]]:
    """Who is marked absent in the rooms watched, by seat."""
    marked = absent(session, sitting_id)
    rows = session.scalars(
        select(Enrolment)
        .where(Enrolment.id.in_(marked))
        .options(joinedload(Enrolment.person), joinedload(Enrolment.room))
        .order_by(Enrolment.seat, Enrolment.id)
    )
    return [(row, marked[row.id]) for row in rows if watched is None or row.room_id in watched]


# ---- misconduct


def _in_force() -> ColumnElement[bool]:
    newer = aliased(Misconduct)
    return ~select(newer.id).where(newer.supersedes_id == Misconduct.id).exists() & ~Misconduct.is_withdrawn


def is_superseded(session: Session, misconduct_id: int) -> bool:
    """Whether a newer record stands in its place."""
    return session.scalar(select(Misconduct.id).where(Misconduct.supersedes_id == misconduct_id)) is not None


def evidence_of(session: Session, misconduct_ids: Iterable[int]) -> list[MisconductEvidence]:
    """Evidence of these records, in the order of their names."""
    return list(
        session.scalars(
            select(MisconductEvidence)
            .where(MisconductEvidence.misconduct_id.in_(list(misconduct_ids)))
            .order_by(MisconductEvidence.misconduct_id, MisconductEvidence.name, MisconductEvidence.digest)
        )
    )


def case(session: Session, misconduct_id: int) -> Case | None:
    """One record."""
    return next(iter(_cases(session, Misconduct.id == misconduct_id)), None)


def cases(session: Session, sitting_id: int, *, enrolment_id: int | None = None) -> list[Case]:
    """Every record of a sitting (of one candidate), superseded ones too, the newest first."""
    conditions = [Enrolment.sitting_id == sitting_id]
    if enrolment_id is not None:
        conditions.append(Enrolment.id == enrolment_id)
    return _cases(session, *conditions)


def _cases(session: Session, *conditions: ColumnElement[bool]) -> list[Case]:
    rows = session.scalars(
        select(Misconduct)
        .join(Enrolment, Enrolment.id == Misconduct.enrolment_id)
        .where(*conditions)
        .options(
            joinedload(Misconduct.enrolment).joinedload(Enrolment.person),
            joinedload(Misconduct.enrolment).joinedload(Enrolment.room),
            joinedload(Misconduct.recorded_by),
        )
        .order_by(Misconduct.id.desc())
    ).all()
    ids = [row.id for row in rows]
    signed = session.scalars(
        select(MisconductSignature)
        .where(MisconductSignature.misconduct_id.in_(ids))
        .options(joinedload(MisconductSignature.witness))
    )
    signatures = {one.misconduct_id: one for one in signed}
    newer = set(session.scalars(select(Misconduct.supersedes_id).where(Misconduct.supersedes_id.in_(ids))))
    proof: dict[int, list[MisconductEvidence]] = {}
    for one in evidence_of(session, ids):
        proof.setdefault(one.misconduct_id, []).append(one)
    return [
        Case(
            row,
            signatures.get(row.id),
            tuple(proof.get(row.id, ())),
            row.id not in newer and not row.is_withdrawn,
        )
        for row in rows
    ]


def for_record(session: Session, sitting_id: int, room_id: int | None) -> list[Case]:
    """Records in force of a room's candidates (of everybody, where room_id is None), by when it happened."""
    found = [
        one
        for one in cases(session, sitting_id)
        if one.is_in_force and (room_id is None or one.row.enrolment.room_id == room_id)
    ]
    return sorted(found, key=lambda one: (one.row.occurred_at, one.row.id))


def cancelled(session: Session, sitting_id: int) -> dict[int, list[int]]:
    """Whose result is cancelled by records in force that a witness signed: enrolment → ids of the records."""
    return _cancelling(session, sitting_id, is_signed=True)


def cancelled_unsigned(session: Session, sitting_id: int) -> dict[int, list[int]]:
    """The same for records that still wait for their witness."""
    return _cancelling(session, sitting_id, is_signed=False)


def _cancelling(session: Session, sitting_id: int, *, is_signed: bool) -> dict[int, list[int]]:
    signature = select(MisconductSignature.misconduct_id).where(
        MisconductSignature.misconduct_id == Misconduct.id
    )
    rows = session.execute(
        select(Misconduct.enrolment_id, Misconduct.id)
        .join(Enrolment, Enrolment.id == Misconduct.enrolment_id)
        .where(
            Enrolment.sitting_id == sitting_id,
            Misconduct.effect == Effect.CANCEL.value,
            _in_force(),
            signature.exists() if is_signed else ~signature.exists(),
        )
        .order_by(Misconduct.id)
    )
    found: dict[int, list[int]] = {}
    for enrolment_id, misconduct_id in rows:
        found.setdefault(enrolment_id, []).append(misconduct_id)
    return found
