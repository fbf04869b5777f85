"""Enrolments: a person in a sitting, with a ticket number (准考证号) and a seat."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from examsite.access.models import Person
from examsite.db import Base
from examsite.planning.models import Sitting


class Enrolment(Base):
    """One candidate in one sitting.  A withdrawn enrolment keeps its ticket, which is never given again."""

    __tablename__ = "enrolments"
    __table_args__ = (UniqueConstraint("sitting_id", "person_id"), UniqueConstraint("sitting_id", "seat"))

    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sittings.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    ticket: Mapped[str] = mapped_column(String(20), unique=True)
    seat: Mapped[str | None] = mapped_column(String(10))
    enrolled_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    enrolled_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    sitting: Mapped[Sitting] = relationship(lazy="raise")
    person: Mapped[Person] = relationship(lazy="raise", foreign_keys=[person_id])
