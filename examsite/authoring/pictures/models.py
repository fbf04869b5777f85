"""Which pictures a bank's questions may show; their bytes are with the stored files."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from examsite.db import Base


class BankPicture(Base):
    """One picture of a bank, as it was encoded again; texts refer to it as `picture:DIGEST`.

    digest: SHA-256 of the bytes kept.  size in bytes; width and height in pixels.
    """

    __tablename__ = "bank_pictures"
    __table_args__ = (CheckConstraint("media_type IN ('image/png', 'image/jpeg')", name="media_type"),)

    bank_id: Mapped[int] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(
        String(64), ForeignKey("stored_files.digest"), primary_key=True, index=True
    )
    media_type: Mapped[str] = mapped_column(String(20))
    size: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    added_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    added_at: Mapped[datetime]
