"""Slow work: a row written in the same transaction as its cause, done by a worker at least once.

Handlers are idempotent: `handler(database, payload, now)` opens its own transactions.  A job that fails is tried again
after a growing pause, five times, and then stays as failed for a person to see.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, Integer, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from examsite.db import Base, Database

log = logging.getLogger(__name__)

MAX_TRIES = 5
#: A worker that died leaves its job claimed; after this long another takes it.
CLAIM_LASTS = timedelta(minutes=10)


class JobStatus(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(Base):
    """One piece of slow work."""

    __tablename__ = "jobs"
    __table_args__ = (Index("ix_jobs_status_due_at", "status", "due_at"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    payload: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(String(10))
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    added_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(String(400), default="")


Handler = Callable[[Database, dict[str, Any], datetime], None]
_HANDLERS: dict[str, Handler] = {}


def handler(name: str) -> Callable[[Handler], Handler]:
    """Register the function that does jobs of this name."""

    def register(function: Handler) -> Handler:
        _HANDLERS[name] = function
        return function

    return register


def add(session: Session, name: str, payload: dict[str, Any], *, now: datetime) -> Job:
    """Ask for slow work, in the transaction of its cause."""
    job = Job(name=name, payload=payload, status=JobStatus.WAITING, due_at=now, added_at=now)
    session.add(job)
    return job


def work_one(database: Database, *, now: datetime) -> bool:
    """Do the next due job; False where there is none."""
    with database.writing() as session:
        job = _claim(session, now=now)
        if job is None:
            return False
        claimed = (job.id, job.name, dict(job.payload), job.tries)
    job_id, name, payload, tries = claimed
    error = ""
    try:
        _HANDLERS[name](database, payload, now)
    except Exception as problem:  # a job must never end the worker
        log.exception("job %s (%s) failed", job_id, name)
        error = f"{type(problem).__name__}: {problem}"[:400]
    with database.writing() as session:
        row = session.get_one(Job, job_id)
        row.error = error
        if not error:
            row.status, row.ended_at = JobStatus.DONE, now
        elif tries >= MAX_TRIES:
            row.status, row.ended_at = JobStatus.FAILED, now
        else:
            row.status, row.due_at = JobStatus.WAITING, now + timedelta(seconds=5 * 4 ** (tries - 1))
    return True


def _claim(session: Session, *, now: datetime) -> Job | None:
    due = (Job.status == JobStatus.WAITING) | (Job.status == JobStatus.RUNNING)
    job = session.scalars(
        select(Job)
        .where(due, Job.due_at <= now)
        .order_by(Job.due_at, Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if job is not None:
        job.status = JobStatus.RUNNING
        job.tries += 1
        job.due_at = now + CLAIM_LASTS
    return job
