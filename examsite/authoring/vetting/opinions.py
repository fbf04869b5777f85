"""Giving opinions, and what follows once a stage has all of its own.

A stage waits for all its opinions, so that blind second opinions are never cut short by the first; then the strictest
code decides: D rejects, C returns, B returns for small changes (the next version comes back to this stage, not to the
first), A lets the version on to the next stage, and after the last stage into the bank.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from examsite import audit
from examsite.audit import Actor
from examsite.authoring.models import Bank, Code, Opinion, QuestionVersion, VersionStatus
from examsite.authoring.versions import chunks
from examsite.authoring.vetting.assignment import close_tasks, open_stage
from examsite.authoring.vetting.errors import (
    AlreadyJudged,
    BadRating,
    CommentNeeded,
    NewerVersion,
    NotAssigned,
    NotInReview,
    OwnWork,
    Recused,
)
from examsite.authoring.vetting.models import ReviewTask, TaskEnd, Unassigned
from examsite.authoring.vetting.reviewers import Obstacle, Obstacles, Reviewer, judged, reviewers
from examsite.authoring.vetting.signatures import signature
from examsite.authoring.vetting.stages import stages_from_document
from examsite.errors import NotYours, Refused

#: What a stage's strictest code makes of a version; A is not among them.
_ENDS = {
    Code.CHANGE: (VersionStatus.RETURNED, "question.return"),
    Code.RETURN: (VersionStatus.RETURNED, "question.return"),
    Code.REJECT: (VersionStatus.REJECTED, "question.reject"),
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a reviewer says.  Ratings as in `Opinion`; None = not given."""

    code: Code
    comment: str = ""
    consistency: int | None = None
    difficulty: int | None = None
    angoff: int | None = None


def give_opinion(
    session: Session, version: QuestionVersion, said: Judgement, *, actor: Actor, now: datetime
) -> None:
    """One signed opinion.  Raises CommentNeeded, BadRating, and why the actor may not judge."""
    give_opinions(session, [version.id], said, actor=actor, now=now)
    session.refresh(version, ["status", "approved_at", "stage"])


def give_opinions(
    session: Session, version_ids: Sequence[int], said: Judgement, *, actor: Actor, now: datetime
) -> int:
    """The same opinion on all of these or on none; how many.  Raises as `give_opinion`."""
    comment = said.comment.strip()
    if said.code is not Code.ADOPT and not comment:
        raise CommentNeeded(_("Please say what has to be changed, so that the author can mend it."))
    _check_ratings(said)
    wanted = list(dict.fromkeys(version_ids))
    for part in chunks(wanted, 500):
        rows = _judgeable(session, part, actor=actor)
        session.execute(
            insert(Opinion),
            [
                {
                    "version_id": row.id,
                    "reviewer_id": actor.id,
                    "stage": row.stage or 0,
                    "code": said.code.value,
                    "comment": comment,
                    "consistency": said.consistency,
                    "difficulty": said.difficulty,
                    "angoff": said.angoff,
                    "signature": signature(
                        row.content_hash,
                        stage=row.stage or 0,
                        code=said.code.value,
                        comment=comment,
                        consistency=said.consistency,
                        difficulty=said.difficulty,
                        angoff=said.angoff,
                        reviewer_id=actor.id,
                        at=now,
                    ),
                    "at": now,
                }
                for row in rows
            ],
        )
        session.execute(
            update(ReviewTask)
            .where(
                ReviewTask.version_id.in_(part),
                ReviewTask.reviewer_id == actor.id,
                ReviewTask.ended_at.is_(None),
            )
            .values(ended=TaskEnd.DONE.value, ended_at=now, ended_by_id=actor.id)
        )
        of = rows[0] if len(wanted) == 1 else f"banks:{rows[0].bank_id}"
        detail = {"code": said.code.value, "versions": list(part)}
        audit.record(session, "question.opinion", of=of, actor=actor, now=now, **detail)
        _close_stages(session, rows, of, actor=actor, now=now)
    return len(wanted)


def _close_stages(
    session: Session, rows: Sequence[QuestionVersion], of: object, *, actor: Actor, now: datetime
) -> None:
    """Where a stage has all its opinions: on to the next, into the bank, or back to the author."""
    given = {
        version_id: (count, strictest)
        for version_id, count, strictest in session.execute(
            select(Opinion.version_id, func.count(), func.max(Opinion.code))
            .join(QuestionVersion, QuestionVersion.id == Opinion.version_id)
            .where(
                Opinion.version_id.in_([row.id for row in rows]),
                Opinion.stage == func.coalesce(QuestionVersion.stage, 0),
            )
            .group_by(Opinion.version_id)
        )
    }
    ended: dict[tuple[VersionStatus, str], list[int]] = {}
    advanced: dict[int, list[int]] = {}
    approved: list[QuestionVersion] = []
    for row in rows:
        stages, place = stages_from_document(row.vetting), row.stage or 0
        count, strictest = given[row.id]
        if count < stages[place].opinions:
            continue
        if strictest != Code.ADOPT:
            ended.setdefault(_ENDS[Code(strictest)], []).append(row.id)
        elif place + 1 < len(stages):
            advanced.setdefault(place + 1, []).append(row.id)
        else:
            approved.append(row)
    for (status, act), ids in ended.items():
        _set(session, ids, status=status.value)
        audit.record(session, act, of=of, actor=actor, now=now, versions=ids)
    for place, ids in advanced.items():
        close_tasks(session, ids, now=now)
        _set(session, ids, stage=place)
        open_stage(session, ids, now=now)
        audit.record(session, "question.advance", of=of, actor=actor, now=now, versions=ids, stage=place)
    if approved:
        _approve(session, approved, of, actor=actor, now=now)
    close_tasks(
        session, [*(i for ids in ended.values() for i in ids), *(row.id for row in approved)], now=now
    )


def _approve(
    session: Session, rows: Sequence[QuestionVersion], of: object, *, actor: Actor, now: datetime
) -> None:
    """Into the bank; what papers used until now leaves them, unless the province has to confirm the new one first."""
    bank = session.get_one(Bank, rows[0].bank_id)
    kept = [VersionStatus.SUPERSEDED, VersionStatus.RETIRED]
    if bank.needs_confirmation:
        kept += [VersionStatus.CONFIRMED, VersionStatus.SUSPENDED]
    ids = [row.id for row in rows]
    session.execute(
        update(QuestionVersion)
        .where(
            QuestionVersion.question_id.in_([row.question_id for row in rows]),
            QuestionVersion.id.not_in(ids),
            QuestionVersion.status.not_in(kept),
        )
        .values(status=VersionStatus.SUPERSEDED.value)
    )
    _set(session, ids, status=VersionStatus.APPROVED.value, approved_at=now)
    audit.record(session, "question.approve", of=of, actor=actor, now=now, versions=ids)


def _set(session: Session, ids: Sequence[int], **values: object) -> None:
    session.execute(update(QuestionVersion).where(QuestionVersion.id.in_(ids)).values(**values))


def _check_ratings(said: Judgement) -> None:
    for value, least, most in (
        (said.consistency, 1, 5),
        (said.difficulty, 1, 5),
        (said.angoff, 0, 100),
    ):
        if value is not None and not least <= value <= most:
            raise BadRating(_("A rating has to lie between %(least)s and %(most)s.", least=least, most=most))


def _judgeable(session: Session, version_ids: Sequence[int], *, actor: Actor) -> list[QuestionVersion]:
    """The versions, locked, which this actor may judge now; else the error that says why not."""
    rows = list(
        session.scalars(
            select(QuestionVersion)
            .where(QuestionVersion.id.in_(version_ids))
            .order_by(QuestionVersion.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )
    if not rows or len(rows) != len(version_ids):
        raise NotYours()
    if len({row.bank_id for row in rows}) > 1:
        raise Refused(_("Questions of several banks can't be judged in one step."))
    if any(row.status != VersionStatus.IN_REVIEW for row in rows):
        raise NotInReview(
            _(
                "Somebody has judged this in the meantime, or it was withdrawn. Reload the page to see where it stands."
            )
        )
    newest = dict(
        session.execute(
            select(QuestionVersion.question_id, func.max(QuestionVersion.number))
            .where(QuestionVersion.question_id.in_([row.question_id for row in rows]))
            .group_by(QuestionVersion.question_id)
        ).all()
    )
    if any(newest[row.question_id] > row.number for row in rows):
        raise NewerVersion(_("There is a newer version of this question. Please judge that one."))
    _check_person(session, rows, actor)
    return rows


def _check_person(session: Session, rows: Sequence[QuestionVersion], actor: Actor) -> None:
    """Not one's own work, not twice, not after withdrawing, and only what one was asked for or what is free."""
    versions = judged(session, [row.id for row in rows])
    obstacles = Obstacles(session, versions)
    bank = session.get_one(Bank, rows[0].bank_id)
    everywhere = Reviewer(actor.id, actor.name, frozenset({""}))
    named = {one.id: one for one in reviewers(session, bank)} if bank.is_restricted else {}
    asked = _asked(session, [row.id for row in rows])
    for version in versions.values():
        why = obstacles.why_not(version, everywhere)
        if why is Obstacle.OWN:
            raise OwnWork(
                _("You wrote or uploaded this question yourself. Another reviewer has to judge it.")
            )
        if why is Obstacle.JUDGED:
            raise AlreadyJudged(_("You have already given your opinion on this version."))
        if why is Obstacle.RECUSED:
            raise Recused(_("You withdrew from this question or from its author's work. Others judge it."))
        if why is Obstacle.ASSIGNED:
            continue
        outside = bank.is_restricted and not (actor.id in named and named[actor.id].covers(version.point))
        if outside or asked.get(version.id) is False:
            raise NotAssigned(
                _(
                    "Other reviewers were asked for the opinions of this stage. Ask the bank's manager to assign it to you."
                )
            )
        if version.id in asked:
            _take(session, version.id, actor)


def _asked(session: Session, version_ids: Sequence[int]) -> dict[int, bool]:
    """Of versions with open tasks: whether one of these waits for whoever takes it.

    A version without any task is left out: anybody may judge it (it was in review before there were tasks).
    """
    rows = session.execute(
        select(ReviewTask.version_id, ReviewTask.unassigned).where(
            ReviewTask.version_id.in_(version_ids), ReviewTask.ended_at.is_(None)
        )
    ).all()
    found = {row.version_id: False for row in rows}
    found.update({row.version_id: True for row in rows if row.unassigned == Unassigned.NOBODY})
    return found


def _take(session: Session, version_id: int, actor: Actor) -> None:
    """Fill the place of a task that nobody has, where there is one."""
    task = session.scalars(
        select(ReviewTask)
        .where(
            ReviewTask.version_id == version_id,
            ReviewTask.ended_at.is_(None),
            ReviewTask.unassigned == Unassigned.NOBODY.value,
        )
        .order_by(ReviewTask.id)
        .limit(1)
    ).first()
    if task is not None:
        task.reviewer_id, task.unassigned = actor.id, None
        session.flush()
