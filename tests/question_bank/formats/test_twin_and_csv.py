"""The 11-column twin of the 国标 format, and CSV."""

from __future__ import annotations

import io
from fractions import Fraction

import openpyxl
import pytest

from question_bank.formats import export_csv, twin
from question_bank.formats.imports import derived_ids
from question_bank.formats.reading import read
from question_bank.outlines.tree import Area, Outline, Point
from question_bank.questions.kinds import Kind
from question_bank.questions.model import content_hash
from tests.question_bank.formats.drafts import digest, draft, png

TITLES = [
    "鉴定点代码",
    "题目类型代码",
    "试题(题干)",
    *(f"选项{one}" for one in "ABCDE"),
    "答案",
    "难度代码",
    "一致性代码",
]


def table(make_book, *rows, titles=TITLES):
    return make_book({"Sheet1": [titles, *rows]})


def test_the_eleven_columns_are_read_without_ids(make_book):
    data = table(make_book, ["A-B-A-001", "B", "题干？", "甲", "乙", "丙", "丁", "", "C", "3", "5"])
    imported = read("国标.xlsx", data, new_ids=derived_ids)
    (found,) = imported.drafts
    question = found.question
    assert (question.point, question.difficulty, question.consistency) == ("A-B-A-001", 3, 5)
    assert [one.content for one in question.options if one.id in found.key.options] == ["丙"]
    assert (found.external_id, found.bank) == ("", "")


def test_without_an_outline_the_twin_says_that_its_codes_were_not_checked(make_book):
    data = table(make_book, ["A-B-A-001", "C", "对吗？", "", "", "", "", "", "正确", "3", "5"])
    assert "outline-needed" in [problem.code for problem in read("国标.xlsx", data).problems]
    leaf = Area("A-B-A", "丙", Fraction(100), points=(Point("A-B-A-001", "样例"),))
    outline = Outline("样例", (Area("A", "甲", Fraction(100), (Area("A-B", "乙", Fraction(100), (leaf,)),)),))
    assert "outline-needed" not in [
        problem.code for problem in read("国标.xlsx", data, outline=outline).problems
    ]
    for code, fault in (("A-B-B-001", "area-not-in-outline"), ("A-B-A-002", "point-not-in-outline")):
        wrong = table(make_book, [code, "C", "对吗？", "", "", "", "", "", "正确", "3", "5"])
        assert read("国标.xlsx", wrong, outline=outline).fates[0].codes == (fault,)


def test_the_twin_is_written_under_its_own_titles_with_bare_codes():
    book = openpyxl.load_workbook(io.BytesIO(twin.write([draft(consistency=4)]).data))
    rows = list(book.active.iter_rows(values_only=True))
    assert list(rows[0]) == TITLES
    assert rows[1] == (
        "A-B-A-001",
        "B",
        "方针是什么？",
        "预防为主",
        "事后处理",
        None,
        None,
        None,
        "A",
        "3",
        "4",
    )


def test_more_than_five_options_take_columns_of_their_own():
    six = draft(contents=list("甲乙丙丁戊己"), right="F")
    (back,) = read("t.xlsx", twin.write([six]).data).drafts
    assert content_hash(back.question, back.key) == content_hash(six.question, six.key)


def test_what_the_twin_has_no_place_for_is_named():
    written = twin.write(
        [draft(bank="甲", external_id="B-A-B-A-001-001", explanation="因为", sources=("某法",))]
    )
    (problem,) = written.problems
    assert problem.code == "not-held"
    assert all(name in problem.message for name in ("题库名称", "ID", "依据", "解析"))


@pytest.mark.parametrize("text", ["=1+1", "+86", "-1", "@某", "'=1", "''", "'甲"])
def test_a_cell_of_a_csv_never_runs_and_comes_back_as_it_was(text):
    one = draft(stem=text, bank="甲", external_id="B-A-B-A-001-001")
    written = export_csv.write([one])
    assert written.problems == ()
    lines = written.data.decode("utf-8-sig").splitlines()
    assert not any(
        cell.strip('"').startswith(("=", "+", "-", "@")) for line in lines for cell in line.split(",")
    )
    (back,) = read("题库.csv", written.data).drafts
    assert back.question.stem == text


def test_csv_begins_with_the_mark_that_excel_needs():
    assert export_csv.write([draft()]).data.startswith(b"\xef\xbb\xbf")


def test_csv_says_that_it_holds_no_pictures():
    data = png()
    one = draft(stem=f"看图：![图](picture:{digest(data)})")
    assert "picture-not-held" in [
        problem.code for problem in export_csv.write([one], {digest(data): data}).problems
    ]


def test_parts_and_material_are_named_as_lost():
    one = draft(Kind.CASE, model_answer="要点", material="一段材料")
    for written in (export_csv.write([one]), twin.write([one])):
        assert any("材料" in problem.message for problem in written.problems)
