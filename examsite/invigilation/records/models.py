"""考场情况记录单: the document as its first invigilator signed it, the signatures, what was added afterwards."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from examsite.access.models import Person
from examsite.db import Base, Document


class RecordRemark(Base):
    """备注 while the record is not signed: the newest row of a room (none = the sitting without rooms) counts."""

    __tablename__ = "record_remarks"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sittings.id"), index=True)
    room_id: Mapped[int | None] = mapped_column(ForeignKey("rooms.id"))
    text: Mapped[str] = mapped_column(Text)
    written_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    written_at: Mapped[datetime]


class SittingRecord(Base):
    """The record of one room, or of those in no room, frozen by its first signature: a trigger refuses changes.

    document: what `records.document` fills, digest: SHA-256 of it.
    """

    __tablename__ = "sitting_records"
    __table_args__ = (
        Index(
            "uq_sitting_records_whole",
            "sitting_id",
            unique=True,
            sqlite_where=text("room_id IS NULL"),
            postgresql_where=text("room_id IS NULL"),
        ),
        Index("uq_sitting_records_room", "room_id", unique=True),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sittings.id"), index=True)
    room_id: Mapped[int | None] = mapped_column(ForeignKey("rooms.id"))
    document: Mapped[dict[str, Any]] = mapped_column(Document)
    digest: Mapped[str] = mapped_column(String(64))
    frozen_at: Mapped[datetime]


class RecordSignature(Base):
    """One invigilator's name under a record, typed by themselves on their own login.  Never changed: a trigger refuses."""

    __tablename__ = "record_signatures"

    record_id: Mapped[int] = mapped_column(ForeignKey("sitting_records.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    signed_at: Mapped[datetime]

    person: Mapped[Person] = relationship(lazy="raise")


class RecordSupplement(Base):
    """What was added to a signed record, and why.  Never changed: a trigger refuses."""

    __tablename__ = "record_supplements"
    __table_args__ = (CheckConstraint("reason <> ''", name="reason"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("sitting_records.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    written_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    written_at: Mapped[datetime]

    written_by: Mapped[Person] = relationship(lazy="raise")
