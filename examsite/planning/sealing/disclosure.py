"""When a set of papers is no secret any more: every sitting that uses it is over, for everybody in it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.authoring.catalogue.actions import record_use
from examsite.planning.extensions import still_running
from examsite.planning.models import PaperSet, PaperSetStatus, Plan, Sitting, SittingStatus


def is_over(session: Session, papers: PaperSet, *, now: datetime) -> bool:
    """Whether the last sitting that uses these papers has closed, extra time included.

    Papers never used stay secret, and so do those that were only rehearsed with.
    """
    rows = session.execute(
        select(Sitting.id, Sitting.closes_at, Sitting.grace_seconds).where(
            Sitting.paper_set_id == papers.id,
            Sitting.status != SittingStatus.CANCELLED,
            Sitting.is_rehearsal.is_(False),
        )
    ).all()
    ends = [closes + timedelta(seconds=grace) for _id, closes, grace in rows]
    return bool(rows) and max(ends) <= now and not still_running(session, [row.id for row in rows], now)


def note_uses(session: Session, papers: PaperSet, *, now: datetime) -> None:
    """Tell the bank which questions stood on these papers, once that is no secret: those who see the bank would learn it."""
    if papers.status != PaperSetStatus.APPROVED or not is_over(session, papers, now=now):
        return
    times = session.scalars(select(PaperSet.artefact["times"]).where(PaperSet.id == papers.id)).one()
    name = session.scalars(select(Plan.name).where(Plan.id == papers.plan_id)).one()
    at = papers.approved_at or papers.drawn_at
    record_use(session, f"paper_set:{papers.id}", {}, papers=dict(times), at=at, title=name)
