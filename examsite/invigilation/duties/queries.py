"""Who is on duty where, and which sittings a person watches."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload

from examsite.access.models import Grant, Person
from examsite.access.permissions import ROLES, Permission
from examsite.access.scope import EVERYTHING, institution_scope
from examsite.invigilation.duties.models import InvigilatorDuty
from examsite.planning.models import Plan, Sitting, SittingStatus
from examsite.registration.models import Room

#: A sitting stays on the first page so long before its opening and after its closing.
BEFORE, AFTER = timedelta(hours=24), timedelta(hours=12)


def duties(session: Session, sitting_id: int) -> Sequence[InvigilatorDuty]:
    """Live duties at a sitting with person and room: the whole sitting first, then by room."""
    rows = session.scalars(
        select(InvigilatorDuty)
        .where(InvigilatorDuty.sitting_id == sitting_id, InvigilatorDuty.ended_at.is_(None))
        .options(joinedload(InvigilatorDuty.person), joinedload(InvigilatorDuty.room))
        .order_by(InvigilatorDuty.id)
    ).all()
    return sorted(rows, key=lambda row: (row.room.number if row.room else 0, row.id))


def duty_for(session: Session, duty_id: int) -> InvigilatorDuty | None:
    """One duty with its sitting, plan, person and room, ended or not."""
    return session.scalars(
        select(InvigilatorDuty)
        .where(InvigilatorDuty.id == duty_id)
        .options(
            joinedload(InvigilatorDuty.person),
            joinedload(InvigilatorDuty.room),
            joinedload(InvigilatorDuty.sitting).joinedload(Sitting.plan),
        )
    ).one_or_none()


def rooms_on_duty(session: Session, sitting_id: int, person_id: int) -> set[int | None]:
    """The rooms in which this person is on duty at this sitting; None among them = everywhere; empty = not at all."""
    return set(
        session.scalars(
            select(InvigilatorDuty.room_id).where(
                InvigilatorDuty.sitting_id == sitting_id,
                InvigilatorDuty.person_id == person_id,
                InvigilatorDuty.ended_at.is_(None),
            )
        )
    )


def rooms_of(session: Session, sitting_id: int) -> Sequence[Room]:
    """The rooms of a sitting by number."""
    return session.scalars(select(Room).where(Room.sitting_id == sitting_id).order_by(Room.number)).all()


def who_may_watch(session: Session, institution_id: int) -> Sequence[Person]:
    """Active people who may watch sittings of this institution, by name."""
    roles = [role.value for role, carried in ROLES.items() if Permission.INVIGILATE in carried]
    return session.scalars(
        select(Person)
        .where(
            Person.is_active,
            Person.id.in_(
                select(Grant.person_id).where(
                    Grant.role.in_(roles),
                    Grant.scope.in_([EVERYTHING, institution_scope(institution_id)]),
                )
            ),
        )
        .order_by(Person.name, Person.id)
    ).all()


def sittings_to_watch(
    session: Session,
    person_id: int,
    institutions: Collection[int] | None,
    all_of: Collection[int] | None,
    *,
    now: datetime,
) -> tuple[Sequence[Sitting], Sequence[Sitting]]:
    """The sittings of these days that a person watches, and those later, by opening, each with its plan.

    institutions: where the person may watch at all.  all_of: where they see every sitting, duty or not.  None = everywhere.
    """
    on_duty = Sitting.id.in_(
        select(InvigilatorDuty.sitting_id).where(
            InvigilatorDuty.person_id == person_id, InvigilatorDuty.ended_at.is_(None)
        )
    )
    seen: list[ColumnElement[bool]] = [on_duty]
    seen.append(Plan.id.is_not(None) if all_of is None else Plan.institution_id.in_(all_of))
    query = (
        select(Sitting)
        .join(Sitting.plan)
        .where(
            Sitting.status != SittingStatus.CANCELLED,
            Sitting.closes_at > now - AFTER,
            or_(*seen),
        )
        .options(joinedload(Sitting.plan))
        .order_by(Sitting.opens_at, Sitting.id)
    )
    if institutions is not None:
        query = query.where(Plan.institution_id.in_(institutions))
    rows = session.scalars(query).all()
    near = [row for row in rows if row.opens_at < now + BEFORE]
    return near, [row for row in rows if row.opens_at >= now + BEFORE]


def places_of(session: Session, sitting_ids: Collection[int], person_id: int) -> dict[int, list[Room | None]]:
    """Where a person is on duty at each of these sittings; None = everywhere; sittings without a duty are left out."""
    rows = session.scalars(
        select(InvigilatorDuty)
        .where(
            InvigilatorDuty.sitting_id.in_(sitting_ids),
            InvigilatorDuty.person_id == person_id,
            InvigilatorDuty.ended_at.is_(None),
        )
        .options(joinedload(InvigilatorDuty.room))
        .order_by(InvigilatorDuty.id)
    )
    found: dict[int, list[Room | None]] = {}
    for row in rows:
        found.setdefault(row.sitting_id, []).append(row.room)
    return found
