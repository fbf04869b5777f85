"""A writer's own drafts in a bank."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased, joinedload

from examsite.authoring.models import QuestionVersion, VersionStatus

MOST = 200


def drafts(session: Session, bank_id: int, author_id: int) -> list[QuestionVersion]:
    """The newest versions of this author in the bank that wait for the author: drafts and returned ones, newest first."""
    other = aliased(QuestionVersion)
    newer = exists().where(
        other.question_id == QuestionVersion.question_id, other.number > QuestionVersion.number
    )
    return list(
        session.scalars(
            select(QuestionVersion)
            .where(
                QuestionVersion.bank_id == bank_id,
                QuestionVersion.author_id == author_id,
                QuestionVersion.status.in_((VersionStatus.DRAFT, VersionStatus.RETURNED)),
                ~newer,
            )
            .options(joinedload(QuestionVersion.question))
            .order_by(QuestionVersion.id.desc())
            .limit(MOST)
        )
    )


def own_drafts(
    session: Session, bank_id: int, author_id: int, version_ids: Sequence[int]
) -> list[QuestionVersion]:
    """Those of these versions that are drafts of this author in this bank, in the order they were written."""
    rows = session.scalars(
        select(QuestionVersion)
        .where(
            QuestionVersion.id.in_(list(version_ids)[:MOST]),
            QuestionVersion.bank_id == bank_id,
            QuestionVersion.author_id == author_id,
            QuestionVersion.status == VersionStatus.DRAFT,
        )
        .order_by(QuestionVersion.id)
    )
    return list(rows)
