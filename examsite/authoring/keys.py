"""Loading keys, always on purpose.  Only marking, results, analysis and this stage's own pages may ask."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.authoring.models import QuestionKey, QuestionVersion
from examsite.authoring.secrecy.sealing import open_document, seal_document
from examsite.authoring.versions import chunks
from examsite.authoring.vetting.models import CorrectionStatus, KeyCorrection
from question_bank.questions.model import Key, content_hash, question_from_document

__all__ = [
    "correction_instants",
    "key_before",
    "keys",
    "keys_as_written",
    "plain_hashes",
    "proposed_key",
    "seal_correction",
    "seal_document",
]

#: The column of corrected keys.
CORRECTIONS = "key_corrections.document"


def keys(session: Session, version_ids: Sequence[int], *, at: datetime | None = None) -> dict[int, Key]:
    """The keys in force of these versions by version id: as written, or as corrected by two persons after use.

    at: those in force at this instant; None = now.  KeyError is the caller's where one is missing; raises KeyUnreadable.
    """
    found = keys_as_written(session, version_ids)
    for part in chunks(list(found), 5000):
        query = (
            select(KeyCorrection.version_id, KeyCorrection.document)
            .where(
                KeyCorrection.version_id.in_(part), KeyCorrection.status == CorrectionStatus.APPROVED.value
            )
            .order_by(KeyCorrection.number)
        )
        if at is not None:
            query = query.where(KeyCorrection.decided_at <= at)
        for row in session.execute(query):
            found[row.version_id] = open_document(row.version_id, row.document, column=CORRECTIONS)
    return found


def keys_as_written(session: Session, version_ids: Sequence[int]) -> dict[int, Key]:
    """The keys that the versions' content hashes cover, without later corrections."""
    found: dict[int, Key] = {}
    for part in chunks(list(dict.fromkeys(version_ids)), 5000):
        rows = session.execute(
            select(QuestionKey.version_id, QuestionKey.document).where(QuestionKey.version_id.in_(part))
        )
        found.update({row.version_id: open_document(row.version_id, row.document) for row in rows})
    return found


def plain_hashes(session: Session, version_ids: Sequence[int]) -> dict[int, str]:
    """`content_hash` of these versions, worked out: what papers name that were drawn before hashes were keyed."""
    found: dict[int, str] = {}
    for part in chunks(list(dict.fromkeys(version_ids)), 5000):
        held = keys_as_written(session, part)
        rows = session.execute(
            select(QuestionVersion.id, QuestionVersion.document).where(QuestionVersion.id.in_(part))
        )
        found.update(
            {row.id: content_hash(question_from_document(row.document), held[row.id]) for row in rows}
        )
    return found


def proposed_key(session: Session, correction_id: int) -> Key:
    """The key that a correction proposes or brought."""
    query = select(KeyCorrection.version_id, KeyCorrection.document).where(KeyCorrection.id == correction_id)
    row = session.execute(query).one()
    return open_document(row.version_id, row.document, column=CORRECTIONS)


def key_before(session: Session, version_id: int, number: int) -> Key:
    """The key that the correction of this number meant to replace."""
    query = (
        select(KeyCorrection.document)
        .where(
            KeyCorrection.version_id == version_id,
            KeyCorrection.status == CorrectionStatus.APPROVED.value,
            KeyCorrection.number < number,
        )
        .order_by(KeyCorrection.number.desc())
        .limit(1)
    )
    document = session.scalars(query).first()
    if document:
        return open_document(version_id, document, column=CORRECTIONS)
    return keys_as_written(session, [version_id])[version_id]


def correction_instants(session: Session) -> list[datetime]:
    """When keys were corrected, in order: between two of these no key changes."""
    query = select(KeyCorrection.decided_at).where(KeyCorrection.status == CorrectionStatus.APPROVED.value)
    return sorted({instant for instant in session.scalars(query) if instant is not None})


def seal_correction(version_id: int, key: Key) -> bytes:
    """What `key_corrections.document` holds for this version."""
    return seal_document(version_id, key, column=CORRECTIONS)
