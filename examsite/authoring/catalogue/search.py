"""The list of a bank's questions: found, counted, sorted and paged, at a hundred thousand questions as at a hundred.

Pages and counts that ask for no more than `ix_question_versions_list` holds are read from it alone; whatever else is
asked for costs one pass over the bank, which finds and counts at once.  Only the rows of the page are read in full.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from examsite.access.models import Person
from examsite.authoring.catalogue.distinct import distinct_values
from examsite.authoring.catalogue.figures import FLAGS, Alarm, alarms
from examsite.authoring.catalogue.filters import Filters, Sort, Use, is_code
from examsite.authoring.catalogue.models import QuestionTag, VersionUse
from examsite.authoring.models import QuestionVersion, VersionStatus
from examsite.authoring.queries import is_current

PAGE_SIZE = 50
#: What the index of the list holds: conditions on these alone are counted in it.
INDEXED = {"area", "kind", "difficulty", "status", "writer", "use", "n", "alarm", "source", "sort"}

V = QuestionVersion
Ordering = ColumnElement[Any] | InstrumentedAttribute[Any]
_COLUMNS: dict[Sort, InstrumentedAttribute[Any]] = {
    Sort.POINT: V.point,
    Sort.EXTERNAL_ID: V.external_id,
    Sort.KIND: V.kind,
    Sort.DIFFICULTY: V.difficulty,
    Sort.STATUS: V.status,
    Sort.PEOPLE: V.people,
    Sort.RIGHT: V.proportion_right,
    Sort.DISCRIMINATION: V.discrimination,
    # Versions are numbered as they are written.
    Sort.WRITTEN: V.id,
}


@dataclass(frozen=True, slots=True)
class Line:
    """A version as the list shows it."""

    id: int
    external_id: str
    number: int
    status: str
    kind: str
    point: str
    difficulty: int | None
    stem: str
    author_id: int
    author: str
    created_at: datetime
    people: int
    papers: int
    proportion_right: float | None
    discrimination: float | None
    flags: str
    has_source: bool
    #: Whether a version of the same question is in review: reviewers may not learn there who wrote it.
    is_judged: bool

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        return alarms(self.flags)


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a list.  page counts from 1."""

    lines: list[Line]
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
    page: int = 1,
    *,
    sight: ColumnElement[bool],
    size: int = PAGE_SIZE,
    zone: tzinfo = UTC,
) -> Found:
    """The page nearest to the one asked for: current versions in sight; with a status, all versions that have it.

    zone: where the days of `since` and `until` begin.
    """
    where = conditions(session, bank_id, filters, sight, zone)
    if set(filters.as_arguments()) <= INDEXED and filters.use != Use.RECENT:
        ids, total, page = _from_index(session, where, filters, page, size)
    else:
        ids, total, page = _in_one_pass(session, where, filters, page, size)
    return Found(_lines(session, ids), total, page, size)


def matching(
    session: Session,
    bank_id: int,
    filters: Filters,
    *,
    sight: ColumnElement[bool],
    limit: int,
    zone: tzinfo = UTC,
) -> list[int]:
    """Ids of the versions that a list holds, in its order, at most `limit`."""
    where = conditions(session, bank_id, filters, sight, zone)
    return list(session.scalars(select(V.id).where(*where).order_by(*_order(filters)).limit(limit)))


def conditions(
    session: Session, bank_id: int, filters: Filters, sight: ColumnElement[bool], zone: tzinfo = UTC
) -> list[ColumnElement[bool]]:
    """What a list asks of versions, the person's sight among it."""
    where: list[ColumnElement[bool]] = [V.bank_id == bank_id, sight]
    where.append(V.status == filters.status if filters.status else is_current())
    if filters.area:
        where.append(or_(V.point == filters.area, V.point.startswith(f"{filters.area}-", autoescape=True)))
    if filters.kind:
        where.append(V.kind == filters.kind)
    if filters.difficulty:
        where.append(V.difficulty == int(filters.difficulty))
    if filters.writer is not None:
        where.append(V.author_id == filters.writer)
    if filters.use:
        where.append(_used(session, bank_id, Use(filters.use), filters.n))
    if filters.alarm:
        where.append(or_(*(V.flags.contains(f" {flag} ") for flag in FLAGS[Alarm(filters.alarm)])))
    if filters.industry:
        where.append(
            V.question_id.in_(
                select(QuestionTag.question_id).where(
                    QuestionTag.bank_id == bank_id, QuestionTag.tag == filters.industry
                )
            )
        )
    if filters.source:
        where.append(~V.has_source)
    if filters.stimulus:
        where.append(V.stimulus == filters.stimulus)
    if filters.since:
        where.append(V.created_at >= _start(filters.since, zone))
    if filters.until:
        where.append(V.created_at < _start(filters.until, zone) + timedelta(days=1))
    where.extend(_holds(word) for word in filters.words)
    return where


def writers(session: Session, bank_id: int) -> list[tuple[int, str]]:
    """Who wrote versions of a bank: (id, name) by name."""
    wrote = distinct_values(V.author_id, V.bank_id == bank_id)
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(wrote)).order_by(Person.name))
    return [(person_id, name) for person_id, name in rows]


def _from_index(
    session: Session, where: Sequence[ColumnElement[bool]], filters: Filters, page: int, size: int
) -> tuple[list[int], int, int]:
    """Ids, total and page; counted first, then skipped to from the nearer end of the list."""
    total = session.scalar(select(func.count()).select_from(V).where(*where)) or 0
    page = _nearest(page, total, size)
    start = (page - 1) * size
    length = min(size, total - start)
    if start > total // 2:
        query = select(V.id).where(*where).order_by(*_backwards(filters))
        ids = session.scalars(query.limit(length).offset(total - start - length)).all()
        return list(reversed(ids)), total, page
    query = select(V.id).where(*where).order_by(*_order(filters))
    return list(session.scalars(query.limit(length).offset(start))), total, page


def _in_one_pass(
    session: Session, where: Sequence[ColumnElement[bool]], filters: Filters, page: int, size: int
) -> tuple[list[int], int, int]:
    """Ids, total and page, where the rows themselves must be read: once, not once more to count them."""
    query: Select[*tuple[Any, ...]] = (
        select(V.id, func.count().over()).where(*where).order_by(*_order(filters)).limit(size)
    )
    rows = session.execute(query.offset((page - 1) * size)).all()
    if not rows and page > 1:
        total = session.scalar(select(func.count()).select_from(V).where(*where)) or 0
        page = _nearest(page, total, size)
        rows = session.execute(query.offset((page - 1) * size)).all()
    return [row[0] for row in rows], rows[0][1] if rows else 0, page


def _nearest(page: int, total: int, size: int) -> int:
    return min(max(1, page), max(1, -(-total // size)))


def _lines(session: Session, ids: Sequence[int]) -> list[Line]:
    """The rows of one page, in the order of their ids."""
    if not ids:
        return []
    waiting = aliased(V)
    rows = session.execute(
        select(
            V.id,
            V.external_id,
            V.number,
            V.status,
            V.kind,
            V.point,
            V.difficulty,
            V.stem,
            V.author_id,
            Person.name.label("author"),
            V.created_at,
            V.people,
            V.papers,
            V.proportion_right,
            V.discrimination,
            V.flags,
            V.has_source,
            exists()
            .where(waiting.question_id == V.question_id, waiting.status == VersionStatus.IN_REVIEW)
            .label("is_judged"),
        )
        .join(Person, Person.id == V.author_id)
        .where(V.id.in_(ids))
    )
    lines = {row.id: Line(**row._mapping) for row in rows}
    return [lines[one] for one in ids if one in lines]


def _order(filters: Filters) -> list[ColumnElement[Any]]:
    """The order asked for, then point, ID and number, so that every row has one place."""
    return [column.desc() if falls else column.asc() for column, falls in _sorted_by(filters)]


def _backwards(filters: Filters) -> list[ColumnElement[Any]]:
    """The same order from its end."""
    return [column.asc() if falls else column.desc() for column, falls in _sorted_by(filters)]


def _sorted_by(filters: Filters) -> list[tuple[Ordering, bool]]:
    """Columns with whether they fall."""
    sort, falls = filters.order
    if sort is Sort.POINT:
        # The whole order turns, so that the index serves it either way.
        return [(V.point, falls), (V.external_id, falls), (V.id, falls)]
    if sort is Sort.WRITTEN:
        return [(V.id, falls)]
    order: list[tuple[Ordering, bool]] = [(_COLUMNS[sort], falls)]
    if sort in (Sort.DIFFICULTY, Sort.RIGHT, Sort.DISCRIMINATION):
        # What has no figure stands last in either order, on both databases.
        order.insert(0, (_COLUMNS[sort].is_(None), False))
    return [*order, (V.point, False), (V.external_id, False), (V.id, False)]


def _holds(word: str) -> ColumnElement[bool]:
    """Whether a word occurs in the stem or the ID, or begins the point."""
    if word.lower() == word.upper():
        # Chinese has no case: the plain comparison is several times quicker than the one that folds it.
        places = [V.stem.contains(word, autoescape=True), V.external_id.contains(word, autoescape=True)]
    else:
        places = [V.stem.icontains(word, autoescape=True), V.external_id.icontains(word, autoescape=True)]
    if is_code(word):
        places.append(V.point.startswith(word.upper(), autoescape=True))
    return or_(*places)


def _used(session: Session, bank_id: int, use: Use, n: int | None) -> ColumnElement[bool]:
    if use is Use.NEVER:
        return (V.people == 0) & (V.papers == 0)
    if use is Use.USED:
        return (V.people > 0) | (V.papers > 0)
    if use is Use.OVER:
        return V.people > (n or 0)
    last = session.scalars(
        select(VersionUse.source)
        .where(VersionUse.bank_id == bank_id, VersionUse.source.startswith("sitting:"))
        .group_by(VersionUse.source)
        .order_by(func.max(VersionUse.at).desc(), VersionUse.source)
        .limit(n or 1)
    ).all()
    return V.id.in_(
        select(VersionUse.version_id).where(VersionUse.bank_id == bank_id, VersionUse.source.in_(last))
    )


def _start(day: str, zone: tzinfo) -> datetime:
    """The instant at which a day begins."""
    return datetime.combine(date.fromisoformat(day), time.min, zone)
