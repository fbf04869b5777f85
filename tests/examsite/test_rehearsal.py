"""A rehearsal: simulated candidates sit a real paper of samples, and the report says what is true."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from werkzeug.serving import make_server

from examsite import clock, jobs
from examsite.access.permissions import Role
from examsite.access.scope import institution_scope
from examsite.invigilation.rehearsals.models import RehearsalReport
from examsite.planning.models import Plan, Sitting
from examsite.rehearsal import report
from examsite.rehearsal.arrange import MOST_CANDIDATES, arrange
from examsite.rehearsal.candidates import Diary
from examsite.rehearsal.commands import look, simulate
from examsite.rehearsal.machine import Machine
from examsite.results import actions as results
from examsite.sitting.models import Answer
from tests.conftest import Site
from tests.factories import make_institution, make_person

MINUTE = timedelta(minutes=1)
QUICK = Machine("postgresql", 2.0, None, 0.0, worker=True)


@contextmanager
def served(site: Site) -> Iterator[str]:
    """The site behind a port, with the clock of this machine."""
    held = site.app.extensions["examsite-clock"]
    site.app.extensions["examsite-clock"] = clock.system_clock
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        site.app.extensions["examsite-clock"] = held


def test_simulated_candidates_sit_and_the_report_holds_what_the_database_holds(site: Site) -> None:
    now = clock.system_clock()
    with site.writing() as session:
        institution = make_institution(session)
        institution_id = institution.id
        arranged = arrange(session, institution, candidates=4, opens=now, minutes=2, now=now - MINUTE)
        jobs.add(session, "rehearsal-ping", {}, now=now)
    with served(site) as url, site.app.app_context():
        assert jobs.work_one(site.database, now=now)
        diaries = simulate(arranged, url, lead=0, minutes=0.08, pause=0.1)
        assert [diary.faults for diary in diaries] == [[]] * 4
        document = look(diaries, arranged.sitting_id)
    assert (document["candidates"], document["handed_in"], document["lost"]) == (4, 4, 0)
    with site.reading() as session:
        held = {(a, p) for a, p in session.execute(select(Answer.attempt_id, Answer.position))}
        assert held == {(diary.attempt, position) for diary in diaries for position in diary.acknowledged}
        assert session.get_one(Sitting, arranged.sitting_id).is_rehearsal
        kept = session.scalars(select(RehearsalReport)).one()
        assert (kept.document["acknowledged"], kept.verdict) == (len(held), document["verdict"])
    with site.writing() as session:
        clerk = make_person(session, Role.STAFF, scope=institution_scope(institution_id))
    page = site.browse_as(clerk).get(f"/invigilation/rehearsals/{kept.id}")
    assert "4 名模拟考生中 4 名交卷" in page.text
    assert "全部在数据库中" in page.text
    # It is never scored, so the results don't offer it.
    assert "不计成绩" not in site.browse_as(clerk).get("/results/").text
    with site.writing() as session:
        sitting = session.get_one(Sitting, arranged.sitting_id)
        plan = session.get_one(Plan, sitting.plan_id)
        with pytest.raises(results.OnlyRehearsed):
            results.collect(session, sitting, plan, actor=clerk, now=now + timedelta(days=1))


def test_an_acknowledged_answer_that_is_gone_or_another_one_is_found(site: Site) -> None:
    now = clock.system_clock()
    with site.writing() as session:
        arranged = arrange(
            session, make_institution(session), candidates=2, opens=now, minutes=2, now=now - MINUTE
        )
    with served(site) as url:
        diaries = simulate(arranged, url, lead=0, minutes=0.05, pause=0.1)
    with site.reading() as session:
        assert report.lost(session, diaries) == 0
    one, other = diaries
    with site.writing() as session:
        session.execute(
            update(Answer).where(Answer.attempt_id == one.attempt).values(response={"options": ["nobody"]})
        )
    with site.reading() as session:
        assert report.lost(session, diaries) == len(one.acknowledged)
        place = next(iter(other.acknowledged))
        other.acknowledged[place] += 1
        assert report.lost(session, diaries) == len(one.acknowledged) + 1


def make_diary(**rest: object) -> Diary:
    """What a candidate saw whose sitting went well."""
    diary = Diary(
        "a" * 32, {name: [0.1] for name in report.SLOW}, {1: 1}, {(1, 1): None}, offset=0.0, handed_in=True
    )
    for name, value in rest.items():
        setattr(diary, name, value)
    return diary


def lights(diaries: list[Diary], machine: Machine, *, lost: int = 0, still_open: int = 0) -> set[str]:
    return {f.light for f in report.findings(diaries, machine, lost=lost, still_open=still_open)}


@pytest.fixture
def in_words(sqlite_site: Site) -> Iterator[None]:
    with sqlite_site.app.test_request_context():
        yield


@pytest.mark.usefixtures("in_words")
def test_a_good_rehearsal_says_what_could_not_be_looked_at():
    assert lights([make_diary()], QUICK) == {"good", "watch"}
    assert lights([make_diary()], replace(QUICK, free_bytes=10 * 1024**3)) == {"good"}


@pytest.mark.usefixtures("in_words")
@pytest.mark.parametrize(
    ("diary", "machine", "rest"),
    [
        ({}, {}, {"lost": 1}),
        ({"handed_in": False}, {}, {}),
        ({"faults": ["ValueError: saving: status 500"]}, {}, {}),
        ({"times": {"save": [2.5]}}, {}, {}),
        ({"offset": 6.0}, {}, {}),
        ({}, {"database_offset": -9.0}, {}),
        ({}, {"free_bytes": 10**9}, {}),
        ({}, {"commit_ms": 150.0}, {}),
        ({}, {"worker": False}, {}),
        ({"acknowledged": {}}, {}, {}),
    ],
)
def test_what_endangers_a_sitting_makes_the_verdict_bad(diary, machine, rest):
    assert "bad" in lights([make_diary(**diary)], replace(QUICK, **machine), **rest)


def test_a_rehearsal_has_somebody_and_not_too_many(sqlite_site: Site) -> None:
    now = clock.system_clock()
    with sqlite_site.writing() as session:
        institution = make_institution(session)
        for count in (0, MOST_CANDIDATES + 1):
            with pytest.raises(ValueError, match="candidates"):
                arrange(session, institution, candidates=count, opens=now, minutes=1, now=now)


def test_the_command_says_what_to_do_where_nothing_answers(sqlite_site: Site) -> None:
    outcome = sqlite_site.app.test_cli_runner().invoke(
        args=["sitting", "rehearse", "--candidates", "1", "--url", "http://127.0.0.1:9"]
    )
    assert outcome.exit_code == 1
    assert "Start the server first" in outcome.output
    odd = sqlite_site.app.test_cli_runner().invoke(args=["sitting", "rehearse", "--url", "my server"])
    assert "is not an address" in odd.output


def test_the_command_prints_the_report_it_keeps(sqlite_site: Site) -> None:
    with sqlite_site.writing() as session:
        make_institution(session)
    with served(sqlite_site) as url:
        worker = threading.Thread(target=_work_until_done, args=(sqlite_site,), daemon=True)
        worker.start()
        arguments = ["--candidates", "2", "--minutes", "0.2", "--lead", "1", "--pause", "0.5", "--url", url]
        outcome = sqlite_site.app.test_cli_runner().invoke(args=["sitting", "rehearse", *arguments, "--json"])
        worker.join()
    assert outcome.exit_code in (0, 1), outcome.output
    said = json.loads(outcome.output)
    assert (said["candidates"], said["handed_in"], said["lost"]) == (2, 2, 0)
    assert said["machine"]["worker"]


def _work_until_done(site: Site) -> None:
    deadline = clock.system_clock() + timedelta(seconds=20)
    while clock.system_clock() < deadline:
        if jobs.work_one(site.database, now=clock.system_clock()):
            return
