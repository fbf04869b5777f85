"""Who has a duty in a bank, who signed the undertaking, and which exports were asked for."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from examsite.access.models import Person
from examsite.authoring.models import Bank
from examsite.db import Base
from examsite.registry.models import Institution


class DutyTask(StrEnum):
    """What a person is named for: to write, to review, or to run the bank."""

    WRITE = "write"
    REVIEW = "review"
    MANAGE = "manage"


class Duty(Base):
    """A person named for a task in a bank, in one area ("A-B" and all below it) or everywhere (""), until it ended."""

    __tablename__ = "bank_duties"
    __table_args__ = (
        Index(
            "uq_bank_duties_live",
            "bank_id",
            "person_id",
            "task",
            "area",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    bank_id: Mapped[int] = mapped_column(ForeignKey("banks.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    task: Mapped[str] = mapped_column(String(20))
    area: Mapped[str] = mapped_column(String(40), default="")
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    given_at: Mapped[datetime]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    ended_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(lazy="raise", foreign_keys=[person_id])


class Undertaking(Base):
    """保密承诺: one signature.  institution_id None: for every institution (the province).  text: which one was signed."""

    __tablename__ = "undertakings"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institutions.id"), index=True)
    text_version: Mapped[int]
    text_hash: Mapped[str] = mapped_column(String(64))
    name_typed: Mapped[str] = mapped_column(String(80))
    address: Mapped[str] = mapped_column(String(60), default="")
    signed_at: Mapped[datetime]
    valid_until: Mapped[datetime]

    person: Mapped[Person] = relationship(lazy="raise", foreign_keys=[person_id])
    institution: Mapped[Institution | None] = relationship(lazy="raise")


class ExportStatus(StrEnum):
    """A request waits for a second person, who approves or refuses it; one that waits can be taken back."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class BankExport(Base):
    """A request to take questions out of a bank.  filters: what of it; versions: the ids that these found.

    with_keys: with the right answers.  open_until: until when the requester may fetch the file, set by the approval.
    digest: of the file as it was fetched last.
    """

    __tablename__ = "bank_exports"
    __table_args__ = (
        CheckConstraint("answered_by_id <> requested_by_id", name="two_persons"),
        CheckConstraint("fetched BETWEEN 0 AND 3", name="fetched"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    bank_id: Mapped[int] = mapped_column(ForeignKey("banks.id"), index=True)
    status: Mapped[str] = mapped_column(String(20))
    filters: Mapped[dict[str, Any]]
    versions: Mapped[list[Any]]
    format: Mapped[str] = mapped_column(String(20))
    with_keys: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text)
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    requested_at: Mapped[datetime]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    answered_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(Text, default="")
    open_until: Mapped[datetime | None]
    fetched: Mapped[int] = mapped_column(default=0)
    digest: Mapped[str | None] = mapped_column(String(64))

    bank: Mapped[Bank] = relationship(lazy="raise")
    requested_by: Mapped[Person] = relationship(lazy="raise", foreign_keys=[requested_by_id])
    answered_by: Mapped[Person | None] = relationship(lazy="raise", foreign_keys=[answered_by_id])
