"""Candidate lists as people send them, pasted lines or a table, read into rows with their fate.

Columns 姓名, 证件号码, 工作单位: by their titles where there is a header, else in this order.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from question_bank.formats.cells import clean, control_character, has_lost_digits, text_of, texts_of
from question_bank.formats.headings import Column, columns_of, field_by_title, find_heading
from question_bank.formats.limits import Limits, Unreadable
from question_bank.formats.sheets import read_sheets
from question_bank.rules.identity_number import faults, masked, normalised

COLUMNS = (
    Column("name", "姓名", ("考生姓名", "名字", "Name", "real_name")),
    Column("identity", "证件号码", ("身份证号", "身份证号码", "证件号", "公民身份号码", "ID", "Identity")),
    Column("employer", "工作单位", ("单位", "单位名称", "公司", "所在单位", "Employer", "Company")),
)
_KNOWN = field_by_title(COLUMNS)
_REQUIRED = (frozenset({"name", "identity"}),)
_SEPARATORS = re.compile(r"[\t,，;；|]")
MOST_ROWS = 5_000
LIMITS = Limits(rows=MOST_ROWS + 50)
#: Faults that a made-up number of the samples may have; a number of the wrong shape is refused everywhere.
_FORGIVEN_IN_SAMPLES = frozenset({"province", "birth-date", "check-digit"})


@dataclass(frozen=True, slots=True)
class Line:
    """One candidate as sent.  place: what the page calls the row, counting from 1.  lost: digits were lost on the way."""

    place: int
    name: str
    identity: str
    employer: str
    lost: bool = False


class Fate(StrEnum):
    """ENROL: comes in.  WARN: comes in, and somebody should look.  REFUSE: stays out."""

    ENROL = "enrol"
    WARN = "warn"
    REFUSE = "refuse"


class Why(StrEnum):
    """What there is to say about a row."""

    NO_NAME = "no-name"
    NO_IDENTITY = "no-identity"
    LOST_DIGITS = "lost-digits"
    BAD_TEXT = "bad-text"
    BAD_IDENTITY = "bad-identity"
    SAMPLE_IDENTITY = "sample-identity"
    TWICE = "twice"
    ENROLLED = "enrolled"
    WITHDRAWN = "withdrawn"
    NAME_DIFFERS = "name-differs"


@dataclass(frozen=True, slots=True)
class Row:
    """One line with its fate.  masked: the identity number as it may be shown."""

    line: Line
    fate: Fate
    why: tuple[Why, ...]

    @property
    def masked(self) -> str:
        return masked(self.line.identity)


@dataclass(frozen=True, slots=True)
class Known:
    """What the site knows of an identity number: the person's name, and where they stand in this sitting."""

    name: str
    is_enrolled: bool
    was_withdrawn: bool


def lines_of_text(text: str) -> list[Line]:
    """Pasted lines: 姓名, 证件号码, 工作单位 apart by tabs, commas or spaces; lines that begin with # are left out."""
    found: list[tuple[int, list[str]]] = []
    for place, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        parts = _SEPARATORS.split(line) if _SEPARATORS.search(line) else line.split(maxsplit=2)
        found.append((place, [part.strip() for part in parts]))
    if len(found) > MOST_ROWS:
        raise Unreadable("too-many-rows", f"超过 {MOST_ROWS} 行。请分几次报名。")
    titles = columns_of(found[0][1], _KNOWN) if found else {}
    if titles.keys() >= _REQUIRED[0]:
        found = found[1:]
    else:
        titles = {column.field: index for index, column in enumerate(COLUMNS)}
    lines = []
    for place, parts in found:
        fields = {field: parts[index] for field, index in titles.items() if index < len(parts)}
        lines.append(_line(place, fields, lost=False))
    return lines


def lines_of_file(name: str, data: bytes) -> list[Line]:
    """Rows of the first sheet that has names and identity numbers.  Raises Unreadable."""
    for sheet in read_sheets(name, data, LIMITS).sheets:
        heading = find_heading(sheet.rows, _KNOWN, _REQUIRED)
        if heading is None:
            continue
        lines = []
        for place in range(heading.data_row, len(sheet.rows) + 1):
            row = sheet.rows[place - 1]
            texts = texts_of(row)
            fields = {field: texts[i] for field, i in heading.columns.items() if i < len(texts)}
            if not any(fields.values()):
                continue
            at = heading.columns["identity"]
            lost = at < len(row) and has_lost_digits(row[at], text_of(row[at]))
            lines.append(_line(place, fields, lost=lost))
        return lines
    raise Unreadable("no-columns", "没有找到“姓名”和“证件号码”两列。请把这两个标题放在第一行后重新上传。")


def judge(lines: Sequence[Line], known: dict[str, Known], *, today: date, is_sample: bool) -> list[Row]:
    """The fate of every line.  known: by identity number, people whom the site knows."""
    rows = []
    seen: set[str] = set()
    for line in lines:
        refused, warned = _faults(line, today=today, is_sample=is_sample)
        if line.identity and line.identity in seen:
            refused.append(Why.TWICE)
        seen.add(line.identity)
        person = known.get(line.identity)
        if person is not None:
            if person.is_enrolled:
                refused.append(Why.ENROLLED)
            if line.name and person.name != line.name:
                refused.append(Why.NAME_DIFFERS)
            if person.was_withdrawn:
                warned.append(Why.WITHDRAWN)
        fate = Fate.REFUSE if refused else Fate.WARN if warned else Fate.ENROL
        rows.append(Row(line, fate, tuple(refused or warned)))
    return rows


def _faults(line: Line, *, today: date, is_sample: bool) -> tuple[list[Why], list[Why]]:
    refused: list[Why] = []
    warned: list[Why] = []
    if not line.name:
        refused.append(Why.NO_NAME)
    if control_character(line.name + line.employer) or len(line.name) > 80 or len(line.employer) > 160:
        refused.append(Why.BAD_TEXT)
    if not line.identity:
        refused.append(Why.NO_IDENTITY)
    elif line.lost:
        refused.append(Why.LOST_DIGITS)
    elif found := frozenset(faults(line.identity, today=today)):
        if is_sample and found <= _FORGIVEN_IN_SAMPLES:
            warned.append(Why.SAMPLE_IDENTITY)
        else:
            refused.append(Why.BAD_IDENTITY)
    return refused, warned


def _line(place: int, fields: dict[str, str], *, lost: bool) -> Line:
    return Line(
        place,
        clean(fields.get("name", "")),
        normalised(fields.get("identity", "")),
        clean(fields.get("employer", "")),
        lost,
    )
