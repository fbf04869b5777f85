"""What waits for a reviewer: tasks of one's own by the day they are due, then what nobody has and one may take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, literal, or_, select, union
from sqlalchemy.orm import Session, aliased, joinedload

from examsite.authoring.models import (
    Bank,
    ImportBatch,
    Opinion,
    QuestionRow,
    QuestionVersion,
    VersionStatus,
)
from examsite.authoring.search import Filters, Found, conditions, counted
from examsite.authoring.secrecy.models import Duty, DutyTask
from examsite.authoring.vetting.models import Recusal, ReviewTask, Unassigned

Reach = frozenset[int] | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A version with the reviewer's task; task None = nobody has it."""

    version: QuestionVersion
    task: ReviewTask | None


@dataclass(frozen=True, slots=True)
class Count:
    """What one reviewer has to do: tasks of their own, how many of these are overdue, and what is free to take."""

    mine: int
    overdue: int
    free: int


def to_review(
    session: Session, reviewer_id: int, reach: Reach, filters: Filters, page: int, size: int = 20
) -> Found:
    """Lines are `Waiting`: newest of their question, nothing of it one's own."""
    task = aliased(ReviewTask)
    query = (
        select(QuestionVersion, task)
        .join(Bank, Bank.id == QuestionVersion.bank_id)
        .join(QuestionRow, QuestionRow.id == QuestionVersion.question_id)
        .outerjoin(task, _mine(task, reviewer_id))
        .where(*_waiting(reviewer_id, reach), *conditions(filters))
    )
    if filters.bank_id is not None:
        query = query.where(QuestionVersion.bank_id == filters.bank_id)
    total, page = counted(session, query.with_only_columns(QuestionVersion.id), page, size)
    rows = session.execute(
        query.options(joinedload(QuestionVersion.question), joinedload(QuestionVersion.author))
        .order_by(task.due_at.is_(None), task.due_at, QuestionVersion.submitted_at, QuestionVersion.id)
        .limit(size)
        .offset((page - 1) * size)
    )
    return Found([Waiting(version, held) for version, held in rows], total, page, size)


def next_to_review(session: Session, reviewer_id: int, reach: Reach, *, after: QuestionVersion) -> int | None:
    """The next version in the same bank that this reviewer may judge, own tasks first."""
    task = aliased(ReviewTask)
    query = (
        select(QuestionVersion.id)
        .join(Bank, Bank.id == QuestionVersion.bank_id)
        .outerjoin(task, _mine(task, reviewer_id))
        .where(
            *_waiting(reviewer_id, reach),
            QuestionVersion.bank_id == after.bank_id,
            QuestionVersion.id != after.id,
        )
        .order_by(task.id.is_(None), QuestionVersion.id < after.id, task.due_at, QuestionVersion.id)
        .limit(1)
    )
    return session.scalar(query)


def banks_to_review(session: Session, reviewer_id: int, reach: Reach) -> list[tuple[int, str, int]]:
    """(id, name, waiting) of the banks with something for this reviewer."""
    rows = session.execute(
        select(Bank.id, Bank.name, func.count())
        .join(QuestionVersion, QuestionVersion.bank_id == Bank.id)
        .where(*_waiting(reviewer_id, reach))
        .group_by(Bank.id, Bank.name)
        .order_by(Bank.name)
    )
    return [(bank_id, name, count) for bank_id, name, count in rows]


def count(session: Session, reviewer_id: int, reach: Reach, *, now: datetime) -> Count:
    """What waits for this reviewer, in figures."""
    task = aliased(ReviewTask)
    mine, overdue, everything = session.execute(
        select(
            func.count(task.id),
            func.count(task.id).filter(task.due_at < now),
            func.count(QuestionVersion.id),
        )
        .select_from(QuestionVersion)
        .join(Bank, Bank.id == QuestionVersion.bank_id)
        .outerjoin(task, _mine(task, reviewer_id))
        .where(*_waiting(reviewer_id, reach))
    ).one()
    return Count(mine, overdue, everything - mine)


def _mine(task: type[ReviewTask], reviewer_id: int) -> ColumnElement[bool]:
    return and_(
        task.version_id == QuestionVersion.id, task.reviewer_id == reviewer_id, task.ended_at.is_(None)
    )


def _waiting(reviewer_id: int, reach: Reach) -> list[ColumnElement[bool]]:
    other, own, batch, wrote = (
        aliased(QuestionVersion),
        aliased(QuestionVersion),
        aliased(ImportBatch),
        aliased(Recusal),
    )
    newer = exists().where(
        other.question_id == QuestionVersion.question_id, other.number > QuestionVersion.number
    )
    mine = (
        select(own.id)
        .outerjoin(batch, batch.id == own.batch_id)
        .where(own.question_id == QuestionVersion.question_id)
        .correlate(QuestionVersion)
    )
    is_own = exists(mine.where(or_(own.author_id == reviewer_id, batch.uploaded_by_id == reviewer_id)))
    withdrawn = exists().where(
        Recusal.person_id == reviewer_id, Recusal.question_id == QuestionVersion.question_id
    )
    from_author = exists(
        mine.join(
            wrote, or_(wrote.author_id == own.author_id, wrote.author_id == batch.uploaded_by_id)
        ).where(wrote.person_id == reviewer_id, wrote.ended_at.is_(None))
    )
    judged = exists().where(Opinion.version_id == QuestionVersion.id, Opinion.reviewer_id == reviewer_id)
    found = [
        QuestionVersion.status == VersionStatus.IN_REVIEW,
        ~newer,
        ~is_own,
        ~withdrawn,
        ~from_author,
        ~judged,
        asked_or_free(reviewer_id),
    ]
    if reach is not None:
        found.append(Bank.institution_id.in_(reach))
    return found


def asked_or_free(reviewer_id: int) -> ColumnElement[bool]:
    """A task of one's own; or one that nobody has, within one's duty where the bank is restricted.

    Written as a list of ids, so that the database starts from the few tasks and not from all that is in review.
    """
    live = ReviewTask.ended_at.is_(None)
    asked = select(ReviewTask.version_id).where(live, ReviewTask.reviewer_id == reviewer_id)
    free = select(ReviewTask.version_id).where(live, ReviewTask.unassigned == Unassigned.NOBODY)
    named = exists().where(
        Duty.bank_id == QuestionVersion.bank_id,
        Duty.person_id == reviewer_id,
        Duty.task == DutyTask.REVIEW,
        Duty.ended_at.is_(None),
        or_(
            Duty.area == "",
            QuestionVersion.point == Duty.area,
            QuestionVersion.point.startswith(Duty.area + literal("-")),
        ),
    )
    return and_(
        QuestionVersion.id.in_(union(asked, free)),
        or_(QuestionVersion.id.in_(asked), ~Bank.is_restricted, named),
    )


def task_of(session: Session, version_id: int, reviewer_id: int) -> ReviewTask | None:
    """The open task of a reviewer for a version."""
    return session.scalars(
        select(ReviewTask).where(
            ReviewTask.version_id == version_id,
            ReviewTask.reviewer_id == reviewer_id,
            ReviewTask.ended_at.is_(None),
        )
    ).one_or_none()
