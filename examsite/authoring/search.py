"""One version with its history, and what waits for a reviewer; the bank's list is `catalogue.search`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from examsite.authoring.models import (
    Bank,
    ImportBatch,
    Opinion,
    QuestionRow,
    QuestionVersion,
    VersionStatistics,
    VersionStatus,
)


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
class Found:
    """One page of a list.  page counts from 1."""

    lines: list[Any]
    total: int
    page: int
    size: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))


def to_review(
    session: Session,
    reviewer_id: int,
    institutions: frozenset[int] | None,
    filters: Filters,
    page: int,
    size: int = 20,
) -> Found:
    """Versions that this reviewer may judge, oldest first: newest of their question, nothing of it their own."""
    query = (
        select(QuestionVersion)
        .join(Bank, Bank.id == QuestionVersion.bank_id)
        .join(QuestionRow, QuestionRow.id == QuestionVersion.question_id)
        .where(*_waiting(reviewer_id, institutions), *_conditions(filters))
    )
    if filters.bank_id is not None:
        query = query.where(QuestionVersion.bank_id == filters.bank_id)
    total, page = _count(session, query.with_only_columns(QuestionVersion.id), page, size)
    rows = session.scalars(
        query.options(
            joinedload(QuestionVersion.question),
            joinedload(QuestionVersion.author),
        )
        .order_by(QuestionVersion.submitted_at, QuestionVersion.id)
        .limit(size)
        .offset((page - 1) * size)
    ).all()
    return Found(list(rows), total, page, size)


def next_to_review(
    session: Session, reviewer_id: int, institutions: frozenset[int] | None, *, after: QuestionVersion
) -> int | None:
    """The next version in the same bank that this reviewer may judge, or the first one."""
    query = (
        select(QuestionVersion.id)
        .join(Bank, Bank.id == QuestionVersion.bank_id)
        .where(*_waiting(reviewer_id, institutions), QuestionVersion.bank_id == after.bank_id)
        .order_by(QuestionVersion.id)
        .limit(1)
    )
    return session.scalar(query.where(QuestionVersion.id > after.id)) or session.scalar(
        query.where(QuestionVersion.id != after.id)
    )


def banks_to_review(
    session: Session, reviewer_id: int, institutions: frozenset[int] | None
) -> list[tuple[int, str, int]]:
    """(id, name, waiting) of the banks with something for this reviewer."""
    rows = session.execute(
        select(Bank.id, Bank.name, func.count())
        .join(QuestionVersion, QuestionVersion.bank_id == Bank.id)
        .where(*_waiting(reviewer_id, institutions))
        .group_by(Bank.id, Bank.name)
        .order_by(Bank.name)
    )
    return [(bank_id, name, count) for bank_id, name, count in rows]


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


def _waiting(reviewer_id: int, institutions: frozenset[int] | None) -> list[ColumnElement[bool]]:
    other = aliased(QuestionVersion)
    batch = aliased(ImportBatch)
    newer = exists().where(
        other.question_id == QuestionVersion.question_id, other.number > QuestionVersion.number
    )
    own = aliased(QuestionVersion)
    mine = exists(
        select(own.id)
        .outerjoin(batch, batch.id == own.batch_id)
        .where(
            own.question_id == QuestionVersion.question_id,
            or_(own.author_id == reviewer_id, batch.uploaded_by_id == reviewer_id),
        )
        .correlate(QuestionVersion)
    )
    conditions = [QuestionVersion.status == VersionStatus.IN_REVIEW, ~newer, ~mine]
    if institutions is not None:
        conditions.append(Bank.institution_id.in_(institutions))
    return conditions


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for word in filters.text.split():
        conditions.append(
            or_(
                QuestionVersion.stem.icontains(word, autoescape=True),
                QuestionRow.external_id.icontains(word, autoescape=True),
            )
        )
    if filters.area:
        conditions.append(
            or_(
                QuestionVersion.point == filters.area,
                QuestionVersion.point.startswith(filters.area + "-", autoescape=True),
            )
        )
    if filters.kind:
        conditions.append(QuestionVersion.kind == filters.kind)
    if filters.difficulty:
        conditions.append(QuestionVersion.difficulty == int(filters.difficulty))
    if filters.status:
        conditions.append(QuestionVersion.status == filters.status)
    return conditions


def _count(session: Session, query: Select[*tuple[Any, ...]], page: int, size: int) -> tuple[int, int]:
    """How many rows there are, and the page that exists nearest to the one asked for."""
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    return total, min(max(1, page), max(1, -(-total // size)))
