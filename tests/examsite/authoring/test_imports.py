"""A workbook's way into the bank, through the door."""

from __future__ import annotations

import io
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from examsite.access.models import Person
from examsite.access.permissions import Role
from examsite.audit import AuditRecord
from examsite.authoring import imports, queries
from examsite.authoring.models import BatchStatus, ImportBatch, QuestionKey, QuestionRow, QuestionVersion
from examsite.authoring.vetting.models import ReviewTask
from tests.browse import Browse, Page
from tests.conftest import Site
from tests.examsite.authoring.workbooks import BANK, row, upload, workbook
from tests.factories import make_approved_bank, make_bank, make_institution, make_outline, make_person


@dataclass
class Desk:
    """A writer at a bank with a published outline."""

    site: Site
    writer: Person
    bank_id: int
    browser: Browse = field(init=False)

    def __post_init__(self) -> None:
        self.browser = self.site.browse_as(self.writer)

    def send(self, content: bytes, name: str = "题库.xlsx") -> Page:
        """Upload a file as the writer does."""
        page = self.browser.get(f"/bank/{self.bank_id}/imports/new")
        return page.submit("读取文件", upload(content, name))

    def count(self, model: type) -> int:
        with self.site.reading() as session:
            return session.scalar(select(func.count()).select_from(model)) or 0


@pytest.fixture
def desk(site: Site) -> Desk:
    with site.writing() as session:
        writer = make_person(session, Role.WRITER, name="命题样例")
        bank = make_bank(session, BANK)
        make_outline(session, bank)
    return Desk(site, writer, bank.id)


def test_nothing_enters_the_bank_before_confirmation(desk: Desk) -> None:
    page = desk.send(workbook([row(1), row(2)]))
    assert "待确认" in page.text
    assert "导入 2 道试题" in page.text
    assert desk.count(QuestionVersion) == 0


def test_confirmed_rows_wait_for_review_with_their_keys_apart(desk: Desk) -> None:
    page = desk.send(workbook([row(1), row(2)])).submit("导入 2 道试题")
    assert "2 道试题已入库" in page.text
    with desk.site.reading() as session:
        versions = session.scalars(select(QuestionVersion)).all()
        keys = queries.keys(session, [version.id for version in versions])
        assert {version.status for version in versions} == {"in_review"}
        assert {version.author_id for version in versions} == {desk.writer.id}
        for version in versions:
            first = version.document["options"][0]
            assert first["content"] == "预防为主"
            assert keys[version.id].options == {first["id"]}
            assert "sources" in version.document
            assert keys[version.id].explanation == ""


def test_every_rows_fate_is_shown_with_the_bad_cell_marked(desk: Desk) -> None:
    page = desk.send(workbook([row(1), row(2, 正确答案="F"), row(3, 题型代码="G（多选题）", 正确答案="A")]))
    bad = page.find_all("td", class_="cell-error")
    assert len(bad) == 2
    texts = ["".join(cell.itertext()) for cell in bad]
    assert any("没有选项 F" in text for text in texts)
    assert any("多选题只有一个答案" in text for text in texts)
    assert all(cell.find("p") is not None for cell in bad), "a mark must not be colour alone"
    only = page.submit("显示", only="1")
    assert len(only.find_all("td", class_="cell-error")) == 2
    assert "样题1：" not in only.text
    assert "样题2：" in only.text


def test_the_good_rows_can_be_imported_alone(desk: Desk) -> None:
    page = desk.send(workbook([row(1), row(2, 正确答案="F")])).submit("导入 1 道试题", take="good")
    assert "1 道试题已入库" in page.text
    assert desk.count(QuestionVersion) == 1


def test_all_or_nothing_takes_nothing_where_a_row_is_bad(desk: Desk) -> None:
    page = desk.send(workbook([row(1), row(2, 正确答案="F")])).submit("导入 1 道试题", take="all")
    assert page.status == 409
    assert "有 1 行存在错误" in page.text
    assert desk.count(QuestionVersion) == 0


def test_a_code_that_the_outline_lacks_is_refused_by_name(desk: Desk) -> None:
    page = desk.send(workbook([row(1, 认定点代码="A-A-099"), row(2, 认定点代码="Z-A-001")]))
    assert "细目表中没有认定点 A-A-099" in page.text
    assert "细目表中没有鉴定范围 Z-A" in page.text
    assert "没有可导入的行" in page.text


def test_a_repeated_id_is_refused(desk: Desk) -> None:
    page = desk.send(workbook([row(1), row(1, **{"试题（题干）": "另一道样题（ ）。"})]))
    assert "已用于" in page.text
    assert "导入 1 道试题" in page.text


def test_a_formula_without_value_is_named(desk: Desk) -> None:
    page = desk.send(workbook([row(1, **{"试题（题干）": "=A1&B1"})]))
    assert "没有保存计算结果" in page.text


def test_an_invisible_character_is_shown_and_refused(desk: Desk) -> None:
    page = desk.send(workbook([row(1, **{"试题（题干）": "样题\x01（ ）。"})]))
    assert "控制字符 U+0001" in page.text
    assert "样题\ufffd（ ）" in page.text


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("题库.docx", b"PK\x03\x04nothing", "xlsx"),
        ("题库.xlsx", "题库名称,ID\n文本,1\n".encode(), "另存为"),
        ("题库.xlsx", b"", "空的"),
        ("题库.xlsx", b"PK\x03\x04" + b"\x00" * 50, "损坏"),
    ],
)
def test_a_file_that_is_no_workbook_gets_one_clear_line(
    desk: Desk, name: str, content: bytes, sentence: str
) -> None:
    page = desk.send(content, name)
    assert page.status == 422
    assert sentence in page.text
    assert desk.count(ImportBatch) == 0


def test_a_zip_bomb_is_refused_unopened(desk: Desk) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (200 * 1024 * 1024))
    page = desk.send(stream.getvalue())
    assert page.status == 422
    assert desk.count(ImportBatch) == 0


def test_no_file_chosen_is_said_beside_the_field(desk: Desk) -> None:
    page = desk.browser.get(f"/bank/{desk.bank_id}/imports/new").submit("读取文件")
    assert page.status == 422
    assert "请先选择文件" in page.text


def test_the_same_file_again_is_recognised(desk: Desk) -> None:
    content = workbook([row(1)])
    first = desk.send(content)
    again = desk.send(content)
    assert "以前收到过同一个文件" in again.text
    assert again.url == first.url
    assert desk.count(ImportBatch) == 1
    again.submit("导入 1 道试题")
    third = desk.send(content)
    assert "已入库" in third.text
    assert "以前收到过同一个文件" in third.text


def test_confirming_twice_imports_once(desk: Desk) -> None:
    preview = desk.send(workbook([row(1)]))
    preview.submit("导入 1 道试题")
    back = preview.submit("导入 1 道试题")
    assert "没有重复导入" in back.text
    assert desk.count(QuestionVersion) == 1


def test_two_people_confirming_at_once_import_once(desk: Desk) -> None:
    preview = desk.send(workbook([row(1)]))
    with desk.site.writing() as session:
        other = make_person(session, Role.WRITER)
    theirs = desk.site.browse_as(other).get(preview.url)
    assert "1 道试题已入库" in preview.submit("导入 1 道试题").text
    assert "没有重复导入" in theirs.submit("导入 1 道试题").text
    assert desk.count(QuestionVersion) == 1


def test_two_clicks_in_the_same_moment_import_once(desk: Desk) -> None:
    preview = desk.send(workbook([row(number) for number in range(1, 40)]))
    with desk.site.writing() as session:
        other = make_person(session, Role.WRITER)
    pages = [desk.browser.get(preview.url), desk.site.browse_as(other).get(preview.url)]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda page: page.submit("导入 39 道试题"), pages))
    assert sorted("39 道试题已入库" in answer.text for answer in answers) == [False, True]
    assert sorted("没有重复导入" in answer.text for answer in answers) == [False, True]
    assert desk.count(QuestionVersion) == 39


def test_changed_rows_become_versions_and_unchanged_ones_stay(desk: Desk) -> None:
    desk.send(workbook([row(1), row(2)])).submit("导入 2 道试题")
    page = desk.send(workbook([row(1), row(2, **{"试题（题干）": "改过的样题（ ）。"}), row(3)]))
    done = page.submit("导入 2 道试题")
    assert "2 道试题已入库" in done.text
    with desk.site.reading() as session:
        numbers = session.execute(
            select(QuestionRow.external_id, func.max(QuestionVersion.number).label("number"))
            .join(QuestionVersion, QuestionVersion.question_id == QuestionRow.id)
            .group_by(QuestionRow.external_id)
        ).all()
    assert {row.external_id: row.number for row in numbers} == {
        "B-A-A-001-001": 1,
        "B-A-A-001-002": 2,
        "B-A-A-001-003": 1,
    }


def test_a_file_that_holds_nothing_new_says_so(desk: Desk) -> None:
    desk.send(workbook([row(1)])).submit("导入 1 道试题")
    page = desk.send(workbook([row(1)], sheet="另一张表"))
    assert "无须导入" in page.text


def test_of_two_banks_in_one_file_the_person_chooses(desk: Desk) -> None:
    rows = [row(1, 题库名称="甲库"), row(2, 题库名称="甲库"), row(7, 题库名称="乙库")]
    page = desk.send(workbook(rows))
    assert "请先在上面选择题库名称" in page.text
    chosen = page.submit("显示其各行", source="甲库")
    assert "导入 2 道试题" in chosen.text
    done = chosen.submit("导入 2 道试题")
    assert "2 道试题已入库" in done.text
    second = done.submit("导入此文件的其他题库名称").submit("显示其各行", source="乙库")
    assert "导入 1 道试题" in second.text


def test_rows_without_a_bank_name_enter_this_bank_after_one_question(desk: Desk) -> None:
    page = desk.send(workbook([row(1, 题库名称="")]))
    assert f"这些行没有题库名称，将导入题库“{BANK}”" in page.text
    assert "1 道试题已入库" in page.submit("导入 1 道试题").text


def test_a_discarded_file_leaves_nothing(desk: Desk) -> None:
    page = desk.send(workbook([row(1)]))
    after = page.submit("放弃此文件")
    assert "没有内容入库" in after.text
    late = page.submit("导入 1 道试题")
    assert "已放弃" in late.text
    assert desk.count(QuestionVersion) == 0


def test_an_unused_batch_is_undone_as_a_whole(desk: Desk) -> None:
    desk.send(workbook([row(1)])).submit("导入 1 道试题")
    changed = [row(1, **{"试题（题干）": "改过的样题（ ）。"}), row(2), row(3)]
    page = desk.send(workbook(changed)).submit("导入 3 道试题")
    undone = page.submit("撤销本次导入")
    assert "取出 3 道试题" in undone.text
    assert desk.count(QuestionVersion) == desk.count(QuestionRow) == desk.count(QuestionKey) == 1


def test_an_undone_batch_gives_the_version_before_back_to_its_reviewer(desk: Desk) -> None:
    with desk.site.writing() as session:
        reviewer = make_person(session, Role.REVIEWER)
    desk.send(workbook([row(1)])).submit("导入 1 道试题")
    desk.site.clock.advance(minutes=5)
    page = desk.send(workbook([row(1, **{"试题（题干）": "改过的样题（ ）。"})])).submit("导入 1 道试题")
    page.submit("撤销本次导入")
    with desk.site.reading() as session:
        version_id = session.scalars(select(QuestionVersion.id)).one()
        asked = session.scalars(select(ReviewTask.reviewer_id).where(ReviewTask.ended_at.is_(None))).all()
        assert asked == [reviewer.id]
    judge = desk.site.browse_as(reviewer).get(f"/bank/review/{version_id}")
    assert judge.submit("退回修改", comment="请补充依据").status == 200


def test_a_batch_of_which_one_question_was_judged_stays(desk: Desk) -> None:
    page = desk.send(workbook([row(1), row(2)])).submit("导入 2 道试题")
    with desk.site.writing() as session:
        reviewer = make_person(session, Role.REVIEWER)
        version_id = session.scalar(select(func.min(QuestionVersion.id)))
    judge = desk.site.browse_as(reviewer).get(f"/bank/review/{version_id}")
    judge.submit("退回修改", comment="请补充依据")
    assert page.submit("撤销本次导入").status == 409
    assert desk.count(QuestionVersion) == 2
    assert "已不能撤销" in desk.browser.get(page.url).text


def test_another_outline_since_the_preview_asks_for_another_look(desk: Desk) -> None:
    preview = desk.send(workbook([row(1)]))
    with desk.site.writing() as session:
        bank = make_bank(session, BANK)
        desk.site.clock.advance(minutes=1)
        make_outline(session, bank, areas=2, points=9)
    page = preview.submit("导入 1 道试题")
    assert page.status == 409
    assert "重新读取" in page.text
    fresh = page.submit("重新读取文件")
    assert "1 道试题已入库" in fresh.submit("导入 1 道试题").text


def test_the_findings_come_back_as_a_workbook(desk: Desk) -> None:
    page = desk.send(workbook([row(1), row(2, 正确答案="F")]))
    answer = desk.browser.get(page.link("带意见的工作簿"))
    assert answer.status == 200
    lines = CalamineWorkbook.from_filelike(io.BytesIO(answer.response.data)).get_sheet_by_index(0).to_python()
    assert "没有选项 F" in str(lines[2][-1])
    assert "可导入" in str(lines[1][-1])


def test_looks_at_a_sheet_with_keys_are_on_the_record(desk: Desk) -> None:
    desk.send(workbook([row(1)]))
    with desk.site.reading() as session:
        acts = session.scalars(select(AuditRecord.act)).all()
    assert acts.count("key.view") == 1
    assert acts.count("import.stage") == 1


def test_the_kept_report_holds_no_answer(desk: Desk) -> None:
    secret = "绝密答案甲"
    rows = [
        row(1, 题型代码="T（填空题）", 正确答案=secret, 解析=secret, **{"试题（题干）": "样题的空是____。"}),
        row(2, 正确答案="绝密答案乙"),
    ]
    desk.send(workbook(rows))
    with desk.site.reading() as session:
        report = str(session.scalar(select(ImportBatch.report)))
    assert "绝密" not in report


def test_somebody_elses_import_does_not_exist(desk: Desk) -> None:
    page = desk.send(workbook([row(1)]))
    with desk.site.writing() as session:
        other = make_institution(session, "别处的样例中心")
        stranger = make_person(session, Role.WRITER, institution=other)
        reviewer = make_person(session, Role.REVIEWER)
    assert desk.site.browse_as(stranger).get(page.url).status == 404
    assert desk.site.browse_as(stranger).get(f"/bank/{desk.bank_id}/imports/new").status == 404
    assert desk.site.browse_as(reviewer).get(page.url).status == 403


def test_a_bank_that_does_not_exist_is_404(desk: Desk) -> None:
    assert desk.browser.get("/bank/999/imports/new").status == 404
    assert desk.browser.get("/bank/imports/999").status == 404


def test_an_id_longer_than_the_bank_keeps_is_refused(desk: Desk) -> None:
    page = desk.send(workbook([row(1, ID="X" * 61)]))
    assert "不得超过 60 个字符" in page.text


def test_an_approved_bank_can_be_made_for_other_stages(site: Site) -> None:
    with site.writing() as session:
        bank = make_approved_bank(session, 40)
    with site.reading() as session:
        pool = queries.approved_pool(session, bank.id)
        assert len(pool) == 40
        assert all(len(one.options) == (4 if one.kind.has_options else 0) for one in pool)
        assert imports.versions_in_use(session, 1) == 0
        assert session.scalar(select(ImportBatch.status)) in (None, BatchStatus.CONFIRMED)
