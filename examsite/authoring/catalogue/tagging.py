"""Industry tags stand beside the question, so that tagging makes no new version; what a text brings with it seeds them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session, aliased

from examsite.authoring.catalogue.models import QuestionTag
from examsite.authoring.models import QuestionVersion

LONGEST_TAG = 40
CHUNK = 500


def seed(session: Session, bank_id: int, written: Iterable[tuple[int, Sequence[str]]]) -> None:
    """Tag the questions of new versions (id, tags of its text) with what their version before did not say.

    A tag that somebody took away stays away when the same text is revised or imported again.
    """
    wanted = {version_id: set(map(clean, tags)) - {""} for version_id, tags in written if tags}
    if not wanted:
        return
    before = aliased(QuestionVersion)
    rows = session.execute(
        select(QuestionVersion.id, QuestionVersion.question_id, before.document["tags"])
        .outerjoin(
            before,
            (before.question_id == QuestionVersion.question_id)
            & (before.number == QuestionVersion.number - 1),
        )
        .where(QuestionVersion.id.in_(wanted))
    )
    by_tag: dict[str, list[int]] = {}
    for version_id, question_id, said in rows:
        for tag in sorted(wanted[version_id] - set(map(clean, said or []))):
            by_tag.setdefault(tag, []).append(question_id)
    for tag, question_ids in by_tag.items():
        add(session, bank_id, question_ids, tag)


def add(session: Session, bank_id: int, question_ids: Sequence[int], tag: str) -> int:
    """Give these questions the tag; how many did not have it."""
    added = 0
    for start in range(0, len(question_ids), CHUNK):
        part = list(dict.fromkeys(question_ids[start : start + CHUNK]))
        held = set(
            session.scalars(
                select(QuestionTag.question_id).where(
                    QuestionTag.tag == tag, QuestionTag.question_id.in_(part)
                )
            )
        )
        new = [one for one in part if one not in held]
        if new:
            session.execute(
                insert(QuestionTag), [{"question_id": one, "tag": tag, "bank_id": bank_id} for one in new]
            )
        added += len(new)
    return added


def remove(session: Session, question_ids: Sequence[int], tag: str) -> None:
    """Take the tag from these questions."""
    for start in range(0, len(question_ids), CHUNK):
        session.execute(
            delete(QuestionTag).where(
                QuestionTag.tag == tag, QuestionTag.question_id.in_(question_ids[start : start + CHUNK])
            )
        )


def clean(tag: str) -> str:
    """A tag as it is kept: white space folded, at most 40 characters."""
    return " ".join(tag.split())[:LONGEST_TAG]
