"""What a rehearsal measures of server and database beside the candidates: commits, clocks, free room."""

from __future__ import annotations

import shutil
import statistics
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, insert, text

from examsite.db import Database
from examsite.jobs import Job

#: One durable transaction is measured so many times.
COMMITS = 15


@dataclass(frozen=True, slots=True)
class Machine:
    """What was measured of server and database beside the candidates.

    commit_ms: median of a durable transaction of one row.  database_offset: the database's clock minus the server's, in
    seconds, None where the database has none of its own.  worker: whether the worker did a job within its time.
    """

    database: str
    commit_ms: float
    free_bytes: int | None
    database_offset: float | None
    worker: bool


def look_at_machine(database: Database, *, folder: Path, now: datetime, worker: bool) -> Machine:
    """Measure commits, clocks and free room."""
    engine = database.engine
    name = engine.dialect.name
    takes = []
    with engine.connect() as connection:
        for _try in range(COMMITS):
            begin = time.perf_counter()
            connection.execute(
                insert(Job).values(name="", payload={}, status="done", due_at=now, added_at=now)
            )
            connection.commit()
            takes.append((time.perf_counter() - begin) * 1000)
        connection.execute(delete(Job).where(Job.name == ""))
        connection.commit()
        offset = None
        if name == "postgresql":
            before = time.time()
            said = connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one()
            offset = float(said) - (before + time.time()) / 2
            connection.rollback()
    where = folder
    if name == "sqlite" and engine.url.database:
        where = Path(engine.url.database).parent
    free = shutil.disk_usage(where).free if name == "sqlite" else None
    return Machine(name, statistics.median(takes), free, offset, worker)
