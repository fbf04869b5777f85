"""Office's formulas (OMML) as LaTeX.  Source: ECMA-376 part 1, 22.1."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from question_bank.formats.formula_symbols import (
    BIG,
    COMMANDS,
    DEEPEST,
    FUNCTIONS,
    NoLatex,
    accented,
    fenced,
    joined,
    plain_text,
    rows,
    scripted,
    symbols,
    upright,
)

_PROPERTIES = frozenset({"ctrlPr", "rPr", "oMathParaPr", "argPr", "proofErr", "bookmarkStart", "bookmarkEnd"})


def omml_to_latex(element: Any) -> str:
    """LaTeX of an `m:oMath` element, or of what stands in an `m:oMathPara`, without dollar signs.

    Raises NoLatex, which names what has no LaTeX here.
    """
    return _inside(element, 0).strip()


def local_name(element: Any) -> str:
    """The element's name without its namespace; "" for a comment."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _child(element: Any, name: str) -> Any:
    return next((one for one in element if local_name(one) == name), None)


def _value(element: Any, *path: str, default: str = "") -> str:
    """The m:val of a property; an element without it is "on"."""
    for name in path:
        element = _child(element, name)
        if element is None:
            return default
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == "val"), "1")


def _is_on(value: str) -> bool:
    return value not in ("", "0", "off", "false")


def _inside(element: Any, depth: int) -> str:
    if depth > DEEPEST:
        raise NoLatex("嵌套过深的公式")
    return joined(_one(child, depth + 1) for child in element)


def _part(element: Any, name: str, depth: int) -> str:
    child = _child(element, name)
    return _inside(child, depth) if child is not None else ""


def _one(element: Any, depth: int) -> str:
    name = local_name(element)
    if name.endswith("Pr") or name in _PROPERTIES or not name:
        return ""
    make = _MAKERS.get(name)
    if make is None:
        raise NoLatex(f"公式元素 {name}")
    return make(element, depth)


def _run(element: Any, _depth: int) -> str:
    if any(local_name(one) not in ("rPr", "t", "ctrlPr", "lastRenderedPageBreak") for one in element):
        raise NoLatex("公式中的换行或图片")
    text = "".join(one.text or "" for one in element if local_name(one) == "t")
    properties = [one for one in element if local_name(one) == "rPr"]
    for one in properties:
        if _child(one, "nor") is not None and _is_on(_value(one, "nor")):
            return plain_text(text)
        script = _value(one, "scr", default="roman")
        if script not in ("roman", "", "1"):
            raise NoLatex(f"公式字体 {script}")
        style = _value(one, "sty", default="i")
        if style == "p" and any(character.isalpha() and character.isascii() for character in text):
            return upright(text)
        if style in ("b", "bi") and text.strip():
            return f"\\mathbf{{{symbols(text)}}}"
    return upright(text) if text.strip() in FUNCTIONS else symbols(text)


def _fraction(element: Any, depth: int) -> str:
    above, below = _part(element, "num", depth), _part(element, "den", depth)
    kind = _value(element, "fPr", "type", default="bar")
    if kind == "noBar":
        raise NoLatex("没有横线的分式")
    if kind in ("lin", "skw"):
        return f"{{{above}}}/{{{below}}}"
    return f"\\frac{{{above}}}{{{below}}}"


def _superscript(element: Any, depth: int) -> str:
    return scripted(_part(element, "e", depth), None, _part(element, "sup", depth))


def _subscript(element: Any, depth: int) -> str:
    return scripted(_part(element, "e", depth), _part(element, "sub", depth), None)


def _both_scripts(element: Any, depth: int) -> str:
    return scripted(_part(element, "e", depth), _part(element, "sub", depth), _part(element, "sup", depth))


def _prescripts(element: Any, depth: int) -> str:
    scripts = scripted("{}", _part(element, "sub", depth), _part(element, "sup", depth))
    return joined([scripts.replace("{{}}", "{}", 1), _part(element, "e", depth)])


def _radical(element: Any, depth: int) -> str:
    degree = "" if _is_on(_value(element, "radPr", "degHide")) else _part(element, "deg", depth)
    radicand = _part(element, "e", depth)
    return f"\\sqrt[{degree}]{{{radicand}}}" if degree else f"\\sqrt{{{radicand}}}"


def _delimited(element: Any, depth: int) -> str:
    opening = _value(element, "dPr", "begChr", default="(")
    closing = _value(element, "dPr", "endChr", default=")")
    opening, closing = ("" if one == "1" else one for one in (opening, closing))
    separator = _value(element, "dPr", "sepChr", default="|")
    parts = [one for one in element if local_name(one) == "e"]
    if len(parts) == 1:
        inner = [one for one in parts[0] if not local_name(one).endswith("Pr")]
        if len(inner) == 1:
            name = local_name(inner[0])
            if name in ("m", "eqArr"):
                return fenced(opening, closing, _one(inner[0], depth + 1), matrix=_cells(inner[0], depth + 1))
            if (
                name == "f"
                and _value(inner[0], "fPr", "type") == "noBar"
                and (opening, closing) == ("(", ")")
            ):
                above, below = (_part(inner[0], one, depth + 1) for one in ("num", "den"))
                return f"\\binom{{{above}}}{{{below}}}"
    between = symbols(separator)
    return fenced(opening, closing, between.join(_inside(part, depth) for part in parts))


def _nary(element: Any, depth: int) -> str:
    character = _value(element, "naryPr", "chr", default="∫")
    if character not in BIG:
        raise NoLatex(f"公式的大型运算符 {character}")
    hidden = [_is_on(_value(element, "naryPr", name)) for name in ("subHide", "supHide")]
    below = None if hidden[0] else _part(element, "sub", depth)
    above = None if hidden[1] else _part(element, "sup", depth)
    return joined([scripted(BIG[character], below or None, above or None), _part(element, "e", depth)])


def _matrix(element: Any, depth: int) -> str:
    return f"\\begin{{matrix}}{_cells(element, depth)}\\end{{matrix}}"


def _cells(element: Any, depth: int) -> str:
    if local_name(element) == "eqArr":
        return rows([_aligned(one, depth)] for one in element if local_name(one) == "e")
    return rows(
        [_inside(cell, depth + 1) for cell in row if local_name(cell) == "e"]
        for row in element
        if local_name(row) == "mr"
    )


def _aligned(element: Any, depth: int) -> str:
    """A line of an array of equations: an & in its text marks where lines are aligned, and has no place here."""
    return _inside(element, depth + 1).replace("\\&", "")


def _accent(element: Any, depth: int) -> str:
    return accented(_value(element, "accPr", "chr", default="\u0302"), _part(element, "e", depth))


def _bar(element: Any, depth: int) -> str:
    name = "overline" if _value(element, "barPr", "pos", default="bot") == "top" else "underline"
    return f"\\{name}{{{_part(element, 'e', depth)}}}"


def _group(element: Any, depth: int) -> str:
    return accented(_value(element, "groupChrPr", "chr", default="⏟"), _part(element, "e", depth))


def _function(element: Any, depth: int) -> str:
    name = _part(element, "fName", depth)
    return joined([name, _part(element, "e", depth)])


def _limit(element: Any, depth: int) -> str:
    base, limit = _part(element, "e", depth), _part(element, "lim", depth)
    above = local_name(element) == "limUpp"
    if (
        base in COMMANDS.values()
        or base.removeprefix("\\") in FUNCTIONS
        or base.startswith(("\\over", "\\under"))
    ):
        return scripted_directly(base, limit, above=above)
    return f"\\{'overset' if above else 'underset'}{{{limit}}}{{{base}}}"


def scripted_directly(base: str, script: str, *, above: bool) -> str:
    """A command that takes its limit as a script."""
    return f"{base}{'^' if above else '_'}{{{script}}}"


def _through(element: Any, depth: int) -> str:
    return _inside(element, depth)


def _boxed(element: Any, depth: int) -> str:
    return _part(element, "e", depth)


_MAKERS: dict[str, Callable[[Any, int], str]] = {
    "r": _run,
    "f": _fraction,
    "sSup": _superscript,
    "sSub": _subscript,
    "sSubSup": _both_scripts,
    "sPre": _prescripts,
    "rad": _radical,
    "d": _delimited,
    "nary": _nary,
    "m": _matrix,
    "eqArr": _matrix,
    "acc": _accent,
    "bar": _bar,
    "groupChr": _group,
    "func": _function,
    "limLow": _limit,
    "limUpp": _limit,
    "box": _boxed,
    "oMath": _through,
    "e": _through,
    "ins": _through,
}
