"""One paper by exact search over single questions: for banks where enemies are so many that drawing fails.

Slower than drawing (a second for 5,000 questions) and blind to exposure, but it finds a paper wherever there is one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from question_bank.assembly.margins import Margins
from question_bank.assembly.supply import Supply


def exact_paper(
    supply: Supply, margins: Margins, pairs: Sequence[tuple[int, int]], costs: Sequence[int]
) -> tuple[list[int], list[tuple[int, int]]]:
    """(places of the questions, enemy pairs that could not be kept apart).

    The second is empty where a paper without enemies exists; the first is then the cheapest of them.  Raises
    ValueError where not even a paper with enemies exists: ask `explain` first.
    """
    size, extra = len(supply.questions), len(pairs)
    of_cells = margins.matrix[:, list(supply.cell_of)]
    top = sparse.csr_array(np.hstack([of_cells, np.zeros((len(margins.rows), extra))]))
    rows = np.repeat(np.arange(extra), 3)
    columns = np.array([c for k, (a, b) in enumerate(pairs) for c in (a, b, size + k)], dtype=np.int64)
    values = np.tile(np.array([1.0, 1.0, -1.0]), extra)
    below = sparse.csr_array((values, (rows, columns)), shape=(extra, size + extra))
    dear = float(sum(sorted(costs)[-200:]) + 1)
    result = milp(
        np.concatenate([np.asarray(costs, dtype=np.float64), np.full(extra, dear)]),
        integrality=np.ones(size + extra, dtype=np.int64),
        bounds=Bounds(0, 1),
        constraints=[
            LinearConstraint(top, margins.lower, margins.upper),
            LinearConstraint(below, -np.inf, 1),
        ],
        options={"mip_rel_gap": 0.0},
    )
    if result.x is None:
        raise ValueError(f"no paper even with enemies: {result.message}")
    chosen: NDArray[np.int64] = np.flatnonzero(np.rint(result.x[:size]))
    present = set(chosen.tolist())
    return sorted(present), [pair for pair in pairs if present >= set(pair)]
