"""What an invigilator does is felt on the page: a pause covers it, a message is read without losing the place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from examsite.clock import as_milliseconds
from tests.browser.conftest import Exam
from tests.browser.machine import WIDE, choose, chosen, expect_saved, go_to, question, seconds_left
from tests.browser.test_for_everyone import expect_clean

pytestmark = pytest.mark.browser


class Server:
    """Adds to the server's real replies what it says of pauses and messages, and notes what the page asked with."""

    def __init__(self, page: Page, exam: Exam) -> None:
        self._exam = exam
        self.messages: list[dict[str, Any]] = []
        self.seen: list[int] = []
        self.answered: list[int] = []
        page.route("**/answers", self._reply)
        page.route("**/pulse*", self._reply)

    def say(self, text: str) -> None:
        sent_at = as_milliseconds(self._exam.now)
        self.messages.append({"id": len(self.messages) + 1, "text": text, "sent_at": sent_at})

    def _reply(self, route: Route) -> None:
        request = route.request
        if request.method == "POST":
            seen = int(json.loads(request.post_data or "{}")["seen_message"])
        else:
            query = dict(part.split("=") for part in request.url.split("?")[1].split("&"))
            seen = int(query["m"])
            self.answered.append(int(query["a"]))
        self.seen.append(seen)
        response = route.fetch()
        body = response.json()
        body["paused"] = self._exam.is_paused()
        body["messages"] = [message for message in self.messages if message["id"] > seen]
        route.fulfill(response=response, body=json.dumps(body))


@pytest.fixture
def page(exam: Exam) -> Page:
    page = exam.open_paper()
    choose(page, 1, 1)
    expect_saved(page, 1)
    return page


@pytest.fixture
def server(page: Page, exam: Exam) -> Iterator[Server]:
    yield Server(page, exam)
    page.unroute_all(behavior="ignoreErrors")


def test_a_pause_covers_the_paper_stops_the_clock_and_ends_by_itself(
    exam: Exam, page: Page, server: Server
) -> None:
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
    asked = len(server.seen)
    page.wait_for_timeout(3500)
    assert cover.get_by_role("timer").inner_text() == before
    exam.resume()
    expect(cover).to_be_hidden()
    assert len(server.seen) > asked
    expect(question(page, 2)).to_be_visible()
    expect(page.locator("[data-notices]")).to_contain_text("考试继续")
    assert chosen(page, 2) == [2]
    assert seconds_left(page) == pytest.approx(exam.seconds_left(), abs=5)
    page.keyboard.press("b")
    expect_saved(page, 2)
    assert chosen(page, 2) == [1]


def test_a_message_is_read_without_losing_the_place_and_kept_to_read_again(
    exam: Exam, page: Page, server: Server
) -> None:
    text = exam.position_of("D")
    go_to(page, text)
    area = question(page, text).locator("textarea")
    area.fill("写到一半")
    server.say("第 3 题更正：请看黑板。")
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
    server.say("还有半小时。")
    choose(page, 3, 0)
    expect(notice).to_have_count(1)
    expect(notice).to_contain_text("还有半小时")
    expect_saved(page, 3)
    choose(page, 4, 0)
    expect_saved(page, 4)
    assert server.seen[-1] == 2


def test_a_message_already_read_waits_in_the_list_after_a_reload(
    exam: Exam, page: Page, server: Server
) -> None:
    server.say("请勿提前离场。")
    choose(page, 2, 0)
    page.get_by_role("button", name="知道了").click()
    expect_saved(page, 2)
    page.reload()
    expect(page.locator(".said summary")).to_contain_text("1")  # the page asks soon after it was loaded again
    expect(page.locator(".notice-message")).to_have_count(0)
    assert server.answered[-1] == 2
