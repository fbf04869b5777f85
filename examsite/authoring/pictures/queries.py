"""Looking up pictures of banks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite import files
from examsite.authoring.pictures.models import BankPicture


@dataclass(frozen=True, slots=True)
class Picture:
    """Bytes to send."""

    content: bytes
    media_type: str


def picture(session: Session, digest: str, banks: Collection[int]) -> Picture | None:
    """The picture with this digest, where one of these banks has it."""
    media_type = session.scalar(
        select(BankPicture.media_type)
        .where(BankPicture.digest == digest, BankPicture.bank_id.in_(banks))
        .limit(1)
    )
    return None if media_type is None else Picture(files.content_of(session, digest), media_type)


def pictures_of(session: Session, bank_id: int, digests: Collection[str]) -> dict[str, bytes]:
    """The bytes of those of these pictures that the bank has."""
    found = session.scalars(
        select(BankPicture.digest).where(BankPicture.bank_id == bank_id, BankPicture.digest.in_(digests))
    ).all()
    return {digest: files.content_of(session, digest) for digest in found}


def absent(session: Session, bank_id: int, digests: Collection[str]) -> set[str]:
    """Those of these digests that the bank has no picture for: a text must not refer to them."""
    held = set(
        session.scalars(
            select(BankPicture.digest).where(BankPicture.bank_id == bank_id, BankPicture.digest.in_(digests))
        )
    )
    return set(digests) - held
