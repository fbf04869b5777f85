"""Closing by the clock: so many candidates left without handing in; how long until every paper is closed, with its receipt.

The reference is the bare change of the same rows in one statement.  Then the papers are scored, in one process.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from datetime import timedelta

from sqlalchemy import func, select, text

from benchmarks.answered import answer_all
from benchmarks.serving import Served, databases, environment_of, machine, prepared
from examsite.access.models import Person
from examsite.app import close_what_time_ended
from examsite.clock import system_clock
from examsite.planning.models import Plan, Sitting
from examsite.results import actions as results
from examsite.results.models import SubjectScore
from examsite.sitting.models import Attempt


def measure(url: str, candidates: int) -> dict[str, float]:
    """Seconds of the reference, of closing and of scoring; fails where a paper stays open or has no score."""
    app, people = prepared(environment_of(url), candidates)
    database = app.extensions["examsite-database"]
    served = Served(("127.0.0.1", 0), app, people)
    try:
        now = system_clock()
        answer_all(served, now=now)
        with app.app_context():
            with database.engine.connect() as connection:
                begin = time.perf_counter()
                connection.execute(
                    text("UPDATE attempts SET closed_at = :now, closed_by = 'clock'"), {"now": now}
                )
                bare = time.perf_counter() - begin
                connection.rollback()
            with database.reading() as session:
                sitting = session.scalars(select(Sitting)).one()
                at = sitting.closes_at + timedelta(minutes=sitting.allowed_minutes + 1)
            begin = time.perf_counter()
            while True:
                close_what_time_ended(database, at)
                with database.reading() as session:
                    left = session.scalar(
                        select(func.count()).select_from(Attempt).where(Attempt.closed_at.is_(None))
                    )
                if not left:
                    break
            closing = time.perf_counter() - begin
            with database.reading() as session:
                receipts = session.scalar(
                    select(func.count(func.distinct(Attempt.receipt))).where(Attempt.closed_by == "clock")
                )
            assert receipts == candidates, f"{receipts} receipts of {candidates}"
            begin = time.perf_counter()
            with database.writing() as session:
                sitting = session.scalars(select(Sitting)).one()
                plan = session.get_one(Plan, sitting.plan_id)
                actor = session.get_one(Person, sitting.created_by_id)
                results.collect(session, sitting, plan, actor=actor, now=at)
            scoring = time.perf_counter() - begin
            with database.reading() as session:
                scored = session.scalar(select(func.count()).select_from(SubjectScore))
            assert scored == candidates, f"{scored} scores of {candidates}"
        return {"bare": bare, "closing": closing, "scoring": scoring}
    finally:
        database.dispose()


def main() -> int:
    """Measure both databases and print papers a second."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.closing")
    parser.add_argument("--candidates", type=int, default=1_000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = {}
    with databases() as urls:
        for name, url in urls.items():
            found[name] = measure(url, arguments.candidates)
    if arguments.json:
        print(json.dumps({"machine": machine(), "candidates": arguments.candidates, **found}, indent=2))
        return 0
    print(machine())
    for name, figures in found.items():
        count = arguments.candidates
        print(
            f"{name}: bare UPDATE {figures['bare']:.3f} s; {count} papers closed in {figures['closing']:.2f} s "
            f"({count / figures['closing']:.0f} /s, {figures['closing'] / figures['bare']:.0f} x), "
            f"scored in {figures['scoring']:.2f} s ({count / figures['scoring']:.0f} /s)"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
