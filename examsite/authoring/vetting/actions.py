"""Verbs of vetting, in one place: what pages, imports and later stages call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite import audit
from examsite.audit import Actor
from examsite.authoring.models import Bank, Code, QuestionVersion
from examsite.authoring.vetting.assignment import arrange, hand_over, hand_over_uncovered
from examsite.authoring.vetting.confirming import confirm_versions, refuse_versions
from examsite.authoring.vetting.errors import BadStages
from examsite.authoring.vetting.models import ReviewTask
from examsite.authoring.vetting.opinions import Judgement, give_opinion, give_opinions
from examsite.authoring.vetting.recusing import end_recusal, recuse, recuse_from_author
from examsite.authoring.vetting.stages import Stage, faults, stages_as_document
from examsite.authoring.vetting.submitting import enter_review, reopen, submit
from examsite.authoring.vetting.suspending import reinstate, retire, suspend

__all__ = [
    "Judgement",
    "approve",
    "approve_several",
    "arrange",
    "confirm_versions",
    "end_recusal",
    "enter_review",
    "give_opinion",
    "give_opinions",
    "hand_over",
    "hand_over_uncovered",
    "note_opening",
    "recuse",
    "recuse_from_author",
    "refuse_versions",
    "reinstate",
    "reopen",
    "retire",
    "send_back",
    "set_stages",
    "submit",
    "suspend",
]


def set_stages(session: Session, bank: Bank, stages: Sequence[Stage], *, actor: Actor, now: datetime) -> None:
    """The stages of a bank for versions submitted from now on.  Raises BadStages with every fault."""
    if found := faults(stages):
        raise BadStages(" ".join(found), faults=found)
    bank.vetting = stages_as_document(stages)
    audit.record(session, "bank.vetting", of=bank, actor=actor, now=now, stages=bank.vetting)


def approve(
    session: Session, version: QuestionVersion, *, actor: Actor, now: datetime, comment: str = ""
) -> None:
    """Adopt this version (A); after the last opinion of its last stage papers may draw it."""
    give_opinion(session, version, Judgement(Code.ADOPT, comment), actor=actor, now=now)


def approve_several(
    session: Session, version_ids: Sequence[int], *, actor: Actor, now: datetime, comment: str = ""
) -> int:
    """Adopt all of these or none; how many."""
    return give_opinions(session, version_ids, Judgement(Code.ADOPT, comment), actor=actor, now=now)


def send_back(
    session: Session, version: QuestionVersion, comment: str, *, actor: Actor, now: datetime
) -> None:
    """Return a version to its author (C), who makes a new one."""
    give_opinion(session, version, Judgement(Code.RETURN, comment), actor=actor, now=now)


def note_opening(session: Session, version_id: int, *, actor: Actor, now: datetime) -> None:
    """When a reviewer first looked at what they were asked to judge."""
    task = session.scalars(
        select(ReviewTask).where(
            ReviewTask.version_id == version_id,
            ReviewTask.reviewer_id == actor.id,
            ReviewTask.ended_at.is_(None),
        )
    ).one_or_none()
    if task is not None and task.opened_at is None:
        task.opened_at = now
