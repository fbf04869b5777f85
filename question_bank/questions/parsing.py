"""How the small markup of questions is read: which rules of Markdown are on, and what a reference to a picture is."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.dollarmath.index import math_inline_dollar

PICTURE_REFERENCE = re.compile(r"picture:([0-9a-f]{64})")
#: Without one of these a text is plain.
SPECIAL = re.compile(r"[$|\\\r\x00]|!\[")


def _dollar(state: StateInline, silent: bool) -> bool:
    r"""`\$` is a dollar."""
    if not state.src.startswith(r"\$", state.pos):
        return False
    if not silent:
        state.pending += "$"
    state.pos += 2
    return True


_dollarmath = math_inline_dollar(allow_space=False, allow_digits=False, allow_double=True)


def _formula(state: StateInline, silent: bool) -> bool:
    """The plugin's rule, which looks at the character before a dollar and, at the first, would take the text's last."""
    if state.pos:
        return _dollarmath(state, silent)
    src, state.src = state.src, f"{state.src} "
    try:
        return _dollarmath(state, silent)
    finally:
        state.src = src


def _parser() -> MarkdownIt:
    # Nesting is for alternative texts only; the limit keeps hostile brackets from taking time.
    parser = MarkdownIt("zero", {"maxNesting": 4}).enable(["table", "image", "newline"])
    parser.inline.ruler.push("dollar", _dollar)
    parser.use(
        dollarmath_plugin,
        allow_labels=False,
        allow_space=False,
        allow_digits=False,
        allow_blank_lines=False,
        double_inline=True,
    )
    parser.inline.ruler.at("math_inline", _formula)
    parser.validateLink = lambda url: PICTURE_REFERENCE.fullmatch(url) is not None  # type: ignore[method-assign]
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    return parser


PARSER = _parser()
