"""The time: read once a request and passed on; what follows from it is computed, never stored."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import cast

from flask import current_app, g, has_request_context

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The machine's time, aware, in UTC."""
    return datetime.now(UTC)


def now() -> datetime:
    """The instant of this request: the same however often it is asked.  Outside a request, the clock's."""
    clock = cast(Clock, current_app.extensions["examsite-clock"])
    if not has_request_context():
        return clock()
    if "now" not in g:
        g.now = clock()
    return cast(datetime, g.now)


def as_milliseconds(instant: datetime) -> int:
    """Whole milliseconds since the epoch, as pages and clients count time."""
    return (instant - _EPOCH) // _MILLISECOND


def from_milliseconds(value: int) -> datetime:
    """The instant of so many milliseconds since the epoch.  OverflowError outside the years 1–9999."""
    return _EPOCH + timedelta(milliseconds=value)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
