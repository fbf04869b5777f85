"""The 11-column Excel twin of the 国标 item format: 鉴定点代码 to 一致性代码, without ID, bank and explanation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from question_bank.formats import workbook
from question_bank.formats.export import Written, fields_of
from question_bank.formats.export_check import not_equal
from question_bank.formats.headings import Column
from question_bank.formats.imports import Import, OptionIds, random_ids
from question_bank.formats.limits import DEFAULT_LIMITS, Limits
from question_bank.formats.text_book import TextBook, place_pictures
from question_bank.outlines.tree import Outline
from question_bank.problems import NOWHERE, Problem, Severity
from question_bank.questions.model import Draft, letter

NAME = "国标格式 Excel 表"

#: The 11 columns in their order (source: the national item bank's Excel form of its item format).
COLUMNS = (
    Column("point", "鉴定点代码"),
    Column("kind", "题目类型代码"),
    Column("stem", "试题(题干)"),
    *(Column(f"option_{one.lower()}", f"选项{one}") for one in "ABCDE"),
    Column("answer", "答案"),
    Column("difficulty", "难度代码"),
    Column("consistency", "一致性代码"),
)
_MORE_OPTIONS = {f"option_{one.lower()}": Column(f"option_{one.lower()}", f"选项{one}") for one in "FGH"}
HELD = frozenset({"point", "difficulty", "consistency"})

#: Fields whose titles show that a table is the twin, and those that show that it is not.
RECOGNISED_BY = frozenset({"point", "kind", "stem", "answer"})
NOT_IN_TWIN = frozenset({"bank", "external_id", "question_id", "explanation"})


def read(
    name: str,
    data: bytes,
    *,
    bank: str | None = None,
    outline: Outline | None = None,
    limits: Limits = DEFAULT_LIMITS,
    new_ids: OptionIds = random_ids,
) -> Import:
    """Drafts of the 11 columns, without IDs.  The codes have a meaning only beside an outline: none given is a warning.

    Arguments and errors as `workbook.read`.
    """
    found = workbook.read(name, data, bank=bank, outline=outline, limits=limits, new_ids=new_ids)
    return with_outline_warning(found, outline)


def with_outline_warning(found: Import, outline: Outline | None) -> Import:
    """The import with the warning that its codes were not checked, where there was no outline to check them."""
    if outline is not None or not found.fates:
        return found
    warning = Problem(
        NOWHERE,
        "outline-needed",
        "国标格式的鉴定点代码须对照要素细目表。现在没有细目表可对照，代码未核对；请先导入并发布细目表。",
        Severity.WARNING,
    )
    return replace(found, problems=(*found.problems, warning))


def write(drafts: Sequence[Draft], pictures: Mapping[str, bytes] | None = None) -> Written:
    """The 11-column workbook of these drafts, options F to H in columns of their own where a question has them.

    Codes stand bare, as the 国标 format writes them.  A picture is written over its row.
    """
    used = {f"option_{letter(i).lower()}" for draft in drafts for i in range(len(draft.question.options))}
    columns = list(COLUMNS)
    columns[8:8] = [column for field, column in _MORE_OPTIONS.items() if field in used]
    rows = [[column.title for column in columns]]
    for draft in drafts:
        texts = fields_of(draft)
        for field in ("kind", "difficulty", "consistency"):
            texts[field] = texts[field][:1]
        rows.append([texts.get(column.field, "") for column in columns])
    book = TextBook()
    sheet = book.sheet("试题", [60 if column.field == "stem" else 14 for column in columns])
    for index, row in enumerate(rows):
        book.write_row(sheet, index, row, book.title if index == 0 else None)
    unplaced = place_pictures(book, sheet, drafts, columns, pictures or {})
    return Written(book.close(), (*not_equal(drafts, rows, columns, HELD, NAME), *unplaced))
