"""Documents and other files of questions on their way into the bank, through the door."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from examsite import files
from examsite.access.permissions import Role
from examsite.authoring import actions
from examsite.authoring.models import Bank, ImportBatch, QuestionVersion
from examsite.authoring.pictures.models import BankPicture
from question_bank.formats import export_csv, twin, word_export
from question_bank.formats.pictures import named_in
from question_bank.formats.registry import FORMATS
from question_bank.questions.kinds import Kind
from question_bank.questions.model import Draft
from tests.conftest import Site
from tests.examsite.authoring.test_imports import Desk
from tests.examsite.authoring.workbooks import BANK
from tests.factories import make_bank, make_outline, make_person, question_of
from tests.question_bank.formats.drafts import digest, draft, png


@pytest.fixture
def desk(site: Site) -> Desk:
    with site.writing() as session:
        writer = make_person(session, Role.WRITER, name="命题样例")
        bank = make_bank(session, BANK)
        make_outline(session, bank)
    return Desk(site, writer, bank.id)


def _word(*drafts: Draft, images: dict[str, bytes] | None = None) -> bytes:
    return word_export.write(drafts, images or {}).data


def test_a_word_document_is_shown_item_by_item_and_imported(desk: Desk) -> None:
    page = desk.send(_word(draft(point="A-A-001"), draft(stem="另一题？", point="A-A-099")), "国标.docx")
    assert "{A}题干" in page.text
    assert "方针是什么？" in page.text
    assert "细目表中没有认定点 A-A-099" in page.text
    page.submit("导入 1 道试题", take="good")
    with desk.site.reading() as session:
        (version,) = session.scalars(select(QuestionVersion)).all()
    assert (version.point, version.stem, version.kind) == ("A-A-001", "方针是什么？", "B")


def test_an_item_that_cannot_be_held_is_shown_with_its_reason_and_source(desk: Desk) -> None:
    image = io.BytesIO()
    Image.new("L", (3, 3)).save(image, "GIF")
    name = digest(image.getvalue())
    strange = draft(stem=f"看图![图](picture:{name})。", point="A-A-001")
    content = _word(draft(point="A-A-001"), strange, images={name: image.getvalue()})
    page = desk.send(content, "国标.docx")
    assert "已隔离" in page.text
    assert "只能收 PNG" in page.text
    assert "第 7 行的原文" in page.text
    refused = page.submit("导入 1 道试题", take="all")
    assert refused.status == 409
    page.submit("导入 1 道试题", take="good")
    assert desk.count(QuestionVersion) == 1
    with desk.site.reading() as session:
        batch = session.scalars(select(ImportBatch)).one()
        assert (batch.accepted, batch.refused) == (1, 1)
    again = desk.browser.get(f"/bank/imports/{batch.id}")
    assert "第 7 行的原文" in again.text


def test_the_source_of_a_quarantined_item_is_not_in_the_kept_report(desk: Desk) -> None:
    image = io.BytesIO()
    Image.new("L", (3, 3)).save(image, "GIF")
    name = digest(image.getvalue())
    strange = draft(Kind.SHORT, f"看图![图](picture:{name})。", model_answer="保密的答案", point="A-A-001")
    desk.send(_word(strange, images={name: image.getvalue()}), "国标.docx")
    with desk.site.reading() as session:
        assert "保密的答案" not in str(session.scalars(select(ImportBatch.report)).one())


def test_pictures_of_a_file_are_kept_when_it_is_confirmed(desk: Desk) -> None:
    image = png()
    one = draft(stem=f"看图![图](picture:{digest(image)})。", point="A-A-001")
    page = desk.send(_word(one, images={digest(image): image}), "国标.docx")
    page.submit("导入 1 道试题")
    with desk.site.reading() as session:
        stem = session.scalars(select(QuestionVersion.stem)).one()
        (kept,) = named_in([stem])
        assert files.content_of(session, kept)[:8] == image[:8]


def test_an_undone_import_leaves_no_picture_but_those_that_are_named_elsewhere(desk: Desk) -> None:
    alone, shared = png(), png((9, 9, 9))
    names = [f"![图](picture:{digest(image)})" for image in (alone, shared)]
    one = draft(stem=f"看图{names[0]}和{names[1]}。", point="A-A-001")
    images = {digest(image): image for image in (alone, shared)}
    page = desk.send(_word(one, images=images), "国标.docx").submit("导入 1 道试题")
    with desk.site.writing() as session:
        stem = session.scalars(select(QuestionVersion.stem)).one()
        first, second = named_in([stem])
        bank = session.get_one(Bank, desk.bank_id)
        later = question_of(stem=f"另一题看![图](picture:{second})（ ）。")
        actions.write_question(session, bank, *later, actor=desk.writer, now=desk.site.now)
    assert "取出 1 道试题" in page.submit("撤销本次导入").text
    with desk.site.reading() as session:
        assert list(session.scalars(select(BankPicture.digest))) == [second]
        assert first != second


def test_a_csv_and_the_twin_are_taken_too(desk: Desk) -> None:
    one = draft(point="A-A-001", bank=BANK, external_id="B-A-A-001-001")
    desk.send(export_csv.write([one]).data, "题库.csv").submit("导入 1 道试题")
    desk.send(twin.write([draft(stem="另一题？", point="A-A-001")]).data, "国标.xlsx").submit("导入 1 道试题")
    assert desk.count(QuestionVersion) == 2


def test_the_upload_page_lists_every_format_that_can_be_read(desk: Desk) -> None:
    page = desk.browser.get(f"/bank/{desk.bank_id}/imports/new")
    for one in FORMATS:
        assert one.name in page.text
        assert all(f".{suffix}" in page.text for suffix in one.extensions)


def test_an_old_word_document_is_told_how_to_be_saved(desk: Desk) -> None:
    page = desk.send(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "旧.doc")
    assert page.status == 422
    assert "另存为" in page.text


def test_the_findings_of_a_document_come_back_as_a_workbook(desk: Desk) -> None:
    page = desk.send(_word(draft(point="A-A-001"), draft(stem="另一题？", point="A-A-099")), "国标.docx")
    findings = page.follow("带意见的工作簿").response.data
    rows = CalamineWorkbook.from_filelike(io.BytesIO(findings)).get_sheet_by_name("正文").to_python()
    assert rows[0][-1] == "导入意见"
    assert str(rows[1][-1]).startswith("原第 1 行：可导入")
    assert "细目表中没有认定点 A-A-099" in str(rows[2][-1])
