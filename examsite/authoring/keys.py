"""Loading keys, always on purpose.  Only marking, results, analysis and this stage's own pages may ask."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.authoring.models import QuestionKey, QuestionVersion
from examsite.authoring.secrecy.sealing import open_document, seal_document
from examsite.authoring.versions import chunks
from question_bank.questions.model import Key, content_hash, question_from_document

__all__ = ["keys", "plain_hashes", "seal_document"]


def keys(session: Session, version_ids: Sequence[int]) -> dict[int, Key]:
    """The keys of these versions by version id.  KeyError is the caller's where one is missing; raises KeyUnreadable."""
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
        held = keys(session, part)
        rows = session.execute(
            select(QuestionVersion.id, QuestionVersion.document).where(QuestionVersion.id.in_(part))
        )
        found.update(
            {row.id: content_hash(question_from_document(row.document), held[row.id]) for row in rows}
        )
    return found
