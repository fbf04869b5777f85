"""What a rehearsal found, once, for the people who decide whether the sitting can be held here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from examsite.db import Base, Document
from examsite.planning.models import Sitting


class RehearsalReport(Base):
    """The report of one rehearsal.  verdict: good, watch or bad.  Never changed: a trigger refuses."""

    __tablename__ = "rehearsal_reports"

    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sittings.id"), index=True)
    made_at: Mapped[datetime]
    verdict: Mapped[str] = mapped_column(String(10))
    document: Mapped[dict[str, Any]] = mapped_column(Document)

    sitting: Mapped[Sitting] = relationship(lazy="raise")
