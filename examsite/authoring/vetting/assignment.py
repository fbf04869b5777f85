"""Asking reviewers for their opinions: the rule when a stage opens, and what a manager arranges by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from examsite import audit, bulk
from examsite.audit import Actor
from examsite.authoring.models import Bank, QuestionVersion, VersionStatus
from examsite.authoring.versions import chunks
from examsite.authoring.vetting.models import ReviewTask, TaskEnd, Unassigned
from examsite.authoring.vetting.reviewers import (
    Judged,
    Obstacle,
    Obstacles,
    Reviewer,
    judged,
    loads,
    reviewers,
)
from examsite.authoring.vetting.stages import Stage, stages_from_document
from examsite.errors import NotYours


def open_stage(session: Session, version_ids: Sequence[int], *, now: datetime) -> None:
    """Ask for the opinions of the stage at which these versions (of one bank) stand.

    Of everybody who may judge a version, who has the fewest open tasks is asked, ties by id.  Where nobody is left the
    task stands without a reviewer, for the manager to see.
    """
    if not version_ids:
        return
    versions = judged(session, version_ids)
    bank = session.get_one(Bank, next(iter(versions.values())).bank_id)
    people, load = reviewers(session, bank), loads(session)
    obstacles = Obstacles(session, versions)
    stages = _stages(session, version_ids)
    rows: list[dict[str, Any]] = []
    for version_id in version_ids:
        place, stage = stages[version_id]
        for _opinion in range(stage.opinions):
            chosen = _least_busy(versions[version_id], people, load, obstacles)
            if chosen is not None:
                load[chosen.id] += 1
                obstacles.note(version_id, chosen.id)
            rows.append(
                {
                    "version_id": version_id,
                    "bank_id": bank.id,
                    "stage": place,
                    "reviewer_id": chosen.id if chosen else None,
                    "unassigned": None if chosen else Unassigned.NOBODY.value,
                    "assigned_at": now,
                    "due_at": now + timedelta(days=stage.days),
                }
            )
    bulk.insert_rows(session, ReviewTask, rows)


def close_tasks(session: Session, version_ids: Sequence[int], *, now: datetime) -> None:
    """End what is left open of these versions' tasks: they left the stage."""
    for part in chunks(list(version_ids), 500):
        session.execute(
            update(ReviewTask)
            .where(ReviewTask.version_id.in_(part), ReviewTask.ended_at.is_(None))
            .values(ended=TaskEnd.CLOSED.value, ended_at=now)
        )


def replace(
    session: Session,
    task: ReviewTask,
    reviewer_id: int | None,
    why: TaskEnd,
    *,
    actor: Actor,
    now: datetime,
    unassigned: Unassigned | None = None,
) -> ReviewTask:
    """End a task and ask somebody else (or nobody yet) in its place; the day it is due stays, or begins anew."""
    days = _stages(session, [task.version_id])[task.version_id][1].days
    task.ended, task.ended_at, task.ended_by_id = why.value, now, actor.id
    session.flush()
    fresh = ReviewTask(
        version_id=task.version_id,
        bank_id=task.bank_id,
        stage=task.stage,
        reviewer_id=reviewer_id,
        unassigned=unassigned.value if unassigned else None,
        assigned_by_id=None if why is TaskEnd.RECUSED else actor.id,
        assigned_at=now,
        due_at=now + timedelta(days=days),
    )
    session.add(fresh)
    session.flush()
    return fresh


def next_reviewer(session: Session, version_id: int) -> Reviewer | None:
    """Whom the rule would ask now."""
    versions = judged(session, [version_id])
    bank = session.get_one(Bank, versions[version_id].bank_id)
    found = Obstacles(session, versions)
    return _least_busy(versions[version_id], reviewers(session, bank), loads(session), found)


# ---- what a manager arranges


@dataclass(frozen=True, slots=True)
class Arranged:
    """What would become of one task: to whom it goes (None = held back), or what stands against it."""

    task: ReviewTask
    to: Reviewer | None
    obstacle: Obstacle | None = None

    @property
    def changes(self) -> bool:
        return self.obstacle is None and (self.to.id if self.to else None) != self.task.reviewer_id


def plan_assignment(
    session: Session, bank: Bank, tasks: Sequence[ReviewTask], reviewer_id: int | None
) -> list[Arranged]:
    """What giving these open tasks of a bank to a person would do; None = whom the rule chooses."""
    versions = judged(session, [task.version_id for task in tasks])
    people, load = reviewers(session, bank), loads(session)
    obstacles = Obstacles(session, versions)
    named = next((one for one in people if one.id == reviewer_id), None)
    if reviewer_id is not None and named is None:
        raise NotYours()
    found = []
    for task in tasks:
        version = versions[task.version_id]
        chosen = named or _least_busy(version, people, load, obstacles)
        why = Obstacle.NOBODY if chosen is None else obstacles.why_not(version, chosen)
        if chosen is not None and why is None:
            obstacles.note(version.id, chosen.id)
            load[chosen.id] += 1
        found.append(Arranged(task, chosen, why))
    return found


def plan_withdrawal(tasks: Sequence[ReviewTask]) -> list[Arranged]:
    """What holding these tasks back would do."""
    return [Arranged(task, None) for task in tasks]


def arrange(session: Session, bank: Bank, planned: Sequence[Arranged], *, actor: Actor, now: datetime) -> int:
    """Do what was planned, as far as nothing stands against it; how many tasks changed hands."""
    changed = [one for one in planned if one.changes]
    for one in changed:
        if one.to is None:
            replace(
                session,
                one.task,
                None,
                TaskEnd.WITHDRAWN,
                actor=actor,
                now=now,
                unassigned=Unassigned.HELD,
            )
        else:
            replace(session, one.task, one.to.id, TaskEnd.REASSIGNED, actor=actor, now=now)
    if changed:
        audit.record(
            session,
            "review.arrange",
            of=bank,
            actor=actor,
            now=now,
            tasks=[
                [one.task.version_id, one.task.reviewer_id, one.to.id if one.to else None] for one in changed
            ],
        )
    return len(changed)


def hand_over(session: Session, bank: Bank, person_id: int, *, actor: Actor, now: datetime) -> int:
    """Ask others for everything that a person was asked for in a bank: they review there no more.  How many tasks."""
    ids = [task_id for task_id, asked_id, _point in _asked_for(session, bank) if asked_id == person_id]
    return _pass_on(session, bank, ids, actor=actor, now=now)


def hand_over_uncovered(session: Session, bank: Bank, *, actor: Actor, now: datetime) -> int:
    """Ask others for every open task whose reviewer no longer reviews there: a duty ended, the bank was closed to others.

    How many tasks.
    """
    people = {one.id: one for one in reviewers(session, bank)}
    ids = [
        task_id
        for task_id, asked_id, point in _asked_for(session, bank)
        if asked_id not in people or not people[asked_id].covers(point)
    ]
    return _pass_on(session, bank, ids, actor=actor, now=now)


def _asked_for(session: Session, bank: Bank) -> list[tuple[int, int, str]]:
    """Open tasks of a bank that somebody has: (task, reviewer, point)."""
    rows = session.execute(
        select(ReviewTask.id, ReviewTask.reviewer_id, QuestionVersion.point)
        .join(QuestionVersion, QuestionVersion.id == ReviewTask.version_id)
        .where(
            ReviewTask.bank_id == bank.id, ReviewTask.ended_at.is_(None), ReviewTask.reviewer_id.is_not(None)
        )
    )
    return [(task_id, asked_id, point) for task_id, asked_id, point in rows if asked_id is not None]


def _pass_on(session: Session, bank: Bank, ids: Sequence[int], *, actor: Actor, now: datetime) -> int:
    """Give these tasks to whom the rule chooses, or to nobody yet."""
    planned = plan_assignment(session, bank, live_tasks(session, bank.id, ids), None)
    moved = []
    for one in planned:
        moved.append([one.task.version_id, one.task.reviewer_id, one.to.id if one.to else None])
        why = None if one.to else Unassigned.NOBODY
        chosen = one.to.id if one.to else None
        replace(session, one.task, chosen, TaskEnd.REASSIGNED, actor=actor, now=now, unassigned=why)
    if moved:
        audit.record(session, "review.arrange", of=bank, actor=actor, now=now, tasks=moved)
    return len(moved)


def live_tasks(session: Session, bank_id: int, task_ids: Sequence[int]) -> list[ReviewTask]:
    """The open tasks of these ids in a bank, locked; others are left out."""
    return list(
        session.scalars(
            select(ReviewTask)
            .join(QuestionVersion, QuestionVersion.id == ReviewTask.version_id)
            .where(
                ReviewTask.id.in_(task_ids),
                ReviewTask.bank_id == bank_id,
                ReviewTask.ended_at.is_(None),
                QuestionVersion.status == VersionStatus.IN_REVIEW,
            )
            .order_by(ReviewTask.id)
            .with_for_update(of=ReviewTask)
        )
    )


def _stages(session: Session, version_ids: Sequence[int]) -> dict[int, tuple[int, Stage]]:
    """Where each version stands: the place of its stage and the stage."""
    found: dict[int, tuple[int, Stage]] = {}
    read: list[tuple[list[Any] | None, tuple[Stage, ...]]] = []
    for part in chunks(list(version_ids), 1000):
        rows = session.execute(
            select(QuestionVersion.id, QuestionVersion.vetting, QuestionVersion.stage).where(
                QuestionVersion.id.in_(part)
            )
        )
        for version_id, document, place in rows:
            # Versions that entered together have equal documents; each is read once.
            known = next((stages for before, stages in read if before == document), None)
            if known is None:
                known = stages_from_document(document)
                read.append((document, known))
            found[version_id] = (place or 0, known[place or 0])
    return found


def _least_busy(
    version: Judged, people: Sequence[Reviewer], load: dict[int, int], obstacles: Obstacles
) -> Reviewer | None:
    free = [one for one in people if obstacles.why_not(version, one) is None]
    return min(free, key=lambda one: (load[one.id], one.id), default=None)
