"""How evenly a bank can be used: the lowest largest exposure, the least overlap, and tables that come near both.

With one table of counts for everybody a scarce cell is asked for on every paper.  Tables that rotate, each meeting every
margin, can share the load as the *ideal* does: the table of fractions that has least overlap.

    lowest_exposure     z*: no set of papers can use its most used question less (linear programme)
    ideal               the fractional table of least mean overlap, and that overlap: a proven bound
    rotate              whole tables whose mean is the ideal, to within one question of a cell in all of them together

Solvers work in floating point, so their tables are stored with the plan; what leaves here was checked in whole numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from question_bank.assembly import streams
from question_bank.assembly.margins import Margins

#: The ideal may use its most used question this much more than the lowest possible: it buys less overlap.
SLACK = 1.02
#: The ideal is found when its overlap is this near to the bound.
_GAP = 1e-4
_MOST_CUTS = 40
_MANY = 1_000
#: So many of the last tables are divided at once: one by one the last two often don't come out.
_TOGETHER = 4


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
        true = _shared(table * papers, have) / pairs
        if true.sum() - bound <= _GAP * max(bound, 1e-3):
            break
        worse = np.flatnonzero(true > result.x[size:] + _GAP * 1e-2)
        cells.append(worse)
        laps.append(np.floor(table[worse] * papers / have[worse] + 1e-9))
    return table, max(0.0, bound)


def _shared(asked: NDArray[np.float64], have: NDArray[np.float64]) -> NDArray[np.float64]:
    """Twice the pairs of papers that share a question of each cell, at least, where it gives `asked` in all papers."""
    lap = np.floor(np.divide(asked, have, out=np.zeros_like(asked), where=have > 0) + 1e-9)
    return np.asarray(2 * lap * asked - have * lap * (lap + 1))


def rotate(
    margins: Margins, available: Sequence[int], load: Load, count: int, papers: int
) -> tuple[tuple[int, ...], ...] | None:
    """`count` whole tables, each within the margins, whose mean is the ideal; None where they weren't found.

    First the sum of all tables is rounded to whole numbers, then table after table is taken out of what is left, each
    between the floor and the ceiling of an even part of the rest: so any run of tables is near the ideal, too.
    """
    have = np.asarray(available, dtype=np.int64)
    total = _rounded_total(margins, have, load, count, papers)
    if total is None:
        return None
    parts: list[NDArray[np.int64]] = []
    while len(parts) < count:
        left = count - len(parts)
        rest = total - sum(parts, np.zeros_like(total))
        if left <= _TOGETHER:
            together = _divided(margins, have, rest, left)
            if together is not None:
                parts += together
                break
        table = _part(margins, have, rest, left)
        if table is None:
            table = _nearest(margins, have, rest, left)
        if table is None:
            return None
        parts.append(table)
    return tuple(tuple(part.tolist()) for part in parts)


def forced_overlap(tables: Sequence[Sequence[int]], available: Sequence[int], papers: int) -> float:
    """The least mean overlap of papers that take these tables in turn, their questions being used evenly."""
    if papers < 2:
        return 0.0
    turns, rest = divmod(papers, len(tables))
    table = np.array(tables, dtype=np.float64)
    asked = table.sum(axis=0) * turns + table[:rest].sum(axis=0)
    return float(_shared(asked, np.asarray(available, dtype=np.float64)).sum()) / papers / (papers - 1)


def _rounded_total(
    margins: Margins, have: NDArray[np.int64], load: Load, count: int, papers: int
) -> NDArray[np.int64] | None:
    """Whole numbers next to count × ideal that meet count × every margin."""
    wanted = load.ideal * count
    turns = papers / count
    number = have.astype(np.float64)
    for allowed, wider in ((1.0, 0), (1.0, 1), (1.03, 1), (1.06, 2), (None, 0), (None, 1), (None, 3)):
        low = np.maximum(np.floor(wanted + 1e-7) - wider, 0)
        high = np.minimum(np.ceil(wanted - 1e-7) + wider, number * count)
        if allowed is not None:
            most = np.floor(papers * load.limit * allowed + 1e-9)
            high = np.minimum(high, np.floor(number * most / turns + 1e-9))
            low = np.minimum(low, high)
        middle = (low + high) / 2
        rise = _shared((middle + 0.5) * turns, number) - _shared((middle - 0.5) * turns, number)
        # The more a question would be used beyond the limit, the dearer.
        used = np.divide(high * turns, number, out=np.zeros_like(number), where=number > 0)
        beyond = np.maximum(0.0, np.ceil(used - 1e-9) / (papers * load.limit) - 1 - 1e-9)
        costs = rise / max(1.0, float(rise.max(initial=0.0))) + 100 * beyond**2 + 10 * (beyond > 0)
        found = _whole(
            margins.matrix,
            costs + _ties(margins, count) * 1e-4,
            low,
            high,
            margins.lower * count,
            margins.upper * count,
        )
        if found is not None:
            return found
    return None


def _part(
    margins: Margins, have: NDArray[np.int64], rest: NDArray[np.int64], left: int
) -> NDArray[np.int64] | None:
    """One table out of `rest`, which holds `left` of them, so that the others can still be made of what remains."""
    sums = margins.matrix @ rest
    lower = np.maximum(margins.lower, sums - margins.upper * (left - 1))
    upper = np.minimum(margins.upper, sums - margins.lower * (left - 1))
    if (lower > upper).any() or (rest < 0).any():
        return None
    costs = _ties(margins, left)
    # Kinds within an area are divided evenly, too: an area of odd points can't be filled with two-point questions only.
    even = _kinds_by_area(margins)
    shared = even @ rest
    matrix = np.vstack([margins.matrix, even])
    lower = np.concatenate([lower, np.maximum(0, shared // left - (left > 12))])
    upper = np.concatenate([upper, -(-shared // left) + (left > 12)])
    for wider in (0, 1):
        low = np.maximum(rest // left - wider, 0)
        high = np.minimum(np.minimum(-(-rest // left) + wider, rest), have)
        found = _whole(matrix, costs, low, high, lower, upper)
        if found is not None:
            return found
    return None


def _kinds_by_area(margins: Margins) -> NDArray[np.int64]:
    groups = {key: row for row, key in enumerate(sorted({(cell.area, cell.kind) for cell in margins.cells}))}
    rows = np.zeros((len(groups), len(margins.cells)), dtype=np.int64)
    for place, cell in enumerate(margins.cells):
        rows[groups[cell.area, cell.kind], place] = 1
    return rows


def _divided(
    margins: Margins, have: NDArray[np.int64], rest: NDArray[np.int64], left: int
) -> list[NDArray[np.int64]] | None:
    """All of `rest` as `left` tables, or None."""
    if (rest < 0).any():
        return None
    used = np.flatnonzero(rest)
    matrix = margins.matrix[:, used].astype(np.float64)
    costs = np.concatenate([_ties(margins, number)[used] for number in range(left)])
    high = np.tile(np.minimum(rest, have)[used], left).astype(np.float64)
    for wider in (0, 1, None):
        if wider is not None:
            high = np.tile(np.minimum(np.minimum(-(-rest // left) + wider, rest), have)[used], left).astype(
                float
            )
        else:
            high = np.tile(np.minimum(rest, have)[used], left).astype(float)
        result = milp(
            costs,
            integrality=np.ones(len(costs), dtype=np.int64),
            bounds=Bounds(0, high),
            constraints=[
                LinearConstraint(
                    sparse.block_diag([matrix] * left, format="csr"),
                    np.tile(margins.lower, left),
                    np.tile(margins.upper, left),
                ),
                LinearConstraint(
                    sparse.hstack([sparse.eye_array(len(used))] * left, format="csr"), rest[used], rest[used]
                ),
            ],
            options={"mip_rel_gap": 0.5, "node_limit": 200, "time_limit": 2.0},
        )
        if result.x is None:
            continue
        tables = []
        for part in np.rint(result.x).astype(np.int64).reshape(left, len(used)):
            table = np.zeros_like(rest)
            table[used] = part
            tables.append(table)
        if all(margins.holds(table.tolist()) for table in tables) and np.array_equal(sum(tables), rest):
            return tables
    return None


def _nearest(
    margins: Margins, have: NDArray[np.int64], rest: NDArray[np.int64], left: int
) -> NDArray[np.int64] | None:
    """A table near an even part of `rest`, whatever it leaves for the others."""
    even = np.maximum(rest, 0) // left
    costs = 1 - (np.maximum(rest, 0) - even * left) / left + _ties(margins, left) * 1e-2
    for wider in (0, 1, 3, int(have.max(initial=0))):
        low, high = np.maximum(even - wider, 0), np.minimum(even + 1 + wider, have)
        found = _whole(
            margins.matrix, costs + (rest <= even), np.minimum(low, high), high, margins.lower, margins.upper
        )
        if found is not None:
            return found
    return None


def _ties(margins: Margins, number: int) -> NDArray[np.float64]:
    """A small cost of its own for each cell, drawn from names only, so that the cheapest table is one table."""
    words = streams.words(len(margins.cells), "tables", number) >> np.uint64(44)
    return np.asarray(words.astype(np.float64) / float(1 << 20))


def _whole(
    matrix: NDArray[np.int64],
    costs: NDArray[np.float64],
    low: NDArray[np.float64] | NDArray[np.int64],
    high: NDArray[np.float64] | NDArray[np.int64],
    lower: NDArray[np.int64],
    upper: NDArray[np.int64],
) -> NDArray[np.int64] | None:
    """Cheap whole numbers in a box within rows; only the cells that are free there are given to the solver."""
    low, high = np.asarray(low, dtype=np.int64), np.asarray(high, dtype=np.int64)
    if (low > high).any():
        return None
    free = np.flatnonzero(high > low)
    counts = low.copy()
    sums = matrix @ low
    if len(free):
        result = milp(
            costs[free],
            integrality=np.ones(len(free), dtype=np.int64),
            bounds=Bounds(0, (high - low)[free].astype(np.float64)),
            constraints=LinearConstraint(
                sparse.csr_array(matrix[:, free].astype(np.float64)), lower - sums, upper - sums
            ),
            options={"mip_rel_gap": 0.05, "node_limit": 2_000},
        )
        if result.x is None:
            return None
        counts[free] += np.rint(result.x).astype(np.int64)
        sums = matrix @ counts
    if (sums < lower).any() or (sums > upper).any() or (counts < low).any() or (counts > high).any():
        return None
    return counts
