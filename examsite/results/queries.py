"""What pages and later stages ask of scores, decisions and releases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from examsite.errors import NotYours
from examsite.invigilation.conduct.queries import cancelled, cancelled_unsigned
from examsite.planning.models import Sitting, SittingStatus
from examsite.registration.models import Enrolment
from examsite.results.deciding import SUBJECT
from examsite.results.models import Decision, Release, ReleaseStatus, SubjectScore
from examsite.sitting.models import Attempt, QuarantinedAnswer
from examsite.sitting.presenting import plain
from question_bank.questions.model import canonical_hash
from question_bank.rules.decision import Outcome, Reason, Standing


@dataclass(frozen=True, slots=True)
class Line:
    """One candidate of a sitting with the score in force; score_id None where none was collected yet.

    is_cancelled: a record of misconduct that a witness signed takes the result away.  awaits_witness: such a record
    waits for its signature.
    """

    enrolment: Enrolment
    attempt: Attempt | None
    score_id: int | None
    number: int | None
    value: Decimal | None
    awaits_marker: int
    inputs_hash: str
    outcome: Outcome | None
    reasons: tuple[Reason, ...]
    decision_inputs: dict[str, Any]
    is_cancelled: bool = False
    awaits_witness: bool = False

    @property
    def is_behind_conduct(self) -> bool:
        """Whether the score in force does not follow the signed records of misconduct: collect anew."""
        decided = self.decision_inputs.get("standing") == Standing.CANCELLED
        return self.score_id is not None and decided != self.is_cancelled

    @property
    def status(self) -> str:
        """handed-in, by-clock, by-invigilator, by-paper, answering or absent (never opened the paper)."""
        if self.attempt is None or self.attempt.started_at is None:
            return "absent"
        by = self.attempt.closed_by
        return "answering" if by is None else {"candidate": "handed-in"}.get(by, f"by-{by}")


@dataclass(frozen=True, slots=True)
class SittingLine:
    """A sitting as the list shows it."""

    sitting: Sitting
    candidates: int
    scored: int
    passed: int
    status: str | None


def lines(session: Session, sitting_id: int, *, by: datetime | None = None) -> list[Line]:
    """Everyone in a sitting, by seat, with the newest score (of those made until `by`, where it is given)."""
    rows = session.execute(
        select(
            Enrolment,
            Attempt,
            SubjectScore.id,
            SubjectScore.number,
            SubjectScore.value,
            SubjectScore.awaits_marker,
            SubjectScore.inputs_hash,
            Decision.outcome,
            Decision.reasons,
            Decision.inputs,
        )
        .outerjoin(Attempt, Attempt.enrolment_id == Enrolment.id)
        .outerjoin(SubjectScore, and_(SubjectScore.enrolment_id == Enrolment.id, is_newest(by)))
        .outerjoin(Decision, Decision.score_id == SubjectScore.id)
        .where(Enrolment.sitting_id == sitting_id, Enrolment.withdrawn_at.is_(None))
        .options(joinedload(Enrolment.person))
        .order_by(Enrolment.id)
    )
    # What was released stays as it was then: records made since are another proposal's.
    taken_away = cancelled(session, sitting_id) if by is None else {}
    unsigned = cancelled_unsigned(session, sitting_id) if by is None else {}
    return [
        Line(
            enrolment,
            attempt,
            score_id,
            number,
            value,
            waiting or 0,
            inputs_hash or "",
            Outcome(outcome) if outcome else None,
            tuple(Reason(code) for code in reasons or ()),
            inputs or {},
            enrolment.id in taken_away,
            enrolment.id in unsigned,
        )
        for enrolment, attempt, score_id, number, value, waiting, inputs_hash, outcome, reasons, inputs in rows
    ]


def is_newest(by: datetime | None = None) -> ColumnElement[bool]:
    """The score in force of the subject: the highest number, of those made until `by` where it is given."""
    later = aliased(SubjectScore)
    newer = [
        later.enrolment_id == SubjectScore.enrolment_id,
        later.subject == SubjectScore.subject,
        later.number > SubjectScore.number,
    ]
    conditions = [SubjectScore.subject == SUBJECT.value]
    if by is not None:
        newer.append(later.scored_at <= by)
        conditions.append(SubjectScore.scored_at <= by)
    return and_(*conditions, ~exists().where(*newer))


def scores_in_force(session: Session, sitting_id: int) -> dict[int, tuple[SubjectScore, Decision]]:
    """The newest score with its decision, by enrolment, inputs included."""
    rows = session.execute(
        select(SubjectScore, Decision)
        .join(Decision, Decision.score_id == SubjectScore.id)
        .join(Enrolment, Enrolment.id == SubjectScore.enrolment_id)
        .where(Enrolment.sitting_id == sitting_id, Enrolment.withdrawn_at.is_(None), is_newest())
    )
    return {score.enrolment_id: (score, decision) for score, decision in rows}


def digest(found: Sequence[Line]) -> str:
    """What a person releases: SHA-256 over every score and decision of a sitting, in the order of enrolment."""
    return canonical_hash(
        [
            [
                line.enrolment.id,
                line.number,
                None if line.value is None else plain(line.value),
                line.awaits_marker,
                line.inputs_hash,
                line.outcome,
                list(line.reasons),
                line.decision_inputs,
            ]
            for line in found
        ]
    )


def releases(session: Session, sitting_id: int) -> list[Release]:
    """Every proposal of a sitting, newest first, with its people."""
    return list(
        session.scalars(
            select(Release)
            .where(Release.sitting_id == sitting_id)
            .options(joinedload(Release.proposed_by), joinedload(Release.ended_by))
            .order_by(Release.id.desc())
        )
    )


def release_for(session: Session, release_id: int) -> Release:
    """A proposal with its people.  Raises NotYours where there is none."""
    row = session.scalars(
        select(Release)
        .where(Release.id == release_id)
        .options(joinedload(Release.proposed_by), joinedload(Release.ended_by))
    ).one_or_none()
    if row is None:
        raise NotYours
    return row


def in_force(found: Sequence[Release]) -> Release | None:
    """The newest proposal that was released: what candidates see."""
    return next((one for one in found if one.status == ReleaseStatus.RELEASED), None)


def sitting_lines(session: Session, sittings: Sequence[Sitting]) -> list[SittingLine]:
    """These sittings with what became of their scores, in the order given."""
    ids = [sitting.id for sitting in sittings]
    candidates = _count(
        session,
        select(Enrolment.sitting_id, func.count())
        .where(Enrolment.sitting_id.in_(ids), Enrolment.withdrawn_at.is_(None))
        .group_by(Enrolment.sitting_id),
    )
    outcomes: dict[int, Counter[str]] = {}
    rows = session.execute(
        select(Enrolment.sitting_id, Decision.outcome, func.count())
        .join(SubjectScore, SubjectScore.enrolment_id == Enrolment.id)
        .join(Decision, Decision.score_id == SubjectScore.id)
        .where(Enrolment.sitting_id.in_(ids), Enrolment.withdrawn_at.is_(None), is_newest())
        .group_by(Enrolment.sitting_id, Decision.outcome)
    )
    for sitting_id, outcome, count in rows:
        outcomes.setdefault(sitting_id, Counter())[outcome] = count
    newest = select(func.max(Release.id)).where(Release.sitting_id.in_(ids)).group_by(Release.sitting_id)
    status: dict[int, str] = {
        row.sitting_id: row.status
        for row in session.execute(select(Release.sitting_id, Release.status).where(Release.id.in_(newest)))
    }
    return [
        SittingLine(
            sitting,
            candidates.get(sitting.id, 0),
            outcomes.get(sitting.id, Counter()).total(),
            outcomes.get(sitting.id, Counter())[Outcome.PASSED],
            status.get(sitting.id),
        )
        for sitting in sittings
    ]


def late_answers(session: Session, sitting_id: int) -> int:
    """How many answers of a sitting came too late and wait for a person's judgement."""
    return (
        session.scalar(
            select(func.count())
            .select_from(QuarantinedAnswer)
            .join(Attempt, Attempt.id == QuarantinedAnswer.attempt_id)
            .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
            .where(Enrolment.sitting_id == sitting_id)
        )
        or 0
    )


def sittings_with_scores(session: Session) -> list[int]:
    """Ids of the sittings that have scores, in order."""
    query = select(Enrolment.sitting_id).join(SubjectScore, SubjectScore.enrolment_id == Enrolment.id)
    return list(session.scalars(query.distinct().order_by(Enrolment.sitting_id)))


def sittings_that_count(found: Collection[Sitting]) -> list[Sitting]:
    """Without those still in planning: nobody can have sat them."""
    return [
        sitting for sitting in found if sitting.status == SittingStatus.READY and not sitting.is_rehearsal
    ]


def _count(session: Session, query: Any) -> dict[int, int]:
    return {row[0]: row[1] for row in session.execute(query)}
