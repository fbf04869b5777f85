"""The item analysis of one sitting as one value: the test, then every item.  What pages and the command line show."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from question_bank.psychometrics.classical import difficulty, discrimination, times_presented, upper_lower
from question_bank.psychometrics.flags import Flag, flag_items
from question_bank.psychometrics.histogram import Histogram, score_histogram
from question_bank.psychometrics.moments import ItemRestMoments, item_rest_moments
from question_bank.psychometrics.options import Choices, OptionStatistics, option_tables
from question_bank.psychometrics.reliability import NotEstimable, alpha, pairwise_alpha
from question_bank.psychometrics.responses import ResponseMatrix


@dataclass(frozen=True)
class Pairs:
    """What a pairwise coefficient rests on; see `reliability.PairwiseAlpha`."""

    items_per_person: float
    pairs: int
    pairs_possible: int
    fewest_persons: int


@dataclass(frozen=True, eq=False)
class Reliability:
    """Alpha of complete papers, or the pairwise coefficient of randomised ones, under one name.

    interval: Feldt's, 95 %; (NaN, NaN) for randomised papers.  reason: why alpha is NaN.
    sem: in points of a (typical) paper, always.  if_deleted: (items,).
    pairs: what the pairwise coefficient rests on; None with complete papers.
    """

    alpha: float
    interval: tuple[float, float]
    reason: NotEstimable | None
    sem: float
    if_deleted: NDArray[np.float64]
    pairs: Pairs | None


@dataclass(frozen=True, eq=False)
class WholeTest:
    """The test as a whole.

    persons: rows of the matrix; examined: those presented with at least one item.
    in_percent: the unit of maximum, mean, sd, lowest, highest and histogram: False = points; True = percent of the
        points on one's own paper, used where papers differ in maximum.
    sd: unbiased; NaN for one person.
    """

    persons: int
    examined: int
    items: int
    is_complete: bool
    in_percent: bool
    maximum: float
    mean: float
    sd: float
    lowest: float
    highest: float
    mean_difficulty: float
    mean_discrimination: float
    reliability: Reliability
    histogram: Histogram


@dataclass(frozen=True)
class ItemStatistics:
    """One item; the conventions are in `classical`, `reliability` and `options`.  NaN where a figure does not exist."""

    name: str
    n: int
    maximum: float
    mean: float
    difficulty: float
    discrimination: float
    upper_lower: float
    alpha_if_deleted: float
    options: tuple[OptionStatistics, ...]
    flags: tuple[Flag, ...]


@dataclass(frozen=True, eq=False)
class ItemAnalysis:
    test: WholeTest
    items: tuple[ItemStatistics, ...]


def analyse_items(
    responses: ResponseMatrix, choices: Choices | None = None, key: Sequence[str] | None = None
) -> ItemAnalysis:
    """Everything classical analysis says about a test and its items; options only with choices *and* key."""
    if (choices is None) != (key is None):
        raise ValueError("choices and key belong together: give both or neither")
    moments = item_rest_moments(responses)
    n, p, d = times_presented(responses), difficulty(responses), upper_lower(responses)
    r = discrimination(responses, moments=moments)
    reliability = _reliability(responses, moments)
    tables = option_tables(choices, key, responses) if choices is not None and key is not None else ()
    flags = flag_items(n, p, r, _is_constant(responses), tables)
    items = tuple(
        ItemStatistics(
            name=name,
            n=int(n[j]),
            maximum=float(responses.maximum[j]),
            mean=float(p[j] * responses.maximum[j]),
            difficulty=float(p[j]),
            discrimination=float(r[j]),
            upper_lower=float(d[j]),
            alpha_if_deleted=float(reliability.if_deleted[j]),
            options=tables[j] if tables else (),
            flags=flags[j],
        )
        for j, name in enumerate(responses.items)
    )
    return ItemAnalysis(test=_whole_test(responses, p, r, reliability), items=items)


def _reliability(responses: ResponseMatrix, moments: ItemRestMoments) -> Reliability:
    if responses.is_complete:
        found = alpha(responses, moments=moments)
        return Reliability(found.alpha, found.interval, found.reason, found.sem, found.if_deleted, pairs=None)
    paired = pairwise_alpha(responses)
    return Reliability(
        alpha=paired.alpha,
        interval=(np.nan, np.nan),
        reason=paired.reason,
        sem=paired.sem,
        if_deleted=paired.if_deleted,
        pairs=Pairs(paired.items_per_person, paired.pairs, paired.pairs_possible, paired.fewest_persons),
    )


def _whole_test(
    responses: ResponseMatrix,
    p: NDArray[np.float64],
    r: NDArray[np.float64],
    reliability: Reliability,
) -> WholeTest:
    maxima = responses.presented_maximum[responses.presented_maximum > 0]
    in_percent = maxima.size > 0 and float(np.ptp(maxima)) > 1e-9
    maximum = 100.0 if in_percent else float(maxima[0] if maxima.size else responses.maximum.sum())
    scores = 100 * responses.proportions if in_percent else responses.totals
    known = scores[~np.isnan(scores)]
    return WholeTest(
        persons=responses.number_of_persons,
        examined=int(known.size),
        items=responses.number_of_items,
        is_complete=responses.is_complete,
        in_percent=in_percent,
        maximum=maximum,
        mean=float(known.mean()) if known.size else np.nan,
        sd=float(known.std(ddof=1)) if known.size > 1 else np.nan,
        lowest=float(known.min()) if known.size else np.nan,
        highest=float(known.max()) if known.size else np.nan,
        mean_difficulty=_mean(p),
        mean_discrimination=_mean(r),
        reliability=reliability,
        histogram=score_histogram(scores, maximum=maximum, bins=_bins(maximum)),
    )


def _bins(maximum: float) -> int:
    """A bin for every point on short tests, else twenty."""
    return int(maximum) if maximum <= 20 and maximum == int(maximum) else 20


def _mean(values: NDArray[np.float64]) -> float:
    """Mean of the figures that exist; NaN where none does."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else np.nan


def _is_constant(responses: ResponseMatrix) -> NDArray[np.bool_]:
    constant: NDArray[np.bool_] = np.fmin.reduce(responses.scores, axis=0) == np.fmax.reduce(
        responses.scores, axis=0
    )
    return constant
