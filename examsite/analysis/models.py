"""Runs of item analysis, stored with what went in."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from examsite.db import Base, Document
from examsite.planning.models import Sitting


class RunStatus(StrEnum):
    """A run is queued with its job, then done or failed."""

    QUEUED = "queued"
    DONE = "done"
    FAILED = "failed"


class AnalysisRun(Base):
    """One run over a sitting.  inputs_hash: digest of the responses; result: what `question_bank.psychometrics` gave."""

    __tablename__ = "analysis_runs"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sittings.id"), index=True)
    status: Mapped[str] = mapped_column(String(20))
    inputs_hash: Mapped[str | None] = mapped_column(String(64))
    result: Mapped[dict[str, Any] | None] = mapped_column(Document, deferred=True)
    message: Mapped[str] = mapped_column(String(400), default="")
    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    requested_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    sitting: Mapped[Sitting] = relationship(lazy="raise")
