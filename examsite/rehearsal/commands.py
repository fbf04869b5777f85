"""`flask sitting rehearse`: a centre tries its own machines the day before."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup
from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite import audit, clock, jobs
from examsite.db import Database, database
from examsite.invigilation.rehearsals.models import RehearsalReport
from examsite.registry.models import Institution
from examsite.rehearsal import candidates as simulation
from examsite.rehearsal import machine, report
from examsite.rehearsal.arrange import MOST_CANDIDATES, Arranged, arrange, prepare
from examsite.rehearsal.browser import Browser, Unreachable
from examsite.rehearsal.candidates import Candidate, Diary, Script
from examsite.rehearsal.report import Finding, Timing

sitting_commands = AppGroup("sitting", help="Sittings: rehearse one on this centre's machines.")

PING = "rehearsal-ping"
PATIENCE = timedelta(seconds=20)
_LIGHTS = {"good": "[ 好 ]", "watch": "[注意]", "bad": "[不行]"}


@jobs.handler(PING)
def _pong(_database: Database, _payload: dict[str, object], _now: object) -> None:
    """Nothing: that it is done shows that the worker runs."""


@sitting_commands.command("rehearse")
@click.option("--candidates", type=click.IntRange(1, MOST_CANDIDATES), default=300, show_default=True)
@click.option(
    "--minutes", type=click.FloatRange(0.2, 180), default=10, show_default=True, help="How long it lasts."
)
@click.option(
    "--lead",
    type=click.FloatRange(1, 600),
    default=30,
    show_default=True,
    help="Seconds to sign in before the start.",
)
@click.option(
    "--url", default="http://127.0.0.1:8000", show_default=True, help="Where candidates reach the server."
)
@click.option("--institution", type=int, help="Its number; needed where there are several.")
@click.option(
    "--pause",
    type=click.FloatRange(0.05, 600),
    help="Seconds between two answers of a candidate (20 at most).",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def rehearse(
    candidates: int,
    minutes: float,
    lead: float,
    url: str,
    institution: int | None,
    pause: float | None,
    as_json: bool,
) -> None:
    """Let simulated candidates sit a paper of sample questions, and report whether this centre is ready.

    The server and its worker must be running.  Real questions are not used, nothing is scored.  Exit status 1 where the
    report says that the sitting should not be held.
    """
    _see_that_it_answers(url)
    with database().writing() as session:
        prepare(session, _institution(session, institution), now=clock.now())
    now = clock.now()
    opens = now + timedelta(seconds=lead)
    with database().writing() as session:
        where = _institution(session, institution)
        arranged = arrange(
            session,
            where,
            candidates=candidates,
            opens=opens,
            # Candidates hand in within the minutes; the clock of the sitting leaves those a minute who had to repeat.
            minutes=int(minutes + 2),
            now=now,
        )
        jobs.add(session, PING, {}, now=now)
    if not as_json:
        click.echo(
            f"演练场次 {arranged.sitting_id}：{candidates} 名模拟考生，{opens.astimezone():%H:%M:%S} 开始，{minutes:g} 分钟。"
        )
    diaries = simulate(
        arranged, url, lead=(opens - clock.now()).total_seconds(), minutes=minutes, pause=pause
    )
    with force_locale("zh"):
        document = look(diaries, arranged.sitting_id)
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        _print(document)
    if document["verdict"] == report.BAD:
        raise SystemExit(1)


def simulate(
    arranged: Arranged, url: str, *, lead: float, minutes: float, pause: float | None = None
) -> list[Diary]:
    """Let the candidates of this rehearsal live; what they saw."""
    start = time.monotonic() + max(0.0, lead)
    script = Script(
        start, start + minutes * 60, pause if pause is not None else min(20.0, minutes * 60 * 0.8 / 90)
    )
    return simulation.run(
        [
            Candidate(url, ticket, identity, script, seed=number)
            for number, (ticket, identity) in enumerate(arranged.tickets)
        ]
    )


def look(diaries: list[Diary], sitting_id: int) -> dict[str, Any]:
    """Compare what was acknowledged with the database, measure the machine, and keep the report."""
    with database().reading() as session:
        missing, still_open = report.lost(session, diaries), report.still_open(session, diaries)
    measured = machine.look_at_machine(
        database(), folder=Path(current_app.root_path), now=clock.now(), worker=_worker_runs()
    )
    found = report.findings(diaries, measured, lost=missing, still_open=still_open)
    document = report.as_document(diaries, measured, found, lost=missing)
    with database().writing() as session:
        row = RehearsalReport(
            sitting_id=sitting_id,
            made_at=clock.now(),
            verdict=str(document["verdict"]),
            document=document,
        )
        session.add(row)
        session.flush()
        audit.record(session, "rehearsal.report", of=row, actor=None, now=clock.now(), verdict=row.verdict)
    return document


def _see_that_it_answers(url: str) -> None:
    try:
        Browser(url, timeout=10).get("/healthz")
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    except Unreachable as error:
        raise click.ClickException(f"nothing answers at {url}: {error}. Start the server first.") from None


def _institution(session: Session, number: int | None) -> Institution:
    rows = list(session.scalars(select(Institution).order_by(Institution.id)))
    if number is not None:
        rows = [row for row in rows if row.id == number]
    if not rows:
        raise click.ClickException("there is no such institution; make it first.")
    if len(rows) > 1:
        names = "; ".join(f"{row.id} {row.name}" for row in rows[:10])
        raise click.ClickException(f"say which institution with --institution: {names}")
    return rows[0]


def _worker_runs() -> bool:
    """Whether the job that was added at the beginning has been done, or is within the worker's patience."""
    deadline = time.monotonic() + PATIENCE.total_seconds()
    while True:
        with database().reading() as session:
            last = session.scalars(
                select(jobs.Job).where(jobs.Job.name == PING).order_by(jobs.Job.id.desc()).limit(1)
            ).first()
            if last is not None and last.status == jobs.JobStatus.DONE:
                return True
        if time.monotonic() > deadline:
            return False
        time.sleep(1)


def _print(document: dict[str, Any]) -> None:
    verdicts = {
        "good": "结论：可以开考。",
        "watch": "结论：可以开考，但请先处理“注意”各项。",
        "bad": "结论：不宜开考。请先处理“不行”各项，然后再演练一次。",
    }
    click.echo(verdicts[str(document["verdict"])])
    for one in document["findings"]:
        finding = Finding(**one)
        click.echo(f"{_LIGHTS[finding.light]} {finding.topic}：{finding.sentence}")
    click.echo("  次数    中位(秒)  95%(秒)  最长(秒)")
    for one in document["timings"]:
        timing = Timing(**one)
        click.echo(
            f"  {timing.count:6}  {timing.median:8.3f}  {timing.p95:7.3f}  {timing.longest:8.3f}  {timing.what}"
        )
