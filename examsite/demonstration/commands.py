"""`flask demo prepare`: fill an empty database with the sample site, and print who can sign in."""

from __future__ import annotations

import unicodedata
from datetime import timedelta

import click
import numpy as np
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite import clock, jobs, schema
from examsite.access.models import Person
from examsite.analysis import actions as analysis
from examsite.config import Environment
from examsite.db import database
from examsite.demonstration import rooms
from examsite.demonstration.people import ACCOUNTS, PASSWORD, identity, make_staff
from examsite.demonstration.simulation import Simulation
from examsite.demonstration.sittings import GUEST, fill_bank, make_bank, make_sitting, times_from
from examsite.planning.models import Sitting
from examsite.registration.models import Enrolment
from examsite.results import actions as results
from examsite.sitting.closing import close_overdue
from examsite.sitting.models import Attempt

demo_commands = AppGroup("demo", help="The sample site.")

SEED = "sample-2026"
PAST_CANDIDATES = range(1, 161)
COMING_CANDIDATES = range(161, 181)
OPENS_IN = timedelta(minutes=2)
#: Their banks are filled; no sitting is made from them.
OTHER_LEVELS = (2, 1)


@demo_commands.command("prepare")
def prepare() -> None:
    """Bring the database to the present schema, fill it if it is empty, and print the accounts."""
    if current_app.extensions["examsite-config"].environment is not Environment.DEMO:
        raise click.ClickException(
            "only a demonstration may be filled with samples (EXAMSITE_ENVIRONMENT=demo)"
        )
    schema.upgrade(database().engine)
    with database().reading() as session:
        filled = session.scalars(select(Person.id).limit(1)).first() is not None
    if not filled:
        click.echo("Filling the database with samples; this takes some seconds …")
        _fill()
    with database().writing() as session:
        _open_again(session)
    with database().reading() as session:
        _print_accounts(session)


def _fill() -> None:
    now = clock.now()
    before = now - timedelta(days=8)
    with database().writing() as session:
        staff = make_staff(session, now=before - timedelta(days=20))
        prepared = make_bank(session, staff, now=before - timedelta(days=10))
        for level in OTHER_LEVELS:
            fill_bank(session, staff, level, now=before - timedelta(days=10))
        past, enrolled = make_sitting(
            session,
            prepared,
            staff,
            times_from(before),
            title="三级理论知识考试（样例，已结束）",
            candidates=PAST_CANDIDATES,
            seed=SEED + "-past",
            now=before - timedelta(days=2),
        )
        simulation = Simulation(session, past, seed=2026)
        abilities = simulation.rng.normal(0.55, 0.9, len(enrolled))
        for place, enrolment in enumerate(enrolled):
            # A few never came: absent is not failed.
            if place % 40 != 39:
                simulation.sit(enrolment, ability=float(np.round(abilities[place], 6)), now=before)
        after = past.closes_at + timedelta(days=1)
        close_overdue(session, now=past.closes_at + timedelta(minutes=1))
        results.collect(session, past, prepared.plan, actor=staff["staff"], now=after)
        proposal = results.propose(session, past, actor=staff["staff"], now=after)
        results.release(session, proposal, past, actor=staff["staff2"], now=after + timedelta(days=1))
        analysis.start(session, past, actor=staff["staff"], now=after + timedelta(days=1))
        before_opening = now - timedelta(days=1)
        coming, expected = make_sitting(
            session,
            prepared,
            staff,
            times_from(now + OPENS_IN, hours_open=12),
            title="三级理论知识考试（样例，即将开始）",
            candidates=COMING_CANDIDATES,
            seed=SEED + "-coming",
            now=before_opening,
        )
        rooms.arrange(session, coming, expected, staff, seed=SEED, now=before_opening)
    while jobs.work_one(database(), now=now):
        pass


def _open_again(session: Session) -> None:
    """A demonstration that is started again another day finds its coming sitting about to open, if nobody sat it yet."""
    now = clock.now()
    sitting = _coming(session)
    started = session.scalars(
        select(Attempt.id)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .where(Enrolment.sitting_id == sitting.id)
    ).first()
    if started is None and sitting.closes_at < now + timedelta(hours=1):
        sitting.opens_at = now + OPENS_IN
        sitting.closes_at = sitting.opens_at + timedelta(hours=12)


def _coming(session: Session) -> Sitting:
    """The newest sitting that is none of the rehearsals that a visitor may have held."""
    return session.scalars(
        select(Sitting).where(Sitting.is_rehearsal.is_(False)).order_by(Sitting.id.desc()).limit(1)
    ).one()


def _print_accounts(session: Session) -> None:
    sitting = _coming(session)
    guest = session.scalars(
        select(Enrolment).where(Enrolment.sitting_id == sitting.id).order_by(Enrolment.id).limit(1)
    ).one()
    rows = [("role", "sign in with", "password", "for")]
    rows += [(account.role.value, account.username, PASSWORD, account.purpose) for account in ACCOUNTS]
    rows.append(
        (
            "candidate",
            f"准考证号 {guest.ticket}",
            f"证件号 {identity(GUEST)}",
            "参加即将开始的样例考试、查成绩",
        )
    )
    widths = [max(_width(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        click.echo(
            "  " + "  ".join(text + " " * (widths[n] - _width(text)) for n, text in enumerate(row)).rstrip()
        )


def _width(text: str) -> int:
    """Columns that a terminal takes: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
