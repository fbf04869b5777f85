"""How hard each item is and how well it tells the able from the unable.

Complete papers (everybody saw every item) and randomised papers (NaN = not presented) are both served; where the
convention differs, the docstring says so.
"""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from question_bank.psychometrics.moments import ItemRestMoments, item_rest_moments
from question_bank.psychometrics.responses import ResponseMatrix

KELLEY_SHARE = 0.27
"""The share of persons in the upper and in the lower group.  Kelley (1939), Journal of Educational Psychology 30."""


class Ties(StrEnum):
    """What to do with persons who tie at the border of the upper or lower group."""

    SHARED = "shared"
    """The places left are shared among all who tie: each counts in part.  The order of the rows changes nothing."""
    WHOLE = "whole"
    """All who tie at the border are taken, so that a group may grow beyond its share."""


def times_presented(responses: ResponseMatrix) -> NDArray[np.int64]:
    """(items,) how many persons were presented with each item."""
    if responses.is_complete:
        return np.full(responses.number_of_items, responses.number_of_persons, dtype=np.int64)
    return np.asarray(np.count_nonzero(responses.presented, axis=0), dtype=np.int64)


def difficulty(responses: ResponseMatrix) -> NDArray[np.float64]:
    """Mean score over maximum: (items,), 0 (nobody scores) to 1 (everybody does); the proportion right for 0/1 items.

    Over the persons presented with the item; NaN where nobody was.  High means easy, as p does in the literature.
    """
    everybody = np.ones((1, responses.number_of_persons))
    return _proportion_among(responses, everybody).ravel()


def discrimination(
    responses: ResponseMatrix, *, moments: ItemRestMoments | None = None
) -> NDArray[np.float64]:
    """Corrected item-rest correlation: (items,), in [-1, 1].

    The item is left out of the score it is compared with, else short tests flatter every item.  Complete papers: the
    Pearson correlation of the item's points with the points on all other items (point-biserial for 0/1 items; psych
    calls it r.drop, mirt total.r_if_rm, ltm "Excluded").  Randomised papers: with the rest *proportion*, over the
    persons presented with the item and at least one other; it counts papers as equally hard.  On complete papers the
    two agree.  NaN where the item or the rest does not vary, or fewer than two persons saw it.

    moments: give them if you have them already, to save a pass over the matrix.
    """
    return (item_rest_moments(responses) if moments is None else moments).correlation()


def upper_lower(
    responses: ResponseMatrix, *, share: float = KELLEY_SHARE, ties: Ties = Ties.SHARED
) -> NDArray[np.float64]:
    """Upper/lower discrimination index D: (items,), in [-1, 1].

    Mean proportion of the item's points in the upper group less that in the lower group, the groups being `share` of
    all persons at either end of the totals (the item included, as is usual for D; of the *proportions* on randomised
    papers).  Ties at the border are shared by default; see `Ties`, since packages differ.
    NaN where a group holds nobody who saw the item, and everywhere when the totals do not vary.

    Raises ValueError unless 0 < share <= 0.5.
    """
    ranked_by = responses.totals if responses.is_complete else responses.proportions
    upper = _top_weights(ranked_by, share, ties)
    lower = _top_weights(-ranked_by, share, ties)
    seen = ranked_by[~np.isnan(ranked_by)]
    if len(seen) < 2 or np.ptp(seen) <= 1e-9:
        return np.full(responses.number_of_items, np.nan)
    of_upper, of_lower = _proportion_among(responses, np.vstack([upper, lower]))
    index: NDArray[np.float64] = of_upper - of_lower
    return index


def _top_weights(scores: NDArray[np.float64], share: float, ties: Ties) -> NDArray[np.float64]:
    """(persons,) how much of each person belongs to the top `share`: 1, 0, or between for those who tie."""
    if not 0 < share <= 0.5:
        raise ValueError(f"share must be above 0 and at most 0.5, not {share}")
    # Sums of fractional points may differ in the last digit without meaning it.
    scores = np.round(scores, 9)
    known = np.sort(scores[~np.isnan(scores)])
    if known.size == 0:
        return np.zeros(len(scores))
    places = share * known.size
    if ties is Ties.WHOLE:
        places = max(1.0, np.floor(places + 0.5))
    border = known[known.size - int(np.ceil(places - 1e-9))]
    above = int(known.size - np.searchsorted(known, border, side="right"))
    tied = int(known.size - np.searchsorted(known, border, side="left")) - above
    part = 1.0 if ties is Ties.WHOLE else (places - above) / tied
    weights: NDArray[np.float64] = (scores > border) + part * (scores == border)
    return weights


def _proportion_among(responses: ResponseMatrix, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """(groups, items) mean share of the item's points, over persons weighted by `weights` (groups, persons)."""
    if responses.is_complete:
        points = weights @ responses.scores
        persons = weights.sum(axis=1, keepdims=True)
    else:
        points = np.zeros((len(weights), responses.number_of_items))
        persons = np.zeros_like(points)
        for rows in responses.blocks():
            points += weights[:, rows] @ np.nan_to_num(responses.scores[rows])
            persons += weights[:, rows] @ responses.presented[rows]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(persons > 0, points / (persons * responses.maximum), np.nan)
