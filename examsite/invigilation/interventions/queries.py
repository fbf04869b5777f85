"""What the pages about interventions show, and what the record of the room takes from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from examsite.invigilation.interventions.gaps import Gap, gaps
from examsite.invigilation.interventions.models import Interruption, Intervention, InterventionStatus
from examsite.registration.models import Enrolment, Room
from examsite.sitting.models import AnswerLog, Attempt, AttemptEvent

#: Ids of the rooms that the reader watches; None = everything.
Watched = frozenset[int] | None
#: Events with which a page comes back: the same login again, or another machine.
RETURNS = ("reopened", "taken-over")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One line to choose from.  attempt: None before the paper was opened."""

    enrolment: Enrolment
    attempt: Attempt | None

    @property
    def state(self) -> str:
        """not-begun, answering, paused or closed."""
        if self.attempt is None or self.attempt.started_at is None:
            return "not-begun"
        if self.attempt.closed_at is not None:
            return "closed"
        return "paused" if self.attempt.paused_at is not None else "answering"


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One interruption as the 考场情况记录单 has it.  whom: "" = everybody in the room."""

    begun_at: datetime
    ended_at: datetime | None
    cause: str
    seat: str
    ticket: str
    whom: str
    restored_seconds: int
    why_none: str
    note: str
    recorded_by: str


def candidates(session: Session, sitting_id: int, watched: Watched = None) -> list[Candidate]:
    """Everybody enrolled in the rooms watched, by room and seat."""
    rows = session.execute(
        select(Enrolment, Attempt)
        .outerjoin(Attempt, Attempt.enrolment_id == Enrolment.id)
        .where(Enrolment.sitting_id == sitting_id, Enrolment.withdrawn_at.is_(None))
        .options(joinedload(Enrolment.person), joinedload(Enrolment.room))
    )
    found = [
        Candidate(enrolment, attempt)
        for enrolment, attempt in rows
        if watched is None or enrolment.room_id in watched
    ]
    return sorted(found, key=lambda one: _by_seat(one.enrolment))


def candidate(session: Session, enrolment_id: int) -> Candidate:
    """One of them.  NoResultFound where there is none."""
    enrolment, attempt = session.execute(
        select(Enrolment, Attempt)
        .outerjoin(Attempt, Attempt.enrolment_id == Enrolment.id)
        .where(Enrolment.id == enrolment_id)
        .options(joinedload(Enrolment.person), joinedload(Enrolment.room))
    ).one()
    return Candidate(enrolment, attempt)


def _by_seat(enrolment: Enrolment) -> tuple[int, int, str, int]:
    room = enrolment.room.number if enrolment.room else 0
    seat = enrolment.seat or ""
    last = seat.rpartition("-")[2]
    return room, int(last) if last.isdigit() else 0, seat, enrolment.id


def rooms(session: Session, sitting_id: int, watched: Watched = None) -> list[Room]:
    """The rooms of a sitting that are watched, by number."""
    rows = session.scalars(select(Room).where(Room.sitting_id == sitting_id).order_by(Room.number))
    return [row for row in rows if watched is None or row.id in watched]


def intervention(session: Session, intervention_id: int) -> Intervention | None:
    return session.get(Intervention, intervention_id, options=_people_of_request())


def pending(
    session: Session, sitting_id: int, watched: Watched = None, *, now: datetime
) -> list[Intervention]:
    """Requests that wait for a second person, the oldest first: what the board shows."""
    return _of_watched(
        session,
        watched,
        session.scalars(
            select(Intervention)
            .where(
                Intervention.sitting_id == sitting_id,
                Intervention.status == InterventionStatus.REQUESTED.value,
                Intervention.expires_at > now,
            )
            .options(*_people_of_request())
            .order_by(Intervention.id)
        ),
    )


def ended(session: Session, sitting_id: int, watched: Watched = None, *, now: datetime) -> list[Intervention]:
    """Acts that were carried out, refused, taken back or not confirmed in time, the newest first."""
    return _of_watched(
        session,
        watched,
        session.scalars(
            select(Intervention)
            .where(
                Intervention.sitting_id == sitting_id,
                or_(
                    Intervention.status != InterventionStatus.REQUESTED.value, Intervention.expires_at <= now
                ),
            )
            .options(*_people_of_request())
            .order_by(Intervention.id.desc())
        ),
    )


def is_watched(session: Session, row: Intervention, watched: Watched) -> bool:
    """Whether everybody that an act is about sits in a room that is watched."""
    if watched is None:
        return True
    return {one.room_id for one in names(session, row.attempts).values()} <= watched


def _of_watched(session: Session, watched: Watched, rows: Iterable[Intervention]) -> list[Intervention]:
    return [row for row in rows if is_watched(session, row, watched)]


def _people_of_request() -> list[joinedload]:  # type: ignore[valid-type]
    return [
        joinedload(Intervention.requested_by),
        joinedload(Intervention.answered_by),
        joinedload(Intervention.room),
    ]


def names(session: Session, attempt_ids: Iterable[str]) -> dict[str, Enrolment]:
    """Whose attempts these are: id → enrolment with its person."""
    rows = session.execute(
        select(Attempt.id, Enrolment)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .where(Attempt.id.in_(list(attempt_ids)))
        .options(joinedload(Enrolment.person))
    )
    return {row[0]: row[1] for row in rows}


def interruptions(session: Session, sitting_id: int, watched: Watched = None) -> list[Interruption]:
    """Entries in force of the rooms watched and of the whole sitting, by when they began, with whom and where."""
    newer = select(Interruption.supersedes_id).where(Interruption.supersedes_id.is_not(None))
    rows = session.scalars(
        select(Interruption)
        .where(Interruption.sitting_id == sitting_id, Interruption.id.not_in(newer))
        .options(
            joinedload(Interruption.room),
            joinedload(Interruption.recorded_by),
            joinedload(Interruption.enrolment).joinedload(Enrolment.person),
        )
        .order_by(Interruption.begun_at, Interruption.id)
    )
    return [row for row in rows if concerns(row, watched)]


def concerns(row: Interruption, watched: Watched) -> bool:
    """Whether an entry is about a room watched, somebody in one, or the whole sitting."""
    if watched is None or (row.room_id is None and row.enrolment is None):
        return True
    return (row.enrolment.room_id if row.enrolment else row.room_id) in watched


def interruption(session: Session, interruption_id: int) -> Interruption | None:
    return session.get(
        Interruption,
        interruption_id,
        options=[
            joinedload(Interruption.room),
            joinedload(Interruption.enrolment).joinedload(Enrolment.person),
        ],
    )


def for_record(session: Session, sitting_id: int, room_id: int | None) -> list[RecordRow]:
    """Interruptions of a room with those of its candidates and of the whole sitting; of everybody where room_id is None."""
    rows = interruptions(session, sitting_id, None if room_id is None else frozenset({room_id}))
    return [
        RecordRow(
            row.begun_at,
            row.ended_at,
            row.cause,
            row.enrolment.seat or "" if row.enrolment else "",
            row.enrolment.ticket if row.enrolment else "",
            row.enrolment.person.name if row.enrolment else "",
            row.restored_seconds,
            row.why_none,
            row.note,
            row.recorded_by.name,
        )
        for row in rows
    ]


def suggestions(session: Session, attempt: Attempt, *, now: datetime) -> list[Gap]:
    """Silences of this attempt that an invigilator may give back, from acknowledgements and openings."""
    saved = session.scalars(
        select(AnswerLog.saved_at).where(AnswerLog.attempt_id == attempt.id).distinct()
    ).all()
    events = session.execute(
        select(AttemptEvent.at, AttemptEvent.kind).where(
            AttemptEvent.attempt_id == attempt.id, AttemptEvent.kind.in_(("opened", *RETURNS))
        )
    ).all()
    returns = [at for at, kind in events if kind in RETURNS]
    seen = [one for one in (attempt.seen_at, attempt.acknowledged_at, attempt.leased_at) if one is not None]
    signs = [*saved, *(at for at, _kind in events), *seen]
    is_open = attempt.closed_at is None and attempt.paused_at is None
    return gaps(signs, returns, last_seen=max(seen, default=None), now=now, is_open=is_open)
