r"""The small markup of questions, taken apart for writing it in the words of another system.

The same rules as `questions.markup`: `$latex$`, `$$latex$$`, `\$`, `| a | b |` tables, `![words](picture:DIGEST)`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

PICTURE = re.compile(r"!\[([^\[\]\n]*)\]\(picture:([0-9a-f]{64})\)")

_TOKEN = re.compile(
    r"(?P<dollar>\\\$)"
    r"|(?<!\d)\$\$(?P<display>(?:[^$\\\n]|\n(?![ \t]*\n)|\\.|\$(?!\$))+)\$\$(?!\d)"
    r"|(?<!\d)\$(?![\s$])(?P<inline>(?:[^$\\\n]|\n(?![ \t]*\n)|\\.)*(?:[^$\\\s]|\\[^\n]))\$(?!\d)"
    r"|!\[(?P<words>[^\[\]\n]*)\]\(picture:(?P<picture>[0-9a-f]{64})\)",
    re.DOTALL,
)
_LATEX = re.compile(r"[\\^_{}=]")
_PROSE = re.compile(r"[，。；、：？！]|^[^-+*/×÷<>]*[\u4e00-\u9fff][^-+*/×÷<>]*$| [A-Za-z]{2,} ", re.DOTALL)
_ROW = re.compile(r"\|(?:.*[^\\])?\|")
_RULE = re.compile(r"\|(?:\s*:?-{2,}:?\s*\|)+")
_BAR = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class Words:
    """Plain text, its escapes undone."""

    text: str


@dataclass(frozen=True, slots=True)
class Formula:
    """LaTeX between its dollars."""

    latex: str
    is_display: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture by the SHA-256 of its bytes."""

    digest: str
    words: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, each a text without line breaks; the first row is the heading."""

    rows: tuple[tuple[str, ...], ...]


Token = Words | Formula | Picture


def inline(text: str) -> list[Token]:
    """One line, or the text of a cell, as tokens."""
    found: list[Token] = []
    plain: list[str] = []
    end = 0
    for match in _TOKEN.finditer(text):
        plain.append(text[end : match.start()])
        end = match.end()
        if match["dollar"]:
            plain.append("$")
            continue
        if words := "".join(plain):
            found.append(Words(words))
        plain = []
        if match["picture"]:
            found.append(Picture(match["picture"], match["words"]))
        elif match["display"] is not None:
            found.append(Formula(match["display"], True))
        else:
            found.append(Formula(match["inline"], False))
    plain.append(text[end:])
    if words := "".join(plain):
        found.append(Words(words))
    return found


def formulas(text: str) -> list[Formula]:
    """The formulas of a whole text in their order."""
    return [token for token in inline(text) if isinstance(token, Formula)]


def amounts_escaped(text: str) -> str:
    r"""A cell or a typed line, whose writer may not know our markup, with `\$` for dollars that are money.

    Between two dollars stands prose, not a formula, where nothing in it is LaTeX or an equation, and there are marks or
    words of a sentence: `单价 $5，总价 US$`.  All that can be meant as a formula stays one, broken ones too.
    """
    return _TOKEN.sub(_escaped_amount, text) if text.count("$") > 1 else text


def _escaped_amount(match: re.Match[str]) -> str:
    inside = match["inline"]
    if inside is None or _LATEX.search(inside) or not _PROSE.search(inside):
        return match[0]
    return rf"\${inside}\$"


def blocks(text: str) -> list[str | Table]:
    """The lines of a text (a formula over several lines is one), and its tables."""
    found: list[str | Table] = []
    lines = _lines(text)
    index = 0
    while index < len(lines):
        if index + 1 < len(lines) and _ROW.fullmatch(lines[index]) and _RULE.fullmatch(lines[index + 1]):
            width = len(_cells(lines[index]))
            if width == len(_cells(lines[index + 1])):
                rows = [_cells(lines[index])]
                index += 2
                while index < len(lines) and _ROW.fullmatch(lines[index]):
                    rows.append(_cells(lines[index]))
                    index += 1
                found.append(Table(tuple(tuple(row) for row in rows)))
                continue
        found.append(lines[index])
        index += 1
    return found


def _lines(text: str) -> list[str]:
    if "$" not in text:
        return text.split("\n")
    kept: list[str] = []
    hidden = _TOKEN.sub(lambda match: _hide(match, kept), text)
    return [_show(line, kept) for line in hidden.split("\n")]


def _hide(match: re.Match[str], kept: list[str]) -> str:
    if "\n" not in match[0]:
        return match[0]
    kept.append(match[0])
    return "\x00"


def _show(line: str, kept: list[str]) -> str:
    while "\x00" in line and kept:
        line = line.replace("\x00", kept.pop(0), 1)
    return line


def _cells(line: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in _BAR.split(line[1:-1])]


def table(rows: list[list[str]]) -> str:
    """Rows of texts without line breaks as the lines of a table; short rows are filled."""
    width = max(map(len, rows))
    lines = [
        "| " + " | ".join(cell.replace("|", "\\|") for cell in [*row, *[""] * (width - len(row))]) + " |"
        for row in rows
    ]
    return "\n".join([lines[0], "|" + "---|" * width, *lines[1:]])
