"""The whole hot path: one batch of answers, one transaction.  See README, "No answer is ever lost".

Who: the lease in the request is the attempt's, and the login it was given to is live.  When: the phase, computed in
the transaction that writes.  What: the position is on the paper and the response has its shape; whether it is right
is not looked at.  Write: the newest revision of a position wins; every revision is logged.  The reply leaves after
the commit, so what it acknowledges is on disk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from examsite.access.models import Login
from examsite.errors import DomainError, Invalid, NotYours, Refused
from examsite.planning.models import Paper, Sitting
from examsite.registration.models import Enrolment
from examsite.sitting.messages import newest_of_attempt
from examsite.sitting.models import Attempt
from examsite.sitting.presenting import paper_of
from examsite.sitting.records import Outcome, Record, Refusal, Sorted
from examsite.sitting.storing import store
from examsite.sitting.windows import given_to, window_of
from question_bank.questions.present import is_shaped
from question_bank.rules import timing
from question_bank.rules.timing import Phase

MOST_RECORDS = 500


class LeaseLost(Refused):
    """The paper was opened on another machine, or this page never held it."""

    code = "lease-lost"


class SignedOut(Invalid):
    """The login that holds the lease has ended."""

    status = 401
    code = "signed-out"


@dataclass(frozen=True, slots=True)
class Batch:
    """What one request sends: `now` is the instant at which the server read it."""

    attempt_id: str
    lease: str
    records: Sequence[Record]
    now: datetime


_STATE = (
    select(
        Attempt.id,
        Attempt.paper_id,
        Attempt.lease,
        Attempt.leased_login_id,
        Attempt.takeovers,
        Attempt.started_at,
        Attempt.extra_seconds,
        Attempt.restored_seconds,
        Attempt.paused_at,
        Enrolment.time_factor_percent,
        Attempt.revision,
        Attempt.acknowledged_at,
        Attempt.seen_at,
        Attempt.answered,
        Attempt.closed_at,
        Attempt.receipt,
        Enrolment.id.label("enrolment_id"),
        Enrolment.sitting_id,
        Enrolment.room_id,
        Enrolment.person_id,
        Sitting.opens_at,
        Sitting.closes_at,
        Sitting.allowed_minutes,
        Sitting.grace_seconds,
        Sitting.late_limit_minutes,
        Sitting.earliest_hand_in_minutes,
        Paper.content_hash.label("paper_hash"),
        Login.ended_at.label("login_ended_at"),
        # A scalar in the statement that runs anyway: a page that knows the newest message costs nothing more.
        newest_of_attempt().label("newest_message"),
    )
    .join(Paper, Paper.id == Attempt.paper_id)
    .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
    .join(Sitting, Sitting.id == Enrolment.sitting_id)
    .outerjoin(Login, Login.id == Attempt.leased_login_id)
    .where(Attempt.id.in_(bindparam("attempts", expanding=True)))
    # Always in the same order, so that two workers with some attempts in common wait for, not upon, each other.
    .order_by(Attempt.id)
)
_STATE_LOCKED = _STATE.with_for_update(of=Attempt)
_STATE_SKIPPING = _STATE.with_for_update(of=Attempt, skip_locked=True)


def lease_hash(lease: str) -> str:
    """What the table keeps of a lease."""
    return hashlib.sha256(lease.encode()).hexdigest()


def leased_state(session: Session, attempt_id: str, lease: str, *, lock: bool) -> Any:
    """The attempt with its sitting's rules, locked to the end of the transaction when it is to be written.

    Raises NotYours, LeaseLost, SignedOut.
    """
    found = session.connection().execute(_STATE_LOCKED if lock else _STATE, {"attempts": [attempt_id]})
    state = found.one_or_none()
    check_lease(state, lease)
    return state


def locked_state(session: Session, attempt_id: str) -> Any:
    """The same for who needs no lease: a person who carries answers in.  Raises NotYours."""
    state = session.connection().execute(_STATE_LOCKED, {"attempts": [attempt_id]}).one_or_none()
    if state is None:
        raise NotYours
    return state


def locked_states(session: Session, ids: Sequence[str]) -> Sequence[Any]:
    """These attempts as `leased_state` gives them, locked; those that somebody else holds at this moment are left out."""
    return session.connection().execute(_STATE_SKIPPING, {"attempts": list(ids)}).all()


def check_lease(state: Any, lease: str) -> None:
    """Raises NotYours, LeaseLost, SignedOut where this page may not speak for the attempt."""
    if state is None:
        raise NotYours
    if state.lease is None or state.lease != lease_hash(lease):
        raise LeaseLost(
            "试卷已在另一台机器上打开，本页不能再作答。未保存的内容仍留在本机，请举手告知监考员。"
        )
    if state.login_ended_at is not None:
        raise SignedOut("登录已结束。请重新登录后继续，未保存的内容仍留在本机。")


def save_together(session: Session, batches: Sequence[Batch]) -> list[Outcome | DomainError]:
    """Take batches of different attempts in one transaction: the outcome of each, or why it was refused as a whole."""
    ids = [batch.attempt_id for batch in batches]
    states = {row.id: row for row in session.connection().execute(_STATE_LOCKED, {"attempts": ids})}
    outcomes: list[Outcome | DomainError] = []
    sorted_out = []
    for batch in batches:
        state = states.get(batch.attempt_id)
        try:
            check_lease(state, batch.lease)
        except DomainError as error:
            outcomes.append(error)
            continue
        sorted_out.append(_sort(session, state, batch.records, now=batch.now))
        outcomes.append(sorted_out[-1].outcome)
    store(session.connection(), sorted_out)
    return outcomes


def save(
    session: Session, attempt_id: str, lease: str, records: Sequence[Record], *, now: datetime
) -> Outcome:
    """Take one batch.  Raises NotYours, LeaseLost, SignedOut; faults of single records are in the outcome."""
    state = leased_state(session, attempt_id, lease, lock=True)
    return take(session, state, records, now=now)


def standing(state: Any, now: datetime) -> Outcome:
    """Deadline and phase of an attempt now, with nothing taken."""
    window = window_of(state)
    given = given_to(state)
    deadline = timing.effective_deadline(window, state.started_at, given, now=now)
    closed = state.closed_at is not None
    phase = timing.phase(window, state.started_at, now, given, handed_in=closed)
    return Outcome(state, deadline, phase, closed, paused=state.paused_at is not None)


def take(
    session: Session,
    state: Any,
    records: Sequence[Record],
    *,
    now: datetime,
    evidence: Mapping[str, Any] = MappingProxyType({}),
) -> Outcome:
    """Take the records of an attempt that is locked.  evidence: kept with what waits for a person."""
    found = _sort(session, state, records, now=now)
    found.evidence.update(evidence)
    store(session.connection(), [found])
    return found.outcome


def _sort(session: Session, state: Any, records: Sequence[Record], *, now: datetime) -> Sorted:
    """Sort records by what may become of them: to count, to keep for a person, refused."""
    outcome = standing(state, now)
    found = Sorted(state, outcome, now)
    ended = min(filter(None, (state.closed_at, outcome.deadline)))
    for record in _fitting(session, state, records, outcome):
        # At the deadline the page stops taking input: what it says it made later never counts.
        if outcome.phase in (Phase.GRACE, Phase.CLOSED) and record.made_at > ended:
            found.past.append(record)
        elif outcome.phase is Phase.CLOSED:
            found.late.append(record)
        else:
            found.counting.append(record)
    return found


def _fitting(session: Session, state: Any, records: Sequence[Record], outcome: Outcome) -> list[Record]:
    by_position = {
        question.position: question for question in paper_of(session, state.paper_id, state.paper_hash)
    }
    fitting = []
    for record in records:
        question = by_position.get(record.position)
        if question is None:
            outcome.refused.append(Refusal(record.position, record.revision, "position-not-on-paper"))
        elif not is_shaped(question, record.response):
            outcome.refused.append(Refusal(record.position, record.revision, "wrong-shape"))
        else:
            fitting.append(record)
    return fitting
