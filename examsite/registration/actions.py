"""Verbs on enrolments: enrol candidates, withdraw one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from examsite import audit
from examsite.access import people
from examsite.access.models import Person
from examsite.access.permissions import Role
from examsite.access.scope import SELF
from examsite.audit import Actor
from examsite.errors import Refused
from examsite.planning.models import PaperMode, PaperSet, Plan, Sitting, SittingStatus
from examsite.registration import opening
from examsite.registration.extensions import seats_changed
from examsite.registration.models import Enrolment, Room
from examsite.registration.opening import ReasonMissing, SittingClosed
from examsite.registration.queries import candidates_of
from examsite.registration.rooms import capacity, seat_label

__all__ = ["ReasonMissing", "SittingClosed"]

SERIAL_DIGITS = 6
#: Names the lock under which tickets are numbered; any number that nothing else uses.
TICKET_LOCK = 20_261_124


class TooFewPapers(Refused):
    """The sitting is ready and gives each candidate a paper of their own; there are not enough of them."""

    code = "too-few-papers"


class NoFreeSeat(Refused):
    """Rooms are arranged and full."""

    code = "no-free-seat"


class AlreadyEnrolled(Refused):
    """Somebody enrolled this person in the meantime."""

    code = "already-enrolled"


class NameDiffers(Refused):
    """The identity number belongs to a person of another name."""

    code = "name-differs"


class AlreadyWithdrawn(Refused):
    """The enrolment was withdrawn before."""

    code = "already-withdrawn"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who is to be enrolled.  identity: the number as normalised, never shown."""

    name: str
    identity: str
    employer: str = ""


def enrol(
    session: Session,
    sitting: Sitting,
    plan: Plan,
    candidates: Sequence[Candidate],
    *,
    actor: Actor,
    now: datetime,
) -> list[Enrolment]:
    """Enrol these candidates, all or none; each gets the next ticket of the plan's year and the next seat.

    A person is found by the identity number or made.  Raises SittingClosed, TooFewPapers, AlreadyEnrolled.
    """
    opening.lock(session, sitting)
    opening.check_open(sitting, now=now)
    _check_papers(session, sitting, len(candidates))
    numbers = Numbering(session, sitting, plan)
    rows = []
    for candidate in candidates:
        person = _person(session, candidate, actor=actor, now=now)
        row, act = _row_for(session, sitting, person, numbers, actor=actor, now=now)
        audit.record(
            session,
            act,
            of=row,
            actor=actor,
            now=now,
            sitting=sitting.id,
            person=person.id,
            ticket=row.ticket,
            seat=row.seat,
        )
        rows.append(row)
    session.flush()
    seats_changed(session, sitting, actor=actor, now=now, anew=False)
    return rows


def withdraw(
    session: Session, row: Enrolment, sitting: Sitting, *, reason: str, actor: Actor, now: datetime
) -> None:
    """Take a candidate off the list before the sitting opens.  The ticket stays spent; the seat becomes free.

    Raises ReasonMissing, SittingClosed, AlreadyWithdrawn.
    """
    opening.lock(session, sitting)
    opening.check_open(sitting, now=now)
    session.refresh(row, ["withdrawn_at", "seat"])
    if row.withdrawn_at is not None:
        raise AlreadyWithdrawn(_("This candidate was withdrawn before."))
    reason = opening.needed_reason(reason)
    seat, row.seat, row.room_id, row.withdrawn_at = row.seat, None, None, now
    audit.record(
        session,
        "enrolment.withdraw",
        of=row,
        actor=actor,
        now=now,
        ticket=row.ticket,
        seat=seat,
        reason=reason,
    )
    seats_changed(session, sitting, actor=actor, now=now, anew=False)


class Numbering:
    """The next free ticket numbers and seats, within the transaction that holds the sitting's lock."""

    def __init__(self, session: Session, sitting: Sitting, plan: Plan):
        if session.get_bind().dialect.name == "postgresql":
            # Two sittings number from the same year at once; SQLite has one writer anyway.
            session.execute(select(func.pg_advisory_xact_lock(TICKET_LOCK)))
        self._year = str(plan.created_at.year)
        last = session.scalar(
            select(func.max(Enrolment.ticket)).where(Enrolment.ticket.like(f"{self._year}%"))
        )
        self._serial = int(last[len(self._year) :]) if last else 0
        seats = session.execute(
            select(Enrolment.seat, Enrolment.room_id).where(
                Enrolment.sitting_id == sitting.id, Enrolment.seat.is_not(None)
            )
        ).all()
        self._taken = {seat for seat, _room in seats}
        self._seat = 0
        rooms: Sequence[Room] = ()
        if any(room_id is not None for _seat, room_id in seats):
            rooms = session.scalars(
                select(Room).where(Room.sitting_id == sitting.id).order_by(Room.is_special, Room.number)
            ).all()
        self._is_arranged = bool(rooms)
        self._free = (
            (label, room.id)
            for room in rooms
            for number in range(1, capacity(room) + 1)
            if (label := seat_label(room.number, number)) not in self._taken
        )

    def next_ticket(self) -> str:
        """2026000001, 2026000002, …: never given twice, for withdrawn enrolments keep theirs."""
        self._serial += 1
        return f"{self._year}{self._serial:0{SERIAL_DIGITS}d}"

    def next_seat(self) -> tuple[str, int | None]:
        """The lowest free number from 1; once rooms are arranged the first free seat and its room, ordinary rooms first.

        Raises NoFreeSeat.
        """
        if self._is_arranged:
            seat = next(self._free, None)
            if seat is None:
                raise NoFreeSeat(_("Every seat in the rooms is taken. Add a room, then enrol again."))
            return seat
        self._seat += 1
        while str(self._seat) in self._taken:
            self._seat += 1
        return str(self._seat), None


def _row_for(
    session: Session, sitting: Sitting, person: Person, numbers: Numbering, *, actor: Actor, now: datetime
) -> tuple[Enrolment, str]:
    """The enrolment of a person, and the act that it is: new, or a withdrawn one restored with its old ticket."""
    row = session.scalars(
        select(Enrolment).where(Enrolment.sitting_id == sitting.id, Enrolment.person_id == person.id)
    ).one_or_none()
    if row is not None:
        if row.withdrawn_at is None:
            raise AlreadyEnrolled(
                _(
                    "%(name)s is on the list of this sitting already. Look at the list again.",
                    name=person.name,
                )
            )
        row.withdrawn_at = None
        row.seat, row.room_id = numbers.next_seat()
        return row, "enrolment.restore"
    seat, room_id = numbers.next_seat()
    row = Enrolment(
        sitting_id=sitting.id,
        person_id=person.id,
        ticket=numbers.next_ticket(),
        seat=seat,
        room_id=room_id,
        enrolled_by_id=actor.id,
        enrolled_at=now,
    )
    session.add(row)
    session.flush()
    return row, "enrolment.create"


def _person(session: Session, candidate: Candidate, *, actor: Actor, now: datetime) -> Person:
    person = people.by_identity(session, candidate.identity)
    if person is None:
        person = people.create(
            session,
            name=candidate.name,
            identity=candidate.identity,
            employer=candidate.employer,
            actor=actor,
            now=now,
        )
    elif person.name != candidate.name:
        raise NameDiffers(
            _(
                "A person of another name is registered with the identity number given for %(name)s. Check both.",
                name=candidate.name,
            )
        )
    people.grant(session, person, Role.CANDIDATE, SELF, actor=actor, now=now)
    return person


def _check_papers(session: Session, sitting: Sitting, further: int) -> None:
    """A sitting that was made ready promised every candidate a paper."""
    if sitting.status != SittingStatus.READY or sitting.paper_set_id is None:
        return
    papers = session.get_one(PaperSet, sitting.paper_set_id)
    there = candidates_of(session, sitting.id)
    if papers.mode == PaperMode.UNIQUE and there + further > papers.count:
        raise TooFewPapers(
            _(
                "The sitting is ready with %(papers)d papers, one for each; with these there would be %(candidates)d "
                "candidates. Enrol at most %(free)d.",
                papers=papers.count,
                candidates=there + further,
                free=papers.count - there,
            )
        )
