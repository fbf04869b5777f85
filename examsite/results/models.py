"""Scores and decisions: frozen with their inputs, superseded by newer ones, released by two persons."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from examsite.access.models import Person
from examsite.db import Base
from examsite.planning.models import Sitting
from examsite.registration.models import Enrolment
from examsite.sitting.models import Attempt


class ReleaseStatus(StrEnum):
    """Proposed by one person; released, or sent back, by another."""

    PROPOSED = "proposed"
    RELEASED = "released"
    RETURNED = "returned"


class SubjectScore(Base):
    """The score of one subject for one enrolment, out of 100.

    number counts versions: the highest is in force.  value None = not sat.  inputs: points by position, paper hash,
    answers' digest and versions scored, enough to compute the score again.
    """

    __tablename__ = "subject_scores"
    __table_args__ = (UniqueConstraint("enrolment_id", "subject", "number"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id"), index=True)
    attempt_id: Mapped[str | None] = mapped_column(ForeignKey("attempts.id"))
    subject: Mapped[str] = mapped_column(String(20))
    number: Mapped[int]
    value: Mapped[Decimal | None]
    awaits_marker: Mapped[int] = mapped_column(default=0)
    inputs: Mapped[dict[str, Any]]
    inputs_hash: Mapped[str] = mapped_column(String(64))
    scored_at: Mapped[datetime]

    enrolment: Mapped[Enrolment] = relationship(lazy="raise")
    attempt: Mapped[Attempt | None] = relationship(lazy="raise")


class Decision(Base):
    """The rule applied to a score: outcome, reasons, rule version and inputs, so that it can be proved again."""

    __tablename__ = "decisions"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    score_id: Mapped[int] = mapped_column(ForeignKey("subject_scores.id"), unique=True)
    outcome: Mapped[str] = mapped_column(String(20))
    rule_version: Mapped[str] = mapped_column(String(40))
    inputs: Mapped[dict[str, Any]]
    reasons: Mapped[list[Any]]
    decided_at: Mapped[datetime]

    score: Mapped[SubjectScore] = relationship(lazy="raise")


class Release(Base):
    """A sitting's results made public: proposed by one person with a digest of what they saw, released by another."""

    __tablename__ = "releases"
    __table_args__ = (
        CheckConstraint("ended_by_id IS NULL OR ended_by_id <> proposed_by_id", name="two_persons"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sittings.id"), index=True)
    status: Mapped[str] = mapped_column(String(20))
    digest: Mapped[str] = mapped_column(String(64))
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    proposed_at: Mapped[datetime]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    ended_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(String(400), default="")

    sitting: Mapped[Sitting] = relationship(lazy="raise")
    proposed_by: Mapped[Person] = relationship(lazy="raise", foreign_keys=[proposed_by_id])
    ended_by: Mapped[Person | None] = relationship(lazy="raise", foreign_keys=[ended_by_id])
