"""A staged file as it was: its rows with each bad cell's problems, and the whole text of what is quarantined."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from examsite.authoring import invisible
from examsite.authoring.reports import Report, RowFate, column_letter
from question_bank.formats.cells import texts_of
from question_bank.formats.imports import Outcome, Table
from question_bank.formats.pictures import REFERENCE
from question_bank.formats.reading import read
from question_bank.formats.registry import recognise
from question_bank.formats.sheets import read_sheets
from question_bank.problems import Problem

#: Formats that are sheets of cells.
_TABLES = ("workbook", "twin11", "csv")


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell as it was, with what is wrong with it."""

    text: str
    problems: tuple[Problem, ...]

    @property
    def tone(self) -> str:
        """error, warning or nothing: the class of the cell."""
        if any(problem.is_error for problem in self.problems):
            return "error"
        return "warning" if self.problems else ""


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row as the preview shows it: problems that no cell carries stand beside its fate.

    raw: the source of a quarantined question, "" where the cells are all of it.
    """

    fate: RowFate
    cells: tuple[ShownCell, ...]
    problems: tuple[Problem, ...]
    raw: str = ""

    @property
    def marked(self) -> list[str]:
        """Letters of the columns with something wrong: they may be far to the right."""
        return [column_letter(place) for place, cell in enumerate(self.cells) if cell.tone]


@dataclass(frozen=True, slots=True)
class ShownSheet:
    """Rows of one sheet on a page of the preview, with its column letters and titles.

    is_list: not a sheet of cells but the questions of a file of another kind, whose parts may be many.
    """

    sheet: str
    is_list: bool
    titles: tuple[tuple[str, str], ...]
    rows: tuple[ShownRow, ...]


def as_it_was(name: str, content: bytes, report: Report, rows: Sequence[RowFate]) -> list[ShownSheet]:
    """These rows as they stand in the file, each cell with its problems."""
    if not rows:
        return []
    tables = {table.sheet: table for table in report.tables}
    texts, raw = _texts_of_rows(name, content, rows)
    problems: dict[tuple[str | None, int | None], list[Problem]] = {}
    for problem in report.problems:
        problems.setdefault((problem.place.sheet, problem.place.row), []).append(problem)
    found = []
    for title, is_list, group in _grouped(name, tables, rows):
        lines = [(row, texts.get((row.sheet, row.row), ())) for row in group]
        titles = _titles(_widest(tables, group), lines)
        letters = [column_letter(index) for index in range(len(titles))]
        shown = []
        for row, cells_of_row in lines:
            about = problems.get((row.sheet, row.row), [])
            cells = tuple(
                ShownCell(
                    _shown(cells_of_row[index]) if index < len(cells_of_row) else "",
                    tuple(p for p in about if p.place.column == letters[index]),
                )
                for index in range(len(titles))
            )
            beside = tuple(p for p in about if p.place.column not in letters)
            shown.append(ShownRow(row, cells, beside, invisible.marked(raw.get((row.sheet, row.row), ""))))
        found.append(ShownSheet(title, is_list, tuple(zip(letters, titles, strict=True)), tuple(shown)))
    return found


def _grouped(
    name: str, tables: dict[str, Table], rows: Sequence[RowFate]
) -> Iterator[tuple[str, bool, list[RowFate]]]:
    """The rows of each sheet under its title; those of a file that has no sheets together, under the file's name."""
    if all(row.sheet not in tables or tables[row.sheet].header_row == 0 for row in rows):
        yield name, True, list(rows)
        return
    for title, group in groupby(rows, key=lambda row: row.sheet):
        yield title, False, list(group)


def _shown(text: str) -> str:
    """A cell's text with its pictures by their names instead of their digests."""
    return invisible.marked(
        REFERENCE.sub(lambda match: f"〔{match[1]}〕", text) if "](picture:" in text else text
    )


def _widest(tables: dict[str, Table], rows: Sequence[RowFate]) -> Table | None:
    """The table of these rows; of several the one with most titles."""
    some = [tables[row.sheet] for row in rows if row.sheet in tables]
    return max(some, key=lambda table: len(table.titles), default=None)


def _titles(table: Table | None, lines: Sequence[tuple[RowFate, Sequence[str]]]) -> list[str]:
    """The titles of a sheet's columns, and as many empty ones as its rows need where it has no table."""
    titles = [invisible.marked(one) for one in table.titles] if table else []
    width = max([len(titles), *(len(cells) for _row, cells in lines if table is None)])
    if table is not None and table.header_row == 0:
        # Not a sheet but a list of fields: those that no row on this page has at its end are left out.
        width = max([1, *(last for _row, cells in lines for last, text in enumerate(cells, 1) if text)])
    return [*titles, *[""] * (width - len(titles))][:width]


def _texts_of_rows(
    name: str, content: bytes, rows: Sequence[RowFate]
) -> tuple[dict[tuple[str, int], Sequence[str]], dict[tuple[str, int], str]]:
    """The texts of these rows, and the source of those that are quarantined.

    Of a table only the sheets are read, which is quicker; any other file is read as it was for the report.
    """
    wanted = {(row.sheet, row.row) for row in rows}
    is_table = recognise(name, content).code in _TABLES
    if is_table and not any(row.outcome is Outcome.QUARANTINED for row in rows):
        sheets = {sheet.name: sheet.rows for sheet in read_sheets(name, content).sheets}
        return {
            (sheet, row): texts_of(sheets[sheet][row - 1])
            for sheet, row in wanted
            if sheet in sheets and row <= len(sheets[sheet])
        }, {}
    found = read(name, content)
    texts: dict[tuple[str, int], Sequence[str]] = {
        (fate.sheet, fate.row): fate.cells for fate in found.fates if (fate.sheet, fate.row) in wanted
    }
    return texts, {(one.sheet, one.row): one.raw for one in found.quarantined if not is_table}
