"""Alpha and what goes with it, on complete and on randomised papers."""

import numpy as np
import pytest
from scipy import stats

from question_bank.psychometrics.pairwise import pairwise_covariances
from question_bank.psychometrics.reliability import NotEstimable, alpha, feldt_interval, pairwise_alpha
from question_bank.psychometrics.responses import ResponseMatrix
from question_bank.psychometrics.simulate import (
    ItemParameters,
    draw_papers,
    draw_parameters,
    simulate_responses,
)

NAN = np.nan


def make_scores(persons=300, items=10, *, length=None, seed=1):
    rng = np.random.default_rng(seed)
    presented = None if length is None else draw_papers(persons, items, length, rng)
    return simulate_responses(rng.normal(size=persons), draw_parameters(items, rng), rng, presented=presented)


def make_with_covariance(covariance, persons=40):
    """Scores whose sample covariance matrix is exactly this one."""
    covariance = np.asarray(covariance, dtype=np.float64)
    noise = np.random.default_rng(5).normal(size=(persons, len(covariance)))
    orthonormal, _ = np.linalg.qr(noise - noise.mean(axis=0))
    scores = orthonormal * np.sqrt(persons - 1) @ np.linalg.cholesky(covariance).T
    matrix = ResponseMatrix.from_scores(scores - scores.min())
    np.testing.assert_allclose(np.cov(matrix.scores.T), covariance, atol=1e-10)
    return matrix


# mirt 1.45.6, itemstats(expand.table(LSAT6)): alpha, alpha_if_rm and SEM.alpha; see reference/SOURCE.md.
def test_lsat6_matches_mirt(lsat6):
    found = alpha(lsat6)
    assert round(found.alpha, 3) == 0.295
    assert np.round(found.if_deleted, 3).tolist() == [0.275, 0.238, 0.217, 0.246, 0.266]
    assert round(found.sem, 3) == 0.869
    assert round(lsat6.totals.mean(), 3) == 3.819
    assert round(lsat6.totals.std(ddof=1), 3) == 1.035


# mirt 1.45.6, itemstats(expand.table(LSAT7)).
def test_lsat7_matches_mirt(lsat7):
    found = alpha(lsat7)
    assert round(found.alpha, 3) == 0.453
    assert np.round(found.if_deleted, 3).tolist() == [0.396, 0.394, 0.345, 0.415, 0.438]
    assert round(found.sem, 3) == 0.886


# StatsBase.jl 0.34, cronbachalpha(cov_X), the example of its documentation.
def test_alpha_matches_the_example_of_statsbase():
    found = alpha(make_with_covariance([[10, 6, 6, 6], [6, 11, 6, 6], [6, 6, 12, 6], [6, 6, 6, 13]]))
    assert round(found.alpha, 4) == 0.8136
    assert np.round(found.if_deleted, 4).tolist() == [0.7500, 0.7606, 0.7714, 0.7826]


# psych::alpha(sim.congeneric()): loadings .8 .7 .6 .5; raw_alpha .74, if dropped .62 .66 .70 .74, Feldt -0.31 and 0.98
# (the matrix was taken for the scores of four persons), as printed in the reference of the package codebook.
def test_alpha_and_feldt_match_the_example_of_psych():
    loadings = np.array([0.8, 0.7, 0.6, 0.5])
    matrix = make_with_covariance(np.outer(loadings, loadings) + np.diag(1 - loadings**2))
    found = alpha(matrix)
    assert round(found.alpha, 2) == 0.74
    assert np.round(found.if_deleted, 2).tolist() == [0.62, 0.66, 0.70, 0.74]
    low, high = feldt_interval(found.alpha, persons=4, items=4)
    assert (round(low, 2), round(high, 2)) == (-0.31, 0.98)


def test_alpha_is_kr20_for_items_scored_0_and_1():
    matrix = make_scores()
    p, k = matrix.scores.mean(axis=0), matrix.number_of_items
    kr20 = k / (k - 1) * (1 - (p * (1 - p)).sum() / matrix.totals.var())
    assert alpha(matrix).alpha == pytest.approx(kr20, rel=1e-12)


def test_alpha_of_two_halves_is_guttmans():
    matrix = make_scores(items=2)
    a, b = matrix.scores.T
    expected = 2 * (1 - (a.var() + b.var()) / (a + b).var())
    assert alpha(matrix).alpha == pytest.approx(expected)
    assert np.isnan(alpha(matrix).if_deleted).all()


def test_alpha_of_an_item_beside_itself_is_one():
    column = make_scores(items=1).scores
    found = alpha(ResponseMatrix.from_scores(np.hstack([column] * 4)))
    assert found.alpha == pytest.approx(1)
    assert found.interval == pytest.approx((1, 1))
    assert found.sem == pytest.approx(0, abs=1e-6)


def test_alpha_of_a_test_beside_itself_follows_from_its_parts():
    # Doubling every item doubles the number of items and the variances, and quadruples the variance of the total.
    matrix = make_scores()
    k = matrix.number_of_items
    single = alpha(matrix).alpha
    ratio = 1 - single * (k - 1) / k  # variance of the items over the variance of the total
    expected = 2 * k / (2 * k - 1) * (1 - ratio / 2)
    double = alpha(ResponseMatrix.from_scores(np.hstack([matrix.scores, matrix.scores])))
    assert double.alpha == pytest.approx(expected)


def test_alpha_if_deleted_is_alpha_of_the_test_without_the_item():
    matrix = make_scores(items=6)
    for j, value in enumerate(alpha(matrix).if_deleted):
        rest = matrix.select(items=np.delete(np.arange(6), j))
        assert value == pytest.approx(alpha(rest).alpha)


def test_the_order_of_persons_and_items_changes_nothing():
    matrix = make_scores(items=30, length=12)
    rng = np.random.default_rng(4)
    persons, items = rng.permutation(300), rng.permutation(30)
    before, after = pairwise_alpha(matrix), pairwise_alpha(matrix.select(persons, items))
    assert after.alpha == pytest.approx(before.alpha)
    np.testing.assert_allclose(after.if_deleted, before.if_deleted[items])
    complete = make_scores()
    shuffled = complete.select(rng.permutation(300), rng.permutation(10))
    assert alpha(shuffled).alpha == pytest.approx(alpha(complete).alpha)


def test_feldt_covers_the_parameter_as_often_as_it_says():
    # Parallel normal items with reliability 0.8: items of variance 1 with covariance 1/3, eight of them.
    rng = np.random.default_rng(6)
    covered = 0
    for _ in range(400):
        scores = rng.normal(size=(50, 1)) * np.sqrt(1 / 3) + rng.normal(size=(50, 8)) * np.sqrt(2 / 3)
        low, high = alpha(ResponseMatrix.from_scores(scores - scores.min()), level=0.9).interval
        covered += low <= 0.8 <= high
    assert stats.binomtest(covered, 400, 0.9).pvalue > 0.001


def test_a_level_that_is_no_probability_is_refused():
    with pytest.raises(ValueError, match="level must be between 0 and 1"):
        feldt_interval(0.8, persons=50, items=10, level=95)


@pytest.mark.parametrize(
    ("scores", "reason"),
    [
        ([[1.0], [0.0]], NotEstimable.ONE_ITEM),
        ([[1.0, 0.0]], NotEstimable.ONE_PERSON),
        (np.ones((5, 3)), NotEstimable.NO_VARIANCE),
        ([[1.0, 0.0], [0.0, 1.0]], NotEstimable.NO_VARIANCE),
    ],
)
def test_where_alpha_cannot_be_estimated_it_says_why(scores, reason):
    matrix = ResponseMatrix.from_scores(scores)
    for found in (alpha(matrix), pairwise_alpha(matrix)):
        assert np.isnan(found.alpha)
        assert found.reason is reason
    assert np.isnan(alpha(matrix).interval).all()


def test_constant_items_are_counted_as_items():
    matrix = make_scores()
    k = matrix.number_of_items
    with_constant = ResponseMatrix.from_scores(np.column_stack([matrix.scores, np.ones(300)]))
    expected = alpha(matrix).alpha * (k - 1) / k * (k + 1) / k
    assert alpha(with_constant).alpha == pytest.approx(expected)


def test_alpha_refuses_randomised_papers():
    with pytest.raises(ValueError, match="pairwise_alpha"):
        alpha(make_scores(length=4))


@pytest.mark.parametrize(("items", "length"), [(12, 6), (200, 8)], ids=["dense", "sparse"])
def test_pairwise_covariances_are_those_of_the_persons_who_saw_both(items, length):
    matrix = make_scores(persons=250, items=items, length=length)
    found = pairwise_covariances(matrix)
    for i, j in [(0, 1), (3, 7), (5, 5), (items - 1, 2)]:
        both = matrix.presented[:, i] & matrix.presented[:, j]
        assert found.persons[i, j] == both.sum()
        if both.sum() > 1:
            expected = np.cov(matrix.scores[both, i], matrix.scores[both, j])[0, 1]
            assert found.covariance[i, j] == pytest.approx(expected, abs=1e-12)
        else:
            assert np.isnan(found.covariance[i, j])


def test_the_pairwise_coefficient_of_complete_papers_is_alpha():
    matrix = make_scores()
    found, paired = alpha(matrix), pairwise_alpha(matrix)
    assert paired.alpha == pytest.approx(found.alpha)
    assert paired.sem == pytest.approx(found.sem)
    np.testing.assert_allclose(paired.if_deleted, found.if_deleted)
    assert (paired.pairs, paired.pairs_possible, paired.fewest_persons) == (45, 45, 300)
    assert paired.items_per_person == 10


def test_the_pairwise_coefficient_is_that_of_a_paper_not_of_the_whole_bank():
    # Parallel items, so that every paper of 20 is as reliable as any other: as alpha of 20 items given to all.
    rng = np.random.default_rng(8)
    abilities, size = rng.normal(size=4000), 100
    parallel = ItemParameters(slope=np.full(size, 1.0), difficulty=np.zeros(size))
    papers = draw_papers(4000, size, 20, rng)
    randomised = pairwise_alpha(simulate_responses(abilities, parallel, rng, presented=papers))
    complete = simulate_responses(abilities, parallel, rng)
    assert randomised.items_per_person == 20
    assert randomised.alpha == pytest.approx(alpha(complete.select(items=slice(20))).alpha, abs=0.02)
    assert randomised.alpha < alpha(complete).alpha - 0.1


def test_papers_without_two_items_in_common_have_no_coefficient():
    scores = np.where(np.eye(6, dtype=bool), 1.0, NAN)
    found = pairwise_alpha(ResponseMatrix.from_scores(scores))
    assert np.isnan(found.alpha)
    assert found.reason is NotEstimable.NO_PAIRS
    assert (found.pairs, found.pairs_possible, found.fewest_persons) == (0, 15, 0)


def test_pairs_with_too_few_persons_are_left_out_and_counted():
    matrix = make_scores(persons=60, items=30, length=6)
    everything, strict = pairwise_alpha(matrix), pairwise_alpha(matrix, minimum_persons=4)
    assert 0 < strict.pairs < everything.pairs <= everything.pairs_possible == 435
    assert strict.fewest_persons >= 4


def test_nothing_presented_gives_no_coefficient():
    found = pairwise_alpha(ResponseMatrix.from_scores(np.full((4, 3), NAN)))
    assert np.isnan(found.alpha)
    assert np.isnan(found.if_deleted).all()
    assert found.reason is NotEstimable.ONE_PERSON
