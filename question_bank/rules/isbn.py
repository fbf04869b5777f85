"""国际标准书号 (ISBN): ten or thirteen characters, the last of which checks the others.  Source: ISO 2108, GB/T 5795."""

from __future__ import annotations

import re
import unicodedata

_CLUTTER = re.compile(r"[\s\-‐‑‒–—−]+")
_PREFIX = re.compile(r"^ISBN(?:-?1[03])?[::\s]*", re.IGNORECASE)


def normalised(text: str) -> str:
    """The number without ISBN before it, spaces and hyphens, half width, X in upper case."""
    plain = unicodedata.normalize("NFKC", text).strip()
    return _CLUTTER.sub("", _PREFIX.sub("", plain)).upper()


def is_isbn(text: str) -> bool:
    """Whether this normalised text is an ISBN-10 or ISBN-13 whose check digit is right."""
    if re.fullmatch(r"[0-9]{9}[0-9X]", text):
        return sum((10 - i) * (10 if c == "X" else int(c)) for i, c in enumerate(text)) % 11 == 0
    if re.fullmatch(r"97[89][0-9]{10}", text):
        return sum((3 if i % 2 else 1) * int(c) for i, c in enumerate(text)) % 10 == 0
    return False
