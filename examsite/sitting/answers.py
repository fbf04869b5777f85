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
from typing import Any

from sqlalchemy import Row, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from examsite.access.models import Login
from examsite.errors import Invalid, NotYours, Refused
from examsite.planning.models import Sitting
from examsite.registration.models import Enrolment
from examsite.sitting.models import Answer, AnswerLog, Attempt, QuarantinedAnswer
from examsite.sitting.presenting import presented_paper
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
        Login.ended_at.label("login_ended_at"),
    )
    .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
    .join(Sitting, Sitting.id == Enrolment.sitting_id)
    .outerjoin(Login, Login.id == Attempt.leased_login_id)
)


def lease_hash(lease: str) -> str:
    """What the table keeps of a lease."""
    return hashlib.sha256(lease.encode()).hexdigest()


def leased_state(session: Session, attempt_id: str, lease: str, *, lock: bool) -> Any:
    """The attempt with its sitting's rules, locked to the end of the transaction when it is to be written.

    Raises NotYours, LeaseLost, SignedOut.
    """
    query = _STATE.where(Attempt.id == attempt_id)
    if lock:
        query = query.with_for_update(of=Attempt)
    state: Any = session.execute(query).one_or_none()
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
    by_position = {question.position: question for question in presented_paper(session, state.paper_id)}
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
    insert = _insert_of(session)
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
    logged = (
        insert(AnswerLog)
        .values(rows)
        .on_conflict_do_nothing()
        .returning(AnswerLog.position, AnswerLog.revision)
    )
    new = {(position, revision) for position, revision in session.execute(logged)}
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
        upsert = insert(Answer).values(
            [
                {
                    "attempt_id": state.id,
                    "position": record.position,
                    "revision": record.revision,
                    "response": record.response,
                    "marked": record.marked,
                    "made_at": min(record.made_at, now),
                    "saved_at": now,
                }
                for record in newest.values()
            ]
        )
        fresh = {
            name: upsert.excluded[name] for name in ("revision", "response", "marked", "made_at", "saved_at")
        }
        session.execute(
            upsert.on_conflict_do_update(
                index_elements=["attempt_id", "position"],
                set_=fresh,
                where=Answer.revision < upsert.excluded.revision,
            )
        )
    highest = max([state.revision, *(record.revision for record in newest.values())])
    session.execute(
        update(Attempt).where(Attempt.id == state.id).values(revision=highest, acknowledged_at=now)
    )


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
        session.execute(_insert_of(session)(QuarantinedAnswer).values(rows).on_conflict_do_nothing())


def _insert_of(session: Session) -> Any:
    return sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
