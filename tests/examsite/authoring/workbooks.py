"""Workbooks for tests of the bank, made as institutions make them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter

TITLES = (
    "题库名称", "ID", "序号", "认定点代码", "题型代码", "题号", "试题（题干）", "试题（选项A）", "试题（选项B）", "试题（选项C）",
    "试题（选项D）", "试题（选项E）", "【图】及位置", "正确答案", "难度代码", "一致性代码", "解析",
)  # fmt: skip
BANK = "样题库（三级）理论"


def row(number: int = 1, **cells: str) -> dict[str, str]:
    """One good 单选 row; cells by title overwrite it."""
    point = cells.get("认定点代码", "A-A-001")
    kind = cells.get("题型代码", "B（单选题）")
    return {
        "题库名称": BANK,
        "ID": f"{kind[0]}-{point}-{number:03}",
        "序号": str(number),
        "认定点代码": point,
        "题型代码": kind,
        "题号": f"{number:03}",
        "试题（题干）": f"样题{number}：单位内部治安保卫工作的方针是（ ）。",
        "试题（选项A）": "A. 预防为主",
        "试题（选项B）": "B. 事后处理",
        "试题（选项C）": "C. 只重技防",
        "试题（选项D）": f"D. 样例{number}",
        "正确答案": "A",
        "难度代码": "3（中等）",
        "一致性代码": "4（高）",
        "解析": "依据：样例依据",
        **cells,
    }


def workbook(
    rows: Sequence[dict[str, str]], *, titles: Sequence[str] = TITLES, sheet: str = "题库模板"
) -> bytes:
    """The bytes of an .xlsx of these rows."""
    return sheets({sheet: [list(titles), *[[one.get(title, "") for title in titles] for one in rows]]})


def sheets(tables: dict[str, list[list[Any]]]) -> bytes:
    """The bytes of an .xlsx of these tables."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False})
    for name, lines in tables.items():
        sheet = book.add_worksheet(name)
        for index, line in enumerate(lines):
            for column, cell in enumerate(line):
                if isinstance(cell, str) and cell.startswith("="):
                    sheet.write_formula(index, column, cell, None, "")
                elif cell != "":
                    sheet.write(index, column, cell)
    book.close()
    return stream.getvalue()


def upload(content: bytes, name: str = "题库.xlsx") -> dict[str, Any]:
    """The file as a browser sends it."""
    return {"file": (io.BytesIO(content), name)}
