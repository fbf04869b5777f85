"""Whether rows that were written for drafts give these drafts back: by reading them as the reader does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from question_bank.formats import losses
from question_bank.formats.headings import Column
from question_bank.formats.imports import random_ids
from question_bank.formats.sheets import Sheet, Sheets
from question_bank.formats.workbook import read_tables
from question_bank.problems import Problem, Severity
from question_bank.questions.model import Draft, content_hash

SHEET = "题库模板"

#: What Excel holds in one cell.
LONGEST_TEXT = 32_767


def not_equal(
    drafts: Sequence[Draft],
    rows: list[list[str]],
    columns: Sequence[Column],
    held: frozenset[str],
    format_name: str,
    longest: int = LONGEST_TEXT,
) -> tuple[Problem, ...]:
    """A warning for what a draft has that the format has no place for, and for each that would not read back the same.

    rows: the titles and one row a draft.  held: what the format has a place for (see `losses`).
    """
    sheet = Sheet(SHEET, rows)
    again = read_tables("", Sheets((sheet,)), "", new_ids=random_ids)
    back = {draft.row: draft for draft in again.drafts}
    why = defaultdict(list)
    for problem in again.problems:
        if problem.is_error and problem.place.row:
            why[problem.place.row].append(problem.message)
    found: list[Problem] = []
    for row, draft in enumerate(drafts, start=2):
        if lost := losses.sentence(draft, held, format_name):
            message = f"试题 {draft.external_id or row}：{lost}"
            found.append(Problem(sheet.place(row), "not-held", message, Severity.WARNING))
        other = back.get(row)
        if other is None or not _equal(losses.without(draft, held), losses.without(other, held)):
            reason = "".join(why[row]) or "请检查首尾空格、依据中的分号、空位写法等。"
            message = f"试题 {draft.external_id or row} 写入表格后不能原样读回。{reason}"
            found.append(Problem(sheet.place(row), "not-equal-on-return", message, Severity.WARNING))
        for index, text in enumerate(rows[row - 1]):
            if len(text) > longest:
                message = f"{columns[index].title}超过 {longest} 个字符，表格中已截断。请缩短或拆分。"
                found.append(Problem(sheet.place(row, index + 1), "text-cut", message, Severity.WARNING))
    return tuple(found)


def _equal(one: Draft, other: Draft) -> bool:
    return (one.bank, one.external_id) == (other.bank, other.external_id) and content_hash(
        one.question, one.key
    ) == content_hash(other.question, other.key)
