"""What changed between two versions: nothing where nothing did, and every sign accounted for where something did."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from question_bank.questions.difference import (
    Change,
    compared,
    compared_options,
    difference,
    key_difference,
)
from question_bank.questions.kinds import Kind
from question_bank.questions.model import Key, Option, Part, Quantity, Question, make_options

texts = st.text(alphabet="消防设施巡逻 abcXYZ019.，（）\n", max_size=40)
options = st.lists(texts, max_size=6).map(make_options)
questions = st.builds(
    Question,
    kind=st.sampled_from([Kind.SINGLE, Kind.MULTIPLE, Kind.SHORT]),
    stem=texts,
    options=options,
    point=st.sampled_from(["", "A-B-001"]),
    difficulty=st.none() | st.integers(1, 5),
    material=texts,
    tags=st.lists(st.sampled_from(["医院", "学校"]), max_size=2).map(tuple),
)


@given(questions)
def test_a_question_differs_from_itself_in_nothing(question):
    assert difference(question, question).is_empty


@given(questions, options)
def test_neither_does_its_key(question, others):
    key = Key(frozenset(option.id for option in question.options[:1]), explanation="样例")
    assert all(text.is_same for text in key_difference(question, key, question, key))
    again = replace(question, options=tuple(Option(f"x{o.id}", o.content) for o in question.options))
    moved = Key(frozenset(option.id for option in again.options[:1]), explanation="样例")
    assert all(text.is_same for text in key_difference(question, key, again, moved))


@given(texts, texts)
def test_the_stretches_of_each_side_join_to_its_text(one, other):
    found = compared("stem", one, other)
    assert "".join(stretch.text for stretch in found.before) == one
    assert "".join(stretch.text for stretch in found.after) == other
    same = [[s.text for s in side if s.change is Change.SAME] for side in (found.before, found.after)]
    assert same[0] == same[1]
    assert found.is_same == (one == other)


@given(options, options)
def test_every_option_is_named_once(one, other):
    found = compared_options(one, other)
    letters = "ABCDEFGH"
    assert sorted(o.letter_before for o in found if o.letter_before) == sorted(letters[: len(one)])
    assert sorted(o.letter_after for o in found if o.letter_after) == sorted(letters[: len(other)])


def test_chinese_is_compared_sign_by_sign_and_numbers_as_wholes():
    found = compared("stem", "单位应当每15日检查一次", "单位必须每30日检查一次")
    assert [s.text for s in found.before if s.change is Change.REMOVED] == ["应当", "15"]
    assert [s.text for s in found.after if s.change is Change.ADDED] == ["必须", "30"]


def test_an_option_that_only_moved_was_not_changed():
    one = make_options(["甲门卫", "乙巡逻", "丙值班"])
    other = (one[2], one[0], one[1])
    found = compared_options(one, other)
    assert [(o.letter_before, o.letter_after, o.change) for o in found] == [
        ("C", "A", Change.SAME),
        ("A", "B", Change.SAME),
        ("B", "C", Change.SAME),
    ]
    assert all(option.has_moved for option in found)


def test_a_reworded_option_is_one_option_and_an_exchanged_one_is_two():
    one = make_options(["消防设施每月检查", "甲"])
    other = make_options(["消防设施每季检查", "乙"])
    assert [o.change for o in compared_options(one, other)] == [
        Change.CHANGED,
        Change.ADDED,
        Change.REMOVED,
    ]


def test_a_changed_key_is_said_in_words():
    choices = make_options(["甲", "乙"])
    question = Question(Kind.SINGLE, "样题（ ）。", choices)
    [right, _explanation] = key_difference(
        question,
        Key(frozenset({choices[0].id}), explanation="同"),
        question,
        Key(frozenset({choices[1].id}), explanation="同"),
    )
    assert [s.text for s in right.before] == ["甲"]
    assert [s.text for s in right.after] == ["乙"]


def test_parts_and_quantities_are_compared_too():
    one = Question(Kind.CASE, "案情", parts=(Part(Kind.SHORT, "问一"),))
    other = Question(Kind.CASE, "案情", parts=(Part(Kind.SHORT, "问一改"), Part(Kind.SHORT, "问二")))
    found = difference(one, other)
    assert [name for name, part in found.parts if not part.is_empty] == ["1", "2"]
    [right] = key_difference(
        one,
        Key(parts=(Key(quantity=Quantity(Decimal("12"), unit="kW")),)),
        other,
        Key(parts=(Key(quantity=Quantity(Decimal("13"), unit="kW")),)),
    )
    assert not right.is_same


def test_very_long_texts_are_compared_line_by_line():
    one = "\n".join(f"第{n}行文字" for n in range(2_000))
    other = one.replace("第7行", "第柒行")
    found = compared("stem", one, other)
    assert [s.text for s in found.before if s.change is Change.REMOVED] == ["第7行文字\n"]
