"""Attempts and answers.

An attempt is made for every enrolled candidate before the start, with its paper.  An answer row holds the newest
revision at a position; the log holds every revision's instant and hash.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from examsite.db import Base, Document
from examsite.planning.models import Paper
from examsite.registration.models import Enrolment


class Attempt(Base):
    """One candidate at one sitting.

    lease: the token of the page that may write; empty = nobody.  extra_seconds, restored_seconds: time given by people.
    paused_at: since when the clock of this attempt stands.  takeover_until: until when another machine may take the lease
    over, where that needs an invigilator.  revision: the highest revision held.  seen_at: when the page was last heard of.
    answered: how many questions the page last said it had answers for.  closed_by: "candidate", "clock", "invigilator" or "paper".
    """

    __tablename__ = "attempts"
    __table_args__ = (
        CheckConstraint("extra_seconds >= 0 AND restored_seconds >= 0", name="time_given"),
        CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name="closed"),
        # What the sweep looks for: few are open, and only those that started long enough ago can be over.
        Index(
            "ix_attempts_open",
            "started_at",
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id"), unique=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("papers.id"), index=True)
    started_at: Mapped[datetime | None]
    lease: Mapped[str | None] = mapped_column(String(64))
    leased_login_id: Mapped[int | None]
    leased_at: Mapped[datetime | None]
    takeovers: Mapped[int] = mapped_column(default=0)
    extra_seconds: Mapped[int] = mapped_column(default=0)
    restored_seconds: Mapped[int] = mapped_column(default=0)
    paused_at: Mapped[datetime | None]
    takeover_until: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=0)
    acknowledged_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    answered: Mapped[int] = mapped_column(default=0, server_default="0")
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(20))
    receipt: Mapped[str | None] = mapped_column(String(64))
    settings: Mapped[dict[str, Any]] = mapped_column(Document, default=dict)

    enrolment: Mapped[Enrolment] = relationship(lazy="raise")
    paper: Mapped[Paper] = relationship(lazy="raise")


class Answer(Base):
    """The newest revision of a response.  made_at: when the candidate made it, by the page's estimate of server time."""

    __tablename__ = "answers"

    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    revision: Mapped[int]
    response: Mapped[dict[str, Any] | None] = mapped_column(Document)
    marked: Mapped[bool]
    made_at: Mapped[datetime]
    saved_at: Mapped[datetime]


class AnswerLog(Base):
    """Every revision that was taken: instants and the hash of what it said.  Never changed: a trigger refuses."""

    __tablename__ = "answer_log"

    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    made_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    digest: Mapped[str] = mapped_column(String(16))


class QuarantinedAnswer(Base):
    """A response made before the deadline, by its page's account, that arrived after the grace: kept for a person to judge."""

    __tablename__ = "quarantined_answers"
    __table_args__ = (UniqueConstraint("attempt_id", "position", "revision"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"), index=True)
    position: Mapped[int]
    revision: Mapped[int]
    response: Mapped[dict[str, Any] | None] = mapped_column(Document)
    marked: Mapped[bool]
    made_at: Mapped[datetime]
    arrived_at: Mapped[datetime]
    evidence: Mapped[dict[str, Any]]


class AttemptEvent(Base):
    """What happened to an attempt besides answers: opened, taken over, time given, leaving the page, incidents."""

    __tablename__ = "attempt_events"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"), index=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(40))
    detail: Mapped[dict[str, Any]]
    note: Mapped[str] = mapped_column(Text, default="")


class IdentityConfirmation(Base):
    """What a candidate on the waiting page confirmed to be right about themselves.  Never changed: a trigger refuses.

    shown: the data as the page showed it, by name.  Where the data change afterwards, the page asks again.
    """

    __tablename__ = "identity_confirmations"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id"), index=True)
    at: Mapped[datetime]
    shown: Mapped[dict[str, Any]] = mapped_column(Document)


class SittingMessage(Base):
    """What an invigilator says to everybody at a sitting, to one room or to one candidate.  Kept as it was said."""

    __tablename__ = "sitting_messages"
    __table_args__ = (
        CheckConstraint("room_id IS NULL OR attempt_id IS NULL", name="one_audience"),
        # Every save asks for the newest of its sitting.
        Index("ix_sitting_messages_sitting_id_id", "sitting_id", "id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sittings.id"))
    room_id: Mapped[int | None] = mapped_column(ForeignKey("rooms.id"))
    attempt_id: Mapped[str | None] = mapped_column(ForeignKey("attempts.id"))
    text: Mapped[str] = mapped_column(String(300))
    sent_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    sent_at: Mapped[datetime]


class QuarantineDecision(Base):
    """What a person decided about a quarantined answer, once.  Never changed: a trigger refuses."""

    __tablename__ = "quarantine_decisions"

    quarantined_id: Mapped[int] = mapped_column(ForeignKey("quarantined_answers.id"), primary_key=True)
    is_admitted: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text)
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    decided_at: Mapped[datetime]


class DealtPaper(Base):
    """The paper that a candidate will open, given before the start.  Dealt anew when seats change before the opening."""

    __tablename__ = "dealt_papers"

    enrolment_id: Mapped[int] = mapped_column(
        ForeignKey("enrolments.id"), primary_key=True, autoincrement=False
    )
    paper_id: Mapped[int] = mapped_column(ForeignKey("papers.id"), index=True)
    dealt_at: Mapped[datetime]


class EntranceRefusal(Base):
    """A machine that was not let in, for the invigilator to see.  Never changed: a trigger refuses.

    reasons: codes of `sitting.entrance`.  evidence: what the machine showed.
    """

    __tablename__ = "entrance_refusals"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id"), index=True)
    at: Mapped[datetime]
    reasons: Mapped[list[str]] = mapped_column(Document)
    evidence: Mapped[dict[str, Any]] = mapped_column(Document)
