"""What is written: reads back equal, holds no formula, and shows the findings where they belong."""

from __future__ import annotations

import io
from collections import Counter

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from question_bank.formats.export import write, write_findings
from question_bank.formats.imports import derived_ids
from question_bank.formats.reading import read
from question_bank.questions.kinds import Kind
from question_bank.questions.model import Draft, Key, Question, content_hash, make_options

# Text as a reader leaves it: trimmed, no control characters, line ends as \n.  What a blank or a source line is
# written with is left out here and tested by itself.
LETTERS = st.characters(
    codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\ufffe\uffff_＿（("
)
TEXT = (
    st.text(st.one_of(LETTERS, st.sampled_from("=+-@A.、B")), min_size=1, max_size=30)
    .map(str.strip)
    .filter(bool)
)
PART = TEXT.filter(lambda text: not set(text) & set("、；;，,/／|｜\n"))


@st.composite
def drafts(draw):
    kind = draw(st.sampled_from(Kind))
    stem = draw(TEXT)
    options, key = (), Key(model_answer=draw(TEXT))
    if kind.has_options:
        options = make_options(draw(st.lists(TEXT, min_size=2, max_size=8, unique=True)))
        size = 1 if kind is Kind.SINGLE else draw(st.integers(2, len(options)))
        key = Key(options=frozenset(option.id for option in options[:size]))
    elif kind is Kind.JUDGEMENT:
        key = Key(truth=draw(st.booleans()))
    elif kind is Kind.BLANK:
        blanks = draw(st.lists(st.lists(PART, min_size=1, max_size=3).map(tuple), min_size=1, max_size=3))
        stem += "____。" * len(blanks)
        key = Key(blanks=tuple(blanks))
    explanation = draw(
        st.one_of(st.just(""), TEXT.filter(lambda text: not text.startswith(("依据", "出处", "来源"))))
    )
    question = Question(
        kind,
        stem,
        options,
        draw(st.sampled_from(["A-B-C-001", "B-A-012", "D-E-F-999"])),
        draw(st.none() | st.integers(1, 5)),
        draw(st.none() | st.integers(1, 5)),
        tuple(draw(st.lists(PART, max_size=3))),
        draw(st.one_of(st.just(""), TEXT)),
        tuple(draw(st.lists(PART, max_size=2))),
    )
    key = Key(key.options, key.truth, key.blanks, key.model_answer, explanation)
    return Draft(question, key, draw(st.sampled_from(["", "甲", "乙"])), "")


def meaning(draft):
    return draft.bank, draft.external_id, content_hash(draft.question, draft.key)


@settings(max_examples=60, deadline=None)
@given(st.lists(drafts(), max_size=6))
def test_what_is_written_reads_back_equal(some):
    some = [Draft(d.question, d.key, d.bank, f"Q{n}") for n, d in enumerate(some)]
    written = write(some)
    assert written.problems == ()
    back = read("回.xlsx", written.data)
    assert not [problem for problem in back.problems if problem.is_error and problem.code != "no-rows"]
    assert Counter(map(meaning, back.drafts)) == Counter(map(meaning, some))


def make_draft(**fields):
    options = make_options(["甲", "乙"], derived_ids("k"))
    question = {"kind": Kind.SINGLE, "stem": "题（ ）。", "options": options, "point": "A-B-C-001", **fields}
    return Draft(Question(**question), Key(options=frozenset({options[0].id})), "甲", "Q1")


@pytest.mark.parametrize(
    "start", ["=1+1", "+1", "-20℃", "@SUM(A1)", "=cmd|' /C calc'!A0", "https://example.org"]
)
def test_no_cell_can_become_a_formula(start):
    data = write([make_draft(stem=start)]).data
    cell = openpyxl.load_workbook(io.BytesIO(data)).active["G2"]
    assert (cell.data_type, cell.value, cell.hyperlink) == ("s", start, None)
    assert cell.quotePrefix is (start[0] in "=+-@")
    assert read("a.xlsx", data).drafts[0].question.stem == start


def test_every_cell_is_text():
    data = write([make_draft(difficulty=3, consistency=5)]).data
    cells = [
        cell
        for row in openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows()
        for cell in row
        if cell.value
    ]
    assert {cell.data_type for cell in cells} == {"s"}
    assert {cell.number_format for cell in cells} == {"@"}


def test_what_the_table_cannot_hold_is_told():
    written = write([make_draft(sources=("甲；乙",)), make_draft(stem=" 前后有空格 ")])
    assert [p.code for p in written.problems] == ["not-equal-on-return"] * 2
    assert not any(p.is_error for p in written.problems)
    assert [p.code for p in write([make_draft(stem="长" * 33_000)]).problems] == ["text-cut"]


def test_drafts_without_a_bank_do_not_take_their_neighbours():
    one = make_draft()
    some = [one, Draft(one.question, one.key, "", "Q2")]
    assert write(some).problems == ()
    assert Counter(d.bank for d in read("a.xlsx", write(some).data).drafts) == {"甲": 1, "": 1}


def test_the_same_drafts_are_the_same_file():
    assert write([make_draft()]).data == write([make_draft()]).data


def test_a_file_read_twice_has_one_digest_and_derived_ids_repeat(make_bank):
    data = make_bank({}, {})
    first, second = (read("a.xlsx", data, new_ids=derived_ids) for _ in range(2))
    assert first == second
    assert len(first.digest) == 64
    assert read("a.xlsx", make_bank({})).digest != first.digest


def test_random_ids_differ_from_run_to_run_and_say_nothing_of_the_order(make_bank):
    data = make_bank({})
    (first,), (second,) = (read("a.xlsx", data).drafts for _ in range(2))
    ids = [option.id for option in first.question.options]
    assert len(set(ids)) == 4
    assert ids != [option.id for option in second.question.options]
    assert content_hash(first.question, first.key) == content_hash(second.question, second.key)


def test_findings_go_into_an_added_column_and_mark_the_cell(read_bank):
    imported = read_bank(
        {}, {"answer": "E", "stem": "=坏（ ）。"}, {"bank": None, "stem": "第1题:方针是（）"}
    )
    data = write_findings(imported)
    sheet = openpyxl.load_workbook(io.BytesIO(data))["题库模板"]
    assert sheet.cell(1, 18).value == "导入意见"
    assert sheet.cell(2, 18).value == "原第 2 行：可导入"
    assert sheet.cell(3, 18).value == "原第 3 行：未导入\nN列：没有选项 E。请改为 A–D，或补上选项 E。"
    assert sheet["N3"].fill.start_color.rgb == "FFF8CBAD"
    assert sheet["G4"].fill.start_color.rgb == "FFFFF2CC"
    assert (sheet["G3"].value, sheet["G3"].data_type) == ("=坏（ ）。", "s")
    again = read("回.xlsx", data)
    assert [fate.codes for fate in again.fates] == [fate.codes for fate in imported.fates]


def test_every_row_has_a_fate_with_its_texts(read_bank):
    imported = read_bank({}, {"answer": "Z"}, {})
    assert [(f.row, f.outcome.value, f.external_id) for f in imported.fates] == [
        (2, "accepted", "B-A-B-C-001-001"),
        (3, "refused", "B-A-B-C-001-002"),
        (4, "accepted", "B-A-B-C-001-003"),
    ]
    (table,) = imported.tables
    assert table.titles[6] == "试题（题干）"
    assert imported.fates[1].cells[dict(table.columns)["answer"]] == "Z"
