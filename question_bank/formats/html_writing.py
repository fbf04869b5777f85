"""Texts in our markup as HTML that other systems show, and from which `html` gives the same texts back."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from html import escape

from lxml import etree

from question_bank.formats import marks
from question_bank.questions.formulas import mathml

MATHML = "http://www.w3.org/1998/Math/MathML"

#: Given the digest of a picture, its address; "" where its bytes are not at hand.
PictureAddress = Callable[[str], str]
#: Given the words of a text, the HTML for them: where blanks become fields.
WordsWriter = Callable[[str], str]

_EXTRA_SPACE = re.compile(r"(?<= ) |^ | $")


def to_html(text: str, picture: PictureAddress, words: WordsWriter | None = None) -> str:
    """The text as HTML that is well-formed XML too: one line inline, several as paragraphs and tables."""
    parts = marks.blocks(text)
    if len(parts) == 1 and isinstance(parts[0], str):
        return line(parts[0], picture, words)
    return blocks(text, picture, words)


def blocks(text: str, picture: PictureAddress, words: WordsWriter | None = None) -> str:
    """The text as paragraphs and tables, also where it has one line only."""
    return "".join(
        _table(part, picture, words)
        if isinstance(part, marks.Table)
        else f"<p>{line(part, picture, words) or '&#160;'}</p>"
        for part in marks.blocks(text)
    )


def line(text: str, picture: PictureAddress, words: WordsWriter | None = None) -> str:
    """One line as HTML."""
    write = words or plain
    pieces: list[str] = []
    for token in marks.inline(text):
        if isinstance(token, marks.Words):
            pieces.append(write(token.text))
        elif isinstance(token, marks.Formula):
            pieces.append(formula(token.latex, token.is_display))
        elif address := picture(token.digest):
            pieces.append(f'<img src="{escape(address)}" alt="{escape(token.words)}"/>')
        else:
            pieces.append(escape(f"〔图：{token.words}〕"))
    return "".join(pieces)


def plain(text: str) -> str:
    """Words escaped; spaces that HTML would swallow are written so that they stay."""
    return escape(_EXTRA_SPACE.sub("\u00a0", text), quote=False)


@lru_cache(maxsize=2048)
def formula(latex: str, is_display: bool) -> str:
    """MathML with its TeX beside it; TeX alone where it does not convert."""
    display = "block" if is_display else "inline"
    shown = _presentation(latex) or f"<mtext>{escape(latex, quote=False)}</mtext>"
    return (
        f'<math xmlns="{MATHML}" display="{display}"><semantics>{shown}'
        f'<annotation encoding="application/x-tex">{escape(latex, quote=False)}</annotation></semantics></math>'
    )


def _presentation(latex: str) -> str:
    markup = mathml(latex, is_display=False)
    if markup is None:
        return ""
    root = etree.fromstring(markup)
    written = "".join(etree.tostring(child, encoding="unicode") for child in root)
    return f"<mrow>{written}</mrow>" if len(root) != 1 else written


def _table(table: marks.Table, picture: PictureAddress, words: WordsWriter | None) -> str:
    rows = [
        "<tr>" + "".join(f"<{tag}>{line(cell, picture, words)}</{tag}>" for cell in cells) + "</tr>"
        for tag, cells in zip(["th", *["td"] * (len(table.rows) - 1)], table.rows, strict=True)
    ]
    return f"<table><tbody>{''.join(rows)}</tbody></table>"
