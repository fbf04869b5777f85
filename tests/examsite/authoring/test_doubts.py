"""Files are told what their questions leave to be desired, and what the bank has already, as warnings."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select

from examsite.access.models import Person
from examsite.access.permissions import Role
from examsite.access.scope import Granted, SignedIn, institution_scope
from examsite.authoring.models import ImportBatch
from examsite.authoring.reading import read_workbook
from examsite.authoring.secrecy.models import Duty, DutyTask
from examsite.authoring.writing.doubts import MOST_NEAR, with_doubts
from question_bank.problems import Problem
from tests.browse import Browse, Page
from tests.conftest import START, Site
from tests.examsite.authoring.workbooks import BANK, row, upload, workbook
from tests.factories import make_bank, make_outline, make_person, make_question

STEM = "保卫人员夜间巡逻时发现库房门锁被撬，首先应当采取的措施是（ ）。"
NEAR = "保卫人员在夜间巡逻时发现库房的门锁被撬，首先应当采取的措施是（ ）。"
TITLE = "试题（题干）"


@pytest.fixture
def writer(site: Site) -> Browse:
    with site.writing() as session:
        bank = make_bank(session, BANK)
        make_outline(session, bank)
        person = make_person(session, Role.WRITER)
    return site.browse_as(person)


def _send(browser: Browse, rows: Sequence[dict[str, str]]) -> Page:
    return browser.get("/bank/1/imports/new").submit("读取文件", upload(workbook(rows), "题库.xlsx"))


def _report(site: Site) -> Any:
    with site.reading() as session:
        return str(session.scalar(select(ImportBatch.report)))


def test_doubts_are_warnings_and_the_row_stays_importable(site: Site, writer: Browse) -> None:
    page = _send(writer, [row(1, **{"试题（选项D）": "D. 以上都对"})])
    assert "说的是别的选项" in page.text
    assert "1 道试题已入库" in page.submit("导入 1 道试题").text


def test_a_row_near_to_a_question_of_the_bank_names_it(site: Site, writer: Browse) -> None:
    with site.writing() as session:
        make_question(session, make_bank(session, BANK), stem=STEM, external_id="B-A-A-002-077")
    page = _send(writer, [row(1, **{TITLE: NEAR}), row(2)])
    assert "与题库中的 B-A-A-002-077 近似" in page.text
    assert page.text.count("近似") == 1
    assert "near-duplicate" in _report(site)


def test_a_row_near_to_an_earlier_row_names_that_row_once(site: Site, writer: Browse) -> None:
    page = _send(writer, [row(1, **{TITLE: STEM}), row(2), row(3, **{TITLE: NEAR})])
    assert "与本文件中的 B-A-A-001-001 近似" in page.text
    assert page.text.count("近似") == 1


def test_the_next_version_of_a_question_is_not_near_to_itself(site: Site, writer: Browse) -> None:
    with site.writing() as session:
        make_question(session, make_bank(session, BANK), stem=STEM, external_id="B-A-A-001-001")
    assert "近似" not in _send(writer, [row(1, **{TITLE: NEAR})]).text


def test_questions_that_the_person_may_not_see_are_not_named(site: Site, writer: Browse) -> None:
    with site.writing() as session:
        bank = make_bank(session, BANK)
        make_question(session, bank, stem=STEM, external_id="B-A-A-002-077")
        bank.is_restricted = True
        person = session.scalars(select(Person).order_by(Person.id)).first()
        assert person is not None
        session.add(Duty(bank_id=bank.id, person_id=person.id, task=DutyTask.WRITE, area="B", given_at=START))
    page = _send(writer, [row(1, 认定点代码="B-A-001", **{TITLE: NEAR})])
    assert page.status == 200
    assert _report(site) != "None"
    assert "B-A-A-002-077" not in page.text


def test_the_kept_report_does_not_tell_the_right_answer(site: Site, writer: Browse) -> None:
    long = "立即报告并保护好现场，同时做好完整的书面记录"
    _send(
        writer,
        [row(1, **{"试题（选项A）": f"A. {long}", "试题（选项D）": "D. 等待", TITLE: f"{long}属于（ ）。"})],
    )
    report = _report(site)
    assert "longest-option" not in report
    assert "answer-in-stem" not in report


def test_sixteen_thousand_rows_are_looked_through_in_seconds(sqlite_site: Site) -> None:
    """The worst case too: a file of one sentence with numbers in it."""
    with sqlite_site.writing() as session:
        bank = make_bank(session, BANK)
        person = make_person(session, Role.WRITER)
    rows = [row(number) for number in range(1, 16_001)]
    read = read_workbook("题库.xlsx", workbook(rows), None).read
    writer = SignedIn(
        person.id, person.name, 0, "", False, (Granted(Role.WRITER, institution_scope(bank.institution_id)),)
    )
    with sqlite_site.reading() as session:
        start = time.perf_counter()
        doubted = with_doubts(session, bank, writer, read)
        seconds = time.perf_counter() - start
    near: list[Problem] = [one for one in doubted.problems if one.code == "near-duplicate"]
    assert 0 < len(near) <= MOST_NEAR
    assert len(doubted.drafts) == len(read.drafts) == 16_000
    assert seconds < 8
