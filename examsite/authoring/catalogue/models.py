"""What stands beside questions: uses, enemies, industry tags, and each person's saved filters."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from examsite.access.models import Person
from examsite.authoring.models import QuestionRow
from examsite.db import Base


class VersionUse(Base):
    """On how many papers of one source a version stands, and how many people were presented with it there.

    source: "paper_set:7" once papers are approved, "sitting:7" once its scores are collected.  title: the source in words.
    """

    __tablename__ = "version_uses"
    __table_args__ = (
        UniqueConstraint("version_id", "source"),
        Index("ix_version_uses_bank_source", "bank_id", "source"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    bank_id: Mapped[int] = mapped_column(ForeignKey("banks.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("question_versions.id"))
    source: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(160), default="")
    papers: Mapped[int] = mapped_column(default=0)
    people: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime]


class EnemyPair(Base):
    """Two questions that may not stand on one paper, with the reason; ended pairs stay as a record."""

    __tablename__ = "question_enemies"
    __table_args__ = (
        CheckConstraint("one_id < other_id", name="in_order"),
        Index(
            "uq_question_enemies_live",
            "one_id",
            "other_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    bank_id: Mapped[int] = mapped_column(ForeignKey("banks.id"), index=True)
    one_id: Mapped[int] = mapped_column(ForeignKey("questions.id", ondelete="CASCADE"))
    other_id: Mapped[int] = mapped_column(ForeignKey("questions.id", ondelete="CASCADE"), index=True)
    reason: Mapped[str] = mapped_column(Text)
    said_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    said_at: Mapped[datetime]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    ended_at: Mapped[datetime | None]

    said_by: Mapped[Person] = relationship(lazy="raise", foreign_keys=[said_by_id])


class QuestionTag(Base):
    """An industry that a question belongs to, beside its content: tagging makes no new version."""

    __tablename__ = "question_tags"
    __table_args__ = (Index("ix_question_tags_bank_tag", "bank_id", "tag", "question_id"),)

    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id", ondelete="CASCADE"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(40), primary_key=True)
    bank_id: Mapped[int] = mapped_column(ForeignKey("banks.id"))

    question: Mapped[QuestionRow] = relationship(lazy="raise")


class SavedFilter(Base):
    """A list that a person comes back to.  arguments: as the list's address carries them."""

    __tablename__ = "saved_filters"
    __table_args__ = (UniqueConstraint("bank_id", "owner_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    bank_id: Mapped[int] = mapped_column(ForeignKey("banks.id"))
    owner_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    name: Mapped[str] = mapped_column(String(40))
    arguments: Mapped[dict[str, Any]]
    is_shared: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]

    owner: Mapped[Person] = relationship(lazy="raise")
