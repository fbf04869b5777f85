"""Rooms of a sitting; enrolments: a person in a sitting, with a ticket number (准考证号), a room and a seat; seat draws."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from examsite.access.models import Person
from examsite.db import Base, Document
from examsite.planning.models import Sitting


class Room(Base):
    """考场 of one sitting, with its grid of seats.  Seats are numbered from 1 in an S: down one column, up the next.

    number: 考场号.  code: what candidates type beside their ticket, empty = nothing.  networks: addresses its machines
    have as CIDR, none = the sitting's.  A special room holds candidates who need something of their own.
    """

    __tablename__ = "rooms"
    __table_args__ = (
        UniqueConstraint("sitting_id", "number"),
        CheckConstraint("rows > 0 AND columns > 0", name="grid"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sittings.id"), index=True)
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(60), default="")
    rows: Mapped[int]
    columns: Mapped[int]
    is_special: Mapped[bool] = mapped_column(default=False)
    code: Mapped[str] = mapped_column(String(20), default="")
    networks: Mapped[list[str]] = mapped_column(Document, default=list)

    sitting: Mapped[Sitting] = relationship(lazy="raise")


class Enrolment(Base):
    """One candidate in one sitting.  A withdrawn enrolment keeps its ticket, which is never given again.

    seat: unique in the sitting: a number before rooms are arranged, then number of room and of seat (01-07).
    time_factor_percent: 100 = the allowed time, 130 = three tenths more, decided before the start with its reason.
    needs_special_room: marked by hand; who has more time belongs in a special room anyway.
    """

    __tablename__ = "enrolments"
    __table_args__ = (
        UniqueConstraint("sitting_id", "person_id"),
        UniqueConstraint("sitting_id", "seat"),
        CheckConstraint("time_factor_percent BETWEEN 100 AND 300", name="time_factor"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sittings.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    ticket: Mapped[str] = mapped_column(String(20), unique=True)
    room_id: Mapped[int | None] = mapped_column(ForeignKey("rooms.id"), index=True)
    seat: Mapped[str | None] = mapped_column(String(10))
    time_factor_percent: Mapped[int] = mapped_column(default=100, server_default="100")
    time_factor_reason: Mapped[str] = mapped_column(Text, default="", server_default="")
    needs_special_room: Mapped[bool] = mapped_column(default=False, server_default=false())
    enrolled_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    enrolled_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    sitting: Mapped[Sitting] = relationship(lazy="raise")
    person: Mapped[Person] = relationship(lazy="raise", foreign_keys=[person_id])
    room: Mapped[Room | None] = relationship(lazy="raise")

    @property
    def is_special(self) -> bool:
        """Whether this candidate belongs in a special room."""
        return self.needs_special_room or self.time_factor_percent > 100


class SeatDraw(Base):
    """One draw of the seats of a sitting.  Never changed: a trigger refuses.  Seed and candidates give it again.

    number: from 1; the last one holds until seats are cleared.  reason: why it was drawn again, empty the first time.
    beside: how many pairs of one employer it left beside one another.  seats: {enrolment id: seat as given}.
    """

    __tablename__ = "seat_draws"
    __table_args__ = (UniqueConstraint("sitting_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sittings.id"))
    number: Mapped[int]
    seed: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(Text)
    beside: Mapped[int]
    seats: Mapped[dict[str, Any]] = mapped_column(Document, deferred=True)
    drawn_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    drawn_at: Mapped[datetime]

    drawn_by: Mapped[Person] = relationship(lazy="raise")


class SeatMove(Base):
    """A candidate moved to another seat by hand.  Never changed: a trigger refuses."""

    __tablename__ = "seat_moves"

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id"), index=True)
    from_seat: Mapped[str] = mapped_column(String(10))
    to_seat: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text)
    moved_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    moved_at: Mapped[datetime]

    enrolment: Mapped[Enrolment] = relationship(lazy="raise")
    moved_by: Mapped[Person] = relationship(lazy="raise")
