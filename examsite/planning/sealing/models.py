"""Seals of approved papers, and openings of sealed papers before their time."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from examsite.access.models import Person
from examsite.db import Base
from examsite.planning.models import PaperSet


class PaperSeal(Base):
    """What was approved.  Never changed: a trigger refuses.

    seal: SHA-256 over `document`, 64 hexadecimal digits.  document: {"papers": [[number, leaf], …], and what the set rests on};
    `planning.sealing.seal` writes and reads it.
    """

    __tablename__ = "paper_seals"

    set_id: Mapped[int] = mapped_column(ForeignKey("paper_sets.id"), primary_key=True, autoincrement=False)
    seal: Mapped[str] = mapped_column(String(64))
    document: Mapped[dict[str, Any]]
    sealed_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    sealed_at: Mapped[datetime]


class OpeningStatus(StrEnum):
    """Asked for by one person, allowed or refused by another; whoever asked may take it back or end it."""

    REQUESTED = "requested"
    ALLOWED = "allowed"
    REFUSED = "refused"
    ENDED = "ended"


class Purpose(StrEnum):
    """What sealed papers are opened for.  Proof-reading looks at them; printing and an emergency also print."""

    PROOFREADING = "proofreading"
    PRINTING = "printing"
    EMERGENCY = "emergency"


class PaperOpening(Base):
    """A request to see papers of a set before its sittings are over.  What was asked for is never changed.

    papers: their numbers.  hours: how long it lasts from the moment it is allowed.  open_until: set with the answer.
    """

    __tablename__ = "paper_openings"
    __table_args__ = (
        CheckConstraint("answered_by_id <> requested_by_id", name="two_persons"),
        CheckConstraint("hours BETWEEN 1 AND 24", name="hours"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    set_id: Mapped[int] = mapped_column(ForeignKey("paper_sets.id"), index=True)
    papers: Mapped[list[Any]]
    purpose: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text)
    hours: Mapped[int]
    status: Mapped[str] = mapped_column(String(20))
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    requested_at: Mapped[datetime]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    answered_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(Text, default="")
    open_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    set: Mapped[PaperSet] = relationship(lazy="raise")
    requested_by: Mapped[Person] = relationship(lazy="raise", foreign_keys=[requested_by_id])
    answered_by: Mapped[Person | None] = relationship(lazy="raise", foreign_keys=[answered_by_id])
