"""Loading what an address names, or 404: nobody learns whether something exists outside their reach."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from examsite.access.guard import current_person
from examsite.errors import NotYours
from examsite.invigilation import policy
from examsite.invigilation.duties import queries
from examsite.invigilation.duties.models import InvigilatorDuty
from examsite.planning.models import Sitting, SittingStatus
from examsite.registration.models import Enrolment, Room
from examsite.sitting.models import Attempt


def sitting_in_reach(session: Session, sitting_id: int) -> Sitting:
    """The sitting with its plan, where the person is staff of its institution or on duty in any of its rooms."""
    row = _sitting(session, sitting_id)
    rooms_in_reach(session, row)
    return row


def rooms_in_reach(session: Session, sitting: Sitting) -> frozenset[int] | None:
    """Ids of the rooms of this sitting (loaded with its plan) that the person watches; None = everything.

    Raises NotYours where there is none.
    """
    person = current_person()
    if policy.sees_every_sitting(person, sitting.plan.institution_id):
        return None
    if not policy.may_watch(person, sitting.plan.institution_id):
        raise NotYours
    rooms = queries.rooms_on_duty(session, sitting.id, person.id)
    if not rooms:
        raise NotYours
    return None if None in rooms else frozenset(room for room in rooms if room is not None)


def enrolment_in_reach(session: Session, enrolment_id: int) -> Enrolment:
    """The enrolment with person, room, sitting and plan, where the person watches its room.  Withdrawn ones are gone."""
    row = session.scalars(
        select(Enrolment)
        .where(Enrolment.id == enrolment_id, Enrolment.withdrawn_at.is_(None))
        .options(
            joinedload(Enrolment.person),
            joinedload(Enrolment.room),
            joinedload(Enrolment.sitting).joinedload(Sitting.plan),
        )
    ).one_or_none()
    if row is None or row.sitting.status == SittingStatus.CANCELLED:
        raise NotYours
    if not policy.watches_room(rooms_in_reach(session, row.sitting), row.room_id):
        raise NotYours
    return row


def attempt_in_reach(session: Session, attempt_id: str) -> Attempt:
    """The attempt with its enrolment as `enrolment_in_reach` gives it.  Lock it with `giving.locked` before a change."""
    row = session.get(Attempt, attempt_id)
    if row is None:
        raise NotYours
    enrolment_in_reach(session, row.enrolment_id)
    # The enrolment stands in the session now, so this asks for the attempt alone.
    return session.scalars(
        select(Attempt).where(Attempt.id == attempt_id).options(joinedload(Attempt.enrolment))
    ).one()


def room_in_reach(session: Session, sitting: Sitting, room_id: int) -> Room:
    """A room of this sitting (loaded with its plan) that the person watches."""
    row = session.get(Room, room_id)
    if row is None or row.sitting_id != sitting.id:
        raise NotYours
    if not policy.watches_room(rooms_in_reach(session, sitting), room_id):
        raise NotYours
    return row


def sitting_for_duties(session: Session, sitting_id: int) -> Sitting:
    """The sitting with its plan, where the person says who watches it."""
    row = _sitting(session, sitting_id)
    if not policy.may_give_duties(current_person(), row.plan.institution_id):
        raise NotYours
    return row


def duty_in_reach(session: Session, duty_id: int) -> InvigilatorDuty:
    """A duty with sitting, plan, person and room, where the person says who watches that sitting."""
    row = queries.duty_for(session, duty_id)
    if row is None or not policy.may_give_duties(current_person(), row.sitting.plan.institution_id):
        raise NotYours
    return row


def _sitting(session: Session, sitting_id: int) -> Sitting:
    row = session.scalars(
        select(Sitting).where(Sitting.id == sitting_id).options(joinedload(Sitting.plan))
    ).one_or_none()
    if row is None:
        raise NotYours
    return row
