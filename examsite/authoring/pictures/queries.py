"""Looking up pictures of banks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.authoring.pictures.models import BankPicture
from examsite.files import StoredFile


@dataclass(frozen=True, slots=True)
class Picture:
    """Bytes to send."""

    content: bytes
    media_type: str


def picture(session: Session, digest: str, banks: Collection[int]) -> Picture | None:
    """The picture with this digest, where one of these banks has it."""
    row = session.execute(
        select(StoredFile.content, BankPicture.media_type)
        .join(BankPicture, BankPicture.digest == StoredFile.digest)
        .where(BankPicture.digest == digest, BankPicture.bank_id.in_(banks))
        .limit(1)
    ).first()
    return Picture(row.content, row.media_type) if row else None


def absent(session: Session, bank_id: int, digests: Collection[str]) -> set[str]:
    """Those of these digests that the bank has no picture for: a text must not refer to them."""
    held = set(
        session.scalars(
            select(BankPicture.digest).where(BankPicture.bank_id == bank_id, BankPicture.digest.in_(digests))
        )
    )
    return set(digests) - held
