"""Invigilators type in paper answer sheets of the sittings that they watch, and of no others."""

from __future__ import annotations

from sqlalchemy.orm import Session

from examsite.invigilation.reach import sitting_in_reach
from examsite.sitting.transcription.reach import check_duty_with


@check_duty_with
def has_duty(session: Session, sitting_id: int) -> None:
    """Raises NotYours where the person has no duty in this sitting."""
    sitting_in_reach(session, sitting_id)
