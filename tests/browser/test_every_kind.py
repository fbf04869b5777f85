"""A 综合题 with a picture, a table and a formula, a number, and blanks: answered, reloaded, handed in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from examsite.authoring.pictures import actions as pictures
from question_bank.questions.kinds import Kind, MultiplePolicy
from question_bank.questions.model import Key, Question
from tests.browser.conftest import Exam, LiveSite
from tests.browser.machine import PHONE, WIDE, expect_saved, go_to, question
from tests.examsite.sitting.arrange import make_running_sitting
from tests.factories import (
    compound_question,
    make_bank,
    make_person,
    numeric_question,
    picture_bytes,
    question_of,
)

pytestmark = pytest.mark.browser

COLUMNS = range(1, 15)
WIDE_TABLE = f"样例宽表如下，请说明。\n\n|{'|'.join(f' 第{n}列 ' for n in COLUMNS)}|\n|{'---|' * 14}\n|{'|'.join(f' {n * 1000} ' for n in COLUMNS)}|"


@pytest.fixture(scope="module")
def every_kind(live_site: LiveSite) -> LiveSite:
    """The same site with papers of these questions."""
    site = live_site.site
    with site.writing() as session:
        bank = make_bank(session)
        content = picture_bytes(size=(1200, 700))
        digest = pictures.keep(session, bank.id, content, actor=make_person(session), now=site.now)
        made = [
            compound_question(picture=digest),
            numeric_question("样例设备功率为 $P=UI$，求 $P$。"),
            question_of(Kind.BLANK, stem="样例由____和____组成。"),
            (Question(Kind.SHORT, WIDE_TABLE, difficulty=3, sources=("样例依据",)), Key(model_answer="略")),
        ]
        sitting = make_running_sitting(session, made=made, papers=1, multiple=MultiplePolicy.HALF)
        assert sitting.paper_set_id is not None
        return replace(live_site, paper_set_id=sitting.paper_set_id)


@pytest.fixture
def kinds(every_kind: LiveSite, chromium: Browser) -> Iterator[Exam]:
    exam = Exam(every_kind, chromium)
    yield exam
    for machine in exam.machines:
        machine.context.close()
    for machine in exam.machines:
        machine.check()


def part(page: Page, number: int):
    return question(page, 1).locator(f"[data-part='{number}']")


def fill_in(page: Page) -> None:
    part(page, 1).locator(".option").nth(1).click()
    part(page, 2).locator(".option").nth(0).click()
    part(page, 2).locator(".option").nth(2).click()
    part(page, 3).locator(".option").nth(1).click()
    part(page, 4).locator("input.blank").nth(0).fill("样例东")
    part(page, 5).locator("input.number-answer").fill("7 次")
    part(page, 6).locator("textarea").fill("样例理由")


def test_every_shape_is_saved_survives_a_reload_and_is_handed_in(kinds: Exam) -> None:
    page = kinds.open_paper()
    fill_in(page)
    expect_saved(page, 1)
    go_to(page, 2)
    question(page, 2).locator("input.number-answer").fill("１２．５ kW")
    expect_saved(page, 2)
    go_to(page, 3)
    for place, text in enumerate(("甲", "乙")):
        question(page, 3).locator("input.blank").nth(place).fill(text)
    expect_saved(page, 3)
    held = kinds.held(1)
    assert held is not None
    assert [sorted(one or {}) for one in held["parts"]] == [
        ["options"],
        ["options"],
        ["truth"],
        ["blanks"],
        ["number"],
        ["text"],
    ]
    assert len(held["parts"][1]["options"]) == 2
    assert held["parts"][2:] == [
        {"truth": False},
        {"blanks": ["样例东", ""]},
        {"number": "7 次"},
        {"text": "样例理由"},
    ]

    page.reload()
    expect(question(page, 3)).to_be_visible()
    go_to(page, 1)
    assert part(page, 1).locator("input").nth(1).is_checked()
    assert [box.is_checked() for box in part(page, 2).locator("input").all()] == [True, False, True]
    assert part(page, 3).locator("input").nth(1).is_checked()
    assert part(page, 4).locator("input").nth(0).input_value() == "样例东"
    assert part(page, 5).locator("input").input_value() == "7 次"
    assert part(page, 6).locator("textarea").input_value() == "样例理由"
    assert question(page, 2).locator("input.number-answer").input_value() == "１２．５ kW"
    kinds.hand_in(page)
    assert kinds.is_handed_in()
    assert kinds.held(2) == {"number": "１２．５ kW"}
    assert kinds.held(3) == {"blanks": ["甲", "乙"]}


def test_the_sheet_tells_partly_answered_from_answered(kinds: Exam) -> None:
    page = kinds.open_paper()
    number = page.locator("a[data-to='1']")
    part(page, 3).locator(".option").nth(0).click()
    expect(number).to_have_class(re.compile("is-partly"))
    expect(number).to_have_attribute("aria-label", "第 1 题 部分作答")
    fill_in(page)
    expect(number).to_have_class(re.compile("is-partly"))  # a blank is empty
    part(page, 4).locator("input.blank").nth(1).fill("样例西")
    expect(number).not_to_have_class(re.compile("is-partly"))
    expect(number).to_have_attribute("aria-label", "第 1 题 已答")
    go_to(page, 3)
    question(page, 3).locator("input.blank").nth(0).fill("甲")
    page.get_by_role("link", name="交卷").click()
    expect(page.locator("[data-partly]")).to_have_text("部分作答：1")


def test_clearing_empties_every_part(kinds: Exam) -> None:
    page = kinds.open_paper()
    fill_in(page)
    expect_saved(page, 1)
    question(page, 1).locator("[data-clear]").click()
    expect_saved(page, 1)
    assert kinds.held(1) is None
    assert page.locator("#q1 input:checked:not([name^=m])").count() == 0


def test_letters_choose_in_the_part_that_has_the_focus(kinds: Exam) -> None:
    page = kinds.open_paper()
    page.keyboard.press("b")
    assert page.locator("#q1 .option input:checked").count() == 0
    part(page, 2).locator("input").nth(0).focus()
    page.keyboard.press("c")
    assert [box.is_checked() for box in part(page, 2).locator("input").all()] == [False, False, True]
    assert part(page, 1).locator("input:checked").count() == 0


def test_material_stands_beside_on_wide_screens_and_folds_above_on_narrow_ones(kinds: Exam) -> None:
    page = kinds.open_paper()
    material, asked = question(page, 1).locator(".material"), question(page, 1).locator(".asked")
    left, right = material.bounding_box(), asked.bounding_box()
    assert left is not None
    assert right is not None
    assert left["x"] + left["width"] <= right["x"]
    assert abs(left["y"] - right["y"]) < 40
    page.set_viewport_size(PHONE)
    above, below = material.bounding_box(), asked.bounding_box()
    assert above is not None
    assert below is not None
    assert above["y"] + above["height"] <= below["y"]
    material.locator("summary").click()
    expect(material.locator("img")).to_be_hidden()
    expect(asked).to_be_visible()


def test_the_desk_itself_never_scrolls(kinds: Exam) -> None:
    """Only what is inside it does: the time and the hand-in button stay in sight."""
    page = kinds.open_paper()
    part(page, 6).locator("textarea").focus()
    part(page, 6).locator("textarea").scroll_into_view_if_needed()
    assert page.evaluate("document.documentElement.scrollHeight - document.documentElement.clientHeight") <= 0
    assert page.evaluate("document.body.scrollHeight - document.body.clientHeight") <= 0
    assert page.evaluate("document.body.scrollTop + document.documentElement.scrollTop") == 0


def test_pictures_load_and_nothing_is_wider_than_the_screen(kinds: Exam) -> None:
    page = kinds.open_paper()
    image = question(page, 1).locator(".material img")
    expect(image).to_be_visible()
    assert image.evaluate("image => image.complete && image.naturalWidth") == 1200
    for width in (320, PHONE["width"], WIDE["width"]):
        page.set_viewport_size({"width": width, "height": 768})
        for position in (1, 2, 3, 4):
            page.evaluate(f"location.hash = 'q{position}'")
            expect(question(page, position)).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size(PHONE)
    table = question(page, 4).locator(".marked-table")
    assert table.evaluate("table => table.scrollWidth > table.clientWidth")


def test_axe_finds_nothing_on_any_of_them(kinds: Exam) -> None:
    page = kinds.open_paper()
    for position in (1, 2, 3, 4):
        go_to(page, position)
        found = Axe().run(page).response["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
