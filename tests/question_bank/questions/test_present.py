"""What a candidate sees of a question, and which responses have its shape."""

import json
from dataclasses import fields
from decimal import Decimal

import pytest

from question_bank.questions.kinds import Kind
from question_bank.questions.model import Option, Question
from question_bank.questions.present import PresentedQuestion, is_answered, is_shaped, present

OPTIONS = (Option("x1", "甲"), Option("x2", "乙"), Option("x3", "丙"))


def shown(kind, stem="题", order=()):
    options = OPTIONS if kind.has_options else ()
    return present(Question(kind, stem, options), position=1, points=Decimal("0.5"), order=order)


SINGLE, MULTIPLE = shown(Kind.SINGLE), shown(Kind.MULTIPLE)
JUDGEMENT, BLANK, ESSAY = shown(Kind.JUDGEMENT), shown(Kind.BLANK, "____和____"), shown(Kind.ESSAY)


def test_options_stand_in_the_order_of_the_paper():
    assert [o.content for o in shown(Kind.SINGLE, order=("x3", "x1", "x2")).options] == ["丙", "甲", "乙"]
    assert [o.content for o in SINGLE.options] == ["甲", "乙", "丙"]


@pytest.mark.parametrize("order", [("x1",), ("x1", "x2", "x2"), ("x1", "x2", "x4"), ("x1", "x2", "x3", "x3")])
def test_an_order_that_is_no_permutation_is_refused(order):
    with pytest.raises(ValueError, match="position 1"):
        shown(Kind.SINGLE, order=order)


def test_the_type_has_no_place_for_a_key_or_for_what_helps():
    names = {field.name for field in fields(PresentedQuestion)}
    assert names == {
        "position",
        "kind",
        "stem",
        "options",
        "blanks",
        "points",
        "picture",
        "material",
        "numeric",
        "parts",
    }


def test_the_document_is_json_with_exact_points():
    document = json.loads(json.dumps(SINGLE.as_document()))
    assert document["points"] == "0.5"
    assert document["options"][0] == {"id": "x1", "content": "甲"}


@pytest.mark.parametrize(
    ("question", "response"),
    [
        (SINGLE, None),
        (SINGLE, {"options": []}),
        (SINGLE, {"options": ["x2"]}),
        (MULTIPLE, {"options": ["x3", "x1"]}),
        (JUDGEMENT, {"truth": False}),
        (BLANK, {"blanks": ["", "乙"]}),
        (BLANK, {"blanks": ["甲" * 200, ""]}),
        (ESSAY, {"text": "答" * 20_000}),
    ],
)
def test_responses_of_the_right_shape_are_taken(question, response):
    assert is_shaped(question, response)


@pytest.mark.parametrize(
    ("question", "response"),
    [
        (SINGLE, {}),
        (SINGLE, []),
        (SINGLE, "x1"),
        (SINGLE, {"options": ["x1", "x2"]}),
        (SINGLE, {"options": "x1"}),
        (SINGLE, {"options": ["A"]}),
        (SINGLE, {"options": [["x1"]]}),
        (SINGLE, {"options": ["x1"], "more": 1}),
        (MULTIPLE, {"options": ["x1", "x1"]}),
        (JUDGEMENT, {"truth": 1}),
        (JUDGEMENT, {"truth": None}),
        (JUDGEMENT, {"options": []}),
        (BLANK, {"blanks": ["甲"]}),
        (BLANK, {"blanks": ["甲", 2]}),
        (BLANK, {"blanks": ["甲" * 201, ""]}),
        (BLANK, {"blanks": ["\x00", ""]}),
        (ESSAY, {"text": "答" * 20_001}),
        (ESSAY, {"text": "\x00"}),
        (ESSAY, {"text": 3}),
    ],
)
def test_responses_of_another_shape_are_refused(question, response):
    assert not is_shaped(question, response)


@pytest.mark.parametrize(
    ("response", "answered"),
    [
        (None, False),
        ({"options": []}, False),
        ({"options": ["x1"]}, True),
        ({"truth": False}, True),
        ({"blanks": ["", "  "]}, False),
        ({"blanks": ["", "乙"]}, True),
        ({"text": " \n"}, False),
        ({"text": "答"}, True),
    ],
)
def test_answered_means_that_something_was_entered(response, answered):
    assert is_answered(response) is answered
