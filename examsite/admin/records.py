"""Reading the audit record: filters, pages, rows for export."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from examsite.access.models import Person
from examsite.audit import AuditRecord

PAGE = 50
#: A cell that begins with one of these is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records: by the beginning of the act, words of the person's name, and instants [first, after)."""

    act: str = ""
    who: str = ""
    first: datetime | None = None
    after: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One record with the name of whoever acted; "" = the system itself."""

    record: AuditRecord
    who: str


@dataclass(frozen=True, slots=True)
class RecordPage:
    """One page of the record, newest first."""

    entries: list[Entry]
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


def record_page(session: Session, wanted: Wanted, *, page: int) -> RecordPage:
    """These records, 50 a page."""
    total = session.scalar(select(func.count()).select_from(_chosen(wanted).subquery())) or 0
    query = _chosen(wanted).limit(PAGE).offset((page - 1) * PAGE)
    return RecordPage([Entry(row, who or "") for row, who in session.execute(query)], total)


def acts(session: Session) -> list[str]:
    """Every act that the record holds, in the order of the alphabet."""
    return list(session.scalars(select(AuditRecord.act).distinct().order_by(AuditRecord.act)))


def csv_lines(session: Session, wanted: Wanted, *, header: list[str]) -> Iterator[str]:
    """These records as lines of a CSV file that spreadsheets open as text, newest first."""
    # Spreadsheets take a file for UTF-8 only where this mark begins it.
    yield "\ufeff" + _line(header)
    query = _chosen(wanted).execution_options(yield_per=500)
    with session.execute(query) as rows:
        for row, who in rows:
            detail = json.dumps(row.detail, ensure_ascii=False, sort_keys=True)
            at = row.at.isoformat(timespec="seconds")
            yield _line(
                [
                    str(row.sequence),
                    at,
                    str(row.actor_id or ""),
                    who or "",
                    row.act,
                    row.object,
                    detail,
                    row.hash,
                ]
            )
            session.expunge(row)


def formula_safe(cell: str) -> str:
    """The cell with an apostrophe before it where a spreadsheet would compute it."""
    return "'" + cell if cell.startswith(_FORMULA) else cell


def _line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([formula_safe(cell) for cell in cells])
    return out.getvalue()


def _chosen(wanted: Wanted) -> Select[AuditRecord, str | None]:
    name: ColumnElement[str | None] = type_coerce(Person.name, Person.name.type)
    query = select(AuditRecord, name).outerjoin(Person, Person.id == AuditRecord.actor_id)
    if wanted.act.strip():
        query = query.where(AuditRecord.act.startswith(wanted.act.strip(), autoescape=True))
    if word := wanted.who.strip():
        query = query.where(
            or_(
                Person.name.icontains(word, autoescape=True), Person.username.icontains(word, autoescape=True)
            )
        )
    if wanted.first is not None:
        query = query.where(AuditRecord.at >= wanted.first)
    if wanted.after is not None:
        query = query.where(AuditRecord.at < wanted.after)
    return query.order_by(AuditRecord.sequence.desc())
