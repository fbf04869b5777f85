"""Covariances of the items, each pair over the persons who were presented with both."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from question_bank.psychometrics.responses import ResponseMatrix

# Below this share of cells presented, products of sparse matrices are quicker than dense ones.
_SPARSE_BELOW = 0.2


@dataclass(frozen=True, eq=False)
class PairwiseCovariances:
    """persons: (items, items) how many saw both; the diagonal says how many saw the item.
    covariance: (items, items) unbiased, in points; NaN where fewer than two persons saw both.
    """

    persons: NDArray[np.int64]
    covariance: NDArray[np.float64]


def pairwise_covariances(responses: ResponseMatrix) -> PairwiseCovariances:
    """Variances and covariances with pairwise deletion.  Costs persons x items x items, less where papers are sparse.

    Each covariance uses the means of the very persons who saw both items, so people of different ability may see
    different items without disturbing it.
    """
    share = 1.0 if responses.is_complete else np.count_nonzero(responses.presented) / responses.scores.size
    persons, sums, products = _sparse(responses) if share < _SPARSE_BELOW else _dense(responses)
    with np.errstate(invalid="ignore", divide="ignore"):
        covariance = (products - sums * sums.T / persons) / np.where(persons > 1, persons - 1, np.nan)
    variance = np.diagonal(covariance)
    lost = variance <= 1e-14 * np.square(responses.maximum)
    covariance[np.diag_indices_from(covariance)] = np.where(lost, 0.0, variance)
    return PairwiseCovariances(persons=np.rint(persons).astype(np.int64), covariance=covariance)


_Sums = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def _dense(responses: ResponseMatrix) -> _Sums:
    """persons[i, j]; sums[i, j] of item i over those who saw j too; products[i, j]."""
    k = responses.number_of_items
    persons, sums, products = np.zeros((k, k)), np.zeros((k, k)), np.zeros((k, k))
    origin = _first_scores(responses)
    step = 4096
    for start in range(0, responses.number_of_persons, step):
        rows = slice(start, start + step)
        presented = responses.presented[rows]
        mask = presented.astype(np.float64)
        scores = np.where(presented, responses.scores[rows] - origin, 0.0)
        persons += mask.T @ mask
        sums += scores.T @ mask
        products += scores.T @ scores
    return persons, sums, products


def _sparse(responses: ResponseMatrix) -> _Sums:
    pattern = sparse.csr_matrix(responses.presented)
    rows = np.repeat(np.arange(responses.number_of_persons), np.diff(pattern.indptr))
    values = responses.scores[rows, pattern.indices] - _first_scores(responses)[pattern.indices]
    scores = sparse.csr_matrix((values, pattern.indices, pattern.indptr), shape=pattern.shape)
    mask = sparse.csr_matrix((np.ones_like(values), pattern.indices, pattern.indptr), shape=pattern.shape)
    return (mask.T @ mask).toarray(), (scores.T @ mask).toarray(), (scores.T @ scores).toarray()


def _first_scores(responses: ResponseMatrix) -> NDArray[np.float64]:
    """(items,) the first score given on each item, 0 where there is none: an origin that keeps the sums exact."""
    first = responses.presented.argmax(axis=0)
    scores: NDArray[np.float64] = responses.scores[first, np.arange(responses.number_of_items)]
    return np.where(np.isnan(scores), 0.0, scores)
