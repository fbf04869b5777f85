"""What a response earns, exactly."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.questions.kinds import Kind
from question_bank.questions.model import Key, Option, Question
from question_bank.questions.scoring import NeedsMarker, normalised, score

OPTIONS = tuple(Option(name, name) for name in "abcd")
SINGLE = Question(Kind.SINGLE, "单选（ ）。", OPTIONS)
MULTIPLE = Question(Kind.MULTIPLE, "多选（ ）。", OPTIONS)
JUDGEMENT = Question(Kind.JUDGEMENT, "判断。")
BLANKS = Question(Kind.BLANK, "____、____和____。")
THREE = Key(blanks=(("甲", "子"), ("乙",), ("丙",)))
ONE, HALF, ZERO = Decimal(1), Decimal("0.5"), Decimal(0)
points = st.integers(1, 40).map(lambda n: Decimal(n) / 2)


def test_the_right_option_earns_all_and_a_wrong_one_nothing():
    key = Key(frozenset({"b"}))
    assert score(SINGLE, key, {"options": ["b"]}, HALF) == HALF
    assert score(SINGLE, key, {"options": ["a"]}, HALF) == ZERO


@given(st.sets(st.sampled_from("abcd"), min_size=2), st.lists(st.sampled_from("abcd"), unique=True), points)
def test_multiple_choice_earns_all_for_exactly_the_right_set_in_any_order(right, chosen, worth):
    earned = score(MULTIPLE, Key(frozenset(right)), {"options": chosen}, worth)
    assert earned == (worth if set(chosen) == right else 0)


@pytest.mark.parametrize("truth", [True, False])
def test_judgement_earns_all_or_nothing(truth):
    assert score(JUDGEMENT, Key(truth=truth), {"truth": truth}, HALF) == HALF
    assert score(JUDGEMENT, Key(truth=truth), {"truth": not truth}, HALF) == ZERO


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize(
    "response", [None, {"options": []}, {"text": "  "}, {"blanks": ["", " "]}, {"truth": None}]
)
def test_nothing_entered_earns_nothing_whatever_the_kind(kind, response):
    assert score(Question(kind, "题"), Key(), response, ONE) == ZERO


@pytest.mark.parametrize("kind", [kind for kind in Kind if not kind.is_machine_scored])
def test_what_people_mark_is_left_to_them(kind):
    with pytest.raises(NeedsMarker):
        score(Question(kind, "论述。"), Key(model_answer="略"), {"text": "答"}, ONE)


def test_each_blank_earns_its_part_rounded_down_to_half_points():
    def earned(*given, worth="2"):
        return score(BLANKS, THREE, {"blanks": list(given)}, Decimal(worth))

    assert earned("甲", "乙", "丙") == 2
    assert earned("子", "乙", "") == 1  # 2 × 2/3 = 1.33
    assert earned("甲", "", "错") == HALF  # 2 × 1/3 = 0.67
    assert earned("乙", "甲", "") == ZERO
    assert earned("甲", "乙", "丙", worth="0.5") == HALF
    assert earned("甲", "乙", "", worth="0.5") == ZERO


@given(st.lists(st.booleans(), min_size=3, max_size=3), points)
def test_blanks_earn_half_points_between_nothing_and_all(right, worth):
    texts = [one if is_right else "错" for one, is_right in zip("甲乙丙", right, strict=True)]
    earned = score(BLANKS, THREE, {"blanks": texts}, worth)
    assert 0 <= earned <= worth
    assert earned * 2 == int(earned * 2)
    assert (earned == worth) == all(right)


def test_the_sum_of_two_hundred_half_points_is_exactly_one_hundred():
    key = Key(frozenset({"a"}))
    assert sum(score(SINGLE, key, {"options": ["a"]}, HALF) for _ in range(200)) == Decimal(100)


@pytest.mark.parametrize(
    ("written", "accepted"),
    [
        ("ＡＢＣ", "abc"),
        (" 消防 安全 ", "消防安全"),
        ("10％", "10%"),
        ("消防。", "消防"),
        ("GB 50348-2018", "gb50348-2018"),
    ],
)
def test_blanks_are_compared_without_width_case_and_spaces(written, accepted):
    assert normalised(written) == normalised(accepted)


def test_different_words_stay_different():
    assert normalised("3.5") != normalised("35")
    assert normalised("公安") != normalised("保安")
