"""A paper: a frozen list of questions with their points and the order in which options are shown.

Key-free by its type: it names questions and options by id and says nothing of what is right.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from question_bank.questions.model import canonical_hash


@dataclass(frozen=True, slots=True)
class PaperQuestion:
    """One place on a paper.  option_order: ids of the options as shown; empty for kinds without options."""

    question_id: str
    content_hash: str
    points: Decimal
    option_order: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """`number` counts from 1 within one drawing.  `hash` is over the questions, so equal papers have equal hashes."""

    number: int
    questions: tuple[PaperQuestion, ...]
    hash: str

    @property
    def total(self) -> Decimal:
        return sum((question.points for question in self.questions), Decimal(0))


def make_paper(number: int, questions: tuple[PaperQuestion, ...]) -> Paper:
    """The paper of these questions, with its hash."""
    return Paper(number, questions, paper_hash(questions))


def paper_hash(questions: tuple[PaperQuestion, ...]) -> str:
    """SHA-256, in hexadecimal, of the canonical JSON of the questions in their order."""
    return canonical_hash([question_as_document(question) for question in questions])


def paper_as_document(paper: Paper) -> dict[str, Any]:
    """A JSON-ready dictionary; points as text."""
    return {
        "number": paper.number,
        "hash": paper.hash,
        "total": points_text(paper.total),
        "questions": [question_as_document(question) for question in paper.questions],
    }


def paper_from_document(document: dict[str, Any]) -> Paper:
    """The paper of a stored document.  ValueError where its hash is not that of its questions."""
    questions = tuple(
        PaperQuestion(q["id"], q["content_hash"], Decimal(q["points"]), tuple(q["options"]))
        for q in document["questions"]
    )
    if paper_hash(questions) != document["hash"]:
        raise ValueError(f"paper {document['number']}: the stored hash is not that of its questions")
    return Paper(document["number"], questions, document["hash"])


@lru_cache(maxsize=1024)
def points_text(points: Decimal) -> str:
    """Points as people write them and as they are hashed: "1", "0.5", "100"."""
    return format(points.normalize(), "f")


def question_as_document(question: PaperQuestion) -> dict[str, Any]:
    """One place on a paper as it is stored and hashed."""
    return {
        "id": question.question_id,
        "content_hash": question.content_hash,
        "points": points_text(question.points),
        "options": list(question.option_order),
    }
