"""Rule workbooks in the shapes (a) to (d) and (f), their usual slips, and our own with points and names."""

from __future__ import annotations

import io
import itertools
from decimal import Decimal
from fractions import Fraction
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from question_bank.assembly.requirements import (
    ExposureLimit,
    ImportanceRange,
    IndustryRule,
    Parallel,
    StimulusRule,
)
from question_bank.assembly.specification import Section, Share, Specification
from question_bank.formats.__main__ import main
from question_bank.formats.export_rules import write_rules
from question_bank.formats.rules import Supply, read
from question_bank.outlines.tree import Area, Importance, Outline, Point
from question_bank.questions.kinds import Kind

SECTIONS = [
    ["题库名称", "题型", "题量", "每题分数"],
    ["甲", "B（单选题）", 60, 1],
    [None, "多选题", 10, 2],
    [None, "C", 40, 0.5],
]
SIX = ["1级代码", "1级比重(%)", "2级代码", "2级比重(%)", "3级代码", "3级比重(%)"]
AREAS = [
    ["A", 40, "A-A", 15, "A-A-A", 15],
    [None, None, "A-B", 25, "A-B-A", 22.5],
    [None, None, None, None, "A-B-B", 2.5],
    ["B", 60, "B-A", 60, "B-A-B", 60],
]
WEIGHTS = {
    "A": 40, "A-A": 15, "A-A-A": 15, "A-B": 25, "A-B-A": Fraction(45, 2), "A-B-B": Fraction(5, 2),
    "B": 60, "B-A": 60, "B-A-B": 60,
}  # fmt: skip


def errors(found):
    return [(p.code, p.place.sheet, p.place.row, p.place.column) for p in found.problems if p.is_error]


def warnings(found):
    return [p.code for p in found.problems if not p.is_error]


def weights(outline):
    return {area.code: area.weight for area in outline.walk()}


@pytest.fixture
def rules(make_book):
    def go(areas=AREAS, titles=SIX, sections=SECTIONS, **more):
        sheets = {"题型分布": sections, "知识点分布": [titles, *areas], **more}
        return read("规则.xlsx", make_book({name: rows for name, rows in sheets.items() if rows}))

    return go


def test_a_blueprint_of_several_banks(make_book):
    titles = ["题库名称", *SIX, "知识点数量", "B(单选题)", "G(多选题)", "C(判断题)", "F(组合题)"]
    rows = [
        ["甲", "A", 40, "A-A", 40, "A-A-A", 40, 12, 4, 1, 2, None],
        [None, "B", 60, "B-A", 60, "B-A-A", 35, 7, 4, 1, 2, None],
        [None, None, None, None, None, "B-A-B", 25, 5, 4, 0, 2, 1],
        ["乙", "A", 100, "A-A", 100, "A-A-A", 100, 3, 1, None, None, None],
    ]
    found = read("蓝图.xlsx", make_book({"蓝图": [titles, *rows]}))
    assert found.problems == ()
    assert [outline.name for outline in found.outlines] == ["甲", "乙"]
    assert weights(found.outlines[0]) == {
        "A": 40,
        "A-A": 40,
        "A-A-A": 40,
        "B": 60,
        "B-A": 60,
        "B-A-A": 35,
        "B-A-B": 25,
    }
    assert found.specifications == ()
    assert found.supplies[2] == Supply(
        "甲", "B-A-B", 5, ((Kind.SINGLE, 4), (Kind.MULTIPLE, 0), (Kind.JUDGEMENT, 2), (Kind.COMPOUND, 1))
    )
    assert [one.points for one in found.supplies] == [12, 7, 5, 3]


def test_a_paper_rule(rules):
    found = rules()
    assert found.problems == ()
    (one,) = found.specifications
    assert (one.bank, one.name, one.total, one.verified) == ("甲", "甲", 100, False)
    assert one.sections == (
        Section(Kind.SINGLE, 60, Decimal(1)),
        Section(Kind.MULTIPLE, 10, Decimal(2)),
        Section(Kind.JUDGEMENT, 40, Decimal("0.5")),
    )
    assert one.shares[0].children[1] == Share(
        "A-B", Fraction(25), (Share("A-B-A", Fraction(45, 2)), Share("A-B-B", Fraction(5, 2)))
    )
    assert weights(found.outlines[0]) == WEIGHTS


def test_a_slip_in_a_code_is_named_with_what_was_meant(rules):
    found = rules([*AREAS[:3], ["B", 60, "B-A", 60, "B-AB", 60]])
    assert errors(found) == [("code-slip", "知识点分布", 5, "E")]
    assert "应为 B-A-B" in found.problems[0].message
    assert found.specifications == found.outlines == ()


@pytest.mark.parametrize(
    "titles",
    [
        ["一级代码", "一级比重（%）", "二级代码", "二级比重（%）", "三级代码", "三级比重（%）"],
        ["1级", "1级比重", "2级", "2级比重", "3级", "3级比重"],
        ["1 级代码", "1级比重 (％)", "2级 代码", "2级比重%", "3级代码", "3级权重"],
    ],
)
def test_titles_by_other_names(rules, titles):
    found = rules(titles=titles)
    assert found.problems == ()
    assert weights(found.outlines[0]) == WEIGHTS


def test_short_codes_are_completed(rules):
    short = [[c.rpartition("-")[2] if isinstance(c, str) else c for c in row] for row in AREAS]
    assert weights(rules(short).outlines[0]) == WEIGHTS


def test_left_cells_repeated_on_every_row_are_one_area(rules):
    full = [
        ["A", 40, "A-A", 15, "A-A-A", 15],
        ["A", 40, "A-B", 25, "A-B-A", 22.5],
        ["A", 40, "A-B", 25, "A-B-B", 2.5],
        AREAS[3],
    ]
    assert weights(rules(full).outlines[0]) == WEIGHTS
    full[2] = ["A", 40, "A-B", 24, "A-B-B", 2.5]
    assert errors(rules(full)) == [("weight-differs", "知识点分布", 4, "D")]


def test_per_cents_of_the_parent_are_converted_with_a_warning(rules):
    areas = [
        ["A", 40, "A-A", 37.5, "A-A-A", 100],
        [None, None, "A-B", 62.5, "A-B-A", 90],
        [None, None, None, None, "A-B-B", 10],
        ["B", 60, "B-A", 100, "B-A-B", 100],
    ]
    found = rules(areas)
    assert weights(found.outlines[0]) == WEIGHTS
    assert warnings(found) == ["weights-of-parent", "weights-of-parent"]
    assert errors(found) == []


def test_fractions_of_one_are_converted_with_a_warning(rules):
    found = rules([[c / 100 if isinstance(c, int | float) else c for c in row] for row in AREAS])
    assert weights(found.outlines[0]) == WEIGHTS
    assert warnings(found) == ["weights-as-fractions"]


def test_weights_as_text_with_a_sign(rules):
    found = rules([[f"{c}％" if isinstance(c, int | float) else c for c in row] for row in AREAS])
    assert weights(found.outlines[0]) == WEIGHTS


@pytest.mark.parametrize(
    ("row", "cells", "expected"),
    [
        (0, {1: 41}, [("weights-not-100", None, "B"), ("weights-below-differ", 2, "B")]),
        (2, {5: 1.5}, [("weights-below-differ", 3, "D")]),
        (3, {1: None}, [("weight-missing", 5, "B")]),
        (3, {1: "六十"}, [("weight-not-a-number", 5, "B")]),
        (2, {4: "A-B-A"}, [("weights-below-differ", 3, "D"), ("weight-differs", 4, "F")]),
        (
            3,
            {0: "A"},
            [("weight-differs", 5, "B"), ("code-outside-parent", 5, "C")],
        ),
        (3, {4: "第三"}, [("code-outside-parent", 5, "E")]),
    ],
)
def test_faults_in_the_weights_are_named_with_their_cell(rules, row, cells, expected):
    areas = [list(one) for one in AREAS]
    for column, value in cells.items():
        areas[row][column] = value
    found = rules(areas)
    assert set(expected) <= {(code, line, column) for code, _, line, column in errors(found)}
    assert found.specifications == ()


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (["甲", "K", 60, 1], ("kind-unknown", 2, "B")),
        (["甲", "B", "六十", 1], ("count-not-positive", 2, "C")),
        (["甲", "B", 60.5, 1], ("count-not-positive", 2, "C")),
        (["甲", "B", 60, 0.3], ("points-not-halves", 2, "D")),
        (["甲", "B", 61, 1], ("total-not-100", None, None)),
        (["甲", "C", 60, 1], ("kind-repeated", None, None)),
    ],
)
def test_faults_in_the_kinds_are_named(rules, row, expected):
    found = rules(sections=[SECTIONS[0], row, *SECTIONS[2:]])
    assert expected in {(code, line, column) for code, _, line, column in errors(found)}
    assert found.specifications == ()


def test_totals_and_kinds_with_none_are_left_out(rules):
    found = rules(sections=[*SECTIONS, [None, "填空题", 0, 0], ["合计", None, 110, 100]])
    assert found.problems == ()
    assert len(found.specifications[0].sections) == 3


def test_two_banks_and_a_missing_distribution(rules):
    found = rules(
        sections=[*SECTIONS, ["乙", "B", 100, 1]],
        titles=["题库名称", *SIX],
        areas=[["甲", *AREAS[0]], *([None, *r] for r in AREAS[1:])],
    )
    assert [one.bank for one in found.specifications] == ["甲"]
    assert [code for code, *_ in errors(found)] == ["no-shares"]


def test_one_distribution_for_two_banks(rules):
    found = rules(sections=[*SECTIONS, ["乙", "B", 100, 1]])
    assert [(one.bank, len(one.sections)) for one in found.specifications] == [("甲", 3), ("乙", 1)]


def test_two_header_rows_formulas_and_a_bank_code():
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "题型分布"
    for row in [
        ["题库名称", "题型", "题量", "每题分数"],
        ["Bank", "Type", "Count", "Points"],
        ["BWGL-3-LL", "B", 100, 1],
    ]:
        sheet.append(row)
    sheet = book.create_sheet("知识点分布")
    for row in [
        SIX,
        [
            "Level 1 code",
            "Level 1 weight",
            "Level 2 code",
            "Level 2 weight",
            "Level 3 code",
            "Level 3 weight",
        ],
        ["A", "=SUM(D3:D4)", "A-A", 15, "A-A-A", 15],
        [None, None, "A-B", 25, "A-B-A", 25],
        ["B", 60, "B-A", "=SUM(F5:F5)", "B-A-A", 60],
    ]:
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    found = read("规则.xlsx", stream.getvalue())
    assert errors(found) == []
    assert found.specifications[0].bank == "BWGL-3-LL"
    assert found.outlines[0].areas[0].weight == 40


def test_a_formula_that_is_no_plain_sum_is_named():
    book = openpyxl.Workbook()
    for row in [["1级代码", "1级比重"], ["A", "=Z1*2"], ["B", 60]]:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    assert [code for code, *_ in errors(read("a.xlsx", stream.getvalue()))] == ["formula-without-value"]


def test_an_official_outline_with_stacked_titles(make_book):
    group = ["名称", "代码", "重要程度比例(X:Y:Z)", "鉴定比重"]
    first = ["鉴定范围", *[None] * 11, "鉴定点", None, None, None]
    second = [
        "一级",
        None,
        None,
        None,
        "二级",
        None,
        None,
        None,
        "三级",
        None,
        None,
        None,
        None,
        None,
        None,
        None,
    ]
    third = [*group * 3, "代码", "名称", "重要程度", "页码"]
    rows = [
        [
            "基本要求",
            "A",
            "1:1:0",
            100,
            "职业道德",
            "A",
            "1:1:0",
            100,
            "基本知识",
            "A",
            "1:1:0",
            60,
            "001",
            "道德的概念",
            "Y",
            3,
        ],
        [*[None] * 12, "002", "职业道德的概念", "X", 4],
        [*[None] * 8, "职业守则", "B", "1:0:0", 40, "001", "守则", "X", 5],
    ]
    found = read(
        "细目表.xlsx", make_book({"细目表": [["某职业鉴定要素细目表"], first, second, third, *rows]})
    )
    assert errors(found) == []
    (outline,) = found.outlines
    assert weights(outline) == {"A": 100, "A-A": 100, "A-A-A": 60, "A-A-B": 40}
    assert outline.areas[0].name == "基本要求"
    assert outline.points == (
        Point("A-A-A-001", "道德的概念", Importance.GENERAL),
        Point("A-A-A-002", "职业道德的概念", Importance.CORE),
        Point("A-A-B-001", "守则", Importance.CORE),
    )


def test_points_names_and_difficulty(rules):
    found = rules(
        areas=[["A", "基本要求", 100, "A-A", "职业道德", 100]],
        titles=["1级代码", "1级名称", "1级比重(%)", "2级代码", "2级名称", "2级比重(%)"],
        认定点=[
            ["代码", "名称", "重要程度", "页码"],
            ["A-A-001", "道德", "X", 1],
            ["A-A-002", "守则", "Y（一般）", 2],
        ],
        难度分布=[["难度", "比重(%)"], ["1（很简单）", 10], [3, 80], ["很难", 10]],
    )
    assert found.problems == ()
    assert found.outlines[0].area("A-A").points == (
        Point("A-A-001", "道德", Importance.CORE),
        Point("A-A-002", "守则", Importance.GENERAL),
    )
    assert found.outlines[0].area("A").name == "基本要求"
    assert found.specifications[0].difficulty == ((1, 10), (3, 80), (5, 10))


def test_faults_in_points_and_difficulty(rules):
    found = rules(
        认定点=[["代码", "名称", "重要程度"], ["001", "缺范围", "X"], ["C-A-001", "无此范围", "X"], ["A-A-A-001", "一", "Q"], ["A-A-A-001", "二", None]],
        难度分布=[["难度", "比重"], [7, 10], [3, "多"]],
    )  # fmt: skip
    assert {(code, row, column) for code, _, row, column in errors(found)} == {
        ("point-incomplete", 2, "A"),
        ("point-outside-outline", 3, "A"),
        ("importance-unknown", 4, "C"),
        ("code-repeated", 5, "A"),
        ("difficulty-unknown", 2, "A"),
        ("weight-not-a-number", 3, "B"),
    }


def test_further_requirements_are_read_from_their_sheets(rules):
    found = rules(
        重要程度=[["重要程度", "下限(%)", "上限（%）"], ["X（核心）", 60, None], ["Z", None, "5%"]],
        其他要求=[
            ["要求", "内容"],
            ["适用行业", "物业、校园"],
            ["行业题上限（％）", 30],
            ["避开最近场次数", 2],
            ["每卷材料题组数", 0],
            ["预期得分最大差距", None],
        ],
    )
    assert found.problems == ()
    (one,) = found.specifications
    assert one.importance == (
        ImportanceRange(Importance.CORE, Fraction(60), Fraction(100)),
        ImportanceRange(Importance.AUXILIARY, Fraction(0), Fraction(5)),
    )
    assert one.industries == IndustryRule(("物业", "校园"), Fraction(0), Fraction(30))
    assert (one.exclude_sittings, one.stimulus) == (2, StimulusRule(True, 0, 0))
    assert one.parallel == Parallel()


def test_faults_in_further_requirements_name_their_cell(rules):
    found = rules(
        重要程度=[["重要程度", "下限", "上限"], ["Q", 1, 2], ["X", "多", 2], ["Y", 1, 200]],
        其他要求=[["要求", "内容"], ["无此要求", 1], ["避开最近场次数", 1.5], ["曝光上限(%)", "高"]],
    )
    assert {(code, row, column) for code, _, row, column in errors(found)} == {
        ("importance-unknown", 2, "A"),
        ("importance-not-a-number", 3, "B"),
        ("importance-not-a-number", 4, "C"),
        ("demand-unknown", 2, "A"),
        ("demand-not-a-number", 3, "B"),
        ("demand-not-a-number", 4, "B"),
    }
    assert found.specifications == ()


def test_a_range_that_can_not_be_is_told_of_the_workbook(rules):
    found = rules(重要程度=[["重要程度", "下限", "上限"], ["X", 70, 60]])
    assert [code for code, *_ in errors(found)] == ["importance-range"]


def test_difficulties_that_miss_100(rules):
    assert [code for code, *_ in errors(rules(难度分布=[["难度", "比重"], [1, 10], [3, 80]]))] == [
        "difficulty-not-100"
    ]


def test_a_workbook_without_rules(make_bank):
    found = read("题库.xlsx", make_bank({}))
    assert [p.code for p in found.problems] == ["sheet-skipped", "no-rule-sheet"]


#: Further requirements, none and all.
FURTHER: tuple[dict[str, Any], ...] = (
    {},
    {
        "stimulus": StimulusRule(True, 0, 0),
        "importance": (ImportanceRange(Importance.CORE, Fraction(60), Fraction(100)),),
    },
    {
        "importance": (
            ImportanceRange(Importance.CORE, Fraction(100, 3), Fraction(70)),
            ImportanceRange(Importance.AUXILIARY, Fraction(0), Fraction(5)),
        ),
        "industries": IndustryRule(("物业", "校园"), Fraction(10), Fraction(30)),
        "exposure_limit": ExposureLimit(Fraction(25, 2), 180),
        "exclude_sittings": 3,
        "overlap_limit": 8,
        "max_per_point": 2,
        "stimulus": StimulusRule(True, 1, 1),
        "parallel": Parallel(Decimal(65), True, Decimal("0.3")),
    },
)


@st.composite
def whole_rules(draw):
    def split(total, parts):
        cuts = sorted(draw(st.lists(st.integers(0, total * 2), min_size=parts - 1, max_size=parts - 1)))
        bounds = [0, *cuts, total * 2]
        return [Fraction(after - before, 2) for before, after in itertools.pairwise(bounds)]

    def areas(above, weight, depth):
        if depth == 0 or weight.denominator != 1:
            return ()
        count = draw(st.integers(1, 3))
        made = []
        for letter, part in zip("ABC", split(int(weight), count), strict=False):
            code = f"{above}-{letter}".lstrip("-")
            children = areas(code, part, depth - 1) if draw(st.booleans()) else ()
            points = () if children else tuple(
                Point(f"{code}-{n:03d}", f"点{n}", draw(st.sampled_from([None, *Importance]))) for n in range(1, draw(st.integers(1, 3)))
            )  # fmt: skip
            made.append(Area(code, draw(st.sampled_from(["", "名", "=名"])), part, children, points))
        return tuple(made)

    def share(area):
        return Share(area.code, area.weight, tuple(share(child) for child in area.children))

    tree = areas("", Fraction(100), 3)
    outline = Outline("细目表", tree, draw(st.sampled_from(["", "某标准"])), draw(st.booleans()))
    halves = draw(st.integers(1, 99))
    sections = (
        Section(Kind.SINGLE, halves, Decimal("0.5")),
        Section(Kind.JUDGEMENT, 200 - halves, Decimal("0.5")),
    )
    difficulty = draw(st.sampled_from([(), ((1, Fraction(25, 2)), (3, Fraction(175, 2)))]))
    return outline, Specification(
        "规则",
        sections,
        tuple(map(share, tree)),
        difficulty,
        draw(st.sampled_from(["", "甲"])),
        draw(st.booleans()),
        **draw(st.sampled_from(FURTHER)),
    )


@settings(max_examples=60, deadline=None)
@given(whole_rules())
def test_what_is_written_reads_back_equal(both):
    outline, specification = both
    found = read("规则.xlsx", write_rules(outline, specification))
    assert found.problems == ()
    assert found.outlines == (outline,)
    assert found.specifications == (specification,)


def test_thirds_are_written_exactly():
    thirds = tuple(Area(letter, "", Fraction(100, 3)) for letter in "ABC")
    assert read("a.xlsx", write_rules(Outline("甲", thirds))).outlines == (Outline("甲", thirds),)


def test_a_specification_of_another_outline_is_not_written():
    outline = Outline("甲", (Area("A", "", Fraction(100)),))
    with pytest.raises(ValueError, match="differ"):
        write_rules(outline, Specification("乙", (), (Share("B", Fraction(100)),)))


def test_the_command_reads_rules(tmp_path, capsys, make_book):
    file = tmp_path / "规则.xlsx"
    file.write_bytes(make_book({"题型分布": SECTIONS, "知识点分布": [SIX, *AREAS]}))
    assert main(["read", str(file), "--rules", "--json"]) == 0
    assert '"total": "100.0"' in capsys.readouterr().out
    file.write_bytes(make_book({"题型分布": SECTIONS}))
    assert main(["read", str(file), "--rules"]) == 1
    assert "no-shares" in capsys.readouterr().out
