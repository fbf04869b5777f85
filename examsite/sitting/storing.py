"""The statements of the hot path: records of many attempts written in one go, each with its outcome.

The newest revision of a position stands; every revision is logged; a repeat is acknowledged again; another text under
a revision that is taken is refused, because acknowledging it would call something saved that is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Table, bindparam, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from examsite.sitting.models import Answer, AnswerLog, Attempt, QuarantinedAnswer
from examsite.sitting.records import Record, Refusal, Sorted

# Built once: the statement of an answer is the hottest of all, and building it anew costs more than running it.
_ANSWERS, _LOGGED, _KEPT, _ATTEMPTS = (
    cast(Table, model.__table__) for model in (Answer, AnswerLog, QuarantinedAnswer, Attempt)
)
_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_LOG = {
    name: insert(_LOGGED)
    .on_conflict_do_nothing()
    .returning(_LOGGED.c.attempt_id, _LOGGED.c.position, _LOGGED.c.revision)
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

#: attempt, position, revision
Place = tuple[str, int, int]


def store(connection: Connection, batches: Sequence[Sorted]) -> None:
    """Write what counts, keep what is late, and note in every outcome what became of each record."""
    dialect = connection.dialect.name
    written: dict[Place, Record] = {}
    for batch in batches:
        for record in batch.counting:
            written.setdefault((batch.state.id, record.position, record.revision), record)
    new: set[Place] = set()
    if written:
        rows = [_log_row(place[0], written[place], batch) for batch, place in _own(batches, written)]
        new = {(a, p, r) for a, p, r in connection.execute(_LOG[dialect], rows)}
    repeats = _digests_of(connection, batches, new)
    newest = [_judge(batch, written, new, repeats) for batch in batches]
    rows = [
        _row(batch, record)
        for batch, records in zip(batches, newest, strict=True)
        for record in records.values()
    ]
    if rows:
        connection.execute(_UPSERT[dialect], rows)
    progress = [
        {
            "attempt": batch.state.id,
            "highest": max([batch.state.revision, *(r.revision for r in records.values())]),
            "at": batch.now,
        }
        for batch, records in zip(batches, newest, strict=True)
        if batch.counting
    ]
    if progress:
        connection.execute(_PROGRESS, progress)
    kept = [
        _kept_row(batch, record)
        for batch in batches
        for record in batch.late
        if _is_quarantined(batch, record)
    ]
    if kept:
        connection.execute(_QUARANTINE[dialect], kept)


def _own(batches: Sequence[Sorted], written: dict[Place, Record]) -> Iterable[tuple[Sorted, Place]]:
    by_attempt = {batch.state.id: batch for batch in batches}
    return ((by_attempt[place[0]], place) for place in written)


def _judge(
    batch: Sorted, written: dict[Place, Record], new: set[Place], repeats: dict[Place, str]
) -> dict[int, Record]:
    """Note the outcome of every record; the newest new record of each position."""
    outcome, newest = batch.outcome, dict[int, Record]()
    for record in batch.counting:
        place = (batch.state.id, record.position, record.revision)
        # A new revision is what this batch wrote; what else bears its number must say the same.
        held = written[place].digest if place in new else repeats.get(place)
        if held != record.digest:
            outcome.refused.append(Refusal(record.position, record.revision, "revision-taken"))
            continue
        outcome.acknowledged.append((record.position, record.revision))
        if place in new and (
            record.position not in newest or newest[record.position].revision < record.revision
        ):
            newest[record.position] = record
    for record in batch.late:
        known = repeats.get((batch.state.id, record.position, record.revision)) == record.digest
        (outcome.acknowledged if known else outcome.quarantined).append((record.position, record.revision))
    for record in batch.past:
        if repeats.get((batch.state.id, record.position, record.revision)) == record.digest:
            outcome.acknowledged.append((record.position, record.revision))
        else:
            outcome.refused.append(Refusal(record.position, record.revision, "after-deadline"))
    return newest


def _digests_of(connection: Connection, batches: Sequence[Sorted], new: set[Place]) -> dict[Place, str]:
    """Digests of the revisions that were logged before; one statement, and none where everything is new."""
    places = {
        (batch.state.id, record.position, record.revision)
        for batch in batches
        for record in (*batch.counting, *batch.late, *batch.past)
    } - new
    if not places:
        return {}
    columns = (_LOGGED.c.attempt_id, _LOGGED.c.position, _LOGGED.c.revision)
    rows = connection.execute(select(*columns, _LOGGED.c.digest).where(tuple_(*columns).in_(sorted(places))))
    return {(attempt, position, revision): digest for attempt, position, revision, digest in rows}


def _is_quarantined(batch: Sorted, record: Record) -> bool:
    return (record.position, record.revision) in batch.outcome.quarantined


def _log_row(attempt_id: str, record: Record, batch: Sorted) -> dict[str, Any]:
    return {
        "attempt_id": attempt_id,
        "position": record.position,
        "revision": record.revision,
        "made_at": min(record.made_at, batch.now),
        "saved_at": batch.now,
        "digest": record.digest,
    }


def _row(batch: Sorted, record: Record) -> dict[str, Any]:
    return {
        "attempt_id": batch.state.id,
        "position": record.position,
        "revision": record.revision,
        "response": record.response,
        "marked": record.marked,
        "made_at": min(record.made_at, batch.now),
        "saved_at": batch.now,
    }


def _kept_row(batch: Sorted, record: Record) -> dict[str, Any]:
    state = batch.state
    ended = min(filter(None, (state.closed_at, batch.outcome.deadline)))
    return {
        "attempt_id": state.id,
        "position": record.position,
        "revision": record.revision,
        "response": record.response,
        "marked": record.marked,
        "made_at": record.made_at,
        "arrived_at": batch.now,
        "evidence": {
            "last_acknowledged_at": _written(state.acknowledged_at),
            "last_seen_at": _written(state.seen_at),
            "ended_at": ended.isoformat(),
            **batch.evidence,
        },
    }


def _written(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
