"""Characters that nobody sees and no page may hold."""

from __future__ import annotations

import re

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")


def without(text: str) -> str:
    """The text without control characters; they come along with pasting."""
    return _CONTROL.sub("", text)


def marked(text: str) -> str:
    """The text with each control character as the sign for "no such character", so that it can be seen."""
    return _CONTROL.sub("\ufffd", text)
