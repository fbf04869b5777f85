"""组题规则 as documents, and their arithmetic."""

import json
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from question_bank.assembly.specification import (
    Section,
    Share,
    check,
    specification_as_document,
    specification_from_document,
)
from question_bank.questions.kinds import Kind, MultiplePolicy
from tests.question_bank.assembly.factories import make_specification

GOOD = make_specification(difficulty=((1, Fraction(100, 3)), (3, Fraction(200, 3))))


def codes(**changes):
    return [problem.code for problem in check(replace(GOOD, **changes))]


@pytest.mark.parametrize("policy", list(MultiplePolicy))
def test_the_rule_of_multiple_choice_survives_its_document(policy):
    document = specification_as_document(replace(GOOD, multiple=policy))
    assert specification_from_document(json.loads(json.dumps(document))).multiple is policy


def test_a_document_of_before_goes_by_the_exact_rule():
    document = specification_as_document(GOOD)
    del document["multiple"]
    assert specification_from_document(document).multiple is MultiplePolicy.EXACT


def test_a_good_specification_has_no_faults_and_survives_its_document():
    assert check(GOOD) == []
    assert specification_from_document(json.loads(json.dumps(specification_as_document(GOOD)))) == GOOD


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sections": ()}, ["no-sections"]),
        ({"sections": (Section(Kind.SINGLE, 99, Decimal(1)),)}, ["total-not-100"]),
        ({"sections": (Section(Kind.SINGLE, 50, Decimal(1)),) * 2}, ["kind-repeated"]),
        ({"sections": (Section(Kind.SINGLE, 400, Decimal("0.25")),)}, ["points-not-halves"]),
        (
            {"sections": (Section(Kind.MULTIPLE, 200, Decimal("0.5")),), "multiple": MultiplePolicy.HALF},
            ["points-too-small"],
        ),
        ({"shares": ()}, ["no-shares"]),
        ({"shares": (Share("A", Fraction(99)),)}, ["shares-not-100"]),
        ({"shares": (Share("A", Fraction(50)), Share("A", Fraction(50)))}, ["code-repeated"]),
        ({"shares": (Share("A", Fraction(101)), Share("B", Fraction(-1)))}, ["share-negative"]),
        ({"shares": (Share("A", Fraction(100), (Share("A-A", Fraction(99)),)),)}, ["shares-below-differ"]),
        ({"difficulty": ((1, Fraction(99)),)}, ["difficulty-not-100"]),
        ({"difficulty": ((1, Fraction(50)), (1, Fraction(50)))}, ["difficulty-code"]),
        ({"difficulty": ((6, Fraction(100)),)}, ["difficulty-code"]),
        ({"difficulty": ((1, Fraction(101)), (2, Fraction(-1)))}, ["difficulty-negative"]),
    ],
)
def test_each_fault_has_its_code(changes, expected):
    assert codes(**changes) == expected


def test_a_document_of_another_schema_is_refused():
    with pytest.raises(ValueError, match="schema 9"):
        specification_from_document({**specification_as_document(GOOD), "schema": 9})
