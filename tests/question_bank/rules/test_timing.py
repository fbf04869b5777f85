"""When an answer counts."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.rules.timing import (
    Given,
    Phase,
    Window,
    effective_deadline,
    may_hand_in,
    may_start,
    phase,
    remaining,
)

OPENS = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)
spans = st.integers(0, 200).map(lambda n: n * MINUTE)


def make_window(**rest):
    return Window(**{"opens": OPENS, "closes": OPENS + 120 * MINUTE, "allowed": 90 * MINUTE, **rest})


def test_one_answers_until_the_allowed_time_is_over():
    window = make_window()
    deadline = OPENS + 90 * MINUTE
    assert phase(window, OPENS, deadline - TICK) is Phase.ANSWERING
    assert phase(window, OPENS, deadline) is Phase.GRACE
    assert phase(window, OPENS, deadline + window.grace - TICK) is Phase.GRACE
    assert phase(window, OPENS, deadline + window.grace) is Phase.CLOSED


def test_who_starts_late_ends_with_the_sitting():
    assert effective_deadline(make_window(), OPENS + 60 * MINUTE) == OPENS + 120 * MINUTE


def test_extra_time_runs_past_the_closing_of_the_sitting():
    deadline = effective_deadline(
        make_window(), OPENS + 60 * MINUTE, Given(extra=10 * MINUTE, restored=3 * MINUTE)
    )
    assert deadline == OPENS + 133 * MINUTE
    assert (
        phase(make_window(), OPENS + 60 * MINUTE, OPENS + 125 * MINUTE, Given(extra=10 * MINUTE))
        is Phase.ANSWERING
    )


def test_time_cannot_be_taken_away():
    with pytest.raises(ValueError, match="not taken"):
        Given(extra=-MINUTE)
    with pytest.raises(ValueError, match="not taken"):
        Given(restored=-MINUTE)
    with pytest.raises(ValueError, match="not taken"):
        Given(99)


def test_nobody_starts_before_the_opening_or_at_the_closing():
    window = make_window()
    assert not may_start(window, OPENS - TICK)
    assert may_start(window, OPENS)
    assert not may_start(window, window.closes)


def test_the_late_limit_includes_its_last_instant():
    window = make_window(late_limit=15 * MINUTE)
    assert may_start(window, OPENS + 15 * MINUTE)
    assert not may_start(window, OPENS + 15 * MINUTE + TICK)


def test_hand_in_waits_for_the_earliest_instant_after_ones_own_start():
    window = make_window(earliest_hand_in=30 * MINUTE)
    started = OPENS + 10 * MINUTE
    assert not may_hand_in(window, started, started + 30 * MINUTE - TICK)
    assert may_hand_in(window, started, started + 30 * MINUTE)
    assert may_hand_in(make_window(), started, started)


def test_who_handed_in_is_closed_at_once():
    assert phase(make_window(), OPENS, OPENS + MINUTE, handed_in=True) is Phase.CLOSED


def test_who_never_started_is_closed_when_the_sitting_closes():
    assert phase(make_window(), None, OPENS + MINUTE) is Phase.NOT_OPEN
    assert phase(make_window(), None, OPENS + 120 * MINUTE) is Phase.CLOSED


def test_remaining_time_is_never_negative():
    assert remaining(OPENS, OPENS + MINUTE) == timedelta(0)
    assert remaining(OPENS + MINUTE, OPENS) == MINUTE


@given(spans, spans, spans, spans)
def test_more_extra_time_never_ends_an_attempt_sooner(late, passed, extra, more):
    window, started = make_window(), OPENS + late
    order = [Phase.ANSWERING, Phase.GRACE, Phase.CLOSED]
    now = started + passed
    assert order.index(phase(window, started, now, Given(extra=extra + more))) <= order.index(
        phase(window, started, now, Given(extra=extra))
    )


@given(spans, spans, spans)
def test_phases_only_go_forward(late, passed, more):
    order = [Phase.ANSWERING, Phase.GRACE, Phase.CLOSED]
    started = OPENS + late
    first = phase(make_window(), started, started + passed)
    later = phase(make_window(), started, started + passed + more)
    assert order.index(first) <= order.index(later)


def test_a_time_factor_is_of_the_time_by_the_rules_and_may_run_past_the_closing():
    assert effective_deadline(make_window(), OPENS, Given(150)) == OPENS + 135 * MINUTE
    late = OPENS + 60 * MINUTE
    assert effective_deadline(make_window(), late, Given(130, extra=5 * MINUTE)) == late + 83 * MINUTE


def test_during_a_pause_the_remaining_time_stands_still():
    window, paused = make_window(), Given(paused_at=OPENS + 30 * MINUTE)
    for minutes in (30, 45, 300):
        now = OPENS + minutes * MINUTE
        assert effective_deadline(window, OPENS, paused, now=now) - now == 60 * MINUTE
        assert phase(window, OPENS, now, paused) is Phase.ANSWERING
    with pytest.raises(ValueError, match="at an instant"):
        effective_deadline(window, OPENS, paused)


@given(spans, spans)
def test_a_pause_given_back_at_its_end_changes_nothing(before, length):
    window, begun = make_window(), OPENS + before
    ended = begun + length
    paused = effective_deadline(window, OPENS, Given(paused_at=begun), now=ended)
    assert paused == effective_deadline(window, OPENS, Given(restored=length))
