"""Workbooks made for one test: a dictionary of fields says only what matters."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import xlsxwriter

from question_bank.formats.imports import Import, derived_ids
from question_bank.formats.reading import read
from question_bank.formats.workbook import COLUMNS, EXTRA_COLUMNS

TITLES = {column.field: column.title for column in (*COLUMNS, *EXTRA_COLUMNS)}
FIELDS = [column.field for column in COLUMNS]
ROW = {
    "bank": "保卫管理员（三级）理论",
    "external_id": "B-A-B-C-001-001",
    "point": "A-B-C-001",
    "kind": "B（单选题）",
    "stem": "内部治安保卫工作的方针是（ ）。",
    "option_a": "预防为主",
    "option_b": "打击为主",
    "option_c": "教育为主",
    "option_d": "处罚为主",
    "answer": "A",
    "difficulty": "3（中等）",
    "consistency": "4（高）",
}


def workbook(sheets: dict[str, Sequence[Sequence[Any]]]) -> bytes:
    """A .xlsx of these sheets; None leaves a cell empty, everything else keeps its type."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if value is not None and value != "":
                    sheet.write(r, c, value)
    book.close()
    return stream.getvalue()


@pytest.fixture
def make_book() -> Callable[..., bytes]:
    return workbook


@pytest.fixture
def make_bank() -> Callable[..., bytes]:
    """Rows of fields over the defaults → workbook bytes.  fields, titles: which columns, and under which titles."""

    def make(
        *rows: dict[str, Any], fields: Sequence[str] = (), titles: Sequence[str] = (), sheet: str = "题库模板"
    ) -> bytes:
        used = list(fields) or [*FIELDS, *sorted({f for row in rows for f in row} - set(FIELDS))]
        header = list(titles) or [TITLES[field] for field in used]
        full = [
            {**ROW, "external_id": f"B-A-B-C-001-{n:03d}", "stem": f"第{n}题：方针是（ ）。", **row}
            for n, row in enumerate(rows, 1)
        ]
        return workbook({sheet: [header, *([row.get(field) for field in used] for row in full)]})

    return make


@pytest.fixture
def read_bank(make_bank: Callable[..., bytes]) -> Callable[..., Import]:
    """As `make_bank`, read at once.  Arguments of `read` go in `reading`."""

    def run(*rows: dict[str, Any], reading: dict[str, Any] | None = None, **how: Any) -> Import:
        return read("题库.xlsx", make_bank(*rows, **how), **{"new_ids": derived_ids, **(reading or {})})

    return run
