"""Supply against need."""

from decimal import Decimal
from fractions import Fraction

import pytest

from question_bank.assembly.coverage import Heat, heat, needs
from question_bank.assembly.specification import Section, Share, Specification
from question_bank.questions.kinds import Kind

SHARES = (
    Share("A", Fraction(40), (Share("A-A", Fraction(25)), Share("A-B", Fraction(15)))),
    Share("B", Fraction(60)),
)


def specification(*sections):
    return Specification("样例", tuple(Section(k, n, Decimal(1)) for k, n in sections), SHARES)


def test_a_need_is_the_count_times_the_share_of_a_lowest_area():
    found = needs([specification((Kind.SINGLE, 60), (Kind.JUDGEMENT, 40))])
    assert found["A-A", Kind.SINGLE] == 15
    assert found["A-B", Kind.JUDGEMENT] == 6
    assert found["B", Kind.SINGLE] == 36
    assert ("A", Kind.SINGLE) not in found


def test_needs_sum_to_the_questions_of_a_paper():
    assert sum(needs([specification((Kind.SINGLE, 60), (Kind.JUDGEMENT, 40))]).values()) == 100


def test_of_several_specifications_the_largest_need_counts():
    found = needs([specification((Kind.SINGLE, 20)), specification((Kind.SINGLE, 80))])
    assert found["B", Kind.SINGLE] == 48


@pytest.mark.parametrize(
    ("supply", "expected"),
    [(0, Heat.MISSING), (1, Heat.MISSING), (2, Heat.THIN), (5, Heat.THIN), (6, Heat.FAIR), (20, Heat.GOOD)],
)
def test_heat_counts_papers(supply, expected):
    assert heat(supply, Fraction(2)) is expected


def test_what_nobody_asks_for_has_no_heat():
    assert heat(0, Fraction(0)) is Heat.UNASKED
