"""Where the header of a table stands and which column is which: one header row or two, in any of the first rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from question_bank.formats.cells import Cell, texts_of, title_of

SEARCHED_ROWS = 20
LONGEST_TITLE = 60


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: the field it fills, its title as we write it, and other titles it goes by."""

    field: str
    title: str
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heading:
    """A header found.  first_row: row of its first line; data_row: of the first row below it (both from 1).

    columns: index (from 0) by field.  titles: as they stand, a second header row filling the gaps of the first.
    """

    first_row: int
    data_row: int
    columns: Mapping[str, int]
    titles: tuple[str, ...]


def field_by_title(columns: Iterable[Column]) -> dict[str, str]:
    """Field by folded title; an earlier column keeps a title that a later one claims too."""
    known: dict[str, str] = {}
    for column in columns:
        for title in (column.title, *column.synonyms):
            known.setdefault(title_of(title), column.field)
    return known


def find_heading(
    rows: Sequence[Sequence[Cell]], known: Mapping[str, str], required: Iterable[frozenset[str]]
) -> Heading | None:
    """The first header in the first rows: a row, or two rows together, with one of the `required` sets of fields."""
    required = tuple(required)
    for index in range(min(len(rows), SEARCHED_ROWS)):
        titles = texts_of(rows[index])
        columns = columns_of(titles, known)
        below = texts_of(rows[index + 1]) if index + 1 < len(rows) else []
        second = columns_of(below, known)
        if any(fields <= columns.keys() for fields in required):
            if not _is_header_line(below, second):
                return Heading(index + 1, index + 2, columns, tuple(titles))
            return Heading(index + 1, index + 3, {**second, **columns}, _joined(titles, below))
        both = {**second, **columns}
        if (
            len(columns) >= 1
            and _is_header_line(below, second)
            and any(fields <= both.keys() for fields in required)
        ):
            return Heading(index + 1, index + 3, both, _joined(titles, below))
    return None


def columns_of(titles: Sequence[str], known: Mapping[str, str]) -> dict[str, int]:
    """Index by field, the first column of each field counting.  Exact titles win over synonyms by their order."""
    found: dict[str, int] = {}
    for index, title in enumerate(titles):
        field = known.get(title_of(title)) if title and len(title) <= LONGEST_TITLE else None
        if field is not None and field not in found:
            found[field] = index
    return found


def _is_header_line(texts: Sequence[str], columns: Mapping[str, int]) -> bool:
    """At least two titles, and at least half of what stands in the row."""
    filled = sum(bool(text) for text in texts)
    return len(columns) >= 2 and 2 * len(columns) >= filled


def _joined(first: Sequence[str], second: Sequence[str]) -> tuple[str, ...]:
    width = max(len(first), len(second))
    pad = [*first, *[""] * (width - len(first))], [*second, *[""] * (width - len(second))]
    return tuple(above or below for above, below in zip(*pad, strict=True))


def find_stacked_heading(
    rows: Sequence[Sequence[Cell]], known: Mapping[str, str], required: Iterable[frozenset[str]]
) -> Heading | None:
    """A header of two or three rows whose titles only make sense together: 鉴定范围 / 一级 / 代码 → 鉴定范围一级代码.

    Upper rows are merged cells, so a blank takes the text to its left.  Tried after `find_heading`.
    """
    required = tuple(required)
    for index in range(min(len(rows), SEARCHED_ROWS)):
        for depth in (2, 3):
            lines = [texts_of(row) for row in rows[index : index + depth]]
            if len(lines) < depth or not all(any(line) for line in lines):
                continue
            titles = _stacked(lines)
            columns = columns_of(titles, known)
            if any(fields <= columns.keys() for fields in required):
                return Heading(index + 1, index + 1 + depth, columns, titles)
    return None


def _stacked(lines: Sequence[Sequence[str]]) -> tuple[str, ...]:
    width = max(len(line) for line in lines)
    titles = [""] * width
    for line in lines[:-1]:
        above = list(titles)
        current = ""
        for column in range(width):
            text = line[column] if column < len(line) else ""
            if text or (column and above[column] != above[column - 1]):
                current = text  # a new title, or a new one above it: nothing is carried over
            titles[column] += current
    for column, text in enumerate(lines[-1]):
        titles[column] += text
    return tuple(titles)
