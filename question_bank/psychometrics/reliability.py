"""How far the totals would come out the same again: alpha, its interval, and the standard error of measurement."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from question_bank.psychometrics.moments import ItemRestMoments, item_rest_moments
from question_bank.psychometrics.pairwise import pairwise_covariances
from question_bank.psychometrics.responses import ResponseMatrix


class NotEstimable(StrEnum):
    """Why a coefficient is NaN."""

    ONE_ITEM = "one_item"
    ONE_PERSON = "one_person"
    NO_VARIANCE = "no_variance"
    NO_PAIRS = "no_pairs"
    """No two items were presented together to enough persons."""


@dataclass(frozen=True, eq=False)
class Alpha:
    """Coefficient alpha of complete papers.

    alpha: at most 1; below 0 where items disagree.  NaN with a `reason` where it cannot be estimated.
    interval: Feldt's, at the level asked for; (NaN, NaN) where alpha is NaN.
    if_deleted: (items,) alpha of the test without the item; NaN for tests of two items.
    sem: standard error of measurement in points, s * sqrt(1 - alpha).
    """

    alpha: float
    interval: tuple[float, float]
    if_deleted: NDArray[np.float64]
    sem: float
    reason: NotEstimable | None


def alpha(responses: ResponseMatrix, *, level: float = 0.95, moments: ItemRestMoments | None = None) -> Alpha:
    """Cronbach's alpha with unbiased variances, of the points as they are (psych: raw_alpha); KR-20 for 0/1 items.

    Constant items are counted, as ltm and mirt do (psych drops them with a warning).
    Source: Cronbach (1951), Psychometrika 16, eq. 2.  With n in place of n - 1 alpha is the same, the SEM is not.

    moments: give them if you have them already, to save a pass over the matrix.
    Raises ValueError for randomised papers: use `pairwise_alpha`.
    """
    if not responses.is_complete:
        raise ValueError(
            "alpha needs complete papers; use pairwise_alpha where some items were not presented"
        )
    n, k = responses.scores.shape
    moments = item_rest_moments(responses) if moments is None else moments
    of_items = float(moments.item_variance.sum())
    of_total = of_items + float(moments.covariance.sum())
    value, reason = np.nan, None
    if k < 2:
        reason = NotEstimable.ONE_ITEM
    elif n < 2:
        reason = NotEstimable.ONE_PERSON
    elif of_total <= 1e-14 * float(responses.maximum.sum()) ** 2:
        reason = NotEstimable.NO_VARIANCE
    else:
        value = k / (k - 1) * (1 - of_items / of_total)
    return Alpha(
        alpha=value,
        interval=feldt_interval(value, persons=n, items=k, level=level),
        if_deleted=_alpha_if_deleted(k, of_items, moments),
        sem=float(np.sqrt(of_total * (1 - value))),
        reason=reason,
    )


def feldt_interval(alpha: float, *, persons: int, items: int, level: float = 0.95) -> tuple[float, float]:
    """Interval for alpha from the F distribution with persons - 1 and (persons - 1)(items - 1) degrees of freedom.

    Exact for normal scores with equal covariances, near enough for 0/1 items.  (NaN, NaN) where alpha is NaN.
    Source: Feldt, Woodruff & Salih (1987), Applied Psychological Measurement 11, eq. 6; psych::alpha.ci.

    Raises ValueError unless 0 < level < 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, not {level}")
    if np.isnan(alpha) or persons < 2 or items < 2:
        return np.nan, np.nan
    tail = (1 - level) / 2
    freedom = persons - 1, (persons - 1) * (items - 1)
    return (
        float(1 - (1 - alpha) * stats.f.ppf(1 - tail, *freedom)),
        float(1 - (1 - alpha) * stats.f.ppf(tail, *freedom)),
    )


def _alpha_if_deleted(k: int, of_items: float, moments: ItemRestMoments) -> NDArray[np.float64]:
    if k < 3:
        return np.full(k, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        remaining = (k - 1) / (k - 2) * (1 - (of_items - moments.item_variance) / moments.rest_variance)
    return np.where(moments.rest_variance > 0, remaining, np.nan)


@dataclass(frozen=True, eq=False)
class PairwiseAlpha:
    """A coefficient for randomised papers, with what it rests on.

    alpha: of a paper of `items_per_person` items.  NaN with a `reason` where it cannot be estimated.
    sem: standard error of measurement of such a paper's total, in points.
    if_deleted: (items,) the coefficient without the item.
    items_per_person: the mean number of items presented to a person.
    pairs: pairs of items with enough persons in common; pairs_possible: all pairs.
    fewest_persons: in common among the pairs used; 0 where none was.
    """

    alpha: float
    sem: float
    if_deleted: NDArray[np.float64]
    items_per_person: float
    pairs: int
    pairs_possible: int
    fewest_persons: int
    reason: NotEstimable | None


def pairwise_alpha(responses: ResponseMatrix, *, minimum_persons: int = 2) -> PairwiseAlpha:
    """Alpha from pairwise covariances: k*c / (v + (k - 1)*c) for papers of k items.

    v is the mean variance of an item and c the mean covariance of two, each variance and covariance weighted by its
    degrees of freedom (persons - 1), so that c is what a typical paper holds.  On complete papers it *is* alpha.
    Right where papers are drawn at random.  Differences in difficulty between papers are not counted as error.
    Pairs never presented together are left out: read `pairs` of `pairs_possible` before you trust it.

    Raises ValueError if minimum_persons < 2.
    """
    if minimum_persons < 2:
        raise ValueError(f"a covariance needs two persons at least; minimum_persons is {minimum_persons}")
    found = pairwise_covariances(responses)
    size = responses.number_of_items
    diagonal = np.eye(size, dtype=np.bool_)
    weight = np.where(found.persons >= minimum_persons, found.persons - 1, 0).astype(np.float64)
    weighted = np.where(weight > 0, weight * found.covariance, 0.0)
    used = (weight > 0) & ~diagonal
    v_weight, v_sum = np.diagonal(weight), np.diagonal(weighted)
    c_weight, c_sum = (weight * ~diagonal).sum(axis=1), (weighted * ~diagonal).sum(axis=1)
    examined = int(responses.presented.any(axis=1).sum())
    shares = np.diagonal(found.persons) / max(examined, 1)
    k = float(shares.sum())

    with np.errstate(invalid="ignore", divide="ignore"):
        variance, covariance = v_sum.sum() / v_weight.sum(), c_sum.sum() / c_weight.sum()
        # Without item i: its variance goes, and its covariances go twice, with i first and with i second.
        variances = (v_sum.sum() - v_sum) / (v_weight.sum() - v_weight)
        covariances = (c_sum.sum() - 2 * c_sum) / (c_weight.sum() - 2 * c_weight)
        reason = _why_not(responses, examined, int(used.sum()), k, variance, covariance)
        value = np.nan if reason else float(_stepped_up(k, variance, covariance))
        if_deleted = _stepped_up(k - shares, variances, covariances)
        sem = np.nan if reason else float(np.sqrt(max(k * (variance - covariance), 0.0)))
    return PairwiseAlpha(
        alpha=value,
        sem=sem,
        if_deleted=np.where((k - shares > 1 + 1e-9) & (size > 2), if_deleted, np.nan),
        items_per_person=k,
        pairs=int(used.sum()) // 2,
        pairs_possible=size * (size - 1) // 2,
        fewest_persons=int(found.persons[used].min()) if used.any() else 0,
        reason=reason,
    )


def _stepped_up(
    k: NDArray[np.float64] | float,
    variance: NDArray[np.float64] | float,
    covariance: NDArray[np.float64] | float,
) -> NDArray[np.float64]:
    """Reliability of k items with this mean variance and covariance; NaN where their total would not vary."""
    total = variance + (k - 1) * covariance
    return np.where(total > 0, k * covariance / np.where(total > 0, total, np.nan), np.nan)


def _why_not(
    responses: ResponseMatrix, examined: int, pairs: int, k: float, variance: float, covariance: float
) -> NotEstimable | None:
    if responses.number_of_items < 2:
        return NotEstimable.ONE_ITEM
    if examined < 2:
        return NotEstimable.ONE_PERSON
    if pairs == 0 or k <= 1:
        return NotEstimable.NO_PAIRS
    # "not >" so that NaN, too, is no variance.
    if not variance + (k - 1) * covariance > 1e-14 * float(responses.maximum.max()) ** 2:
        return NotEstimable.NO_VARIANCE
    return None
