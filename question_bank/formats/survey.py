"""What a sheet's markup holds, measured before it is read: extent, repeated texts, formulas without a value.

The reader allocates a rectangle up to the last cell and copies a shared text into every cell that names it.  A tiny
file can therefore ask for terabytes, and a failed allocation ends the whole process; so both are measured first.
A quick look by pattern is enough for what Excel, WPS, LibreOffice, POI, openpyxl and XlsxWriter write; a sheet that
is written otherwise or that looks too large is walked element by element.  The texts are added up only where as many
cells as there are, each with the longest shared text, would be too much.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from xml.parsers import expat

from question_bank.formats.limits import MIB, Limits, Unreadable
from question_bank.problems import Place

_ROW = re.compile(rb'<row r="(\d{1,9})"')
_ANY_ROW = re.compile(rb"<row[\s/>]")
_WIDE_CELL = re.compile(rb'<c r="([A-Z]{2,})\d')
#: Formulas, declarations, cells without an attribute, names with a prefix.  What is usual is passed over first.
_UNUSUAL = re.compile(
    rb"<(?!c r=|/|v>|row r)(?:f[\s/>]|!|c[>/\t\n\r\x0b\x0c]|[A-Za-z_][\w.-]*:(?:c|row|f)[\s/>])"
)
_SHARED = re.compile(rb't="s"[^>]*><v>(\d{1,9})</v>')
_ANY_SHARED = re.compile(rb"""\st\s*=\s*["']s["']""")
_STRING_START = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?si[\s/>]")
_CELL_REFERENCE = re.compile(r"([A-Z]{1,4})(\d{1,9})$")


@dataclass(slots=True)
class Survey:
    """rows, columns: of the last cell with a value.  formulas: text by (row, column) from 1, only where no value.

    walked: whether every element was looked at; only then cells (with a value) and shared (numbers of texts) are known.
    """

    walked: bool = False
    cells: int = 0
    rows: int = 0
    columns: int = 0
    formulas: dict[tuple[int, int], str] = field(default_factory=dict)
    shared: list[int] = field(default_factory=list)


class SharedTexts:
    """The shared texts of a workbook, by their sizes in bytes.  longest: at least the size of the longest."""

    def __init__(self, part: bytes) -> None:
        self._part = part
        # Pieces that begin otherwise than <si> run together here, which makes them longer, never shorter.
        self.longest = max(map(len, part.split(b"<si>")))

    @cached_property
    def sizes(self) -> list[int]:
        """The size of every text, by its number."""
        return [len(piece) for piece in _STRING_START.split(self._part)[1:]]


def survey(sheet: str, part: bytes, limits: Limits) -> Survey:
    """The extent and valueless formulas of a sheet.  Raises Unreadable where it is broken or above the limits."""
    place = Place(sheet)
    found = _walk(part, place) if _needs_walk(part, limits) else Survey()
    if found.rows > limits.rows:
        raise Unreadable(
            "too-many-rows",
            f"有 {found.rows} 行，超过上限 {limits.rows} 行。请拆分成几个文件后分别上传。",
            place,
        )
    if found.columns > limits.columns:
        raise Unreadable(
            "too-many-columns",
            f"有 {found.columns} 列，超过上限 {limits.columns} 列。请删去右侧无关的列。",
            place,
        )
    return found


def check_texts(parts: Sequence[tuple[str, bytes, Survey]], texts: SharedTexts, limits: Limits) -> None:
    """Raise Unreadable where the shared texts of all cells, repeats counted, are above the limit.  parts: name, part, survey."""
    most = sum(
        (found.cells if found.walked else part.count(b"<c ")) * texts.longest for _, part, found in parts
    )
    if most <= limits.text_bytes:
        return
    total = 0
    for sheet, part, found in parts:
        size = _sum_of_texts(part, found, texts.sizes, Place(sheet))
        if size > limits.text_bytes:
            raise Unreadable(
                "too-much-text",
                f"单元格文字合计 {size // MIB} MB，过大。请删去重复的长文字后再上传。",
                Place(sheet),
            )
        total += size
        if total > limits.text_bytes:
            raise Unreadable("too-much-text", "各工作表文字合计过大。请拆分成几个文件后分别上传。")


def _sum_of_texts(part: bytes, found: Survey, sizes: list[int], place: Place) -> int:
    if not found.walked and len(_SHARED.findall(part)) != len(_ANY_SHARED.findall(part)):
        found = _walk(part, place)
    numbers = found.shared if found.walked else map(int, _SHARED.findall(part))
    return sum(sizes[number] for number in numbers if number < len(sizes))


def _needs_walk(part: bytes, limits: Limits) -> bool:
    if b"&#" in part or _UNUSUAL.search(part):
        return True
    rows = _ROW.findall(part)
    if len(rows) != len(_ANY_ROW.findall(part)) or max(map(int, rows), default=0) > limits.rows:
        return True
    if part.count(b"<c ") != part.count(b'<c r="'):
        return True
    return any(column_number(name.decode()) > limits.columns for name in set(_WIDE_CELL.findall(part)))


def column_number(letters: str) -> int:
    """A → 1, AA → 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """1 → A, 27 → AA."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


class _Walk:
    """The state of one pass over a sheet's elements."""

    def __init__(self) -> None:
        self.found = Survey(walked=True)
        self.row = self.column = 0
        self.shared = self.has_formula = False
        self.taking = ""
        self.formula: list[str] = []
        self.value: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "row":
            self.row = int(attributes["r"]) if attributes.get("r", "").isdigit() else self.row + 1
            self.column = 0
        elif local == "c":
            match = _CELL_REFERENCE.match(attributes.get("r", ""))
            if match:
                self.column, self.row = column_number(match[1]), int(match[2])
            else:
                self.column += 1
            self.shared, self.has_formula, self.taking = attributes.get("t") == "s", False, ""
            self.formula, self.value = [], []
        elif local == "f":
            self.has_formula, self.taking = True, "f"
        elif local in ("v", "t"):
            self.taking = "v"

    def text(self, chunk: str) -> None:
        if self.taking == "v":
            self.value.append(chunk)
        elif self.taking == "f":
            self.formula.append(chunk)

    def end(self, name: str) -> None:
        local = name.rpartition(":")[2]
        if local in ("v", "t", "f"):
            self.taking = ""
        elif local == "c":
            self._close_cell()

    def _close_cell(self) -> None:
        value = "".join(self.value)
        if not value and not self.has_formula:
            return
        found = self.found
        found.cells += 1
        found.rows = max(found.rows, self.row)
        found.columns = max(found.columns, self.column)
        if self.has_formula and not value.strip():
            found.formulas[(self.row, self.column)] = "".join(self.formula)
        elif self.shared and value.isdigit():
            found.shared.append(int(value))


def _walk(part: bytes, place: Place) -> Survey:
    state = _Walk()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = state.start
    parser.EndElementHandler = state.end
    parser.CharacterDataHandler = state.text
    try:
        parser.Parse(part, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise Unreadable(
            "sheet-corrupt", "工作表内容已损坏。请在 Excel 中打开并另存后再上传。", place
        ) from error
    return state.found
