"""What exchanging questions rests on: the questions as arrays, and papers as rows of slots.

Columns of slots are the places of cells; a paper whose table has fewer of a cell holds −1 there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from question_bank.assembly.enemies import Enemies
from question_bank.assembly.supply import Supply

#: Apart counts before parallel: one conflict outweighs any difference of features.
CONFLICT = 1 << 40
#: Questions that may not be together at all, beside two questions on one point, which is only unwanted.
FORBIDDEN = 10_000
MOST_ON_A_POINT = 128


class Ground:
    """What exchanging needs to know of a supply.  Arrays over its questions, by place.

    cell, point: numbers; cell_of_table: the same where cells aren't divided further.  values: features that differ at all (questions, columns) int64.
    enemy_of, enemy: enemies of question q are enemy[enemy_of[q] : enemy_of[q + 1]].
    """

    def __init__(
        self,
        supply: Supply,
        values: NDArray[np.int64],
        classes: NDArray[np.int64] | None = None,
        most_a_point: int = 0,
    ):
        """classes: a number (from 0) of each question by which cells are divided further, where there are any.

        most_a_point: questions on one point that a paper may have, 0 = as few as can be.
        """
        self.size = len(supply.questions)
        self.cells = len(supply.cells)
        self.cell = self.cell_of_table = np.array(supply.cell_of, dtype=np.int64)
        if classes is not None:
            width = int(classes.max(initial=0)) + 1
            self.cell, self.cells = self.cell * width + classes, self.cells * width
        codes = {code: n for n, code in enumerate(sorted({question.point for question in supply.questions}))}
        self.point = np.array([codes[question.point] for question in supply.questions], dtype=np.int64)
        self.points = len(codes)
        differs = (values != values[:1]).any(axis=0) if len(values) else np.zeros(values.shape[1], dtype=bool)
        self.values = np.ascontiguousarray(values[:, differs])
        self.enemies = Enemies(supply)
        sets = [sorted(self.enemies.of.get(place, ())) for place in range(self.size)]
        self.enemy_of = np.concatenate([[0], np.cumsum([len(one) for one in sets])]).astype(np.int64)
        self.enemy = np.array([other for one in sets for other in one], dtype=np.int64)
        self.has_enemies = bool(len(self.enemy))
        asked = np.arange(MOST_ON_A_POINT + 1)
        #: By questions on one point of a paper: the conflicts they are.
        self.crowd = asked * (asked - 1) // 2
        if most_a_point:
            self.crowd = self.crowd + FORBIDDEN * np.maximum(0, asked - most_a_point)
        #: What one more adds to them.
        self.crowding = np.diff(self.crowd)


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns of slots: cell of each, its number within the cell, first column and width of that cell."""

    cell: NDArray[np.int64]
    offset: NDArray[np.int64]
    first: NDArray[np.int64]
    width: NDArray[np.int64]

    def turned(self, number: int) -> NDArray[np.int64]:
        """For each column another of its cell, so that in time every slot meets every other."""
        return np.asarray(self.first + (self.offset + number) % self.width)


def layout_of(tables: NDArray[np.int64]) -> Layout:
    """The columns that these tables (papers, cells) need."""
    widths = tables.max(axis=0)
    cell = np.repeat(np.arange(len(widths)), widths)
    starts = np.cumsum(widths) - widths
    first = starts[cell]
    return Layout(cell, np.arange(len(cell)) - first, first, widths[cell])


def empty_slots(papers: int, layout: Layout, ground: Ground) -> NDArray[np.signedinteger]:
    """Rows without any question, in the smallest type that holds places of questions."""
    return np.full((papers, len(layout.cell)), -1, dtype=np.min_scalar_type(-ground.size))


def slots_of(hands: Sequence[NDArray[np.int64]], ground: Ground) -> tuple[NDArray[np.signedinteger], Layout]:
    """Hands as rows of slots."""
    tables = np.stack([np.bincount(ground.cell[hand], minlength=ground.cells) for hand in hands])
    layout = layout_of(tables)
    starts = np.zeros(ground.cells, dtype=np.int64)
    starts[layout.cell[layout.offset == 0]] = layout.first[layout.offset == 0]
    slots = empty_slots(len(hands), layout, ground)
    for row, hand in zip(slots, hands, strict=True):
        ordered = hand[np.lexsort((hand, ground.cell[hand]))]
        cells = ground.cell[ordered]
        row[starts[cells] + np.arange(len(cells)) - np.searchsorted(cells, cells)] = ordered
    return slots, layout
