"""What later stages do when seats of a sitting change, without registration knowing those stages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from examsite.audit import Actor
from examsite.planning.models import Sitting

#: Called within the transaction that changed seats, before the opening.
#: anew: all seats were given again; else only new or moved candidates matter.
SeatsListener = Callable[[Session, Sitting, Actor, datetime, bool], None]

_LISTENERS: list[SeatsListener] = []


def when_seats_change(listener: SeatsListener) -> SeatsListener:
    """Register what a later stage does (a decorator)."""
    if listener not in _LISTENERS:
        _LISTENERS.append(listener)
    return listener


def seats_changed(session: Session, sitting: Sitting, *, actor: Actor, now: datetime, anew: bool) -> None:
    """Tell every later stage."""
    for listener in _LISTENERS:
        listener(session, sitting, actor, now, anew)
