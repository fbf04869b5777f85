"""Writing an outline by hand: one line an area or a point, as people type it or paste it from a spreadsheet.

    A  职业道德  5            an area: letter (or full code), name, per cent of the whole paper
    001  道德的概念  X        a point: number (or full code), name, importance

Parts are parted by spaces or tabs; a line without a code gets the next free one.  What stands below an area stays with it
when its line keeps its name, under whichever code, or keeps its code under another name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from question_bank.outlines.tree import Area, Importance, Outline, Point
from question_bank.problems import Place, Problem

MOST_LINES = 500
LONGEST_NAME = 120
_LETTERS = re.compile(r"[A-Z]{1,2}\Z")
_DIGITS = re.compile(r"\d{1,4}\Z")
_WEIGHT = re.compile(r"\d{1,3}(\.\d{1,4})?%?\Z")
_PATH = re.compile(r"[A-Z]{1,2}(-[A-Z]{1,2})*(-\d{1,4})?\Z")


@dataclass(frozen=True, slots=True)
class AreaLine:
    """An area as typed.  code: full path."""

    code: str
    name: str
    weight: Fraction


def read_areas(text: str, parent: str) -> tuple[list[AreaLine], list[Problem]]:
    """The areas of a text field below `parent` ("" = the top level), and what is wrong, by number of the line."""
    lines, problems = _lines(text)
    found: list[AreaLine] = []
    for number, words in lines:
        code, words = _code(words, _LETTERS)
        weight = words.pop() if words and _WEIGHT.match(words[-1]) else None
        name = " ".join(words)
        if weight is None:
            problems.append(
                _fault(number, "weight-missing", "行末缺少比重。请写成“代码 名称 比重”，如“A 职业道德 5”。")
            )
            continue
        code = code or _next_letter(parent, [one.code for one in found])
        if not _belongs(code, parent, _LETTERS):
            problems.append(
                _fault(number, "code-outside-parent", f"代码 {code} 不在上级 {parent or '（一级）'} 之下。")
            )
            continue
        if _named(name, number, problems):
            found.append(AreaLine(_joined(parent, code), name, Fraction(weight.rstrip("%"))))
    _no_repeats([one.code for one in found], problems)
    return found, problems


def read_points(text: str, parent: str) -> tuple[list[Point], list[Problem]]:
    """The points of a text field below the area `parent`, and what is wrong, by number of the line."""
    lines, problems = _lines(text)
    found: list[Point] = []
    for number, words in lines:
        code, words = _code(words, _DIGITS)
        importance = None
        if words and words[-1].upper() in {"X", "Y", "Z"} and len(words) > 1:
            importance = Importance(words.pop().upper())
        name = " ".join(words)
        code = code or _next_number([one.code for one in found])
        if not _belongs(code, parent, _DIGITS):
            problems.append(_fault(number, "code-outside-parent", f"代码 {code} 不在上级 {parent} 之下。"))
            continue
        if _named(name, number, problems):
            last = code.rpartition("-")[2].zfill(3)
            found.append(Point(f"{parent}-{last}", name, importance))
    _no_repeats([one.code for one in found], problems)
    return found, problems


def areas_as_text(areas: Sequence[Area]) -> str:
    """What `read_areas` reads back."""
    return "\n".join(
        f"{area.code.rpartition('-')[2]}\t{area.name}\t{_decimal(area.weight)}" for area in areas
    )


def points_as_text(points: Sequence[Point]) -> str:
    """What `read_points` reads back."""
    return "\n".join(
        "\t".join(
            [
                point.code.rpartition("-")[2],
                point.name,
                *([point.importance.value] if point.importance else []),
            ]
        )
        for point in points
    )


def with_top(outline: Outline, name: str, source: str, lines: Sequence[AreaLine]) -> Outline:
    """The outline with this name, source and first level; nobody has verified it any more."""
    return replace(outline, name=name, source=source, areas=_rebuilt(outline.areas, lines), verified=False)


def with_area(
    outline: Outline,
    code: str,
    name: str,
    weight: Fraction,
    lines: Sequence[AreaLine],
    points: Sequence[Point],
) -> Outline:
    """The outline with one area written anew.  KeyError where it has no such area."""
    if outline.area(code) is None:
        raise KeyError(code)

    def renewed(area: Area) -> Area:
        if area.code == code:
            return Area(code, name, weight, _rebuilt(area.children, lines), tuple(points))
        return replace(area, children=tuple(renewed(child) for child in area.children))

    return replace(outline, areas=tuple(renewed(area) for area in outline.areas), verified=False)


def _rebuilt(before: Sequence[Area], lines: Sequence[AreaLine]) -> tuple[Area, ...]:
    """The areas of these lines, each with what stood below the old one of its name, else of its code."""
    left = list(before)
    of: dict[int, Area] = {}
    for attribute in ("both", "name", "code"):
        for place, line in enumerate(lines):
            if place in of:
                continue
            for old in left:
                same = (old.code == line.code, old.name == line.name)
                if {"both": all(same), "name": same[1], "code": same[0]}[attribute]:
                    of[place] = old
                    left.remove(old)
                    break
    return tuple(
        replace(_moved(of[place], line.code), name=line.name, weight=line.weight)
        if place in of
        else Area(line.code, line.name, line.weight)
        for place, line in enumerate(lines)
    )


def _moved(area: Area, code: str) -> Area:
    """The area with all below it under another code."""
    if area.code == code:
        return area

    def under(old: str) -> str:
        return code + old.removeprefix(area.code)

    return Area(
        code,
        area.name,
        area.weight,
        tuple(_moved(child, under(child.code)) for child in area.children),
        tuple(replace(point, code=under(point.code)) for point in area.points),
    )


def _lines(text: str) -> tuple[list[tuple[int, list[str]]], list[Problem]]:
    lines = [
        (number, unicodedata.normalize("NFKC", line).replace("—", "-").split())
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip()
    ]
    if len(lines) > MOST_LINES:
        return [], [_fault(MOST_LINES + 1, "too-many-lines", f"最多 {MOST_LINES} 行。请分到下级范围。")]
    return lines, []


def _code(words: list[str], segment: re.Pattern[str]) -> tuple[str, list[str]]:
    """The code at the head of a line ("" = none given), and the words after it."""
    head = words[0].upper()
    is_code = segment.match(head) or ("-" in head and _PATH.match(head))
    return (head, words[1:]) if is_code and len(words) > 1 else ("", list(words))


def _belongs(code: str, parent: str, segment: re.Pattern[str]) -> bool:
    head, _separator, last = code.rpartition("-")
    return bool(segment.match(last)) and head in ("", parent)


def _joined(parent: str, code: str) -> str:
    last = code.rpartition("-")[2]
    return f"{parent}-{last}" if parent else last


def _next_letter(parent: str, taken: Sequence[str]) -> str:
    used = {code.rpartition("-")[2] for code in taken}
    singles = [chr(65 + place) for place in range(26)]
    return next(one for one in [*singles, *(f"A{one}" for one in singles), "ZZ"] if one not in used)


def _next_number(taken: Sequence[str]) -> str:
    return f"{max((int(code.rpartition('-')[2]) for code in taken), default=0) + 1:03}"


def _named(name: str, number: int, problems: list[Problem]) -> bool:
    if name and len(name) <= LONGEST_NAME:
        return True
    problems.append(_fault(number, "name-missing", f"名称不能为空，也不得超过 {LONGEST_NAME} 个字。"))
    return False


def _no_repeats(codes: Sequence[str], problems: list[Problem]) -> None:
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        problems.append(Problem(Place(), "code-repeated", f"代码 {code} 出现多次。代码在上级之内须唯一。"))


def _fault(line: int, code: str, message: str) -> Problem:
    return Problem(Place(row=line), code, message)


def _decimal(value: Fraction) -> str:
    return f"{float(value):.4f}".rstrip("0").rstrip(".")
