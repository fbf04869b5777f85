"""The live board in a browser: it follows what candidates do, and fits a telephone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.access import login
from examsite.access.permissions import Role
from examsite.invigilation.duties import actions as duties
from examsite.planning.models import Sitting
from examsite.registration.models import Enrolment, Room
from examsite.sitting.models import AttemptEvent
from examsite.sitting.queries import attempt_id
from tests.browser.conftest import Exam, LiveSite, signed_in
from tests.browser.machine import PHONE, Machine
from tests.factories import make_person

pytestmark = pytest.mark.browser


@pytest.fixture
def watch(live_site: LiveSite, chromium: Browser, exam: Exam) -> Iterator[Machine]:
    """An invigilator's machine; the candidate of the exam sits in the first of three rows of eight."""
    site = live_site.site
    with site.writing() as session:
        row = enrolment(session, exam)
        sitting = session.get_one(Sitting, row.sitting_id)
        person = make_person(session, Role.INVIGILATOR)
        duties.give_duty(session, sitting, None, person, actor=person, now=site.now)
        room = Room(sitting_id=sitting.id, number=1, name="样例楼", rows=3, columns=8)
        session.add(room)
        session.flush()
        row.room_id, row.seat = room.id, "01-01"
        token = login.start(session, person, as_candidate=False, address="127.0.0.1", now=site.now)
    machine = signed_in(live_site, chromium, token)
    yield machine
    machine.check()
    machine.context.close()


def enrolment(session: Session, exam: Exam) -> Enrolment:
    return next(row for row in session.scalars(select(Enrolment)) if attempt_id(row.id) == exam.id)


def board(live: LiveSite, watch: Machine, exam: Exam, view: str = "plan") -> Page:
    with live.site.reading() as session:
        sitting_id = enrolment(session, exam).sitting_id
    return watch.open(f"/invigilation/sittings/{sitting_id}?view={view}")


@pytest.mark.parametrize("view", ["plan", "list"])
def test_the_board_follows_the_candidate_without_being_loaded_anew(
    live_site: LiveSite, watch: Machine, exam: Exam, view: str
):
    page = board(live_site, watch, exam, view)
    seat = page.locator("[data-candidate]")
    expect(seat).to_have_attribute("data-state", "waiting")
    paper = exam.open_paper()
    expect(seat).to_have_attribute("data-state", "answering", timeout=10_000)
    expect(seat.get_by_text("作答中")).to_be_visible()
    expect(page.locator("[data-total='answering'] [data-count]")).to_have_text("1")
    expect(seat.locator("[data-field='remaining']")).to_have_text(re.compile(r"^\d?:?\d\d:\d\d$"))
    exam.hand_in(paper)
    expect(seat).to_have_attribute("data-state", "handed-in", timeout=10_000)


def test_only_a_new_alert_is_spoken(live_site: LiveSite, watch: Machine, exam: Exam):
    exam.open_paper()
    page = board(live_site, watch, exam)
    live = page.locator("#board-live")
    expect(page.locator("[data-candidate]")).to_have_attribute("data-state", "answering")
    page.wait_for_timeout(2_500)
    assert live.inner_text() == ""
    with live_site.site.writing() as session:
        detail = {"page": "a", "leaves": 9, "away_seconds": 60}
        session.add(AttemptEvent(attempt_id=exam.id, at=live_site.site.now, kind="left-page", detail=detail))
    expect(live).to_have_text(re.compile("01-01 .*多次离开页面"), timeout=10_000)
    expect(page.locator("#board-alerts li")).to_have_count(1)


def test_a_board_that_is_not_refreshed_says_so(live_site: LiveSite, watch: Machine, exam: Exam):
    page = board(live_site, watch, exam)
    expect(page.locator("#board-stale")).to_be_hidden()
    watch.go_offline()
    expect(page.locator("#board-stale")).to_be_visible(timeout=40_000)
    watch.go_online()
    expect(page.locator("#board-stale")).to_be_hidden(timeout=20_000)


def test_the_seat_plan_scrolls_in_its_frame_on_a_telephone(live_site: LiveSite, watch: Machine, exam: Exam):
    page = board(live_site, watch, exam)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert Axe().run(page).response["violations"] == []
    seat = page.locator("[data-candidate]")
    box = seat.bounding_box()
    assert box is not None
    assert box["width"] >= 100
    seat.get_by_role("link").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/invigilation/enrolments/*")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
