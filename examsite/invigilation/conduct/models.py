"""Marks of absence, records of misconduct, their evidence and their witnesses."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from examsite.access.models import Person
from examsite.db import Base
from examsite.registration.models import Enrolment


class AbsenceMark(Base):
    """缺考, or that it was marked by mistake: the mark of the highest number is in force.  Never changed: a trigger refuses."""

    __tablename__ = "absence_marks"
    __table_args__ = (
        UniqueConstraint("enrolment_id", "number"),
        CheckConstraint("is_absent OR reason <> ''", name="reason"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id"))
    number: Mapped[int]
    is_absent: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text, default="")
    marked_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    marked_at: Mapped[datetime]

    marked_by: Mapped[Person] = relationship(lazy="raise")


class Effect(StrEnum):
    """What a record of misconduct does at once.  CANCEL: the answers stop, and the result is not scored."""

    WARNING = "warning"
    STOP = "stop"
    CANCEL = "cancel"


class Misconduct(Base):
    """违纪 as one invigilator recorded it.  Never changed: a trigger refuses; a newer row supersedes it.

    tier: code in `tiers.toml`, "" = a warning without a tier.  tier_text: what the tier said then.  is_withdrawn: this row
    takes back what it supersedes, for the reason in `text`.
    """

    __tablename__ = "misconducts"
    __table_args__ = (
        CheckConstraint("tier <> '' OR effect <> 'cancel' OR is_withdrawn", name="tier"),
        CheckConstraint("NOT is_withdrawn OR supersedes_id IS NOT NULL", name="withdrawn"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id"), index=True)
    once: Mapped[str] = mapped_column(String(32), unique=True)
    tier: Mapped[str] = mapped_column(String(20), default="")
    tier_text: Mapped[str] = mapped_column(Text, default="")
    effect: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    occurred_at: Mapped[datetime]
    is_withdrawn: Mapped[bool] = mapped_column(default=False)
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    recorded_at: Mapped[datetime]
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("misconducts.id"), unique=True)

    enrolment: Mapped[Enrolment] = relationship(lazy="raise")
    recorded_by: Mapped[Person] = relationship(lazy="raise", foreign_keys=[recorded_by_id])


class MisconductEvidence(Base):
    """A photograph or PDF that belongs to a record.  Never changed: a trigger refuses."""

    __tablename__ = "misconduct_evidence"

    misconduct_id: Mapped[int] = mapped_column(ForeignKey("misconducts.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(ForeignKey("stored_files.digest"), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    media_type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int] = mapped_column(BigInteger)


class MisconductSignature(Base):
    """The second invigilator, who signs what the first recorded.  Never changed: a trigger refuses."""

    __tablename__ = "misconduct_signatures"
    __table_args__ = (CheckConstraint("witness_id <> recorded_by_id", name="two_persons"),)

    misconduct_id: Mapped[int] = mapped_column(ForeignKey("misconducts.id"), primary_key=True)
    witness_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    signed_at: Mapped[datetime]

    witness: Mapped[Person] = relationship(lazy="raise", foreign_keys=[witness_id])
