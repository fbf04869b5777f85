"""What a specification demands beyond kinds, points and shares: stored, read back, checked."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from question_bank.assembly.requirements import (
    AUTO,
    ExposureLimit,
    ImportanceRange,
    IndustryRule,
    Parallel,
    StimulusRule,
    importance_by_ratio,
)
from question_bank.assembly.specification import (
    check,
    specification_as_document,
    specification_from_document,
)
from question_bank.outlines.tree import Importance
from tests.question_bank.assembly.factories import make_specification

X, Y = Importance.CORE, Importance.GENERAL


def codes(**demands: object) -> set[str]:
    return {problem.code for problem in check(replace(make_specification(), **demands))}  # type: ignore[arg-type]


def test_everything_demanded_is_read_back_equal():
    full = replace(
        make_specification(),
        importance=(ImportanceRange(X, Fraction(60), Fraction(200, 3)),),
        industries=IndustryRule(("物业", "校园"), Fraction(10), Fraction(30)),
        anchors=("q1", "q2"),
        exclude_sittings=3,
        exposure_limit=ExposureLimit(Fraction(25, 2), 180),
        overlap_limit=8,
        max_per_point=AUTO,
        stimulus=StimulusRule(True, 0, 1),
        parallel=Parallel(Decimal(65), True, Decimal("0.3")),
    )
    assert check(full) == []
    assert specification_from_document(specification_as_document(full)) == full


def test_what_is_not_demanded_is_not_in_the_document():
    document = specification_as_document(make_specification())
    assert sorted(document) == [
        "bank",
        "difficulty",
        "multiple",
        "name",
        "schema",
        "sections",
        "shares",
        "verified",
    ]


def test_a_ratio_of_importance_is_an_exact_mix():
    mix = importance_by_ratio(7, 2, 1)
    assert [(one.importance.value, one.lowest, one.highest) for one in mix] == [
        ("X", 70, 70),
        ("Y", 20, 20),
        ("Z", 10, 10),
    ]
    with pytest.raises(ValueError, match="ratio"):
        importance_by_ratio(0, 0, 0)


@pytest.mark.parametrize(
    ("demands", "code"),
    [
        ({"importance": (ImportanceRange(X, Fraction(90), Fraction(60)),)}, "importance-range"),
        ({"importance": (ImportanceRange(X, Fraction(0), Fraction(101)),)}, "importance-range"),
        ({"importance": (ImportanceRange(X, Fraction(1), Fraction(2)),) * 2}, "importance-repeated"),
        (
            {
                "importance": (
                    ImportanceRange(X, Fraction(60), Fraction(90)),
                    ImportanceRange(Y, Fraction(50), Fraction(60)),
                )
            },
            "importance-over-100",
        ),
        (
            {"importance": tuple(ImportanceRange(one, Fraction(0), Fraction(30)) for one in Importance)},
            "importance-under-100",
        ),
        ({"industries": IndustryRule(())}, "industry-none"),
        ({"industries": IndustryRule(("物业",), Fraction(-1))}, "industry-range"),
        ({"anchors": ("q1", "q1")}, "anchor-repeated"),
        ({"anchors": tuple(f"q{n}" for n in range(91))}, "anchors-too-many"),
        ({"exclude_sittings": -1}, "exclude-negative"),
        ({"exposure_limit": ExposureLimit(Fraction(0), 30)}, "exposure-percent"),
        ({"exposure_limit": ExposureLimit(Fraction(5), 0)}, "exposure-days"),
        ({"overlap_limit": -1}, "overlap-negative"),
        ({"overlap_limit": 1, "anchors": ("q1", "q2")}, "overlap-below-anchors"),
        ({"max_per_point": -1}, "point-limit"),
        ({"stimulus": StimulusRule(True, 2, 1)}, "stimulus-range"),
        ({"parallel": Parallel(Decimal(100))}, "cut-outside"),
        ({"parallel": Parallel(tolerance=Decimal(-1))}, "tolerance-negative"),
    ],
)
def test_numbers_that_can_not_be_are_named(demands, code):
    assert codes(**demands) == {code}
