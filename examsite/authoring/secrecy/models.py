"""Who has a duty in a bank."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from examsite.access.models import Person
from examsite.db import Base


class DutyTask(StrEnum):
    """What a person is named for: to write, to review, or to run the bank."""

    WRITE = "write"
    REVIEW = "review"
    MANAGE = "manage"


class Duty(Base):
    """A person named for a task in a bank, in one area ("A-B" and all below it) or everywhere (""), until it ended."""

    __tablename__ = "bank_duties"
    __table_args__ = (
        Index(
            "uq_bank_duties_live",
            "bank_id",
            "person_id",
            "task",
            "area",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    bank_id: Mapped[int] = mapped_column(ForeignKey("banks.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    task: Mapped[str] = mapped_column(String(20))
    area: Mapped[str] = mapped_column(String(40), default="")
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    given_at: Mapped[datetime]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    ended_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(lazy="raise", foreign_keys=[person_id])
