"""Sittings in which somebody still answers although they have closed: extra time, a time factor, a pause."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.planning.extensions import find_running_with
from examsite.registration.models import Enrolment
from examsite.sitting.models import Attempt
from examsite.sitting.queries import overdue


@find_running_with
def running(session: Session, sitting_ids: Collection[int], now: datetime) -> set[int]:
    """Those of these sittings with an attempt that is open and whose time has not passed."""
    rows = session.execute(
        select(Attempt.id, Enrolment.sitting_id)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .where(
            Enrolment.sitting_id.in_(sitting_ids),
            Attempt.closed_at.is_(None),
            Attempt.started_at.is_not(None),
        )
    ).all()
    past = set(overdue(session, now=now)) if rows else set()
    return {sitting_id for id_, sitting_id in rows if id_ not in past}
