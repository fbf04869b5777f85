"""The column "check": every fault is named with its cell, its code and what to do."""

from __future__ import annotations

import datetime as dt
import io
from fractions import Fraction

import openpyxl
import pytest

from question_bank.formats.imports import Outcome
from question_bank.formats.reading import read
from question_bank.outlines.tree import Area, Outline, Point

NO_OPTIONS = {f"option_{x}": None for x in "abcd"}
OUTLINE = Outline("甲", (Area("A", "", Fraction(100), (Area("A-B", "", Fraction(100), (Area("A-B-C", "", Fraction(100), (), (Point("A-B-C-001", ""),)),)),)),))  # fmt: skip


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ({"answer": "E"}, "answer-without-option", "N"),
        ({"kind": "G", "external_id": "A-B-C-001-001", "answer": "A,F"}, "answer-without-option", "N"),
        ({"option_b": None, "option_c": None, "option_d": None}, "too-few-options", "H"),
        ({"kind": "G", "external_id": "A-B-C-001-001"}, "multiple-with-one-answer", "N"),
        ({"answer": "AB"}, "single-with-several-answers", "N"),
        ({"answer": None}, "answer-missing", "N"),
        ({"answer": "第一个"}, "answer-not-understood", "N"),
        ({"option_b": "预防为主"}, "option-repeated", "I"),
        ({"kind": "C", "external_id": "A-B-C-001-001", "answer": "也许", **NO_OPTIONS}, "answer-not-understood", "N"),
        ({"kind": "C", "external_id": "A-B-C-001-001", "answer": "A", **NO_OPTIONS}, "answer-not-understood", "N"),
        ({"kind": "C", "external_id": "A-B-C-001-001", "answer": "A"}, "judgement-options", "H"),
        ({"kind": "T", "external_id": "A-B-C-001-001", "stem": "甲是____。", "answer": "一、二", **NO_OPTIONS}, "blank-count-differs", "N"),
        ({"kind": "T", "external_id": "A-B-C-001-001", "stem": "没有空位。", "answer": "一", **NO_OPTIONS}, "blank-missing", "G"),
        ({"kind": "D", "external_id": "A-B-C-001-001", "answer": None, **NO_OPTIONS}, "answer-missing", "N"),
        ({"kind": "K（怪题）"}, "kind-unknown", "E"),
        ({"kind": "B（多选题）"}, "kind-unknown", "E"),
        ({"kind": None, "external_id": "A-B-C-001-001"}, "kind-missing", "E"),
        ({"difficulty": "6"}, "difficulty-unknown", "O"),
        ({"consistency": "非常好"}, "consistency-unknown", "P"),
        ({"stem": None}, "stem-missing", "G"),
        ({"external_id": "B-A-B-D-001-001"}, "id-point-differs", "B"),
        ({"external_id": "B-A-B-C-002-001"}, "id-point-differs", "B"),
        ({"external_id": "B-A-B-C-002-001", "point": "001"}, "id-point-differs", "B"),
        ({"external_id": "G-A-B-C-001-001"}, "id-kind-differs", "B"),
        ({"external_id": None, "point": None}, "point-missing", "D"),
        ({"external_id": "1", "point": "001"}, "point-incomplete", "D"),
        ({"stem": "题\x00干"}, "control-character", "G"),
        ({"option_a": "甲\x07"}, "control-character", "H"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_cell(read_bank, row, code, column):
    imported = read_bank(row)
    errors = [problem for problem in imported.problems if problem.is_error]
    assert [(p.code, p.place.sheet, p.place.row, p.place.column) for p in errors] == [
        (code, "题库模板", 2, column)
    ]
    assert "请" in errors[0].message
    assert imported.drafts == ()
    assert (imported.fates[0].outcome, imported.fates[0].codes) == (Outcome.REFUSED, (code,))


def test_every_fault_of_a_row_is_told_at_once(read_bank):
    imported = read_bank({"answer": "E", "difficulty": "9", "kind": "B", "external_id": "G-A-B-C-001-001"})
    assert set(imported.fates[0].codes) == {"answer-without-option", "difficulty-unknown", "id-kind-differs"}


def test_the_sentence_says_what_to_do(read_bank):
    (problem,) = read_bank({"answer": "E"}).problems
    assert str(problem) == "工作表“题库模板” 第 2 行 N 列：没有选项 E。请改为 A–D，或补上选项 E。"


def test_a_kind_can_come_from_the_id(read_bank):
    assert read_bank({"kind": None}).drafts[0].question.kind == "B"


def test_an_id_twice_in_one_bank(read_bank):
    imported = read_bank({}, {"external_id": "B-A-B-C-001-001"})
    assert [(p.code, p.place.row, p.place.column) for p in imported.problems] == [("id-repeated", 3, "B")]
    assert "题库模板!2" in imported.problems[0].message
    assert len(imported.drafts) == 1


def test_stems_that_differ_in_punctuation_only_are_a_warning(read_bank):
    imported = read_bank({"stem": "方针是（ ）。"}, {"stem": "方针是( )"})
    assert [(p.code, p.is_error, p.place.row) for p in imported.problems] == [("stem-repeated", False, 3)]
    assert len(imported.drafts) == 2


def test_codes_that_the_outline_lacks(read_bank):
    rows = [{}, {"external_id": None, "point": "A-B-C-002"}, {"external_id": None, "point": "A-B-D-001"}]
    imported = read_bank(*rows, reading={"outline": OUTLINE})
    assert [(p.code, p.place.row, p.place.column) for p in imported.problems] == [
        ("point-not-in-outline", 3, "D"),
        ("area-not-in-outline", 4, "D"),
    ]


def test_the_outline_decides_what_an_id_without_code_means(read_bank):
    two = Outline(
        "乙", (Area("B", "", Fraction(100), (Area("B-A", "", Fraction(100), (), (Point("B-A-001", ""),)),)),)
    )
    row = {"external_id": "B-B-A-001-001", "point": None}
    assert read_bank(row, reading={"outline": two}).drafts[0].question.point == "B-A-001"


def test_excel_escapes_are_decoded_once_before_checking(read_bank):
    # The writer turns control characters into _x0000_ and a literal _x0041_ into _x005F_x0041_.
    imported = read_bank({"stem": "第一行\r\n第二行"}, {"stem": "坏\x00字"}, {"stem": "名_x0041_"})
    assert [p.code for p in imported.problems] == ["control-character"]
    assert [d.question.stem for d in imported.drafts] == ["第一行\n第二行", "名_x0041_"]
    assert imported.fates[1].cells[6] == "坏␀字"


def test_numbers_are_read_as_text_without_a_point(read_bank):
    imported = read_bank({"option_a": 5, "option_b": 10, "option_c": 15, "option_d": 20})
    assert [o.content for o in imported.drafts[0].question.options] == ["5", "10", "15", "20"]
    assert imported.problems == ()


def test_per_cents_and_dates_kept_as_numbers_are_pointed_out(read_bank):
    imported = read_bank({"option_a": 0.05, "option_b": 0.1})
    assert [(p.code, p.place.column, p.is_error) for p in imported.problems] == [
        ("number-format-lost", "H", False),
        ("number-format-lost", "I", False),
    ]


def test_a_date_in_an_option_is_pointed_out(read_bank):
    book = openpyxl.load_workbook(io.BytesIO(_bytes_of_one_row()))
    book.active["E2"] = dt.date(2024, 5, 1)
    stream = io.BytesIO()
    book.save(stream)
    imported = read("d.xlsx", stream.getvalue(), bank="甲")
    assert [p.code for p in imported.problems] == ["number-format-lost"]
    assert imported.drafts[0].question.options[0].content == "2024-05-01"


@pytest.mark.parametrize("value", [220104199001011234, "2.20104E+17"])
def test_codes_that_lost_digits_are_refused(read_bank, value):
    imported = read_bank({"external_id": value, "point": "A-B-C-001"})
    assert [(p.code, p.place.column) for p in imported.problems] == [("number-lost-digits", "B")]


def test_curly_quotes_leading_zeros_and_full_width_digits_in_codes(read_bank):
    draft = read_bank(
        {"external_id": "‘B-A-B-C-００１-007’", "point": "'A-B-C-1", "difficulty": "‘3"}
    ).drafts[0]
    assert (draft.external_id, draft.question.point, draft.question.difficulty) == (
        "B-A-B-C-001-007",
        "A-B-C-001",
        3,
    )


def test_curly_quotes_inside_a_stem_stay(read_bank):
    assert read_bank({"stem": "所谓‘四防’是（ ）。"}).drafts[0].question.stem == "所谓‘四防’是（ ）。"


def test_a_formula_without_a_stored_value_is_named():
    book = openpyxl.load_workbook(io.BytesIO(_bytes_of_one_row()))
    book.active["G2"] = '=LEFT("AB",1)'
    stream = io.BytesIO()
    book.save(stream)
    imported = read("f.xlsx", stream.getvalue(), bank="甲")
    codes = [(p.code, p.place.row, p.place.column) for p in imported.problems if p.is_error]
    assert ("formula-without-value", 2, "G") in codes
    assert imported.drafts == ()


def test_a_gap_between_options_keeps_the_letters_of_the_columns(read_bank):
    imported = read_bank({"option_b": None, "answer": "C"})
    assert [p.code for p in imported.problems] == ["option-gap"]
    (draft,) = imported.drafts
    (right,) = [o.content for o in draft.question.options if o.id in draft.key.options]
    assert right == "教育为主"


def test_floating_pictures_are_pointed_out(make_bank):
    book = openpyxl.load_workbook(io.BytesIO(make_bank({})))
    stream = io.BytesIO()
    book.save(stream)
    with_picture = _with_part(stream.getvalue(), "xl/media/image1.png", b"\x89PNG....")
    assert [p.code for p in read("p.xlsx", with_picture).problems] == ["pictures-not-read"]


def _bytes_of_one_row() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["ID", "认定点代码", "题型代码", "题干", "选项A", "选项B", "答案"])
    book.active.append(["B-A-B-C-001-001", "A-B-C-001", "B", "题（ ）。", "甲", "乙", "A"])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _with_part(data: bytes, name: str, part: bytes) -> bytes:
    import zipfile

    stream = io.BytesIO(data)
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr(name, part)
    return stream.getvalue()
