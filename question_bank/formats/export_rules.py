"""Write a specification with its outline as a rule workbook: 题型分布, 知识点分布, 难度分布, 重要程度, 其他要求, 认定点, 规则信息."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from question_bank.assembly.specification import Specification
from question_bank.formats.rule_demands import written
from question_bank.formats.rules import ABOUT_COLUMNS, ABOUT_ITEMS, YES
from question_bank.formats.text_book import TextBook
from question_bank.outlines.tree import Area, Outline

_DIFFICULTIES = ("1（很简单）", "2（简单）", "3（中等）", "4（困难）", "5（很难）")


def write_rules(outline: Outline, specification: Specification | None = None) -> bytes:
    """The rule workbook; reading it gives an equal outline and specification.

    A bank named "" can't be written on the sheets; the reader then takes the bank from its caller.
    Anchors are not written.  Raises ValueError where the shares of the specification are not the weights of the outline.
    """
    if specification is not None and _shares(specification) != {
        area.code: area.weight for area in outline.walk()
    }:
        raise ValueError("the specification's shares differ from the outline's weights")
    book = TextBook()
    if specification is not None:
        _write(book, "题型分布", [["题库名称", "题型", "题量", "每题分数"], *_sections(specification)])
    _write(book, "知识点分布", _areas(outline))
    if specification is not None and specification.difficulty:
        rows = [[_DIFFICULTIES[level - 1], _number(part)] for level, part in specification.difficulty]
        _write(book, "难度分布", [["难度", "比重(%)"], *rows])
    if specification is not None:
        for name, columns, lines in written(specification, _number):
            _write(book, name, [[column.title for column in columns], *lines])
    if outline.points:
        rows = [
            [point.code, point.name, point.importance.value if point.importance else ""]
            for point in outline.points
        ]
        _write(book, "认定点", [["代码", "名称", "重要程度", "页码"], *([*row, ""] for row in rows)])
    _write(book, "规则信息", [[column.title for column in ABOUT_COLUMNS], *_about(outline, specification)])
    return book.close()


def _write(book: TextBook, name: str, rows: list[list[str]]) -> None:
    sheet = book.sheet(name, [18] * len(rows[0]))
    for index, row in enumerate(rows):
        book.write_row(sheet, index, row, book.title if index == 0 else None)


def _sections(specification: Specification) -> list[list[str]]:
    return [
        [specification.bank, f"{one.kind.value}（{one.kind.label}）", str(one.count), _plain(one.points)]
        for one in specification.sections
    ]


def _areas(outline: Outline) -> list[list[str]]:
    depth = max([3, *(area.code.count("-") + 1 for area in outline.walk())])
    titles = [
        title
        for level in range(1, depth + 1)
        for title in (f"{level}级代码", f"{level}级名称", f"{level}级比重(%)")
    ]
    rows: list[list[str]] = []

    def add(area: Area, level: int, row: list[str] | None) -> None:
        if row is None:
            row = [""] * (3 * depth)
            rows.append(row)
        row[3 * level : 3 * level + 3] = [area.code, area.name, _number(area.weight)]
        for index, child in enumerate(area.children):
            add(child, level + 1, row if index == 0 else None)

    for area in outline.areas:
        add(area, 0, None)
    return [titles, *rows]


def _about(outline: Outline, specification: Specification | None) -> list[list[str]]:
    values = (
        specification.name if specification else "",
        specification.bank if specification else "",
        YES if specification and specification.verified else "否",
        outline.name,
        outline.source,
        YES if outline.verified else "否",
    )
    return [list(pair) for pair in zip(ABOUT_ITEMS, values, strict=True)]


def _shares(specification: Specification) -> dict[str, Fraction]:
    stack, shares = list(specification.shares), {}
    while stack:
        share = stack.pop()
        stack.extend(share.children)
        shares[share.code] = share.percent
    return shares


def _number(value: Fraction) -> str:
    """A decimal where the fraction is one, else the fraction: exact either way."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return _plain(exact) if Fraction(exact) == value else str(value)


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
