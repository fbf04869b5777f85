"""Late answers of the rooms that somebody watches: those that wait, and those that were decided.  No key, no question."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from examsite.access.models import Person
from examsite.planning.models import Paper
from examsite.registration.models import Enrolment
from examsite.sitting import quarantine
from examsite.sitting.models import Attempt, QuarantinedAnswer, QuarantineDecision
from examsite.sitting.presenting import paper_of
from examsite.sitting.quarantine import Waiting
from examsite.sitting.saying import in_words


@dataclass(frozen=True, slots=True)
class Judged:
    """A late answer about which somebody decided.  says: what came late, in the letters of that paper."""

    row: QuarantinedAnswer
    enrolment: Enrolment
    says: str
    decision: QuarantineDecision
    decided_by: str


def waiting(session: Session, sitting_id: int, watched: frozenset[int] | None = None) -> list[Waiting]:
    """Those that nobody has decided about."""
    found = quarantine.waiting(session, sitting_id)
    return [one for one in found if watched is None or one.enrolment.room_id in watched]


def judged(session: Session, sitting_id: int, watched: frozenset[int] | None = None) -> list[Judged]:
    """Those that were decided, the newest decision first."""
    rows = session.execute(
        select(
            QuarantinedAnswer,
            Enrolment,
            QuarantineDecision,
            Person.name,
            Attempt.paper_id,
            Paper.content_hash,
        )
        .join(QuarantineDecision, QuarantineDecision.quarantined_id == QuarantinedAnswer.id)
        .join(Person, Person.id == QuarantineDecision.decided_by_id)
        .join(Attempt, Attempt.id == QuarantinedAnswer.attempt_id)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .join(Paper, Paper.id == Attempt.paper_id)
        .where(Enrolment.sitting_id == sitting_id)
        .options(joinedload(Enrolment.person))
        .order_by(QuarantineDecision.decided_at.desc(), QuarantinedAnswer.id)
    )
    found = []
    for kept, enrolment, decision, name, paper_id, paper_hash in rows:
        if watched is not None and enrolment.room_id not in watched:
            continue
        questions = paper_of(session, paper_id, paper_hash)
        asked = questions[kept.position - 1] if kept.position <= len(questions) else None
        found.append(Judged(kept, enrolment, in_words(asked, kept.response), decision, name))
    return found
