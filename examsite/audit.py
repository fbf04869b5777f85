"""Who did what, when, to what: a hash-chained record written in the same transaction as the act.

`record` notes an act; the chain is appended just before the commit, so the lock on its head is held for an instant.
Each record's hash covers its content and the hash before it: changing, removing or inserting one breaks the chain.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import BigInteger, Index, Integer, String, event, inspect, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from examsite.clock import as_milliseconds
from examsite.db import Base
from question_bank.questions.model import canonical_hash

GENESIS = "0" * 64


class Actor(Protocol):
    """Whoever may act: anything with a person's id and name."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...


class AuditRecord(Base):
    """One act.  Never changed or deleted: a trigger refuses both."""

    __tablename__ = "audit_records"
    __table_args__ = (Index("ix_audit_records_object", "object"),)

    sequence: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    at: Mapped[datetime]
    actor_id: Mapped[int | None]
    act: Mapped[str] = mapped_column(String(80), index=True)
    object: Mapped[str] = mapped_column(String(120))
    detail: Mapped[dict[str, Any]]
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class AuditHead(Base):
    """The end of the chain, one row; whoever appends locks it."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))


@dataclass(frozen=True, slots=True)
class _Act:
    at: datetime
    actor_id: int | None
    act: str
    of: object
    detail: dict[str, Any]


def record(
    session: Session, act: str, *, of: object, actor: Actor | None, now: datetime, **detail: Any
) -> None:
    """Note that `actor` (None = the system) did `act` ("question.approve") to `of` (a row, or a name).

    `detail` must be JSON-ready: before and after, reason, counts.  Never keys, passwords or identity numbers.
    """
    act_done = _Act(now, actor.id if actor else None, act, of, detail)
    session.info.setdefault("audit", []).append(act_done)


@event.listens_for(Session, "before_commit")
def _append(session: Session) -> None:
    acts: list[_Act] = session.info.pop("audit", [])
    if not acts:
        return
    session.flush()
    head = session.get(AuditHead, 1, with_for_update=True)
    if head is None:
        head = AuditHead(id=1, sequence=0, hash=GENESIS)
        session.add(head)
        session.flush()
    for act in acts:
        row = AuditRecord(
            sequence=head.sequence + 1,
            at=act.at,
            actor_id=act.actor_id,
            act=act.act,
            object=_name_of(act.of),
            detail=act.detail,
            previous=head.hash,
        )
        row.hash = chain_hash(row)
        session.add(row)
        head.sequence, head.hash = row.sequence, row.hash
    session.flush()


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop("audit", None)


def chain_hash(row: AuditRecord) -> str:
    """SHA-256 over everything in the record and the hash before it."""
    return canonical_hash(
        {
            "sequence": row.sequence,
            "at": as_milliseconds(row.at),
            "actor": row.actor_id,
            "act": row.act,
            "object": row.object,
            "detail": row.detail,
            "previous": row.previous,
        }
    )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a walk over the chain found.  `broken_at` is the first record that does not fit, None where all do."""

    records: int
    head: str
    broken_at: int | None = None
    reason: str = ""


def verify(session: Session) -> Verdict:
    """Recompute the chain from its first record to its head."""
    previous, expected = GENESIS, 1
    with closing(_records(session)) as rows:
        for row in rows:
            if row.sequence != expected:
                return Verdict(expected - 1, previous, expected, f"record {expected} is missing")
            if row.previous != previous or row.hash != chain_hash(row):
                return Verdict(expected - 1, previous, row.sequence, f"record {row.sequence} was changed")
            previous, expected = row.hash, expected + 1
    head = session.get(AuditHead, 1)
    if (head.sequence, head.hash) != (expected - 1, previous) if head else expected != 1:
        return Verdict(expected - 1, previous, expected, "the end of the record was cut off")
    return Verdict(expected - 1, previous)


def _records(session: Session) -> Generator[AuditRecord, None, None]:
    query = select(AuditRecord).order_by(AuditRecord.sequence).execution_options(yield_per=1000)
    with session.scalars(query) as rows:
        for row in rows:
            yield row
            session.expunge(row)


def _name_of(of: object) -> str:
    if isinstance(of, str):
        return of
    state = inspect(of)
    assert state is not None
    identity = state.identity or tuple(state.mapper.primary_key_from_instance(of))
    return f"{state.mapper.local_table.name}:{'/'.join(str(part) for part in identity)}"
