"""Characters of formulas and their LaTeX commands, and how pieces of LaTeX are put together."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from question_bank.formats.unsupported import Unsupported

#: Elements in elements; a person's formula is far below.
DEEPEST = 40

#: Characters of LaTeX; pieces are put together in time that grows with the square.
LONGEST = 4_000


class NoLatex(Unsupported):
    """A formula holds something that we have no LaTeX for; `what` names it in the reader's language."""

    def __init__(self, what: str) -> None:
        super().__init__("formula-without-latex", f"公式含有{what}，不能转为 LaTeX。请用 LaTeX 重新录入。")
        self.what = what


_GREEK = (
    "α alpha β beta γ gamma δ delta ϵ epsilon ε varepsilon ζ zeta η eta θ theta ϑ vartheta ι iota κ kappa λ lambda "
    "μ mu ν nu ξ xi π pi ϖ varpi ρ rho ϱ varrho σ sigma ς varsigma τ tau υ upsilon ϕ phi φ varphi χ chi ψ psi ω omega "
    "Γ Gamma Δ Delta Θ Theta Λ Lambda Ξ Xi Π Pi Σ Sigma Υ Upsilon Φ Phi Ψ Psi Ω Omega"
)
_OPERATORS = (
    "× times ÷ div ± pm ∓ mp · cdot ⋅ cdot ∗ ast ⋆ star ∘ circ • bullet ⊕ oplus ⊗ otimes "
    "≤ leq ≥ geq ≠ neq ≈ approx ≡ equiv ∼ sim ≃ simeq ≅ cong ∝ propto ≪ ll ≫ gg ⩽ leqslant ⩾ geqslant "
    "∈ in ∉ notin ∋ ni ⊂ subset ⊃ supset ⊆ subseteq ⊇ supseteq ∪ cup ∩ cap ∅ emptyset ∖ setminus "
    "∧ wedge ∨ vee ¬ neg ∀ forall ∃ exists ⊥ perp ∥ parallel ∠ angle △ triangle ∣ mid ‖ Vert "
    "→ to ← leftarrow ↔ leftrightarrow ⇒ Rightarrow ⇐ Leftarrow ⇔ Leftrightarrow ↑ uparrow ↓ downarrow ↦ mapsto "
    "∞ infty ∂ partial ∇ nabla ℏ hbar ℓ ell ℜ Re ℑ Im ℵ aleph ′ prime ∴ therefore ∵ because "
    "… ldots ⋯ cdots ⋮ vdots ⋱ ddots ⟨ langle ⟩ rangle ⌊ lfloor ⌋ rfloor ⌈ lceil ⌉ rceil"
)
_BIG = "∑ sum ∏ prod ∐ coprod ∫ int ∬ iint ∭ iiint ∮ oint ⋃ bigcup ⋂ bigcap ⋁ bigvee ⋀ bigwedge"


def _table(words: str) -> dict[str, str]:
    parts = words.split()
    return {character: f"\\{name}" for character, name in zip(parts[::2], parts[1::2], strict=True)}


BIG = _table(_BIG)
COMMANDS = {**_table(_GREEK), **_table(_OPERATORS), **BIG}
_ESCAPED = {"{": "\\{", "}": "\\}", "%": "\\%", "#": "\\#", "&": "\\&", "_": "\\_", "\\": "\\backslash"}
_SAME = {
    "−": "-", "﹣": "-", "＋": "+", "－": "-", "＝": "=", "（": "(", "）": ")", "，": ",", "＜": "<", "＞": ">",
    "\u2061": "", "\u2062": "", "\u2063": "", "\u200b": "", "°": "^{\\circ}", "µ": "\\mu", "∆": "\\Delta",
    "℃": "^{\\circ}\\mathrm{C}", "％": "\\%", "'": "'", "″": "''", "√": "\\surd",
}  # fmt: skip

FUNCTIONS = frozenset(
    [
        "sin",
        "cos",
        "tan",
        "cot",
        "sec",
        "csc",
        "arcsin",
        "arccos",
        "arctan",
        "sinh",
        "cosh",
        "tanh",
        "coth",
        "exp",
        "log",
        "lg",
        "ln",
        "lim",
        "limsup",
        "liminf",
        "max",
        "min",
        "sup",
        "inf",
        "det",
        "dim",
        "gcd",
        "ker",
        "deg",
        "arg",
        "Pr",
    ]
)

#: Accents by the character that stands over (as OMML and MathML write it).
ACCENTS = {
    "\u0302": "hat", "^": "hat", "ˆ": "hat", "\u0303": "tilde", "~": "tilde", "˜": "tilde",
    "\u0304": "bar", "\u0305": "overline", "¯": "bar", "‾": "overline", "―": "overline", "\u0307": "dot", "˙": "dot",
    "\u0308": "ddot", "¨": "ddot", "\u20d7": "vec", "→": "vec", "\u030c": "check", "ˇ": "check", "\u0306": "breve",
    "˘": "breve", "\u0301": "acute", "´": "acute", "\u0300": "grave", "`": "grave",
    "⏞": "overbrace", "⏟": "underbrace", "_": "underline", "\u0332": "underline",
}  # fmt: skip

#: How \left and \right name a delimiter.
DELIMITERS = {
    "(": "(", ")": ")", "[": "[", "]": "]", "{": "\\{", "}": "\\}", "|": "|", "∣": "|", "‖": "\\Vert ", "∥": "\\Vert ",
    "⟨": "\\langle ", "⟩": "\\rangle ", "〈": "\\langle ", "〉": "\\rangle ", "⌊": "\\lfloor ", "⌋": "\\rfloor ",
    "⌈": "\\lceil ", "⌉": "\\rceil ", "": ".", "/": "/", "（": "(", "）": ")", "［": "[", "］": "]",
}  # fmt: skip

MATRICES = {("(", ")"): "pmatrix", ("[", "]"): "bmatrix", ("{", "}"): "Bmatrix", ("|", "|"): "vmatrix"}


def symbols(text: str) -> str:
    """LaTeX of the characters of a formula as they stand, white space left out.  Raises NoLatex."""
    return joined(_symbol(character) for character in text if not character.isspace())


def _symbol(character: str) -> str:
    if character in _SAME:
        return _SAME[character]
    if character in COMMANDS:
        return COMMANDS[character]
    if character in _ESCAPED:
        return _ESCAPED[character]
    if character.isascii() and character.isprintable() and character not in "$^~":
        return character
    folded = unicodedata.normalize("NFKC", character)  # mathematical letters are letters in a dress
    if len(folded) == 1 and folded != character and "MATHEMATICAL" in unicodedata.name(character, ""):
        return _dressed(character, folded)
    if unicodedata.category(character) in ("Lo", "Po", "Ps", "Pe"):
        return plain_text(character)
    raise NoLatex(f"公式中的字符 {character}（U+{ord(character):04X}）")


def _dressed(character: str, folded: str) -> str:
    name = unicodedata.name(character)
    letter = _symbol(folded)
    if "BOLD" in name and "ITALIC" not in name and folded.isascii():
        return f"\\mathbf{{{letter}}}"
    if "ITALIC" in name and "BOLD" not in name:
        return letter
    raise NoLatex(f"公式中的字体 {character}")


def plain_text(text: str) -> str:
    """Words in a formula.  Raises NoLatex for characters that end them."""
    if any(character in "\\{}$%#&_^~" for character in text):
        raise NoLatex(f"公式文字中的符号“{text[:20]}”")
    return f"\\text{{{text}}}" if text else ""


def upright(text: str) -> str:
    """Letters that are not slanted: a function by its name, Chinese as words, others as \\mathrm."""
    name = text.strip()
    if name in FUNCTIONS:
        return f"\\{name}"
    if not name.isascii() or " " in name:
        return plain_text(text)
    return f"\\mathrm{{{symbols(name)}}}" if name.isalpha() else symbols(name)


def joined(pieces: Iterable[str]) -> str:
    """The pieces one after another, a space where a command would swallow the next letter (and before digits, as people write it)."""
    result = ""
    for piece in pieces:
        if piece[:1].isalnum() and piece[0].isascii() and _ends_in_command(result):
            result += " "
        result += piece
        if len(result) > LONGEST:
            raise NoLatex("过长的公式")
    return merged(result)


def merged(latex: str) -> str:
    """Neighbouring \\text{…} and \\mathrm{…} as one."""
    for command in ("text", "mathrm", "mathbf"):
        start = f"\\{command}{{"
        while f"}}{start}" in latex:
            place = latex.index(f"}}{start}")
            opened = latex.rfind(start, 0, place)
            inner = latex[opened + len(start) : place] if opened >= 0 else "{"
            if "{" in inner or "}" in inner:
                break
            latex = latex[:place] + latex[place + 1 + len(start) :]
    return latex


def _ends_in_command(latex: str) -> bool:
    stem = latex.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
    return len(stem) < len(latex) and stem.endswith("\\") and not stem.endswith("\\\\")


def scripted(base: str, below: str | None, above: str | None) -> str:
    """The base with what stands at its foot and its head."""
    result = base if is_atom(base) else f"{{{base}}}"
    if below is not None:
        result += f"_{{{below}}}"
    if above is not None:
        result += "'" if above == "\\prime" else f"^{{{above}}}"
    return result


def is_atom(latex: str) -> bool:
    """Whether a script attaches to the whole of it without braces."""
    if len(latex) == 1:
        return True
    if latex.startswith("\\") and latex[1:].isalpha():
        return True
    if latex.isdigit():
        return True
    return latex.startswith("\\left") and latex.count("\\left") == 1 and _ends_with_right(latex)


def _ends_with_right(latex: str) -> bool:
    place = latex.rfind("\\right")
    return place >= 0 and latex[place + 6 :].strip() in {name.strip() for name in DELIMITERS.values()}


def fenced(opening: str, closing: str, inner: str, *, matrix: str = "") -> str:
    """The inner between growing delimiters; a lone matrix takes the environment of its name."""
    if matrix and (opening, closing) in MATRICES:
        return f"\\begin{{{MATRICES[opening, closing]}}}{matrix}\\end{{{MATRICES[opening, closing]}}}"
    if matrix and (opening, closing) == ("{", ""):
        return f"\\begin{{cases}}{matrix}\\end{{cases}}"
    if opening not in DELIMITERS or closing not in DELIMITERS:
        raise NoLatex(f"公式的括号 {opening}{closing}")
    left = DELIMITERS[opening]
    return f"\\left{left}{inner}\\right{DELIMITERS[closing].rstrip()}"


def accented(character: str, base: str) -> str:
    """The base under (or over) an accent.  Raises NoLatex for one without a command."""
    name = ACCENTS.get(character)
    if name is None:
        raise NoLatex(f"公式的上下标记 {character}")
    return f"\\{name}{{{base}}}"


def rows(cells: Iterable[Iterable[str]]) -> str:
    """The inside of a matrix."""
    return "\\\\".join(" & ".join(row) for row in cells)
