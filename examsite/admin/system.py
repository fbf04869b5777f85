"""The state of the site: schema, jobs, disk, clocks.  Nothing here is secret."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, select, text
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from examsite.clock import system_clock
from examsite.jobs import Job, JobStatus
from examsite.schema import alembic_config

FAILED_SHOWN = 20
LITTLE_DISK = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class Disk:
    """Bytes of the file system that holds the site's files."""

    total: int
    free: int

    @property
    def is_nearly_full(self) -> bool:
        return self.free < LITTLE_DISK


@dataclass(frozen=True, slots=True)
class SystemState:
    """What an operator wants to know at a glance.

    schema, newest: the database's revision and that of this code.  drift: the database's clock minus the server's.
    """

    dialect: str
    database_version: str
    schema: str | None
    newest: str | None
    jobs: dict[JobStatus, int]
    oldest_waiting: datetime | None
    failed: list[Job]
    disk: Disk
    drift: timedelta

    @property
    def is_at_head(self) -> bool:
        return self.schema == self.newest


def system_state(session: Session, engine: Engine) -> SystemState:
    """Look at everything once."""
    counts = {
        JobStatus(status): count
        for status, count in session.execute(select(Job.status, func.count()).group_by(Job.status))
    }
    oldest = session.scalar(select(func.min(Job.due_at)).where(Job.status == JobStatus.WAITING))
    failed = session.scalars(
        select(Job).where(Job.status == JobStatus.FAILED).order_by(Job.ended_at.desc()).limit(FAILED_SHOWN)
    )
    connection = session.connection()
    return SystemState(
        dialect=engine.dialect.name,
        database_version=".".join(str(part) for part in engine.dialect.server_version_info or ()),
        schema=MigrationContext.configure(connection).get_current_revision(),
        newest=ScriptDirectory.from_config(alembic_config(engine)).get_current_head(),
        jobs={status: counts.get(status, 0) for status in JobStatus},
        oldest_waiting=oldest,
        failed=list(failed),
        disk=_disk(engine),
        drift=_drift(session, engine),
    )


def _disk(engine: Engine) -> Disk:
    """Where the database is a file, of its folder; else of the folder that the server runs in."""
    file = engine.url.database if engine.dialect.name == "sqlite" else None
    usage = shutil.disk_usage(Path(file).parent if file else Path.cwd())
    return Disk(usage.total, usage.free)


def _drift(session: Session, engine: Engine) -> timedelta:
    """SQLite runs inside the server and has no clock of its own."""
    if engine.dialect.name == "sqlite":
        return timedelta(0)
    theirs = session.scalar(text("SELECT clock_timestamp()"))
    assert isinstance(theirs, datetime)
    return theirs - system_clock()
