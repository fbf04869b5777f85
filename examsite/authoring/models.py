"""The bank's tables.

A `QuestionVersion` is an envelope (number, status, author, hash, the columns that lists search by) around a document
that `question_bank.questions` reads.  The key stands in a table of its own and refuses to load by accident.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from examsite.access.models import Person
from examsite.db import Base, Document
from examsite.registry.models import Institution


class VersionStatus(StrEnum):
    """Where a version stands.  Only USABLE versions enter papers."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    CONFIRMED = "confirmed"
    SUSPENDED = "suspended"
    RETURNED = "returned"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"
    RETIRED = "retired"


#: Vetted, and confirmed by the province where the bank asks for it (see `usable` in queries).
VETTED = (VersionStatus.APPROVED, VersionStatus.CONFIRMED)


class OutlineStatus(StrEnum):
    """A published outline can be referenced, and can no longer be edited."""

    DRAFT = "draft"
    PUBLISHED = "published"


class Code(StrEnum):
    """What a reviewer says of a version: adopt, adopt after changes, return for changes, do not adopt."""

    ADOPT = "A"
    CHANGE = "B"
    RETURN = "C"
    REJECT = "D"


class BatchStatus(StrEnum):
    """An import: staged (nothing entered the bank), confirmed, or undone."""

    STAGED = "staged"
    CONFIRMED = "confirmed"
    DISCARDED = "discarded"
    UNDONE = "undone"


class Bank(Base):
    """题库: questions of one level of an occupation, owned by an institution."""

    __tablename__ = "banks"
    __table_args__ = (UniqueConstraint("institution_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institutions.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    standard_code: Mapped[str] = mapped_column(String(20))
    standard_edition: Mapped[str] = mapped_column(String(10))
    level: Mapped[int]
    is_sample: Mapped[bool] = mapped_column(default=False)
    #: Only people with a duty in this bank see its questions; else everybody whose role reaches the institution.
    is_restricted: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: Versions enter papers only after the province confirmed them (题库审验).
    needs_confirmation: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: The stages of vetting, read by `vetting.stages`; None = one opinion.
    vetting: Mapped[list[Any] | None] = mapped_column(Document)
    created_at: Mapped[datetime]

    institution: Mapped[Institution] = relationship(lazy="raise")

    #: What the person who asks may do here (`secrecy.need_to_know.Held`): set when a page loads the bank, never stored.
    held = cast(Any, None)


class OutlineRow(Base):
    """One 要素细目表 of a bank.  `document` is read by `question_bank.outlines`; the newest published one is in force.

    replaces: the edition it follows.  mapping: old code → new code of points that went elsewhere ("" = given up).
    referenced_at: since papers or specifications rest on it, nothing of it changes (a trigger refuses).
    """

    __tablename__ = "outlines"

    id: Mapped[int] = mapped_column(primary_key=True)
    bank_id: Mapped[int] = mapped_column(ForeignKey("banks.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    status: Mapped[str] = mapped_column(String(20))
    document: Mapped[dict[str, Any]]
    content_hash: Mapped[str] = mapped_column(String(64))
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    verified_at: Mapped[datetime | None]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("outlines.id"))
    mapping: Mapped[dict[str, Any] | None]
    referenced_at: Mapped[datetime | None]

    bank: Mapped[Bank] = relationship(lazy="raise")


class ImportBatch(Base):
    """One file sent to a bank: staged with every row's fate, then confirmed, discarded or undone as a whole."""

    __tablename__ = "import_batches"

    id: Mapped[int] = mapped_column(primary_key=True)
    bank_id: Mapped[int] = mapped_column(ForeignKey("banks.id"), index=True)
    file_digest: Mapped[str] = mapped_column(ForeignKey("stored_files.digest"))
    file_name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(20))
    report: Mapped[dict[str, Any]] = mapped_column(Document, deferred=True)
    accepted: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    uploaded_at: Mapped[datetime]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    ended_at: Mapped[datetime | None]

    bank: Mapped[Bank] = relationship(lazy="raise")
    uploaded_by: Mapped[Person] = relationship(lazy="raise", foreign_keys=[uploaded_by_id])


class QuestionRow(Base):
    """The identity that versions share.  external_id: the ID of the institution's workbook, unique in its bank."""

    __tablename__ = "questions"
    __table_args__ = (UniqueConstraint("bank_id", "external_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    bank_id: Mapped[int] = mapped_column(ForeignKey("banks.id"), index=True)
    external_id: Mapped[str | None] = mapped_column(String(60))
    created_at: Mapped[datetime]

    bank: Mapped[Bank] = relationship(lazy="raise")


class QuestionVersion(Base):
    """One version: its content never changes; its status does.

    content_hash: its fingerprint (`secrecy.fingerprints`).  external_id repeats the question's ID ("" = none), stimulus and
    has_source what the document says.  is_newest: no version of the question has a higher number.  papers, people,
    last_used_at sum up `VersionUse`; proportion_right, discrimination and flags (" too_hard few_persons ", "" = none) repeat
    the newest `VersionStatistics`.
    """

    __tablename__ = "question_versions"
    __table_args__ = (
        UniqueConstraint("question_id", "number"),
        Index("ix_question_versions_bank_status", "bank_id", "status", "id"),
        Index("ix_question_versions_bank_point", "bank_id", "point"),
        Index("ix_question_versions_bank_author", "bank_id", "author_id"),
        Index("ix_question_versions_stimulus", "bank_id", "stimulus"),
        # What the bank's list sorts and narrows by, so that its pages and counts read no document (catalogue/search).
        Index(
            "ix_question_versions_list",
            "bank_id",
            "point",
            "external_id",
            "id",
            "kind",
            "difficulty",
            "status",
            "is_newest",
            "author_id",
            "people",
            "papers",
            "proportion_right",
            "discrimination",
            "has_source",
            "flags",
        ),
        # Of a question at most one version is in papers' reach.
        Index(
            "uq_question_versions_approved",
            "question_id",
            unique=True,
            sqlite_where=text("status = 'approved'"),
            postgresql_where=text("status = 'approved'"),
        ),
        Index(
            "uq_question_versions_confirmed",
            "question_id",
            unique=True,
            sqlite_where=text("status IN ('confirmed', 'suspended')"),
            postgresql_where=text("status IN ('confirmed', 'suspended')"),
        ),
        CheckConstraint("difficulty BETWEEN 1 AND 5", name="difficulty"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"), index=True)
    bank_id: Mapped[int] = mapped_column(ForeignKey("banks.id"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batches.id"), index=True)
    number: Mapped[int]
    status: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(1))
    point: Mapped[str] = mapped_column(String(40))
    difficulty: Mapped[int | None]
    stem: Mapped[str] = mapped_column(Text)
    document: Mapped[dict[str, Any]]
    content_hash: Mapped[str] = mapped_column(String(64), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    created_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    #: The stages it was submitted under (as Bank.vetting), and where among them it stands or ended, from 0.
    vetting: Mapped[list[Any] | None] = mapped_column(Document)
    stage: Mapped[int | None]
    #: How many people have to adopt it; fixed when it is submitted.
    opinions_needed: Mapped[int | None]
    external_id: Mapped[str] = mapped_column(String(60), default="", server_default="")
    is_newest: Mapped[bool] = mapped_column(default=True, server_default=true())
    has_source: Mapped[bool] = mapped_column(default=True, server_default=true())
    stimulus: Mapped[str] = mapped_column(String(120), default="", server_default="")
    papers: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    people: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    last_used_at: Mapped[datetime | None]
    proportion_right: Mapped[float | None]
    discrimination: Mapped[float | None]
    flags: Mapped[str] = mapped_column(String(160), default="", server_default="")

    question: Mapped[QuestionRow] = relationship(lazy="raise")
    author: Mapped[Person] = relationship(lazy="raise")
    key: Mapped[QuestionKey] = relationship(lazy="raise", back_populates="version")


class QuestionKey(Base):
    """The key of a version, apart from it and sealed (`secrecy.sealing`); `keys.keys` is the way to read it."""

    __tablename__ = "question_keys"

    version_id: Mapped[int] = mapped_column(ForeignKey("question_versions.id"), primary_key=True)
    document: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, deferred_raiseload=True)

    version: Mapped[QuestionVersion] = relationship(lazy="raise", back_populates="key")


class Opinion(Base):
    """One signed judgement of a reviewer on a version at a stage (a place among the version's stages, from 0).

    At most one a person a version.  consistency, difficulty: 1–5.  angoff: of a hundred candidates who are just
    competent enough, how many would answer right.  signature: see `vetting.signatures`; "" before there were any.
    """

    __tablename__ = "opinions"
    __table_args__ = (
        UniqueConstraint("version_id", "reviewer_id"),
        CheckConstraint("code IN ('A', 'B', 'C', 'D')", name="code"),
        CheckConstraint("code = 'A' OR length(trim(comment)) > 0", name="comment"),
        CheckConstraint("consistency BETWEEN 1 AND 5", name="consistency"),
        CheckConstraint("difficulty BETWEEN 1 AND 5", name="difficulty"),
        CheckConstraint("angoff BETWEEN 0 AND 100", name="angoff"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("question_versions.id"), index=True)
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    stage: Mapped[int] = mapped_column(default=0, server_default="0")
    code: Mapped[str] = mapped_column(String(1))
    comment: Mapped[str] = mapped_column(Text)
    consistency: Mapped[int | None]
    difficulty: Mapped[int | None]
    angoff: Mapped[int | None]
    signature: Mapped[str] = mapped_column(String(64), default="", server_default="")
    at: Mapped[datetime]

    reviewer: Mapped[Person] = relationship(lazy="raise")


class VersionStatistics(Base):
    """What one sitting taught about a version; written by the analysis stage through `actions.record_statistics`."""

    __tablename__ = "version_statistics"
    __table_args__ = (UniqueConstraint("version_id", "source"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("question_versions.id"), index=True)
    source: Mapped[str] = mapped_column(String(60))
    document: Mapped[dict[str, Any]]
    at: Mapped[datetime]
