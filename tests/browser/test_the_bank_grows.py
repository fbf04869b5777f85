"""A question from the writer's form to a paper, and a workbook with errors from upload to undo, in the browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select

from examsite.access import login
from examsite.access.models import Person
from examsite.access.permissions import Role
from examsite.authoring.models import Bank, QuestionVersion, VersionStatus
from examsite.authoring.vetting.stages import USUAL, stages_as_document
from examsite.planning.sealing.disclosure import note_uses
from question_bank.questions.kinds import Kind
from tests.browser.conftest import LiveSite
from tests.browser.machine import WIDE, Machine
from tests.examsite.authoring.workbooks import row, workbook
from tests.factories import (
    make_bank,
    make_institution,
    make_outline,
    make_paper_set,
    make_person,
    make_plan,
    make_sitting,
    make_specification,
)

pytestmark = pytest.mark.browser

STEM = "保卫值班员接到火情报告后，首先应当（ ）。"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SignIn = Callable[[int], Machine]


@pytest.fixture
def sign_in(live_site: LiveSite, chromium: Browser) -> Iterator[SignIn]:
    """A machine of its own for each person."""
    site, machines = live_site.site, []

    def at_a_machine(person_id: int) -> Machine:
        with site.writing() as session:
            person = session.get_one(Person, person_id)
            token = login.start(session, person, as_candidate=False, address="127.0.0.1", now=site.now)
        serializer = site.app.session_interface.get_signing_serializer(site.app)  # type: ignore[attr-defined]
        value = serializer.dumps({"_user_id": token, "_fresh": True})
        context = chromium.new_context(viewport=WIDE, accept_downloads=True)
        name = site.app.config["SESSION_COOKIE_NAME"]
        context.add_cookies([{"name": name, "value": value, "url": live_site.url, "httpOnly": True}])
        machines.append(Machine(context, live_site.url))
        return machines[-1]

    yield at_a_machine
    for machine in machines:
        machine.context.close()
    for machine in machines:
        machine.check()


def test_a_question_is_written_vetted_by_three_confirmed_found_and_used(
    live_site: LiveSite, sign_in: SignIn
) -> None:
    site = live_site.site
    with site.writing() as session:
        institution = make_institution(session, "样例命题单位")
        bank = make_bank(session, "样例成长题库", institution=institution)
        bank.vetting, bank.needs_confirmation = stages_as_document(USUAL), True
        make_outline(session, bank, areas=1, points=1)
        writer, *reviewers = (
            make_person(session, role, institution=institution).id
            for role in (Role.WRITER, Role.REVIEWER, Role.REVIEWER, Role.REVIEWER)
        )
        province = make_person(session, Role.PROVINCE).id
        bank_id = bank.id

    page = sign_in(writer).open(f"/bank/{bank_id}/questions/new?kind=B")
    page.get_by_label("题干").first.fill(STEM)
    for place, text in enumerate(("核实并报警", "通知全体职工回家", "先向媒体说明", "等待上级到场")):
        page.locator(f"[name='option-{place}']").fill(text)
    page.locator("[name='right'][value='0']").check()
    page.locator("[name='point']").fill("A-A-001")
    page.locator("[name='difficulty'][value='2']").check()
    page.locator("[name='sources']").fill("样例依据：消防安全通行要求")
    page.get_by_role("button", name="保存并提交审定").click()
    page.wait_for_url("**/saved*")
    with site.reading() as session:
        version_id = session.scalars(
            select(QuestionVersion.id).where(QuestionVersion.bank_id == bank_id)
        ).one()

    waiting = dict.fromkeys(reviewers)
    for stage in ("初审", "复审", "终审"):
        with site.reading() as session:
            assert session.get_one(QuestionVersion, version_id).status == VersionStatus.IN_REVIEW
        for reviewer in waiting:
            page = sign_in(reviewer).open("/bank/review")
            if STEM[:8] in page.locator("main").inner_text():
                break
        waiting.pop(reviewer)
        page.goto(f"{live_site.url}/bank/review/{version_id}")
        expect(page.locator("main")).to_contain_text(stage)
        page.get_by_role("button", name="A 采用").click()
        expect(page.locator(".message-success")).to_be_visible()

    page = sign_in(province).open(f"/bank/{bank_id}/confirmation")
    page.locator("#everything").check()
    page.locator("#reason").fill("样例文号〔2026〕1 号")
    page.locator("button[value='confirm']").click()
    expect(page.locator(".message-success")).to_be_visible()
    with site.reading() as session:
        assert session.get_one(QuestionVersion, version_id).status == VersionStatus.CONFIRMED

    page = sign_in(writer).open(f"/bank/{bank_id}/questions")
    page.locator("input[name='q']").fill("火情")
    page.locator("input[name='q']").press("Enter")
    page.get_by_role("link", name=STEM[:8]).click()
    expect(page.locator("h1")).to_be_visible()

    with site.writing() as session:
        plan = make_plan(session, session.get_one(Bank, bank_id))
        rules = make_specification(session, session.get_one(Bank, bank_id), ((Kind.SINGLE, 1, "100"),))
        papers = make_paper_set(session, plan, rules, count=1)
        sitting = make_sitting(session, paper_set=papers, opens_at=site.now - timedelta(days=1))
        note_uses(session, papers, now=sitting.closes_at + timedelta(hours=1))
    page.reload()
    expect(page.locator("main")).to_contain_text("共上卷 1 份")


def test_a_workbook_with_an_error_is_mended_confirmed_and_undone(
    live_site: LiveSite, sign_in: SignIn
) -> None:
    site = live_site.site
    with site.writing() as session:
        institution = make_institution(session, "样例导入单位")
        bank_id = make_bank(session, "样例导入题库", institution=institution).id
        writer = make_person(session, Role.WRITER, institution=institution).id
    faulty = [row(1), row(2, **{"试题（题干）": "样题：发现可疑包裹时应当（ ）。", "正确答案": "E"})]
    mended = [faulty[0], {**faulty[1], "正确答案": "B"}]

    page = sign_in(writer).open(f"/bank/{bank_id}/imports/new")
    _send(page, "有错.xlsx", workbook(faulty))
    expect(page.locator(".cell-error")).to_contain_text("E")
    expect(page.get_by_text("没有选项 E").first).to_be_visible()
    assert _held(live_site, bank_id) == 0, "nothing enters before somebody confirms"

    page.goto(f"{live_site.url}/bank/{bank_id}/imports/new")
    _send(page, "已改.xlsx", workbook(mended))
    expect(page.locator(".cell-error")).to_have_count(0)
    page.get_by_role("button", name=re.compile("^导入 2")).click()
    expect(page.locator(".message-success")).to_be_visible()
    assert _held(live_site, bank_id) == 2

    page.get_by_role("button", name="撤销本次导入").click()
    expect(page.locator(".message-success")).to_be_visible()
    assert _held(live_site, bank_id) == 0


def _send(page: Page, name: str, content: bytes) -> None:
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": XLSX, "buffer": content})
    page.get_by_role("button", name="读取文件").click()
    page.wait_for_url(re.compile(r"/imports/\d+"))


def _held(live_site: LiveSite, bank_id: int) -> int:
    with live_site.site.reading() as session:
        query = select(func.count()).select_from(QuestionVersion).where(QuestionVersion.bank_id == bank_id)
        return session.scalar(query) or 0
