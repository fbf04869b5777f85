"""Plans (认定计划), specifications (组题规则), papers and sittings."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from examsite.access.models import Person
from examsite.authoring.models import Bank, OutlineRow
from examsite.db import Base, Document
from examsite.registry.models import Institution


class PlanStatus(StrEnum):
    """A cancelled plan keeps its record."""

    OPEN = "open"
    CANCELLED = "cancelled"


class SpecificationStatus(StrEnum):
    """An approved specification is fixed; a change makes a new one."""

    DRAFT = "draft"
    APPROVED = "approved"


class PaperMode(StrEnum):
    """N papers that candidates share, or one for each."""

    FIXED = "fixed"
    UNIQUE = "unique"


class PaperSetStatus(StrEnum):
    """Drawn by one person, approved by another, or thrown away before use."""

    DRAWN = "drawn"
    APPROVED = "approved"
    DISCARDED = "discarded"


class SittingStatus(StrEnum):
    """PLANNED until papers are approved and everything is confirmed; then READY.  Whether it runs follows from time."""

    PLANNED = "planned"
    READY = "ready"
    CANCELLED = "cancelled"


class Plan(Base):
    """认定计划: occupation, level, institution; sittings hang on it."""

    __tablename__ = "plans"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institutions.id"), index=True)
    bank_id: Mapped[int] = mapped_column(ForeignKey("banks.id"))
    standard_code: Mapped[str] = mapped_column(String(20))
    standard_edition: Mapped[str] = mapped_column(String(10))
    level: Mapped[int]
    status: Mapped[str] = mapped_column(String(20))
    created_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    created_at: Mapped[datetime]

    institution: Mapped[Institution] = relationship(lazy="raise")
    bank: Mapped[Bank] = relationship(lazy="raise")


class SpecificationRow(Base):
    """组题规则 of a bank; `document` is read by `question_bank.assembly.specification`."""

    __tablename__ = "specifications"

    id: Mapped[int] = mapped_column(primary_key=True)
    bank_id: Mapped[int] = mapped_column(ForeignKey("banks.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    status: Mapped[str] = mapped_column(String(20))
    document: Mapped[dict[str, Any]]
    content_hash: Mapped[str] = mapped_column(String(64))
    created_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    created_at: Mapped[datetime]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    approved_at: Mapped[datetime | None]

    bank: Mapped[Bank] = relationship(lazy="raise")


class PaperSet(Base):
    """Papers drawn together: seed, bank digest and plan of the draw make them again; the proof shows what they hold."""

    __tablename__ = "paper_sets"
    __table_args__ = (
        CheckConstraint("approved_by_id IS NULL OR approved_by_id <> drawn_by_id", name="two_persons"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    specification_id: Mapped[int] = mapped_column(ForeignKey("specifications.id"))
    outline_id: Mapped[int | None] = mapped_column(ForeignKey("outlines.id"))
    mode: Mapped[str] = mapped_column(String(10))
    count: Mapped[int]
    seed: Mapped[str] = mapped_column(String(80))
    engine: Mapped[str] = mapped_column(String(40))
    bank_digest: Mapped[str] = mapped_column(String(64))
    is_verified: Mapped[bool]
    #: What an incomplete response to a 多选题 earns, as the specification said when the papers were drawn.
    multiple: Mapped[str] = mapped_column(String(10), default="exact", server_default="exact")
    artefact: Mapped[dict[str, Any]] = mapped_column(Document, deferred=True)
    proof: Mapped[dict[str, Any]] = mapped_column(Document, deferred=True)
    status: Mapped[str] = mapped_column(String(20))
    drawn_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    drawn_at: Mapped[datetime]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    approved_at: Mapped[datetime | None]

    plan: Mapped[Plan] = relationship(lazy="raise")
    specification: Mapped[SpecificationRow] = relationship(lazy="raise")
    outline: Mapped[OutlineRow | None] = relationship(lazy="raise")


class Paper(Base):
    """One frozen paper: question versions in order with points and option order.  Never changed: a trigger refuses.

    document: {"questions": [{"version": id, "points": "1", "options": [ids as shown]}, …]}.
    """

    __tablename__ = "papers"
    __table_args__ = (UniqueConstraint("set_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    set_id: Mapped[int] = mapped_column(ForeignKey("paper_sets.id"))
    number: Mapped[int]
    document: Mapped[dict[str, Any]]
    content_hash: Mapped[str] = mapped_column(String(64))

    set: Mapped[PaperSet] = relationship(lazy="raise")


class TakeoverPolicy(StrEnum):
    """Whether a candidate opens the paper on another machine by themselves, or an invigilator allows it first."""

    FREE = "free"
    CONSENT = "consent"


class SignalPolicy(StrEnum):
    """What becomes of a signal about the machine: not looked at, kept as evidence, or needed to open the paper."""

    OFF = "off"
    RECORDED = "recorded"
    REQUIRED = "required"


class Sitting(Base):
    """场次: the window in which candidates of a plan take papers of one set.  Durations in seconds and minutes as named.

    is_rehearsal: made to try the room's machines, never scored.  networks: addresses it may be sat from as CIDR, none =
    anywhere.  seb_config_keys, seb_browser_keys: the config keys and browser exam keys of Safe Exam Browser that count as
    right; without browser exam keys only the config key is looked at.
    """

    __tablename__ = "sittings"
    __table_args__ = (
        CheckConstraint("closes_at > opens_at", name="window"),
        CheckConstraint("allowed_minutes > 0", name="allowed"),
        CheckConstraint("grace_seconds >= 0", name="grace"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    paper_set_id: Mapped[int | None] = mapped_column(ForeignKey("paper_sets.id"))
    title: Mapped[str] = mapped_column(String(120))
    place: Mapped[str] = mapped_column(String(120), default="")
    subject: Mapped[str] = mapped_column(String(20), default="theory")
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    allowed_minutes: Mapped[int]
    grace_seconds: Mapped[int] = mapped_column(default=5)
    late_limit_minutes: Mapped[int | None]
    earliest_hand_in_minutes: Mapped[int | None]
    status: Mapped[str] = mapped_column(String(20))
    unverified_confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    unverified_confirmed_at: Mapped[datetime | None]
    unverified_reason: Mapped[str] = mapped_column(Text, default="")
    is_rehearsal: Mapped[bool] = mapped_column(default=False, server_default=false())
    takeover_policy: Mapped[str] = mapped_column(String(10), default="free", server_default="free")
    network_policy: Mapped[str] = mapped_column(String(10), default="off", server_default="off")
    networks: Mapped[list[str]] = mapped_column(Document, default=list, server_default="[]")
    seb_policy: Mapped[str] = mapped_column(String(10), default="off", server_default="off")
    seb_config_keys: Mapped[list[str]] = mapped_column(Document, default=list, server_default="[]")
    seb_browser_keys: Mapped[list[str]] = mapped_column(Document, default=list, server_default="[]")
    created_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    created_at: Mapped[datetime]

    plan: Mapped[Plan] = relationship(lazy="raise")
    paper_set: Mapped[PaperSet | None] = relationship(lazy="raise")
    unverified_confirmed_by: Mapped[Person | None] = relationship(
        lazy="raise", foreign_keys=[unverified_confirmed_by_id]
    )
