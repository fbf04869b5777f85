"""The paper by keyboard, by screen reader, on a phone, in every colour, without JavaScript."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import a_new_machine
from tests.browser.machine import PHONE, choose, chosen, expect_saved, go_to, question

pytestmark = pytest.mark.browser

RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}


#: All that colours change of a page.
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


def expect_clean(page: Page, rules: dict[str, Any] = RULES) -> None:
    outcome = Axe().run(page, options=rules)
    assert outcome.violations_count == 0, outcome.generate_report()


def test_a_candidate_can_do_everything_by_keyboard(exam):
    page = exam.open_paper()
    page.keyboard.press("b")
    expect_saved(page, 1)
    assert chosen(page, 1) == [1]
    page.keyboard.press("ArrowRight")
    expect(question(page, 2)).to_be_visible()
    page.keyboard.press("3")
    page.keyboard.press("m")
    expect(page.locator("a[data-to='2']")).to_have_class(re.compile("is-marked"))
    expect_saved(page, 2)
    assert exam.options_held(1) == [1]
    assert exam.options_held(2) == [2]
    page.keyboard.press("ArrowLeft")
    expect(question(page, 1)).to_be_visible()
    page.get_by_role("link", name="交卷").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="返回作答").first).to_be_focused()
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.dataset.on === undefined"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/receipt")
    assert exam.is_handed_in()


def test_shortcuts_are_off_while_typing_and_can_be_switched_off(exam):
    page = exam.open_paper()
    text = exam.position_of("D")
    go_to(page, text)
    question(page, text).locator("textarea").press_sequentially("abm1")
    assert question(page, text).locator("textarea").input_value() == "abm1"
    assert not question(page, text).locator(".mark input").is_checked()
    page.locator(".display summary").click()
    page.get_by_role("checkbox", name=re.compile("翻题")).uncheck()
    page.keyboard.press("Escape")
    go_to(page, 1)
    page.locator("#content").click(position={"x": 5, "y": 5})
    page.keyboard.press("a")
    assert chosen(page, 1) == []


@pytest.mark.parametrize(("contrast", "rules"), [("标准", RULES), ("高对比", COLOURS), ("夜间", COLOURS)])
def test_axe_finds_nothing_on_the_paper(exam, contrast, rules):
    page = exam.open_paper()
    page.locator(".display summary").click()
    page.get_by_label(contrast, exact=True).check()
    expect_clean(page, rules)
    page.keyboard.press("Escape")
    choose(page, 1, 1)
    for kind in "GCTDE":
        go_to(page, exam.position_of(kind))
        expect_clean(page, rules)
    page.get_by_role("link", name="交卷").click()
    expect_clean(page, rules)


def test_axe_finds_nothing_before_and_after_the_paper(exam):
    for path in (exam.home_path, exam.wait_path):
        page = exam.machine.open(path)
        expect_clean(page)
        page.close()
    page = exam.open_paper()
    exam.hand_in(page)
    expect_clean(page)


def test_a_screen_reader_hears_the_question_its_options_and_the_sheet(exam):
    page = exam.open_paper()
    choose(page, 1, 1)
    expect_saved(page, 1)
    expect(page.get_by_role("group", name=re.compile("第 1 题"))).to_match_aria_snapshot(
        """
        - group:
          - radio
          - radio [checked]
          - radio
          - radio
          - checkbox "标记本题，稍后再看"
          - button "清除本题作答"
          - text: 已保存
        """
    )
    expect(page.get_by_role("navigation", name="答题卡")).to_match_aria_snapshot(
        """
        - navigation "答题卡":
          - heading "答题卡" [level=2]
          - button "收起答题卡"
          - list "图例"
          - group:
            - list:
              - listitem:
                - link "第 1 题 已答"
              - listitem:
                - link "第 2 题 未答"
        """
    )
    expect(page.locator(".bar")).to_match_aria_snapshot(
        """
        - banner:
          - heading [level=1]
          - paragraph:
            - timer
          - link "交卷"
        """
    )


def test_settings_follow_the_candidate_to_another_page_load(exam):
    page = exam.open_paper()
    page.locator(".display summary").click()
    with page.expect_response("**/settings"):
        page.get_by_label("大", exact=True).check()
    with page.expect_response("**/settings"):
        page.get_by_label("夜间", exact=True).check()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-font", "large")
    expect(page.locator("html")).to_have_attribute("data-contrast", "dark")


@pytest.mark.parametrize("width", [320, 390, 1366])
def test_nothing_overflows_and_targets_are_large_enough(exam, width):
    page = exam.open_paper()
    page.set_viewport_size({"width": width, "height": 768 if width > 1000 else PHONE["height"]})
    for kind in "BGCTDE":
        page.evaluate(f"location.hash = 'q{exam.position_of(kind)}'")
        expect(question(page, exam.position_of(kind))).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.evaluate(
        """[...document.querySelectorAll('a, button, label.option, label.mark, summary')]
           .filter(e => e.checkVisibility() && !e.classList.contains('skip-link'))
           .map(e => [e.textContent.trim(), e.getBoundingClientRect()])
           .filter(([, box]) => box.width < 24 || box.height < 24).map(([text]) => text)"""
    )
    assert small == []


def test_the_paper_works_without_javascript(exam):
    page = exam.open_paper(exam.another_machine(java_script_enabled=False))
    expect(page.locator("noscript p")).to_contain_text("未启用 JavaScript")
    question(page, 1).locator(".option").nth(1).click()
    question(page, 2).locator(".option").nth(0).click()
    page.get_by_role("button", name="保存", exact=True).click()
    assert exam.options_held(1) == [1]
    assert exam.options_held(2) == [0]
    assert chosen(page, 1) == [1]
    page.get_by_role("link", name="交卷").click()
    page.get_by_role("button", name="继续交卷").click()
    page.get_by_role("button", name="确认交卷").click()
    page.wait_for_url("**/receipt")
    assert exam.is_handed_in()


def test_the_paper_is_light(exam):
    """What a cold machine loads for the paper, compressed as a proxy would, stays below 150 kB."""
    import gzip

    page = exam.machine.open()
    sizes: list[int] = []
    page.on(
        "response", lambda response: sizes.append(len(gzip.compress(response.body())) if response.ok else 0)
    )
    page.goto(exam.machine.base + exam.wait_path)
    page.wait_for_load_state("networkidle")
    page.locator("[data-open] button").click()
    page.wait_for_url("**/paper*")
    expect(question(page, 1)).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert 0 < sum(sizes) < 150_000
    # What the paper runs was fetched while waiting: at the start a room asks for its papers and for nothing else.
    fetched = page.evaluate(
        "performance.getEntriesByType('resource').filter(one => one.transferSize > 0).map(one => one.name)"
    )
    assert [name for name in fetched if ".js" in name or ".css" in name] == []


def test_from_signing_in_to_the_receipt_by_keyboard_alone(exam, live_site, chromium):
    machine = a_new_machine(live_site, chromium)
    exam.machines.append(machine)
    page = machine.open("/registration/sign-in")

    def tab_to(locator: Locator) -> None:
        for _press in range(80):
            if locator.evaluate("element => element === document.activeElement"):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"no way by keyboard to {locator}")

    tab_to(page.get_by_label("准考证号"))
    page.keyboard.type(exam.ticket)
    page.keyboard.press("Tab")
    page.keyboard.type(exam.identity)
    page.keyboard.press("Enter")
    tab_to(page.get_by_role("link", name="进入考试"))
    page.keyboard.press("Enter")
    tab_to(page.get_by_role("button", name="确认无误"))
    page.keyboard.press("Enter")
    tab_to(page.get_by_role("button", name="进入试卷"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/paper*")
    expect(question(page, 1)).to_be_visible()
    page.keyboard.press("c")
    page.keyboard.press("ArrowRight")
    expect(question(page, 2)).to_be_visible()
    tab_to(page.get_by_role("radio").nth(0))
    page.keyboard.press("ArrowDown")
    expect_saved(page, 2)
    assert chosen(page, 2) == [1]
    tab_to(page.get_by_role("link", name="交卷"))
    page.keyboard.press("Enter")
    tab_to(page.get_by_role("button", name="继续交卷"))
    page.keyboard.press("Enter")
    tab_to(page.get_by_role("button", name="确认交卷"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/receipt")
    assert exam.options_held(1) == [2]
    assert exam.is_handed_in()


def test_a_section_on_one_page_keeps_place_keys_and_marks(exam):
    page = exam.open_paper()
    page.locator(".display summary").click()
    with page.expect_response("**/settings"):
        page.get_by_label("一部分").check()
    page.keyboard.press("Escape")
    multiple = exam.position_of("G")
    expect(question(page, 1)).to_be_visible()
    expect(question(page, 3)).to_be_visible()
    expect(question(page, multiple)).to_be_hidden()
    go_to(page, 3)
    expect(question(page, 3)).to_be_in_viewport()
    page.keyboard.press("b")
    expect_saved(page, 3)
    assert chosen(page, 3) == [1]
    question(page, 5).locator(".option").nth(2).click()
    expect(page.locator("a[data-to='5']")).to_have_attribute("aria-current", "true")
    page.locator("[data-mark]").click()
    expect(page.locator("a[data-to='5']")).to_have_class(re.compile("is-marked"))
    for _step in range(multiple - 5):
        page.keyboard.press("ArrowRight")
    expect(question(page, multiple)).to_be_visible()
    expect(question(page, 1)).to_be_hidden()
    expect_clean(page)
    page.reload()
    expect(question(page, multiple + 1)).to_be_visible()  # the choice is kept on the attempt


def test_reading_on_makes_the_question_in_view_the_current_one(exam):
    page = exam.open_paper()
    page.locator(".display summary").click()
    page.get_by_label("一部分").check()
    page.keyboard.press("Escape")
    page.wait_for_timeout(700)
    page.mouse.move(700, 400)
    page.mouse.wheel(0, 900)
    expect(page.locator("a[data-to='1']")).not_to_have_attribute("aria-current", "true")
    here = int(page.locator("a[aria-current]").get_attribute("data-to"))
    expect(question(page, here)).to_be_in_viewport()
    page.keyboard.press("d")
    assert chosen(page, here) == [3]
    assert chosen(page, 1) == []
