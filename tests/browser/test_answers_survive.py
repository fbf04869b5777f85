"""No answer is ever lost: reload, cut cable, closed tab, second machine, second tab, no disk."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.machine import choose, chosen, expect_saved, expect_unsaved, go_to, question, saving_word

pytestmark = pytest.mark.browser


def test_an_answer_is_still_there_after_a_reload(exam):
    page = exam.open_paper()
    choose(page, 1, 1)
    expect_saved(page, 1)
    page.reload()
    expect(question(page, 1)).to_be_visible()
    assert chosen(page, 1) == [1]
    assert exam.options_held(1) == [1]
    expect(saving_word(page)).to_have_text("已保存")


def test_every_shape_of_answer_reaches_the_server_and_comes_back(exam):
    page = exam.open_paper()
    multiple, truth, blank, text = (exam.position_of(kind) for kind in "GCTD")
    choose(page, multiple, 0)
    question(page, multiple).locator(".option").nth(2).click()
    choose(page, truth, 1)
    go_to(page, blank)
    question(page, blank).locator("input.blank").first.fill("单位负责")
    go_to(page, text)
    question(page, text).locator("textarea").fill("第一,报告;\n第二,保护现场。")
    question(page, text).locator(".mark input").check()
    expect_saved(page, text)
    assert exam.options_held(multiple) == [0, 2]
    assert exam.held(truth) == {"truth": False}
    assert exam.held(blank)["blanks"][0] == "单位负责"
    assert exam.held(text) == {"text": "第一,报告;\n第二,保护现场。"}
    page.reload()
    expect(page.locator(f"a[data-to='{text}']")).to_have_class(re.compile("is-marked"))
    assert question(page, text).locator("textarea").input_value() == "第一,报告;\n第二,保护现场。"
    assert question(page, blank).locator("input.blank").first.input_value() == "单位负责"
    assert chosen(page, multiple) == [0, 2]
    assert chosen(page, truth) == [1]


def test_an_answer_given_offline_is_not_called_saved_until_the_server_has_it(exam):
    page = exam.open_paper()
    exam.machine.go_offline()
    choose(page, 2, 0)
    expect_unsaved(page, 2)
    expect(page.locator("[data-notices]")).to_contain_text("网络已断开")
    assert exam.held(2) is None
    exam.machine.go_online()
    expect_saved(page, 2)
    assert exam.options_held(2) == [0]
    expect(page.locator("[data-notices]")).not_to_contain_text("网络已断开")


def test_only_the_newest_of_many_offline_changes_counts(exam):
    page = exam.open_paper()
    exam.machine.go_offline()
    for place in (0, 1, 2, 3, 1):
        choose(page, 1, place)
    exam.machine.go_online()
    expect_saved(page, 1)
    assert exam.options_held(1) == [1]


def test_an_answer_left_in_a_closed_tab_is_sent_when_the_paper_opens_again(exam):
    page = exam.open_paper()
    exam.machine.go_offline()
    choose(page, 3, 2)
    expect_unsaved(page, 3)
    page.close()
    assert exam.held(3) is None
    exam.machine.go_online()
    again = exam.machine.open(exam.paper_path)
    go_to(again, 3)
    expect_saved(again, 3)
    assert chosen(again, 3) == [2]
    assert exam.options_held(3) == [2]


def test_a_busy_server_is_asked_again_and_loses_nothing(exam):
    page = exam.open_paper()
    exam.machine.tolerated.append("503")
    page.route("**/answers", lambda route: route.fulfill(status=503, headers={"Retry-After": "1"}, body="{}"))
    choose(page, 1, 3)
    expect(page.locator(".bar-saving")).to_have_attribute("data-state", "offline")
    expect_unsaved(page, 1)
    page.unroute("**/answers")
    expect_saved(page, 1)
    assert exam.options_held(1) == [3]


def test_a_reply_lost_on_the_way_does_no_harm(exam):
    page = exam.open_paper()
    exam.machine.tolerated.append("net::ERR_FAILED")
    lost = []

    def lose_the_reply(route):
        route.fetch()  # the server commits
        lost.append(route)
        route.abort()

    page.route("**/answers", lose_the_reply, times=1)
    choose(page, 1, 2)
    expect_saved(page, 1)
    assert lost
    assert exam.options_held(1) == [2]


def test_a_second_machine_takes_over_and_the_first_turns_read_only(exam):
    page = exam.open_paper()
    choose(page, 1, 0)
    expect_saved(page, 1)
    exam.machine.tolerated += ["409", "401"]
    other = exam.another_machine()
    second = exam.open_paper(other)
    assert chosen(second, 1) == [0]
    choose(page, 2, 1)
    expect(page.locator("html")).to_have_attribute("data-locked", "lease-lost")
    expect(page.locator("[data-notices]")).to_contain_text("另一台机器")
    go_to(page, 3)
    expect(question(page, 3).locator(".option input").first).to_be_disabled()
    choose(second, 3, 3)
    expect_saved(second, 3)
    assert exam.options_held(3) == [3]
    assert exam.held(2) is None


NO_LOCKS = "Object.defineProperty(Navigator.prototype, 'locks', { get: () => undefined })"  # as on plain http


@pytest.mark.parametrize("script", ["", NO_LOCKS], ids=["locks", "channel"])
def test_a_second_tab_says_that_the_paper_is_open_elsewhere(exam, script):
    exam.machine.context.add_init_script(script)
    page = exam.open_paper()
    choose(page, 1, 1)
    expect_saved(page, 1)
    tab = exam.machine.open(exam.paper_path)
    expect(tab.locator("[data-notices]")).to_contain_text("另一个标签页")
    expect(question(tab, 1).locator(".option input").first).to_be_disabled()
    tab.get_by_role("button", name="在此页继续作答").click()
    expect(page.locator("html")).to_have_attribute("data-locked", "other-tab")
    expect(tab.locator("html")).not_to_have_attribute("data-locked", "other-tab")
    choose(tab, 2, 2)
    expect_saved(tab, 2)
    assert exam.options_held(2) == [2]


def test_without_a_disk_the_page_says_that_answers_are_only_in_memory(exam):
    exam.machine.context.add_init_script(
        "Object.defineProperty(window, 'indexedDB', { value: undefined });"
        "Object.defineProperty(window, 'localStorage', { get: () => { throw new Error('refused'); } });"
    )
    page = exam.open_paper()
    expect(page.locator("[data-notices]")).to_contain_text("不能把作答存盘")
    choose(page, 1, 1)
    expect_saved(page, 1)
    assert exam.options_held(1) == [1]


def test_leaving_is_questioned_only_while_something_is_unsaved(exam):
    page = exam.open_paper()
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    choose(page, 1, 1)
    expect_saved(page, 1)
    page.reload()
    expect_saved(page, 1)
    assert asked == []
    exam.machine.go_offline()
    choose(page, 1, 2)
    expect_unsaved(page, 1)
    with page.expect_event("dialog"):
        page.close(run_before_unload=True)
    assert asked == ["beforeunload"]
