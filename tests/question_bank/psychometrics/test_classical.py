"""Difficulty, item-rest discrimination and the upper/lower index."""

import numpy as np
import pytest

from question_bank.psychometrics.classical import (
    Ties,
    difficulty,
    discrimination,
    times_presented,
    upper_lower,
)
from question_bank.psychometrics.moments import item_rest_moments
from question_bank.psychometrics.responses import ResponseMatrix
from question_bank.psychometrics.simulate import draw_papers, draw_parameters, simulate_responses

NAN = np.nan


def make_scores(persons=200, items=12, *, length=None, seed=1):
    rng = np.random.default_rng(seed)
    presented = None if length is None else draw_papers(persons, items, length, rng)
    return simulate_responses(rng.normal(size=persons), draw_parameters(items, rng), rng, presented=presented)


def make_points(seed=2):
    """Items of 1, 2 and 5 points, in halves."""
    rng = np.random.default_rng(seed)
    maximum = np.array([1, 2, 5, 5, 1.0])
    ability = rng.random((150, 1))
    scores = np.round(2 * maximum * np.clip(ability + rng.normal(0, 0.2, (150, 5)), 0, 1)) / 2
    return ResponseMatrix.from_scores(scores, maximum=maximum)


def rest_correlations(scores):
    return [
        np.corrcoef(scores[:, j], np.delete(scores, j, axis=1).sum(axis=1))[0, 1]
        for j in range(scores.shape[1])
    ]


# mirt 1.45.6, itemstats(expand.table(LSAT6)): columns mean and total.r_if_rm; see reference/SOURCE.md.
def test_lsat6_matches_mirt(lsat6):
    assert lsat6.scores.shape == (1000, 5)
    assert np.round(difficulty(lsat6), 3).tolist() == [0.924, 0.709, 0.553, 0.763, 0.870]
    assert np.round(discrimination(lsat6), 3).tolist() == [0.113, 0.153, 0.173, 0.144, 0.122]
    assert times_presented(lsat6).tolist() == [1000] * 5


# mirt 1.45.6, itemstats(expand.table(LSAT7)).
def test_lsat7_matches_mirt(lsat7):
    assert np.round(difficulty(lsat7), 3).tolist() == [0.828, 0.658, 0.772, 0.606, 0.843]
    assert np.round(discrimination(lsat7), 3).tolist() == [0.246, 0.247, 0.313, 0.223, 0.175]


@pytest.mark.parametrize("matrix", [make_scores(), make_points()], ids=["0/1", "points"])
def test_discrimination_is_the_pearson_correlation_with_the_rest(matrix):
    np.testing.assert_allclose(discrimination(matrix), rest_correlations(matrix.scores), rtol=1e-10)


def test_discrimination_is_the_same_in_one_block_and_in_many():
    matrix = make_scores(persons=9000, items=30)
    assert len(list(matrix.blocks())) > 3
    np.testing.assert_allclose(discrimination(matrix), rest_correlations(matrix.scores), rtol=1e-10)


def test_a_person_presented_with_nothing_changes_no_figure():
    matrix = make_points()
    more = ResponseMatrix.from_scores(np.vstack([matrix.scores, np.full(5, NAN)]), maximum=matrix.maximum)
    np.testing.assert_allclose(difficulty(more), difficulty(matrix), rtol=1e-12)
    np.testing.assert_allclose(discrimination(more), discrimination(matrix), rtol=1e-10)
    np.testing.assert_allclose(upper_lower(more), upper_lower(matrix), rtol=1e-12)


@pytest.mark.parametrize("matrix", [make_scores(), make_points(), make_scores(items=30, length=10)])
def test_the_order_of_persons_and_items_changes_nothing(matrix):
    rng = np.random.default_rng(3)
    persons, items = rng.permutation(matrix.number_of_persons), rng.permutation(matrix.number_of_items)
    shuffled = matrix.select(persons, items)
    for statistic in (difficulty, discrimination, upper_lower):
        np.testing.assert_allclose(statistic(shuffled), statistic(matrix)[items], rtol=1e-9, atol=1e-12)


def test_points_in_another_unit_change_no_figure():
    matrix = make_points()
    tenfold = ResponseMatrix.from_scores(matrix.scores * 10, maximum=matrix.maximum * 10)
    for statistic in (difficulty, discrimination, upper_lower):
        np.testing.assert_allclose(statistic(tenfold), statistic(matrix), rtol=1e-9)


def test_a_reversed_item_discriminates_as_much_the_other_way():
    scores = make_scores().scores.copy()
    before = discrimination(ResponseMatrix.from_scores(scores))
    scores[:, 0] = 1 - scores[:, 0]
    assert discrimination(ResponseMatrix.from_scores(scores))[0] == pytest.approx(-before[0])


def test_randomised_papers_correlate_each_item_with_the_rest_proportion():
    matrix = make_scores(persons=400, items=20, length=8)
    expected = []
    for j in range(20):
        seen = matrix.presented[:, j]
        others = np.delete(matrix.scores[seen], j, axis=1)
        expected.append(np.corrcoef(matrix.scores[seen, j], np.nanmean(others, axis=1))[0, 1])
    np.testing.assert_allclose(discrimination(matrix), expected, rtol=1e-9)
    np.testing.assert_allclose(difficulty(matrix), np.nanmean(matrix.scores, axis=0))
    np.testing.assert_array_equal(times_presented(matrix), matrix.presented.sum(axis=0))


def test_a_person_with_a_single_item_has_no_rest_to_compare_it_with():
    matrix = ResponseMatrix.from_scores([[1, NAN, NAN], [1, 1, 0], [0, 0, 1], [1, 1, 1]])
    assert item_rest_moments(matrix).n.tolist() == [3, 3, 3]
    assert times_presented(matrix).tolist() == [4, 3, 3]


def test_upper_lower_by_hand_with_groups_that_no_tie_disturbs():
    # Totals 4 3 2 1 0 on a Guttman scale; 40 % of five persons are the first two and the last two.
    matrix = ResponseMatrix.from_scores(np.tri(5, 4, -1)[::-1])
    np.testing.assert_allclose(upper_lower(matrix, share=0.4), [0.5, 1, 1, 0.5])


def test_ties_at_the_border_are_shared_in_proportion():
    # Totals 2 1 1 0: half of four persons is the first and half of each of the second and third.
    matrix = ResponseMatrix.from_scores([[1, 1], [1, 0], [0, 1], [0, 0]])
    np.testing.assert_allclose(upper_lower(matrix, share=0.5), [0.5, 0.5])
    # 0.3 * 4 = 1.2 persons: upper = first + 0.1 of each, who have one of the two items each.
    np.testing.assert_allclose(upper_lower(matrix, share=0.3), [(1.1 - 0.1) / 1.2] * 2)


def test_ties_at_the_border_may_be_taken_whole():
    # Upper = the first three, lower = the last three.
    matrix = ResponseMatrix.from_scores([[1, 1], [1, 0], [0, 1], [0, 0]])
    np.testing.assert_allclose(upper_lower(matrix, share=0.5, ties=Ties.WHOLE), [1 / 3, 1 / 3])


def test_upper_lower_refuses_groups_that_overlap():
    with pytest.raises(ValueError, match=r"share must be above 0 and at most 0\.5"):
        upper_lower(make_scores(), share=0.6)


def test_a_constant_item_has_a_difficulty_but_no_discrimination():
    scores = np.column_stack([make_scores().scores, np.full(200, 0.1)])
    matrix = ResponseMatrix.from_scores(scores, maximum=np.ones(13))
    assert difficulty(matrix)[-1] == pytest.approx(0.1)
    assert np.isnan(discrimination(matrix)[-1])
    assert upper_lower(matrix)[-1] == pytest.approx(0)
    assert not np.isnan(discrimination(matrix)[:-1]).any()


def test_an_item_nobody_saw_has_no_figures_and_spoils_no_other():
    scores = np.column_stack([make_scores().scores, np.full(200, NAN)])
    matrix = ResponseMatrix.from_scores(scores)
    for statistic in (difficulty, discrimination, upper_lower):
        assert np.isnan(statistic(matrix)[-1])
        np.testing.assert_allclose(statistic(matrix)[:-1], statistic(make_scores()), rtol=1e-9)


@pytest.mark.parametrize(
    "scores",
    [[[1, 0, 1]], np.ones((9, 4)), np.zeros((9, 4)), np.full((4, 3), NAN), [[NAN, 1.0]], [[1.0]]],
    ids=["one person", "perfect", "all wrong", "nothing presented", "one response", "one cell"],
)
def test_where_nothing_varies_there_is_no_discrimination(scores):
    matrix = ResponseMatrix.from_scores(scores)
    assert np.isnan(discrimination(matrix)).all()
    assert np.isnan(upper_lower(matrix)).all()


def test_one_person_of_a_hundred_thousand_who_differs_is_seen():
    scores = np.ones((100_000, 3))
    scores[77_777] = 0
    np.testing.assert_allclose(discrimination(ResponseMatrix.from_scores(scores)), 1.0, rtol=1e-6)
