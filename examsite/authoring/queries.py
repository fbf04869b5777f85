"""What other stages and the pages ask of the bank.  Nothing here holds a key but `keys`, which says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.authoring.keys import keys
from examsite.authoring.models import (
    OutlineRow,
    OutlineStatus,
    QuestionRow,
    QuestionVersion,
    VersionStatus,
)
from examsite.authoring.versions import chunks
from question_bank.outlines.tree import Outline, outline_from_document
from question_bank.questions.kinds import Kind
from question_bank.questions.model import Question, question_from_document

__all__ = [
    "PooledVersion",
    "approved_pool",
    "keys",
    "outline_in_force",
    "published_outline",
    "questions",
]


@dataclass(frozen=True, slots=True)
class PooledVersion:
    """An approved version as the assembler sees it.  options: ids in the author's order."""

    version_id: int
    question_id: int
    external_id: str | None
    point: str
    kind: Kind
    difficulty: int | None
    options: tuple[str, ...]
    content_hash: str


def approved_pool(session: Session, bank_id: int) -> list[PooledVersion]:
    """Every approved version of a bank, by id, without keys."""
    rows = session.execute(
        select(
            QuestionVersion.id,
            QuestionVersion.question_id,
            QuestionRow.external_id,
            QuestionVersion.point,
            QuestionVersion.kind,
            QuestionVersion.difficulty,
            QuestionVersion.document["options"],
            QuestionVersion.content_hash,
        )
        .join(QuestionRow, QuestionRow.id == QuestionVersion.question_id)
        .where(QuestionVersion.bank_id == bank_id, QuestionVersion.status == VersionStatus.APPROVED)
        .order_by(QuestionVersion.id)
    )
    return [
        PooledVersion(
            version_id,
            question_id,
            external_id,
            point,
            Kind(kind),
            difficulty,
            tuple(option["id"] for option in options),
            digest,
        )
        for version_id, question_id, external_id, point, kind, difficulty, options, digest in rows
    ]


def questions(session: Session, version_ids: Sequence[int]) -> dict[int, Question]:
    """The questions of these versions by version id, without keys."""
    found: dict[int, Question] = {}
    for part in chunks(list(dict.fromkeys(version_ids)), 5000):
        rows = session.execute(
            select(QuestionVersion.id, QuestionVersion.document).where(QuestionVersion.id.in_(part))
        )
        found.update({row.id: question_from_document(row.document) for row in rows})
    return found


def outline_in_force(session: Session, bank_id: int) -> OutlineRow | None:
    """The newest published outline of a bank."""
    return session.scalars(
        select(OutlineRow)
        .where(OutlineRow.bank_id == bank_id, OutlineRow.status == OutlineStatus.PUBLISHED)
        .order_by(OutlineRow.published_at.desc(), OutlineRow.id.desc())
        .limit(1)
    ).one_or_none()


def outline_of(row: OutlineRow) -> Outline:
    """The tree of a row; `verified` says whether a person vouched for its figures."""
    return replace(outline_from_document(row.document), verified=row.verified_at is not None)


def published_outline(session: Session, bank_id: int) -> tuple[OutlineRow, Outline] | None:
    """The outline in force with its row, or None where none was published."""
    row = outline_in_force(session, bank_id)
    return None if row is None else (row, outline_of(row))
