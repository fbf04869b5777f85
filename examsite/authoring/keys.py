"""Loading keys, always on purpose.  Only marking, results, analysis and this stage's own pages may ask."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.authoring.models import QuestionKey
from examsite.authoring.versions import chunks
from examsite.authoring.vetting.models import CorrectionStatus, KeyCorrection
from question_bank.questions.model import Key, key_as_document, key_from_document


def keys(session: Session, version_ids: Sequence[int], *, at: datetime | None = None) -> dict[int, Key]:
    """The keys in force of these versions by version id: as written, or as corrected by two persons after use.

    at: those in force at this instant; None = now.  KeyError is the caller's where one is missing.
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
            found[row.version_id] = key_from_document(row.document)
    return found


def keys_as_written(session: Session, version_ids: Sequence[int]) -> dict[int, Key]:
    """The keys that the versions' content hashes cover, without later corrections."""
    found: dict[int, Key] = {}
    for part in chunks(list(dict.fromkeys(version_ids)), 5000):
        rows = session.execute(
            select(QuestionKey.version_id, QuestionKey.document).where(QuestionKey.version_id.in_(part))
        )
        found.update({row.version_id: key_from_document(row.document) for row in rows})
    return found


def proposed_key(session: Session, correction_id: int) -> Key:
    """The key that a correction proposes or brought."""
    query = select(KeyCorrection.document).where(KeyCorrection.id == correction_id)
    return key_from_document(session.scalars(query).one())


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
    return key_from_document(document) if document else keys_as_written(session, [version_id])[version_id]


def correction_instants(session: Session) -> list[datetime]:
    """When keys were corrected, in order: between two of these no key changes."""
    query = select(KeyCorrection.decided_at).where(KeyCorrection.status == CorrectionStatus.APPROVED.value)
    return sorted({instant for instant in session.scalars(query) if instant is not None})


def seal_document(version_id: int, key: Key) -> dict[str, Any]:
    """A key of a version as it is stored."""
    return key_as_document(key)
