"""Giving a duty and withdrawing it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite import audit
from examsite.access.models import Person
from examsite.errors import Refused
from examsite.invigilation.duties.models import InvigilatorDuty
from examsite.planning.models import Sitting, SittingStatus
from examsite.registration.models import Enrolment, Room


def give_duty(
    session: Session,
    sitting: Sitting,
    room: Room | None,
    person: Person,
    *,
    actor: audit.Actor,
    now: datetime,
) -> InvigilatorDuty:
    """Let this person watch the sitting, or one room of it.

    Raises Refused for a cancelled sitting, a duty that the person already has, and a candidate of the same sitting.
    """
    session.execute(select(Sitting.id).where(Sitting.id == sitting.id).with_for_update())
    if sitting.status == SittingStatus.CANCELLED:
        raise Refused("本场次已取消，不能再安排监考。")
    held = session.scalars(
        select(InvigilatorDuty.room_id).where(
            InvigilatorDuty.sitting_id == sitting.id,
            InvigilatorDuty.person_id == person.id,
            InvigilatorDuty.ended_at.is_(None),
        )
    ).all()
    if (room.id if room else None) in held:
        raise Refused(f"{person.name}已安排在这里监考，无需重复安排。")
    is_candidate = select(Enrolment.id).where(
        Enrolment.sitting_id == sitting.id,
        Enrolment.person_id == person.id,
        Enrolment.withdrawn_at.is_(None),
    )
    if session.scalars(is_candidate).first() is not None:
        raise Refused(f"{person.name}是本场考生，不能监考本场。请另选他人。")
    duty = InvigilatorDuty(
        sitting_id=sitting.id,
        room_id=room.id if room else None,
        person_id=person.id,
        given_by_id=actor.id,
        given_at=now,
    )
    session.add(duty)
    session.flush()
    audit.record(
        session,
        "invigilation.duty-give",
        of=duty,
        actor=actor,
        now=now,
        sitting=sitting.id,
        person=person.id,
        room=room.number if room else None,
    )
    return duty


def end_duty(
    session: Session, duty: InvigilatorDuty, *, reason: str, actor: audit.Actor, now: datetime
) -> None:
    """Withdraw a duty; what the person did while on duty stays.  Raises Refused where it has ended."""
    session.refresh(duty, ["ended_at"], with_for_update=True)
    if duty.ended_at is not None:
        raise Refused("这项监考安排已经撤销。")
    duty.ended_at, duty.ended_by_id, duty.end_reason = now, actor.id, reason
    audit.record(
        session,
        "invigilation.duty-end",
        of=duty,
        actor=actor,
        now=now,
        sitting=duty.sitting_id,
        person=duty.person_id,
        reason=reason,
    )
