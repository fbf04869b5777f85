"""Agreement coefficients against published tables, and identities that hold for every table."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from question_bank.psychometrics.agreement import (
    Weights,
    cohen_kappa,
    fleiss_kappa,
    table_of_pairs,
)

#: Fleiss (1971), Table 1: 30 patients, 6 psychiatrists each; depression, personality disorder, schizophrenia, neurosis, other.
FLEISS_1971 = np.array(
    [
        [0, 0, 0, 6, 0],
        [0, 3, 0, 0, 3],
        [0, 1, 4, 0, 1],
        [0, 0, 0, 0, 6],
        [0, 3, 0, 3, 0],
        [2, 0, 4, 0, 0],
        [0, 0, 4, 0, 2],
        [2, 0, 3, 1, 0],
        [2, 0, 0, 4, 0],
        [0, 0, 0, 0, 6],
        [1, 0, 0, 5, 0],
        [1, 1, 0, 4, 0],
        [0, 3, 3, 0, 0],
        [1, 0, 0, 5, 0],
        [0, 2, 0, 3, 1],
        [0, 0, 5, 0, 1],
        [3, 0, 0, 1, 2],
        [5, 1, 0, 0, 0],
        [0, 2, 0, 4, 0],
        [1, 0, 2, 0, 3],
        [0, 0, 0, 0, 6],
        [0, 1, 0, 5, 0],
        [0, 2, 0, 1, 3],
        [2, 0, 0, 4, 0],
        [1, 0, 0, 4, 1],
        [0, 5, 0, 1, 0],
        [4, 0, 0, 0, 2],
        [0, 2, 0, 4, 0],
        [1, 0, 5, 0, 0],
        [0, 0, 0, 0, 6],
    ]
)
#: Cohen (1960), Table 1 (proportions of 200): personality disorder, neurosis, psychosis.
COHEN_1960 = np.array([[88, 14, 18], [10, 40, 10], [2, 6, 12]])

tables = arrays(np.float64, (4, 4), elements=st.integers(0, 30).map(float)).filter(lambda t: t.sum() > 0)


def test_kappa_matches_fleiss_1971_table_1():
    found = fleiss_kappa(FLEISS_1971)
    assert FLEISS_1971.sum(axis=0).tolist() == [26, 26, 30, 55, 43]  # the table's last line
    assert found.observed == pytest.approx(0.556, abs=5e-4)
    assert found.expected == pytest.approx(0.220, abs=5e-4)
    assert found.value == pytest.approx(0.430, abs=5e-4)
    assert found.subjects == 30


def test_kappa_matches_cohen_1960_table_1():
    found = cohen_kappa(COHEN_1960)
    assert found.observed == pytest.approx(0.70)
    assert found.expected == pytest.approx(0.41)
    assert found.value == pytest.approx(0.492, abs=5e-4)


def test_weighted_kappa_matches_the_formula_of_cohen_1968_term_by_term():
    """With disagreement weights v, kappa_w = 1 - sum(v p_observed) / sum(v p_chance)."""
    disagreement = np.array([[0, 1, 4], [1, 0, 1], [4, 1, 0]])
    share = COHEN_1960 / COHEN_1960.sum()
    chance = np.outer(share.sum(axis=1), share.sum(axis=0))
    expected = 1 - (disagreement * share).sum() / (disagreement * chance).sum()
    assert cohen_kappa(COHEN_1960, Weights.QUADRATIC).value == pytest.approx(expected, abs=1e-12)


def test_with_two_categories_all_weights_give_the_same():
    table = np.array([[20.0, 5.0], [10.0, 15.0]])
    found = {weights: cohen_kappa(table, weights).value for weights in Weights}
    assert found == pytest.approx(dict.fromkeys(Weights, 0.4))


def test_the_error_of_two_by_two_is_that_of_fleiss_cohen_and_everitt():
    """20/5/10/15: worked out by hand from eq. 13 with p_o = .7, p_e = .5."""
    found = cohen_kappa(np.array([[20.0, 5.0], [10.0, 15.0]]))
    share = np.array([[0.4, 0.1], [0.2, 0.3]])
    rows, columns, kappa = share.sum(axis=1), share.sum(axis=0), 0.4
    a = sum(share[i, i] * (1 - (rows[i] + columns[i]) * (1 - kappa)) ** 2 for i in range(2))
    b = (1 - kappa) ** 2 * sum(
        share[i, j] * (columns[i] + rows[j]) ** 2 for i in range(2) for j in range(2) if i != j
    )
    c = (kappa - 0.5 * (1 - kappa)) ** 2
    assert found.error == pytest.approx(np.sqrt((a + b - c) / 50) / 0.5)
    low, high = found.interval()
    assert low < 0.4 < high


@given(tables)
def test_kappa_is_unchanged_by_renaming_categories(table):
    order = [2, 0, 3, 1]
    assert cohen_kappa(table).value == pytest.approx(
        cohen_kappa(table[np.ix_(order, order)]).value, nan_ok=True
    )


@given(tables, st.sampled_from(list(Weights)))
def test_kappa_is_unchanged_by_swapping_the_raters_and_by_repeating_everything(table, weights):
    once = cohen_kappa(table, weights)
    assert cohen_kappa(table.T, weights).value == pytest.approx(once.value, nan_ok=True)
    twice = cohen_kappa(table * 2, weights)
    assert twice.value == pytest.approx(once.value, nan_ok=True)
    assert twice.error * np.sqrt(2) == pytest.approx(once.error, nan_ok=True, abs=1e-9)


@given(tables, st.sampled_from(list(Weights)))
def test_kappa_never_exceeds_one_and_is_one_only_for_perfect_agreement(table, weights):
    value = cohen_kappa(table, weights).value
    is_perfect = np.allclose(table, np.diag(np.diag(table)))
    assert np.isnan(value) or (value == pytest.approx(1.0) if is_perfect else value < 1)


@given(tables)
def test_kappa_of_raters_who_choose_independently_is_zero(table):
    chance = np.outer(table.sum(axis=1), table.sum(axis=0))
    value = cohen_kappa(chance).value
    assert np.isnan(value) or value == pytest.approx(0, abs=1e-9)


def test_two_raters_of_fleiss_are_the_symmetric_cross_table_of_scott():
    """For two raters Fleiss's kappa is Scott's pi: Cohen's of the table made symmetric."""
    pairs = [("A", "A"), ("A", "C"), ("C", "C"), ("B", "A"), ("D", "D"), ("A", "A"), ("C", "D")]
    table = table_of_pairs(pairs, "ABCD")
    counts = np.array([[pair.count(category) for category in "ABCD"] for pair in pairs])
    assert fleiss_kappa(counts).value == pytest.approx(cohen_kappa(table + table.T).value)


def test_the_error_of_many_raters_is_the_spread_of_leaving_each_subject_out():
    without = [fleiss_kappa(np.delete(FLEISS_1971, place, axis=0)).value for place in range(30)]
    spread = np.sqrt(29 / 30 * sum((one - np.mean(without)) ** 2 for one in without))
    found = fleiss_kappa(FLEISS_1971)
    assert found.error == pytest.approx(spread)
    low, high = found.interval()
    assert 0.2 < low < 0.43 < high < 0.65


def test_where_leaving_one_out_leaves_nothing_to_measure_there_is_no_error():
    assert np.isnan(fleiss_kappa(np.array([[2, 0], [0, 2]])).error)
    assert np.isnan(fleiss_kappa(np.array([[2, 0], [2, 0], [0, 2]])).error)


def test_the_order_of_subjects_does_not_matter():
    assert fleiss_kappa(FLEISS_1971[::-1]).value == pytest.approx(fleiss_kappa(FLEISS_1971).value)


@pytest.mark.parametrize(
    "found",
    [
        fleiss_kappa(np.array([[3, 0], [3, 0]])),
        fleiss_kappa(np.zeros((0, 4))),
        cohen_kappa(np.array([[7.0, 0.0], [0.0, 0.0]])),
        cohen_kappa(np.zeros((2, 2))),
    ],
)
def test_where_chance_agrees_always_or_nothing_was_rated_there_is_no_value(found):
    assert np.isnan(found.value)
    assert all(np.isnan(end) for end in found.interval())


@pytest.mark.parametrize("counts", [[[1, 0]], [[2, 0], [1, 2]]])
def test_unequal_or_single_raters_are_refused(counts):
    with pytest.raises(ValueError, match="same number"):
        fleiss_kappa(np.array(counts))


def test_a_table_that_is_not_square_is_refused():
    with pytest.raises(ValueError, match="square"):
        cohen_kappa(np.zeros((2, 3)))
