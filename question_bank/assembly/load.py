"""How evenly a bank can be used: the lowest largest exposure and the least overlap of any papers.

With one table of counts for everybody a scarce cell is asked for on every paper.  Tables that rotate (see `rotation`) can
share the load as the *ideal* does: the table of fractions that has least overlap.

    lowest_exposure     z*: no set of papers can use its most used question less (linear programme)
    ideal               the fractional table of least mean overlap, and that overlap: a proven bound
    forced_overlap      the least overlap of papers that take given tables
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from question_bank.assembly.margins import Margins

#: The ideal may use its most used question this much more than the lowest possible: it buys less overlap.
SLACK = 1.02
#: The ideal is found when its overlap is this near to the bound.
_GAP = 1e-4
_MOST_CUTS = 40
_MANY = 1_000


@dataclass(frozen=True, slots=True)
class Load:
    """What no set of papers can better, and the ideal.

    exposure: the lowest possible part of papers that the most used question stands on (0–1).
    overlap: the least mean number of questions in common of two papers, while no exposure is beyond `limit`.
    limit: the largest exposure that the ideal may have.  ideal: mean number of questions of each cell on a paper.
    """

    exposure: float
    overlap: float
    limit: float
    ideal: NDArray[np.float64]


def find_load(margins: Margins, available: Sequence[int], papers: int) -> Load | None:
    """The bounds and the ideal of this many papers, or None where not even a fractional table exists."""
    have = np.asarray(available, dtype=np.float64)
    exposure = lowest_exposure(margins, have)
    if exposure is None:
        return None
    exposure = max(exposure, 1 / papers)
    limit = np.minimum(1.0, max(exposure * SLACK, math.ceil(papers * exposure - 1e-9) / papers))
    ideal, overlap = _ideal(margins, have, papers, float(limit))
    if overlap < _GAP:
        # Disjoint papers exist; of their many tables an even one is easier to divide than a corner.
        ideal, _ = _ideal(margins, have, max(papers, _MANY), float(limit))
        overlap = 0.0
    return Load(exposure, overlap, float(limit), ideal)


def lowest_exposure(margins: Margins, have: NDArray[np.float64]) -> float | None:
    """z*: the least z for which some y meets the margins with 0 ≤ y ≤ z · have."""
    size = len(have)
    matrix = np.hstack([margins.matrix.astype(np.float64), np.zeros((len(margins.rows), 1))])
    below = np.hstack([np.eye(size), -have[:, None]])
    result = milp(
        np.concatenate([np.zeros(size), [1.0]]),
        bounds=Bounds(0, np.concatenate([have, [1.0]])),
        constraints=[
            LinearConstraint(sparse.csr_array(matrix), margins.lower, margins.upper),
            LinearConstraint(sparse.csr_array(below), -np.inf, 0),
        ],
    )
    return None if result.x is None else float(result.x[-1])


def _ideal(
    margins: Margins, have: NDArray[np.float64], papers: int, limit: float
) -> tuple[NDArray[np.float64], float]:
    """The table of least mean overlap with exposure ≤ limit, and the bound on the overlap of any papers at all.

    Where a cell of n questions gives D in all papers, they come k or k + 1 times each, k = ⌊D/n⌋, and the papers have
    at least 2kD − nk(k + 1) pairs (times two) of them in common: a convex function of lines, cut by cut.
    """
    if papers < 2:
        papers = 2
    size = len(have)
    pairs = float(papers) * (papers - 1)
    rows = sparse.csr_array(
        np.hstack([margins.matrix.astype(np.float64), np.zeros((len(margins.rows), size))])
    )
    cells: list[NDArray[np.int64]] = []
    laps: list[NDArray[np.float64]] = []
    start = max(1.0, papers * float(margins.upper.max(initial=1)) / max(1.0, have.sum()))
    used = np.flatnonzero(have)
    for factor in (0.25, 0.5, 0.75, 1.0, 1.5):
        cells.append(used)
        laps.append(np.full(len(used), math.floor(start * factor)))
    table = np.zeros(size)
    bound = 0.0
    for _ in range(_MOST_CUTS):
        cell, lap = np.concatenate(cells), np.concatenate(laps)
        count = len(cell)
        cuts = sparse.csr_array(
            (
                np.concatenate([2 * lap * papers / pairs, -np.ones(count)]),
                (np.tile(np.arange(count), 2), np.concatenate([cell, size + cell])),
            ),
            shape=(count, 2 * size),
        )
        result = milp(
            np.concatenate([np.zeros(size), np.ones(size)]),
            bounds=Bounds(0, np.concatenate([have * limit, np.full(size, np.inf)])),
            constraints=[
                LinearConstraint(cuts, -np.inf, have[cell] * lap * (lap + 1) / pairs),
                LinearConstraint(rows, margins.lower, margins.upper),
            ],
        )
        if result.x is None:
            raise RuntimeError(f"the ideal table could not be solved: {result.message}")
        table, bound = np.clip(result.x[:size], 0, have * limit), float(result.fun)
        true = least_shared(table * papers, have) / pairs
        if true.sum() - bound <= _GAP * max(bound, 1e-3):
            break
        worse = np.flatnonzero(true > result.x[size:] + _GAP * 1e-2)
        cells.append(worse)
        laps.append(np.floor(table[worse] * papers / have[worse] + 1e-9))
    return table, max(0.0, bound)


def least_shared(asked: NDArray[np.float64], have: NDArray[np.float64]) -> NDArray[np.float64]:
    """Twice the pairs of papers that share a question of each cell, at least, where it gives `asked` in all papers."""
    lap = np.floor(np.divide(asked, have, out=np.zeros_like(asked), where=have > 0) + 1e-9)
    return np.asarray(2 * lap * asked - have * lap * (lap + 1))


def forced_overlap(tables: Sequence[Sequence[int]], available: Sequence[int], papers: int) -> float:
    """The least mean overlap of papers that take these tables in turn, their questions being used evenly."""
    if papers < 2:
        return 0.0
    turns, rest = divmod(papers, len(tables))
    table = np.array(tables, dtype=np.float64)
    asked = table.sum(axis=0) * turns + table[:rest].sum(axis=0)
    return float(least_shared(asked, np.asarray(available, dtype=np.float64)).sum()) / papers / (papers - 1)
