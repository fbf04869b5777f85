"""A watched sitting, for tests of invigilation: rooms, candidates in their seats, invigilators on duty."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.access.models import Person
from examsite.access.permissions import Role
from examsite.invigilation.duties import actions as duties
from examsite.planning.models import Sitting
from examsite.registration.models import Enrolment, Room
from tests.browse import Browse
from tests.conftest import START, Site
from tests.examsite.sitting.arrange import make_running_sitting
from tests.factories import make_institution, make_person


def make_rooms(session: Session, sitting: Sitting, *sizes: int) -> list[Room]:
    """Rooms of these many candidates each, one row of seats wide enough; candidates move in by ticket."""
    enrolments = list(
        session.scalars(select(Enrolment).where(Enrolment.sitting_id == sitting.id).order_by(Enrolment.id))
    )
    rooms = []
    for number, size in enumerate(sizes, 1):
        room = Room(
            sitting_id=sitting.id, number=number, name=f"样例楼{number}", rows=2, columns=(size + 1) // 2
        )
        session.add(room)
        session.flush()
        rooms.append(room)
        for seat, row in enumerate(enrolments[:size], 1):
            row.room_id, row.seat = room.id, f"{number:02}-{seat:02}"
        del enrolments[:size]
    session.flush()
    return rooms


def make_watched(site: Site, *, rooms: tuple[int, ...] = (), candidates: int = 3, **rules: Any) -> Sitting:
    """A sitting under way in ten minutes, its candidates in these rooms where some are named."""
    with site.writing() as session:
        sitting = make_running_sitting(session, candidates=candidates, **rules)
        if rooms:
            make_rooms(session, sitting, *rooms)
        return sitting


def invigilator(
    site: Site, sitting: Sitting, room: int | None = None, *, name: str = "样例监考员"
) -> tuple[Person, Browse]:
    """An invigilator on duty in the room of this number, or everywhere, signed in."""
    with site.writing() as session:
        person = make_person(session, Role.INVIGILATOR, name=name)
        where = None
        if room is not None:
            where = session.scalars(
                select(Room).where(Room.sitting_id == sitting.id, Room.number == room)
            ).one()
        staff = make_person(session, Role.STAFF)
        duties.give_duty(session, session.get_one(Sitting, sitting.id), where, person, actor=staff, now=START)
    return person, site.browse_as(person)


def staff_of(site: Site, institution: str = "样例认定中心") -> tuple[Person, Browse]:
    with site.writing() as session:
        person = make_person(session, Role.STAFF, institution=make_institution(session, institution))
    return person, site.browse_as(person)


def enrolments_of(site: Site, sitting: Sitting) -> list[int]:
    """Ids of the enrolments of a sitting, in the order of their making."""
    with site.reading() as session:
        return list(
            session.scalars(
                select(Enrolment.id).where(Enrolment.sitting_id == sitting.id).order_by(Enrolment.id)
            )
        )
