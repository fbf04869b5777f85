"""Questions and keys as documents, and the hash of their meaning."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.questions.kinds import MACHINE_SCORED, PAPER_ORDER, Kind
from question_bank.questions.model import (
    Key,
    Option,
    Question,
    content_hash,
    key_as_document,
    key_from_document,
    letter,
    make_options,
    question_as_document,
    question_from_document,
)

ids = st.text("0123456789abcdef", min_size=8, max_size=8)
texts = st.text(max_size=20)


@st.composite
def questions(draw):
    names = draw(st.lists(ids, max_size=6, unique=True))
    question = Question(
        draw(st.sampled_from(Kind)),
        draw(texts),
        tuple(Option(name, draw(texts)) for name in names),
        draw(texts),
        draw(st.none() | st.integers(1, 5)),
        draw(st.none() | st.integers(1, 5)),
        tuple(draw(st.lists(texts, max_size=2))),
        draw(texts),
        tuple(draw(st.lists(texts, max_size=2))),
    )
    key = Key(
        frozenset(draw(st.lists(st.sampled_from(names), unique=True))) if names else frozenset(),
        draw(st.none() | st.booleans()),
        tuple(tuple(draw(st.lists(texts, max_size=2))) for _ in range(draw(st.integers(0, 2)))),
        draw(texts),
        draw(texts),
    )
    return question, key


def renamed(question, key):
    """The same meaning under other option ids."""
    other = {option.id: f"new-{place}" for place, option in enumerate(reversed(question.options))}
    options = tuple(Option(other[option.id], option.content) for option in question.options)
    return replace(question, options=options), replace(key, options=frozenset(other[i] for i in key.options))


QUESTION = Question(Kind.SINGLE, "下列（ ）。", (Option("1", "甲"), Option("2", "乙")), "A-A-A-001", 3)
KEY = Key(frozenset({"1"}))


@given(questions())
def test_questions_and_keys_survive_their_documents(pair):
    question, key = pair
    assert question_from_document(json.loads(json.dumps(question_as_document(question)))) == question
    assert key_from_document(json.loads(json.dumps(key_as_document(key)))) == key


@given(questions())
def test_the_hash_ignores_option_ids(pair):
    assert content_hash(*pair) == content_hash(*renamed(*pair))


@pytest.mark.parametrize(
    "change",
    [
        {"stem": "下列( )。"},
        {"kind": Kind.MULTIPLE},
        {"options": (Option("1", "甲"), Option("2", "丙"))},
        {"options": (Option("2", "甲"), Option("1", "乙"))},
        {"point": "A-A-A-002"},
        {"difficulty": None},
        {"consistency": 5},
        {"sources": ("教材",)},
        {"picture": "图1"},
        {"tags": ("银行",)},
    ],
)
def test_the_hash_notices_every_change_of_meaning(change):
    assert content_hash(replace(QUESTION, **change), KEY) != content_hash(QUESTION, KEY)


@pytest.mark.parametrize(
    "change",
    [
        {"options": frozenset({"2"})},
        {"truth": True},
        {"blanks": (("甲",),)},
        {"model_answer": "甲"},
        {"explanation": "因为"},
    ],
)
def test_the_hash_notices_every_change_of_the_key(change):
    assert content_hash(QUESTION, replace(KEY, **change)) != content_hash(QUESTION, KEY)


@given(questions())
def test_a_question_document_holds_nothing_of_the_key(pair):
    question, _ = pair
    assert set(question_as_document(question)) == {
        "schema",
        "kind",
        "stem",
        "options",
        "point",
        "difficulty",
        "consistency",
        "sources",
        "picture",
        "tags",
        "material",
        "stimulus",
        "numeric",
        "parts",
    }


def test_documents_of_another_schema_are_refused():
    with pytest.raises(ValueError, match="schema 3"):
        question_from_document({**question_as_document(QUESTION), "schema": 3})
    with pytest.raises(ValueError, match="schema None"):
        key_from_document({})


def test_option_ids_are_never_repeated_even_where_chance_repeats():
    drawn = iter(["a", "a", "b", "a", "b", "c"])
    assert [option.id for option in make_options(["x", "y", "z"], lambda: next(drawn))] == ["a", "b", "c"]


def test_random_option_ids_say_nothing_of_the_order():
    options = make_options([str(n) for n in range(200)])
    assert len({option.id for option in options}) == 200
    assert [option.id for option in options] != sorted(option.id for option in options)


def test_letters_name_options_in_order():
    assert [letter(n) for n in range(4)] == ["A", "B", "C", "D"]


def test_blanks_are_counted_in_blank_questions_only():
    assert Question(Kind.BLANK, "甲____乙____").blanks == 2
    assert Question(Kind.SINGLE, "甲____").blanks == 0


def test_every_kind_has_its_names_and_its_place_on_paper():
    assert set(PAPER_ORDER) == set(Kind)
    assert len({kind.label for kind in Kind}) == len({kind.english for kind in Kind}) == len(Kind)
    assert {kind for kind in Kind if kind.is_machine_scored} == MACHINE_SCORED
    assert [kind for kind in Kind if kind.has_options] == [Kind.SINGLE, Kind.MULTIPLE]
