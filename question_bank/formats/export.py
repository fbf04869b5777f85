"""Write drafts as the 17-column workbook, and a file that was read back with what was found in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from question_bank.formats.answers import BLANK_SEPARATORS, blanks_of, with_prefixes
from question_bank.formats.export_check import SHEET, not_equal
from question_bank.formats.headings import Column
from question_bank.formats.imports import Import, Outcome
from question_bank.formats.survey import column_number
from question_bank.formats.text_book import TextBook, place_pictures
from question_bank.formats.workbook import COLUMNS, EXTRA_COLUMNS
from question_bank.problems import Problem
from question_bank.questions.kinds import Kind
from question_bank.questions.model import Draft, Key, letter

FINDINGS_TITLE = "导入意见"

#: What a draft may have besides its kind, stem, options and answer, and this table has a column for.
HELD = frozenset(
    {"bank", "external_id", "point", "difficulty", "consistency", "sources", "picture", "tags", "explanation"}
)

_DIFFICULTIES = ("1（很简单）", "2（简单）", "3（中等）", "4（困难）", "5（很难）")
_CONSISTENCIES = ("1（很低）", "2（低）", "3（中）", "4（高）", "5（很高）")
_WIDTHS = {"bank": 22, "external_id": 20, "point": 14, "kind": 13, "stem": 60, "explanation": 40}
_OUTCOMES = {
    Outcome.ACCEPTED: "可导入",
    Outcome.REFUSED: "未导入",
    Outcome.SKIPPED: "已跳过",
    Outcome.QUARANTINED: "已隔离",
}


@dataclass(frozen=True, slots=True)
class Written:
    """A workbook's bytes.  problems: what the format can't hold exactly, by the row of the workbook written."""

    data: bytes
    problems: tuple[Problem, ...]


def write(drafts: Sequence[Draft], pictures: Mapping[str, bytes] | None = None) -> Written:
    """The 17-column workbook of these drafts: text cells only, the same bytes for the same drafts.

    Reading it gives equal drafts (`content_hash`) wherever no problem is reported.  Drafts without a bank come first,
    for a blank 题库名称 means "as above".  pictures: bytes by the digest that texts name; they float over their rows.
    """
    ordered = sorted(drafts, key=lambda draft: draft.bank != "")
    columns = columns_for(ordered)
    rows = rows_for(ordered, columns)
    book = TextBook()
    sheet = book.sheet(SHEET, [_WIDTHS.get(column.field, 12) for column in columns])
    for index, row in enumerate(rows):
        book.write_row(sheet, index, row, book.title if index == 0 else None)
    unplaced = place_pictures(book, sheet, ordered, columns, pictures or {})
    return Written(book.close(), (*not_equal(ordered, rows, columns, HELD, "题库工作簿"), *unplaced))


def columns_for(drafts: Sequence[Draft]) -> list[Column]:
    """The 17 columns and those besides that these drafts need."""
    used = {f"option_{letter(i).lower()}" for draft in drafts for i in range(len(draft.question.options))}
    columns = list(COLUMNS)
    last_option = max(index for index, column in enumerate(columns) if column.field.startswith("option_"))
    columns[last_option + 1 : last_option + 1] = [column for column in EXTRA_COLUMNS if column.field in used]
    if any(draft.question.tags for draft in drafts):
        columns.extend(column for column in EXTRA_COLUMNS if column.field == "tags")
    return columns


def rows_for(drafts: Sequence[Draft], columns: Sequence[Column]) -> list[list[str]]:
    """The titles, then a row of texts for each draft."""
    rows = [[column.title for column in columns]]
    for number, draft in enumerate(drafts, start=1):
        texts = fields_of(draft)
        texts["sequence"] = str(number)
        rows.append([texts.get(column.field, "") for column in columns])
    return rows


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
        "answer": answer_of(draft),
        "difficulty": _DIFFICULTIES[question.difficulty - 1] if question.difficulty else "",
        "consistency": _CONSISTENCIES[question.consistency - 1] if question.consistency else "",
        "explanation": explanation,
        "tags": "、".join(question.tags),
    }
    contents = with_prefixes([option.content for option in question.options])
    texts.update({f"option_{letter(index).lower()}": content for index, content in enumerate(contents)})
    return texts


def answer_of(draft: Draft) -> str:
    """The cell 正确答案 of a draft."""
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
