"""Who is enrolled: lists for pages and later stages.  Identity numbers appear masked only."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from examsite.access.models import Person
from examsite.access.people import identity_index
from examsite.authoring.versions import chunks
from examsite.errors import NotYours
from examsite.planning.extensions import count_candidates_with
from examsite.planning.models import Sitting
from examsite.registration.models import Enrolment, Room, SeatDraw, SeatMove
from examsite.registration.reading import Known


def enrolments(session: Session, sitting_id: int) -> Sequence[Enrolment]:
    """Enrolments of a sitting that are not withdrawn, by ticket, with their person."""
    return session.scalars(
        select(Enrolment)
        .where(Enrolment.sitting_id == sitting_id, Enrolment.withdrawn_at.is_(None))
        .options(joinedload(Enrolment.person))
        .order_by(Enrolment.ticket)
    ).all()


def withdrawn(session: Session, sitting_id: int) -> Sequence[Enrolment]:
    """Withdrawn enrolments of a sitting, by ticket, with their person."""
    return session.scalars(
        select(Enrolment)
        .where(Enrolment.sitting_id == sitting_id, Enrolment.withdrawn_at.is_not(None))
        .options(joinedload(Enrolment.person))
        .order_by(Enrolment.ticket)
    ).all()


def enrolments_of(session: Session, person_id: int) -> Sequence[Enrolment]:
    """A person's enrolments that are not withdrawn, newest sitting first, with sitting and plan."""
    return session.scalars(
        select(Enrolment)
        .join(Enrolment.sitting)
        .where(Enrolment.person_id == person_id, Enrolment.withdrawn_at.is_(None))
        .options(joinedload(Enrolment.sitting).joinedload(Sitting.plan))
        .order_by(Sitting.opens_at.desc(), Enrolment.id.desc())
    ).all()


def enrolment_for(session: Session, enrolment_id: int) -> Enrolment:
    """An enrolment with its person.  Raises NotYours where there is none."""
    row = session.scalars(
        select(Enrolment).where(Enrolment.id == enrolment_id).options(joinedload(Enrolment.person))
    ).one_or_none()
    if row is None:
        raise NotYours
    return row


def known_people(session: Session, sitting_id: int, identities: Sequence[str]) -> dict[str, Known]:
    """What the site knows of these identity numbers (normalised), by number; unknown ones are left out."""
    by_index = {identity_index(identity): identity for identity in identities}
    known: dict[str, Known] = {}
    for part in chunks(list(by_index), 500):
        rows = session.execute(
            select(Person.identity_index, Person.name, Enrolment.id, Enrolment.withdrawn_at)
            .outerjoin(Enrolment, (Enrolment.person_id == Person.id) & (Enrolment.sitting_id == sitting_id))
            .where(Person.identity_index.in_(part))
        )
        for index, name, enrolment_id, withdrawn_at in rows:
            is_there = enrolment_id is not None
            known[by_index[str(index)]] = Known(
                name, is_there and withdrawn_at is None, is_there and withdrawn_at is not None
            )
    return known


def by_ticket(session: Session, ticket: str) -> Enrolment | None:
    """The enrolment of this ticket, withdrawn or not, with its person and sitting."""
    return session.scalars(
        select(Enrolment)
        .where(Enrolment.ticket == ticket)
        .options(joinedload(Enrolment.person), joinedload(Enrolment.sitting))
    ).one_or_none()


def candidates_of(session: Session, sitting_id: int) -> int:
    """How many candidates a sitting has."""
    return candidate_counts(session, [sitting_id]).get(sitting_id, 0)


@count_candidates_with
def candidate_counts(session: Session, sitting_ids: Collection[int]) -> dict[int, int]:
    """How many candidates each of these sittings has, by sitting id; sittings without any are left out."""
    rows = session.execute(
        select(Enrolment.sitting_id, func.count())
        .where(Enrolment.sitting_id.in_(sitting_ids), Enrolment.withdrawn_at.is_(None))
        .group_by(Enrolment.sitting_id)
    )
    return {sitting_id: count for sitting_id, count in rows}  # noqa: C416


def rooms(session: Session, sitting_id: int) -> Sequence[Room]:
    """Rooms of a sitting by number."""
    return session.scalars(select(Room).where(Room.sitting_id == sitting_id).order_by(Room.number)).all()


def room_for(session: Session, room_id: int) -> Room:
    """A room.  Raises NotYours where there is none."""
    row = session.get(Room, room_id)
    if row is None:
        raise NotYours
    return row


def draws(session: Session, sitting_id: int) -> Sequence[SeatDraw]:
    """Seat draws of a sitting, the newest first, with who drew."""
    return session.scalars(
        select(SeatDraw)
        .where(SeatDraw.sitting_id == sitting_id)
        .options(joinedload(SeatDraw.drawn_by))
        .order_by(SeatDraw.number.desc())
    ).all()


def moves(session: Session, sitting_id: int) -> Sequence[SeatMove]:
    """Moves by hand in a sitting, the newest first, with candidate and who moved them."""
    return session.scalars(
        select(SeatMove)
        .join(SeatMove.enrolment)
        .where(Enrolment.sitting_id == sitting_id)
        .options(
            contains_eager(SeatMove.enrolment).joinedload(Enrolment.person), joinedload(SeatMove.moved_by)
        )
        .order_by(SeatMove.id.desc())
    ).all()
