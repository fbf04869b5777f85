"""Questions are written by keyboard alone; preview and findings follow; typing survives a reload."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from examsite.access import login
from examsite.access.permissions import Role
from examsite.authoring import queries
from examsite.authoring.models import QuestionVersion
from examsite.authoring.writing.readiness import findings_of
from question_bank.questions.model import Key
from tests.browser.conftest import LiveSite
from tests.browser.machine import PHONE, WIDE, Machine
from tests.browser.test_for_everyone import RULES
from tests.factories import make_bank, make_outline, make_person, make_question

pytestmark = pytest.mark.browser
_numbers = count(1)


@dataclass
class Desk:
    """A writer of one bank at one machine."""

    live: LiveSite
    chromium: Browser
    bank_id: int
    person_id: int
    machines: list[Machine] = field(default_factory=list)

    def machine(self, person_id: int | None = None, **options: object) -> Machine:
        site = self.live.site
        with site.writing() as session:
            person = session.get_one(login.Person, person_id or self.person_id)
            token = login.start(session, person, as_candidate=False, address="127.0.0.1", now=site.now)
        context = self.chromium.new_context(**{"viewport": WIDE, **options})
        made = Machine(context, self.live.url)
        made.context.add_cookies([self.cookie(token)])
        self.machines.append(made)
        return made

    def cookie(self, token: str) -> dict[str, object]:
        app = self.live.site.app
        value = app.session_interface.get_signing_serializer(app).dumps({"_user_id": token, "_fresh": True})
        return {
            "name": app.config["SESSION_COOKIE_NAME"],
            "value": value,
            "url": self.live.url,
            "httpOnly": True,
        }

    def open(self, kind: str, machine: Machine | None = None) -> Page:
        page = (machine or self.machine()).open(f"/bank/{self.bank_id}/questions/new?kind={kind}")
        expect(page.locator("[data-toolbar]")).to_be_visible()
        return page

    def written(self) -> list[tuple[QuestionVersion, Key]]:
        with self.live.site.reading() as session:
            rows = session.scalars(
                select(QuestionVersion)
                .where(QuestionVersion.bank_id == self.bank_id, QuestionVersion.author_id == self.person_id)
                .order_by(QuestionVersion.id)
            ).all()
            keys = queries.keys(session, [row.id for row in rows])
            return [(row, keys[row.id]) for row in rows]

    def errors(self) -> list[str]:
        ids = [row.id for row, _key in self.written()]
        with self.live.site.reading() as session:
            found = findings_of(session, ids)
        return [one.code for findings in found.values() for one in findings if one.is_error]


@pytest.fixture
def desk(live_site: LiveSite, chromium: Browser) -> Iterator[Desk]:
    with live_site.site.writing() as session:
        bank = make_bank(session, f"编写题库{next(_numbers)}")
        make_outline(session, bank)
        writer = make_person(session, Role.WRITER)
        make_question(session, bank, stem="保卫人员夜间巡逻时发现库房门锁被撬，首先应当（ ）。")
    desk = Desk(live_site, chromium, bank.id, writer.id)
    yield desk
    for machine in desk.machines:
        machine.context.close()
    for machine in desk.machines:
        machine.check()


def _wait_for_drafts(page: Page, wanted: int) -> None:
    """Until so many drafts are kept on the machine.  Not wait_for_function: the page's policy forbids what it evaluates."""
    for _turn in range(50):
        if page.evaluate("Object.keys(localStorage).length") == wanted:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"not {wanted} drafts: {page.evaluate('Object.keys(localStorage)')}")


def _save_next(page: Page) -> None:
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**after=*")
    expect(page.get_by_text("已存为草稿")).to_be_visible()
    expect(page.locator("#stem")).to_be_focused()
    expect(page.locator("[data-toolbar]")).to_be_visible()


def test_five_questions_of_different_kinds_are_written_by_keyboard_only(desk: Desk) -> None:
    machine = desk.machine()
    page = desk.open("B", machine)
    keys = page.keyboard
    expect(page.locator("#stem")).to_be_focused()
    keys.type("保卫人员夜间巡逻时发现库房的门锁被撬，首先应当（ ）。")
    expect(page.locator("[data-preview-body]")).to_contain_text("门锁被撬")
    expect(page.locator("[data-findings]")).to_contain_text("题库中已有题干近似的试题")
    expect(page.locator("[data-findings]")).to_contain_text("没有标出正确答案")
    page.locator("#option-0").focus()
    for text in ("保护现场并报告", "进入库房查看", "继续巡逻", "锁好库房的门"):
        keys.type(text)
        keys.press("Enter")
    keys.type("以上都对")
    expect(page.locator("#option-4")).to_be_focused()
    expect(page.locator("[data-findings]")).to_contain_text("说的是别的选项")
    keys.press("Alt+Delete")
    keys.press("Alt+ArrowUp")
    expect(page.locator("#option-2")).to_have_value("锁好库房的门")
    keys.press("Alt+1")
    expect(page.locator("#right-0")).to_be_checked()
    expect(page.locator("[data-findings]")).not_to_contain_text("没有标出正确答案")
    page.locator("#point").focus()
    keys.type("样例认定点A1")
    keys.press("Alt+Shift+2")
    expect(page.locator("#difficulty-2")).to_be_checked()
    page.locator("#sources").focus()
    keys.type("样例规定第三条")
    _save_next(page)
    # What is filed alike is kept; what was asked is not.
    expect(page.locator("#point")).to_have_value("A-A-001")
    expect(page.locator("#sources")).to_have_value("样例规定第三条")
    expect(page.locator("#difficulty-2")).to_be_checked()
    expect(page.locator("#stem")).to_have_value("")

    for kind, label in (("C", "判断题"), ("T", "填空题"), ("U", "计算题"), ("E", "案例分析题")):
        page.get_by_role("navigation", name="题型").get_by_role("link", name=label).press("Enter")
        page.wait_for_url(f"**kind={kind}*")
        expect(page.locator("#point")).to_have_value("A-A-001")
        expect(page.locator("[data-toolbar]")).to_be_visible()
        page.locator("#stem").focus()
        _type(page, kind)
        _save_next(page)

    written = desk.written()
    assert [row.kind for row, _key in written] == ["B", "C", "T", "U", "E"]
    assert {row.status for row, _key in written} == {"draft"}
    assert {row.point for row, _key in written} == {"A-A-001"}
    assert desk.errors() == []
    single, judgement, blank, number, case = written
    assert [one["content"] for one in single[0].document["options"]] == [
        "保护现场并报告", "进入库房查看", "锁好库房的门", "继续巡逻",
    ]  # fmt: skip
    assert single[1].options == {single[0].document["options"][0]["id"]}
    assert judgement[1].truth is False
    assert blank[1].blanks == (("人防",), ("技防", "技术防范"))
    assert number[1].quantity is not None
    assert (str(number[1].quantity.value), number[1].quantity.unit) == ("96", "m²")
    assert [part["kind"] for part in case[0].document["parts"]] == ["B", "D"]
    assert case[1].parts[1].model_answer == "保护现场，及时报告。"


def _type(page: Page, kind: str) -> None:
    keys = page.keyboard
    if kind == "C":
        keys.type("门卫可以不核对来访人员的证件。")
        keys.press("Alt+2")
        expect(page.locator("#right-false")).to_be_checked()
    elif kind == "T":
        keys.type("安全防范包括____和")
        keys.press("Alt+u")
        keys.type("。")
        expect(page.locator("[data-blanks]")).to_have_text("2")
        page.locator("#blank-0").focus()
        keys.type("人防")
        keys.press("Enter")
        keys.type("技防 | 技术防范")
    elif kind == "U":
        keys.type("库房长 12 m、宽 8 m，求面积 ")
        keys.press("Alt+f")
        keys.type("S=ab")
        expect(page.locator("[data-preview-body] math")).to_be_visible()
        page.locator("#numeric-number").press("Space")
        page.locator("#value").focus()
        keys.type("96")
        keys.press("Enter")
        keys.type("m²")
    else:
        keys.type("某单位夜间发生盗窃。")
        page.get_by_role("group", name="添加小题").get_by_role("button", name="单选题").press("Enter")
        expect(page.locator("#part-0-stem")).to_be_focused()
        keys.type("值班员首先应当（ ）。")
        page.locator("#part-0-option-0").focus()
        for text in ("报警", "离岗", "睡觉", "等待"):
            keys.type(text)
            keys.press("Enter")
        page.locator("#part-0-option-0").focus()
        keys.press("Alt+1")
        page.get_by_role("group", name="添加小题").get_by_role("button", name="简答题").press("Enter")
        expect(page.locator("#part-1-stem")).to_be_focused()
        expect(page.locator("#part-0-right-0")).to_be_checked()
        keys.type("随后如何处置？")
        page.locator("#part-1-right").focus()
        keys.type("保护现场，及时报告。")
        expect(page.locator("[data-preview-body] .presented-parts > li")).to_have_count(2)


def test_typing_survives_a_reload_and_is_forgotten_once_it_is_saved(desk: Desk) -> None:
    machine = desk.machine()
    page = desk.open("G", machine)
    page.keyboard.type("重点部位包括（ ）。")
    page.locator("#option-0").fill("金库")
    page.locator("#option-0").press("Alt+1")
    page.locator("#option-3").fill("档案室")
    page.locator("#option-3").press("Enter")
    page.locator("#option-4").fill("枪弹库")
    page.reload()
    expect(page.locator("#restored")).to_be_visible()
    expect(page.locator("#stem")).to_have_value("重点部位包括（ ）。")
    expect(page.locator("#option-4")).to_have_value("枪弹库")
    expect(page.locator("#right-0")).to_be_checked()
    page.keyboard.press("Control+s")
    page.wait_for_url("**/saved")
    expect(page.get_by_role("heading", name="接下来")).to_be_visible()
    _wait_for_drafts(page, 0)
    page.goto(desk.live.url + f"/bank/{desk.bank_id}/questions/new?kind=G")
    expect(page.locator("[data-toolbar]")).to_be_visible()
    expect(page.locator("#stem")).to_have_value("")
    expect(page.locator("#restored")).to_be_hidden()


def test_another_person_on_the_same_machine_never_meets_it(desk: Desk) -> None:
    with desk.live.site.writing() as session:
        other = make_person(session, Role.WRITER)
        token = login.start(session, other, as_candidate=False, address="127.0.0.1", now=desk.live.site.now)
    machine = desk.machine()
    page = desk.open("D", machine)
    page.keyboard.type("保密的题干。")
    _wait_for_drafts(page, 1)
    page.close()
    machine.context.clear_cookies()
    machine.context.add_cookies([desk.cookie(token)])
    page = desk.open("D", machine)
    expect(page.locator("#stem")).to_have_value("")
    _wait_for_drafts(page, 0)


def test_a_whole_question_pasted_into_the_stem_is_split_into_the_fields(desk: Desk) -> None:
    machine = desk.machine(permissions=["clipboard-read", "clipboard-write"])
    page = desk.open("B", machine)
    page.evaluate(
        "text => navigator.clipboard.writeText(text)",
        "1. 防火巡查应当（ ）。\nA. 每日一次\nB. 每周一次\nC. 每月一次\nD. 每季一次\n答案：A\n依据：样例规定",
    )
    page.locator("#stem").press("Control+v")
    expect(page.locator("#option-3")).to_have_value("每季一次")
    expect(page.locator("#stem")).to_have_value("防火巡查应当（ ）。")
    expect(page.locator("#right-0")).to_be_checked()
    expect(page.locator("#sources")).to_have_value("样例规定")


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "narrow"])
def test_axe_finds_nothing_on_the_form_and_nothing_is_wider_than_the_screen(
    desk: Desk, viewport: dict[str, int]
) -> None:
    machine = desk.machine(viewport=viewport)
    for kind in ("B", "T", "U", "F"):
        page = desk.open(kind, machine)
        page.locator("#stem").fill("不得不先看 $x^2$ 再填____。\n\n| 甲 | 乙 |\n|---|---|\n| 1 | 2 |\n")
        expect(page.locator("[data-findings] .finding").first).to_be_visible()
        if kind == "F":
            page.get_by_role("group", name="添加小题").get_by_role("button", name="多选题").click()
            expect(page.locator("#part-0-stem")).to_be_focused()
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        if viewport == WIDE or kind == "F":  # the form of the most parts stands for all on a narrow screen
            outcome = Axe().run(page, options=RULES)
            assert outcome.violations_count == 0, outcome.generate_report()
        page.close()


def test_a_question_is_written_without_scripts(desk: Desk) -> None:
    page = desk.machine(java_script_enabled=False).open(f"/bank/{desk.bank_id}/questions/new?kind=B")
    page.locator("#stem").fill("防火巡查应当（ ）。")
    for place, text in enumerate(("每日一次", "每周一次", "每月一次", "每季一次")):
        page.locator(f"#option-{place}").fill(text)
    page.get_by_role("button", name="下移选项").first.click()
    expect(page.locator("#option-0")).to_have_value("每周一次")
    page.locator("#right-1").check()
    page.locator("#point").fill("A-A-001")
    page.get_by_role("button", name="立即显示").click()
    expect(page.locator("[data-preview-body]")).to_contain_text("每周一次")
    page.get_by_role("button", name="存为草稿").click()
    expect(page.get_by_role("heading", name="接下来")).to_be_visible()
    [(_row, key)] = desk.written()
    assert len(key.options) == 1
