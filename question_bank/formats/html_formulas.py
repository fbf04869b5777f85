"""Formulas and raised or lowered text of HTML as `$latex$`, or as characters where Unicode has them."""

from __future__ import annotations

import re

from lxml import etree

from question_bank.formats import marks
from question_bank.formats.formulas import mathml_to_latex, tex_beside
from question_bank.formats.unsupported import Unsupported

_SUPERSCRIPTS = dict(zip("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ", strict=True))
_SUBSCRIPTS = dict(zip("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎", strict=True))


def formula(math: etree._Element) -> str:
    """`$latex$` of a `<math>` element: its TeX where it carries one, else made from its MathML."""
    is_display = math.get("display") == "block" or math.get("mode") == "display"
    latex = tex_beside(math) or mathml_to_latex(math)
    if not latex:
        raise Unsupported("formula-empty", "公式是空的。请改正后重新导入。")
    return dollars(latex if is_display else latex.strip(), is_display=is_display)


def dollars(latex: str, *, is_display: bool) -> str:
    """LaTeX between dollars.  Raises Unsupported where it would not stay one formula there."""
    mark = "$$" if is_display else "$"
    text = f"{mark}{latex}{mark}"
    if marks.inline(text) != [marks.Formula(latex, is_display)]:
        raise Unsupported("formula-unreadable", "公式无法放进题目文字。请用 LaTeX 重新录入。")
    return text


def raised(text: str) -> tuple[str, bool]:
    """What stands for a superscript, and whether it is plain text."""
    return _script(text, _SUPERSCRIPTS, "^")


def lowered(text: str) -> tuple[str, bool]:
    """What stands for a subscript, and whether it is plain text."""
    return _script(text, _SUBSCRIPTS, "_")


def _script(text: str, table: dict[str, str], mark: str) -> tuple[str, bool]:
    if all(character in table for character in text):
        return "".join(table[character] for character in text), True
    inner = text if re.fullmatch(r"[A-Za-z0-9+\-=(),.]+", text) else rf"\text{{{_safe(text)}}}"
    return f"${mark}{{{inner}}}$", False


def _safe(text: str) -> str:
    return re.sub(r"[{}\\$^_&%#~\s]+", " ", text)
