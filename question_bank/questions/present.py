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
            "options": [{"id": option.id, "content": option.content} for option in self.options],
            "blanks": self.blanks,
            "points": str(self.points),
            "picture": self.picture,
        }


def present(
    question: Question, *, position: int, points: Decimal, order: Sequence[str] = ()
) -> PresentedQuestion:
    """The question as this paper shows it.  `order`: option ids as shown; empty = the author's order.

    Raises ValueError where `order` is not a permutation of the question's option ids.
    """
    options = question.options
    if order:
        by_id = {option.id: option for option in question.options}
        if sorted(order) != sorted(by_id):
            raise ValueError(f"option order of position {position} does not fit the question")
        options = tuple(by_id[i] for i in order)
    return PresentedQuestion(
        position, question.kind, question.stem, options, question.blanks, points, question.picture
    )


def is_shaped(question: PresentedQuestion, response: object) -> bool:
    """Whether a response has the shape that this question takes.  Whether it is right is not looked at.

    Shapes, None everywhere meaning "nothing entered":
    choice kinds {"options": [id, …]} (单选 at most one, no repeats, ids of this question) · 判断 {"truth": bool} ·
    填空 {"blanks": [text, …]} (one a blank, 200 characters each) · others {"text": str} (20,000 characters).
    """
    if response is None:
        return True
    if not isinstance(response, dict) or len(response) != 1:
        return False
    if question.kind.has_options:
        chosen = response.get("options")
        return (
            isinstance(chosen, list)
            and all(isinstance(i, str) for i in chosen)
            and len(set(chosen)) == len(chosen)
            and set(chosen) <= {option.id for option in question.options}
            and (question.kind is Kind.MULTIPLE or len(chosen) <= 1)
        )
    if question.kind is Kind.JUDGEMENT:
        return isinstance(response.get("truth"), bool)
    if question.kind is Kind.BLANK:
        texts = response.get("blanks")
        return (
            isinstance(texts, list)
            and len(texts) == question.blanks
            and all(isinstance(text, str) and len(text) <= 200 and "\x00" not in text for text in texts)
        )
    text = response.get("text")
    return isinstance(text, str) and len(text) <= 20_000 and "\x00" not in text


def is_answered(response: object) -> bool:
    """Whether anything was entered: what the 答题卡 counts as 已答.  A 填空 with one blank filled counts."""
    if not isinstance(response, dict):
        return False
    if "truth" in response:
        return response["truth"] is not None
    value = response.get("options") or response.get("blanks") or response.get("text")
    if isinstance(value, list):
        return any(isinstance(part, str) and part.strip() for part in value)
    return isinstance(value, str) and bool(value.strip())
