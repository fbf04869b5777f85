"""Papers of a set with their questions as candidates see them, for pages and printers.  Nothing here can read a key."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.authoring.models import QuestionVersion
from examsite.authoring.pictures.queries import pictures_of
from examsite.authoring.versions import chunks
from examsite.planning.models import Paper, PaperSet, Plan
from question_bank.questions.markup import pictures
from question_bank.questions.model import Question, question_from_document
from question_bank.questions.present import PresentedQuestion, present


@dataclass(frozen=True, slots=True)
class LoadedPaper:
    """One paper: versions by position (the first stands at 0), and what is asked there."""

    number: int
    content_hash: str
    versions: tuple[int, ...]
    questions: tuple[PresentedQuestion, ...]

    @property
    def code(self) -> str:
        """The eight digits that stand on the printed paper and that people type to name it."""
        return self.content_hash[:8]


def load_papers(session: Session, set_id: int, numbers: Collection[int]) -> list[LoadedPaper]:
    """These papers in order of their number; those that the set does not have are left out."""
    rows = session.execute(
        select(Paper.number, Paper.document, Paper.content_hash)
        .where(Paper.set_id == set_id, Paper.number.in_(numbers))
        .order_by(Paper.number)
    ).all()
    wanted = sorted({place["version"] for row in rows for place in row.document["questions"]})
    questions = _questions(session, wanted)
    return [
        LoadedPaper(
            row.number,
            row.content_hash,
            tuple(place["version"] for place in row.document["questions"]),
            tuple(
                present(
                    questions[place["version"]],
                    position=position,
                    points=Decimal(place["points"]),
                    order=place["options"],
                )
                for position, place in enumerate(row.document["questions"], start=1)
            ),
        )
        for row in rows
    ]


def pictures_on(session: Session, papers: PaperSet, loaded: Collection[LoadedPaper]) -> dict[str, bytes]:
    """The bytes of every picture on these papers, by digest."""
    digests = {
        digest
        for paper in loaded
        for question in paper.questions
        for text in question.texts
        for digest in pictures(text)
    }
    if not digests:
        return {}
    bank_id = session.scalars(select(Plan.bank_id).where(Plan.id == papers.plan_id)).one()
    return pictures_of(session, bank_id, digests)


def _questions(session: Session, version_ids: list[int]) -> dict[int, Question]:
    found: dict[int, Question] = {}
    for part in chunks(version_ids, 5000):
        rows = session.execute(
            select(QuestionVersion.id, QuestionVersion.document).where(QuestionVersion.id.in_(part))
        )
        found.update({row.id: question_from_document(row.document) for row in rows})
    return found
