"""From scores to a decision on a level."""

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.rules.decision import (
    Outcome,
    Reason,
    Standing,
    SubjectResult,
    decide_level,
    decide_subject,
    decision_as_document,
    redecide,
)
from question_bank.standards.loading import load
from question_bank.standards.model import Subject

STANDARD = load("3-02-02-00", "2020")
TODAY = date(2026, 11, 24)
SAT_ON = date(2026, 11, 1)
PASS = Decimal(60)
halves = st.integers(0, 200).map(lambda n: Decimal(n) / 2)
attempts = st.builds(
    lambda standing, score, day: SubjectResult(standing, score if standing is Standing.SAT else None, day),
    st.sampled_from(list(Standing)),
    st.none() | halves,
    st.none() | st.dates(date(2025, 1, 1), TODAY),
)


def sat(score: str, on: date = SAT_ON) -> SubjectResult:
    return SubjectResult(Standing.SAT, Decimal(score), on)


def decide(level: str = "3", **results):
    by_subject = {
        Subject(name): value if isinstance(value, list) else [value] for name, value in results.items()
    }
    return decide_level(STANDARD, level, by_subject, on=TODAY)


def test_sixty_passes_and_half_a_point_less_fails():
    assert decide_subject(Decimal(60), pass_mark=PASS).outcome is Outcome.PASSED
    failed = decide_subject(Decimal("59.5"), pass_mark=PASS)
    assert (failed.outcome, failed.reasons) == (Outcome.FAILED, (Reason.BELOW,))


def test_a_missing_score_is_incomplete_not_failed():
    assert decide_subject(None, pass_mark=PASS).outcome is Outcome.INCOMPLETE


@pytest.mark.parametrize("standing", [Standing.ABSENT, Standing.CANCELLED])
def test_absent_and_cancelled_fail_whatever_the_score(standing):
    decision = decide_subject(Decimal(100), pass_mark=PASS, standing=standing)
    assert decision.outcome is Outcome.FAILED
    assert decision.score is None


@pytest.mark.parametrize("score", ["-0.5", "100.5", "NaN", "Infinity"])
def test_a_score_that_cannot_be_is_an_error(score):
    with pytest.raises(ValueError, match="not between"):
        decide_subject(Decimal(score), pass_mark=PASS)


def test_subjects_are_never_averaged():
    assert decide(theory=sat("100"), practical=sat("59.5")).outcome is Outcome.FAILED
    assert decide(theory=sat("60"), practical=sat("60")).outcome is Outcome.PASSED


def test_a_level_without_the_result_of_one_subject_is_incomplete_even_where_another_failed():
    assert decide(theory=sat("90")).outcome is Outcome.INCOMPLETE
    assert decide(theory=sat("10")).outcome is Outcome.INCOMPLETE


def test_level_two_also_needs_the_review():
    both = {"theory": sat("80"), "practical": sat("80")}
    assert decide("2", **both).outcome is Outcome.INCOMPLETE
    assert decide("2", **both, review=sat("60")).outcome is Outcome.PASSED


def test_level_three_has_no_review():
    with pytest.raises(ValueError, match="has no subject review"):
        decide("3", theory=sat("80"), practical=sat("80"), review=sat("80"))


def test_an_unknown_level_is_an_error():
    with pytest.raises(ValueError, match="no rule for level"):
        decide("5", theory=sat("80"))


def test_only_the_failed_subject_is_sat_again():
    first = sat("40", date(2026, 5, 1))
    again = sat("61")
    assert decide(theory=[first, again], practical=sat("70", date(2026, 5, 1))).outcome is Outcome.PASSED
    assert decide(theory=[again, first], practical=sat("70", date(2026, 5, 1))).outcome is Outcome.PASSED


def test_a_pass_that_was_kept_too_long_leaves_the_level_open():
    results = {Subject.THEORY: [sat("80", date(2025, 11, 23))], Subject.PRACTICAL: [sat("80")]}
    decision = decide_level(STANDARD, "3", results, on=TODAY, pass_valid_days=365)
    assert decision.outcome is Outcome.INCOMPLETE
    assert dict(decision.subjects)[Subject.THEORY].reasons == (Reason.EXPIRED,)
    assert decide_level(STANDARD, "3", results, on=TODAY, pass_valid_days=366).outcome is Outcome.PASSED
    assert decide_level(STANDARD, "3", results, on=TODAY).outcome is Outcome.PASSED


def test_failing_again_after_an_expired_pass_is_a_failure():
    results = {
        Subject.THEORY: [sat("80", date(2024, 1, 1)), sat("40")],
        Subject.PRACTICAL: [sat("80")],
    }
    assert decide_level(STANDARD, "3", results, on=TODAY, pass_valid_days=365).outcome is Outcome.FAILED


@given(st.lists(attempts, max_size=3), st.lists(attempts, max_size=3), st.none() | st.integers(0, 500))
def test_stored_inputs_lead_to_the_same_decision(theory, practical, valid_days):
    decision = decide_level(
        STANDARD,
        "3",
        {Subject.THEORY: theory, Subject.PRACTICAL: practical},
        on=TODAY,
        pass_valid_days=valid_days,
    )
    stored = json.loads(json.dumps(decision_as_document(decision), ensure_ascii=False))
    again = redecide(stored["inputs"])
    assert decision_as_document(again) == stored
    assert again.digest == decision.digest


def test_inputs_of_another_rule_are_refused():
    inputs = {**decide(theory=sat("80")).inputs, "rule_version": "decision-0"}
    with pytest.raises(ValueError, match="decision-0"):
        redecide(inputs)


@given(halves, halves, halves)
def test_more_points_never_make_a_decision_worse(theory, practical, more):
    order = [Outcome.FAILED, Outcome.INCOMPLETE, Outcome.PASSED]
    better = min(Decimal(100), theory + more)
    before = decide(theory=sat(str(theory)), practical=sat(str(practical))).outcome
    after = decide(theory=sat(str(better)), practical=sat(str(practical))).outcome
    assert order.index(after) >= order.index(before)


@given(st.lists(attempts, max_size=4), halves)
def test_a_further_attempt_never_undoes_a_pass(earlier, score):
    passed = [*earlier, sat("75")]
    assert decide(theory=[*passed, sat(str(score))], practical=sat("60")).outcome is Outcome.PASSED
