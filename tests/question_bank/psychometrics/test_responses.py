"""The response matrix refuses what it cannot mean, and tells not presented from wrong."""

import numpy as np
import pytest

from question_bank.psychometrics.responses import ResponseMatrix

NAN = np.nan


def test_a_missing_score_is_not_presented_and_a_zero_is_wrong():
    matrix = ResponseMatrix.from_scores([[1, 0, NAN], [NAN, NAN, NAN]])
    assert matrix.presented.tolist() == [[True, True, False], [False, False, False]]
    assert not matrix.is_complete
    np.testing.assert_array_equal(matrix.totals, [1, NAN])
    np.testing.assert_array_equal(matrix.proportions, [0.5, NAN])


def test_the_proportion_is_of_the_points_on_the_items_presented():
    matrix = ResponseMatrix.from_scores([[2, NAN], [1, 3], [NAN, 0]], maximum=[2, 6])
    np.testing.assert_allclose(matrix.proportions, [1, 0.5, 0])


def test_the_maximum_is_the_highest_score_reached_unless_given():
    assert ResponseMatrix.from_scores([[0, 2, NAN], [0, 1, NAN]]).maximum.tolist() == [1, 2, 1]


def test_selecting_keeps_names_and_maxima():
    matrix = ResponseMatrix.from_scores(
        [[1, 0, 2], [0, 1, 0]], items=["a", "b", "c"], maximum=[1, 1, 2], persons=["p", "q"]
    )
    part = matrix.select(persons=[1], items=np.array([True, False, True]))
    assert (part.items, part.persons) == (("a", "c"), ("q",))
    assert part.maximum.tolist() == [1, 2]
    assert part.scores.tolist() == [[0, 0]]


def test_blocks_cover_every_person_once():
    matrix = ResponseMatrix.from_scores(np.zeros((5, 1 << 15)))
    assert [range(5)[rows] for rows in matrix.blocks()] == [range(2), range(2, 4), range(4, 5)]


def test_the_scores_cannot_be_changed_afterwards():
    matrix = ResponseMatrix.from_scores([[1.0, 0.0]])
    with pytest.raises(ValueError, match="read-only"):
        matrix.scores[0, 0] = 0


@pytest.mark.parametrize(
    ("scores", "options", "message"),
    [
        ([1, 0], {}, "two dimensions"),
        (np.empty((0, 3)), {}, "at least one person"),
        (np.empty((3, 0)), {}, "at least one person"),
        ([[1, 0]], {"items": ["a"]}, "1 item names for 2 columns"),
        ([[1, 0]], {"items": ["a", "a"]}, "'a' appears more than once"),
        ([[1, 0]], {"persons": ["p", "q"]}, "2 names of persons for 1 rows"),
        ([[1, 0]], {"maximum": [1]}, r"shape \(2,\)"),
        ([[1, 0]], {"maximum": [1, 0]}, "maximum of item '2' must be above 0"),
        ([[1, 0], [1, -1]], {}, "row 2, item '2': score -1"),
        ([[1, NAN], [2, 1]], {"maximum": [1, 1]}, "row 2, item '1': score 2"),
        ([[1, np.inf]], {"maximum": [1, 1]}, "score inf"),
    ],
)
def test_what_cannot_be_a_matrix_of_responses_is_refused(scores, options, message):
    with pytest.raises(ValueError, match=message):
        ResponseMatrix.from_scores(scores, **options)
