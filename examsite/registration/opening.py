"""Until when a sitting's list, rooms and seats may change, asked under the sitting's lock."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from examsite.errors import Invalid, Refused
from examsite.planning.models import Sitting, SittingStatus

#: A candidate with all the time that can be given sits this many times the allowed minutes.
MOST_TIME = 3


class SittingClosed(Refused):
    """The sitting has opened or was cancelled: nobody comes in or leaves the list."""

    code = "sitting-closed"


class ReasonMissing(Invalid):
    """The act needs a reason."""

    code = "reason-missing"


def lock(session: Session, sitting: Sitting) -> None:
    """Hold the sitting until the transaction ends."""
    session.flush()
    session.refresh(sitting, ["status", "opens_at", "paper_set_id"], with_for_update=True)


def check_open(sitting: Sitting, *, now: datetime) -> None:
    """Raises SittingClosed where the list can't change any more."""
    if sitting.status == SittingStatus.CANCELLED:
        raise SittingClosed(_("This sitting is cancelled, so its list is closed."))
    if now >= sitting.opens_at:
        raise SittingClosed(_("This sitting has opened, so its list is closed."))


def is_open(sitting: Sitting, *, now: datetime) -> bool:
    """Whether list, rooms and seats may still change."""
    return sitting.status != SittingStatus.CANCELLED and now < sitting.opens_at


def may_move(sitting: Sitting, *, now: datetime) -> bool:
    """Whether anybody may still sit there who could be moved to another seat."""
    longest = timedelta(minutes=sitting.allowed_minutes * MOST_TIME)
    return sitting.status != SittingStatus.CANCELLED and now < sitting.closes_at + longest


def needed_reason(reason: str) -> str:
    """The reason, trimmed.  Raises ReasonMissing."""
    if len(reason.strip()) < 2:
        raise ReasonMissing(_("Give the reason: it stays in the record."))
    return reason.strip()
