"""Attempts that are under way with every question answered, for benchmarks of what ends them."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from benchmarks.serving import Served
from examsite.access.models import Login
from examsite.planning.models import Paper, Sitting
from examsite.registration.models import Enrolment
from examsite.sitting.answers import lease_hash
from examsite.sitting.models import Answer, AnswerLog, Attempt
from examsite.sitting.queries import attempt_id

POSITIONS = 100


def lease_of(attempt: str) -> str:
    """The lease under which `answer_all` starts this attempt."""
    return f"lease-{attempt}"


def answer_all(served: Served, *, now: datetime) -> list[str]:
    """Start every candidate's attempt with a hundred answers; ids in the order of enrolment."""
    with served.app.app_context(), served.app.extensions["examsite-database"].writing() as session:
        return _answer_all(session, now=now)


def _answer_all(session: Session, *, now: datetime) -> list[str]:
    sitting = session.scalars(select(Sitting)).one()
    papers = session.scalars(
        select(Paper.id).where(Paper.set_id == sitting.paper_set_id).order_by(Paper.id)
    ).all()
    rows = session.execute(
        select(Enrolment.id, Login.id)
        .join(Login, Login.person_id == Enrolment.person_id)
        .where(Enrolment.sitting_id == sitting.id)
        .order_by(Enrolment.id)
    ).all()
    ids = []
    for place, (enrolment, login) in enumerate(rows):
        attempt = attempt_id(enrolment)
        ids.append(attempt)
        session.add(
            Attempt(
                id=attempt,
                enrolment_id=enrolment,
                paper_id=papers[place % len(papers)],
                started_at=now - timedelta(minutes=4),
                lease=lease_hash(lease_of(attempt)),
                leased_login_id=login,
                revision=POSITIONS,
                acknowledged_at=now,
                settings={},
            )
        )
    session.flush()
    for start in range(0, len(ids), 100):
        part = ids[start : start + 100]
        answers = [
            {
                "attempt_id": attempt,
                "position": position,
                "revision": position,
                "response": {"truth": position % 3 == 0},
                "marked": False,
                "made_at": now,
                "saved_at": now,
            }
            for attempt in part
            for position in range(1, POSITIONS + 1)
        ]
        session.execute(insert(Answer), answers)
        logged = [
            {name: row[name] for name in ("attempt_id", "position", "revision", "made_at", "saved_at")}
            | {"digest": "0" * 16}
            for row in answers
        ]
        session.execute(insert(AnswerLog), logged)
    return ids
