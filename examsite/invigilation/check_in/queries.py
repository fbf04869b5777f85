"""Who was let in, and until when one may be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from examsite.invigilation.check_in.models import CheckIn
from examsite.invigilation.conduct.models import AbsenceMark
from examsite.planning.models import Sitting
from examsite.sitting.models import Attempt


def standing(session: Session, enrolment_id: int) -> CheckIn | None:
    """The check-in that counts, with who made it."""
    return session.scalars(
        select(CheckIn)
        .where(CheckIn.enrolment_id == enrolment_id, CheckIn.undone_at.is_(None))
        .options(joinedload(CheckIn.checked_by))
    ).one_or_none()


def history(session: Session, enrolment_id: int) -> Sequence[CheckIn]:
    """Every check-in of a candidate, undone ones too, in order, with who made and undid it."""
    return session.scalars(
        select(CheckIn)
        .where(CheckIn.enrolment_id == enrolment_id)
        .options(joinedload(CheckIn.checked_by), joinedload(CheckIn.undone_by))
        .order_by(CheckIn.id)
    ).all()


def is_absent(session: Session, enrolment_id: int) -> bool:
    """Whether a mark of absence is in force."""
    mark = session.scalars(
        select(AbsenceMark.is_absent)
        .where(AbsenceMark.enrolment_id == enrolment_id)
        .order_by(AbsenceMark.number.desc())
        .limit(1)
    ).one_or_none()
    return bool(mark)


def attempt_of(session: Session, enrolment_id: int) -> Attempt | None:
    """The attempt of a candidate, where the paper was opened."""
    return session.scalars(select(Attempt).where(Attempt.enrolment_id == enrolment_id)).one_or_none()


def last_entry(sitting: Sitting) -> datetime:
    """Until when a candidate may come in: the limit for coming late, or the end."""
    if sitting.late_limit_minutes is None:
        return sitting.closes_at
    return min(sitting.closes_at, sitting.opens_at + timedelta(minutes=sitting.late_limit_minutes))
