"""The end of an attempt: handed in by the candidate, by an invigilator, or closed by the clock.  What the server holds counts.

A page that hands in declares its newest revision of every question.  Where the clock closes an attempt that had declared
more than arrived, an incident says which questions: an event that an invigilator sees.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from flask_babel import gettext as _
from sqlalchemy import Row, Table, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from examsite import audit
from examsite.clock import as_milliseconds
from examsite.sitting import queries
from examsite.sitting.answers import leased_state, locked_states, standing, take
from examsite.sitting.models import Answer, Attempt, AttemptEvent, QuarantinedAnswer
from examsite.sitting.records import Outcome, Record
from examsite.sitting.windows import window_of
from question_bank.questions.model import canonical_hash
from question_bank.questions.present import is_answered
from question_bank.rules import timing
from question_bank.rules.timing import Phase

#: Attempts that one transaction of the sweep closes: saves of others wait for the record's end no longer than that.
MOST_TOGETHER = 200
#: What a hand-in that was not complete had declared.
INCOMPLETE = "hand-in-incomplete"
INCIDENT = "incident"

Revisions = Mapping[int, int]
#: Rows with revision and response, by position.
Held = Mapping[int, Any]


def hand_in(
    session: Session,
    attempt_id: str,
    lease: str,
    records: Sequence[Record],
    declared: dict[int, int],
    *,
    now: datetime,
) -> Outcome:
    """Close the attempt once the server holds every revision that the page declares (position → revision).

    What arrived is kept even where closing is refused.  The outcome says whether it closed; where it did not, it is
    paused, or `missing_of` names the positions to send again, or it is too early.  Handing in twice changes nothing.
    """
    state = leased_state(session, attempt_id, lease, lock=True)
    outcome = take(session, state, records, now=now)
    if state.closed_at is not None or outcome.phase is Phase.CLOSED:
        if state.closed_at is None:
            close_these(session, [attempt_id], now=now)
            outcome.handed_in = True
        _note_once(
            session, {attempt_id: missing_revisions(session, attempt_id, declared, outcome)}, INCIDENT, now
        )
        return outcome
    if outcome.paused:
        return outcome
    held = _answers(session, [attempt_id])[attempt_id]
    if missing := _missing({p: row.revision for p, row in held.items()}, declared, outcome):
        _note_once(session, {attempt_id: missing}, INCOMPLETE, now)
        return outcome
    in_time = now < outcome.deadline
    if in_time and not timing.may_hand_in(window_of(state), state.started_at, now):
        return outcome
    by = "candidate" if in_time else "clock"
    _end(session, [(state, held)], by=by, actor=_Candidate(state.person_id), now=now)
    outcome.handed_in, outcome.phase = True, Phase.CLOSED
    return outcome


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Who hands in: the record keeps the number alone."""

    id: int
    name: str = ""


def missing_of(session: Session, attempt_id: str, declared: dict[int, int], outcome: Outcome) -> list[int]:
    """Positions whose declared revision the server does not hold (refused ones are known and don't count)."""
    return sorted(missing_revisions(session, attempt_id, declared, outcome))


def missing_revisions(
    session: Session, attempt_id: str, declared: Revisions, outcome: Outcome
) -> dict[int, int]:
    """Position → declared revision where the server holds neither it nor a newer one, in quarantine or out of it."""
    if not declared:
        return {}
    held: dict[int, int] = dict(
        session.execute(select(Answer.position, Answer.revision).where(Answer.attempt_id == attempt_id)).all()
    )
    if outcome.phase is Phase.CLOSED:
        for position, revision in _kept(session, [attempt_id]).get(attempt_id, {}).items():
            held[position] = max(revision, held.get(position, 0))
    return _missing(held, declared, outcome)


def _missing(held: Revisions, declared: Revisions, outcome: Outcome) -> dict[int, int]:
    refused = {(refusal.position, refusal.revision) for refusal in outcome.refused}
    return {p: r for p, r in declared.items() if held.get(p, 0) < r and (p, r) not in refused}


def paused_sentence() -> str:
    """Why nothing is handed in during a pause, and what to do."""
    return str(_("The invigilator has paused your paper. Hand in when it goes on; your answers are kept."))


def earliest_hand_in(state: Row[Any]) -> datetime:
    """From when on this candidate may hand in."""
    return timing.earliest_hand_in(window_of(state), state.started_at)


def close(
    session: Session,
    attempt: Attempt,
    *,
    by: str,
    now: datetime,
    actor: audit.Actor | None = None,
    reason: str = "",
) -> None:
    """End an attempt that is locked: what the server holds counts."""
    session.flush()
    held = _answers(session, [attempt.id])[attempt.id]
    _end(session, [(attempt, held)], by=by, actor=actor, now=now, reason=reason)


def receipt_hash(attempt_id: str, held: Held) -> str:
    """SHA-256 over attempt and answers in order of position; the receipt prints its first sixteen digits.

    held: anything with revision and response, by position.
    """
    rows = [[p, held[p].revision, held[p].response] for p in sorted(held) if is_answered(held[p].response)]
    return canonical_hash({"attempt": attempt_id, "answers": rows})


def close_overdue(session: Session, *, now: datetime) -> int:
    """Close every started attempt whose time and grace have passed; how many."""
    ids = queries.overdue(session, now=now)
    return sum(close_these(session, part, now=now) for part in parts_of(ids))


def parts_of(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    """Ids in parts that one transaction closes."""
    return (ids[start : start + MOST_TOGETHER] for start in range(0, len(ids), MOST_TOGETHER))


def close_these(session: Session, ids: Sequence[str], *, now: datetime) -> int:
    """Close those of these attempts whose time has passed, in a few statements for all of them; how many.

    They are locked and looked at under the lock.  Who is handing in at this moment holds the lock and closes by themselves.
    """
    session.flush()
    states = [
        state
        for state in locked_states(session, ids)
        if state.closed_at is None and standing(state, now).phase is Phase.CLOSED
    ]
    if states:
        held = _answers(session, [state.id for state in states])
        _end(session, [(state, held[state.id]) for state in states], by="clock", actor=None, now=now)
    return len(states)


_ATTEMPTS = cast(Table, Attempt.__table__)
_CLOSE = (
    update(_ATTEMPTS)
    .where(_ATTEMPTS.c.id == bindparam("attempt"))
    .values(closed_at=bindparam("at"), closed_by=bindparam("by"), receipt=bindparam("hash"))
)


def _end(
    session: Session,
    ended: Sequence[tuple[Any, Held]],
    *,
    by: str,
    actor: audit.Actor | None,
    now: datetime,
    reason: str = "",
) -> None:
    """Close these attempts, each with its answers.  The receipt is a hash of them that anyone can recompute."""
    rows = []
    for attempt, held in ended:
        receipt = receipt_hash(attempt.id, held)
        rows.append({"attempt": attempt.id, "at": now, "by": by, "hash": receipt})
        audit.record(
            session,
            "attempt.close",
            of=f"attempts:{attempt.id}",
            actor=actor,
            now=now,
            by=by,
            answered=sum(is_answered(row.response) for row in held.values()),
            receipt=receipt,
            # Openings are not recorded one by one: what they were comes into the record here.
            started=as_milliseconds(attempt.started_at) if attempt.started_at else None,
            paper=attempt.paper_id,
            takeovers=attempt.takeovers,
            login=attempt.leased_login_id,
            **({"reason": reason} if reason else {}),
        )
    session.connection().execute(_CLOSE, rows)
    if by != "candidate":
        _raise_incidents(
            session, {a.id: {p: row.revision for p, row in held.items()} for a, held in ended}, now
        )
    # What the session holds of these rows is older than the statement.
    closed = {row["attempt"] for row in rows}
    for one in list(session.identity_map.values()):
        if isinstance(one, Attempt) and one.id in closed:
            session.refresh(one, ["closed_at", "closed_by", "receipt"])


def _answers(session: Session, ids: Collection[str]) -> dict[str, dict[int, Row[Any]]]:
    found: dict[str, dict[int, Row[Any]]] = defaultdict(dict)
    columns = (Answer.attempt_id, Answer.position, Answer.revision, Answer.response)
    for row in session.execute(select(*columns).where(Answer.attempt_id.in_(ids))):
        found[row.attempt_id][row.position] = row
    return found


def _declared_and_lost(session: Session, held: Mapping[str, Revisions]) -> dict[str, dict[int, int]]:
    """What hand-ins that were not complete had declared and the server holds no more of than then."""
    declared = _declared(session, held)
    kept = _kept(session, declared) if declared else {}
    lost: dict[str, dict[int, int]] = {}
    for attempt_id, revisions in declared.items():
        has, waits = held[attempt_id], kept.get(attempt_id, {})
        lost[attempt_id] = {p: r for p, r in revisions.items() if max(has.get(p, 0), waits.get(p, 0)) < r}
    return lost


def _declared(session: Session, ids: Collection[str]) -> dict[str, dict[int, int]]:
    rows = session.execute(
        select(AttemptEvent.attempt_id, AttemptEvent.detail)
        .where(AttemptEvent.attempt_id.in_(list(ids)), AttemptEvent.kind == INCOMPLETE)
        .order_by(AttemptEvent.id)
    )
    # The newest of each attempt stands.
    return {attempt_id: {int(p): r for p, r in detail["missing"].items()} for attempt_id, detail in rows}


def _kept(session: Session, ids: Collection[str]) -> dict[str, dict[int, int]]:
    rows = session.execute(
        select(QuarantinedAnswer.attempt_id, QuarantinedAnswer.position, func.max(QuarantinedAnswer.revision))
        .where(QuarantinedAnswer.attempt_id.in_(list(ids)))
        .group_by(QuarantinedAnswer.attempt_id, QuarantinedAnswer.position)
    )
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for attempt_id, position, revision in rows:
        found[attempt_id][position] = revision
    return found


def _raise_incidents(session: Session, held: Mapping[str, Revisions], now: datetime) -> None:
    _note_once(session, _declared_and_lost(session, held), INCIDENT, now)


def _note_once(session: Session, missing: Mapping[str, Revisions], kind: str, now: datetime) -> None:
    """An event for each attempt that misses something, unless its last of this kind says the same."""
    said = {
        attempt_id: {"missing": {str(p): r for p, r in sorted(revisions.items())}}
        for attempt_id, revisions in missing.items()
        if revisions
    }
    if not said:
        return
    known = session.execute(
        select(AttemptEvent.attempt_id, AttemptEvent.detail)
        .where(AttemptEvent.attempt_id.in_(list(said)), AttemptEvent.kind == kind)
        .order_by(AttemptEvent.id)
    )
    last = {row.attempt_id: row.detail for row in known}
    new = [
        {"attempt_id": attempt_id, "at": now, "kind": kind, "detail": detail, "note": ""}
        for attempt_id, detail in said.items()
        if last.get(attempt_id) != detail
    ]
    if new:
        session.execute(insert(AttemptEvent), new)
