"""Answers on paper: which paper a candidate wrote on, what two persons read from it, and how differences were settled."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from examsite.access.models import Person
from examsite.db import Base
from examsite.planning.models import Paper
from examsite.registration.models import Enrolment


class ScriptStatus(StrEnum):
    """Two persons type it in; where they differ somebody settles it; then it is stored.  A void one was begun by mistake."""

    ENTERING = "entering"
    DIFFERING = "differing"
    STORED = "stored"
    VOID = "void"


class PaperScript(Base):
    """One candidate's answer sheet of paper.  receipt: that of the attempt once its answers are stored."""

    __tablename__ = "paper_scripts"
    __table_args__ = (
        Index(
            "uq_paper_scripts_standing",
            "enrolment_id",
            unique=True,
            sqlite_where=text("status <> 'void'"),
            postgresql_where=text("status <> 'void'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id"), index=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("papers.id"))
    reason: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(20))
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    opened_at: Mapped[datetime]
    stored_at: Mapped[datetime | None]
    receipt: Mapped[str | None] = mapped_column(String(64))

    enrolment: Mapped[Enrolment] = relationship(lazy="raise")
    paper: Mapped[Paper] = relationship(lazy="raise")


class PaperEntry(Base):
    """What one person read from the sheet.  Never changed: a trigger refuses.

    place: 1 or 2, in the order in which they were sent.  responses: by position as text, only those with something in them.
    """

    __tablename__ = "paper_entries"
    __table_args__ = (
        UniqueConstraint("script_id", "place"),
        UniqueConstraint("script_id", "person_id"),
        CheckConstraint("place BETWEEN 1 AND 2", name="place"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    script_id: Mapped[int] = mapped_column(ForeignKey("paper_scripts.id"))
    place: Mapped[int]
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    responses: Mapped[dict[str, Any]]
    entered_at: Mapped[datetime]

    person: Mapped[Person] = relationship(lazy="raise")


class PaperSettlement(Base):
    """What somebody who looked at the sheet again says of the differences.  Never changed: a trigger refuses.

    responses: by position as text, of the positions where the two entries differed; none = nothing stands there.
    """

    __tablename__ = "paper_settlements"

    script_id: Mapped[int] = mapped_column(
        ForeignKey("paper_scripts.id"), primary_key=True, autoincrement=False
    )
    responses: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(Text)
    settled_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    settled_at: Mapped[datetime]
