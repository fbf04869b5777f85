"""LaTeX as Office's formulas (OMML), for the subset that comes back exactly the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lxml import etree

from question_bank.formats.formula_omml import local_name, omml_to_latex
from question_bank.formats.formula_symbols import ACCENTS, BIG, DEEPEST, NoLatex
from question_bank.questions.formulas import mathml

MATH = "http://schemas.openxmlformats.org/officeDocument/2006/math"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
_BIG_CHARACTERS = frozenset(BIG)
_BARS = {"overline": "top", "underline": "bot"}


def latex_to_omml(latex: str) -> Any:
    """An `m:oMath` element that `omml_to_latex` turns into this very LaTeX; None where there is none."""
    try:
        markup = mathml(latex, is_display=False)
        if markup is None:
            return None
        element = _m("oMath", *_sequence(_children(etree.fromstring(markup.encode(), _PARSER)), 0))
        return element if omml_to_latex(element) == latex else None
    except Exception:  # what Word's elements don't fit fails in many ways; the text itself is kept then
        return None


def _m(name: str, *children: Any, **attributes: str) -> Any:
    element = etree.Element(f"{{{MATH}}}{name}", nsmap={"m": MATH})
    for key, value in attributes.items():
        element.set(f"{{{MATH}}}{key}", value)
    element.extend(children)
    return element


def _value(name: str, value: str) -> Any:
    return _m(name, val=value)


def _children(element: Any) -> list[Any]:
    return [one for one in element if local_name(one)]


def _text(element: Any) -> str:
    return "".join(element.itertext())


def _e(element: Any, depth: int, name: str = "e") -> Any:
    """One MathML element as an argument; a row gives what stands in it."""
    inside = _children(element) if local_name(element) in ("mrow", "mtd", "math", "mstyle") else [element]
    return _m(name, *_sequence(inside, depth + 1))


def _is_fence(element: Any) -> bool:
    return local_name(element) == "mo" and element.get("fence") == "true"


def _sequence(elements: Sequence[Any], depth: int) -> list[Any]:
    if depth > DEEPEST:
        raise NoLatex("嵌套过深的公式")
    if elements and _is_fence(elements[0]):
        closed = len(elements) > 1 and _is_fence(elements[-1])
        inner = elements[1:-1] if closed else elements[1:]
        return [_delimited(_text(elements[0]), _text(elements[-1]) if closed else "", inner, depth)]
    if len(elements) == 3 and [local_name(one) for one in elements[::2]] == ["mo", "mo"]:
        middle = local_name(elements[1])
        if middle == "mtable" or (middle == "mfrac" and elements[1].get("linethickness") == "0"):
            return [_delimited(_text(elements[0]), _text(elements[2]), elements[1:2], depth)]
    made: list[Any] = []
    skip = False
    for index, element in enumerate(elements):
        if skip:
            skip = False
            continue
        nary = _nary(element, elements[index + 1 : index + 2], depth)
        if nary is not None:
            made.append(nary)
            skip = True
        elif local_name(element) in ("mrow", "mstyle"):
            made.extend(_sequence(_children(element), depth + 1))
        else:
            made.append(_one(element, depth + 1))
    return made


def _delimited(opening: str, closing: str, inner: Sequence[Any], depth: int) -> Any:
    properties = _m("dPr", _value("begChr", opening), _value("endChr", closing))
    return _m("d", properties, _m("e", *_sequence(inner, depth + 1)))


def _nary(element: Any, following: Sequence[Any], depth: int) -> Any:
    name = local_name(element)
    if name not in ("msub", "msup", "msubsup", "munder", "mover", "munderover"):
        return None
    children = _children(element)
    character = _text(children[0])
    if character not in _BIG_CHARACTERS or local_name(children[0]) != "mo":
        return None
    below = children[1] if name in ("msub", "msubsup", "munder", "munderover") else None
    above = children[-1] if name in ("msup", "msubsup", "mover", "munderover") else None
    properties = _m("naryPr", _value("chr", character))
    if below is None:
        properties.append(_value("subHide", "1"))
    if above is None:
        properties.append(_value("supHide", "1"))
    return _m(
        "nary",
        properties,
        _e(below, depth, "sub") if below is not None else _m("sub"),
        _e(above, depth, "sup") if above is not None else _m("sup"),
        _e(following[0], depth) if following else _m("e"),
    )


def _one(element: Any, depth: int) -> Any:
    make = _MAKERS.get(local_name(element))
    if make is None:
        raise NoLatex(f"公式元素 {local_name(element)}")
    return make(element, depth)


def _run(element: Any, _depth: int) -> Any:
    text = _text(element)
    upright = element.get("mathvariant") == "normal" or (len(text) > 1 and text.isalpha())
    properties = [_m("rPr", _value("sty", "p"))] if upright else []
    return _m("r", *properties, _t(text))


def _words(element: Any, _depth: int) -> Any:
    return _m("r", _m("rPr", _m("nor")), _t(_text(element).replace("\u00a0", " ")))


def _t(text: str) -> Any:
    element = _m("t")
    element.text = text
    element.set(_SPACE, "preserve")
    return element


def _fraction(element: Any, depth: int) -> Any:
    above, below = _children(element)
    properties = [_m("fPr", _value("type", "noBar"))] if element.get("linethickness") == "0" else []
    return _m("f", *properties, _e(above, depth, "num"), _e(below, depth, "den"))


def _square_root(element: Any, depth: int) -> Any:
    inside = _sequence(_children(element), depth)
    return _m("rad", _m("radPr", _value("degHide", "1")), _m("deg"), _m("e", *inside))


def _root(element: Any, depth: int) -> Any:
    radicand, degree = _children(element)
    return _m("rad", _e(degree, depth, "deg"), _e(radicand, depth))


def _scripts(element: Any, depth: int) -> Any:
    children = _children(element)
    name = {"msub": "sSub", "msup": "sSup", "msubsup": "sSubSup"}[local_name(element)]
    arguments = {"msub": ("e", "sub"), "msup": ("e", "sup"), "msubsup": ("e", "sub", "sup")}[
        local_name(element)
    ]
    return _m(name, *(_e(one, depth, argument) for one, argument in zip(children, arguments, strict=True)))


def _over_and_under(element: Any, depth: int) -> Any:
    name = local_name(element)
    children = _children(element)
    mark = _text(children[1])
    if name == "munderover":
        raise NoLatex("上下都有标记的公式")
    if local_name(children[1]) == "mo" and mark in ACCENTS:
        accent = "underline" if name == "munder" and ACCENTS[mark] == "overline" else ACCENTS[mark]
        if accent in _BARS:
            return _m("bar", _m("barPr", _value("pos", _BARS[accent])), _e(children[0], depth))
        if accent in ("overbrace", "underbrace"):
            return _m("groupChr", _m("groupChrPr", _value("chr", mark)), _e(children[0], depth))
        character = next(one for one, its in ACCENTS.items() if its == accent)
        return _m("acc", _m("accPr", _value("chr", character)), _e(children[0], depth))
    kind = "limUpp" if name == "mover" else "limLow"
    return _m(kind, _e(children[0], depth), _e(children[1], depth, "lim"))


def _table(element: Any, depth: int) -> Any:
    lines = [_m("mr", *(_e(cell, depth) for cell in _children(line))) for line in _children(element)]
    return _m("m", *lines)


_MAKERS: dict[str, Callable[[Any, int], Any]] = {
    "mi": _run,
    "mo": _run,
    "mn": _run,
    "mtext": _words,
    "mfrac": _fraction,
    "msqrt": _square_root,
    "mroot": _root,
    "msub": _scripts,
    "msup": _scripts,
    "msubsup": _scripts,
    "munder": _over_and_under,
    "mover": _over_and_under,
    "mtable": _table,
}
