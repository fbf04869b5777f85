"""Per cents to whole points."""

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from question_bank.assembly.allocate import allocate, largest_remainder, step_of
from question_bank.assembly.specification import Section, Share, check
from question_bank.questions.kinds import Kind
from tests.question_bank.assembly.factories import make_specification

PAIRS = (
    [Section(Kind.SINGLE, 100, Decimal(1))],
    [Section(Kind.SINGLE, 160, Decimal("0.5")), Section(Kind.JUDGEMENT, 40, Decimal("0.5"))],
    [Section(Kind.SINGLE, 40, Decimal(2)), Section(Kind.MULTIPLE, 5, Decimal(4))],
    [Section(Kind.SINGLE, 50, Decimal("1.5")), Section(Kind.JUDGEMENT, 50, Decimal("0.5"))],
)


@st.composite
def share_trees(draw):
    """Three levels whose weights are arbitrary fractions and sum exactly."""

    def divided(whole, prefix, level):
        parts = draw(st.lists(st.integers(0, 40), min_size=1, max_size=5).filter(any))
        shares = []
        for place, part in enumerate(parts):
            percent = whole * part / sum(parts)
            code = f"{prefix}{chr(65 + place)}"
            below = (
                divided(percent, f"{code}-", level + 1)
                if level < 3 and percent and draw(st.booleans())
                else ()
            )
            shares.append(Share(code, percent, below))
        return tuple(shares)

    return divided(Fraction(100), "", 1)


@settings(max_examples=300, deadline=None)
@given(share_trees(), st.sampled_from(PAIRS), st.dictionaries(st.text("AB-", max_size=3), st.integers(0, 99)))
def test_every_area_is_floor_or_ceiling_and_children_sum_to_their_parent(shares, sections, supply):
    specification = make_specification(sections, shares)
    assert check(specification) == []
    targets = allocate(specification, supply)
    points = {target.code: target.points for target in targets.areas}
    step = Fraction(targets.step)
    assert sum(points[share.code] for share in shares) == 100
    stack = list(shares)
    while stack:
        share = stack.pop()
        stack.extend(share.children)
        quota = share.percent / step
        assert Fraction(points[share.code]) / step in (math.floor(quota), math.ceil(quota))
        if share.children:
            assert sum(points[child.code] for child in share.children) == points[share.code]


def test_the_step_is_the_greatest_common_divisor_of_the_points():
    assert [step_of(make_specification(sections)) for sections in PAIRS] == [
        Decimal(1),
        Decimal("0.5"),
        Decimal(2),
        Decimal("0.5"),
    ]


def test_half_points_are_exact():
    targets = allocate(make_specification(PAIRS[1]))
    assert {target.code: target.points for target in targets.areas}["A-A-A"] == Decimal("2.5")
    assert "A-A-A" not in {target.code for target in targets.rounded}


def test_a_tie_goes_to_the_larger_supply_then_to_the_earlier_code():
    points = {t.code: t.points for t in allocate(make_specification()).areas}
    assert (points["A-A-A"], points["A-A-B"]) == (3, 2)
    points = {t.code: t.points for t in allocate(make_specification(), {"A-A-A": 4, "A-A-B": 5}).areas}
    assert (points["A-A-A"], points["A-A-B"]) == (2, 3)


def test_every_rounded_area_is_listed():
    listed = {t.code: (t.quota, t.points) for t in allocate(make_specification()).rounded}
    assert listed["A-A-A"] == (Fraction(5, 2), Decimal(3))
    assert "A" not in listed
    assert "B-D-A" not in listed


def test_the_difficulty_mix_is_exact_in_total():
    mix = tuple((code, Fraction(percent)) for code, percent in ((1, 11), (2, 21), (3, 37), (4, 20), (5, 11)))
    counts = [target.count for target in allocate(make_specification(difficulty=mix)).difficulty]
    assert sum(counts) == 90
    assert counts == [10, 19, 33, 18, 10]


@given(st.lists(st.fractions(0, 50), min_size=1, max_size=8), st.integers(0, 3))
def test_the_largest_remainder_shares_everything_or_refuses(quotas, extra):
    floors, ceilings = sum(map(math.floor, quotas)), sum(map(math.ceil, quotas))
    ties = [(0, str(i)) for i in range(len(quotas))]
    for total in (floors, min(ceilings, floors + extra), ceilings):
        assert sum(largest_remainder(total, quotas, ties)) == total
    with pytest.raises(ValueError, match="cannot be shared"):
        largest_remainder(ceilings + 1, quotas, ties)
