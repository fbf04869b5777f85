"""Presentation MathML as LaTeX.  Source: W3C MathML 3, chapter 3."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from question_bank.formats.formula_omml import local_name, scripted_directly
from question_bank.formats.formula_symbols import (
    ACCENTS,
    BIG,
    COMMANDS,
    DEEPEST,
    DELIMITERS,
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

_TEX = re.compile(r"(?:.*/)?(?:x-)?(?:la)?tex", re.IGNORECASE)


def mathml_to_latex(element: Any) -> str:
    """LaTeX of a `math` element (lxml or ElementTree), without dollar signs.

    An annotation in TeX is taken as it is.  Raises NoLatex, which names what has no LaTeX here.
    """
    return _inside(element, 0).strip()


def tex_beside(element: Any) -> str:
    """The TeX that stands beside the MathML in an annotation, as it is; "" where there is none."""
    for one in element.iter():
        if local_name(one) == "annotation" and _TEX.fullmatch(one.get("encoding", "")):
            latex = "".join(map(str, one.itertext()))
            if latex.strip():
                return latex
    return ""


def _inside(element: Any, depth: int) -> str:
    if depth > DEEPEST:
        raise NoLatex("嵌套过深的公式")
    return _sequence(_children(element), depth)


def _children(element: Any) -> list[Any]:
    return [one for one in element if local_name(one)]


def _sequence(children: Sequence[Any], depth: int) -> str:
    if children and _is_fence(children[0]):
        closing = children[-1] if len(children) > 1 and _is_fence(children[-1]) else None
        inner = children[1:-1] if closing is not None else children[1:]
        matrix = _cells(inner[0], depth + 1) if len(inner) == 1 and local_name(inner[0]) == "mtable" else ""
        opening_text, closing_text = _text(children[0]), _text(closing) if closing is not None else ""
        # A fence that isn't in pairs elsewhere on the line is left to the plain characters.
        if not any(_is_fence(one) for one in inner):
            return fenced(opening_text, closing_text, _sequence(inner, depth), matrix=matrix)
    bracketed = _bracketed(children, depth)
    return bracketed if bracketed is not None else joined(_one(child, depth + 1) for child in children)


def _bracketed(children: Sequence[Any], depth: int) -> str | None:
    """A matrix, or a fraction without a bar, between plain brackets."""
    if len(children) != 3 or local_name(children[0]) != "mo" or local_name(children[2]) != "mo":
        return None
    ends = _text(children[0]), _text(children[2])
    middle = children[1]
    if local_name(middle) == "mtable" and all(end in DELIMITERS for end in ends):
        return fenced(*ends, "", matrix=_cells(middle, depth + 1)) if ends != ("", "") else None
    if local_name(middle) == "mfrac" and _no_bar(middle) and ends == ("(", ")"):
        above, below = (_one(one, depth + 2) for one in _children(middle))
        return f"\\binom{{{above}}}{{{below}}}"
    return None


def _one(element: Any, depth: int) -> str:
    if depth > DEEPEST:
        raise NoLatex("嵌套过深的公式")
    make = _MAKERS.get(local_name(element))
    if make is None:
        raise NoLatex(f"公式元素 {local_name(element)}")
    return make(element, depth)


def _text(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def _is_fence(element: Any) -> bool:
    return (
        local_name(element) == "mo"
        and element.get("fence") == "true"
        and element.get("stretchy") == "true"
        and _text(element) in DELIMITERS
    )


def _identifier(element: Any, _depth: int) -> str:
    text = _text(element)
    variant = element.get("mathvariant", "")
    if variant == "bold":
        return f"\\mathbf{{{symbols(text)}}}"
    if variant not in ("", "normal", "italic"):
        raise NoLatex(f"公式字体 {variant}")
    if variant == "normal" or (len(text) > 1 and text.isalpha()):
        return upright(text)
    return symbols(text)


def _operator(element: Any, _depth: int) -> str:
    text = _text(element)
    return f"\\{text}" if text in FUNCTIONS else symbols(text)


def _number(element: Any, _depth: int) -> str:
    return symbols(_text(element))


def _words(element: Any, _depth: int) -> str:
    return plain_text("".join(element.itertext()).replace("\u00a0", " "))


def _space(element: Any, _depth: int) -> str:
    if element.get("linebreak") == "newline":
        raise NoLatex("公式中的换行")
    return {"0.167em": "\\,", "1em": "\\quad ", "2em": "\\qquad "}.get(element.get("width", ""), "")


def _exactly(element: Any, count: int) -> list[Any]:
    children = _children(element)
    if len(children) != count:
        raise NoLatex(f"残缺的公式元素 {local_name(element)}")
    return children


def _no_bar(element: Any) -> bool:
    return element.get("linethickness", "") in ("0", "0pt", "0px", "0em")


def _fraction(element: Any, depth: int) -> str:
    above, below = (_one(one, depth + 1) for one in _exactly(element, 2))
    if _no_bar(element):
        raise NoLatex("没有横线的分式")
    return (
        f"{{{above}}}/{{{below}}}" if element.get("bevelled") == "true" else f"\\frac{{{above}}}{{{below}}}"
    )


def _root(element: Any, depth: int) -> str:
    radicand, degree = (_one(one, depth + 1) for one in _exactly(element, 2))
    return f"\\sqrt[{degree}]{{{radicand}}}"


def _scripts(element: Any, depth: int) -> str:
    name = local_name(element)
    parts = [_one(one, depth + 1) for one in _exactly(element, 3 if name == "msubsup" else 2)]
    below = parts[1] if name in ("msub", "msubsup") else None
    above = parts[-1] if name in ("msup", "msubsup") else None
    return scripted(parts[0], below, above)


def _over_and_under(element: Any, depth: int) -> str:
    name = local_name(element)
    children = _exactly(element, 3 if name == "munderover" else 2)
    base = _one(children[0], depth + 1)
    mark = _text(children[1])
    if name != "munderover" and mark in ACCENTS and local_name(children[1]) in ("mo", "mi"):
        character = mark
        if name == "munder" and mark in ("―", "¯", "‾", "_", "\u0332"):
            character = "_"
        return accented(character, base)
    parts = [_one(one, depth + 1) for one in children[1:]]
    takes_limits = base in BIG.values() or base.removeprefix("\\") in FUNCTIONS
    if name == "munderover":
        if not takes_limits:
            return f"\\overset{{{parts[1]}}}{{\\underset{{{parts[0]}}}{{{base}}}}}"
        return scripted(base, parts[0], parts[1])
    if takes_limits or base.startswith(("\\overbrace", "\\underbrace")) or base in COMMANDS.values():
        return scripted_directly(base, parts[0], above=name == "mover")
    return f"\\{'overset' if name == 'mover' else 'underset'}{{{parts[0]}}}{{{base}}}"


def _fenced_element(element: Any, depth: int) -> str:
    children = _children(element)
    separators = element.get("separators", ",").strip() or ""
    pieces: list[str] = []
    for index, child in enumerate(children):
        if index and separators:
            pieces.append(symbols(separators[min(index - 1, len(separators) - 1)]))
        pieces.append(_one(child, depth + 1))
    matrix = (
        _cells(children[0], depth + 1) if len(children) == 1 and local_name(children[0]) == "mtable" else ""
    )
    return fenced(element.get("open", "("), element.get("close", ")"), joined(pieces), matrix=matrix)


def _table(element: Any, depth: int) -> str:
    return f"\\begin{{matrix}}{_cells(element, depth)}\\end{{matrix}}"


def _cells(element: Any, depth: int) -> str:
    lines = [one for one in _children(element) if local_name(one) == "mtr"]
    if len(lines) != len(_children(element)):
        raise NoLatex("带编号的公式行")
    return rows([_inside(cell, depth + 1) for cell in _children(line)] for line in lines)


def _semantics(element: Any, depth: int) -> str:
    children = _children(element)
    latex = " ".join(tex_beside(element).split())
    return latex or (_one(children[0], depth + 1) if children else "")


def _nothing(_element: Any, _depth: int) -> str:
    return ""


def _through(element: Any, depth: int) -> str:
    return _inside(element, depth)


_MAKERS: dict[str, Callable[[Any, int], str]] = {
    "math": _through,
    "mrow": _through,
    "mstyle": _through,
    "mpadded": _through,
    "mtd": _through,
    "mi": _identifier,
    "mo": _operator,
    "mn": _number,
    "mtext": _words,
    "ms": _words,
    "mspace": _space,
    "mfrac": _fraction,
    "msqrt": lambda element, depth: f"\\sqrt{{{_inside(element, depth)}}}",
    "mroot": _root,
    "msub": _scripts,
    "msup": _scripts,
    "msubsup": _scripts,
    "munder": _over_and_under,
    "mover": _over_and_under,
    "munderover": _over_and_under,
    "mfenced": _fenced_element,
    "mtable": _table,
    "semantics": _semantics,
    "maligngroup": _nothing,
    "malignmark": _nothing,
}
