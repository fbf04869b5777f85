"""回避: a person withdraws from a question, or from everything that one author writes."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from examsite import audit
from examsite.audit import Actor
from examsite.authoring.models import ImportBatch, QuestionVersion
from examsite.authoring.vetting.assignment import next_reviewer, replace
from examsite.authoring.vetting.errors import AlreadyJudged, CommentNeeded
from examsite.authoring.vetting.models import Recusal, ReviewTask, TaskEnd, Unassigned
from examsite.authoring.vetting.reviewers import Obstacle, Obstacles, Reviewer, judged
from examsite.errors import NotYours


def recuse(session: Session, version: QuestionVersion, reason: str, *, actor: Actor, now: datetime) -> None:
    """Withdraw from a question; the actor's task goes to somebody else.  Raises CommentNeeded, AlreadyJudged."""
    if not reason.strip():
        raise CommentNeeded(_("Please give the reason for withdrawing."))
    versions = judged(session, [version.id])
    why = Obstacles(session, versions).why_not(
        versions[version.id], Reviewer(actor.id, actor.name, frozenset({""}))
    )
    if why is Obstacle.JUDGED:
        raise AlreadyJudged(_("You have already given your opinion on this version."))
    if why is Obstacle.RECUSED:
        return
    row = Recusal(person_id=actor.id, question_id=version.question_id, reason=reason.strip(), at=now)
    session.add(row)
    session.flush()
    audit.record(session, "review.recuse", of=version, actor=actor, now=now, reason=row.reason)
    _hand_over(session, [version.question_id], actor=actor, now=now)


def recuse_from_author(
    session: Session, author_id: int, reason: str, *, actor: Actor, now: datetime
) -> Recusal:
    """Withdraw from everything that a person wrote or writes, until it is ended.  Raises CommentNeeded."""
    if not reason.strip():
        raise CommentNeeded(_("Please give the reason for withdrawing."))
    row = Recusal(person_id=actor.id, author_id=author_id, reason=reason.strip(), at=now)
    session.add(row)
    session.flush()
    audit.record(session, "review.recuse", of=row, actor=actor, now=now, author=author_id, reason=row.reason)
    questions = session.scalars(
        select(QuestionVersion.question_id)
        .outerjoin(ImportBatch, ImportBatch.id == QuestionVersion.batch_id)
        .join(ReviewTask, ReviewTask.version_id == QuestionVersion.id)
        .where(
            ReviewTask.reviewer_id == actor.id,
            ReviewTask.ended_at.is_(None),
            or_(QuestionVersion.author_id == author_id, ImportBatch.uploaded_by_id == author_id),
        )
        .distinct()
    ).all()
    _hand_over(session, list(questions), actor=actor, now=now)
    return row


def end_recusal(session: Session, recusal_id: int, *, actor: Actor, now: datetime) -> None:
    """Take one's own standing recusal back.  Raises NotYours."""
    row = session.get(Recusal, recusal_id)
    if row is None or row.person_id != actor.id or row.author_id is None or row.ended_at is not None:
        raise NotYours()
    row.ended_at = now
    audit.record(session, "review.recuse-end", of=row, actor=actor, now=now)


def _hand_over(session: Session, question_ids: list[int], *, actor: Actor, now: datetime) -> None:
    """Give the actor's open tasks on these questions to whom the rule chooses."""
    tasks = session.scalars(
        select(ReviewTask)
        .join(QuestionVersion, QuestionVersion.id == ReviewTask.version_id)
        .where(
            QuestionVersion.question_id.in_(question_ids),
            ReviewTask.reviewer_id == actor.id,
            ReviewTask.ended_at.is_(None),
        )
        .order_by(ReviewTask.id)
    ).all()
    for task in tasks:
        chosen = next_reviewer(session, task.version_id)
        replace(
            session,
            task,
            chosen.id if chosen else None,
            TaskEnd.RECUSED,
            actor=actor,
            now=now,
            unassigned=None if chosen else Unassigned.NOBODY,
        )
