"""The response matrix: who scored what on which item.

NaN means *not presented* (missing by design, as on randomised papers); 0 means presented and wrong or omitted.
"Item" is the column of a matrix; "question" is what an author writes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

_CELLS_IN_A_BLOCK = 1 << 16  # half a megabyte of float64, so that a block stays in the processor's cache


@dataclass(frozen=True, eq=False)
class ResponseMatrix:
    """Scores of persons (rows) on items (columns), kept read-only.

    scores: (persons, items) points earned, 0 to the item's maximum; NaN = not presented.
    items: a distinct name for every column.
    maximum: (items,) the points that can be earned, above 0.
    persons: a name for every row, or None where nobody needs them.

    Raises ValueError, naming the row, column or item, for anything else.
    """

    scores: NDArray[np.float64]
    items: tuple[str, ...]
    maximum: NDArray[np.float64]
    persons: tuple[str, ...] | None = None
    is_complete: bool = field(init=False)
    """True when every person was presented with every item."""

    def __post_init__(self) -> None:
        scores = _read_only(self.scores, "scores")
        maximum = _read_only(self.maximum, "maximum")
        if scores.ndim != 2:
            raise ValueError(f"scores must have two dimensions (persons, items), not {scores.ndim}")
        if scores.shape[0] == 0 or scores.shape[1] == 0:
            raise ValueError("scores must hold at least one person and one item")
        _check_names(self.items, scores.shape[1], "item")
        if self.persons is not None and len(self.persons) != scores.shape[0]:
            raise ValueError(f"{len(self.persons)} names of persons for {scores.shape[0]} rows of scores")
        if maximum.shape != (scores.shape[1],):
            raise ValueError(f"maximum must have shape ({scores.shape[1]},), not {maximum.shape}")
        unusable = ~(np.isfinite(maximum) & (maximum > 0))
        if unusable.any():
            raise ValueError(f"the maximum of item {self.items[int(unusable.argmax())]!r} must be above 0")
        object.__setattr__(self, "items", tuple(self.items))
        object.__setattr__(self, "scores", scores)
        object.__setattr__(self, "maximum", maximum)
        object.__setattr__(self, "is_complete", self._check_range())

    @classmethod
    def from_scores(
        cls,
        scores: ArrayLike,
        items: Sequence[str] | None = None,
        maximum: ArrayLike | None = None,
        persons: Sequence[str] | None = None,
    ) -> "ResponseMatrix":
        """A matrix from scores alone.

        Without `items` the columns are called "1", "2", …  Without `maximum` an item's maximum is the highest
        score anybody reached on it, or 1 where nobody scored: right for 0/1 items, a guess for items with points.
        """
        array = np.asarray(scores, dtype=np.float64)
        if array.ndim != 2:
            raise ValueError(f"scores must have two dimensions (persons, items), not {array.ndim}")
        if array.size == 0:
            raise ValueError("scores must hold at least one person and one item")
        if maximum is None:
            reached = np.fmax.reduce(array, axis=0)
            maximum = np.where(reached > 0, reached, 1.0)
        return cls(
            scores=array,
            items=tuple(items) if items is not None else tuple(str(j + 1) for j in range(array.shape[1])),
            maximum=np.asarray(maximum, dtype=np.float64),
            persons=tuple(persons) if persons is not None else None,
        )

    @property
    def number_of_persons(self) -> int:
        return int(self.scores.shape[0])

    @property
    def number_of_items(self) -> int:
        return int(self.scores.shape[1])

    @cached_property
    def presented(self) -> NDArray[np.bool_]:
        """(persons, items) True where the person was presented with the item."""
        return ~np.isnan(self.scores)

    @cached_property
    def totals(self) -> NDArray[np.float64]:
        """(persons,) points earned on the items presented; NaN for a person presented with none."""
        if self.is_complete:
            totals: NDArray[np.float64] = self.scores @ np.ones(self.number_of_items)
            return totals
        totals = np.nansum(self.scores, axis=1)
        totals[self.presented_maximum == 0] = np.nan
        return totals

    @cached_property
    def presented_maximum(self) -> NDArray[np.float64]:
        """(persons,) the points that could be earned on the items presented; 0 where none was."""
        if self.is_complete:
            return np.full(self.number_of_persons, self.maximum.sum())
        return np.concatenate([self.presented[rows] @ self.maximum for rows in self.blocks()])

    @cached_property
    def proportions(self) -> NDArray[np.float64]:
        """(persons,) share of the points on the items presented, 0 to 1; NaN for a person presented with none."""
        with np.errstate(invalid="ignore"):
            return self.totals / self.presented_maximum

    def blocks(self) -> Iterator[slice]:
        """Slices of rows small enough for the processor's cache, in order, covering every person once."""
        step = max(1, _CELLS_IN_A_BLOCK // self.number_of_items)
        for start in range(0, self.number_of_persons, step):
            yield slice(start, min(start + step, self.number_of_persons))

    def select(
        self, persons: ArrayLike | slice | None = None, items: ArrayLike | slice | None = None
    ) -> "ResponseMatrix":
        """The matrix of some persons and items, by position, mask or slice; the maximum points stay as they are."""
        rows = np.arange(self.number_of_persons)[_index(persons)]
        columns = np.arange(self.number_of_items)[_index(items)]
        return ResponseMatrix(
            scores=self.scores[np.ix_(rows, columns)],
            items=tuple(self.items[j] for j in columns),
            maximum=self.maximum[columns],
            persons=None if self.persons is None else tuple(self.persons[i] for i in rows),
        )

    def _check_range(self) -> bool:
        """Whether nothing is missing.  Raises ValueError for scores below 0 or above the maximum."""
        lowest, highest = self.scores.min(axis=0), self.scores.max(axis=0)
        is_complete = not bool(np.isnan(lowest).any())
        if not is_complete:
            lowest = np.fmin.reduce(self.scores, axis=0)
            highest = np.fmax.reduce(self.scores, axis=0)
        wrong = (lowest < 0) | (highest > self.maximum)
        if wrong.any():
            column = int(wrong.argmax())
            values = self.scores[:, column]
            row = int(((values < 0) | (values > self.maximum[column])).argmax())
            raise ValueError(
                f"row {row + 1}, item {self.items[column]!r}: score {values[row]:g} is not between 0 "
                f"and the item's maximum {self.maximum[column]:g}"
            )
        return is_complete


def _read_only(values: ArrayLike, name: str) -> NDArray[np.float64]:
    try:
        view = np.ascontiguousarray(values, dtype=np.float64).view()
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be numbers: {error}") from None
    view.flags.writeable = False
    return view


def _check_names(names: Sequence[str], count: int, kind: str) -> None:
    if len(names) != count:
        raise ValueError(f"{len(names)} {kind} names for {count} columns of scores")
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{kind} name {name!r} appears more than once")
        seen.add(name)


def _index(chosen: ArrayLike | slice | None) -> slice | NDArray[np.intp] | NDArray[np.bool_]:
    if chosen is None:
        return slice(None)
    if isinstance(chosen, slice):
        return chosen
    array = np.asarray(chosen)
    return array if array.dtype == np.bool_ else array.astype(np.intp)
