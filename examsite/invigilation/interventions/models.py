"""Acts on candidates as they were asked for and carried out, and the ledger of interruptions."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from examsite.access.models import Person
from examsite.db import Base, Document
from examsite.planning.models import Sitting
from examsite.registration.models import Enrolment, Room


class InterventionStatus(StrEnum):
    """REQUESTED: waits for a second person, until it expires.  The others are ends."""

    REQUESTED = "requested"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Intervention(Base):
    """One act on named attempts: carried out at once by one person, or asked for by one and confirmed by another.

    once: the token of the form that was sent, so that a second click finds what the first did.  attempts: ids of exactly
    those it is about.  minutes, seconds: what is given, where the act gives time.  outcome: [{"attempt", "refused"}] with
    the sentence that says why an attempt did not fit; null until carried out.  room_id: the room that was chosen, null
    where candidates were chosen one by one or all were meant.
    """

    __tablename__ = "intervention_requests"
    __table_args__ = (
        CheckConstraint(
            "NOT needs_second OR answered_by_id IS NULL OR status = 'withdrawn' "
            "OR answered_by_id <> requested_by_id",
            name="two_persons",
        ),
        CheckConstraint("(status = 'requested') = (answered_by_id IS NULL)", name="answered"),
        CheckConstraint("(status = 'done') = (outcome IS NOT NULL)", name="outcome"),
        CheckConstraint("minutes > 0 AND seconds > 0", name="time_given"),
        Index("ix_intervention_requests_sitting_id_status", "sitting_id", "status"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    once: Mapped[str] = mapped_column(String(32), unique=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sittings.id"))
    room_id: Mapped[int | None] = mapped_column(ForeignKey("rooms.id"))
    act: Mapped[str] = mapped_column(String(20))
    attempts: Mapped[list[str]] = mapped_column(Document)
    minutes: Mapped[int | None]
    seconds: Mapped[int | None]
    cause: Mapped[str] = mapped_column(String(20), default="")
    reason: Mapped[str] = mapped_column(Text)
    needs_second: Mapped[bool]
    status: Mapped[str] = mapped_column(String(20))
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    requested_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    answered_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(Text, default="")
    outcome: Mapped[list[Any] | None] = mapped_column(Document)

    sitting: Mapped[Sitting] = relationship(lazy="raise")
    room: Mapped[Room | None] = relationship(lazy="raise")
    requested_by: Mapped[Person] = relationship(lazy="raise", foreign_keys=[requested_by_id])
    answered_by: Mapped[Person | None] = relationship(lazy="raise", foreign_keys=[answered_by_id])


class Cause(StrEnum):
    """What interrupted candidates."""

    POWER = "power"
    NETWORK = "network"
    MACHINE = "machine"
    OTHER = "other"


class Interruption(Base):
    """One interruption of one candidate, a room, or the whole sitting (neither named).  Never changed: a trigger refuses.

    A newer row that supersedes it says when it ended or puts it right.  restored_seconds: what each got back; 0 needs
    why_none, once it has ended.
    """

    __tablename__ = "interruptions"
    __table_args__ = (
        CheckConstraint("room_id IS NULL OR enrolment_id IS NULL", name="one_scope"),
        CheckConstraint("ended_at IS NULL OR ended_at >= begun_at", name="order_of_time"),
        CheckConstraint("restored_seconds >= 0", name="restored"),
        CheckConstraint(
            "ended_at IS NULL OR restored_seconds > 0 OR why_none <> ''", name="restored_or_why_none"
        ),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sittings.id"), index=True)
    room_id: Mapped[int | None] = mapped_column(ForeignKey("rooms.id"))
    enrolment_id: Mapped[int | None] = mapped_column(ForeignKey("enrolments.id"))
    cause: Mapped[str] = mapped_column(String(20))
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    restored_seconds: Mapped[int] = mapped_column(default=0)
    why_none: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    recorded_at: Mapped[datetime]
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("interruptions.id"), unique=True)

    room: Mapped[Room | None] = relationship(lazy="raise")
    enrolment: Mapped[Enrolment | None] = relationship(lazy="raise")
    recorded_by: Mapped[Person] = relationship(lazy="raise", foreign_keys=[recorded_by_id])
