"""Where one candidate stands, as the board shows it: a pure function of what the database knows and an instant.

`static/js/lib/board-states.js` says the same for the page, which learns of new facts between two readings.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

#: Answering, and not heard of for so long: offline.  The board calls for a look a little later.
OFFLINE_AFTER = timedelta(seconds=45)
ALERT_AFTER = timedelta(seconds=60)
#: So many times away from the page call for a look.  Evidence for people, never a verdict.
MANY_LEAVES = 5


class State(StrEnum):
    """In the order in which a candidate goes through them."""

    NOT_ARRIVED = "not-arrived"
    CHECKED_IN = "checked-in"
    WAITING = "waiting"
    ANSWERING = "answering"
    PAUSED = "paused"
    OFFLINE = "offline"
    HANDED_IN = "handed-in"
    CLOSED = "closed"
    ABSENT = "absent"


class Watched(NamedTuple):
    """What the board knows of one candidate.

    heard_at: the page's last save or sign of life.  deadline: with all that was given; during a pause, as it stood at its
    start.  given_seconds: extra and restored.  signed_in: a live login of the candidate.  misconducts: records in force.
    incident: an interruption that has not ended covers them.  quarantined: late answers that nobody decided about.
    """

    enrolment_id: int
    seat: str | None
    room_id: int | None
    ticket: str
    name: str
    checked_in_at: datetime | None
    signed_in: bool
    is_absent: bool
    started_at: datetime | None
    heard_at: datetime | None
    acknowledged_at: datetime | None
    paused_at: datetime | None
    deadline: datetime | None
    closed_at: datetime | None
    closed_by: str | None
    answered: int
    given_seconds: int
    factor_percent: int
    leaves: int
    takeovers: int
    misconducts: int
    incident: bool
    quarantined: int
    messages: int


def state_of(row: Watched, now: datetime) -> State:
    """Where this candidate stands at this instant."""
    if row.closed_at is not None:
        return State.HANDED_IN if row.closed_by == "candidate" else State.CLOSED
    if row.started_at is None:
        if row.is_absent:
            return State.ABSENT
        if row.signed_in:
            return State.WAITING
        return State.CHECKED_IN if row.checked_in_at else State.NOT_ARRIVED
    if row.paused_at is not None:
        return State.PAUSED
    return State.OFFLINE if silence(row, now) > OFFLINE_AFTER else State.ANSWERING


def silence(row: Watched, now: datetime) -> timedelta:
    """How long the page of a candidate who started has not been heard of."""
    heard = row.heard_at or row.started_at
    return timedelta(0) if heard is None else max(timedelta(0), now - heard)


def remaining(row: Watched, now: datetime) -> timedelta | None:
    """Time left, standing still during a pause; None where none runs."""
    if row.deadline is None or row.closed_at is not None:
        return None
    return max(timedelta(0), row.deadline - (row.paused_at or now))


def calls_for_a_look(row: Watched, now: datetime) -> list[str]:
    """Codes of what an invigilator should look at: offline, leaves, incident, quarantined."""
    state = state_of(row, now)
    found = []
    if state is State.OFFLINE and silence(row, now) > ALERT_AFTER:
        found.append("offline")
    if row.leaves >= MANY_LEAVES and row.closed_at is None:
        found.append("leaves")
    if row.incident and row.closed_at is None:
        found.append("incident")
    if row.quarantined:
        found.append("quarantined")
    return found
