"""The timing rules of a sitting's row, as `question_bank.rules.timing` takes them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from question_bank.rules.timing import Given, Window


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


def given_to(row: Any) -> Given:
    """What people gave: of a row with the columns of `Attempt` and the time factor of its `Enrolment`."""
    return given_of(row, row.time_factor_percent)


def given_of(attempt: Any, time_factor_percent: int) -> Given:
    """What people gave this attempt, whose enrolment has this time factor."""
    return Given(
        time_factor_percent,
        timedelta(seconds=attempt.extra_seconds),
        timedelta(seconds=attempt.restored_seconds),
        attempt.paused_at,
    )


def _minutes(value: int | None) -> timedelta | None:
    return None if value is None else timedelta(minutes=value)
