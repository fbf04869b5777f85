"""Duties: a person watches a sitting, or one room of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from examsite.access.models import Person
from examsite.db import Base
from examsite.planning.models import Sitting
from examsite.registration.models import Room

_LIVE = text("ended_at IS NULL")


class InvigilatorDuty(Base):
    """One person on duty at a sitting: in one room, or everywhere where no room is named.  A duty that ended stays."""

    __tablename__ = "invigilator_duties"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (ended_by_id IS NULL)", name="ended"),
        Index(
            "uq_invigilator_duties_whole",
            "sitting_id",
            "person_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL AND room_id IS NULL"),
            postgresql_where=text("ended_at IS NULL AND room_id IS NULL"),
        ),
        Index(
            "uq_invigilator_duties_room",
            "room_id",
            "person_id",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sittings.id"), index=True)
    room_id: Mapped[int | None] = mapped_column(ForeignKey("rooms.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    given_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    given_at: Mapped[datetime]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(Text, default="")

    sitting: Mapped[Sitting] = relationship(lazy="raise")
    room: Mapped[Room | None] = relationship(lazy="raise")
    person: Mapped[Person] = relationship(lazy="raise", foreign_keys=[person_id])
