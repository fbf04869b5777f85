"""What a bank's manager sees of its reviews."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from examsite.access.models import Grant, Person
from examsite.access.permissions import Role
from examsite.access.scope import institution_scope
from examsite.audit import AuditRecord
from examsite.authoring.models import Bank, QuestionVersion
from examsite.authoring.secrecy.models import Duty, DutyTask
from examsite.authoring.vetting.models import (
    ReviewTask,
    TaskEnd,
    Unassigned,
)

PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class Load:
    """One reviewer's tasks in a bank.  id None = tasks that nobody has."""

    id: int | None
    name: str
    open: int
    overdue: int
    done: int


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which open tasks: of a reviewer ("none" = of nobody, "" = all), overdue alone, at a stage (None = all)."""

    reviewer: str = ""
    overdue: bool = False
    stage: int | None = None


def loads_of_bank(session: Session, bank_id: int, *, now: datetime) -> list[Load]:
    """Every reviewer with a task in the bank, the busiest first; what nobody has comes last."""
    is_open = ReviewTask.ended_at.is_(None)
    rows = session.execute(
        select(
            ReviewTask.reviewer_id,
            Person.name,
            func.count().filter(is_open),
            func.count().filter(is_open, ReviewTask.due_at < now),
            func.count().filter(ReviewTask.ended == TaskEnd.DONE),
        )
        .outerjoin(Person, Person.id == ReviewTask.reviewer_id)
        .where(ReviewTask.bank_id == bank_id)
        .group_by(ReviewTask.reviewer_id, Person.name)
    )
    found = [Load(i, name or "", opened, late, done) for i, name, opened, late, done in rows]
    kept = [one for one in found if one.open or (one.done and one.id is not None)]
    return sorted(kept, key=lambda one: (one.id is None, -one.open, one.name))


def open_tasks(
    session: Session, bank_id: int, wanted: TaskFilter, page: int, *, now: datetime, size: int = PAGE_SIZE
) -> tuple[list[ReviewTask], int]:
    """One page (from 1) of the open tasks of a bank by the day they are due, and how many there are."""
    conditions = _conditions(bank_id, wanted, now)
    total = session.scalar(select(func.count()).select_from(ReviewTask).where(*conditions)) or 0
    rows = session.scalars(
        select(ReviewTask)
        .where(*conditions)
        .options(
            joinedload(ReviewTask.version).joinedload(QuestionVersion.question),
            joinedload(ReviewTask.reviewer),
        )
        .order_by(ReviewTask.due_at, ReviewTask.id)
        .limit(size)
        .offset((page - 1) * size)
    )
    return list(rows), total


def ids_of_open_tasks(session: Session, bank_id: int, wanted: TaskFilter, *, now: datetime) -> list[int]:
    """Every open task that fits, by the day it is due."""
    query = select(ReviewTask.id).where(*_conditions(bank_id, wanted, now))
    return list(session.scalars(query.order_by(ReviewTask.due_at, ReviewTask.id)))


def _conditions(bank_id: int, wanted: TaskFilter, now: datetime) -> list[ColumnElement[bool]]:
    found = [ReviewTask.bank_id == bank_id, ReviewTask.ended_at.is_(None)]
    if wanted.reviewer == "none":
        found.append(ReviewTask.reviewer_id.is_(None))
    elif wanted.reviewer:
        found.append(ReviewTask.reviewer_id == int(wanted.reviewer))
    if wanted.overdue:
        found.append(ReviewTask.due_at < now)
    if wanted.stage is not None:
        found.append(ReviewTask.stage == wanted.stage)
    return found


def unassigned(session: Session, bank_id: int) -> dict[Unassigned, int]:
    """How many tasks nobody has, by the reason."""
    rows = session.execute(
        select(ReviewTask.unassigned, func.count())
        .where(ReviewTask.bank_id == bank_id, ReviewTask.ended_at.is_(None), ReviewTask.reviewer_id.is_(None))
        .group_by(ReviewTask.unassigned)
    )
    return {Unassigned(why): count for why, count in rows if why}


# ---- who runs a bank


def has_manager(session: Session, bank: Bank) -> bool:
    """Whether anybody manages the bank: by duty, or by a role that reaches its institution."""
    duty = session.scalar(
        select(Duty.id).where(Duty.bank_id == bank.id, Duty.task == DutyTask.MANAGE, Duty.ended_at.is_(None))
    )
    grant = session.scalar(
        select(Grant.id)
        .join(Person, Person.id == Grant.person_id)
        .where(
            Person.is_active,
            Grant.role == Role.BANK_MANAGER,
            Grant.scope == institution_scope(bank.institution_id),
        )
        .limit(1)
    )
    return duty is not None or grant is not None


def made_by(session: Session, bank_id: int) -> int | None:
    """Who made the bank, as the record says."""
    return session.scalar(
        select(AuditRecord.actor_id).where(
            AuditRecord.object == f"banks:{bank_id}", AuditRecord.act == "bank.create"
        )
    )


def versions_of(session: Session, version_ids: Sequence[int]) -> dict[int, QuestionVersion]:
    """These versions with their questions, by id."""
    rows = session.scalars(
        select(QuestionVersion)
        .where(QuestionVersion.id.in_(version_ids))
        .options(joinedload(QuestionVersion.question))
    )
    return {row.id: row for row in rows}


def names(session: Session, person_ids: Iterable[int | None]) -> dict[int, str]:
    """Names of people by id."""
    ids = [i for i in person_ids if i is not None]
    return dict(session.execute(select(Person.id, Person.name).where(Person.id.in_(ids))).all())
