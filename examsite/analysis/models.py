"""Runs of item analysis, stored with what went in."""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from examsite.db import Base
from examsite.encryption import field_key, seal_bytes, unseal_bytes
from examsite.planning.models import Sitting


class RunStatus(StrEnum):
    """A run is queued with its job, then done or failed."""

    QUEUED = "queued"
    DONE = "done"
    FAILED = "failed"


class AnalysisRun(Base):
    """One run over a sitting.  inputs_hash: digest of the responses; result: what `question_bank.psychometrics` gave.

    The result is sealed, for it says which options are right: set and read it on a row that has its id.
    """

    __tablename__ = "analysis_runs"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sittings.id"), index=True)
    status: Mapped[str] = mapped_column(String(20))
    inputs_hash: Mapped[str | None] = mapped_column(String(64))
    sealed_result: Mapped[bytes | None] = mapped_column("result", LargeBinary, deferred=True)
    message: Mapped[str] = mapped_column(String(400), default="")
    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    requested_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    sitting: Mapped[Sitting] = relationship(lazy="raise")

    @property
    def result(self) -> dict[str, Any] | None:
        """The figures; None before the run is done.  Undefer `sealed_result` first."""
        if self.sealed_result is None:
            return None
        opened = unseal_bytes(self.sealed_result, bound_to=self._place, key=field_key())
        return json.loads(opened)  # type: ignore[no-any-return]

    @result.setter
    def result(self, figures: dict[str, Any]) -> None:
        plain = json.dumps(figures, ensure_ascii=False).encode()
        self.sealed_result = seal_bytes(plain, bound_to=self._place, key=field_key())

    @property
    def _place(self) -> str:
        return f"analysis_runs.result:{self.id}"
