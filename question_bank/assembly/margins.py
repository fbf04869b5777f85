"""The requirements on a table of whole counts as rows of `lower ≤ A n ≤ upper`, and their exact solution.

n has one whole number a cell.  Rows: points of each lowest area, count of each kind, count of each difficulty; where
they are asked for, counts of each importance and of the industry; and, where the rounding of areas is left open, the
points of every higher area.  Small (some 30 rows, up to some 1,000
cells), so a mixed-integer programme is solved to proven optimality at once.  Each cell has a cost of its own, drawn
from its name, which makes the cheapest table unique in practice: the same from every solver and version.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from question_bank.assembly import streams
from question_bank.assembly.allocate import Targets
from question_bank.assembly.requirements import whole_range
from question_bank.assembly.specification import Specification
from question_bank.assembly.supply import UNKNOWN, Cell

#: One missing question, or one step away from the largest remainder, costs more than any choice between cells.
DEAR = 10_000
_COSTS = 97


@dataclass(frozen=True, slots=True)
class Margins:
    """rows: what each row is about ("area A-B", "kind B", "difficulty 3").  matrix: (rows, cells) of whole numbers."""

    cells: tuple[Cell, ...]
    rows: tuple[str, ...]
    matrix: NDArray[np.int64]
    lower: NDArray[np.int64]
    upper: NDArray[np.int64]
    steps: NDArray[np.int64]

    def holds(self, counts: Sequence[int]) -> bool:
        """Whether a table of counts meets every row."""
        sums = self.matrix @ np.asarray(counts, dtype=np.int64)
        return bool(np.all(self.lower <= sums) and np.all(sums <= self.upper))


def fixed_margins(cells: tuple[Cell, ...], specification: Specification, targets: Targets) -> Margins:
    """Every lowest area gets exactly its rounded points."""
    rows = [
        (f"area {t.code}", [cell.area == t.code for cell in cells], t.steps, t.steps) for t in targets.leaves
    ]
    return _margins(cells, specification, targets, rows)


def open_margins(cells: tuple[Cell, ...], specification: Specification, targets: Targets) -> Margins:
    """Every area of every level gets the floor or the ceiling of its own quota, whichever."""
    below = _leaves_below(targets)
    rows = [
        (f"area {t.code}", [cell.area in below[t.code] for cell in cells], t.floor, t.ceiling)
        for t in targets.areas
    ]
    return _margins(cells, specification, targets, rows)


def solve(margins: Margins, available: Sequence[int]) -> tuple[int, ...] | None:
    """The cheapest table within what is available in each cell, or None where there is none."""
    costs = np.array([1 + streams.number(_COSTS, *cell.names) for cell in margins.cells], dtype=np.float64)
    return _whole(
        costs, np.asarray(available, dtype=np.float64), margins.matrix, margins.lower, margins.upper
    )


def solve_near(margins: Margins, available: Sequence[int], targets: Targets) -> tuple[int, ...] | None:
    """Of the tables within what is available, one whose lowest areas lie nearest to the rounded targets, or None."""
    size, leaves = len(margins.cells), targets.leaves
    costs = np.array(
        [1 + streams.number(_COSTS, *cell.names) for cell in margins.cells] + [DEAR] * (2 * len(leaves)),
        dtype=np.float64,
    )
    wide = np.hstack([margins.matrix, np.zeros((len(margins.rows), 2 * len(leaves)), dtype=np.int64)])
    near = np.zeros((len(leaves), size + 2 * len(leaves)), dtype=np.int64)
    for row, leaf in enumerate(leaves):
        near[row, :size] = [
            step if cell.area == leaf.code else 0
            for cell, step in zip(margins.cells, margins.steps, strict=True)
        ]
        near[row, size + 2 * row : size + 2 * row + 2] = (-1, 1)
    aims = np.array([leaf.steps for leaf in leaves], dtype=np.int64)
    found = _whole(
        costs,
        np.concatenate([np.asarray(available, dtype=np.float64), np.ones(2 * len(leaves))]),
        np.vstack([wide, near]),
        np.concatenate([margins.lower, aims]),
        np.concatenate([margins.upper, aims]),
    )
    return found[:size] if found else None


def solve_short(margins: Margins, available: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """The table that needs the fewest questions beyond those available: (counts, missing), a number a cell.

    None where no bank, however large, has such a table: the numbers of the specification contradict one another.
    """
    size = len(margins.cells)
    ties = [1 + streams.number(_COSTS, *cell.names) for cell in margins.cells]
    # Nobody can write a question of unknown importance on purpose.
    new = [DEAR * (2 if cell.importance == UNKNOWN else 1) for cell in margins.cells]
    costs = np.array(ties + [dear + tie for dear, tie in zip(new, ties, strict=True)], dtype=np.float64)
    have = np.asarray(available, dtype=np.float64)
    limits = np.concatenate([have, np.full(size, float(margins.upper.max(initial=0)))])
    # n = taken + missing, so "missing" is bought only where the cell is used up.
    found = _whole(costs, limits, np.hstack([margins.matrix] * 2), margins.lower, margins.upper)
    if found is None:
        return None
    missing = found[size:]
    return tuple(a + b for a, b in zip(found[:size], missing, strict=True)), missing


def _margins(
    cells: tuple[Cell, ...],
    specification: Specification,
    targets: Targets,
    area_rows: list[tuple[str, list[bool], int, int]],
) -> Margins:
    steps_of = {section.kind: int(section.points / targets.step) for section in specification.sections}
    steps = np.array([steps_of[cell.kind] for cell in cells], dtype=np.int64)
    names = [name for name, *_ in area_rows]
    matrix = [np.where(inside, steps, 0) for _, inside, _, _ in area_rows]
    lower = [low for _, _, low, _ in area_rows]
    upper = [high for _, _, _, high in area_rows]
    counted = [
        (f"kind {section.kind.value}", [cell.kind is section.kind for cell in cells], section.count)
        for section in specification.sections
    ] + [
        (f"difficulty {target.code}", [cell.difficulty == target.code for cell in cells], target.count)
        for target in targets.difficulty
    ]
    ranges = [(name, inside, count, count) for name, inside, count in counted]
    for one in specification.importance:
        low, high = whole_range(one.lowest, one.highest, specification.count)
        inside = [cell.importance == one.importance.value for cell in cells]
        ranges.append((f"importance {one.importance.value}", inside, low, high))
    if (rule := specification.industries) is not None:
        low, high = whole_range(rule.lowest, rule.highest, specification.count)
        ranges.append(("industry", [cell.is_industry for cell in cells], low, high))
    for name, inside, low, high in ranges:
        names.append(name)
        matrix.append(np.array(inside, dtype=np.int64))
        lower.append(low)
        upper.append(high)
    return Margins(
        cells,
        tuple(names),
        np.array(matrix, dtype=np.int64),
        np.array(lower, dtype=np.int64),
        np.array(upper, dtype=np.int64),
        steps,
    )


def _leaves_below(targets: Targets) -> dict[str, set[str]]:
    """For each area the lowest areas that its share is divided among, itself where it isn't divided."""
    below: dict[str, set[str]] = {}
    path: list[str] = []
    for target in targets.areas:
        del path[target.level - 1 :]
        path.append(target.code)
        below[target.code] = set()
        if target.is_leaf:
            for code in path:
                below[code].add(target.code)
    return below


def _whole(
    costs: NDArray[np.float64],
    limits: NDArray[np.float64],
    matrix: NDArray[np.int64],
    lower: NDArray[np.int64],
    upper: NDArray[np.int64],
) -> tuple[int, ...] | None:
    """The cheapest whole numbers 0 ≤ x ≤ limits with lower ≤ matrix x ≤ upper; None where there are none."""
    result = milp(
        costs,
        integrality=np.ones(len(costs), dtype=np.int64),
        bounds=Bounds(0, limits),
        constraints=LinearConstraint(sparse.csr_array(matrix.astype(np.float64)), lower, upper),
        options={"mip_rel_gap": 0.0},
    )
    if result.x is None:
        if result.status == 2:
            return None
        raise RuntimeError(f"the table could not be solved: {result.message}")
    counts = np.rint(result.x).astype(np.int64)
    sums = matrix @ counts
    # The solver works in floating point; what leaves here has been checked in whole numbers.
    if not (
        np.all(lower <= sums) and np.all(sums <= upper) and np.all(counts <= limits) and np.all(counts >= 0)
    ):
        raise RuntimeError("the solver's table doesn't meet its margins")
    return tuple(int(count) for count in counts)
