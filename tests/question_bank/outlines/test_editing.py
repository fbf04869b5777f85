"""Outlines written by hand, and from one edition to the next."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.outlines.editing import (
    areas_as_text,
    points_as_text,
    read_areas,
    read_points,
    with_area,
    with_top,
)
from question_bank.outlines.editions import Fate, check_mapping, filed_under, passages
from question_bank.outlines.tree import Area, Importance, Outline, Point

NAMES = st.text("道德职业法律消防巡逻应急培训", min_size=1, max_size=8)
WEIGHTS = st.integers(0, 10_000).map(lambda n: Fraction(n, 100))


def codes(lines):
    return [line.code for line in lines]


def test_lines_are_read_as_typed_and_as_pasted():
    found, problems = read_areas("A 职业道德 5\nＢ\t基础 知识\t20%\n\n  安全 75 ", "")
    assert [(one.code, one.name, one.weight) for one in found] == [
        ("A", "职业道德", 5),
        ("B", "基础 知识", 20),
        ("C", "安全", 75),
    ]
    assert problems == []


def test_lines_below_an_area_take_its_code():
    assert codes(read_areas("A 甲 1\nA-B-C 乙 2\n丙 3", "A-B")[0]) == ["A-B-A", "A-B-C", "A-B-B"]
    assert codes(read_points("1 甲 X\n乙\nA-B-007 丙 z", "A-B")[0]) == ["A-B-001", "A-B-002", "A-B-007"]


@pytest.mark.parametrize(
    ("text", "code", "row"),
    [
        ("A 职业道德", "weight-missing", 1),
        ("A 甲 5\nB-C 乙 5", "code-outside-parent", 2),
        ("A 甲 5\nA 乙 5", "code-repeated", None),
        ("甲" * 121 + " 5", "name-missing", 1),
        ("A 甲 5\n" * 501, "too-many-lines", 501),
    ],
)
def test_a_fault_is_named_by_its_line(text, code, row):
    _found, problems = read_areas(text, "")
    assert (problems[0].code, problems[0].place.row) == (code, row)


def test_a_point_without_importance_keeps_a_name_that_ends_in_a_letter():
    [point] = read_points("维生素X", "A")[0]
    assert (point.code, point.name, point.importance) == ("A-001", "维生素X", None)
    [other] = read_points("类型 X X", "A")[0]
    assert (other.name, other.importance) == ("类型 X", Importance.CORE)


@given(st.lists(st.tuples(NAMES, WEIGHTS), max_size=30))
def test_areas_come_back_as_they_were_written(rows):
    areas = [Area(chr(65 + n) if n < 26 else f"A{chr(39 + n)}", name, w) for n, (name, w) in enumerate(rows)]
    found, problems = read_areas(areas_as_text(areas), "")
    assert problems == []
    assert [(one.code, one.name, one.weight) for one in found] == [(a.code, a.name, a.weight) for a in areas]


@given(st.lists(st.tuples(NAMES, st.sampled_from([*Importance, None])), max_size=30))
def test_points_come_back_as_they_were_written(rows):
    points = [Point(f"A-B-{n:03}", name, importance) for n, (name, importance) in enumerate(rows, start=1)]
    assert read_points(points_as_text(points), "A-B") == (points, [])


def outline(*areas):
    return Outline("样表", areas, verified=True)


def leaf(code, weight, *names, name=""):
    points = tuple(Point(f"{code}-{n:03}", text) for n, text in enumerate(names, start=1))
    return Area(code, name or f"范围{code}", Fraction(weight), points=points)


BEFORE = outline(
    Area("A", "甲", Fraction(40), (leaf("A-A", 40, "道德的概念", "守则"),)),
    leaf("B", 60, "灭火器的使用", "报警"),
)


def test_what_stands_below_follows_an_area_to_its_new_code():
    lines, _ = read_areas("A 新增 10\nB 甲 30\nC 范围B 60", "")
    after = with_top(BEFORE, "新表", "样例依据", lines)
    assert [point.code for point in after.points] == ["B-A-001", "B-A-002", "C-001", "C-002"]
    assert (after.name, after.source, after.verified) == ("新表", "样例依据", False)
    assert after.area("B-A").weight == 40  # what no longer sums up is shown by the check, not repaired


def test_one_area_is_written_and_the_others_stay():
    points, _ = read_points("1 道德的概念 X\n3 职业", "A-A")
    after = with_area(BEFORE, "A-A", "职业道德", Fraction(40), [], points)
    assert [point.code for point in after.points] == ["A-A-001", "A-A-003", "B-001", "B-002"]
    assert after.areas[1] == BEFORE.areas[1]
    with pytest.raises(KeyError):
        with_area(BEFORE, "Z", "无", Fraction(0), [], [])


def test_each_point_of_an_edition_has_a_fate():
    after = outline(leaf("A", 40, "守则", "灭火器使用方法"), leaf("B", 60, "灭火器的使用", "应急预案"))
    found = {one.old: (one.fate, one.suggested) for one in passages(BEFORE, after, also=["Z-001"])}
    assert found == {
        "A-A-001": (Fate.GONE, ""),
        "A-A-002": (Fate.MOVED, "A-001"),
        "B-001": (Fate.SAME, "B-001"),
        "B-002": (Fate.RENAMED, "B-002"),
        "Z-001": (Fate.GONE, ""),
    }


def test_a_name_much_alike_suggests_itself():
    after = outline(leaf("C", 100, "灭火器的正确使用"))
    assert next(one for one in passages(BEFORE, after) if one.old == "B-001").fate is Fate.SIMILAR


def test_an_edition_against_itself_asks_nothing():
    assert {one.fate for one in passages(BEFORE, BEFORE)} == {Fate.SAME}
    assert check_mapping({}, BEFORE, BEFORE, ["A-A-001", "B-002"]) == []


def test_a_mapping_names_codes_that_exist_and_decides_about_all_in_use():
    after = outline(leaf("B", 100, "灭火器的使用", "应急预案"))
    assert [p.code for p in check_mapping({}, BEFORE, after, ["A-A-001", "B-001", "B-002"])] == [
        "point-undecided",
        "point-undecided",
    ]
    assert [p.code for p in check_mapping({"A-A-001": "B-009"}, BEFORE, after, ["A-A-001"])] == [
        "code-not-in-outline"
    ]
    assert (
        check_mapping({"A-A-001": "", "B-002": "B-002"}, BEFORE, after, ["A-A-001", "B-001", "B-002"]) == []
    )


def test_a_point_that_was_given_up_keeps_its_code():
    assert filed_under("A-001", {"A-001": ""}) == "A-001"
    assert filed_under("A-001", {"A-001": "B-002"}) == "B-002"
    assert filed_under("C-001", {}) == "C-001"


def test_verification_ends_with_the_first_stroke():
    assert not with_area(replace(BEFORE, verified=True), "B", "乙", Fraction(60), [], []).verified
