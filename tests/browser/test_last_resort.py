"""When the server stays out of reach: answers as a file, storage that is refused, the time that runs out meanwhile."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from question_bank.questions.model import canonical_hash
from tests.browser.conftest import Exam
from tests.browser.machine import choose, chosen, expect_saved, expect_unsaved, go_to, question

pytestmark = pytest.mark.browser

NO_DATABASE = "Object.defineProperty(window, 'indexedDB', { value: undefined });"


def saved_file(page: Page, tmp_path: Path) -> dict[str, Any]:
    """The file that the page's menu saves."""
    page.locator(".display summary").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="另存作答（供监考员使用）").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    return dict(json.loads(path.read_text(encoding="utf-8")))


def test_unsent_answers_can_be_saved_as_a_file_that_proves_itself(exam: Exam, tmp_path: Path) -> None:
    page = exam.open_paper()
    text = exam.position_of("D")
    exam.machine.go_offline()
    choose(page, 2, 1)
    go_to(page, text)
    question(page, text).locator("textarea").fill('含"引号"、换行\n与表情😀')
    expect_unsaved(page, text)
    carried = saved_file(page, tmp_path)
    assert (carried["format"], carried["attempt"]) == ("examsite-outbox-1", exam.id)
    assert [record["position"] for record in carried["records"]] == [2, text]
    assert set(carried["records"][0]) == {"position", "revision", "response", "marked", "made_at"}
    assert carried["records"][1]["response"] == {"text": '含"引号"、换行\n与表情😀'}
    assert carried["digest"] == canonical_hash(carried["records"])
    for _time in range(2):
        outcome = exam.carry_in(json.dumps(carried).encode())
        assert sorted(position for position, _revision in outcome.acknowledged) == [2, text]
    assert exam.options_held(2) == [1]
    assert exam.held(text) == {"text": '含"引号"、换行\n与表情😀'}
    exam.machine.go_online()
    expect_saved(page, text)  # what was carried in arrives once more, and changes nothing


def test_where_everything_has_arrived_there_is_nothing_to_save(exam: Exam) -> None:
    page = exam.open_paper()
    choose(page, 1, 1)
    expect_saved(page, 1)
    page.locator(".display summary").click()
    page.get_by_role("button", name="另存作答（供监考员使用）").click()
    expect(page.locator("[data-notices]")).to_contain_text("无需另存")


def test_a_page_that_lost_its_paper_keeps_its_outbox_and_offers_it_as_a_file(exam: Exam) -> None:
    page = exam.open_paper()
    exam.machine.go_offline()
    choose(page, 2, 1)
    expect_unsaved(page, 2)
    exam.machine.tolerated += ["409", "401"]
    second = exam.open_paper(exam.another_machine())
    exam.machine.go_online()
    expect(page.locator("html")).to_have_attribute("data-locked", "lease-lost")
    with page.expect_download() as download:
        page.locator("[data-notices] [data-save-file]").click()
    assert exam.id[:8] in download.value.suggested_filename
    expect(question(page, 2).locator(".option input").first).to_be_disabled()
    assert chosen(second, 2) == []


def test_where_the_database_is_refused_answers_survive_in_the_browsers_page_storage(exam: Exam) -> None:
    exam.machine.context.add_init_script(NO_DATABASE)
    page = exam.open_paper()
    expect(page.locator("[data-notices]")).to_contain_text("备用存储")
    exam.machine.go_offline()
    choose(page, 3, 2)
    expect_unsaved(page, 3)
    page.close()
    exam.machine.go_online()
    again = exam.machine.open(exam.paper_path)
    go_to(again, 3)
    expect_saved(again, 3)
    assert exam.options_held(3) == [2]
    assert again.evaluate("Object.keys(localStorage).filter(key => key.startsWith('outbox:')).length") == 0


def test_what_the_page_storage_kept_comes_to_the_database_when_there_is_one(exam: Exam) -> None:
    page = exam.open_paper()
    entry = {"position": 4, "revision": 7, "response": None, "marked": True, "made_at": 0, "wall": 0}
    entry["made_at"] = round(
        page.evaluate("JSON.parse(document.getElementById('paper-data').textContent).server_time")
    )
    page.evaluate(
        "([key, value]) => localStorage.setItem(key, value)",
        [f"outbox:{exam.id}:record:7", json.dumps(entry)],
    )
    page.reload()
    go_to(page, 4)
    expect(question(page, 4).locator(".mark input")).to_be_checked()
    expect_saved(page, 4)
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('outbox:')).length") == 0


def test_time_that_runs_out_offline_stops_input_keeps_the_answers_and_hands_in_later(exam: Exam) -> None:
    page = exam.open_paper()
    exam.close_in(seconds=6)
    choose(page, 1, 1)
    expect_saved(page, 1)
    exam.machine.go_offline()
    choose(page, 2, 3)
    expect_unsaved(page, 2)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("由人工裁定")
    expect(dialog.get_by_role("button", name="另存作答")).to_be_visible()
    expect(question(page, 2).locator(".option input").first).to_be_disabled()
    page.wait_for_timeout(6000)  # the server's grace passes too
    assert exam.held(2) is None
    exam.machine.go_online()
    page.wait_for_url("**/receipt")
    expect(page.get_by_role("main")).to_contain_text("等待人工裁定")
    assert exam.options_held(1) == [1]
    assert exam.held(2) is None


def test_time_given_while_the_page_was_cut_off_is_honoured(exam: Exam) -> None:
    page = exam.open_paper()
    exam.close_in(seconds=6)
    choose(page, 1, 1)
    expect_saved(page, 1)
    exam.machine.go_offline()
    expect(page.locator("html")).to_have_attribute("data-locked", "time-up")
    exam.give(seconds=600)
    exam.machine.go_online()
    expect(page.locator("html")).not_to_have_attribute("data-locked", "time-up")
    expect(page.locator("[data-notices]")).to_contain_text("请继续作答")
    choose(page, 2, 2)
    expect_saved(page, 2)
    assert exam.options_held(2) == [2]
    assert not exam.is_handed_in()


def test_a_busy_server_is_left_alone_for_as_long_as_it_asks(exam: Exam) -> None:
    page = exam.open_paper()
    exam.machine.tolerated.append("503")
    times: list[float] = []

    def refuse_once(route):  # type: ignore[no-untyped-def]
        times.append(time.monotonic())
        if len(times) == 1:
            route.fulfill(status=503, headers={"Retry-After": "3"}, body="{}")
        else:
            route.continue_()

    page.route("**/answers", refuse_once)
    choose(page, 1, 1)
    expect_unsaved(page, 1)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect_saved(page, 1)
    assert times[1] - times[0] > 2.9
    assert exam.options_held(1) == [1]
