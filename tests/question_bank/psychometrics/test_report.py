"""The analysis of a sitting as one value: units, flags, and agreement with the functions it gathers."""

import numpy as np
import pytest

from question_bank.psychometrics.flags import Flag
from question_bank.psychometrics.options import Choices
from question_bank.psychometrics.report import analyse_items
from question_bank.psychometrics.responses import ResponseMatrix
from question_bank.psychometrics.simulate import draw_papers, draw_parameters, simulate_responses

NAN = np.nan


def make_scores(persons=200, items=12, *, length=None, seed=1):
    rng = np.random.default_rng(seed)
    presented = None if length is None else draw_papers(persons, items, length, rng)
    return simulate_responses(rng.normal(size=persons), draw_parameters(items, rng), rng, presented=presented)


def test_complete_papers_are_reported_in_points(lsat6):
    test = analyse_items(lsat6).test
    assert (test.persons, test.examined, test.items) == (1000, 1000, 5)
    assert (test.in_percent, test.maximum, test.lowest, test.highest) == (False, 5, 0, 5)
    assert (round(test.mean, 3), round(test.sd, 3)) == (3.819, 1.035)
    assert round(test.reliability.alpha, 3) == 0.295
    # Frequencies of the totals 0 to 5; the last bin holds 4 and 5, being closed at both ends.
    assert test.histogram.counts.tolist() == [3, 20, 85, 237, 357 + 298]


def test_randomised_papers_of_equal_points_are_reported_in_points():
    test = analyse_items(make_scores(items=20, length=8)).test
    assert (test.in_percent, test.maximum) == (False, 8)
    assert test.reliability.pairs is not None
    assert test.reliability.pairs.items_per_person == 8


def test_papers_of_different_points_are_reported_in_percent():
    test = analyse_items(ResponseMatrix.from_scores([[1, 1, NAN], [NAN, 0, 1], [NAN, NAN, NAN]])).test
    assert (test.in_percent, test.maximum) == (False, 2)
    test = analyse_items(ResponseMatrix.from_scores([[1, 1, NAN], [0, 1, 0], [NAN, NAN, NAN]])).test
    assert (test.in_percent, test.maximum, test.persons, test.examined) == (True, 100, 3, 2)
    assert (test.highest, test.mean) == (100, pytest.approx(200 / 3))


def test_items_out_of_the_ordinary_are_flagged():
    rng = np.random.default_rng(1)
    good = make_scores(items=10, seed=3).scores
    able = good.sum(axis=1) >= np.median(good.sum(axis=1))
    columns = {
        "constant": np.ones(200),
        "nobody": np.full(200, NAN),
        "few": np.where(np.arange(200) < 10, good[:, 0], NAN),
        "hard": (rng.random(200) < 0.1).astype(float),
        "easy": (rng.random(200) < 0.99).astype(float),
        "reversed": np.where(able, rng.random(200) < 0.3, rng.random(200) < 0.7).astype(float),
    }
    matrix = ResponseMatrix.from_scores(
        np.column_stack([*columns.values(), good]),
        items=[*columns, *map(str, range(10))],
        maximum=np.ones(16),
    )
    flags = {item.name: item.flags for item in analyse_items(matrix).items}
    assert flags["constant"] == (Flag.CONSTANT, Flag.TOO_EASY)
    assert flags["nobody"] == (Flag.NOT_PRESENTED,)
    assert Flag.FEW_PERSONS in flags["few"]
    assert Flag.TOO_HARD in flags["hard"]
    assert Flag.TOO_EASY in flags["easy"]
    assert Flag.NEGATIVE_DISCRIMINATION in flags["reversed"]


def test_an_option_that_beats_the_key_is_flagged():
    right = Choices.from_labels([["A", "A"]] * 20 + [["B", "B"]] * 20, ["x", "y"])
    flags = [item.flags for item in analyse_items(right.score("AA"), right, "AA").items]
    assert all(Flag.OPTION_BEATS_KEY not in of_item for of_item in flags)
    wrong = Choices.from_labels([["A", "A", "A"]] * 20 + [["B", "B", "B"]] * 20, ["x", "y", "z"])
    items = analyse_items(wrong.score("BAA"), wrong, "BAA").items
    assert Flag.OPTION_BEATS_KEY in items[0].flags


def test_choices_without_a_key_are_refused():
    choices = Choices.from_labels([["A"]], ["x"])
    with pytest.raises(ValueError, match="choices and key belong together"):
        analyse_items(choices.score("A"), choices)


@pytest.mark.parametrize("scores", [[[1.0]], [[NAN, NAN]], np.ones((3, 2)), np.zeros((1, 4))])
def test_a_hostile_matrix_gives_nan_and_no_error(scores):
    analysis = analyse_items(ResponseMatrix.from_scores(scores))
    assert np.isnan(analysis.test.reliability.alpha)
    assert all(np.isnan(item.discrimination) for item in analysis.items)
