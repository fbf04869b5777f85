"""Loading keys, always on purpose.  Only marking, results, analysis and this stage's own pages may ask."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.authoring.models import QuestionKey
from examsite.authoring.versions import chunks
from question_bank.questions.model import Key, key_from_document


def keys(session: Session, version_ids: Sequence[int]) -> dict[int, Key]:
    """The keys of these versions by version id.  KeyError is the caller's where one is missing."""
    found: dict[int, Key] = {}
    for part in chunks(list(dict.fromkeys(version_ids)), 5000):
        rows = session.execute(
            select(QuestionKey.version_id, QuestionKey.document).where(QuestionKey.version_id.in_(part))
        )
        found.update({row.version_id: key_from_document(row.document) for row in rows})
    return found
