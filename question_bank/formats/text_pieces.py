"""Tables and raised characters in the small markup of our texts."""

from __future__ import annotations

_SUPERSCRIPTS = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
_SUBSCRIPTS = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")


def pipe_table(rows: list[list[str]]) -> str:
    """Rows of cells as the small markup writes a table; the first row is its head."""
    if not rows:
        return ""
    width = max(map(len, rows))
    lines = ["| " + " | ".join([*row, *[""] * (width - len(row))]) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * width, *lines[1:]])


def raised(text: str, place: str) -> str:
    """A superscript or subscript: in Unicode's own characters where it has them, else as a formula."""
    table = _SUPERSCRIPTS if place == "superscript" else _SUBSCRIPTS
    if all(ord(character) in table for character in text):
        return text.translate(table)
    sign = "^" if place == "superscript" else "_"
    plain = text.strip()
    if not plain or any(character in "\\{}$%#&_^~|\n〔" for character in plain):
        return text
    return f"${{}}{sign}{{\\text{{{plain}}}}}$"
