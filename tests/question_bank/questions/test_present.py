"""What a candidate sees of a question, and which responses have its shape."""

import json
from dataclasses import fields
from decimal import Decimal

import pytest

from question_bank.questions.kinds import Kind
from question_bank.questions.model import Option, Part, Question
from question_bank.questions.present import (
    PresentedQuestion,
    is_answered,
    is_complete,
    is_shaped,
    present,
)

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


# ---- questions with parts


CASE = Question(
    Kind.COMPOUND,
    "回答下列各题。",
    material="材料",
    parts=(
        Part(Kind.SINGLE, "单选", OPTIONS),
        Part(Kind.BLANK, "____和____", share=2),
        Part(Kind.CALCULATION, "求", numeric=True),
        Part(Kind.SHORT, "简答"),
    ),
)
PARTS = present(CASE, position=3, points=Decimal(10))
NUMBER = present(Question(Kind.CALCULATION, "求", numeric=True), position=1, points=Decimal(1))
WRITTEN = present(Question(Kind.CALCULATION, "求"), position=1, points=Decimal(1))
FULL = [{"options": ["x1"]}, {"blanks": ["甲", ""]}, {"number": "1"}, {"text": "因为"}]


def test_parts_are_numbered_and_carry_their_points():
    assert [(part.number, part.points) for part in PARTS.parts] == [(1, 2), (2, 4), (3, 2), (4, 2)]
    assert [part.blanks for part in PARTS.parts] == [0, 2, 0, 0]
    assert PARTS.material == "材料"
    assert [o.id for o in PARTS.parts[0].options] == ["x1", "x2", "x3"]


def test_the_document_names_the_parts():
    document = json.loads(json.dumps(PARTS.as_document()))
    assert [part["points"] for part in document["parts"]] == ["2", "4", "2", "2"]
    assert document["material"] == "材料"


@pytest.mark.parametrize(
    ("question", "shape"),
    [(PARTS, "parts"), (NUMBER, "number"), (WRITTEN, "text"), (BLANK, "blanks"), (PARTS.parts[2], "number")],
)
def test_how_it_is_answered(question, shape):
    assert question.shape == shape


@pytest.mark.parametrize(
    "parts", [FULL, [None] * 4, [*FULL[:3], None], [{"options": []}, None, {"number": ""}, None]]
)
def test_every_part_has_its_own_shape(parts):
    assert is_shaped(PARTS, {"parts": parts})


@pytest.mark.parametrize(
    "response",
    [
        {"text": "整题作答"},
        {"parts": FULL[:3]},
        {"parts": [*FULL, None]},
        {"parts": [FULL[1], FULL[0], *FULL[2:]]},
        {"parts": [{"options": ["y"]}, *FULL[1:]]},
        {"parts": [{"options": ["x1", "x2"]}, *FULL[1:]]},
        {"parts": ["", *FULL[1:]]},
        {"parts": [{"parts": []}, *FULL[1:]]},
        {"parts": None},
        {"parts": {"0": None}},
        {"parts": FULL, "text": ""},
    ],
)
def test_other_shapes_are_refused(response):
    assert not is_shaped(PARTS, response)


@pytest.mark.parametrize(
    "response", [{"number": "1" * 101}, {"number": 1}, {"number": "1\x00"}, {"text": "1"}]
)
def test_a_number_is_a_short_text(response):
    assert not is_shaped(NUMBER, response)
    assert is_shaped(NUMBER, {"number": "1" * 100})


def test_one_part_makes_it_answered_and_all_of_them_complete():
    assert not is_answered({"parts": [None, {"text": " "}, {"options": []}]})
    assert is_answered({"parts": [None, {"number": "1"}]})
    assert is_answered({"parts": [None, {"truth": False}]})
    assert not is_complete({"parts": FULL})  # a blank is empty
    assert is_complete(
        {"parts": [{"options": ["x1"]}, {"blanks": ["甲", "乙"]}, {"number": "1"}, {"text": "因为"}]}
    )
    assert is_complete({"truth": False})
    assert not is_complete(None)
