"""What papers are made equal in: each question's part of a paper's expected score and information at the cut, in integers.

From the calibration of a question where it has one (two- or three-parameter logistic curve), else from its facility, else
from the mean facility of its difficulty code.  Columns: expected points at the cut (unit 1/20,000), at cut ± 1 (1/3,000),
information at the cut (1/6,000), variance of the points at the cut (1/6,000).  Questions that aren't calibrated have the
first column only.  Worked out once a drawing and kept with its plan: what follows from them is integer arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from question_bank.assembly.pool import PoolQuestion

EXPECTED, LOWER, UPPER, INFORMATION, VARIANCE = range(5)
COLUMNS = 5
UNITS = np.array([20_000, 3_000, 3_000, 6_000, 6_000], dtype=np.float64)

#: Where no question of a code has data, codes 1–5 count as this facility: a convention, reported as such.
NOMINAL = {1: 0.9, 2: 0.75, 3: 0.6, 4: 0.45, 5: 0.3}
_LOWEST, _HIGHEST = -6.0, 6.0


class Source(StrEnum):
    """Where a question's figures come from, best first."""

    CALIBRATION = "calibration"
    FACILITY = "facility"
    CODE = "code"
    NOMINAL = "nominal"


@dataclass(frozen=True, slots=True)
class Features:
    """values: (questions, 5) int64.  cut: ability at the cut in thousandths.  sources: how many questions of each."""

    values: NDArray[np.int64]
    cut: int
    sources: dict[str, int]

    @property
    def is_calibrated(self) -> bool:
        """Whether information is known of every question, so that papers can be compared in it."""
        return self.sources.get(Source.CALIBRATION.value, 0) == len(self.values) > 0


def features_of(
    questions: Sequence[PoolQuestion],
    points: Sequence[float],
    weights: NDArray[np.float64],
    cut_points: float = 60.0,
) -> Features:
    """The features of questions worth these points.

    weights: how often each stands on a paper on the average (questions,).  Papers are compared at the ability that expects
    `cut_points` of 100.
    """
    worth = np.asarray(points, dtype=np.float64)
    calibrated = np.array([question.irt is not None for question in questions], dtype=bool)
    curve = (
        np.array([question.irt or (0, 0, 0) for question in questions], dtype=np.float64).reshape(-1, 3)
        / 1000
    )
    cut = round(_ability_at_cut(curve[calibrated], worth[calibrated], weights[calibrated], cut_points), 3)
    facility, sources = _facilities(questions, calibrated, _probability(curve, cut))
    values = np.zeros((len(worth), COLUMNS))
    values[:, EXPECTED] = worth * facility
    if calibrated.any():
        at = _probability(curve, cut)
        slope, guess = curve[:, 0], curve[:, 2]
        with np.errstate(divide="ignore", invalid="ignore"):
            information = slope**2 * (1 - at) / at * ((at - guess) / (1 - guess)) ** 2
        columns = {
            LOWER: worth * _probability(curve, cut - 1),
            UPPER: worth * _probability(curve, cut + 1),
            INFORMATION: information,
            VARIANCE: worth**2 * at * (1 - at),
        }
        for column, value in columns.items():
            values[calibrated, column] = value[calibrated]
        # A question without a curve counts as the mean, so that exchanging it changes nothing that isn't known.
        for column in columns:
            values[~calibrated, column] = value_mean(
                values[calibrated, column], worth[calibrated], worth[~calibrated]
            )
    return Features(np.rint(values * UNITS).astype(np.int64), round(cut * 1000), sources)


def value_mean(
    values: NDArray[np.float64], worth: NDArray[np.float64], wanted: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The mean of `values` among questions of equal worth, else of all: one number for each of `wanted`."""
    return np.array(
        [values[worth == one].mean() if (worth == one).any() else values.mean() for one in wanted],
        dtype=np.float64,
    )


def _probability(curve: NDArray[np.float64], ability: float) -> NDArray[np.float64]:
    """Probability of a right response by ability (three-parameter logistic, no 1.7)."""
    slope, place, guess = curve.T
    return np.asarray(guess + (1 - guess) / (1 + np.exp(-slope * (ability - place))))


def _ability_at_cut(
    curve: NDArray[np.float64], worth: NDArray[np.float64], weights: NDArray[np.float64], cut_points: float
) -> float:
    """The ability that expects `cut_points` per cent of the points, between −6 and 6; 0 where nothing is calibrated."""
    load = worth * weights
    if not len(curve) or load.sum() <= 0:
        return 0.0
    low, high = _LOWEST, _HIGHEST
    for _ in range(60):
        middle = (low + high) / 2
        if (_probability(curve, middle) * load).sum() / load.sum() < cut_points / 100:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _facilities(
    questions: Sequence[PoolQuestion], calibrated: NDArray[np.bool_], at_cut: NDArray[np.float64]
) -> tuple[NDArray[np.float64], dict[str, int]]:
    values = np.zeros(len(questions))
    known: dict[int | None, list[float]] = {}
    sources: dict[str, int] = {}
    for place, question in enumerate(questions):
        if calibrated[place]:
            values[place] = at_cut[place]
        elif question.facility is not None:
            values[place] = question.facility / 1000
        else:
            continue
        known.setdefault(question.difficulty, []).append(float(values[place]))
        source = Source.CALIBRATION if calibrated[place] else Source.FACILITY
        sources[source.value] = sources.get(source.value, 0) + 1
    everything = [value for group in known.values() for value in group]
    for place, question in enumerate(questions):
        if calibrated[place] or question.facility is not None:
            continue
        group = known.get(question.difficulty)
        source = Source.CODE if group else Source.NOMINAL
        if group:
            values[place] = sum(group) / len(group)
        elif question.difficulty in NOMINAL:
            values[place] = NOMINAL[question.difficulty]
        else:
            values[place] = sum(everything) / len(everything) if everything else NOMINAL[3]
        sources[source.value] = sources.get(source.value, 0) + 1
    return values, dict(sorted(sources.items()))
