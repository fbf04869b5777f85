"""How far raters agree beyond chance: Cohen's kappa for two, weighted for ordered categories, and Fleiss's for many."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray


class Weights(StrEnum):
    """How much a disagreement counts: all alike, by the distance of the categories, or by its square."""

    NONE = "none"
    LINEAR = "linear"
    QUADRATIC = "quadratic"


@dataclass(frozen=True, slots=True)
class Kappa:
    """An agreement coefficient.

    value: 1 = always, 0 = as by chance; NaN where chance alone would agree always, or nothing was rated.
    observed, expected: (weighted) shares of agreement.  subjects: how many were rated.
    error: standard error of the value, for an interval; NaN where it is not known.
    """

    value: float
    observed: float
    expected: float
    subjects: int
    error: float

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """The normal interval, cut to [-1, 1]; (NaN, NaN) where there is no error."""
        half = NormalDist().inv_cdf(0.5 + level / 2) * self.error
        if not np.isfinite(half):
            return (float("nan"), float("nan"))
        return (max(-1.0, self.value - half), min(1.0, self.value + half))


def table_of_pairs(
    pairs: Sequence[tuple[Hashable, Hashable]], categories: Sequence[Hashable]
) -> NDArray[np.float64]:
    """Counts of (first rater's category, second rater's): (categories, categories).  KeyError for another category."""
    place = {category: n for n, category in enumerate(categories)}
    table = np.zeros((len(categories), len(categories)))
    for first, second in pairs:
        table[place[first], place[second]] += 1
    return table


def cohen_kappa(table: NDArray[np.float64], weights: Weights = Weights.NONE) -> Kappa:
    """Agreement of two raters from their cross table (square; rows one rater, columns the other).

    Sources: Cohen (1960), Educ. Psychol. Meas. 20, 37-46; Cohen (1968), Psychol. Bull. 70, 213-220 (weights); error:
    Fleiss, Cohen & Everitt (1969), Psychol. Bull. 72, 323-327, eq. 13.
    Raises ValueError where the table is not square or counts are negative.
    """
    table = np.asarray(table, dtype=np.float64)
    if table.ndim != 2 or table.shape[0] != table.shape[1] or (table < 0).any():
        raise ValueError("the cross table of two raters is square and holds counts")
    total = table.sum()
    if total == 0:
        return Kappa(np.nan, np.nan, np.nan, 0, np.nan)
    share = table / total
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    agreeing = _agreement_weights(len(table), weights)
    observed = float((agreeing * share).sum())
    expected = float((agreeing * np.outer(rows, columns)).sum())
    if expected >= 1 - 1e-12:
        return Kappa(np.nan, observed, expected, int(total), np.nan)
    kappa = (observed - expected) / (1 - expected)
    of_row, of_column = agreeing @ columns, rows @ agreeing
    inner = agreeing - (of_row[:, None] + of_column[None, :]) * (1 - kappa)
    variance = (share * inner**2).sum() - (kappa - expected * (1 - kappa)) ** 2
    error = float(np.sqrt(max(0.0, variance) / total)) / (1 - expected)
    return Kappa(kappa, observed, expected, int(total), error)


def fleiss_kappa(counts: NDArray[np.float64]) -> Kappa:
    """Agreement of many raters: counts (subjects, categories), how many raters put the subject there.

    Raters may differ from subject to subject; each subject is rated by the same number of them, at least two.
    Source: Fleiss (1971), Psychol. Bull. 76, 378-382.  error: jackknife over subjects, because the usual formula holds
    only where there is no agreement beyond chance; NaN for fewer than three subjects.
    Raises ValueError where the numbers of raters differ or are less than two.
    """
    counts = np.asarray(counts, dtype=np.float64)
    if counts.size == 0:
        return Kappa(np.nan, np.nan, np.nan, 0, np.nan)
    raters = counts.sum(axis=1)
    n = float(raters[0])
    if n < 2 or not np.allclose(raters, n):
        raise ValueError("every subject needs the same number of raters, at least two")
    subjects = len(counts)
    agreeing = ((counts**2).sum(axis=1) - n) / (n * (n - 1))
    observed = float(agreeing.mean())
    share = counts.sum(axis=0) / counts.sum()
    expected = float((share**2).sum())
    if expected >= 1 - 1e-12:
        return Kappa(np.nan, observed, expected, subjects, np.nan)
    value = (observed - expected) / (1 - expected)
    return Kappa(value, observed, expected, subjects, _jackknife(counts, agreeing, n))


def _jackknife(counts: NDArray[np.float64], agreeing: NDArray[np.float64], raters: float) -> float:
    """Standard error of Fleiss's kappa from leaving out each subject in turn."""
    subjects = len(counts)
    if subjects < 3:
        return float("nan")
    observed = (agreeing.sum() - agreeing) / (subjects - 1)
    share = (counts.sum(axis=0) - counts) / (raters * (subjects - 1))
    expected = (share**2).sum(axis=1)
    if (expected >= 1 - 1e-12).any():
        return float("nan")
    without = (observed - expected) / (1 - expected)
    return float(np.sqrt((subjects - 1) / subjects * ((without - without.mean()) ** 2).sum()))


def _agreement_weights(size: int, weights: Weights) -> NDArray[np.float64]:
    """1 on the diagonal, falling to 0 at the farthest corner."""
    if weights is Weights.NONE:
        return np.eye(size)
    places = np.arange(size)
    distance = np.abs(places[:, None] - places[None, :]) / max(1, size - 1)
    weighed: NDArray[np.float64] = 1 - (distance if weights is Weights.LINEAR else distance**2)
    return weighed
