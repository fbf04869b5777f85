"""Institutions that train nobody and certify (评价机构), and the region each belongs to."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from examsite.db import Base


class InstitutionKind(StrEnum):
    """Y 用人单位, S 社会培训评价组织 (first letter of the certificate number)."""

    EMPLOYER = "Y"
    ORGANISATION = "S"


class Region(Base):
    """A 市州 or a district of the same rank."""

    __tablename__ = "regions"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    name: Mapped[str] = mapped_column(String(60))


class Institution(Base):
    """认定机构."""

    __tablename__ = "institutions"
    __table_args__ = (CheckConstraint("kind IN ('Y', 'S')", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(1))
    region_id: Mapped[int | None] = mapped_column(ForeignKey("regions.id"))
    created_at: Mapped[datetime]

    region: Mapped[Region | None] = relationship(lazy="raise")
