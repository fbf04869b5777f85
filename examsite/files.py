"""Files that people sent, kept whole in the database under their digest, so that one backup holds everything."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import BigInteger, LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from examsite.db import Base


class StoredFile(Base):
    """The bytes of one file.  The same bytes are kept once."""

    __tablename__ = "stored_files"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, deferred_raiseload=True)
    stored_at: Mapped[datetime]


def keep(session: Session, content: bytes, *, now: datetime) -> StoredFile:
    """Keep these bytes; the row that holds them, old or new."""
    digest = hashlib.sha256(content).hexdigest()
    row = session.get(StoredFile, digest)
    if row is None:
        row = StoredFile(digest=digest, size=len(content), content=content, stored_at=now)
        session.add(row)
        session.flush()
    return row


def content_of(session: Session, digest: str) -> bytes:
    """The bytes kept under a digest.  LookupError where there are none."""
    content = session.scalar(select(StoredFile.content).where(StoredFile.digest == digest))
    if content is None:
        raise LookupError(digest)
    return content
