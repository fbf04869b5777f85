"""The timing rules of a sitting's row, as `question_bank.rules.timing` takes them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from question_bank.rules.timing import Window


def window_of(row: Any) -> Window:
    """The window of a `Sitting`, or of any row with its columns of the same names."""
    return Window(
        opens=row.opens_at,
        closes=row.closes_at,
        allowed=timedelta(minutes=row.allowed_minutes),
        grace=timedelta(seconds=row.grace_seconds),
        late_limit=_minutes(row.late_limit_minutes),
        earliest_hand_in=_minutes(row.earliest_hand_in_minutes),
    )


def extra_of(row: Any) -> timedelta:
    """Time that people gave this attempt."""
    return timedelta(seconds=row.extra_seconds)


def restored_of(row: Any) -> timedelta:
    """Interruptions that were given back to this attempt."""
    return timedelta(seconds=row.restored_seconds)


def _minutes(value: int | None) -> timedelta | None:
    return None if value is None else timedelta(minutes=value)
