"""What the pages of item analysis ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from examsite.analysis.models import AnalysisRun
from examsite.errors import NotYours
from examsite.planning.models import Sitting
from examsite.planning.queries import sitting_for
from examsite.registration.models import Enrolment
from examsite.sitting.models import Answer, Attempt


@dataclass(frozen=True, slots=True)
class SittingLine:
    """A sitting with how many scripts are closed and its newest run."""

    sitting: Sitting
    closed: int
    run: AnalysisRun | None


def sitting_lines(session: Session, sittings: Sequence[Sitting]) -> list[SittingLine]:
    """These sittings in the order given."""
    ids = [sitting.id for sitting in sittings]
    closed: dict[int, int] = {
        row[0]: row[1]
        for row in session.execute(
            select(Enrolment.sitting_id, func.count())
            .join(Attempt, Attempt.enrolment_id == Enrolment.id)
            .where(Enrolment.sitting_id.in_(ids), Enrolment.withdrawn_at.is_(None))
            .where(Attempt.closed_at.is_not(None))
            .group_by(Enrolment.sitting_id)
        )
    }
    newest = select(func.max(AnalysisRun.id)).where(AnalysisRun.sitting_id.in_(ids))
    runs = session.scalars(
        select(AnalysisRun).where(AnalysisRun.id.in_(newest.group_by(AnalysisRun.sitting_id)))
    )
    by_sitting = {run.sitting_id: run for run in runs}
    return [
        SittingLine(sitting, closed.get(sitting.id, 0), by_sitting.get(sitting.id)) for sitting in sittings
    ]


def run_for(session: Session, run_id: int) -> tuple[AnalysisRun, Sitting]:
    """A run with its result, and its sitting with plan and institution.  Raises NotYours where there is none."""
    run = session.scalars(
        select(AnalysisRun).where(AnalysisRun.id == run_id).options(undefer(AnalysisRun.sealed_result))
    ).one_or_none()
    if run is None:
        raise NotYours
    return run, sitting_for(session, run.sitting_id)


def runs_of(session: Session, sitting_id: int) -> list[AnalysisRun]:
    """Every run over a sitting, newest first, without results."""
    return list(
        session.scalars(
            select(AnalysisRun).where(AnalysisRun.sitting_id == sitting_id).order_by(AnalysisRun.id.desc())
        )
    )


def responses_of(session: Session, sitting_id: int) -> int:
    """About how many responses a run has to look at: stored answers."""
    query = (
        select(func.count())
        .select_from(Answer)
        .join(Attempt, Attempt.id == Answer.attempt_id)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .where(Enrolment.sitting_id == sitting_id)
    )
    return session.scalar(query) or 0
