"""The whole hot path: one batch of answers, one transaction.  See README, "No answer is ever lost".

Who: the lease in the request is the attempt's, and the login it was given to is live.  When: the phase, computed in
the transaction that writes.  What: the position is on the paper and the response has its shape; whether it is right
is not looked at.  Write: the newest revision of a position wins; every revision is logged.  The reply leaves after
the commit, so what it acknowledges is on disk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row, Table, bindparam, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from examsite.access.models import Login
from examsite.errors import Invalid, NotYours, Refused
from examsite.planning.models import Paper, Sitting
from examsite.registration.models import Enrolment
from examsite.sitting.models import Answer, AnswerLog, Attempt, QuarantinedAnswer
from examsite.sitting.presenting import paper_of
from examsite.sitting.windows import extra_of, restored_of, window_of
from question_bank.questions.model import canonical_json
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
class Record:
    """One revision of one response, as the page's outbox sends it."""

    position: int
    revision: int
    response: dict[str, Any] | None
    marked: bool
    made_at: datetime

    @property
    def digest(self) -> str:
        """Sixteen hexadecimal digits over what it says."""
        said = canonical_json([self.response, self.marked])
        return hashlib.sha256(said.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record that will never be taken, with the reason."""

    position: int
    revision: int
    code: str


@dataclass(slots=True)
class Outcome:
    """What became of a batch.  Acknowledged = in the database after the commit, now or before."""

    deadline: datetime
    phase: Phase
    handed_in: bool
    acknowledged: list[tuple[int, int]] = field(default_factory=list)
    quarantined: list[tuple[int, int]] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


_STATE = (
    select(
        Attempt.id,
        Attempt.paper_id,
        Attempt.lease,
        Attempt.started_at,
        Attempt.extra_seconds,
        Attempt.restored_seconds,
        Attempt.revision,
        Attempt.acknowledged_at,
        Attempt.closed_at,
        Attempt.receipt,
        Enrolment.id.label("enrolment_id"),
        Enrolment.person_id,
        Sitting.opens_at,
        Sitting.closes_at,
        Sitting.allowed_minutes,
        Sitting.grace_seconds,
        Sitting.late_limit_minutes,
        Sitting.earliest_hand_in_minutes,
        Paper.content_hash.label("paper_hash"),
        Login.ended_at.label("login_ended_at"),
    )
    .join(Paper, Paper.id == Attempt.paper_id)
    .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
    .join(Sitting, Sitting.id == Enrolment.sitting_id)
    .outerjoin(Login, Login.id == Attempt.leased_login_id)
    .where(Attempt.id == bindparam("attempt"))
)
_STATE_LOCKED = _STATE.with_for_update(of=Attempt)

# Built once: the statement of an answer is the hottest of all, and building it anew costs more than running it.
_ANSWERS, _LOGGED, _KEPT, _ATTEMPTS = (
    cast(Table, model.__table__) for model in (Answer, AnswerLog, QuarantinedAnswer, Attempt)
)
_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_LOG = {
    name: insert(_LOGGED).on_conflict_do_nothing().returning(_LOGGED.c.position, _LOGGED.c.revision)
    for name, insert in _INSERT.items()
}
_QUARANTINE = {name: insert(_KEPT).on_conflict_do_nothing() for name, insert in _INSERT.items()}


def _upsert(insert: Any) -> Any:
    statement = insert(_ANSWERS)
    fresh = {
        name: statement.excluded[name] for name in ("revision", "response", "marked", "made_at", "saved_at")
    }
    return statement.on_conflict_do_update(
        index_elements=["attempt_id", "position"],
        set_=fresh,
        where=_ANSWERS.c.revision < statement.excluded.revision,
    )


_UPSERT = {name: _upsert(insert) for name, insert in _INSERT.items()}
_PROGRESS = (
    update(_ATTEMPTS)
    .where(_ATTEMPTS.c.id == bindparam("attempt"))
    .values(revision=bindparam("highest"), acknowledged_at=bindparam("at"))
)


def lease_hash(lease: str) -> str:
    """What the table keeps of a lease."""
    return hashlib.sha256(lease.encode()).hexdigest()


def leased_state(session: Session, attempt_id: str, lease: str, *, lock: bool) -> Any:
    """The attempt with its sitting's rules, locked to the end of the transaction when it is to be written.

    Raises NotYours, LeaseLost, SignedOut.
    """
    found = session.connection().execute(_STATE_LOCKED if lock else _STATE, {"attempt": attempt_id})
    state: Any = found.one_or_none()
    if state is None:
        raise NotYours
    if state.lease is None or state.lease != lease_hash(lease):
        raise LeaseLost(
            "试卷已在另一台机器上打开，本页不能再作答。未保存的内容仍留在本机，请举手告知监考员。"
        )
    if state.login_ended_at is not None:
        raise SignedOut("登录已结束。请重新登录后继续，未保存的内容仍留在本机。")
    return state


def save(
    session: Session, attempt_id: str, lease: str, records: Sequence[Record], *, now: datetime
) -> Outcome:
    """Take a batch.  Raises NotYours, LeaseLost, SignedOut; faults of single records are in the outcome."""
    state = leased_state(session, attempt_id, lease, lock=True)
    return take(session, state, records, now=now)


def standing(state: Row[Any], now: datetime) -> Outcome:
    """Deadline and phase of an attempt now, with nothing taken."""
    window = window_of(state)
    extra, restored = extra_of(state), restored_of(state)
    deadline = timing.effective_deadline(window, state.started_at, extra=extra, restored=restored)
    closed = state.closed_at is not None
    phase = timing.phase(window, state.started_at, now, extra=extra, restored=restored, handed_in=closed)
    return Outcome(deadline, phase, closed)


def take(session: Session, state: Row[Any], records: Sequence[Record], *, now: datetime) -> Outcome:
    """Sort the records by what may become of them, and write those that count."""
    outcome = standing(state, now)
    fitting = _fitting(session, state, records, outcome)
    if outcome.phase is Phase.CLOSED:
        _quarantine(session, state, fitting, outcome, now=now)
        return outcome
    counting = []
    for record in fitting:
        # In the grace only what was made in time counts; the page stops taking input at the deadline.
        if outcome.phase is Phase.GRACE and record.made_at > outcome.deadline:
            outcome.refused.append(Refusal(record.position, record.revision, "after-deadline"))
        else:
            counting.append(record)
    if counting:
        _write(session, state, counting, outcome, now=now)
    return outcome


def _fitting(session: Session, state: Row[Any], records: Sequence[Record], outcome: Outcome) -> list[Record]:
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


def _write(
    session: Session, state: Row[Any], records: list[Record], outcome: Outcome, *, now: datetime
) -> None:
    connection = session.connection()
    dialect = connection.dialect.name
    rows = [
        {
            "attempt_id": state.id,
            "position": record.position,
            "revision": record.revision,
            "made_at": min(record.made_at, now),
            "saved_at": now,
            "digest": record.digest,
        }
        for record in {(r.position, r.revision): r for r in records}.values()
    ]
    new = {(position, revision) for position, revision in connection.execute(_LOG[dialect], rows)}
    taken = _same_as_before(session, state, [r for r in records if (r.position, r.revision) not in new])
    newest: dict[int, Record] = {}
    for record in records:
        place = (record.position, record.revision)
        if place in new:
            if record.position not in newest or newest[record.position].revision < record.revision:
                newest[record.position] = record
        elif place not in taken or taken[place] != record.digest:
            outcome.refused.append(Refusal(*place, "revision-taken"))
            continue
        outcome.acknowledged.append(place)
    if newest:
        connection.execute(_UPSERT[dialect], [_as_row(state.id, record, now) for record in newest.values()])
    highest = max([state.revision, *(record.revision for record in newest.values())])
    connection.execute(_PROGRESS, {"attempt": state.id, "highest": highest, "at": now})


def _as_row(attempt_id: str, record: Record, now: datetime) -> dict[str, Any]:
    return {
        "attempt_id": attempt_id,
        "position": record.position,
        "revision": record.revision,
        "response": record.response,
        "marked": record.marked,
        "made_at": min(record.made_at, now),
        "saved_at": now,
    }


def _same_as_before(session: Session, state: Row[Any], repeated: list[Record]) -> dict[tuple[int, int], str]:
    """Digests of revisions that were logged before: a repeat is acknowledged again, another text is not."""
    if not repeated:
        return {}
    places = [(record.position, record.revision) for record in repeated]
    rows = session.execute(
        select(AnswerLog.position, AnswerLog.revision, AnswerLog.digest).where(
            AnswerLog.attempt_id == state.id, tuple_(AnswerLog.position, AnswerLog.revision).in_(places)
        )
    )
    return {(position, revision): digest for position, revision, digest in rows}


def _quarantine(
    session: Session, state: Row[Any], records: list[Record], outcome: Outcome, *, now: datetime
) -> None:
    """Keep what was made in time but came too late for a person to judge; it never counts by itself."""
    ended = min(filter(None, (state.closed_at, outcome.deadline)))
    repeats = _same_as_before(session, state, records)
    rows = []
    for record in records:
        place = (record.position, record.revision)
        if repeats.get(place) == record.digest:
            outcome.acknowledged.append(place)
        elif record.made_at > ended:
            outcome.refused.append(Refusal(*place, "after-deadline"))
        else:
            outcome.quarantined.append(place)
            rows.append(
                {
                    "attempt_id": state.id,
                    "position": record.position,
                    "revision": record.revision,
                    "response": record.response,
                    "marked": record.marked,
                    "made_at": record.made_at,
                    "arrived_at": now,
                    "evidence": {
                        "last_acknowledged_at": state.acknowledged_at.isoformat()
                        if state.acknowledged_at
                        else None,
                        "ended_at": ended.isoformat(),
                    },
                }
            )
    if rows:
        connection = session.connection()
        connection.execute(_QUARANTINE[connection.dialect.name], rows)
