"""Response matrices and keys from CSV files, with the line and column of whatever is wrong.

Responses: a header of item names, then one row a person.  Cells are points, or with a key the options chosen; an empty
cell (or NA) means not presented; with a key, "-" means presented and left blank.  A first column without a name holds
the names of the persons.  Files may be UTF-8 (with or without BOM) or GB 18030 (of which GBK is a part).
"""

import csv
import io
import math
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from question_bank.psychometrics.options import Choices
from question_bank.psychometrics.responses import ResponseMatrix

_NOT_PRESENTED = frozenset({"", "NA", "NAN"})
_OMITTED = "-"
_LETTERS = re.compile(r"[A-H]([\s,;、/]*[A-H])+")


class UnreadableTable(ValueError):
    """A file that cannot be read as a table of responses.  The message is one line, for the person who gave it."""


@dataclass(frozen=True)
class CsvTable:
    """name: of the file, for messages.  header: stripped cells.  rows: cells as written.  lines: of each row, from 1."""

    name: str
    header: tuple[str, ...]
    rows: tuple[list[str], ...]
    lines: tuple[int, ...]


def read_table(path: Path) -> CsvTable:
    """The cells of a CSV file.  Blank lines are passed over.

    Raises UnreadableTable for a file that is missing, empty or of another encoding, and for rows whose length differs
    from the header's.
    """
    text = _decode(path)
    # strict: an unclosed quotation mark is an error, not an excuse to swallow the rest of the file.
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        for row in reader:
            if row:
                rows.append(row)
                lines.append(reader.line_num)
    except csv.Error as error:
        raise UnreadableTable(f"{path.name} 第 {reader.line_num} 行：不是合格的 CSV({error})。") from None
    if not rows:
        raise UnreadableTable(f"{path.name}：文件是空的。")
    width = len(rows[0])
    for row, line in zip(rows, lines, strict=True):
        if len(row) != width:
            raise UnreadableTable(f"{path.name} 第 {line} 行：应有 {width} 列，实有 {len(row)} 列。")
    return CsvTable(path.name, tuple(cell.strip() for cell in rows[0]), tuple(rows[1:]), tuple(lines[1:]))


def read_responses(path: Path, maximum: Path | None = None) -> ResponseMatrix:
    """Scores from a file of points.  The items' maxima come from `maximum`, laid out like a key, or are the highest
    scores reached.

    Raises UnreadableTable.
    """
    table, persons = _responses_table(read_table(path))
    scores = np.empty((len(table.rows), len(table.header)))
    points_of: dict[str, float] = {}  # few cells differ, so each spelling is read once
    for i, row in enumerate(table.rows):
        for j, cell in enumerate(row):
            if cell not in points_of:
                points_of[cell] = _points(table, i, j, cell)
        scores[i] = [points_of[cell] for cell in row]
    highest = None
    if maximum is not None:
        of_items = _by_item(read_table(maximum), table.header, "满分")
        highest = np.array([_maximum(maximum.name, item, of_items[item]) for item in table.header])
        above = scores > highest
        if above.any():
            i, j = (int(x) for x in np.argwhere(above)[0])
            raise UnreadableTable(
                f"{_place(table, i, j)}：得分 {scores[i, j]:g} 超过该题满分 {highest[j]:g}。"
            )
    return ResponseMatrix.from_scores(scores, items=table.header, maximum=highest, persons=persons)


def read_choices(path: Path, key: Path) -> tuple[Choices, tuple[str, ...], tuple[str, ...] | None]:
    """The options chosen, the key in the order of the items, and the persons' names if there are any.

    The key is either rows of item,key (with or without that header) or a header of items over one row of keys.
    Letters are compared without regard to case or width; the letters of an item with several right options in any order.

    Raises UnreadableTable.
    """
    table, persons = _responses_table(read_table(path))
    by_item = _by_item(read_table(key), table.header, "答案")
    keys = tuple(_label(by_item[item]) for item in table.header)
    for item, label in zip(table.header, keys, strict=True):
        if label in _NOT_PRESENTED or label == _OMITTED:
            raise UnreadableTable(f"{key.name}：题目“{item}”的答案是空的。")
    normalised: dict[str, str] = {}
    rows: list[list[str | None]] = []
    for row in table.rows:
        for cell in row:
            if cell not in normalised:
                normalised[cell] = _label(cell)
        rows.append([normalised[cell] for cell in row])
    presented = np.array([[label not in _NOT_PRESENTED for label in row] for row in rows])
    answers = [[None if label == _OMITTED else label for label in row] for row in rows]
    return Choices.from_labels(answers, table.header, presented), keys, persons


def _decode(path: Path) -> str:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise UnreadableTable(f"{path}：没有这个文件。") from None
    except OSError as error:
        raise UnreadableTable(f"{path}：文件打不开({error.strerror})。") from None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableTable(f"{path.name}：编码既不是 UTF-8 也不是 GBK，请另存为 CSV UTF-8。")


def _responses_table(table: CsvTable) -> tuple[CsvTable, tuple[str, ...] | None]:
    """The table without the unnamed first column, and that column."""
    persons = None
    if len(table.header) > 1 and table.header[0] == "":
        persons = tuple(row[0].strip() for row in table.rows)
        table = CsvTable(table.name, table.header[1:], tuple(row[1:] for row in table.rows), table.lines)
    for j, item in enumerate(table.header):
        if not item:
            raise UnreadableTable(f"{table.name} 第 1 行：第 {j + 1} 列没有题目名。")
    repeated = _first_repeated(table.header)
    if repeated is not None:
        raise UnreadableTable(f"{table.name} 第 1 行：题目名“{repeated}”重复。")
    if not table.rows:
        raise UnreadableTable(f"{table.name}：只有表头，没有考生的作答。")
    return table, persons


def _points(table: CsvTable, i: int, j: int, cell: str) -> float:
    text = cell.strip()
    if text.upper() in _NOT_PRESENTED:
        return math.nan
    try:
        # Python reads 1_000 as a number; nobody who fills in a table means that.
        points = math.inf if "_" in text else float(text)
    except ValueError:
        points = math.inf
    if not math.isfinite(points):
        raise UnreadableTable(
            f"{_place(table, i, j)}：“{_short(text)}”不是数字；若是选项，请用 --key 给出答案。"
        )
    if points < 0:
        raise UnreadableTable(f"{_place(table, i, j)}：得分 {text} 小于 0。")
    return points


def _maximum(name: str, item: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise UnreadableTable(f"{name}：题目“{item}”的满分“{_short(text)}”应为大于 0 的数字。")
    return value


def _by_item(table: CsvTable, items: tuple[str, ...], what: str) -> dict[str, str]:
    """What a file says of each item, in either layout; other items are passed over."""
    wanted = set(items)
    if len(table.rows) == 1 and wanted <= set(table.header):
        names, values = list(table.header), table.rows[0]
    elif len(table.header) == 2:
        rows = [list(table.header), *table.rows]
        if table.header[0] not in wanted:
            rows = rows[1:]
        names, values = [row[0].strip() for row in rows], [row[1] for row in rows]
    elif wanted & set(table.header):
        names, values = list(table.header), table.rows[0] if len(table.rows) == 1 else []
    else:
        names, values = [], []
    if not values:
        raise UnreadableTable(f"{table.name}：应为每行“题目,{what}”两列，或一行题目名加一行{what}。")
    repeated = _first_repeated([name for name in names if name])
    if repeated is not None:
        raise UnreadableTable(f"{table.name}：题目“{repeated}”重复。")
    found = dict(zip(names, values, strict=True))
    missing = [item for item in items if item not in found]
    if missing:
        raise UnreadableTable(f"{table.name}：缺少题目“{missing[0]}”的{what}(共缺 {len(missing)} 题)。")
    return {item: found[item].strip() for item in items}


def _label(cell: str) -> str:
    """The answer in its one spelling: "b、 A" and "ＡＢ" are both AB."""
    text = unicodedata.normalize("NFKC", cell).strip().upper()
    if _LETTERS.fullmatch(text):
        return "".join(sorted(set(re.sub(r"[^A-H]", "", text))))
    return text


def _place(table: CsvTable, i: int, j: int) -> str:
    return f"{table.name} 第 {table.lines[i]} 行，题目“{table.header[j]}”"


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 20 else flat[:20] + "…"


def _first_repeated(names: tuple[str, ...] | list[str]) -> str | None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None
