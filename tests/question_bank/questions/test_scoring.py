"""What a response earns, exactly."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.questions.kinds import Kind, MultiplePolicy
from question_bank.questions.model import Key, Option, Part, Quantity, Question
from question_bank.questions.parts import is_machine_scored, part_points
from question_bank.questions.scoring import NeedsMarker, normalised, part_scores, score

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


# ---- 多选: what an incomplete response earns


FOUR = Key(frozenset("abc"))


def chosen(letters, worth, policy):
    return score(MULTIPLE, FOUR, {"options": list(letters)}, Decimal(worth), policy)


def test_half_the_points_for_something_missing_and_nothing_wrong():
    assert chosen("abc", 2, MultiplePolicy.HALF) == 2
    assert chosen("a", 2, MultiplePolicy.HALF) == chosen("ab", 2, MultiplePolicy.HALF) == 1
    assert chosen("ad", 2, MultiplePolicy.HALF) == chosen("abcd", 2, MultiplePolicy.HALF) == 0
    assert chosen("a", "1.5", MultiplePolicy.HALF) == HALF


def test_each_right_option_its_share_where_nothing_is_wrong():
    assert [chosen(letters, 3, MultiplePolicy.SHARE) for letters in ("a", "ab", "abc", "abd")] == [1, 2, 3, 0]
    assert chosen("ab", 2, MultiplePolicy.SHARE) == 1  # 1.33


@given(
    st.sets(st.sampled_from("abcd"), min_size=2),
    st.lists(st.sampled_from("abcd"), unique=True),
    points,
    st.sampled_from(MultiplePolicy),
)
def test_policies_give_no_less_than_the_exact_one_and_never_more_than_all(right, picked, worth, policy):
    response, key = {"options": picked}, Key(frozenset(right))
    earned = score(MULTIPLE, key, response, worth, policy)
    assert score(MULTIPLE, key, response, worth) <= earned <= worth
    assert earned * 2 == int(earned * 2)
    if set(picked) - right:
        assert earned == 0


def test_a_single_choice_knows_no_half():
    assert score(SINGLE, Key(frozenset("b")), {"options": ["a"]}, ONE, MultiplePolicy.HALF) == 0


# ---- 填空: order rules


def test_answers_of_a_group_may_stand_in_any_order_and_count_once():
    key = Key(blanks=(("甲", "子"), ("乙",), ("丙",)), any_order=((0, 1),))

    def earned(*texts):
        return score(BLANKS, key, {"blanks": list(texts)}, Decimal(3))

    assert earned("乙", "子", "丙") == 3
    assert earned("甲", "甲", "丙") == 2
    assert earned("甲", "子", "丙") == 2  # two words for the same answer
    assert earned("丙", "乙", "甲") == 1  # the last blank is not in the group
    assert earned("乙", "", "丙") == 2


def test_the_best_assignment_counts():
    """The first blank could use up the only answer of the second."""
    key = Key(blanks=(("甲", "乙"), ("甲",), ("丙",)), any_order=((0, 1, 2),))
    assert score(BLANKS, key, {"blanks": ["甲", "乙", "丙"]}, Decimal(3)) == 3


@given(st.permutations(range(4)), st.lists(st.sampled_from("甲乙丙丁 x"), min_size=4, max_size=4), points)
def test_in_a_group_the_order_of_the_response_makes_no_difference(order, texts, worth):
    question = Question(Kind.BLANK, "____" * 4)
    key = Key(blanks=(("甲", "x"), ("乙",), ("丙", "甲"), ("丁",)), any_order=(tuple(range(4)),))
    shuffled = [texts[place] for place in order]
    assert score(question, key, {"blanks": texts}, worth) == score(question, key, {"blanks": shuffled}, worth)


# ---- 计算 and questions with parts


NUMERIC = Question(Kind.CALCULATION, "求功率。", numeric=True)
CASE = Question(
    Kind.COMPOUND,
    "根据材料回答。",
    material="材料。",
    parts=(
        Part(Kind.SINGLE, "单选（ ）。", OPTIONS),
        Part(Kind.BLANK, "____和____。"),
        Part(Kind.CALCULATION, "求。", numeric=True, share=2),
        Part(Kind.SHORT, "为什么？", share=2),
    ),
)
CASE_KEY = Key(
    parts=(
        Key(frozenset("b")),
        Key(blanks=(("甲",), ("乙",)), any_order=((0, 1),)),
        Key(quantity=Quantity(Decimal(5), unit="A")),
        Key(model_answer="略"),
    )
)


def test_a_number_earns_all_or_nothing():
    key = Key(quantity=Quantity(Decimal(100), Decimal(1), unit="W"))
    assert score(NUMERIC, key, {"number": "１００．５ W"}, HALF) == HALF
    assert score(NUMERIC, key, {"number": "102"}, HALF) == ZERO
    assert score(NUMERIC, key, {"number": "  "}, HALF) == ZERO


def test_parts_earn_their_shares_and_a_person_marks_the_rest():
    given = [{"options": ["b"]}, {"blanks": ["乙", "丁"]}, {"number": "5 A"}, {"text": "因为"}]
    assert part_scores(CASE, CASE_KEY, {"parts": given}, Decimal(12)) == (2, 1, 4, None)
    with pytest.raises(NeedsMarker):
        score(CASE, CASE_KEY, {"parts": given}, Decimal(12))
    assert score(CASE, CASE_KEY, {"parts": [*given[:3], None]}, Decimal(12)) == 7
    assert part_scores(CASE, CASE_KEY, None, Decimal(12)) == (0, 0, 0, 0)


def test_a_policy_reaches_into_parts():
    case = Question(Kind.CASE, "。", parts=(Part(Kind.MULTIPLE, "多选。", OPTIONS),))
    key = Key(parts=(Key(frozenset("ab")),))
    assert score(case, key, {"parts": [{"options": ["a"]}]}, Decimal(2), MultiplePolicy.HALF) == 1


@pytest.mark.parametrize(
    ("shares", "worth", "parts"),
    [((1, 1, 1), "10", "3.5 3.5 3"), ((2, 1), "3", "2 1"), ((1, 1, 1), "1", "0.5 0.5 0"), ((1, 2, 3, 4), "20", "2 4 6 8"), ((0, 0), "2", "1 1")],
)  # fmt: skip
def test_points_of_parts(shares, worth, parts):
    found = part_points([Part(Kind.SHORT, "。", share=share) for share in shares], Decimal(worth))
    assert found == tuple(Decimal(part) for part in parts.split())


@given(st.lists(st.integers(1, 9), min_size=1, max_size=8), points)
def test_points_of_parts_add_up_in_half_points(shares, worth):
    found = part_points([Part(Kind.SHORT, "。", share=share) for share in shares], worth)
    assert sum(found) == worth
    assert all(one >= 0 and one * 2 == int(one * 2) for one in found)
    whole = sum(shares)
    assert all(abs(one - worth * share / whole) < HALF for one, share in zip(found, shares, strict=True))


RESPONSES = st.tuples(
    st.none() | st.fixed_dictionaries({"options": st.lists(st.sampled_from("abcd"), max_size=1)}),
    st.none()
    | st.fixed_dictionaries({"blanks": st.lists(st.sampled_from(["甲", "乙", ""]), min_size=2, max_size=2)}),
    st.none() | st.fixed_dictionaries({"number": st.sampled_from(["5", "5A", "6", "", "五"])}),
)


@given(RESPONSES, points)
def test_what_machines_give_lies_between_nothing_and_all_in_half_points(parts, worth):
    earned = score(CASE, CASE_KEY, {"parts": [*parts, None]}, worth)
    assert 0 <= earned <= worth
    assert earned * 2 == int(earned * 2)


def test_what_machines_score_whole():
    assert is_machine_scored(SINGLE)
    assert is_machine_scored(NUMERIC)
    assert not is_machine_scored(Question(Kind.CALCULATION, "求。"))
    assert not is_machine_scored(CASE)
    assert is_machine_scored(replace(CASE, parts=CASE.parts[:3]))
    assert not is_machine_scored(Question(Kind.CASE, "。"))
