"""The register of textbooks (教材) and what was done to each entry."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from examsite.access.models import Person
from examsite.db import Base, Document
from examsite.registry.models import Institution


class TextbookStatus(StrEnum):
    """Where an entry stands.  A new edition that is confirmed makes the one it replaces superseded."""

    SUBMITTED = "submitted"
    REFUSED = "refused"
    CONFIRMED = "confirmed"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


#: Content of these can be changed; of the others a trigger freezes it.
OPEN = (TextbookStatus.SUBMITTED, TextbookStatus.REFUSED)


class TextbookActKind(StrEnum):
    """What was done to an entry."""

    ENTERED = "entered"
    CHANGED = "changed"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


class Textbook(Base):
    """One edition of a textbook.  institution None = for all institutions.

    levels: codes of the levels it serves, between spaces (" 3 4 ").  isbn: normalised, "" = none.  industry: "" = all.
    revision counts the changes of its content, so that nobody confirms what they did not see.
    sent_by: who last changed the content.  decided_by: who confirmed or refused what stands here, None while it waits.
    """

    __tablename__ = "textbooks"
    __table_args__ = (
        CheckConstraint(
            "decided_by_id IS NULL OR (decided_by_id <> entered_by_id AND decided_by_id <> sent_by_id)",
            name="two_persons",
        ),
        CheckConstraint("(status = 'submitted') = (decided_by_id IS NULL)", name="decided"),
        CheckConstraint("replaces_id IS NULL OR replaces_id <> id", name="replaces_another"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institutions.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    authors: Mapped[str] = mapped_column(String(200))
    publisher: Mapped[str] = mapped_column(String(120))
    edition: Mapped[str] = mapped_column(String(60))
    year: Mapped[int]
    isbn: Mapped[str] = mapped_column(String(13))
    levels: Mapped[str] = mapped_column(String(40))
    industry: Mapped[str] = mapped_column(String(40))
    note: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(20), index=True)
    revision: Mapped[int]
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("textbooks.id"), unique=True)
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    sent_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    sent_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    decided_at: Mapped[datetime | None]

    institution: Mapped[Institution | None] = relationship(lazy="raise")

    @property
    def level_codes(self) -> tuple[int, ...]:
        return tuple(int(code) for code in self.levels.split())

    @property
    def citation(self) -> str:
        """《title》 publisher edition, as a question's sources name it."""
        return " ".join(part for part in (f"《{self.title}》", self.publisher, self.edition) if part)


class TextbookAct(Base):
    """What was done to an entry, when and by whom.  content: what it said since then, where the act gave it."""

    __tablename__ = "textbook_acts"
    __table_args__ = (
        CheckConstraint(
            "act NOT IN ('confirmed', 'refused', 'withdrawn') OR length(trim(reason)) > 0", name="reason"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    textbook_id: Mapped[int] = mapped_column(ForeignKey("textbooks.id"), index=True)
    act: Mapped[str] = mapped_column(String(20))
    #: Number of the document, or reason.
    reason: Mapped[str] = mapped_column(Text)
    content: Mapped[dict[str, Any] | None] = mapped_column(Document)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    at: Mapped[datetime]

    person: Mapped[Person] = relationship(lazy="raise")
