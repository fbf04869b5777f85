"""From what a cell holds to the text that a person sees in it, and from that to clean text and codes."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

#: What the reader of a workbook yields for one cell.
Cell = str | float | int | bool | dt.date | dt.datetime | dt.time | dt.timedelta

#: Above this a binary float can't hold every integer, so digits were lost before the file came to us.
EXACT_INTEGERS = 10**15

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_SUSPECT = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−－﹣ー", "-"))
_QUOTES = "'\"‘’“”`´"
_FORMULA_START = re.compile("'*[=+\\-@\t\r\n]")
_PLAIN_CODE = re.compile("[A-Z0-9-]*")
_SPACE = re.compile(r"\s+")
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[Ee]\+\d+$")


def text_of(value: Cell | None) -> str:
    """The cell as text: whole numbers without ".0", others with at most 15 digits as Excel shows them."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e300 else format(value, ".15g")
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)


def texts_of(row: Sequence[Cell]) -> list[str]:
    """A row as clean text: outer white space cut, line ends as \\n."""
    return examined(row)[0]


def examined(row: Sequence[Cell]) -> tuple[list[str], bool]:
    """The texts of a row, and whether one of them may hold a control character."""
    texts = [value if value.__class__ is str else text_of(value) for value in row]
    if is_suspect("".join(texts)):
        return [clean(text) for text in texts], True
    return [text.strip() for text in texts], False


def is_suspect(text: str) -> bool:
    """Whether a text holds a control character or a line end other than \\n; quick for the many that don't."""
    return not text.isprintable() and _SUSPECT.search(text) is not None


def clean(text: str) -> str:
    """Line ends as \\n, outer white space cut.  Control characters stay: the reader has decoded Excel's `_x0000_`."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.strip()


def control_character(text: str) -> str:
    """The first character that no text may hold, as "U+0000"; "" where there is none."""
    match = _CONTROL.search(text)
    return f"U+{ord(match[0]):04X}" if match else ""


def visible(text: str) -> str:
    """Control characters as their pictures (␀), so that the text can be shown and stored."""
    return _CONTROL.sub(lambda match: chr(0x2400 + ord(match[0])) if match[0] < " " else "\ufffd", text)


def code_of(text: str) -> str:
    """Text as a code: full width folded, dashes made one kind, quotes at the ends and all white space removed."""
    if _PLAIN_CODE.fullmatch(text):
        return text
    return _folded_code(text)


@lru_cache(maxsize=4096)
def _folded_code(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_DASHES)
    return _SPACE.sub("", text).strip(_QUOTES).upper()


@lru_cache(maxsize=4096)
def title_of(text: str) -> str:
    """A column title as it is compared: NFKC, no white space, no stars, upper case, half-width brackets."""
    folded = unicodedata.normalize("NFKC", text)
    return _SPACE.sub("", folded).replace("*", "").replace("【", "[").replace("】", "]").strip(":").upper()


def has_lost_digits(value: Cell, text: str) -> bool:
    """Whether a number passed through a form that can't hold all its digits."""
    if isinstance(value, float) and abs(value) >= EXACT_INTEGERS:
        return True
    return _SCIENTIFIC.match(text) is not None


def quoted(text: str) -> str:
    """The text as a cell of a CSV file that no spreadsheet runs as a formula: a ' before what starts like one."""
    return f"'{text}" if _FORMULA_START.match(text) else text


def unquoted(text: str) -> str:
    """The inverse of `quoted`."""
    return text[1:] if text.startswith("'") and _FORMULA_START.match(text) else text
