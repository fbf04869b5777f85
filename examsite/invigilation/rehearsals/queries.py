"""Which rehearsals there were."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from examsite.errors import NotYours
from examsite.invigilation.rehearsals.models import RehearsalReport
from examsite.planning.models import Plan, Sitting


def reports(session: Session, institution_ids: Collection[int] | None) -> list[RehearsalReport]:
    """Reports of these institutions (None = all), the newest first, with sitting and plan; at most two hundred."""
    query = (
        select(RehearsalReport)
        .join(RehearsalReport.sitting)
        .join(Sitting.plan)
        .options(contains_eager(RehearsalReport.sitting).contains_eager(Sitting.plan))
        .order_by(RehearsalReport.id.desc())
        .limit(200)
    )
    if institution_ids is not None:
        query = query.where(Plan.institution_id.in_(institution_ids))
    return list(session.scalars(query))


def report_for(session: Session, rehearsal_id: int) -> RehearsalReport:
    """One report with its sitting and plan.  Raises NotYours where there is none."""
    row = session.scalars(
        select(RehearsalReport)
        .where(RehearsalReport.id == rehearsal_id)
        .join(RehearsalReport.sitting)
        .join(Sitting.plan)
        .options(contains_eager(RehearsalReport.sitting).contains_eager(Sitting.plan))
    ).one_or_none()
    if row is None:
        raise NotYours
    return row
