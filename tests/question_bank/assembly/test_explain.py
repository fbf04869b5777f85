"""An impossible specification: why, in right numbers, and what repairs it."""

import time
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from question_bank.assembly.explain import explain
from question_bank.assembly.pool import make_pool
from question_bank.assembly.select import Impossible, draw
from question_bank.assembly.specification import Section, Share
from question_bank.assembly.verify import verify
from question_bank.questions.kinds import Kind
from tests.question_bank.assembly.factories import make_bank, make_question, make_specification

LABELS = {kind.label: kind for kind in Kind}
MIX = tuple((code, Fraction(percent)) for code, percent in ((1, 10), (2, 20), (3, 40), (4, 20), (5, 10)))


def messages(problems, code):
    return [problem.message for problem in problems if problem.code == code]


def repaired(pool, problems):
    """The pool with the questions that the explanation names."""
    questions = list(pool.questions)
    for message in messages(problems, "cell-short"):
        words = message.split(" ")
        level = int(words[2].removeprefix("难度")) if words[2].startswith("难度") else 3
        for _ in range(int(words[words.index("缺") + 1])):
            number = len(questions)
            questions.append(
                make_question(
                    f"new{number:05d}", f"{words[0]}-{900 + number % 90}", LABELS[words[1]], difficulty=level
                )
            )
    return make_pool(questions)


def test_a_short_cell_is_named_with_what_is_needed_and_what_there_is():
    shares = (Share("A", Fraction(95)), Share("B", Fraction(5)))
    pool = make_pool(
        [make_question(f"a{n}", f"A-{n:03d}") for n in range(200)]
        + [make_question(f"b{n}", f"B-{n:03d}") for n in range(2)]
    )
    problems = explain(pool, make_specification([Section(Kind.SINGLE, 100, Decimal(1))], shares))
    assert messages(problems, "cell-short") == ["B 单选题 缺 3 题（需 5，可用 2）"]
    assert messages(problems, "area-short") == ["B 要求 5 分，而可用题全部用上也只有 2 分"]


def test_a_short_kind_is_named():
    pool = make_pool(question for question in make_bank(1500).questions if question.kind is not Kind.MULTIPLE)
    problems = explain(pool, make_specification())
    assert messages(problems, "kind-short") == ["多选题 缺 10 题（需 10，可用 0）"]


def test_a_short_difficulty_is_named():
    pool = make_pool(question for question in make_bank(3000).questions if question.difficulty != 5)
    problems = explain(pool, make_specification(difficulty=MIX))
    assert messages(problems, "difficulty-short") == ["难度5 缺 9 题（需 9，可用 0）"]


def test_the_arithmetic_of_the_sheet_comes_first():
    shares = (Share("A", Fraction(60)), Share("B", Fraction(39)))
    problems = explain(make_pool([]), make_specification([Section(Kind.SINGLE, 99, Decimal(1))], shares))
    assert [problem.code for problem in problems] == ["total-not-100", "shares-not-100"]


def test_numbers_that_no_bank_can_meet_are_told_from_a_short_bank():
    """Three areas of odd points, and only one question worth an odd number."""
    sections = [Section(Kind.SINGLE, 1, Decimal(2)), Section(Kind.MULTIPLE, 14, Decimal(7))]
    shares = (Share("A", Fraction(50)), Share("B", Fraction(50)))
    problems = explain(make_bank(500), make_specification(sections, shares))
    assert [problem.code for problem in problems] == ["contradiction"]


def test_a_possible_specification_has_no_problems():
    assert explain(make_bank(1500), make_specification()) == []


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
@given(st.integers(60, 260), st.integers(0, 10**6), st.booleans())
def test_adding_the_named_questions_makes_it_possible_and_one_fewer_does_not(size, bank, with_difficulty):
    pool = make_bank(size, seed=bank)
    specification = make_specification(difficulty=MIX if with_difficulty else ())
    problems = explain(pool, specification)
    assume(problems)
    with pytest.raises(Impossible) as impossible:
        draw(pool, specification, papers=1, unique=False, seed="s")
    assert list(impossible.value.problems) == problems
    whole = repaired(pool, problems)
    assert explain(whole, specification) == []
    paper = draw(whole, specification, papers=1, unique=False, seed="s").papers[0]
    assert verify(paper, whole, specification) == []
    added = [question for question in whole.questions if question.id.startswith("new")]
    without_one = make_pool(question for question in whole.questions if question.id != added[0].id)
    assert explain(without_one, specification) != []


def test_a_thin_bank_of_five_thousand_is_explained_within_seconds():
    pool = make_pool(
        question
        for question in make_bank(5000).questions
        if not (question.area == "B-C-B" and question.kind is not Kind.MULTIPLE and question.difficulty != 3)
        and question.area not in ("A-A-A", "B-G-A")
    )
    start = time.process_time()
    problems = explain(pool, make_specification(difficulty=MIX))
    assert problems
    # Ten times the aim: a guard against a wrong method, not a benchmark.
    assert time.process_time() - start < 30
