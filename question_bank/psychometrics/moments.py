"""Variances of the items, of the rest of the test, and their covariance: all that classical analysis needs.

One pass over the matrix, in blocks that stay in the processor's cache; no matrix of the same size is built.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from question_bank.psychometrics.responses import ResponseMatrix

# Sums of rounded products never cancel to exactly 0; a variance below this share of the squared range is 0.
_NO_VARIANCE = 1e-14


@dataclass(frozen=True, eq=False)
class ItemRestMoments:
    """Each item beside the rest of the test (the item left out); all arrays (items,).

    n: persons counted: presented with the item and with at least one other (complete papers: everybody).
    item_mean, item_variance: of the item's points.
    rest_mean, rest_variance, covariance: of the rest, and of the item with the rest.
    Variances are unbiased (divisor n - 1); NaN where n < 2, exactly 0 where nothing varies.

    The rest is in points on complete papers.  On randomised papers, where people face different maxima, it is the
    rest *proportion*: points on the other items presented over their maximum.
    """

    n: NDArray[np.int64]
    item_mean: NDArray[np.float64]
    rest_mean: NDArray[np.float64]
    item_variance: NDArray[np.float64]
    rest_variance: NDArray[np.float64]
    covariance: NDArray[np.float64]

    def correlation(self) -> NDArray[np.float64]:
        """(items,) Pearson correlation of item and rest; NaN where either does not vary."""
        product = np.sqrt(self.item_variance * self.rest_variance)
        with np.errstate(invalid="ignore", divide="ignore"):
            correlation = np.where(product > 0, self.covariance / product, np.nan)
        return np.clip(correlation, -1.0, 1.0)


def item_rest_moments(responses: ResponseMatrix) -> ItemRestMoments:
    """Moments of each item and of the rest without it; see `ItemRestMoments` for units."""
    return _of_complete_papers(responses) if responses.is_complete else _of_randomised_papers(responses)


def _of_complete_papers(responses: ResponseMatrix) -> ItemRestMoments:
    n, k = responses.scores.shape
    # Measured from the first person's scores: whole points stay whole, so sums are exact and a constant item has
    # a variance of exactly 0.
    origin = responses.scores[0]
    item_sum, item_square, with_total = np.zeros(k), np.zeros(k), np.zeros(k)
    total_sum = total_square = 0.0
    ones = np.ones(k)
    for rows in responses.blocks():
        block = responses.scores[rows] - origin
        totals = block @ ones
        item_sum += np.ones(len(block)) @ block
        item_square += np.einsum("ij,ij->j", block, block)
        with_total += totals @ block
        total_sum += float(totals.sum())
        total_square += float(totals @ totals)
    whole = float(responses.maximum.sum())
    item_variance = _variance(np.full(k, n), item_sum, item_square, responses.maximum)
    total_variance = _variance(np.full(k, n), np.full(k, total_sum), np.full(k, total_square), whole)
    with np.errstate(invalid="ignore", divide="ignore"):
        with_total_covariance = (with_total - item_sum * total_sum / n) / (n - 1 if n > 1 else np.nan)
    rest_variance = total_variance - 2 * with_total_covariance + item_variance
    rest_variance = np.where(rest_variance <= _NO_VARIANCE * whole**2, 0 * rest_variance, rest_variance)
    item_mean = origin + item_sum / n
    return ItemRestMoments(
        n=np.full(k, n, dtype=np.int64),
        item_mean=item_mean,
        rest_mean=float(origin.sum()) + total_sum / n - item_mean,
        item_variance=item_variance,
        rest_variance=rest_variance,
        covariance=with_total_covariance - item_variance,
    )


def _of_randomised_papers(responses: ResponseMatrix) -> ItemRestMoments:
    k = responses.number_of_items
    n, item_sum, item_square = np.zeros(k), np.zeros(k), np.zeros(k)
    rest_sum, rest_square, product = np.zeros(k), np.zeros(k), np.zeros(k)
    origin = 0.5  # a proportion near the middle, to keep the squares small
    for rows in responses.blocks():
        presented = responses.presented[rows]
        scores = np.where(presented, responses.scores[rows], 0.0)
        rest_maximum = responses.presented_maximum[rows, None] - responses.maximum
        counted = presented & (rest_maximum > 1e-9)
        rest = np.zeros_like(scores)
        np.divide(scores.sum(axis=1, keepdims=True) - scores, rest_maximum, out=rest, where=counted)
        rest -= origin
        rest *= counted
        scores *= counted
        n += counted.sum(axis=0)
        item_sum += scores.sum(axis=0)
        item_square += np.einsum("ij,ij->j", scores, scores)
        rest_sum += rest.sum(axis=0)
        rest_square += np.einsum("ij,ij->j", rest, rest)
        product += np.einsum("ij,ij->j", scores, rest)
    with np.errstate(invalid="ignore", divide="ignore"):
        divisor = np.where(n > 1, n - 1, np.nan)
        return ItemRestMoments(
            n=n.astype(np.int64),
            item_mean=item_sum / n,
            rest_mean=origin + rest_sum / n,
            item_variance=_variance(n, item_sum, item_square, responses.maximum),
            rest_variance=_variance(n, rest_sum, rest_square, 1.0),
            covariance=(product - item_sum * rest_sum / n) / divisor,
        )


def _variance(
    n: NDArray[np.float64] | NDArray[np.int64],
    total: NDArray[np.float64],
    square: NDArray[np.float64],
    span: NDArray[np.float64] | float,
) -> NDArray[np.float64]:
    """Unbiased variance from sums; NaN where n < 2; exactly 0 where it is lost in the rounding of values to `span`."""
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = (square - total * total / n) / np.where(n > 1, n - 1, np.nan)
    return np.where(variance <= _NO_VARIANCE * np.square(span), 0.0, variance)
