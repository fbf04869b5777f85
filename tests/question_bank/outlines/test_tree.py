"""The 要素细目表 as a tree."""

import json
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.outlines.tree import (
    Area,
    Importance,
    Outline,
    Point,
    area_code,
    check,
    importance_ratio,
    outline_as_document,
    outline_from_document,
    percent,
)

X, Y = Importance.CORE, Importance.GENERAL


def make_area(code, weight, *children, points=()):
    return Area(
        code, f"范围{code}", Fraction(weight), children, tuple(Point(p, f"点{p}", i) for p, i in points)
    )


OUTLINE = Outline(
    "样表",
    (
        make_area(
            "A",
            25,
            make_area("A-A", "12.5", points=[("A-A-001", Y), ("A-A-002", X)]),
            make_area("A-B", "12.5", points=[("A-B-001", X)]),
        ),
        make_area("B", 75, points=[("B-001", None)]),
    ),
)


def codes(outline):
    return [problem.code for problem in check(outline)]


def with_first(**changes):
    return replace(OUTLINE, areas=(replace(OUTLINE.areas[0], **changes), OUTLINE.areas[1]))


def test_a_good_outline_has_no_problems():
    assert codes(OUTLINE) == []


def test_first_level_weights_must_sum_to_100():
    assert codes(replace(OUTLINE, areas=OUTLINE.areas[:1])) == ["weights-not-100"]


def test_weights_below_must_sum_to_the_weight_above_and_the_gap_is_said():
    changed = with_first(children=(make_area("A-A", "12.5"), make_area("A-B", "11.5")))
    problem = next(problem for problem in check(changed) if problem.code == "weights-below-differ")
    assert problem.message.startswith("A:下级比重合计 24% ≠ 25%（差 +1%）")


def test_a_repeated_code_is_found_across_areas_and_points():
    changed = with_first(children=(make_area("A-A", "12.5"), make_area("A-A", "12.5")))
    assert codes(changed) == ["code-repeated"]


def test_a_code_outside_its_parent_is_found():
    changed = with_first(
        children=(make_area("A-A", "12.5"), make_area("C-B", "12.5", points=[("A-A-001", X)]))
    )
    assert codes(changed) == ["code-outside-parent", "code-outside-parent"]


def test_a_negative_weight_is_found():
    assert "weight-negative" in codes(with_first(children=(make_area("A-A", 26), make_area("A-B", -1))))


def test_thirds_sum_exactly():
    third = Fraction(100, 3)
    assert codes(Outline("三等分", tuple(Area(code, code, third) for code in "ABC"))) == []


def test_leaves_points_and_areas_are_found_in_the_order_of_the_table():
    assert [area.code for area in OUTLINE.leaves] == ["A-A", "A-B", "B"]
    assert [point.code for point in OUTLINE.points] == ["A-A-001", "A-A-002", "A-B-001", "B-001"]
    assert OUTLINE.area("A-B") is OUTLINE.areas[0].children[1]
    assert OUTLINE.area("Z") is None


def test_the_ratio_counts_points_below_too():
    assert importance_ratio(OUTLINE.areas[0]) == (2, 1, 0)
    assert importance_ratio(OUTLINE.areas[1]) == (0, 0, 0)


@pytest.mark.parametrize(
    ("point", "area"), [("A-B-C-001", "A-B-C"), ("A-B", "A-B"), ("A-12", "A"), ("A", "A")]
)
def test_the_area_of_a_point_is_its_code_without_the_number(point, area):
    assert area_code(point) == area


@pytest.mark.parametrize(
    ("value", "text"), [("5/2", "2.5%"), ("25", "25%"), ("100/3", "33.3333%"), ("0", "0%")]
)
def test_per_cents_are_written_as_people_write_them(value, text):
    assert percent(Fraction(value)) == text


weights = st.fractions(0, 100)
areas = st.recursive(
    st.builds(
        lambda weight, points: make_area("A", weight, points=points),
        weights,
        st.lists(st.tuples(st.just("A-001"), st.none() | st.sampled_from(Importance)), max_size=3),
    ),
    lambda below: st.builds(
        lambda w, children: make_area("A", w, *children), weights, st.lists(below, max_size=3)
    ),
    max_leaves=8,
)


@given(st.lists(areas, max_size=3), st.text(), st.booleans())
def test_an_outline_survives_its_document(tops, source, verified):
    outline = Outline("样表", tuple(tops), source, verified)
    assert outline_from_document(json.loads(json.dumps(outline_as_document(outline)))) == outline


def test_a_document_of_another_schema_is_refused():
    with pytest.raises(ValueError, match="schema 2"):
        outline_from_document({**outline_as_document(OUTLINE), "schema": 2})
