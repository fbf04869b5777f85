r"""The syntax of GIFT: blocks between blank lines, `::title::[format]text{answers}`, escapes `\~ \= \# \{ \} \: \n \\`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from question_bank.formats.unsupported import Unsupported

#: Comments in which our metadata travels.
COMMENT = "// examsite: "

_ESCAPES = {"\\": "\\", ":": ":", "#": "#", "=": "=", "{": "{", "}": "}", "~": "~", "n": "\n"}
#: While a block is taken apart, escaped characters stand as characters that no text has.
_HIDDEN = {mark: chr(0xF0000 + place) for place, mark in enumerate(_ESCAPES)}
_SHOWN = {ord(hidden): _ESCAPES[mark] for mark, hidden in _HIDDEN.items()}
_ESCAPED = re.compile(r"\\([\\:#={}~n])")
_SPECIAL = re.compile(r"[\\:#={}~]")
_TITLE = re.compile(r"\s*::(.*?)::", re.DOTALL)
_FORMAT = re.compile(r"\s*\[(html|moodle|plain|markdown)\]", re.IGNORECASE)
_ANSWER = re.compile(r"([=~])\s*(?:%(-?\d{1,3}(?:\.\d{1,10})?)%)?([^=~]*)")


@dataclass(frozen=True, slots=True)
class Block:
    """The lines of one question, of a category (`$CATEGORY: …`), and the comments before it."""

    text: str
    comments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Parts:
    """One question taken apart.  answers: what stands in braces, still hidden; None = there are no braces.

    tail: whether text follows the braces, so that they stand for a missing word.
    """

    title: str
    format: str
    before: str
    answers: str | None
    after: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: its mark, its weight in per cent (None = none given), texts shown."""

    is_right: bool
    weight: float | None
    text: str
    format: str
    feedback: str


def blocks(lines: list[str]) -> Iterator[Block]:
    """The blocks of a file."""
    gathered: list[str] = []
    comments: list[str] = []
    for line in [*lines, ""]:
        stripped = line.strip()
        if stripped.startswith("//"):
            comments.append(stripped)
        elif stripped.startswith("$CATEGORY:"):
            if gathered:
                yield Block("\n".join(gathered), tuple(comments))
            gathered, comments = [], []
            yield Block(stripped, ())
        elif stripped:
            gathered.append(line)
        elif gathered:
            yield Block("\n".join(gathered), tuple(comments))
            gathered, comments = [], []


def taken_apart(text: str) -> Parts:
    """The parts of a question.  Raises Unsupported where its braces don't match."""
    hidden = _ESCAPED.sub(lambda match: _HIDDEN[match[1]], text)
    title = ""
    if match := _TITLE.match(hidden):
        title, hidden = shown(match[1]).strip(), hidden[match.end() :]
    how = "moodle"
    if match := _FORMAT.match(hidden):
        how, hidden = match[1].lower(), hidden[match.end() :]
    start = hidden.find("{")
    if start < 0:
        if "}" in hidden:
            raise Unsupported("braces", "花括号不成对。请改正，题干中的花括号请写成 \\{ 和 \\}。")
        return Parts(title, how, shown(hidden), None, "")
    end = hidden.find("}", start)
    if end < 0 or "{" in hidden[start + 1 : end] or "{" in hidden[end:] or "}" in hidden[end + 1 :]:
        raise Unsupported("braces", "花括号不成对。请改正，题干中的花括号请写成 \\{ 和 \\}。")
    return Parts(title, how, shown(hidden[:start]), hidden[start + 1 : end].strip(), shown(hidden[end + 1 :]))


def feedback_of(answers: str) -> tuple[str, str]:
    """(the answers, the general feedback) of what stands in braces."""
    body, mark, feedback = answers.partition("####")
    return (body.strip(), shown(feedback).strip()) if mark else (answers, "")


def listed(body: str, how: str) -> list[Answer]:
    """The answers, each after `=` or `~`.  how: the format of those that give none."""
    found: list[Answer] = []
    for match in _ANSWER.finditer(body):
        text, _, feedback = match[3].partition("#")
        own = _FORMAT.match(text)
        found.append(
            Answer(
                match[1] == "=",
                float(match[2]) if match[2] else None,
                shown(text[own.end() if own else 0 :]).strip(),
                own[1].lower() if own else how,
                shown(feedback).strip(),
            )
        )
    return found


def shown(hidden: str) -> str:
    """The text with its escapes undone."""
    return hidden.translate(_SHOWN)


def escaped(text: str) -> str:
    """The text as it stands in a file."""
    return _SPECIAL.sub(r"\\\g<0>", re.sub(r"\r\n?", "\n", text)).replace("\n", "\\n")
