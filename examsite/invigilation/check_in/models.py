"""Check-ins: who was let in, by whom, after which looks."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from examsite.access.models import Person
from examsite.db import Base


class CheckIn(Base):
    """One candidate let in after document and face were looked at.  One that was undone stays, with its reason.

    note: what the invigilator saw that is worth keeping.  is_late: after the opening of the sitting.
    """

    __tablename__ = "check_ins"
    __table_args__ = (
        CheckConstraint("document_checked AND face_checked", name="looked_at"),
        CheckConstraint("(undone_at IS NULL) = (undone_by_id IS NULL)", name="undone"),
        Index(
            "uq_check_ins_standing",
            "enrolment_id",
            unique=True,
            sqlite_where=text("undone_at IS NULL"),
            postgresql_where=text("undone_at IS NULL"),
        ),
        Index("ix_check_ins_enrolment_id", "enrolment_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id"))
    document_checked: Mapped[bool]
    face_checked: Mapped[bool]
    is_late: Mapped[bool]
    note: Mapped[str] = mapped_column(Text, default="")
    checked_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    checked_at: Mapped[datetime]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    undone_at: Mapped[datetime | None]
    undo_reason: Mapped[str] = mapped_column(Text, default="")

    checked_by: Mapped[Person] = relationship(lazy="raise", foreign_keys=[checked_by_id])
    undone_by: Mapped[Person | None] = relationship(lazy="raise", foreign_keys=[undone_by_id])
