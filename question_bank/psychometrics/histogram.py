"""The distribution of scores, counted into bins; drawing is done elsewhere."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Histogram:
    """edges: (bins + 1,) rising.  counts: (bins,) persons with edges[i] <= score < edges[i + 1]; the last bin is
    closed at both ends, so full marks are in it.  missing: persons without a score (NaN).
    """

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]
    missing: int


def score_histogram(scores: NDArray[np.float64], *, maximum: float, bins: int = 20) -> Histogram:
    """Scores from 0 to `maximum` counted into bins of equal width.

    A score on an edge belongs to the bin above, even where the width has no exact binary fraction.

    Raises ValueError for scores outside 0 to maximum, a maximum not above 0, or fewer than one bin.
    """
    if not maximum > 0 or not np.isfinite(maximum):
        raise ValueError(f"maximum must be above 0, not {maximum}")
    if bins < 1:
        raise ValueError(f"a histogram needs at least one bin, not {bins}")
    scores = np.asarray(scores, dtype=np.float64)
    known = scores[~np.isnan(scores)]
    slack = 1e-9 * maximum
    if known.size and (known.min() < -slack or known.max() > maximum + slack):
        raise ValueError(
            f"scores must be between 0 and {maximum:g}; found {known.min():g} to {known.max():g}"
        )
    bin_of = np.floor(known * (bins / maximum) + 1e-9).astype(np.int64)
    return Histogram(
        edges=np.linspace(0.0, maximum, bins + 1),
        counts=np.bincount(np.clip(bin_of, 0, bins - 1), minlength=bins).astype(np.int64),
        missing=int(scores.size - known.size),
    )
