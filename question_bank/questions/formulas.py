"""LaTeX of a question as MathML, or nothing where it does not parse.

latex2mathml forgives nearly everything: an unknown command becomes its own name, a fraction may lack its lower half, a
link passes through.  What it made is therefore judged element by element, and only what formulas need is kept.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache
from xml.etree import ElementTree as ET

from latex2mathml.converter import convert_to_element

#: Longer ones are not formulas of a question, and conversion takes more than linear time.
LONGEST = 2000
_DEEPEST = 60
#: Characters that no XML may hold.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

#: How many children an element has; None = any number.
ELEMENTS: dict[str, int | None] = {
    "math": None,
    "mrow": None,
    "mi": 0,
    "mn": 0,
    "mo": 0,
    "mtext": 0,
    "mspace": 0,
    "mfrac": 2,
    "msqrt": None,
    "mroot": 2,
    "msub": 2,
    "msup": 2,
    "msubsup": 3,
    "munder": 2,
    "mover": 2,
    "munderover": 3,
    "mtable": None,
    "mtr": None,
    "mtd": None,
    "mstyle": None,
    "mpadded": None,
    "mphantom": None,
    "menclose": None,
}
#: Attributes that change the look of a formula and can do nothing else.
ATTRIBUTES = frozenset(
    {
        "display",
        "displaystyle",
        "scriptlevel",
        "mathvariant",
        "stretchy",
        "fence",
        "form",
        "separator",
        "accent",
        "linethickness",
        "columnalign",
        "columnspacing",
        "rowspacing",
        "columnlines",
        "rowlines",
        "minsize",
        "maxsize",
        "movablelimits",
        "width",
        "height",
        "depth",
        "lspace",
        "rspace",
        "notation",
    }
)
#: `\\href`, `\\style` and the like have no place in a question.
REFUSED = frozenset({"href", "style", "class", "id", "src"})


@lru_cache(maxsize=4096)
def mathml(latex: str, *, is_display: bool) -> str | None:
    """The formula as a `<math>` element without namespace, its source in `alttext`; None where it does not parse."""
    source = latex.strip()
    if not source or len(source) > LONGEST or _NOT_XML.search(source) or not _is_balanced(source):
        return None
    try:
        element = convert_to_element(source, display="block" if is_display else "inline")
        clean = _judged(element, 0)
    except (
        Exception,
        RecursionError,
    ):  # latex2mathml raises whatever its tables meet, IndexError and KeyError too
        return None
    if clean is None or not "".join(clean.itertext()).strip():
        return None
    clean.set("alttext", source)
    return ET.tostring(clean, encoding="unicode", short_empty_elements=False)


@lru_cache(maxsize=4096)
def words(latex: str) -> str:
    """The formula in one line of plain text (P=(U^2)/R); its source where it does not parse."""
    markup = mathml(latex, is_display=False)
    return latex.strip() if markup is None else _words(ET.fromstring(markup)).replace("−", "-")


def _words(element: ET.Element) -> str:
    children = [_words(child) for child in element]
    match element.tag:
        case "mfrac":
            return f"{_grouped(children[0])}/{_grouped(children[1])}"
        case "msqrt":
            return f"√{_grouped(''.join(children))}"
        case "mroot":
            return f"{children[1]}√{_grouped(children[0])}"
        case "msup":
            return f"{_grouped(children[0])}^{_grouped(children[1])}"
        case "msub" | "munder":
            return f"{children[0]}_{_grouped(children[1])}"
        case "msubsup" | "munderover":
            return f"{children[0]}_{_grouped(children[1])}^{_grouped(children[2])}"
        case "mtable":
            return "; ".join(children)
        case "mtr":
            return ", ".join(children)
        case "mspace":
            return " "
        case "mphantom":
            return ""
        case _:
            return (element.text or "") + "".join(children)


def _grouped(text: str) -> str:
    """In brackets where it is more than one number, name or bracket."""
    inside = text[1:-1]
    is_bracket = text.startswith("(") and text.endswith(")") and not {"(", ")"} & set(inside)
    return text if is_bracket or text.replace(".", "").isalnum() or len(text) == 1 else f"({text})"


def _is_balanced(source: str) -> bool:
    depth = 0
    previous = ""
    for character in source:
        if previous != "\\":
            depth += (character == "{") - (character == "}")
        if depth < 0 or depth > _DEEPEST:
            return False
        previous = "" if previous == "\\" and character == "\\" else character
    return depth == 0


def _judged(element: ET.Element, depth: int) -> ET.Element | None:
    """A copy with what is allowed; None where something is unknown or has too few or too many children."""
    expected = ELEMENTS.get(element.tag, -1)
    children = list(element)
    if depth > 4 * _DEEPEST or expected == -1 or (expected is not None and len(children) != expected):
        return None
    text = html.unescape(element.text or "")
    # An unknown command comes back as its own name.
    if element.tag != "mtext" and text.startswith("\\") and len(text) > 1:
        return None
    if REFUSED & element.attrib.keys():
        return None
    copy = ET.Element(element.tag, {k: v for k, v in element.attrib.items() if k in ATTRIBUTES})
    if expected == 0:
        copy.text = text
    for child in children:
        judged = _judged(child, depth + 1)
        if judged is None:
            return None
        copy.append(judged)
    return copy
