"""Files that people sent, kept whole in the database under their digest, so that one backup holds everything.

They are sealed: a workbook of questions holds their keys.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import BigInteger, LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from examsite.db import Base
from examsite.encryption import field_key, seal_bytes, unseal_bytes


class StoredFile(Base):
    """One file, sealed.  The same bytes are kept once.  digest, size: of the file as it was sent."""

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
        sealed = seal_bytes(content, bound_to=place_of(digest), key=field_key())
        row = StoredFile(digest=digest, size=len(content), content=sealed, stored_at=now)
        session.add(row)
        session.flush()
    return row


def content_of(session: Session, digest: str) -> bytes:
    """The bytes kept under a digest.  LookupError where there are none; raises encryption.Unreadable."""
    content = session.scalar(select(StoredFile.content).where(StoredFile.digest == digest))
    if content is None:
        raise LookupError(digest)
    return unseal_bytes(content, bound_to=place_of(digest), key=field_key())


def place_of(digest: str) -> str:
    """The row and column that a sealed file is bound to."""
    return f"stored_files.content:{digest}"
