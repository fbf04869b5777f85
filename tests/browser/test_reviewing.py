"""A reviewer works through tasks by keyboard, and signs nothing by accident."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from examsite.access import login
from examsite.access.permissions import Role
from examsite.authoring.models import Opinion, VersionStatus
from tests.browser.conftest import LiveSite
from tests.browser.machine import WIDE, Machine
from tests.factories import make_bank, make_institution, make_person, make_question

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(live_site: LiveSite, chromium: Browser) -> Iterator[Page]:
    """The page of the first of two tasks of a reviewer who has just signed in."""
    site = live_site.site
    with site.writing() as session:
        institution = make_institution(session, "样例审题单位")
        reviewer = make_person(session, Role.REVIEWER, institution=institution)
        bank = make_bank(session, "样例审题题库", institution=institution)
        first, _second = (make_question(session, bank, status=VersionStatus.IN_REVIEW) for _n in range(2))
        token = login.start(session, reviewer, as_candidate=False, address="127.0.0.1", now=site.now)
    serializer = site.app.session_interface.get_signing_serializer(site.app)  # type: ignore[attr-defined]
    value = serializer.dumps({"_user_id": token, "_fresh": True})
    context = chromium.new_context(viewport=WIDE)
    context.add_cookies(
        [{"name": site.app.config["SESSION_COOKIE_NAME"], "value": value, "url": live_site.url}]
    )
    machine = Machine(context, live_site.url)
    page = machine.open(f"/bank/review/{first.id}")
    expect(page.locator("[data-keys]")).to_be_visible()
    yield page
    context.close()
    machine.check()


def _given(live_site: LiveSite, page: Page) -> list[str]:
    version_id = int(page.url.rpartition("/")[2])
    with live_site.site.reading() as session:
        return list(session.scalars(select(Opinion.code).where(Opinion.version_id == version_id)))


def test_a_key_chooses_the_same_key_signs_and_the_next_task_follows(live_site: LiveSite, desk: Page) -> None:
    first = desk.url
    desk.keyboard.press("a")
    expect(desk.locator("button[value=A]")).to_be_focused()
    assert _given(live_site, desk) == [], "choosing is not signing"
    desk.keyboard.press("a")
    expect(desk.locator(".message-success")).to_contain_text("A 采用")
    assert desk.url != first
    assert "/bank/review/" in desk.url


def test_what_is_typed_and_enter_in_a_field_sign_nothing(live_site: LiveSite, desk: Page) -> None:
    first = desk.url
    desk.keyboard.press("c")
    expect(desk.locator("#comment")).to_be_focused()
    desk.keyboard.type("dcba")
    expect(desk.locator("#comment")).to_have_value("dcba")
    desk.locator("#angoff").fill("70")
    desk.locator("#angoff").press("Enter")
    desk.wait_for_timeout(200)
    assert desk.url == first
    assert _given(live_site, desk) == []
