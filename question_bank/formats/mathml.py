"""MathML into LaTeX, for what formulas of questions are made of; anything else is refused, never guessed."""

from __future__ import annotations

import re
from collections.abc import Callable

from lxml import etree

from question_bank.formats.unsupported import Unsupported
from question_bank.formats.xml_parts import local_name

_DEEPEST = 60
_LONGEST = 2_000
_NAMES = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "µ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho",
    "σ": "sigma", "τ": "tau", "υ": "upsilon", "φ": "varphi", "ϕ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega",
    "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Φ": "Phi",
    "Ψ": "Psi", "Ω": "Omega", "×": "times", "÷": "div", "·": "cdot", "⋅": "cdot", "±": "pm", "∓": "mp", "≤": "le",
    "≥": "ge", "⩽": "le", "⩾": "ge", "≠": "ne", "≈": "approx", "≡": "equiv", "∝": "propto", "∞": "infty",
    "∑": "sum", "∏": "prod", "∫": "int", "∂": "partial", "∇": "nabla", "∈": "in", "∉": "notin", "⊂": "subset",
    "⊆": "subseteq", "∪": "cup", "∩": "cap", "∅": "emptyset", "→": "rightarrow", "←": "leftarrow",
    "⇒": "Rightarrow", "⇔": "Leftrightarrow", "∀": "forall", "∃": "exists", "¬": "neg", "∧": "wedge", "∨": "vee",
    "…": "ldots", "⋯": "cdots", "∠": "angle", "⊥": "perp", "∥": "parallel", "∘": "circ", "√": "surd",
    "⟨": "langle", "⟩": "rangle", "ℓ": "ell",
}  # fmt: skip
_ESCAPED = {
    "{": r"\{",
    "}": r"\}",
    "%": r"\%",
    "#": r"\#",
    "&": r"\&",
    "_": r"\_",
    "$": r"\$",
    "\\": r"\backslash ",
}
_SAME = {"−": "-", "‑": "-", "\u00a0": " ", "∣": "|", "°": r"^{\circ}", "′": "'"}
_INVISIBLE = frozenset("\u2061\u2062\u2063\u2064\u200b")
_FUNCTIONS = frozenset({
    "sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "log",
    "ln", "lg", "exp", "lim", "max", "min", "sup", "inf", "det", "gcd",
})  # fmt: skip
_ACCENTS = {
    "¯": "overline", "‾": "overline", "―": "overline", "^": "hat", "~": "tilde", "→": "vec", "⃗": "vec", "˙": "dot",
    "¨": "ddot", "⏞": "overbrace",
}  # fmt: skip
_LIMITS = ("∑", "∏", "∫", "lim", "max", "min")


def mathml_to_latex(math: etree._Element) -> str:
    """The LaTeX of a `<math>` element.  Raises Unsupported where it holds what this table does not know."""
    latex = re.sub(r"\s+", " ", _children(math, 0)).strip()
    if not latex:
        raise Unsupported("formula-empty", "公式是空的。请改正后重新导入。")
    if len(latex) > _LONGEST:
        raise Unsupported("formula-too-long", "公式过长。请拆分成几个公式。")
    return latex


def _children(element: etree._Element, depth: int) -> str:
    return " ".join(part for part in (_one(child, depth + 1) for child in element) if part)


def _one(element: etree._Element, depth: int) -> str:
    name = local_name(element)
    if depth > _DEEPEST:
        raise Unsupported("formula-too-deep", "公式嵌套过深。请拆分。")
    if name in _LEAVES:
        return _LEAVES[name]("".join(map(str, element.itertext())).strip())
    if name in ("math", "mrow", "mstyle", "mpadded", "semantics", "mtd"):
        return _children(element, depth)
    if name in ("", "annotation", "annotation-xml", "maligngroup", "malignmark"):
        return ""
    if name == "mspace":
        return r"\;" if element.get("width", "") not in ("", "0", "0em", "0px") else ""
    if name == "msqrt":
        return rf"\sqrt{{{_children(element, depth)}}}"
    if name == "mfenced":
        return _fenced(element, depth)
    if name == "mtable":
        rows = [" & ".join(_children(cell, depth + 2) for cell in row) for row in element]
        return r"\begin{matrix} " + r" \\ ".join(rows) + r" \end{matrix}"
    build = _BUILDERS.get(name)
    if build is None:
        raise Unsupported("formula-unknown", f"公式含有不支持的结构 {name[:30]}。请用 LaTeX 重新录入。")
    parts = [_one(child, depth + 1) for child in element if local_name(child)]
    if len(parts) != build[0]:
        raise Unsupported("formula-broken", f"公式结构 {name} 缺少组成部分。请改正后重新导入。")
    return build[1](parts)


def _characters(text: str) -> str:
    found: list[str] = []
    for character in text:
        if character in _INVISIBLE:
            continue
        if character in _NAMES:
            found.append(f"\\{_NAMES[character]} ")
        else:
            found.append(_ESCAPED.get(character) or _SAME.get(character, character))
    return "".join(found)


def _identifier(text: str) -> str:
    if text in _FUNCTIONS:
        return f"\\{text} "
    if len(text) > 1 and text.isascii() and text.isalpha():
        return rf"\mathrm{{{text}}}"
    return _words(text) if any(character >= "\u2e80" for character in text) else _characters(text)


def _words(text: str) -> str:
    if not text:
        return ""
    if any(character in "{}\\$" for character in text):
        raise Unsupported("formula-unknown", "公式中的文字含有特殊符号。请用 LaTeX 重新录入。")
    return rf"\text{{{text}}}"


def _operator(text: str) -> str:
    return f"\\{text} " if text in _FUNCTIONS else _characters(text)


def _group(latex: str) -> str:
    return f"{{{latex.strip()}}}"


def _base(latex: str) -> str:
    latex = latex.strip()
    return latex if len(latex) == 1 or re.fullmatch(r"\\[A-Za-z]+", latex) else f"{{{latex}}}"


def _fenced(element: etree._Element, depth: int) -> str:
    opening, closing = element.get("open", "("), element.get("close", ")")
    inside = ", ".join(_one(child, depth + 1) for child in element)
    left, right = (_characters(mark).strip() or "." for mark in (opening, closing))
    return rf"\left{left} {inside} \right{right}"


def _over(parts: list[str]) -> str:
    mark = parts[1].strip()
    plain = next((name for sign, name in _ACCENTS.items() if _characters(sign).strip() == mark), None)
    if plain:
        return rf"\{plain}{_group(parts[0])}"
    if mark.startswith(r"\rightarrow"):
        return rf"\vec{_group(parts[0])}"
    return rf"\overset{_group(parts[1])}{_group(parts[0])}"


def _under(parts: list[str]) -> str:
    base = parts[0].strip()
    if base in [_operator(name).strip() for name in _LIMITS]:
        return rf"{base}_{_group(parts[1])}"
    return rf"\underset{_group(parts[1])}{_group(base)}"


_LEAVES: dict[str, Callable[[str], str]] = {
    "mi": _identifier,
    "mn": _characters,
    "mo": _operator,
    "mtext": _words,
    "ms": _words,
}
_BUILDERS: dict[str, tuple[int, Callable[[list[str]], str]]] = {
    "mfrac": (2, lambda p: rf"\frac{_group(p[0])}{_group(p[1])}"),
    "msup": (2, lambda p: f"{_base(p[0])}^{_group(p[1])}"),
    "msub": (2, lambda p: f"{_base(p[0])}_{_group(p[1])}"),
    "msubsup": (3, lambda p: f"{_base(p[0])}_{_group(p[1])}^{_group(p[2])}"),
    "mroot": (2, lambda p: rf"\sqrt[{p[1].strip()}]{_group(p[0])}"),
    "mover": (2, _over),
    "munder": (2, _under),
    "munderover": (3, lambda p: f"{_base(p[0])}_{_group(p[1])}^{_group(p[2])}"),
}
