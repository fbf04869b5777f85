"""A site that really listens, one Chromium, and one candidate's examination for every test."""

from __future__ import annotations

import logging
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from werkzeug.serving import make_server

from examsite.access import login
from examsite.access.models import Person
from examsite.access.permissions import Role
from examsite.app import create_app
from examsite.planning.models import PaperSet, Sitting, TakeoverPolicy
from examsite.sitting import carrying, giving, messages, queries
from examsite.sitting.models import Answer, Attempt
from examsite.sitting.presenting import presented_paper
from examsite.sitting.records import Outcome
from question_bank.questions.kinds import Kind
from question_bank.questions.present import PresentedQuestion
from tests.browser.machine import ARGUMENTS, CHROMIUM, WIDE, Machine
from tests.conftest import Clock, Site, test_config
from tests.factories import (
    make_approved_bank,
    make_enrolment,
    make_paper_set,
    make_person,
    make_plan,
    make_sitting,
    make_specification,
)

KINDS = (Kind.SINGLE, Kind.MULTIPLE, Kind.JUDGEMENT, Kind.BLANK, Kind.SHORT, Kind.CASE)
SECTIONS = (
    (Kind.SINGLE, 8, "5"),
    (Kind.MULTIPLE, 4, "5"),
    (Kind.JUDGEMENT, 4, "5"),
    (Kind.BLANK, 4, "2"),
    (Kind.SHORT, 4, "1"),
    (Kind.CASE, 4, "2"),
)

#: Identity numbers are given once: `id()` comes again when an object is gone.
_NUMBERS = count(1)


@dataclass
class RunningClock(Clock):
    """The site's time, running on by itself: pages count down with it."""

    started: float = field(default_factory=time.monotonic)

    def __call__(self) -> datetime:
        return self.instant + timedelta(seconds=time.monotonic() - self.started)


@dataclass(frozen=True)
class LiveSite:
    """A site behind a real port, with one approved set of papers."""

    site: Site
    url: str
    paper_set_id: int


@pytest.fixture(scope="session")
def live_site(tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path) -> Iterator[LiveSite]:
    path = tmp_path_factory.mktemp("browser") / "site.db"
    shutil.copy(_sqlite_template, path)
    clock = RunningClock()
    site = Site(create_app(test_config(f"sqlite:///{path}"), clock_of_site=clock), clock, "sqlite")
    with site.writing() as session:
        bank = make_approved_bank(session, 40 * len(KINDS), kinds=KINDS)
        specification = make_specification(session, bank, SECTIONS)
        papers = make_paper_set(session, make_plan(session, bank), specification)
        paper_set_id = papers.id
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield LiveSite(site, f"http://127.0.0.1:{server.server_port}", paper_set_id)
    server.shutdown()
    thread.join()
    server.server_close()
    site.database.dispose()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for the run; skips where there is none."""
    if not os.access(CHROMIUM, os.X_OK):
        pytest.skip(f"no Chromium at {CHROMIUM}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def signed_in(live: LiveSite, chromium: Browser, token: str, **options: Any) -> Machine:
    """A machine whose browser holds this login."""
    app = live.site.app
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    value = serializer.dumps({"_user_id": token, "_fresh": True})
    machine = a_new_machine(live, chromium, **options)
    name = app.config["SESSION_COOKIE_NAME"]
    machine.context.add_cookies([{"name": name, "value": value, "url": live.url, "httpOnly": True}])
    return machine


def a_new_machine(live: LiveSite, chromium: Browser, **options: Any) -> Machine:
    """A machine at which nobody has signed in yet."""
    return Machine(chromium.new_context(viewport=WIDE, **options), live.url)


class Exam:
    """One candidate at one sitting that opened a minute ago: what the machine does, and what the server holds."""

    home_path = "/exam/"

    def __init__(self, live: LiveSite, chromium: Browser) -> None:
        self._live, self._site, self._chromium = live, live.site, chromium
        self.machines: list[Machine] = []
        with self._site.writing() as session:
            papers = session.get_one(PaperSet, live.paper_set_id)
            opens = self._site.now - timedelta(minutes=1)
            sitting = make_sitting(
                session,
                paper_set=papers,
                opens_at=opens,
                late_limit_minutes=None,
                earliest_hand_in_minutes=None,
            )
            self.identity = f"SAMPLE{next(_NUMBERS):010}"
            enrolment = make_enrolment(session, sitting, identity=self.identity)
            self.ticket = enrolment.ticket
            self._sitting_id, self._person_id = sitting.id, enrolment.person_id
            self.id = queries.attempt_id(enrolment.id)
        self.wait_path = f"/exam/{self.id}/wait"
        self.paper_path = f"/exam/{self.id}/paper"
        self.machine = self.another_machine()

    # ---- in the room ----

    def another_machine(self, **options: Any) -> Machine:
        """A machine at which the candidate has just signed in."""
        with self._site.writing() as session:
            person = session.get_one(Person, self._person_id)
            token = login.start(session, person, as_candidate=True, address="127.0.0.1", now=self._site.now)
        machine = signed_in(self._live, self._chromium, token, **options)
        self.machines.append(machine)
        return machine

    def open_waiting(self, machine: Machine | None = None) -> Page:
        return (machine or self.machine).open(self.wait_path)

    def open_paper(self, machine: Machine | None = None) -> Page:
        """Through the waiting page, as a candidate does."""
        page = self.open_waiting(machine)
        page.locator("[data-open] button").click()
        page.wait_for_url("**/paper*")
        expect(page.locator("#q1")).to_be_visible()
        return page

    def hand_in(self, page: Page) -> None:
        for role, name in (("link", "交卷"), ("button", "继续交卷"), ("button", "确认交卷")):
            page.get_by_role(role, name=name).click()  # type: ignore[arg-type]
        page.wait_for_url("**/receipt")

    # ---- at the server ----

    def held(self, position: int) -> dict[str, Any] | None:
        """The response that the server holds, None where it holds none."""
        with self._site.reading() as session:
            row = session.get(Answer, (self.id, position))
            return row and row.response

    def options_held(self, position: int) -> list[int]:
        """Places, as this paper shows them, of the options that the server holds as chosen."""
        shown = [option.id for option in self._questions()[position - 1].options]
        response = self.held(position) or {"options": []}
        return sorted(shown.index(i) for i in response["options"])

    def position_of(self, kind: str) -> int:
        """The first question of this kind."""
        return next(q.position for q in self._questions() if q.kind.value == kind)

    @property
    def total(self) -> int:
        return sum(count for _kind, count, _points in SECTIONS)

    def is_handed_in(self) -> bool:
        with self._site.reading() as session:
            attempt = session.get(Attempt, self.id)
            return attempt is not None and attempt.closed_at is not None

    def seconds_left(self) -> float:
        with self._site.reading() as session:
            [place] = queries.my_places(session, self._person_id)
            deadline = place.deadline(self._site.now)
            assert deadline is not None
            return (deadline - self._site.now).total_seconds()

    # ---- what the office does ----

    def close_in(self, seconds: float) -> None:
        """The window now ends in so many seconds."""
        self._change(closes_at=self._site.now + timedelta(seconds=seconds))

    def open_window_in(self, seconds: float) -> None:
        self._change(opens_at=self._site.now + timedelta(seconds=seconds))

    def give(self, seconds: int) -> None:
        """Extra time for this candidate."""
        with self._site.writing() as session:
            session.get_one(Attempt, self.id).extra_seconds += seconds

    def pause(self) -> None:
        self._give(giving.pause)

    def resume(self) -> None:
        self._give(giving.resume)

    def allow_takeover(self) -> None:
        self._give(giving.allow_takeover, minutes=5)

    def force_hand_in(self) -> None:
        self._give(giving.force_hand_in)

    def reopen(self) -> None:
        self._give(giving.reopen)

    def say(self, text: str) -> None:
        """What the invigilator says to the sitting."""
        with self._site.writing() as session:
            sitting = session.get_one(Sitting, self._sitting_id)
            messages.send(
                session, sitting, text=text, actor=make_person(session, Role.STAFF), now=self._site.now
            )

    def carry_in(self, data: bytes) -> Outcome:
        """What a machine's file holds comes to the server."""
        with self._site.writing() as session:
            actor = make_person(session, Role.STAFF)
            return carrying.carry_in(session, carrying.read_outbox(data), actor=actor, now=self._site.now)

    def ask_for_consent(self) -> None:
        """Another machine now needs the invigilator's consent."""
        self._change(takeover_policy=TakeoverPolicy.CONSENT)

    def seen_by_the_board(self) -> tuple[datetime | None, int]:
        """When the page was last heard of, and how many answers it said it has."""
        with self._site.reading() as session:
            attempt = session.get_one(Attempt, self.id)
            return attempt.seen_at, attempt.answered

    def _give(self, verb: Callable[..., None], **more: Any) -> None:
        with self._site.writing() as session:
            [attempt] = giving.locked(session, [self.id])
            actor = make_person(session, Role.STAFF)
            verb(session, attempt, reason="样例原因", actor=actor, now=self._site.now, **more)

    def _change(self, **columns: Any) -> None:
        with self._site.writing() as session:
            sitting = session.get_one(Sitting, self._sitting_id)
            for name, value in columns.items():
                setattr(sitting, name, value)

    def _questions(self) -> tuple[PresentedQuestion, ...]:
        with self._site.reading() as session:
            return presented_paper(session, session.get_one(Attempt, self.id).paper_id)


@pytest.fixture
def exam(live_site: LiveSite, chromium: Browser) -> Iterator[Exam]:
    exam = Exam(live_site, chromium)
    yield exam
    for machine in exam.machines:
        machine.context.close()
    for machine in exam.machines:
        machine.check()


@pytest.fixture
def office(live_site: LiveSite, chromium: Browser) -> Iterator[Machine]:
    """A machine in the office, with a member of staff signed in."""
    site = live_site.site
    with site.writing() as session:
        person = make_person(session, Role.STAFF)
        token = login.start(session, person, as_candidate=False, address="127.0.0.1", now=site.now)
    machine = signed_in(live_site, chromium, token)
    yield machine
    machine.context.close()
    machine.check()
