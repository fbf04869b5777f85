"""What an opinion's signature covers: whoever changes a word of it, or the question under it, breaks it."""

from __future__ import annotations

from datetime import datetime

from examsite.authoring.models import Opinion
from examsite.clock import as_milliseconds
from question_bank.questions.model import canonical_hash


def signature(
    content_hash: str,
    *,
    stage: int,
    code: str,
    comment: str,
    consistency: int | None,
    difficulty: int | None,
    angoff: int | None,
    reviewer_id: int,
    at: datetime,
) -> str:
    """SHA-256 over the canonical JSON of the version's content hash and everything that the reviewer said."""
    return canonical_hash(
        {
            "content": content_hash,
            "stage": stage,
            "code": code,
            "comment": comment,
            "consistency": consistency,
            "difficulty": difficulty,
            "angoff": angoff,
            "reviewer": reviewer_id,
            "at": as_milliseconds(at),
        }
    )


def is_genuine(opinion: Opinion, content_hash: str) -> bool | None:
    """Whether the signature fits the stored opinion; None for opinions given before there were signatures."""
    if not opinion.signature:
        return None
    return opinion.signature == signature(
        content_hash,
        stage=opinion.stage,
        code=opinion.code,
        comment=opinion.comment,
        consistency=opinion.consistency,
        difficulty=opinion.difficulty,
        angoff=opinion.angoff,
        reviewer_id=opinion.reviewer_id,
        at=opinion.at,
    )
