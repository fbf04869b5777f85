"""From the cell 正确答案 (and the options beside it) to what a key holds, in every spelling that is met."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from question_bank.questions.model import BLANK_MARK

#: Between the answers of a 填空题, in the order tried; the first that gives as many parts as there are blanks wins.
BLANK_SEPARATORS = ("、", "；", ";", "，", ",", "\n")

_TRUE = frozenset({"正确", "对", "√", "✓", "✔", "☑", "T", "TRUE", "Y", "YES", "1", "是", "R", "RIGHT"})
_FALSE = frozenset(
    {"错误", "错", "×", "✗", "✘", "☒", "X", "F", "FALSE", "N", "NO", "0", "否", "不正确", "W", "WRONG"}
)
_BETWEEN = re.compile(r"[\s,、，;；/|.。+&\\和]+")
_LETTERS = re.compile(r"[A-H]+$")
_TO_FULL_WIDTH = ord("Ａ") - ord("A")
_BLANK = re.compile(r"[_＿]{2,}|[（(][\s　_＿]*[)）]|【[\s　]*】")
_PREFIX = re.compile(r"[（(\[【]?\s*([A-HＡ-Ｈ])\s*(?:[)）\]】]\s*[.．、:：]?|[.．、:：])\s*")
_PREFIX_STARTS = frozenset("（([【ABCDEFGHＡＢＣＤＥＦＧＨ")
_SLASH = re.compile(r"(?<![A-Za-z0-9])/|/(?![A-Za-z0-9])|[／|｜]")
_PLAIN_SLASH = re.compile(r"[A-Za-z0-9]/[A-Za-z0-9]")


@lru_cache(maxsize=1024)
def truth_of(text: str) -> bool | None:
    """正确 or 错误 in any spelling; None where it is neither."""
    folded = "".join(unicodedata.normalize("NFKC", text).split()).upper().strip("'\"‘’“”。.()")
    if folded in _TRUE:
        return True
    return False if folded in _FALSE else None


@lru_cache(maxsize=4096)
def letters_of(text: str) -> str | None:
    """The letters of a choice answer as written, separators gone ("A、c" → "AC"); None where it holds anything else."""
    folded = unicodedata.normalize("NFKC", text).upper().strip("'\"‘’“”()")
    joined = _BETWEEN.sub("", folded)
    return joined if _LETTERS.match(joined) else None


def without_prefixes(options: list[str]) -> list[str]:
    """Options without "A." "A、" "（A）", where at least two carry the letter of their own place ("" = no option)."""
    if sum([content[:1] in _PREFIX_STARTS for content in options]) < 2:
        return options
    places = [(index, _PREFIX.match(content)) for index, content in enumerate(options) if content]
    own = [
        (index, match) for index, match in places if match and (ord(match[1]) - 65) % _TO_FULL_WIDTH == index
    ]
    if len(own) < 2:
        return options
    cut = list(options)
    for index, match in own:
        cut[index] = options[index][match.end() :].strip()
    return cut


def with_prefixes(options: list[str]) -> list[str]:
    """What to write so that `without_prefixes` gives these options back."""
    if without_prefixes(options) == options:
        return options
    return [f"{chr(65 + index)}. {content}" if content else "" for index, content in enumerate(options)]


def marked_blanks(stem: str) -> str:
    """A 填空 stem with every blank, however drawn, as four underscores."""
    return _BLANK.sub(BLANK_MARK, stem)


def blanks_of(text: str, blanks: int) -> tuple[tuple[str, ...], ...] | None:
    """The accepted texts of each blank, or None where no separator gives as many parts as there are blanks.

    One blank may be a clause with a comma in it, so only 、 shows that two answers were meant.
    """
    if blanks == 1:
        accepted = variants_of(text)
        return (accepted,) if accepted and BLANK_SEPARATORS[0] not in text else None
    for separator in BLANK_SEPARATORS:
        parts = [variants_of(part) for part in text.split(separator)]
        if len(parts) == blanks and all(parts):
            return tuple(parts)
    return None


def variants_of(text: str) -> tuple[str, ...]:
    """What one blank accepts: parts by | or /.  A / between Latin letters or digits is kept: GB/T, km/h, 1/2."""
    return tuple(part for part in (part.strip() for part in _SLASH.split(text)) if part)


def has_plain_slash(text: str) -> bool:
    """Whether a / stands where it may be meant either way."""
    return _PLAIN_SLASH.search(text) is not None
