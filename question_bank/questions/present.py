"""What a candidate may see of a question: a type that has no place for a key.

Nothing in this module imports scoring, and `PresentedQuestion` is what every page and reply to a candidate is made
from.  The order of the options comes from a seed, so the same paper shows the same order after every reload.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from question_bank.questions.kinds import Kind
from question_bank.questions.model import Option, Question
from question_bank.questions.parts import part_points

#: Characters that a response may hold.
MOST_IN_A_BLANK = 200
MOST_IN_A_NUMBER = 100
MOST_IN_A_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class PresentedPart:
    """A 小题 as its question shows it; number counts from 1 within the question."""

    number: int
    kind: Kind
    stem: str
    options: tuple[Option, ...]
    blanks: int
    numeric: bool
    points: Decimal

    @property
    def shape(self) -> str:
        """How it is answered: options, truth, blanks, number or text."""
        return _shape(self.kind, self.numeric)


@dataclass(frozen=True, slots=True)
class PresentedQuestion:
    """A question on one paper: position counts from 1 through the paper; options stand in the order shown."""

    position: int
    kind: Kind
    stem: str
    options: tuple[Option, ...]
    blanks: int
    points: Decimal
    picture: str = ""
    material: str = ""
    numeric: bool = False
    parts: tuple[PresentedPart, ...] = ()

    def as_document(self) -> dict[str, Any]:
        """What the candidate's page receives."""
        return {
            "position": self.position,
            "kind": self.kind.value,
            "stem": self.stem,
            "options": _options(self.options),
            "blanks": self.blanks,
            "points": str(self.points),
            "picture": self.picture,
            "material": self.material,
            "numeric": self.numeric,
            "parts": [
                {
                    "number": part.number,
                    "kind": part.kind.value,
                    "stem": part.stem,
                    "options": _options(part.options),
                    "blanks": part.blanks,
                    "numeric": part.numeric,
                    "points": str(part.points),
                }
                for part in self.parts
            ],
        }

    @property
    def shape(self) -> str:
        """How it is answered: options, truth, blanks, number, text, or parts."""
        return "parts" if self.parts else _shape(self.kind, self.numeric)

    @property
    def has_multiple(self) -> bool:
        """Whether it is a 多选题 or has one among its parts."""
        return Kind.MULTIPLE in (self.kind, *(part.kind for part in self.parts))

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything written in markup, as the candidate meets it."""
        inside = (text for part in self.parts for text in (part.stem, *(o.content for o in part.options)))
        return (self.material, self.stem, *(option.content for option in self.options), *inside)


def present(
    question: Question, *, position: int, points: Decimal, order: Sequence[str] = ()
) -> PresentedQuestion:
    """The question as this paper shows it.  `order`: option ids as shown; empty = the author's order.

    Parts, and the options inside them, keep the author's order: parts often speak of one another.
    Raises ValueError where `order` is not a permutation of the question's option ids.
    """
    options = question.options
    if order:
        by_id = {option.id: option for option in question.options}
        if sorted(order) != sorted(by_id):
            raise ValueError(f"option order of position {position} does not fit the question")
        options = tuple(by_id[i] for i in order)
    worth = part_points(question.parts, points)
    return PresentedQuestion(
        position,
        question.kind,
        question.stem,
        options,
        question.blanks,
        points,
        question.picture,
        question.material,
        question.numeric,
        tuple(
            PresentedPart(
                number, part.kind, part.stem, part.options, part.blanks, part.numeric, worth[number - 1]
            )
            for number, part in enumerate(question.parts, start=1)
        ),
    )


def _options(options: tuple[Option, ...]) -> list[dict[str, str]]:
    return [{"id": option.id, "content": option.content} for option in options]


def _shape(kind: Kind, numeric: bool) -> str:
    if kind.has_options:
        return "options"
    if kind is Kind.JUDGEMENT:
        return "truth"
    if kind is Kind.BLANK:
        return "blanks"
    return "number" if kind is Kind.CALCULATION and numeric else "text"


def is_shaped(question: PresentedQuestion | PresentedPart, response: object) -> bool:
    """Whether a response has the shape that this question takes.  Whether it is right is not looked at.

    Shapes, None everywhere meaning "nothing entered":
    choice kinds {"options": [id, …]} (单选 at most one, no repeats, ids of this question) · 判断 {"truth": bool} ·
    填空 {"blanks": [text, …]} (one a blank, 200 characters each) · numeric 计算 {"number": str} (100 characters) ·
    questions with parts {"parts": [response, …]} (one a part, each shaped by it) · others {"text": str} (20,000 characters).
    """
    if response is None:
        return True
    if not isinstance(response, dict) or len(response) != 1:
        return False
    shape = question.shape
    value = response.get(shape)
    if shape == "parts":
        assert isinstance(question, PresentedQuestion)
        return (
            isinstance(value, list)
            and len(value) == len(question.parts)
            and all(is_shaped(part, one) for part, one in zip(question.parts, value, strict=True))
        )
    if shape == "options":
        return (
            isinstance(value, list)
            and all(isinstance(i, str) for i in value)
            and len(set(value)) == len(value)
            and set(value) <= {option.id for option in question.options}
            and (question.kind is Kind.MULTIPLE or len(value) <= 1)
        )
    if shape == "truth":
        return isinstance(value, bool)
    if shape == "blanks":
        return (
            isinstance(value, list)
            and len(value) == question.blanks
            and all(_is_text(text, MOST_IN_A_BLANK) for text in value)
        )
    return _is_text(value, MOST_IN_A_NUMBER if shape == "number" else MOST_IN_A_TEXT)


def _is_text(value: object, most: int) -> bool:
    return isinstance(value, str) and len(value) <= most and "\x00" not in value


def is_answered(response: object) -> bool:
    """Whether anything was entered: what the 答题卡 counts as 已答.  One blank filled, or one part, counts."""
    if not isinstance(response, dict):
        return False
    if "truth" in response:
        return response["truth"] is not None
    if "parts" in response:
        return isinstance(response["parts"], list) and any(is_answered(one) for one in response["parts"])
    value = next(
        (response[name] for name in ("options", "blanks", "text", "number") if response.get(name)), None
    )
    if isinstance(value, list):
        return any(isinstance(part, str) and part.strip() for part in value)
    return isinstance(value, str) and bool(value.strip())


def is_complete(response: object) -> bool:
    """Whether every part and every blank has something entered; the same as `is_answered` where there are none."""
    if isinstance(response, dict) and isinstance(response.get("parts"), list):
        return bool(response["parts"]) and all(is_complete(one) for one in response["parts"])
    if isinstance(response, dict) and isinstance(response.get("blanks"), list):
        return bool(response["blanks"]) and all(
            isinstance(text, str) and text.strip() for text in response["blanks"]
        )
    return is_answered(response)
