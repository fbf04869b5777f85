"""What the register of textbooks holds, who cites a textbook, and what was done to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, or_, select
from sqlalchemy.orm import Session, joinedload

from examsite.authoring.models import Bank, QuestionVersion
from examsite.authoring.textbooks.models import Textbook, TextbookAct, TextbookActKind, TextbookStatus
from question_bank.rules import isbn

PAGE_SIZE = 50
Reach = frozenset[int] | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of textbooks is narrowed by; empty = everything."""

    search: str = ""
    status: str = ""
    level: int | None = None
    industry: str = ""

    @property
    def is_narrowed(self) -> bool:
        return self != Wanted()


@dataclass(frozen=True, slots=True)
class Step:
    """An act of an entry's history.  changes: field → (before, after), where the act changed the content."""

    act: TextbookAct
    changes: Mapping[str, tuple[Any, Any]]


def textbook(session: Session, textbook_id: int) -> Textbook | None:
    """The entry with its institution."""
    return session.get(Textbook, textbook_id, options=[joinedload(Textbook.institution)])


def find(session: Session, reach: Reach, wanted: Wanted, page: int) -> tuple[list[Textbook], int]:
    """One page (from 1) of the textbooks within reach, what waits first, then by title; and how many there are."""
    conditions = [within(reach), *_conditions(wanted)]
    total = session.scalar(select(func.count()).select_from(Textbook).where(*conditions)) or 0
    rows = session.scalars(
        select(Textbook)
        .where(*conditions)
        .options(joinedload(Textbook.institution))
        .order_by(
            Textbook.status != TextbookStatus.SUBMITTED, Textbook.title, Textbook.year.desc(), Textbook.id
        )
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    return list(rows), total


def within(reach: Reach) -> ColumnElement[bool]:
    """Textbooks of these institutions (None = all), and those for all institutions."""
    everywhere = Textbook.institution_id.is_(None)
    return or_(
        everywhere,
        Textbook.institution_id.is_not(None) if reach is None else Textbook.institution_id.in_(reach),
    )


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.search:
        columns = (Textbook.title, Textbook.authors, Textbook.publisher)
        said = [column.icontains(wanted.search, autoescape=True) for column in columns]
        number = isbn.normalised(wanted.search)
        found.append(or_(*said, Textbook.isbn.contains(number, autoescape=True)) if number else or_(*said))
    if wanted.status:
        found.append(Textbook.status == wanted.status)
    if wanted.level is not None:
        found.append(Textbook.levels.contains(f" {wanted.level} "))
    if wanted.industry:
        found.append(Textbook.industry == wanted.industry)
    return found


def offered(session: Session, institution_id: int) -> list[str]:
    """Citations of the confirmed textbooks that a question of this institution may rest on, by title."""
    rows = session.scalars(
        select(Textbook)
        .where(within(frozenset({institution_id})), Textbook.status == TextbookStatus.CONFIRMED)
        .order_by(Textbook.title, Textbook.id)
    )
    return list(dict.fromkeys(row.citation for row in rows))


def citing(session: Session, row: Textbook, reach: Reach) -> int:
    """How many questions within reach name its title in the sources of any of their versions."""
    # The sources as the database writes a JSON text: the title is escaped in the same way.
    title = json.dumps(row.title, ensure_ascii=False)[1:-1]
    query = (
        select(func.count(QuestionVersion.question_id.distinct()))
        .join(Bank, Bank.id == QuestionVersion.bank_id)
        .where(
            QuestionVersion.has_source,
            cast(QuestionVersion.document["sources"], Text).contains(title, autoescape=True),
        )
    )
    if row.institution_id is not None:
        query = query.where(Bank.institution_id == row.institution_id)
    elif reach is not None:
        query = query.where(Bank.institution_id.in_(reach))
    return session.scalar(query) or 0


def replacement(session: Session, row: Textbook) -> Textbook | None:
    """The entry of a newer edition that replaces this one or is to."""
    return session.scalars(select(Textbook).where(Textbook.replaces_id == row.id)).one_or_none()


def history(session: Session, row: Textbook) -> list[Step]:
    """What was done to it, newest first."""
    acts = session.scalars(
        select(TextbookAct)
        .where(TextbookAct.textbook_id == row.id)
        .options(joinedload(TextbookAct.person))
        .order_by(TextbookAct.id)
    )
    steps: list[Step] = []
    before: dict[str, Any] = {}
    for act in acts:
        after = act.content or before
        changed = {name: (before[name], after[name]) for name in before if before[name] != after.get(name)}
        steps.append(Step(act, changed if act.act == TextbookActKind.CHANGED else {}))
        before = after
    return steps[::-1]
