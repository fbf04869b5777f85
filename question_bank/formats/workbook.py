"""The question bank workbook of 17 columns, in all its variants, read into drafts.

To change a column, change the table below; reading and writing both follow it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from question_bank.formats.cells import Cell, examined, has_lost_digits, title_of, visible
from question_bank.formats.headings import LONGEST_TITLE, Column, Heading, field_by_title, find_heading
from question_bank.formats.imports import Fate, Import, OptionIds, Outcome, Table, digest_of, random_ids
from question_bank.formats.limits import DEFAULT_LIMITS, Limits
from question_bank.formats.row import OPTION_FIELDS
from question_bank.formats.row_pictures import RowPictures
from question_bank.formats.rows import FIELDS_WITH_CODES, RowReader
from question_bank.formats.sheets import Sheet, Sheets, formula_problems, read_sheets
from question_bank.outlines.tree import Outline
from question_bank.problems import NOWHERE, Problem, Severity
from question_bank.questions.model import Draft


def _option(letter: str) -> Column:
    return Column(
        f"option_{letter.lower()}",
        f"试题（选项{letter}）",
        (
            f"选项{letter}",
            f"试题选项{letter}",
            f"答案选项{letter}",
            f"备选项{letter}",
            f"{letter}选项",
            f"Option {letter}",
            letter,
        ),
    )


#: The 17 columns in their order (source: the trade's template 题库模板).
COLUMNS = (
    Column("bank", "题库名称", ("题库", "所属题库", "Bank", "Question bank")),
    Column("external_id", "ID", ("题目ID", "编号", "试题编号", "题目编号", "试题代码")),
    Column("sequence", "序号", ("No", "No.", "Seq")),
    Column(
        "point",
        "认定点代码",
        ("鉴定点代码", "知识点代码", "考核点代码", "认定点", "鉴定点", "Point", "Point code"),
    ),
    Column(
        "kind", "题型代码", ("题型", "题目类型", "题目类型代码", "试题类型", "Type", "Kind", "Question type")
    ),
    Column("number", "题号", ("题目序号", "Number")),
    Column(
        "stem",
        "试题（题干）",
        ("题干", "试题", "试题题干", "题目", "试题内容", "题目内容", "题干内容", "Stem", "Question"),
    ),
    *(_option(letter) for letter in "ABCDE"),
    Column("picture", "【图】及位置", ("图", "图及位置", "图片", "图片及位置", "[图]", "Picture", "Image")),
    Column("answer", "正确答案", ("答案", "参考答案", "标准答案", "Answer", "Key", "Correct answer")),
    Column("difficulty", "难度代码", ("难度", "难度系数代码", "难易度", "难度等级", "Difficulty")),
    Column("consistency", "一致性代码", ("一致性", "Consistency")),
    Column("explanation", "解析", ("试题解析", "答案解析", "题目解析", "Explanation", "Analysis")),
)
#: Met besides the 17.  试题ID stands in for ID where that is missing; 试卷ID tells papers of one file apart.
EXTRA_COLUMNS = (
    _option("F"),
    _option("G"),
    _option("H"),
    Column("paper_id", "试卷ID", ("试卷编号", "Paper ID")),
    Column("question_id", "试题ID", ("Question ID",)),
    Column("tags", "行业", ("适用行业", "行业标签", "标签", "Tags")),
)
TITLES = field_by_title((*COLUMNS, *EXTRA_COLUMNS))

_ONLY_TEXT = {str}

#: A header holds one of these sets.
REQUIRED = (
    frozenset({"stem", "answer", "kind"}),
    frozenset({"stem", "answer", "option_a"}),
    frozenset({"stem", "answer", "point"}),
)


def read(
    name: str,
    data: bytes,
    *,
    bank: str | None = None,
    outline: Outline | None = None,
    limits: Limits = DEFAULT_LIMITS,
    new_ids: OptionIds = random_ids,
) -> Import:
    """Read a .xlsx (or .csv) of the 17 columns.  Nothing is saved; a row with an error yields no draft.

    bank: 题库名称 for rows that give none.  outline: codes that it lacks are errors.
    Raises Unreadable where the file as a whole can't be opened.
    """
    return read_tables(
        name, read_sheets(name, data, limits), digest_of(data), bank=bank, outline=outline, new_ids=new_ids
    )


def read_tables(
    name: str,
    sheets: Sheets,
    digest: str,
    *,
    bank: str | None = None,
    outline: Outline | None = None,
    new_ids: OptionIds = random_ids,
) -> Import:
    """As `read`, from tables that are open already."""
    problems: list[Problem] = []
    drafts: list[Draft] = []
    fates: list[Fate] = []
    tables: list[Table] = []
    reader = RowReader(bank=bank or "", outline=outline, new_ids=new_ids)
    images = RowPictures(sheets)
    for sheet in sheets.sheets:
        heading = find_heading(sheet.rows, TITLES, REQUIRED)
        if heading is None:
            if any(any(cell != "" for cell in row) for row in sheet.rows) or sheet.formulas:
                problems.append(
                    _note(
                        sheet,
                        "sheet-skipped",
                        "没有题库的标题行（题干、正确答案、题型代码），已跳过这张工作表。",
                    )
                )
            continue
        columns = dict(heading.columns)
        if "external_id" not in columns and "question_id" in columns:
            columns["external_id"] = columns["question_id"]
        heading = replace(heading, columns=columns)
        tables.append(Table(sheet.name, heading.first_row, heading.titles, tuple(columns.items())))
        _read_sheet(sheet, heading, reader, images, drafts, fates, problems)
    problems.extend([*_about_the_file(tables, drafts, fates), *images.left_over()])
    banks = tuple(dict.fromkeys(draft.bank for draft in drafts if draft.bank))
    return Import(
        name,
        tuple(drafts),
        tuple(fates),
        tuple(problems),
        digest,
        banks,
        tuple(tables),
        tuple(images.quarantined),
        images.named(drafts),
    )


def _read_sheet(
    sheet: Sheet,
    heading: Heading,
    reader: RowReader,
    images: RowPictures,
    drafts: list[Draft],
    fates: list[Fate],
    problems: list[Problem],
) -> None:
    formulas: dict[int, list[Problem]] = {}
    for problem in formula_problems(sheet):
        formulas.setdefault(problem.place.row or 0, []).append(problem)
    columns = heading.columns
    code_columns = [columns[field] for field in FIELDS_WITH_CODES if field in columns]
    option_columns = [columns[field] for field in OPTION_FIELDS if field in columns]
    stem, answer = columns["stem"], columns["answer"]
    header = (title_of(heading.titles[stem]), title_of(heading.titles[answer]))
    reader.begin(sheet, columns)
    last = max([len(sheet.rows), *formulas])
    for row in range(heading.data_row, last + 1):
        cells = sheet.rows[row - 1] if row <= len(sheet.rows) else ()
        texts, suspect = examined(cells)
        found = formulas.get(row, [])
        if not found and not any(texts):
            continue
        shown = tuple(texts)
        answered = shown[answer] if answer < len(shown) else ""
        if (
            len(answered) <= LONGEST_TITLE
            and title_of(answered) == header[1]
            and title_of(shown[stem]) == header[0]
        ):
            fates.append(Fate(sheet.name, row, Outcome.SKIPPED, "", ("header-repeated",), shown))
            continue
        if set(map(type, cells)) != _ONLY_TEXT or "+" in "".join(
            [texts[i] for i in code_columns if i < len(texts)]
        ):
            found = found + _number_faults(sheet, row, cells, texts, code_columns, option_columns)
        faults = images.attach(sheet, row, texts, columns) if images else []
        result = reader.read(row, texts, found, suspect)
        if faults:
            problem = images.quarantine(sheet, row, result.external_id, texts, "".join(faults))
            result = replace(
                result, outcome=Outcome.QUARANTINED, problems=[*result.problems, problem], draft=None
            )
        problem_codes = tuple([problem.code for problem in result.problems]) if result.problems else ()
        external_id = result.external_id
        if "control-character" in problem_codes:
            shown, external_id = tuple(map(visible, shown)), visible(external_id)
        fates.append(Fate(sheet.name, row, result.outcome, external_id, problem_codes, shown))
        problems.extend(result.problems)
        if result.draft is not None:
            drafts.append(result.draft)


def _number_faults(
    sheet: Sheet, row: int, cells: Sequence[Cell], texts: list[str], codes: list[int], options: list[int]
) -> list[Problem]:
    """Numbers where text belongs: digits that are lost, and formats that the file doesn't show us."""
    found = [
        Problem(
            sheet.place(row, index + 1),
            "number-lost-digits",
            f"{texts[index]} 是以数字形式保存的长编码，末尾数字已丢失。请把该列设为“文本”格式后重新填写。",
        )
        for index in codes
        if index < len(cells) and has_lost_digits(cells[index], texts[index])
    ]
    for index in options:
        if (
            index < len(cells)
            and not isinstance(cells[index], str | bool | int)
            and not texts[index].isdigit()
        ):
            found.append(
                Problem(
                    sheet.place(row, index + 1),
                    "number-format-lost",
                    f"单元格是数字或日期，读作“{texts[index]}”。如与表中所见不同（如 5%），请改为文本后重新填写。",
                    Severity.WARNING,
                )
            )
    return found


def _about_the_file(tables: list[Table], drafts: list[Draft], fates: list[Fate]) -> list[Problem]:
    found: list[Problem] = []
    if not tables:
        found.append(
            Problem(
                NOWHERE,
                "no-question-sheet",
                "没有找到题库工作表：前 20 行内应有一行标题，至少含“试题（题干）”“正确答案”“题型代码”。请对照模板检查。",
            )
        )
    elif not fates:
        found.append(Problem(NOWHERE, "no-rows", "标题行下面没有试题。请填写后重新上传。"))
    if any(not draft.bank for draft in drafts):
        found.append(
            Problem(
                NOWHERE,
                "bank-missing",
                "有试题没有题库名称。请在导入时选定或填写题库名称。",
                Severity.WARNING,
            )
        )
    return found


def _note(sheet: Sheet, code: str, message: str) -> Problem:
    return Problem(sheet.place(1), code, message, Severity.WARNING)
