"""What an invigilator does arrives on the page that the candidate has open."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from examsite.sitting.models import Attempt
from tests.browser.conftest import Exam, LiveSite
from tests.browser.machine import Machine, choose, expect_saved, seconds_left

pytestmark = pytest.mark.browser


def acts_of(live_site: LiveSite, exam: Exam) -> str:
    """The page of acts on this candidate."""
    with live_site.site.reading() as session:
        enrolment = session.scalars(select(Attempt.enrolment_id).where(Attempt.id == exam.id)).one()
    return f"/invigilation/enrolments/{enrolment}/acts"


def do(office: Machine, path: str, act: str, **fields: str) -> None:
    page = office.open(path)
    part = page.locator("details.act").filter(has=page.locator("summary", has_text=act))
    part.locator("summary").click()
    for name, value in fields.items():
        part.locator(f"[name={name}]").fill(value)
    part.get_by_role("button", name=act).click()
    expect(page.get_by_role("main")).to_contain_text("已处理 1 名考生")


def test_a_pause_extra_time_and_a_forced_hand_in_arrive_on_the_open_page(
    live_site: LiveSite, exam: Exam, office: Machine
):
    page = exam.open_paper()
    choose(page, 1, 2)
    expect_saved(page, 1)
    before = seconds_left(page)
    path = acts_of(live_site, exam)
    do(office, path, "暂停", reason="样例：停电")
    expect(page.locator("#q1")).not_to_be_visible(timeout=60_000)
    do(office, path, "补时", minutes="10", reason="样例：键盘更换")
    do(office, path, "恢复作答", reason="样例：来电")
    expect(page.locator("#q1")).to_be_visible(timeout=60_000)
    page.wait_for_function(
        """before => {
          const parts = document.querySelector("[data-clock]").innerText.split(":").map(Number);
          return parts.reduce((total, part) => total * 60 + part, 0) > before + 300;
        }""",
        arg=before,
        timeout=60_000,
    )
    do(office, path, "强制交卷", reason="样例：身体不适离场")
    page.wait_for_url("**/receipt", timeout=60_000)
    assert exam.is_handed_in()
    assert exam.options_held(1) == [2]
