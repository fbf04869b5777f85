"""A staged sheet as it was: its rows with each bad cell's problems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from examsite.authoring import invisible
from examsite.authoring.reports import Report, RowFate, column_letter
from question_bank.formats.cells import texts_of
from question_bank.formats.sheets import read_sheets
from question_bank.problems import Problem


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
    """A row as the preview shows it: problems that no cell carries stand beside its fate."""

    fate: RowFate
    cells: tuple[ShownCell, ...]
    problems: tuple[Problem, ...]

    @property
    def marked(self) -> list[str]:
        """Letters of the columns with something wrong: they may be far to the right."""
        return [column_letter(place) for place, cell in enumerate(self.cells) if cell.tone]


@dataclass(frozen=True, slots=True)
class ShownSheet:
    """Rows of one sheet on a page of the preview, with its column letters and titles."""

    sheet: str
    titles: tuple[tuple[str, str], ...]
    rows: tuple[ShownRow, ...]


def as_it_was(name: str, content: bytes, report: Report, rows: Sequence[RowFate]) -> list[ShownSheet]:
    """These rows as they stand in the file, each cell with its problems."""
    if not rows:
        return []
    tables = {table.sheet: table for table in report.tables}
    sheets = {sheet.name: sheet for sheet in read_sheets(name, content).sheets}
    problems: dict[tuple[str | None, int | None], list[Problem]] = {}
    for problem in report.problems:
        problems.setdefault((problem.place.sheet, problem.place.row), []).append(problem)
    found = []
    for title, group in groupby(rows, key=lambda row: row.sheet):
        titles = [invisible.marked(one) for one in tables[title].titles]
        letters = [column_letter(index) for index in range(len(titles))]
        shown = []
        for row in group:
            lines = sheets[title].rows
            texts = texts_of(lines[row.row - 1]) if row.row <= len(lines) else []
            about = problems.get((row.sheet, row.row), [])
            cells = tuple(
                ShownCell(
                    invisible.marked(texts[index]) if index < len(texts) else "",
                    tuple(p for p in about if p.place.column == letters[index]),
                )
                for index in range(len(titles))
            )
            beside = tuple(p for p in about if p.place.column not in letters)
            shown.append(ShownRow(row, cells, beside))
        found.append(ShownSheet(title, tuple(zip(letters, titles, strict=True)), tuple(shown)))
    return found
