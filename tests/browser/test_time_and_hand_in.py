"""The clock belongs to the server, and handing in ends only when the server has everything."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.machine import choose, expect_saved, expect_unsaved, go_to, question, seconds_left

pytestmark = pytest.mark.browser

SLOW = 60
"""Seconds that a loaded machine may take between two looks; every shift under test is ten times as long."""

NOTE_LOCKS = """
new MutationObserver(() => {
  const before = sessionStorage.getItem("locks") ?? "";
  sessionStorage.setItem("locks", `${before} ${document.documentElement.dataset.locked}`);
}).observe(document.documentElement, { attributes: true, attributeFilter: ["data-locked"] });
"""


def hand_in(page: Page) -> None:
    page.get_by_role("link", name="交卷").click()
    page.get_by_role("button", name="继续交卷").click()
    page.get_by_role("button", name="确认交卷").click()


def test_handing_in_counts_the_unanswered_asks_twice_and_gives_a_receipt(exam):
    page = exam.open_paper()
    choose(page, 1, 1)
    expect_saved(page, 1)
    page.get_by_role("link", name="交卷").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"未答 {exam.total - 1} 题")
    dialog.get_by_role("button", name="第 3 题").click()
    expect(question(page, 3)).to_be_visible()
    assert not exam.is_handed_in()
    page.get_by_role("link", name="交卷").click()
    page.get_by_role("button", name="继续交卷").click()
    expect(page.get_by_role("dialog")).to_contain_text("不能再修改")
    expect(page.locator("[data-again]")).to_have_text(f"未答 {exam.total - 1} 题")
    assert not exam.is_handed_in()
    page.get_by_role("button", name="确认交卷").click()
    page.wait_for_url("**/receipt")
    assert exam.is_handed_in()
    expect(page.get_by_role("main")).to_contain_text(f"1 / {exam.total}")


def test_handing_in_carries_what_was_not_yet_sent(exam):
    page = exam.open_paper()
    page.route("**/answers", lambda route: route.abort())
    exam.machine.tolerated.append("net::ERR_FAILED")
    choose(page, 1, 2)
    expect_unsaved(page, 1)
    hand_in(page)
    page.wait_for_url("**/receipt")
    assert exam.options_held(1) == [2]


def test_handing_in_offline_waits_for_the_server(exam):
    page = exam.open_paper()
    choose(page, 1, 2)
    expect_saved(page, 1)
    exam.machine.go_offline()
    choose(page, 2, 3)
    hand_in(page)
    expect(page.get_by_role("dialog")).to_contain_text("服务器尚未确认")
    assert not exam.is_handed_in()
    exam.machine.go_online()
    page.wait_for_url("**/receipt", timeout=60_000)
    assert exam.options_held(2) == [3]


def test_when_time_runs_out_input_stops_and_the_paper_is_handed_in_by_itself(exam):
    page = exam.open_paper()
    text = exam.position_of("D")
    go_to(page, text)
    # The receipt may follow in a blink, so the page itself notes that it was locked.
    page.evaluate(NOTE_LOCKS)
    # The page learns of it with its next save, so nothing hangs on how quickly it opened.
    exam.close_in(seconds=10)
    question(page, text).locator("textarea").press_sequentially("写到最后一秒", delay=20)
    page.wait_for_url("**/receipt", timeout=60_000)
    assert "time-up" in page.evaluate("sessionStorage.getItem('locks')")
    assert exam.is_handed_in()
    assert exam.held(text) == {"text": "写到最后一秒"}


def test_the_countdown_does_not_believe_the_clock_of_the_machine(exam):
    exam.machine.context.add_init_script(
        "const real = Date.now; window.shift = 0; Date.now = () => real() + window.shift;"
    )
    page = exam.open_paper()
    before = seconds_left(page)
    assert before == pytest.approx(exam.seconds_left(), abs=SLOW)
    for hours in (5, -30):
        page.evaluate(f"window.shift = {hours} * 3600e3")
        page.wait_for_timeout(1500)
        assert seconds_left(page) == pytest.approx(exam.seconds_left(), abs=SLOW)
    assert not exam.is_handed_in()


def test_extra_time_reaches_the_page_and_is_announced(exam):
    page = exam.open_paper()
    before = seconds_left(page)
    exam.give(seconds=600)
    choose(page, 1, 0)
    expect_saved(page, 1)
    expect(page.locator("[data-notices]")).to_contain_text("考试时间已调整")
    assert seconds_left(page) == pytest.approx(before + 600, abs=SLOW)


def test_warnings_of_the_last_minutes_are_shown_and_spoken(exam):
    page = exam.open_paper()
    exam.close_in(seconds=66)
    choose(page, 1, 0)
    expect_saved(page, 1)
    expect(page.locator("[data-notices]")).to_contain_text("还有 1 分钟", timeout=40_000)
    expect(page.locator("[data-say-now]")).to_contain_text("还有 1 分钟")
    expect(page.locator(".bar-time")).to_have_attribute("data-near", "1")


def test_the_candidate_goes_from_waiting_to_the_paper_by_itself(exam):
    exam.open_window_in(seconds=10)
    page = exam.open_waiting()
    expect(page.get_by_role("button", name="进入试卷")).to_be_disabled()
    page.wait_for_url(re.compile(r"/paper"), timeout=60_000)
    expect(question(page, 1)).to_be_visible()


def test_the_warning_of_ten_minutes_closes_by_itself(exam):
    exam.machine.context.clock.install()
    page = exam.open_paper()
    exam.close_in(seconds=605)
    choose(page, 1, 0)
    expect_saved(page, 1)
    warning = page.locator("[data-notices] [data-name='time']")
    page.clock.run_for(6000)
    expect(warning).to_contain_text("还有 10 分钟")
    expect(page.locator("[data-say-now]")).to_contain_text("还有 10 分钟")
    page.clock.run_for(10_500)
    expect(warning).to_have_count(0)
