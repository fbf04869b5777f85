"""How parallel are these papers, and how near is their load to the best possible?  Figures for whoever approves them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from question_bank.assembly.features import EXPECTED, INFORMATION, UNITS
from question_bank.assembly.overlap import greatest_overlap, mean_overlap
from question_bank.assembly.plan import Plan

if TYPE_CHECKING:
    from question_bank.assembly.select import Drawn


@dataclass(frozen=True, slots=True)
class Spread:
    """Of one figure over all papers; width: largest less smallest."""

    mean: float
    sd: float
    width: float


@dataclass(frozen=True, slots=True)
class ParallelFigures:
    """expected: points of 100 that a candidate exactly at the cut is expected to get.

    information: of the test there; None where not every question is calibrated.  sources: questions of the bank by what
    their figures come from (`features.Source`): where it isn't calibration or facility, expected scores are only as good
    as the difficulty codes.  exposure: part of papers that the most used question stands on; exposure_bound: no papers
    can have less.  overlap: questions in common of two papers, None for one paper; overlap_bound: least possible mean.
    Anchors are in no figure of exposure and overlap.
    """

    papers: int
    expected: Spread
    information: Spread | None
    sources: dict[str, int]
    exposure: float
    exposure_bound: float
    overlap_mean: float | None
    overlap_most: int | None
    overlap_bound: float

    def as_document(self) -> dict[str, Any]:
        """A JSON-ready dictionary."""
        return asdict(self)


def figures(drawn: Drawn) -> ParallelFigures:
    """The figures of papers that were drawn, from what stands on them."""
    return drawn.proof.parallel


def figures_of(hands: NDArray[np.int32], plan: Plan) -> ParallelFigures:
    """The same of papers by the places of their questions in the supply: (papers, questions)."""
    values = plan.features.values
    uses = np.bincount(hands.ravel(), minlength=len(values))
    uses[list(plan.anchors)] = 0
    most = greatest_overlap(hands, len(values))
    information = None
    if plan.features.is_calibrated:
        information = _spread(values[:, INFORMATION][hands].sum(axis=1) / UNITS[INFORMATION])
    return ParallelFigures(
        len(hands),
        _spread(values[:, EXPECTED][hands].sum(axis=1) / UNITS[EXPECTED]),
        information,
        plan.features.sources,
        float(uses.max(initial=0)) / len(hands),
        plan.load.exposure,
        mean_overlap(uses, len(hands)),
        None if most is None else most - len(plan.anchors),
        plan.load.overlap,
    )


def _spread(values: NDArray[np.float64]) -> Spread:
    return Spread(float(values.mean()), float(values.std()), float(np.ptp(values)))
