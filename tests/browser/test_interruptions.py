"""What an invigilator does is felt on the page: a pause covers it, a message is read without losing the place."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Exam
from tests.browser.machine import WIDE, choose, chosen, expect_saved, go_to, question, seconds_left
from tests.browser.test_for_everyone import expect_clean

pytestmark = pytest.mark.browser


@pytest.fixture
def page(exam: Exam) -> Page:
    page = exam.open_paper()
    choose(page, 1, 1)
    expect_saved(page, 1)
    return page


def test_a_pause_covers_the_paper_stops_the_clock_and_ends_by_itself(exam: Exam, page: Page) -> None:
    exam.pause()
    choose(page, 2, 2)
    cover = page.get_by_role("dialog", name="考试已暂停")
    expect(cover).to_be_visible()
    expect(question(page, 2)).to_be_hidden()
    expect_clean(page)
    for key in ("Escape", "Escape", "a", "ArrowRight"):
        page.keyboard.press(key)
    expect(cover).to_be_visible()
    before = cover.get_by_role("timer").inner_text()
    page.wait_for_timeout(3500)
    assert cover.get_by_role("timer").inner_text() == before
    exam.resume()
    expect(cover).to_be_hidden()
    expect(question(page, 2)).to_be_visible()
    expect(page.locator("[data-notices]")).to_contain_text("考试继续")
    assert chosen(page, 2) == [2]
    assert seconds_left(page) == pytest.approx(exam.seconds_left(), abs=5)
    page.keyboard.press("b")
    expect_saved(page, 2)
    assert chosen(page, 2) == [1]


def test_a_message_is_read_without_losing_the_place_and_kept_to_read_again(exam: Exam, page: Page) -> None:
    text = exam.position_of("D")
    go_to(page, text)
    area = question(page, text).locator("textarea")
    area.fill("写到一半")
    exam.say("第 3 题更正：请看黑板。")
    expect_saved(page, text)
    notice = page.locator(".notice-message")
    expect(notice).to_contain_text("监考员通知：第 3 题更正：请看黑板。")
    expect(page.locator("[data-say]")).to_contain_text("请看黑板")
    expect(area).to_be_focused()
    expect_clean(page)
    page.set_viewport_size({"width": 320, "height": 640})
    page.locator(".said summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    expect(page.get_by_role("list", name="监考员消息")).to_be_in_viewport(ratio=1)
    page.locator(".said summary").click()
    page.set_viewport_size(WIDE)
    notice.get_by_role("button", name="知道了").click()
    expect(notice).to_have_count(0)
    page.locator(".said summary").click()
    expect(page.get_by_role("list", name="监考员消息")).to_contain_text("请看黑板")
    expect(page.locator(".said summary")).to_contain_text("1")
    exam.say("还有半小时。")
    choose(page, 3, 0)
    expect(notice).to_have_count(1)
    expect(notice).to_contain_text("还有半小时")
    expect_saved(page, 3)


def test_a_message_already_read_waits_in_the_list_after_a_reload(exam: Exam, page: Page) -> None:
    exam.say("请勿提前离场。")
    choose(page, 2, 0)
    page.get_by_role("button", name="知道了").click()
    expect_saved(page, 2)
    page.reload()
    expect(page.locator(".said summary")).to_contain_text("1")  # the page asks soon after it was loaded again
    expect(page.locator(".notice-message")).to_have_count(0)
    at, answered = exam.seen_by_the_board()
    assert at is not None
    assert answered == 2


def test_another_machine_waits_for_the_invigilators_consent_and_then_goes_on(exam: Exam, page: Page) -> None:
    exam.ask_for_consent()
    exam.machine.tolerated += ["409", "401"]
    other = exam.another_machine()
    other.tolerated.append("409")
    second = exam.open_waiting(other)
    second.get_by_role("button", name="继续作答").click()
    expect(second.locator(".starts-said")).to_contain_text("监考员")
    assert "/wait" in second.url
    exam.allow_takeover()
    second.wait_for_url("**/paper*")  # by itself: nobody presses anything again
    assert chosen(second, 1) == [1]
    choose(second, 2, 2)
    expect_saved(second, 2)


def test_a_forced_hand_in_ends_the_page_keeps_what_was_unsent_and_can_be_taken_back(
    exam: Exam, page: Page
) -> None:
    exam.machine.go_offline()
    choose(page, 2, 2)
    expect(page.locator("[data-notices]")).to_contain_text("网络已断开")
    exam.force_hand_in()
    exam.machine.go_online()
    page.wait_for_url("**/receipt")
    expect(page.get_by_role("main")).to_contain_text("由监考员")
    expect(page.get_by_role("main")).to_contain_text("等待人工裁定")
    exam.reopen()
    page.reload()
    page.get_by_role("button", name="继续作答").click()
    page.wait_for_url("**/paper*")
    assert chosen(page, 1) == [1]
    choose(page, 3, 1)
    expect_saved(page, 3)
