"""The board's one read."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from examsite.access.models import Login, Person
from examsite.invigilation.board.states import Watched
from examsite.invigilation.check_in.models import CheckIn
from examsite.invigilation.conduct.models import AbsenceMark, Misconduct
from examsite.invigilation.interventions.models import Interruption
from examsite.planning.models import Paper, Sitting
from examsite.registration.models import Enrolment
from examsite.sitting.models import (
    Attempt,
    AttemptEvent,
    QuarantinedAnswer,
    QuarantineDecision,
    SittingMessage,
)
from examsite.sitting.windows import window_of
from question_bank.rules import timing


def watched(session: Session, sitting: Sitting, rooms: Collection[int] | None) -> list[Watched]:
    """Every candidate of a sitting in these rooms (None = all), by seat: one SELECT, however many there are."""
    window = window_of(sitting)
    query = select_watched(sitting.id)
    if rooms is not None:
        query = query.where(Enrolment.room_id.in_(rooms))
    found = [_watched(row, window) for row in session.execute(query)]
    return sorted(found, key=_by_seat)


def _by_seat(row: Watched) -> tuple[int, str, str]:
    """1, 2, … 10 before rooms are arranged; 01-07 afterwards."""
    seat = row.seat or ""
    return len(seat), seat, row.ticket


def _watched(row: Any, window: timing.Window) -> Watched:
    # Unpacked at once, in the order of `select_watched`: a thousand rows, every few seconds, for each who watches.
    (
        enrolment_id,
        seat,
        room_id,
        ticket,
        factor,
        name,
        checked_at,
        signed_in,
        is_absent,
        incident,
        started_at,
        seen_at,
        acknowledged_at,
        leased_at,
        paused_at,
        extra,
        restored,
        closed_at,
        closed_by,
        answered,
        takeovers,
        leaves,
        quarantined,
        misconducts,
        messages,
    ) = row
    deadline = heard_at = None
    if started_at is not None:
        given = _given(factor, extra, restored, paused_at)
        deadline = timing.effective_deadline(window, started_at, given, now=paused_at)
        heard_at = max(leased_at or started_at, seen_at or started_at, acknowledged_at or started_at)
    return Watched(
        enrolment_id,
        seat,
        room_id,
        ticket,
        name,
        checked_at,
        bool(signed_in),
        bool(is_absent),
        started_at,
        heard_at,
        acknowledged_at,
        paused_at,
        deadline,
        closed_at,
        closed_by,
        answered or 0,
        (extra or 0) + (restored or 0),
        factor,
        int(leaves or 0),
        takeovers or 0,
        misconducts or 0,
        bool(incident),
        quarantined or 0,
        messages or 0,
    )


@lru_cache(maxsize=1024)
def _given(factor: int, extra: int, restored: int, paused_at: datetime | None) -> timing.Given:
    """What was given; for nearly everybody it is the same."""
    return timing.Given(factor, timedelta(seconds=extra), timedelta(seconds=restored), paused_at)


def select_watched(sitting_id: int) -> Select[Any]:
    """The statement of the board: one row a candidate, whoever has not opened a paper too."""
    here = select(Enrolment.id).where(Enrolment.sitting_id == sitting_id)
    attempts = (
        select(Attempt.id)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .where(Enrolment.sitting_id == sitting_id)
    )
    # A page counts from its own loading, so the highest count of each page is added up.
    page = (
        select(AttemptEvent.attempt_id, func.max(AttemptEvent.detail["leaves"].as_integer()).label("leaves"))
        .where(AttemptEvent.attempt_id.in_(attempts), AttemptEvent.kind == "left-page")
        .group_by(AttemptEvent.attempt_id, AttemptEvent.detail["page"].as_string())
        .subquery()
    )
    leaves = (
        select(page.c.attempt_id, func.sum(page.c.leaves).label("leaves"))
        .group_by(page.c.attempt_id)
        .subquery()
    )
    late = (
        select(QuarantinedAnswer.attempt_id, func.count().label("quarantined"))
        .outerjoin(QuarantineDecision, QuarantineDecision.quarantined_id == QuarantinedAnswer.id)
        .where(QuarantinedAnswer.attempt_id.in_(attempts), QuarantineDecision.quarantined_id.is_(None))
        .group_by(QuarantinedAnswer.attempt_id)
        .subquery()
    )
    newer = aliased(Misconduct)
    bad = (
        select(Misconduct.enrolment_id, func.count().label("misconducts"))
        .outerjoin(newer, newer.supersedes_id == Misconduct.id)
        .where(Misconduct.enrolment_id.in_(here), newer.id.is_(None), Misconduct.is_withdrawn.is_(False))
        .group_by(Misconduct.enrolment_id)
        .subquery()
    )
    told = (
        select(SittingMessage.attempt_id, func.count().label("messages"))
        .where(SittingMessage.sitting_id == sitting_id, SittingMessage.attempt_id.is_not(None))
        .group_by(SittingMessage.attempt_id)
        .subquery()
    )
    is_absent = (
        select(AbsenceMark.is_absent)
        .where(AbsenceMark.enrolment_id == Enrolment.id)
        .order_by(AbsenceMark.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    signed_in = (
        select(Login.id)
        .where(Login.person_id == Enrolment.person_id, Login.as_candidate.is_(True), Login.ended_at.is_(None))
        .exists()
    )
    after = aliased(Interruption)
    incident = (
        select(Interruption.id)
        .outerjoin(after, after.supersedes_id == Interruption.id)
        .where(
            Interruption.sitting_id == sitting_id,
            Interruption.ended_at.is_(None),
            after.id.is_(None),
            or_(
                Interruption.enrolment_id == Enrolment.id,
                Interruption.room_id == Enrolment.room_id,
                and_(Interruption.enrolment_id.is_(None), Interruption.room_id.is_(None)),
            ),
        )
        .exists()
    )
    return (
        select(
            Enrolment.id.label("enrolment_id"),
            Enrolment.seat,
            Enrolment.room_id,
            Enrolment.ticket,
            Enrolment.time_factor_percent,
            Person.name,
            CheckIn.checked_at,
            signed_in.label("signed_in"),
            is_absent.label("is_absent"),
            incident.label("incident"),
            Attempt.started_at,
            Attempt.seen_at,
            Attempt.acknowledged_at,
            Attempt.leased_at,
            Attempt.paused_at,
            Attempt.extra_seconds,
            Attempt.restored_seconds,
            Attempt.closed_at,
            Attempt.closed_by,
            Attempt.answered,
            Attempt.takeovers,
            leaves.c.leaves,
            late.c.quarantined,
            bad.c.misconducts,
            told.c.messages,
        )
        .join(Person, Person.id == Enrolment.person_id)
        .outerjoin(CheckIn, and_(CheckIn.enrolment_id == Enrolment.id, CheckIn.undone_at.is_(None)))
        .outerjoin(Attempt, Attempt.enrolment_id == Enrolment.id)
        .outerjoin(leaves, leaves.c.attempt_id == Attempt.id)
        .outerjoin(late, late.c.attempt_id == Attempt.id)
        .outerjoin(bad, bad.c.enrolment_id == Enrolment.id)
        .outerjoin(told, told.c.attempt_id == Attempt.id)
        .where(Enrolment.sitting_id == sitting_id, Enrolment.withdrawn_at.is_(None))
    )


def questions_of(session: Session, sitting: Sitting) -> int:
    """How many questions a paper of this sitting has; 0 before it has papers."""
    document = session.scalars(
        select(Paper.document).where(Paper.set_id == sitting.paper_set_id).order_by(Paper.id).limit(1)
    ).one_or_none()
    return len(document["questions"]) if document else 0


def one(session: Session, sitting: Sitting, enrolment_id: int) -> Watched:
    """One candidate as the board sees them."""
    row = session.execute(select_watched(sitting.id).where(Enrolment.id == enrolment_id)).one()
    return _watched(row, window_of(sitting))
