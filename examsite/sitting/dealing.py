"""Dealing papers before the start: every candidate has one when the sitting is made ready, neighbours as unlike as can be.

Papers are dealt anew when seats change before the opening; whoever has started keeps theirs.  Opening a paper then draws
nothing.  The seed of the papers decides, so the same seats give the same papers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Table, bindparam, delete, insert, select
from sqlalchemy.orm import Session

from examsite import audit
from examsite.audit import Actor
from examsite.authoring.versions import chunks
from examsite.planning.extensions import when_ready
from examsite.planning.models import Paper, PaperMode, PaperSet, Sitting, SittingStatus
from examsite.registration.extensions import when_seats_change
from examsite.registration.models import Enrolment, Room
from examsite.registration.rooms import position, seat_number
from examsite.sitting.models import Attempt, DealtPaper
from examsite.sitting.presenting import content_hash_of, paper_of
from question_bank.assembly import streams
from question_bank.assembly.seating import Seat, deal_out
from question_bank.questions.model import canonical_hash


def deal_papers(session: Session, sitting: Sitting, actor: Actor, now: datetime, *, anew: bool = True) -> int:
    """Give every candidate of a ready sitting a paper; how many were given one now.

    anew: everybody who has not started gets theirs again, as seats stand now; else only who has none, while who was
    withdrawn gives theirs back.  Where there are too few papers of their own for all, the last ones get none: opening
    says so.  Without rooms the seed and the order of enrolment decide.
    """
    if sitting.status != SittingStatus.READY or sitting.paper_set_id is None:
        return 0
    papers = session.get_one(PaperSet, sitting.paper_set_id)
    ids = session.scalars(select(Paper.id).where(Paper.set_id == papers.id).order_by(Paper.number)).all()
    rows = _places(session, sitting.id)
    before = _dealt(session, sitting.id)
    kept = {} if anew else {row.id: before[row.id] for row in rows if row.id in before}
    kept |= _started(session, sitting.id)
    given = _given(session, sitting, papers, ids, rows, kept)
    gone = [{"enrolment": id_} for id_ in before if id_ not in kept]
    table = cast(Table, DealtPaper.__table__)
    if gone:
        session.execute(delete(table).where(table.c.enrolment_id == bindparam("enrolment")), gone)
    if not given and not gone:
        return 0
    if given:
        session.execute(
            insert(table),
            [{"enrolment_id": id_, "paper_id": paper, "dealt_at": now} for id_, paper in given.items()],
        )
    audit.record(
        session,
        "papers.deal",
        of=sitting,
        actor=actor,
        now=now,
        anew=anew,
        candidates=len(given),
        digest=canonical_hash([[id_, paper] for id_, paper in sorted((kept | given).items())]),
    )
    return len(given)


def dealt_paper(session: Session, enrolment_id: int) -> int | None:
    """The paper dealt to this candidate; None where none was."""
    return session.scalars(
        select(DealtPaper.paper_id).where(DealtPaper.enrolment_id == enrolment_id)
    ).one_or_none()


def has_dealt(session: Session, sitting_id: int) -> bool:
    """Whether papers of this sitting were dealt at all: then who has none gets none by another rule."""
    query = (
        select(DealtPaper.paper_id)
        .join(Enrolment, Enrolment.id == DealtPaper.enrolment_id)
        .where(Enrolment.sitting_id == sitting_id)
    )
    return session.scalars(query.limit(1)).first() is not None


def warm(session: Session, paper_id: int) -> None:
    """Hold this paper and its questions in this process's memory, so that its opening reads no document."""
    paper_of(session, paper_id, content_hash_of(session, paper_id))


@when_ready
def deal_when_ready(session: Session, sitting: Sitting, actor: Actor, now: datetime) -> None:
    """A sitting was made ready."""
    deal_papers(session, sitting, actor, now)


@when_seats_change
def deal_when_seats_change(
    session: Session, sitting: Sitting, actor: Actor, now: datetime, anew: bool
) -> None:
    """Somebody came, went or moved before the opening."""
    deal_papers(session, sitting, actor, now, anew=anew)


@dataclass(frozen=True, slots=True)
class _Place:
    """A candidate, and where they sit; None before rooms are arranged."""

    id: int
    seat: Seat | None


@dataclass(frozen=True, slots=True)
class _Grid:
    rows: int
    columns: int


def _places(session: Session, sitting_id: int) -> list[_Place]:
    rows = session.execute(
        select(Enrolment.id, Enrolment.seat, Room.id, Room.rows, Room.columns)
        .outerjoin(Room, Room.id == Enrolment.room_id)
        .where(Enrolment.sitting_id == sitting_id, Enrolment.withdrawn_at.is_(None))
        .order_by(Enrolment.id)
    )
    return [
        _Place(id_, Seat(*position(_Grid(high, wide), number), room) if room and number else None)
        for id_, label, room, high, wide in rows
        for number in (seat_number(label),)
    ]


def _dealt(session: Session, sitting_id: int) -> dict[int, int]:
    rows = session.execute(
        select(DealtPaper.enrolment_id, DealtPaper.paper_id)
        .join(Enrolment, Enrolment.id == DealtPaper.enrolment_id)
        .where(Enrolment.sitting_id == sitting_id)
    )
    return {enrolment: paper for enrolment, paper in rows}  # noqa: C416


def _started(session: Session, sitting_id: int) -> dict[int, int]:
    rows = session.execute(
        select(Attempt.enrolment_id, Attempt.paper_id)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .where(Enrolment.sitting_id == sitting_id)
    )
    return {enrolment: paper for enrolment, paper in rows}  # noqa: C416


def _questions(session: Session, ids: Sequence[int]) -> list[frozenset[str]]:
    """The question versions on each of these papers."""
    found: dict[int, frozenset[str]] = {}
    for part in chunks(ids, 500):
        for id_, document in session.execute(select(Paper.id, Paper.document).where(Paper.id.in_(part))):
            found[id_] = frozenset(str(entry["version"]) for entry in document["questions"])
    return [found[id_] for id_ in ids]


def _given(
    session: Session,
    sitting: Sitting,
    papers: PaperSet,
    ids: Sequence[int],
    places: Sequence[_Place],
    kept: dict[int, int],
) -> dict[int, int]:
    """A paper for each candidate who has none, by enrolment id."""
    without = [place for place in places if place.id not in kept]
    seats = [place.seat for place in without if place.seat is not None]
    free = list(ids)
    if papers.mode == PaperMode.UNIQUE:
        taken = set(kept.values())
        order = streams.permutation(len(ids), papers.seed, "deal", sitting.id)
        free = [ids[int(n)] for n in order if ids[int(n)] not in taken]
    is_enough = papers.mode == PaperMode.FIXED or len(free) >= len(without)
    if without and not kept and is_enough and len(seats) == len(without):
        dealt = deal_out(_questions(session, free), seats, f"{papers.seed}|{sitting.id}")
        return {place.id: free[n] for place, n in zip(without, dealt, strict=True)}
    if papers.mode == PaperMode.UNIQUE:
        return {place.id: paper for place, paper in zip(without, free, strict=False)}
    return _shared_out(session, sitting, papers, ids, places, kept)


def _shared_out(
    session: Session,
    sitting: Sitting,
    papers: PaperSet,
    ids: Sequence[int],
    places: Sequence[_Place],
    kept: dict[int, int],
) -> dict[int, int]:
    """Papers that candidates share: by the order of enrolment, but not one that a neighbour has where that can be."""
    every = session.scalars(
        select(Enrolment.id).where(Enrolment.sitting_id == sitting.id).order_by(Enrolment.id)
    ).all()
    rank = {id_: place for place, id_ in enumerate(every)}
    start = streams.number(len(ids), papers.seed, "start", sitting.id)
    at = {place.seat: kept[place.id] for place in places if place.id in kept and place.seat}
    given = {}
    for place in places:
        if place.id in kept:
            continue
        first = (rank[place.id] + start) % len(ids)
        near = Counter(at[seat] for seat in _around(place.seat) if seat in at)
        paper = min((ids[(first + step) % len(ids)] for step in range(len(ids))), key=lambda id_: near[id_])
        given[place.id] = paper
        if place.seat:
            at[place.seat] = paper
    return given


def _around(seat: Seat | None) -> list[Seat]:
    steps = (-1, 0, 1)
    if seat is None:
        return []
    return [Seat(seat.row + down, seat.column + right, seat.room) for down in steps for right in steps]
