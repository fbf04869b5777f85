"""Finding questions: the bank's list, and one version with its history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from examsite.access.models import Person
from examsite.authoring.models import (
    ImportBatch,
    Opinion,
    QuestionRow,
    QuestionVersion,
    VersionStatistics,
)
from examsite.authoring.queries import is_current

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; "" = not.  text: part of the stem or of the ID.  area: a code and all below it."""

    text: str = ""
    area: str = ""
    kind: str = ""
    difficulty: str = ""
    status: str = ""
    bank_id: int | None = None

    def as_arguments(self) -> dict[str, Any]:
        """As the address of the page carries them."""
        found = {
            "q": self.text,
            "area": self.area,
            "kind": self.kind,
            "difficulty": self.difficulty,
            "status": self.status,
            "bank": self.bank_id,
        }
        return {name: value for name, value in found.items() if value}


@dataclass(frozen=True, slots=True)
class Line:
    """A version as a list shows it."""

    id: int
    external_id: str | None
    number: int
    status: str
    kind: str
    point: str
    difficulty: int | None
    stem: str
    author: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a list.  page counts from 1."""

    lines: list[Any]
    total: int
    page: int
    size: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))


def find(
    session: Session,
    bank_id: int,
    filters: Filters,
    page: int,
    size: int = PAGE_SIZE,
    *,
    visible: ColumnElement[bool],
) -> Found:
    """Current versions of a bank, by point and ID; with a status, all versions that have it.

    visible: those that the person may see (`secrecy.need_to_know`).
    """
    query = (
        select(
            QuestionVersion.id,
            QuestionRow.external_id,
            QuestionVersion.number,
            QuestionVersion.status,
            QuestionVersion.kind,
            QuestionVersion.point,
            QuestionVersion.difficulty,
            QuestionVersion.stem,
            Person.name.label("author"),
            QuestionVersion.created_at,
        )
        .join(QuestionRow, QuestionRow.id == QuestionVersion.question_id)
        .join(Person, Person.id == QuestionVersion.author_id)
        .where(QuestionVersion.bank_id == bank_id, visible, *conditions(filters))
    )
    if not filters.status:
        query = query.where(is_current())
    total, page = counted(session, query, page, size)
    rows = session.execute(
        query.order_by(QuestionVersion.point, QuestionRow.external_id, QuestionVersion.id)
        .limit(size)
        .offset((page - 1) * size)
    )
    return Found([Line(**row._mapping) for row in rows], total, page, size)


def version(session: Session, version_id: int) -> QuestionVersion | None:
    """A version with its question and author, without its key."""
    return session.scalars(
        select(QuestionVersion)
        .where(QuestionVersion.id == version_id)
        .options(joinedload(QuestionVersion.question), joinedload(QuestionVersion.author))
    ).one_or_none()


def history(session: Session, question_id: int) -> list[QuestionVersion]:
    """Every version of a question, newest first, with its author."""
    return list(
        session.scalars(
            select(QuestionVersion)
            .where(QuestionVersion.question_id == question_id)
            .options(joinedload(QuestionVersion.author))
            .order_by(QuestionVersion.number.desc())
        )
    )


def opinions(session: Session, version_ids: Sequence[int]) -> list[Opinion]:
    """The opinions on these versions, newest first, with who gave them."""
    return list(
        session.scalars(
            select(Opinion)
            .where(Opinion.version_id.in_(version_ids))
            .options(joinedload(Opinion.reviewer))
            .order_by(Opinion.at.desc(), Opinion.id.desc())
        )
    )


def statistics(session: Session, version_ids: Sequence[int]) -> list[VersionStatistics]:
    """What sittings taught about these versions, newest first."""
    return list(
        session.scalars(
            select(VersionStatistics)
            .where(VersionStatistics.version_id.in_(version_ids))
            .order_by(VersionStatistics.at.desc())
        )
    )


def is_own(session: Session, question_id: int, person_id: int) -> bool:
    """Whether the person wrote a version of this question or uploaded the file it came with."""
    return bool(
        session.scalar(
            select(func.count())
            .select_from(QuestionVersion)
            .outerjoin(ImportBatch, ImportBatch.id == QuestionVersion.batch_id)
            .where(
                QuestionVersion.question_id == question_id,
                or_(QuestionVersion.author_id == person_id, ImportBatch.uploaded_by_id == person_id),
            )
        )
    )


def conditions(filters: Filters) -> list[ColumnElement[bool]]:
    """What narrows a statement that joins the question's row."""
    found: list[ColumnElement[bool]] = []
    for word in filters.text.split():
        found.append(
            or_(
                QuestionVersion.stem.icontains(word, autoescape=True),
                QuestionRow.external_id.icontains(word, autoescape=True),
            )
        )
    if filters.area:
        found.append(
            or_(
                QuestionVersion.point == filters.area,
                QuestionVersion.point.startswith(filters.area + "-", autoescape=True),
            )
        )
    if filters.kind:
        found.append(QuestionVersion.kind == filters.kind)
    if filters.difficulty:
        found.append(QuestionVersion.difficulty == int(filters.difficulty))
    if filters.status:
        found.append(QuestionVersion.status == filters.status)
    return found


def counted(session: Session, query: Select[*tuple[Any, ...]], page: int, size: int) -> tuple[int, int]:
    """How many rows there are, and the page that exists nearest to the one asked for."""
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    return total, min(max(1, page), max(1, -(-total // size)))
