"""What a staged file was read as, small enough to keep: every row's fate, the problems, the counts.  Never a key.

The cells themselves stay in the stored file; the page that shows a few rows reads those again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from question_bank.formats.imports import Fate, Import, Outcome, Table
from question_bank.problems import Place, Problem, Severity

SCHEMA = 1
#: More problems than a person reads on a page; the workbook of findings holds them all.
MAX_PROBLEMS = 5000
_QUOTED = re.compile("“[^”]*”")
_FIELDS_OF_THE_KEY = ("answer", "explanation")


class Novelty(StrEnum):
    """What an accepted row is to the bank."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class RowFate:
    """One data row.  bank: the 题库名称 it is under, "" = none.  novelty: None unless accepted."""

    sheet: str
    row: int
    outcome: Outcome
    bank: str
    external_id: str
    novelty: Novelty | None


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of one 题库名称."""

    accepted: int = 0
    refused: int = 0
    skipped: int = 0
    quarantined: int = 0
    by_kind: dict[str, int] = field(default_factory=dict)
    by_difficulty: dict[str, int] = field(default_factory=dict)
    by_novelty: dict[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return self.accepted + self.refused + self.skipped + self.quarantined

    @property
    def left_out(self) -> int:
        """Rows that stay out because something is wrong with them."""
        return self.refused + self.quarantined

    @property
    def entering(self) -> int:
        """Rows that would make a version."""
        return self.accepted - self.by_novelty.get(Novelty.UNCHANGED, 0)


@dataclass(frozen=True, slots=True)
class Report:
    """A file as read.  outline_hash: of the outline that codes were checked against, None = none in force."""

    outline_hash: str | None
    rows: tuple[RowFate, ...]
    problems: tuple[Problem, ...]
    problem_total: int
    counts: dict[str, Counts]
    tables: tuple[Table, ...]
    result: dict[str, Any]

    def about(self, row: RowFate) -> list[Problem]:
        """The problems of one row."""
        return [p for p in self.problems if p.place.sheet == row.sheet and p.place.row == row.row]

    @property
    def about_the_file(self) -> list[Problem]:
        """Problems that are no row's."""
        rows = {(row.sheet, row.row) for row in self.rows}
        return [p for p in self.problems if (p.place.sheet, p.place.row) not in rows]


def banks_of_rows(read: Import) -> list[str]:
    """The 题库名称 of each fate: of its draft, or filled down within a sheet as the reader does."""
    columns = {table.sheet: dict(table.columns).get("bank") for table in read.tables}
    drafts = {(draft.sheet, draft.row): draft.bank for draft in read.drafts}
    first = {draft.sheet: draft.bank for draft in reversed(read.drafts)}
    names: list[str] = []
    sheet, current = None, ""
    for fate in read.fates:
        if fate.sheet != sheet:
            column = columns.get(fate.sheet)
            sheet, current = fate.sheet, "" if column is not None else first.get(fate.sheet, "")
        if column is not None and column < len(fate.cells) and fate.outcome is not Outcome.SKIPPED:
            current = fate.cells[column] or current
        elif column is None:
            current = drafts.get((fate.sheet, fate.row), current)
        names.append(current)
    return names


def as_document(
    read: Import, novelties: dict[tuple[str, int], Novelty], outline_hash: str | None
) -> dict[str, Any]:
    """The JSON that a batch keeps."""
    sheets = list(dict.fromkeys([fate.sheet for fate in read.fates] + [t.sheet for t in read.tables]))
    names = banks_of_rows(read)
    banks = list(dict.fromkeys(names))
    rows = [
        [
            sheets.index(fate.sheet),
            fate.row,
            fate.outcome.value[0],
            banks.index(bank),
            fate.external_id[:60],
            novelties[fate.sheet, fate.row].value[0] if (fate.sheet, fate.row) in novelties else "",
        ]
        for fate, bank in zip(read.fates, names, strict=True)
    ]
    ordered = sorted(read.problems, key=lambda problem: not problem.is_error)
    return {
        "schema": SCHEMA,
        "outline": outline_hash,
        "sheets": sheets,
        "banks": banks,
        "rows": rows,
        "problems": [_problem_as_list(p, read.tables) for p in ordered[:MAX_PROBLEMS]],
        "problem_total": len(read.problems),
        "counts": [_counts_as_dict(name, names, read, novelties) for name in banks],
        "tables": [
            [t.sheet, t.header_row, list(t.titles), [list(pair) for pair in t.columns]] for t in read.tables
        ],
        "result": {},
    }


def from_document(document: dict[str, Any]) -> Report:
    """The report of a batch.  ValueError where the schema is not one that this code reads."""
    if document.get("schema") != SCHEMA:
        raise ValueError(f"import report of schema {document.get('schema')!r}; this code reads {SCHEMA}")
    sheets, banks = document["sheets"], document["banks"]
    return Report(
        document["outline"],
        tuple(
            RowFate(sheets[s], row, _OUTCOMES[outcome], banks[b], external_id, _NOVELTIES.get(novelty))
            for s, row, outcome, b, external_id, novelty in document["rows"]
        ),
        tuple(
            Problem(Place(sheet, row, column), code, message, Severity(severity))
            for sheet, row, column, code, message, severity in document["problems"]
        ),
        document["problem_total"],
        {counts.pop("bank"): Counts(**counts) for counts in map(dict, document["counts"])},
        tuple(
            Table(sheet, header, tuple(titles), tuple((f, c) for f, c in columns))
            for sheet, header, titles, columns in document["tables"]
        ),
        document["result"],
    )


_OUTCOMES = {outcome.value[0]: outcome for outcome in Outcome}
_NOVELTIES = {novelty.value[0]: novelty for novelty in Novelty}


def _counts_as_dict(
    bank: str, names: Sequence[str], read: Import, novelties: dict[tuple[str, int], Novelty]
) -> dict[str, Any]:
    fates: list[Fate] = [fate for fate, name in zip(read.fates, names, strict=True) if name == bank]
    outcomes = Counter(fate.outcome for fate in fates)
    drafts = [draft for draft in read.drafts if draft.bank == bank]
    return {
        "bank": bank,
        "accepted": outcomes[Outcome.ACCEPTED],
        "refused": outcomes[Outcome.REFUSED],
        "skipped": outcomes[Outcome.SKIPPED],
        "quarantined": outcomes[Outcome.QUARANTINED],
        "by_kind": Counter(draft.question.kind.value for draft in drafts),
        "by_difficulty": Counter(str(draft.question.difficulty or "") for draft in drafts),
        "by_novelty": Counter(novelties[draft.sheet, draft.row].value for draft in drafts),
    }


def _problem_as_list(problem: Problem, tables: Sequence[Table]) -> list[Any]:
    """A problem without what it quotes of the key's cells: the cell itself is shown beside it."""
    place = problem.place
    message = problem.message
    table = next((t for t in tables if t.sheet == place.sheet), None)
    if table is not None and place.column is not None:
        columns = dict(table.columns)
        secret = {column_letter(columns[name]) for name in _FIELDS_OF_THE_KEY if name in columns}
        if place.column in secret:
            message = _QUOTED.sub("“…”", message)
    return [place.sheet, place.row, place.column, problem.code, message, problem.severity.value]


def column_letter(index: int) -> str:
    """0 → A, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
