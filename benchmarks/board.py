"""The invigilator's board with 1,000 candidates on both databases, beside the bare SQL of its one SELECT.

Timed in turn: the statement on the driver's own connection, the board's read, what its page asks for every few seconds
(200 with the rows, 304 while nothing changed), and the whole page.  Every answer is compared with what was put into the
tables.  The processor time beside the clock's is what to look at on a busy machine; PostgreSQL's own is not in it.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from benchmarks.imports import opened
from benchmarks.lists import at
from benchmarks.serving import databases, machine
from examsite import schema
from examsite.access import login
from examsite.access.permissions import Role
from examsite.db import Database, make_engine
from examsite.invigilation.board import queries
from examsite.invigilation.board.states import Watched
from examsite.invigilation.check_in.models import CheckIn
from examsite.invigilation.duties import actions as duties
from examsite.planning.models import Paper, Sitting
from examsite.registration.models import Enrolment, Room
from examsite.sitting.models import Attempt, AttemptEvent
from examsite.sitting.queries import attempt_id
from tests.examsite.sitting.arrange import make_running_sitting
from tests.factories import make_person

CANDIDATES = 1_000
ROOM = 30
LEAVES = 3


def fill(session: Session, candidates: int, now: datetime) -> tuple[int, str, dict[int, int]]:
    """A sitting under way in which everybody answers; its id, an invigilator's login, answered by enrolment."""
    sitting = make_running_sitting(session, candidates=candidates, opens_at=now - timedelta(minutes=30))
    chance = random.Random(2026)
    paper = session.scalars(select(Paper.id).where(Paper.set_id == sitting.paper_set_id)).first()
    invigilator = make_person(session, Role.INVIGILATOR)
    duties.give_duty(session, sitting, None, invigilator, actor=invigilator, now=now)
    rows = session.scalars(
        select(Enrolment).where(Enrolment.sitting_id == sitting.id).order_by(Enrolment.id)
    ).all()
    answered = {}
    for place, row in enumerate(rows):
        number, seat = divmod(place, ROOM)
        if seat == 0:
            room = Room(sitting_id=sitting.id, number=number + 1, name="", rows=5, columns=6)
            session.add(room)
            session.flush()
        row.room_id, row.seat = room.id, f"{number + 1:02}-{seat + 1:02}"
        id_ = attempt_id(row.id)
        answered[row.id] = chance.randint(0, 100)
        heard = now - timedelta(seconds=chance.randint(0, 90))
        session.add(
            Attempt(
                id=id_,
                enrolment_id=row.id,
                paper_id=paper,
                started_at=now - timedelta(minutes=29),
                acknowledged_at=heard,
                seen_at=heard,
                answered=answered[row.id],
                settings={},
            )
        )
        session.add(
            CheckIn(
                enrolment_id=row.id,
                document_checked=True,
                face_checked=True,
                is_late=False,
                checked_by_id=invigilator.id,
                checked_at=now - timedelta(minutes=40),
            )
        )
        session.flush()
        for leaves in range(1, LEAVES + 1):
            detail = {"page": "a", "leaves": leaves, "away_seconds": leaves}
            session.add(AttemptEvent(attempt_id=id_, at=heard, kind="left-page", detail=detail))
    token = login.start(session, invigilator, as_candidate=False, address="127.0.0.1", now=now)
    return sitting.id, token, answered


class Bare:
    """The board's SELECT as the driver runs it, all rows fetched."""

    def __init__(self, database: Database, sitting_id: int) -> None:
        query = queries.select_watched(sitting_id)
        compiled = query.compile(database.engine, compile_kwargs={"literal_binds": True})
        self.sql = str(compiled)
        self.connection = database.engine.raw_connection()

    def __call__(self) -> int:
        cursor = self.connection.cursor()
        cursor.execute(self.sql)
        rows = cursor.fetchall()
        cursor.close()
        self.connection.rollback()
        return len(rows)

    def close(self) -> None:
        self.connection.close()


def steps(
    app: Flask, client: FlaskClient, sitting_id: int, answered: dict[int, int]
) -> dict[str, tuple[Callable[[], Any], Callable[[Any], None]]]:
    """What is timed, by name, and what then raises where the answer is not what stands in the tables."""
    database: Database = app.extensions["examsite-database"]
    url = f"/invigilation/sittings/{sitting_id}"
    first = client.get(f"{url}/board")
    assert first.status_code == 200, first.status
    tag = first.headers["ETag"]

    def read() -> list[Watched]:
        with database.reading() as session:
            return queries.watched(session, session.get_one(Sitting, sitting_id), None)

    def check_read(found: list[Watched]) -> None:
        assert {row.enrolment_id: row.answered for row in found} == answered
        assert all(row.leaves == LEAVES for row in found)

    def check_feed(answer: TestResponse) -> None:
        assert answer.status_code == 200, answer.status
        body = answer.get_json()
        id_, count = body["fields"].index("id"), body["fields"].index("answered")
        assert {row[id_]: row[count] for row in body["rows"]} == answered

    def check_unchanged(answer: TestResponse) -> None:
        assert answer.status_code == 304, answer.status
        assert answer.data == b""

    def check_page(answer: TestResponse) -> None:
        assert answer.status_code == 200, answer.status
        assert answer.data.count(b"data-candidate=") == len(answered)

    return {
        "read": (read, check_read),
        "feed": (lambda: client.get(f"{url}/board"), check_feed),
        "304": (lambda: client.get(f"{url}/board", headers={"If-None-Match": tag}), check_unchanged),
        "page": (lambda: client.get(f"{url}?view=list"), check_page),
    }


def measure(url: str, candidates: int, seconds: float) -> dict[str, float]:
    """Milliseconds on one database, p50 and p95 of each step."""
    engine = make_engine(url)
    schema.upgrade(engine)
    engine.dispose()
    app, database = opened(url)
    with app.app_context(), database.writing() as session:
        sitting_id, token, answered = fill(session, candidates, datetime.now(UTC))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        postgres = database.engine.dialect.name == "postgresql"
        connection.exec_driver_sql("VACUUM (ANALYZE)" if postgres else "ANALYZE")
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = token, True
    bare = Bare(database, sitting_id)

    def check_bare(found: int) -> None:
        assert found == candidates

    runs = {"bare": (bare, check_bare), **steps(app, client, sitting_id, answered)}
    taken: dict[str, list[float]] = {name: [] for name in runs}
    worked: dict[str, list[float]] = {name: [] for name in runs}
    for run, check in runs.values():
        check(run())
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(taken["page"]) < 5:
        for name, (run, check) in runs.items():
            begin, spent = time.perf_counter(), time.process_time()
            answer = run()
            taken[name].append((time.perf_counter() - begin) * 1000)
            worked[name].append((time.process_time() - spent) * 1000)
            check(answer)
    bare.close()
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Attempt)) == candidates
    database.dispose()
    return {
        f"{name}_{label}": at(found, part)
        for name, found in taken.items()
        for label, part in (("p50", 0.5), ("p95", 0.95))
    } | {f"{name}_cpu": at(found, 0.5) for name, found in worked.items()}


def main() -> None:
    """Build, check and measure on both databases; a wrong row fails."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.board")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--candidates", type=int, default=CANDIDATES)
    options = parser.parse_args()
    result: dict[str, Any] = {
        "benchmark": "board",
        "machine": machine(),
        "candidates": options.candidates,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    if not options.json:
        print(f"{machine()}; {options.candidates} candidates; ms, p50 / p95 (processor time of this process)")
    with databases() as urls:
        for name, url in urls.items():
            result[name] = measure(url, options.candidates, options.seconds)
            if not options.json:
                one = result[name]
                parts = [
                    f"{s} {one[f'{s}_p50']:.1f} / {one[f'{s}_p95']:.1f} ({one[f'{s}_cpu']:.1f})"
                    for s in STEPS
                ]
                print(f"{name:11} " + "   ".join(parts))
    if options.json:
        print(json.dumps(result, indent=2, ensure_ascii=False))


STEPS = ("bare", "read", "feed", "304", "page")

if __name__ == "__main__":
    main()
