"""Write drafts as the 17-column workbook, and a file that was read back with what was found in it."""

from __future__ import annotations

import datetime as dt
import io
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import xlsxwriter

from question_bank.formats.answers import BLANK_SEPARATORS, blanks_of, with_prefixes
from question_bank.formats.headings import Column
from question_bank.formats.imports import Import, Outcome, random_ids
from question_bank.formats.sheets import Sheet, Sheets
from question_bank.formats.survey import column_number
from question_bank.formats.workbook import COLUMNS, EXTRA_COLUMNS, read_tables
from question_bank.problems import Problem, Severity
from question_bank.questions.kinds import Kind
from question_bank.questions.model import Draft, Key, content_hash, letter

SHEET = "题库模板"
FINDINGS_TITLE = "导入意见"

#: What Excel holds in one cell.
LONGEST_TEXT = 32_767

#: A cell that starts so could run as a formula once somebody edits it.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_DIFFICULTIES = ("1（很简单）", "2（简单）", "3（中等）", "4（困难）", "5（很难）")
_CONSISTENCIES = ("1（很低）", "2（低）", "3（中）", "4（高）", "5（很高）")
_WIDTHS = {"bank": 22, "external_id": 20, "point": 14, "kind": 13, "stem": 60, "explanation": 40}
_OUTCOMES = {Outcome.ACCEPTED: "可导入", Outcome.REFUSED: "未导入", Outcome.SKIPPED: "已跳过"}


@dataclass(frozen=True, slots=True)
class Written:
    """A workbook's bytes.  problems: what the format can't hold exactly, by the row of the workbook written."""

    data: bytes
    problems: tuple[Problem, ...]


def write(drafts: Sequence[Draft]) -> Written:
    """The 17-column workbook of these drafts: text cells only, the same bytes for the same drafts.

    Reading it gives equal drafts (`content_hash`) wherever no problem is reported.  Drafts without a bank come first,
    for a blank 题库名称 means "as above".
    """
    ordered = sorted(drafts, key=lambda draft: draft.bank != "")
    used = {f"option_{letter(i).lower()}" for draft in ordered for i in range(len(draft.question.options))}
    columns = list(COLUMNS)
    last_option = max(index for index, column in enumerate(columns) if column.field.startswith("option_"))
    columns[last_option + 1 : last_option + 1] = [column for column in EXTRA_COLUMNS if column.field in used]
    if any(draft.question.tags for draft in ordered):
        columns.extend(column for column in EXTRA_COLUMNS if column.field == "tags")
    rows = [[column.title for column in columns]]
    for number, draft in enumerate(ordered, start=1):
        texts = fields_of(draft)
        texts["sequence"] = str(number)
        rows.append([texts.get(column.field, "") for column in columns])
    return Written(_bank_workbook(columns, rows), _not_equal(ordered, rows, columns))


def fields_of(draft: Draft) -> dict[str, str]:
    """The text of every column for one draft."""
    question, key = draft.question, draft.key
    explanation = key.explanation
    if question.sources:
        explanation = f"{explanation}\n依据：{'；'.join(question.sources)}".lstrip("\n")
    texts = {
        "bank": draft.bank,
        "external_id": draft.external_id,
        "point": question.point,
        "kind": f"{question.kind.value}（{question.kind.label}）",
        "stem": question.stem,
        "picture": question.picture,
        "answer": _answer(draft),
        "difficulty": _DIFFICULTIES[question.difficulty - 1] if question.difficulty else "",
        "consistency": _CONSISTENCIES[question.consistency - 1] if question.consistency else "",
        "explanation": explanation,
        "tags": "、".join(question.tags),
    }
    contents = with_prefixes([option.content for option in question.options])
    texts.update({f"option_{letter(index).lower()}": content for index, content in enumerate(contents)})
    return texts


def _answer(draft: Draft) -> str:
    question, key = draft.question, draft.key
    if question.kind.has_options:
        return ",".join(letter(i) for i, option in enumerate(question.options) if option.id in key.options)
    if question.kind is Kind.JUDGEMENT:
        return {True: "正确", False: "错误", None: ""}[key.truth]
    return _blanks(key) if question.kind is Kind.BLANK else key.model_answer


def _blanks(key: Key) -> str:
    """The answers with the first separator that reads back the same; with the usual one where none does."""
    written = [
        separator.join("|".join(accepted) for accepted in key.blanks) for separator in BLANK_SEPARATORS
    ]
    exact = (text for text in written if blanks_of(text, len(key.blanks)) == key.blanks)
    return next(exact, written[0])


def _not_equal(
    drafts: Sequence[Draft], rows: list[list[str]], columns: Sequence[Column]
) -> tuple[Problem, ...]:
    """A warning for each draft that would not read back the same, by reading the rows again."""
    sheet = Sheet(SHEET, rows)
    again = read_tables("", Sheets((sheet,)), "", new_ids=random_ids)
    back = {draft.row: draft for draft in again.drafts}
    why = defaultdict(list)
    for problem in again.problems:
        if problem.is_error and problem.place.row:
            why[problem.place.row].append(problem.message)
    found: list[Problem] = []
    for row, draft in enumerate(drafts, start=2):
        other = back.get(row)
        if other is None or not _equal(draft, other):
            reason = "".join(why[row]) or "请检查首尾空格、依据中的分号、空位写法等。"
            message = f"试题 {draft.external_id or row} 写入表格后不能原样读回。{reason}"
            found.append(Problem(sheet.place(row), "not-equal-on-return", message, Severity.WARNING))
        for index, text in enumerate(rows[row - 1]):
            if len(text) > LONGEST_TEXT:
                message = f"{columns[index].title}超过 {LONGEST_TEXT} 个字符，表格中已截断。请缩短或拆分。"
                found.append(Problem(sheet.place(row, index + 1), "text-cut", message, Severity.WARNING))
    return tuple(found)


def _equal(one: Draft, other: Draft) -> bool:
    return (one.bank, one.external_id) == (other.bank, other.external_id) and content_hash(
        one.question, one.key
    ) == content_hash(other.question, other.key)


def _bank_workbook(columns: Sequence[Column], rows: list[list[str]]) -> bytes:
    book = TextBook()
    sheet = book.sheet(SHEET, [_WIDTHS.get(column.field, 12) for column in columns])
    for index, row in enumerate(rows):
        book.write_row(sheet, index, row, book.title if index == 0 else None)
    return book.close()


def write_findings(imported: Import) -> bytes:
    """The tables of a file as they were read, with a column 导入意见; bad cells red, doubtful ones yellow."""
    book = TextBook()
    by_row: dict[tuple[str | None, int | None], list[Problem]] = defaultdict(list)
    for problem in imported.problems:
        by_row[problem.place.sheet, problem.place.row].append(problem)
    shown = {(fate.sheet, fate.row) for fate in imported.fates}
    for table in imported.tables:
        fates = [fate for fate in imported.fates if fate.sheet == table.sheet]
        width = max([len(table.titles), *(len(fate.cells) for fate in fates)])
        sheet = book.sheet(table.sheet, [16] * width + [60])
        titles = [*table.titles, *[""] * (width - len(table.titles)), FINDINGS_TITLE]
        book.write_row(sheet, 0, titles, book.title)
        for index, fate in enumerate(fates, start=1):
            problems = by_row[fate.sheet, fate.row]
            book.write_row(sheet, index, fate.cells)
            for problem in problems:
                column = column_number(problem.place.column or "A") - 1
                if problem.place.column and column < width:
                    text = fate.cells[column] if column < len(fate.cells) else ""
                    book.write(sheet, index, column, text, book.bad if problem.is_error else book.doubtful)
            sentences = [
                f"{problem.place.column or ''}{'列：' if problem.place.column else ''}{problem.message}"
                for problem in problems
            ]
            outcome = f"原第 {fate.row} 行：{_OUTCOMES[fate.outcome]}"
            book.write(sheet, index, width, "\n".join([outcome, *sentences]))
    general = [
        problem for problem in imported.problems if (problem.place.sheet, problem.place.row) not in shown
    ]
    sheet = book.sheet(FINDINGS_TITLE, [24, 100])
    book.write_row(sheet, 0, ["位置", FINDINGS_TITLE], book.title)
    for index, problem in enumerate(general, start=1):
        book.write_row(sheet, index, [str(problem.place) or "整个文件", problem.message])
    return book.close()


class TextBook:
    """A workbook in which every cell is text, so that nothing in it can become a formula, a link or a number."""

    def __init__(self) -> None:
        self._stream = io.BytesIO()
        self._book = xlsxwriter.Workbook(
            self._stream,
            {
                "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        # A fixed date, so that the same content is the same file.
        self._book.set_properties({"created": dt.datetime(2000, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None)})
        text = {"num_format": "@", "text_wrap": True, "valign": "top"}
        self._text = self._book.add_format(text)
        self._quoted = self._book.add_format({**text, "quote_prefix": True})
        self.title = self._book.add_format({**text, "bold": True, "bg_color": "#D9E2F3"})
        self.bad = self._book.add_format({**text, "quote_prefix": True, "bg_color": "#F8CBAD"})
        self.doubtful = self._book.add_format({**text, "quote_prefix": True, "bg_color": "#FFF2CC"})
        self._names: set[str] = set()

    def sheet(self, name: str, widths: Sequence[float]) -> Any:
        """A new sheet of these column widths, its first row frozen.  Names are made valid and unique."""
        valid = (
            "".join("_" if character in "[]:*?/\\" else character for character in name).strip("'")[:31]
            or "Sheet"
        )
        unique, number = valid, 1
        while unique.lower() in self._names:
            number += 1
            unique = f"{valid[:27]}({number})"
        self._names.add(unique.lower())
        sheet = self._book.add_worksheet(unique)
        for index, width in enumerate(widths):
            sheet.set_column(index, index, width, self._text)
        sheet.freeze_panes(1, 0)
        return sheet

    def write_row(self, sheet: Any, row: int, texts: Sequence[str], style: Any = None) -> None:
        """Texts from the first column on; empty ones leave the cell empty."""
        for column, text in enumerate(texts):
            if text:
                self.write(sheet, row, column, text, style)

    def write(self, sheet: Any, row: int, column: int, text: str, style: Any = None) -> None:
        """One text cell.  What starts like a formula is marked as quoted text, as Excel itself does for '=…."""
        if style is None:
            style = self._quoted if text.startswith(_FORMULA_STARTS) else self._text
        if text:
            sheet.write_string(row, column, text[:LONGEST_TEXT], style)
        else:
            sheet.write_blank(row, column, None, style)

    def close(self) -> bytes:
        """The workbook's bytes."""
        self._book.close()
        return self._stream.getvalue()
