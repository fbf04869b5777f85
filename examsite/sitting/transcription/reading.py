"""What somebody types from an answer sheet of paper, as responses, and back as people read it.

Options are typed by the letters that stand on the printed paper; the paper's order says which option a letter is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from question_bank.questions.kinds import Kind
from question_bank.questions.model import letter
from question_bank.questions.present import (
    MOST_IN_A_BLANK,
    MOST_IN_A_NUMBER,
    MOST_IN_A_TEXT,
    PresentedPart,
    PresentedQuestion,
    is_answered,
    is_shaped,
)

Asked = PresentedQuestion | PresentedPart
Response = dict[str, Any] | None

_TRUE = {"√", "✓", "✔", "对", "正确", "T", "Y", "V", "1"}
_FALSE = {"×", "✗", "✘", "错", "错误", "F", "N", "X", "0"}
_BETWEEN = re.compile(r"[\s,，、;；./]+")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form.  shape: options, truth, blanks, number or text.  label: "3", "3（2）", "3 第 2 空"."""

    name: str
    label: str
    shape: str
    letters: str
    most: int


class Unreadable(ValueError):
    """What was typed in a field is no answer to its question; the message says what to do."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


def fields_of(question: PresentedQuestion) -> list[Field]:
    """The fields of a question, in the order of its parts and blanks."""
    name = f"q{question.position}"
    if question.parts:
        return [
            field
            for part in question.parts
            for field in _fields(part, f"{name}-p{part.number}", f"{question.position}（{part.number}）")
        ]
    return _fields(question, name, str(question.position))


def _fields(asked: Asked, name: str, label: str) -> list[Field]:
    if asked.shape == "blanks":
        several = asked.blanks > 1
        return [
            Field(
                f"{name}-b{place}",
                f"{label} 第 {place} 空" if several else label,
                "blanks",
                "",
                MOST_IN_A_BLANK,
            )
            for place in range(1, asked.blanks + 1)
        ]
    letters = "".join(letter(place) for place in range(len(asked.options)))
    most = {"number": MOST_IN_A_NUMBER, "text": MOST_IN_A_TEXT}.get(asked.shape, 40)
    return [Field(name, label, asked.shape, letters, most)]


def read_sheet(
    questions: Sequence[PresentedQuestion], typed: Mapping[str, str]
) -> tuple[dict[int, dict[str, Any]], dict[str, str]]:
    """Responses by position, only those with something in them; and what is wrong, by the name of its field."""
    found: dict[int, dict[str, Any]] = {}
    faults: dict[str, str] = {}
    for question in questions:
        try:
            response = read_question(question, typed)
        except Unreadable as fault:
            faults[fault.name] = str(fault)
            continue
        if response is not None and is_answered(response):
            found[question.position] = response
    return found, faults


def read_question(question: PresentedQuestion, typed: Mapping[str, str]) -> Response:
    """What was typed in answer to one question; None where nothing was.  Raises Unreadable."""
    name = f"q{question.position}"
    if question.parts:
        parts = [_read(part, f"{name}-p{part.number}", typed) for part in question.parts]
        response: Response = {"parts": parts} if any(map(is_answered, parts)) else None
    else:
        response = _read(question, name, typed)
    if not is_shaped(question, response):
        raise Unreadable(name, "内容过长或含有无法保存的字符，请核对。")
    return response


def _read(asked: Asked, name: str, typed: Mapping[str, str]) -> Response:
    if asked.shape == "blanks":
        texts = [_tidy(typed.get(f"{name}-b{place}", "")) for place in range(1, asked.blanks + 1)]
        return {"blanks": texts} if any(texts) else None
    text = typed.get(name, "")
    if asked.shape == "options":
        return _options(asked, name, text)
    if asked.shape == "truth":
        return _truth(name, text)
    text = text.strip().replace("\r\n", "\n") if asked.shape == "text" else _tidy(text)
    return {asked.shape: text} if text else None


def _options(asked: Asked, name: str, text: str) -> Response:
    signs = _BETWEEN.sub("", unicodedata.normalize("NFKC", text)).upper()
    if not signs:
        return None
    letters = [letter(place) for place in range(len(asked.options))]
    wrong = [sign for sign in signs if sign not in letters]
    if wrong:
        raise Unreadable(
            name, f"没有选项“{wrong[0]}”。请填 {letters[0]}–{letters[-1]} 中的字母，未作答请留空。"
        )
    chosen = [option.id for sign, option in zip(letters, asked.options, strict=True) if sign in signs]
    if asked.kind is not Kind.MULTIPLE and len(chosen) > 1:
        raise Unreadable(name, "本题只能有一个选项。考生填涂了多个的，按无效处理，请留空。")
    return {"options": chosen}


def _truth(name: str, text: str) -> Response:
    sign = unicodedata.normalize("NFKC", text).strip().upper()
    if not sign:
        return None
    if sign in _TRUE:
        return {"truth": True}
    if sign in _FALSE:
        return {"truth": False}
    raise Unreadable(
        name, f"看不懂“{text.strip()[:10]}”。正确填 √（或 1、T），错误填 ×（或 0、F），未作答请留空。"
    )


def _tidy(text: str) -> str:
    return " ".join(text.split())


def shown(question: PresentedQuestion, response: Response) -> str:
    """A response as it stood on the paper: letters, √ or ×, texts; "（未作答）" where there is none."""
    if question.parts:
        values = (response or {}).get("parts") or [None] * len(question.parts)
        pairs = zip(question.parts, values, strict=True)
        said = [f"（{part.number}）{_shown(part, value)}" for part, value in pairs]
        return "　".join(said) if any(values) else NOTHING
    return _shown(question, response)


NOTHING = "（未作答）"


def _shown(asked: Asked, response: Response) -> str:
    if not is_answered(response):
        return NOTHING
    assert response is not None
    [(shape, value)] = response.items()
    if shape == "options":
        return "".join(letter(place) for place, option in enumerate(asked.options) if option.id in value)
    if shape == "truth":
        return "√" if value else "×"
    if shape == "blanks":
        return "；".join(text or "（空）" for text in value)
    return str(value)


def differences(
    questions: Sequence[PresentedQuestion], one: Mapping[str, Any], other: Mapping[str, Any]
) -> list[int]:
    """Positions at which two entries (by position as text) say different things.  Spaces make no difference."""
    positions = [question.position for question in questions]
    return [p for p in positions if _folded(one.get(str(p))) != _folded(other.get(str(p)))]


def _folded(value: Any) -> Any:
    if isinstance(value, str):
        return "".join(unicodedata.normalize("NFKC", value).split())
    if isinstance(value, list):
        return [_folded(one) for one in value]
    if isinstance(value, dict):
        return {name: _folded(one) for name, one in value.items()}
    return value
