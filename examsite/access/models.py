"""People, what they were granted, and the browsers they are signed in with."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from examsite.db import Base


class Person(Base):
    """A human being.  Staff have a username and password; candidates sign in with their ticket and identity number.

    identity_sealed is bound to this row; identity_index is the blind index that finds it; identity_masked is shown.
    """

    __tablename__ = "persons"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    username: Mapped[str | None] = mapped_column(String(80), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    identity_sealed: Mapped[str | None] = mapped_column(String(200))
    identity_index: Mapped[str | None] = mapped_column(String(64), unique=True)
    identity_masked: Mapped[str] = mapped_column(String(30), default="")
    employer: Mapped[str] = mapped_column(String(160), default="")
    language: Mapped[str | None] = mapped_column(String(5))
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]

    grants: Mapped[list[Grant]] = relationship(
        back_populates="person", lazy="raise", order_by="Grant.id", foreign_keys="Grant.person_id"
    )


class Grant(Base):
    """A role given to a person, within a scope: "everything", "self", or "institution:<id>"."""

    __tablename__ = "grants"
    __table_args__ = (UniqueConstraint("person_id", "role", "scope"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    role: Mapped[str] = mapped_column(String(30))
    scope: Mapped[str] = mapped_column(String(60))
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    granted_at: Mapped[datetime]

    person: Mapped[Person] = relationship(back_populates="grants", lazy="raise", foreign_keys=[person_id])


class Login(Base):
    """One signed-in browser.  The cookie holds a random token; the table holds its SHA-256."""

    __tablename__ = "logins"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    as_candidate: Mapped[bool]
    address: Mapped[str] = mapped_column(String(60))
    signed_in_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[str] = mapped_column(String(40), default="")


class SignInFailure(Base):
    """A refused sign-in: what lockout and the limit an address count.  `name` is as typed, folded and cut."""

    __tablename__ = "sign_in_failures"
    __table_args__ = (
        CheckConstraint("length(name) <= 80", name="name_length"),
        Index("ix_sign_in_failures_name_at", "name", "at"),
        Index("ix_sign_in_failures_address_at", "address", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    address: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]
