"""Review tasks, recusals, confirmations, suspensions and corrections of keys."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from examsite.access.models import Person
from examsite.authoring.models import QuestionVersion
from examsite.db import Base


class TaskEnd(StrEnum):
    """How a review task ended."""

    DONE = "done"
    WITHDRAWN = "withdrawn"
    RECUSED = "recused"
    REASSIGNED = "reassigned"
    CLOSED = "closed"
    """The version left the stage without it."""


class Unassigned(StrEnum):
    """Why nobody has a task."""

    NOBODY = "nobody"
    """No reviewer of this area is free to judge it."""
    HELD = "held"
    """A manager took it back and has not given it to anybody."""


class ReviewTask(Base):
    """One opinion that is asked for: a version at a stage, of a reviewer, until a day.

    reviewer_id None = nobody was found or the manager holds it back; `unassigned` says which.
    """

    __tablename__ = "review_tasks"
    __table_args__ = (
        Index(
            "uq_review_tasks_live",
            "version_id",
            "reviewer_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL AND reviewer_id IS NOT NULL"),
            postgresql_where=text("ended_at IS NULL AND reviewer_id IS NOT NULL"),
        ),
        Index("ix_review_tasks_reviewer_ended", "reviewer_id", "ended_at"),
        Index("ix_review_tasks_unassigned_ended", "unassigned", "ended_at"),
        Index("ix_review_tasks_bank_ended", "bank_id", "ended_at"),
        CheckConstraint("(ended_at IS NULL) = (ended IS NULL)", name="ended"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("question_versions.id"), index=True)
    bank_id: Mapped[int] = mapped_column(ForeignKey("banks.id"))
    stage: Mapped[int]
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    unassigned: Mapped[str | None] = mapped_column(String(20))
    #: None = the assignment rule.
    assigned_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    assigned_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    due_at: Mapped[datetime]
    ended: Mapped[str | None] = mapped_column(String(20))
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))

    version: Mapped[QuestionVersion] = relationship(lazy="raise")
    reviewer: Mapped[Person | None] = relationship(lazy="raise", foreign_keys=[reviewer_id])


class Recusal(Base):
    """回避: a person does not judge one question, or (standing) anything of one author, and says why."""

    __tablename__ = "recusals"
    __table_args__ = (
        CheckConstraint("(question_id IS NULL) <> (author_id IS NULL)", name="one_object"),
        CheckConstraint("length(trim(reason)) > 0", name="reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    question_id: Mapped[int | None] = mapped_column(ForeignKey("questions.id"), index=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(lazy="raise", foreign_keys=[person_id])
    author: Mapped[Person | None] = relationship(lazy="raise", foreign_keys=[author_id])


class Confirmation(Base):
    """题库审验: the province lets an approved version into papers, or refuses it with a reason.  One act, many rows."""

    __tablename__ = "confirmations"
    __table_args__ = (CheckConstraint("accepted OR length(trim(reason)) > 0", name="reason"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("question_versions.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    accepted: Mapped[bool]
    #: Number of the document or reason.
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]

    person: Mapped[Person] = relationship(lazy="raise")


class Suspension(Base):
    """A version taken out of papers to come until another person lets it in again."""

    __tablename__ = "suspensions"
    __table_args__ = (
        CheckConstraint("ended_by_id IS NULL OR ended_by_id <> by_id", name="two_persons"),
        CheckConstraint("length(trim(reason)) > 0", name="reason"),
        Index(
            "uq_suspensions_live",
            "version_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("question_versions.id"), index=True)
    reason: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    at: Mapped[datetime]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    ended_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(Text, default="")

    by: Mapped[Person] = relationship(lazy="raise", foreign_keys=[by_id])
    ended_by: Mapped[Person | None] = relationship(lazy="raise", foreign_keys=[ended_by_id])


class CorrectionStatus(StrEnum):
    """Proposed by one person; approved or refused by another."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"


class KeyCorrection(Base):
    """A wrong key put right after the version was used.  The newest approved one is in force from `decided_at` on."""

    __tablename__ = "key_corrections"
    __table_args__ = (
        UniqueConstraint("version_id", "number"),
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> proposed_by_id", name="two_persons"),
        CheckConstraint("(status = 'proposed') = (decided_by_id IS NULL)", name="decided"),
        CheckConstraint("length(trim(reason)) > 0", name="reason"),
        Index(
            "uq_key_corrections_open",
            "version_id",
            unique=True,
            sqlite_where=text("status = 'proposed'"),
            postgresql_where=text("status = 'proposed'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("question_versions.id"), index=True)
    number: Mapped[int]
    document: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, deferred_raiseload=True)
    reason: Mapped[str] = mapped_column(Text)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    proposed_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(20))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    decided_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(Text, default="")

    proposed_by: Mapped[Person] = relationship(lazy="raise", foreign_keys=[proposed_by_id])
    decided_by: Mapped[Person | None] = relationship(lazy="raise", foreign_keys=[decided_by_id])
