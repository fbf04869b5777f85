"""The waiting page: data to confirm, a machine that checks itself, practice, and a start that survives a busy server."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Exam
from tests.browser.machine import question
from tests.browser.test_for_everyone import expect_clean

pytestmark = pytest.mark.browser


def check(page: Page, name: str) -> str:
    """What the page found of this machine: good, fair or bad."""
    line = page.locator(f"[data-check='{name}']")
    expect(line).to_have_attribute("data-verdict", re.compile("."))
    return line.get_attribute("data-verdict") or ""


def test_the_candidate_confirms_who_they_are(exam: Exam) -> None:
    exam.open_window_in(seconds=600)
    page = exam.open_waiting()
    page.get_by_role("button", name="确认无误").click()
    expect(page.get_by_role("region", name="核对信息")).to_contain_text("已于")
    expect(page.get_by_role("button", name="确认无误")).to_have_count(0)


def test_the_machine_checks_itself(exam: Exam) -> None:
    exam.open_window_in(seconds=600)
    page = exam.open_waiting()
    assert [check(page, name) for name in ("browser", "storage", "line", "window")] == ["good"] * 4
    expect(page.locator("[data-check='line']")).to_contain_text("毫秒")
    # The site's clock stands in the tests' own year, the machine's does not: that is said, and called harmless.
    assert check(page, "clock") == "fair"
    expect(page.locator("[data-check='clock']")).to_contain_text("不影响考试")


def test_a_machine_without_storage_is_told_to_the_candidate(exam: Exam) -> None:
    exam.machine.context.add_init_script(
        "Object.defineProperty(window, 'indexedDB', { value: undefined });"
        "Object.defineProperty(window, 'localStorage', { get: () => { throw new Error('refused'); } });"
    )
    exam.open_window_in(seconds=600)
    page = exam.open_waiting()
    assert check(page, "storage") == "bad"
    expect(page.locator("[data-check='storage']")).to_contain_text("请在开考前举手")


def test_practice_works_as_the_paper_does_and_reaches_no_server(exam: Exam) -> None:
    exam.open_window_in(seconds=600)
    page = exam.open_waiting()
    page.wait_for_load_state("networkidle")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    practice = page.get_by_role("region", name="操作练习")
    expect(practice.get_by_role("link")).to_have_count(6)
    practice.locator(".option").nth(1).locator(".option-text").click()
    expect(practice.locator("a[data-to='1']")).to_have_class(re.compile("is-answered"))
    expect(practice.locator("[data-state]").first).to_have_text("练习作答，不保存")
    page.keyboard.press("m")
    expect(practice.locator("a[data-to='1']")).to_have_class(re.compile("is-marked"))
    page.keyboard.press("ArrowRight")
    expect(question(page, 2)).to_be_visible()
    expect(question(page, 1)).to_be_hidden()
    page.keyboard.press("a")
    page.keyboard.press("3")
    expect(practice.locator("a[data-to='2']")).to_have_class(re.compile("is-answered"))
    assert question(page, 2).locator("input:checked").count() == 2
    assert sent == []


def test_the_paper_opens_by_itself_through_a_busy_server(exam: Exam) -> None:
    exam.machine.tolerated.append("503")
    exam.open_window_in(seconds=4)
    page = exam.open_waiting()
    refused: list[str] = []

    def refuse(route):  # type: ignore[no-untyped-def]
        refused.append(page.locator(".starts-said").inner_text())
        route.fulfill(status=503, headers={"Retry-After": "1"}, body="")

    page.route("**/open", refuse, times=2)
    expect(page.locator(".starts-said")).to_contain_text("自动重试")
    page.wait_for_url("**/paper*")
    assert len(refused) == 2
    expect(question(page, 1)).to_be_visible()


@pytest.mark.parametrize("contrast", ["normal", "high", "dark"])
def test_axe_finds_nothing_on_the_waiting_page_and_it_fits_a_telephone(exam: Exam, contrast: str) -> None:
    exam.open_window_in(seconds=600)
    page = exam.open_waiting()
    page.evaluate(f"document.documentElement.dataset.contrast = '{contrast}'")
    check(page, "clock")
    expect_clean(page)
    page.set_viewport_size({"width": 320, "height": 640})
    for place in range(6):
        page.locator(".practice a[data-to]").nth(place).click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_screen_reader_hears_the_waiting_page(exam: Exam) -> None:
    exam.open_window_in(seconds=600)
    page = exam.open_waiting()
    check(page, "clock")
    expect(page.get_by_role("main")).to_match_aria_snapshot(
        """
        - main:
          - heading "样例场次" [level=1]
          - region /开考/:
            - paragraph:
              - timer
            - status
            - button "进入试卷" [disabled]
          - region "核对信息":
            - term: 姓名
            - button "确认无误"
          - region "本机检查":
            - list:
              - listitem: /浏览器 正常/
          - region "操作练习":
            - navigation "练习题":
              - list:
                - listitem:
                  - link "练习第 1 题 未答"
            - group /第 1 题/
          - region "考生须知"
          - region "操作说明"
        """
    )


def test_a_machine_that_is_not_let_in_says_why_and_does_not_knock_again_by_itself(exam: Exam) -> None:
    exam.machine.tolerated.append("409")
    page = exam.open_waiting()
    knocked: list[str] = []

    def refuse(route):  # type: ignore[no-untyped-def]
        knocked.append(route.request.url)
        route.fulfill(status=409, json={"code": "not-admitted", "message": "请使用指定的考试机。"})

    page.route("**/open", refuse, times=1)
    button = page.get_by_role("button", name="进入试卷")
    button.click()
    expect(page.locator(".starts-said")).to_have_text("请使用指定的考试机。")
    expect(button).to_be_enabled()
    page.wait_for_timeout(1000)
    assert len(knocked) == 1
    button.click()
    page.wait_for_url("**/paper*")
