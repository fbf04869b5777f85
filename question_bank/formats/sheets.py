"""A workbook, or a CSV file, as plain tables of cells; opened only after `containers` and `survey` let it pass."""

from __future__ import annotations

import csv
import io
import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree

from python_calamine import CalamineWorkbook

from question_bank.formats.cells import Cell, unquoted
from question_bank.formats.containers import Archive, check_size, extension, open_workbook_archive
from question_bank.formats.drawings import IN_CELL, Picture, drawings_of
from question_bank.formats.limits import DEFAULT_LIMITS, MIB, Limits, Unreadable
from question_bank.formats.survey import SharedTexts, Survey, check_texts, column_letters, survey
from question_bank.problems import Place, Problem

_MAX_DIRECTORY = 4 * MIB
_REL_SUFFIX = "}id"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table.  rows[0] is row 1.  formulas: text of formulas that have no stored value, by (row, column) from 1.

    floating: pictures whose upper edge lies on a row, by row.
    """

    name: str
    rows: Sequence[Sequence[Cell]] = field(repr=False)
    formulas: dict[tuple[int, int], str] = field(default_factory=dict)
    floating: Mapping[int, tuple[Picture, ...]] = field(default_factory=dict)

    def place(self, row: int, column: int | None = None) -> Place:
        """The place of a row, or of a cell: both count from 1."""
        return Place(self.name, row, column_letters(column) if column else None)


@dataclass(frozen=True, slots=True)
class Sheets:
    """All tables of a file in its order.

    in_cells: pictures by the name that cells give them.  lost: how many images stand on no row that we can tell.
    """

    sheets: tuple[Sheet, ...]
    in_cells: Mapping[str, Picture] = field(default_factory=dict)
    lost: int = 0

    def named(self, *names: str) -> Sheet | None:
        """The first sheet of one of these names, white space aside."""
        wanted = {"".join(name.split()) for name in names}
        return next((sheet for sheet in self.sheets if "".join(sheet.name.split()) in wanted), None)


def read_sheets(name: str, data: bytes, limits: Limits = DEFAULT_LIMITS) -> Sheets:
    """Tables of a .xlsx or .csv file.  Raises Unreadable with a sentence that says what to do."""
    return read_csv(name, data, limits) if extension(name) == "csv" else read_workbook(name, data, limits)


def read_workbook(name: str, data: bytes, limits: Limits = DEFAULT_LIMITS) -> Sheets:
    """Tables of a .xlsx file.  Raises Unreadable where the file is not one, is broken, or asks for too much."""
    archive = open_workbook_archive(name, data, limits)
    titles = _titles(archive)
    surveys = _survey_sheets(archive, titles, limits)
    drawings = drawings_of(archive, {part: title for title, part in titles.items()})
    floating = {title: drawings.floating.get(part, {}) for title, part in titles.items()}
    del archive
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = []
        for title in workbook.sheet_names:
            if title not in surveys:
                continue  # a chart or macro sheet
            rows = workbook.get_sheet_by_name(title).to_python(skip_empty_area=False)
            formulas = dict(surveys[title].formulas)
            for row, column in [cell for cell, one in formulas.items() if IN_CELL.search(one)]:
                if drawings.in_cells and row <= len(rows) and column <= len(rows[row - 1]):
                    rows[row - 1][column - 1] = formulas.pop((row, column))
            sheets.append(Sheet(title, rows, formulas, floating[title]))
    except Exception as error:
        raise _broken() from error
    except BaseException as error:
        # A panic of the reader is not an Exception; anything else (an interrupt) goes on its way.
        if type(error).__name__ != "PanicException":
            raise
        raise _broken() from error
    if not sheets:
        raise Unreadable("no-sheets", "工作簿里没有工作表。请检查后重新上传。")
    return Sheets(tuple(sheets), drawings.in_cells, drawings.lost)


def read_csv(name: str, data: bytes, limits: Limits = DEFAULT_LIMITS) -> Sheets:
    """The one table of a CSV file, in UTF-8 or GB 18030.  Raises Unreadable where it is not text."""
    check_size(data, limits)
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")) or b"\x00" in data[:4096]:
        raise Unreadable(
            "not-what-its-name-says", "文件名是 .csv，但内容不是文本。请改用 .xlsx 扩展名或另存为 CSV。"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError as error:
            raise Unreadable(
                "text-encoding", "文本编码不是 UTF-8 或 GB 18030。请另存为 UTF-8 的 CSV。"
            ) from error
    rows: list[list[Cell]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline="")):
            if len(rows) == limits.rows:
                raise Unreadable("too-many-rows", f"超过 {limits.rows} 行。请拆分成几个文件后分别上传。")
            if len(row) > limits.columns:
                raise Unreadable("too-many-columns", f"超过 {limits.columns} 列。请删去右侧无关的列。")
            rows.append([unquoted(text) for text in row])
    except csv.Error as error:
        raise Unreadable(
            "file-corrupt", f"第 {len(rows) + 1} 行不是正确的 CSV。请在 Excel 中另存为 .xlsx。"
        ) from error
    return Sheets((Sheet("CSV", rows),))


def formula_problems(sheet: Sheet) -> list[Problem]:
    """One error for each formula that has no stored value."""
    return [
        Problem(
            sheet.place(row, column),
            "formula-without-value",
            f"公式 ={formula} 没有保存计算结果。请在 Excel 中打开并保存一次，或改为直接填写内容。",
        )
        for (row, column), formula in sorted(sheet.formulas.items())
    ]


def _broken() -> Unreadable:
    return Unreadable(
        "file-corrupt", "工作簿内容已损坏，无法读取。请在 Excel 中打开并另存为 .xlsx 后再上传。"
    )


def _survey_sheets(archive: Archive, titles: dict[str, str], limits: Limits) -> dict[str, Survey]:
    """What stands in each worksheet, by its title.  Every part that holds cells is measured, named or not."""
    if len(titles) > limits.sheets:
        raise Unreadable(
            "too-many-sheets", f"有 {len(titles)} 张工作表，超过上限 {limits.sheets}。请拆分工作簿。"
        )
    shared = next(
        (part for path, part in archive.parts.items() if path.lower().endswith("sharedstrings.xml")), b""
    )
    names = {part: title for title, part in titles.items()}
    surveys: dict[str, Survey] = {}
    measured: list[tuple[str, bytes, Survey]] = []
    for path, part in archive.parts.items():
        if b"sheetData" not in part:
            continue
        title = names.get(path, path)
        surveys[title] = survey(title, part, limits)
        measured.append((title, part, surveys[title]))
    check_texts(measured, SharedTexts(shared), limits)
    return {title: surveys[title] for title in titles if title in surveys}


def _titles(archive: Archive) -> dict[str, str]:
    """Part by sheet title, in the order of the workbook."""
    relations = _markup(archive, "xl/_rels/workbook.xml.rels")
    targets = {
        one.get("Id", ""): posixpath.normpath(
            posixpath.join("xl", one.get("Target", "")).replace("\\", "/")
        ).lstrip("/")
        for one in relations.iter()
        if one.tag.endswith("}Relationship")
    }
    titles: dict[str, str] = {}
    for element in _markup(archive, "xl/workbook.xml").iter():
        if element.tag.endswith("}sheet"):
            relation = next((value for key, value in element.attrib.items() if key.endswith(_REL_SUFFIX)), "")
            titles[element.get("name", "")] = targets.get(relation, "")
    if not titles:
        raise Unreadable("no-sheets", "工作簿里没有工作表。请检查后重新上传。")
    return titles


def _markup(archive: Archive, path: str) -> ElementTree.Element:
    part = archive.parts.get(path, b"")
    if not part or len(part) > _MAX_DIRECTORY:
        raise _broken()
    try:
        return ElementTree.fromstring(part)  # entities were refused with the archive
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise _broken() from error
