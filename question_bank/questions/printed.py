"""The small markup of questions as plain data for a typesetter: paragraphs, tables, formulas, pictures, blanks.

Nothing here is source of any typesetting language: texts stay texts, and a template decides how each node looks, so no text of
a question can become an instruction.

Blocks: ["p", inlines] · ["formula", math] · ["table", {"head": rows, "body": rows, "align": [left, center or right]}], a row being
a list of cells, a cell a list of inlines.  Inlines: ["t", text] · ["br"] · ["blank", characters] · ["math", math] ·
["source", text] (a formula that does not parse) · ["picture", digest, words].  Math: {"k": element of MathML, "v": its text,
"c": children, "fence": whether it is a stretching bracket}.
"""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree as ET

from markdown_it.token import Token

from question_bank.questions.formulas import mathml
from question_bank.questions.parsing import PARSER, PICTURE_REFERENCE, SPECIAL

Node = list[Any]

_BLANK = re.compile(r"(_{4,})")


def blocks(text: str) -> list[Node]:
    """The text as blocks; [] where nothing is written."""
    if not text.strip():
        return []
    if not SPECIAL.search(text):
        paragraphs = re.split(r"\n{2,}", text.strip("\n"))
        return [["p", _lines(paragraph)] for paragraph in paragraphs]
    found: list[Node] = []
    table: dict[str, Any] = {}
    row: list[list[Node]] | None = None
    part = "body"
    for token in PARSER.parse(text):
        match token.type:
            case "table_open":
                table = {"head": [], "body": [], "align": []}
            case "table_close":
                found.append(["table", table])
            case "thead_open":
                part = "head"
            case "tbody_open":
                part = "body"
            case "tr_open":
                row = []
            case "tr_close":
                table[part].append(row)
                row = None
            case "th_open":
                table["align"].append(_alignment(token))
            case "math_block":
                found.append(_formula(token.content, is_display=True, is_block=True))
            case "inline":
                inside = [node for child in token.children or () for node in _inline(child)]
                if row is not None:
                    row.append(inside)
                else:
                    found.append(["p", inside])
    return found


def inlines(text: str) -> list[Node]:
    """The text where blocks have no place; tables keep their words, a row a line."""
    found: list[Node] = []
    for block in blocks(text):
        if found:
            found.append(["br"])
        if block[0] == "p":
            found += block[1]
        elif block[0] == "formula":
            found.append(["math", block[1]])
        else:
            for place, row in enumerate([*block[1]["head"], *block[1]["body"]]):
                if place:
                    found.append(["br"])
                for number, cell in enumerate(row):
                    found += [["t", " | "], *cell] if number else cell
    return found


def width(nodes: list[Node]) -> float:
    """About how wide the inlines are on one line, in Chinese characters; infinite where there is more than one line."""
    total = 0.0
    for node in nodes:
        match node[0]:
            case "t" | "source":
                total += sum(1.0 if ord(sign) > 0x2E80 else 0.55 for sign in node[1])
            case "blank":
                total += 5
            case "math":
                total += _math_width(node[1])
            case _:
                return float("inf")
    return total


def _lines(paragraph: str) -> list[Node]:
    found: list[Node] = []
    for place, line in enumerate(paragraph.split("\n")):
        if place:
            found.append(["br"])
        found += _text(line)
    return found


def _text(text: str) -> list[Node]:
    pieces = [piece for piece in _BLANK.split(text) if piece]
    return [["blank", len(piece)] if _BLANK.fullmatch(piece) else ["t", piece] for piece in pieces]


def _inline(token: Token) -> list[Node]:
    if token.type in ("softbreak", "hardbreak"):
        return [["br"]]
    if token.type == "image":
        found = PICTURE_REFERENCE.fullmatch(str(token.attrGet("src")))
        words = "".join(child.content for child in token.children or ()).strip()
        return [["picture", found.group(1), words]] if found else [["t", words]]
    if token.type.startswith("math_"):
        return [_formula(token.content, is_display=token.type != "math_inline", is_block=False)]
    return _text(token.content)


def _formula(latex: str, *, is_display: bool, is_block: bool) -> Node:
    """The formula, or its source where it does not parse: nothing that was written is lost."""
    markup = mathml(latex, is_display=is_display)
    if markup is None:
        source = ["source", latex.strip()]
        return ["p", [source]] if is_block else source
    return ["formula" if is_block else "math", _math(ET.fromstring(markup))]


def _math(element: ET.Element) -> dict[str, Any]:
    is_bracket = element.tag == "mo" and element.get("stretchy") == "true"
    node: dict[str, Any] = {
        "k": element.tag,
        "v": element.text or "",
        "c": [_math(child) for child in element],
    }
    if is_bracket or element.get("fence") == "true":
        node["fence"] = True
    if element.get("mathvariant"):
        node["variant"] = element.get("mathvariant")
    return node


def _math_width(node: dict[str, Any]) -> float:
    inside = [_math_width(child) for child in node["c"]]
    if node["k"] == "mfrac":
        return max(inside)
    return sum(inside) + 0.6 * len(node["v"])


def _alignment(token: Token) -> str:
    style = str(token.attrGet("style") or "")
    return "center" if style.endswith("center") else "right" if style.endswith("right") else "left"
