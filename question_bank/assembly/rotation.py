"""Whole tables whose mean is the ideal of `load`, to within one question of a cell in all of them together.

Solvers work in floating point, so their tables are stored with the plan; what leaves here was checked in whole numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from question_bank.assembly import streams
from question_bank.assembly.load import Load, least_shared
from question_bank.assembly.margins import Margins

#: So many of the last tables are divided at once: one by one the last two often don't come out.
_TOGETHER = 4


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
        rise = least_shared((middle + 0.5) * turns, number) - least_shared((middle - 0.5) * turns, number)
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
