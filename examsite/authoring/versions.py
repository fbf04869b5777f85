"""Putting many versions into a bank at once: questions, envelopes, keys, in few statements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy.orm import Session

from examsite import bulk
from examsite.authoring.models import QuestionKey, QuestionRow, QuestionVersion, VersionStatus
from examsite.authoring.secrecy.fingerprints import fingerprint
from examsite.authoring.secrecy.sealing import seal_document
from question_bank.questions.model import Key, Question, question_as_document

#: Rows a statement: large enough to be quick, small enough for the limits on bound values.
CHUNK = 1000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A version on its way in.  question_id None: the question is new too, and `number` is 1.  hash: its fingerprint, if known."""

    question: Question
    key: Key
    external_id: str | None = None
    question_id: int | None = None
    number: int = 1
    hash: str = ""


def insert_versions(
    session: Session,
    bank_id: int,
    versions: Sequence[NewVersion],
    *,
    author_id: int,
    status: VersionStatus,
    now: datetime,
    batch_id: int | None = None,
) -> list[int]:
    """Insert the versions with their keys; their ids, in the order given."""
    ids: list[int] = []
    for part in chunks(versions):
        fresh = [one for one in part if one.question_id is None]
        made_ids = bulk.reserve_ids(session, QuestionRow, len(fresh)) if fresh else []
        bulk.insert_rows(
            session,
            QuestionRow,
            [
                {"id": i, "bank_id": bank_id, "external_id": one.external_id or None, "created_at": now}
                for i, one in zip(made_ids, fresh, strict=True)
            ],
        )
        made = iter(made_ids)
        new_ids = bulk.reserve_ids(session, QuestionVersion, len(part))
        envelopes = [
            {
                "id": i,
                "question_id": one.question_id if one.question_id is not None else next(made),
                "bank_id": bank_id,
                "batch_id": batch_id,
                "number": one.number,
                "status": status.value,
                "kind": one.question.kind.value,
                "point": one.question.point,
                "difficulty": one.question.difficulty,
                "stem": one.question.stem,
                "document": question_as_document(one.question),
                "content_hash": one.hash or fingerprint(one.question, one.key),
                "author_id": author_id,
                "created_at": now,
                "submitted_at": now if status is VersionStatus.IN_REVIEW else None,
                "approved_at": None,
            }
            for i, one in zip(new_ids, part, strict=True)
        ]
        bulk.insert_rows(session, QuestionVersion, envelopes)
        bulk.insert_rows(
            session,
            QuestionKey,
            [
                {"version_id": i, "document": seal_document(i, one.key)}
                for i, one in zip(new_ids, part, strict=True)
            ],
        )
        ids.extend(new_ids)
    return ids


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """The items in parts of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
