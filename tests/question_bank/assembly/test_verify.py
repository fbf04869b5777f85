"""The verifier finds every mutation of a good paper, or the mutated paper is still good."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from question_bank.assembly.paper import PaperQuestion, make_paper
from question_bank.assembly.pool import make_pool
from question_bank.assembly.select import draw
from question_bank.assembly.verify import verify
from question_bank.questions.kinds import Kind
from tests.question_bank.assembly.factories import make_bank, make_question, make_specification

MIX = tuple((code, Fraction(percent)) for code, percent in ((1, 10), (2, 20), (3, 40), (4, 20), (5, 10)))
SPECIFICATION = make_specification(difficulty=MIX)
BANK = make_bank(1500)
PAPER = draw(BANK, SPECIFICATION, papers=1, unique=False, seed="s").papers[0]
KNOWN = {question.id: question for question in BANK.questions}


def codes(questions, pool=BANK, specification=SPECIFICATION):
    return {problem.code for problem in verify(make_paper(1, tuple(questions)), pool, specification)}


def place(question):
    points = {Kind.SINGLE: 1, Kind.MULTIPLE: 2, Kind.JUDGEMENT: 1}[question.kind]
    return PaperQuestion(question.id, question.content_hash, Decimal(points), question.options)


def test_a_drawn_paper_has_no_faults():
    assert verify(PAPER, BANK, SPECIFICATION) == []


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 89), st.sampled_from(BANK.questions))
def test_an_exchanged_question_is_found_unless_it_is_of_the_same_cell(at, other):
    gone = KNOWN[PAPER.questions[at].question_id]
    questions = [*PAPER.questions[:at], place(other), *PAPER.questions[at + 1 :]]
    found = codes(questions)
    if other.id == gone.id:
        assert not found
    elif other.id in {question.question_id for question in PAPER.questions}:
        assert "question-repeated" in found
    elif (other.kind, other.difficulty, other.area) == (gone.kind, gone.difficulty, gone.area):
        assert found == set()
    elif other.kind is not gone.kind:
        assert "kind-count" in found
    elif other.difficulty != gone.difficulty:
        assert "difficulty-count" in found
    else:
        # Another area may be the other legal rounding of its share; then the exchanged paper is a good one.
        got = Counter()
        for question in questions:
            area = KNOWN[question.question_id].area
            while area:
                got[area] += question.points
                area = area.rpartition("-")[0]
        assert ("area-points" in found) == (
            not all(map(_is_legal, _shares(SPECIFICATION.shares), [got] * 99))
        )


def _shares(shares):
    return [node for share in shares for node in (share, *_shares(share.children))]


def _is_legal(share, got):
    return abs(Fraction(got[share.code]) - share.percent) < 1


@pytest.mark.parametrize("at", [0, 30, 59, 60, 69, 70, 89])
def test_a_missing_or_doubled_question_is_found(at):
    rest = [*PAPER.questions[:at], *PAPER.questions[at + 1 :]]
    assert {"total-not-100", "kind-count"} <= codes(rest)
    assert {"question-repeated", "total-not-100"} <= codes([*rest, PAPER.questions[at], PAPER.questions[at]])


def test_changed_points_are_found():
    first = replace(PAPER.questions[0], points=Decimal("1.5"))
    assert {"points-differ", "total-not-100", "area-points"} <= codes([first, *PAPER.questions[1:]])


def test_points_exchanged_between_questions_are_found_though_the_total_is_right():
    changed = list(PAPER.questions)
    changed[0] = replace(changed[0], points=Decimal(2))
    changed[60] = replace(changed[60], points=Decimal(1))
    assert "points-differ" in codes(changed)
    assert "total-not-100" not in codes(changed)


@pytest.mark.parametrize(
    "order", [lambda o: o[:-1], lambda o: (*o[:-1], o[0]), lambda o: (*o[:-1], "strange"), lambda o: ()]
)
def test_an_option_order_that_is_no_permutation_is_found(order):
    first = replace(PAPER.questions[0], option_order=order(PAPER.questions[0].option_order))
    assert codes([first, *PAPER.questions[1:]]) == {"option-order"}


def test_a_question_whose_content_changed_is_found():
    first = replace(PAPER.questions[0], content_hash="changed")
    assert codes([first, *PAPER.questions[1:]]) == {"content-changed"}


def test_a_question_of_another_bank_is_found():
    first = replace(PAPER.questions[0], question_id="strange")
    assert "unknown-question" in codes([first, *PAPER.questions[1:]])


def test_a_paper_whose_hash_is_not_its_own_is_found():
    assert [p.code for p in verify(replace(PAPER, hash="0" * 64), BANK, SPECIFICATION)] == ["hash-differs"]


def test_sections_out_of_order_are_found():
    changed = list(PAPER.questions)
    changed[0], changed[89] = changed[89], changed[0]
    assert codes(changed) == {"section-order"}


def test_enemies_are_found_whichever_of_the_two_says_so():
    a, b = PAPER.questions[3].question_id, PAPER.questions[80].question_id
    for one, other in ((a, b), (b, a)):
        pool = make_pool(
            replace(question, enemies=frozenset({other})) if question.id == one else question
            for question in BANK.questions
        )
        assert [p.code for p in verify(PAPER, pool, SPECIFICATION)] == ["enemies-together"]


def test_twins_are_found():
    a, b = PAPER.questions[3], PAPER.questions[80]
    pool = make_pool(
        replace(question, content_hash=a.content_hash) if question.id == b.question_id else question
        for question in BANK.questions
    )
    questions = [replace(q, content_hash=a.content_hash) if q is b else q for q in PAPER.questions]
    assert codes(questions, pool) == {"content-repeated"}


def test_a_question_outside_the_lowest_areas_is_found():
    stray = make_question("stray", "A-001", KNOWN[PAPER.questions[0].question_id].kind)
    pool = make_pool([*BANK.questions, stray])
    assert "outside-outline" in codes([place(stray), *PAPER.questions[1:]], pool)


def test_an_area_code_that_only_begins_alike_is_another_area():
    stray = make_question("stray", "A-AB-A-001", Kind.SINGLE)
    pool = make_pool([*BANK.questions, stray])
    assert "outside-outline" in codes([place(stray), *PAPER.questions[1:]], pool)
