"""Handing versions to the reviewers, and which stage they enter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import Session, aliased

from examsite import audit
from examsite.audit import Actor
from examsite.authoring.models import Bank, Code, Opinion, QuestionVersion, VersionStatus
from examsite.authoring.versions import chunks
from examsite.authoring.vetting.assignment import close_tasks, open_stage
from examsite.authoring.vetting.models import ReviewTask, TaskEnd
from examsite.authoring.vetting.stages import (
    opinions_from,
    place_of,
    stages_as_document,
    stages_from_document,
)
from examsite.authoring.writing.readiness import require_ready
from examsite.errors import Refused


def submit(session: Session, version: QuestionVersion, *, actor: Actor, now: datetime) -> None:
    """Hand a draft to the reviewers.  Raises NotReady where it could not be answered or scored as it is."""
    session.refresh(version, ["status"], with_for_update=True)
    if version.status != VersionStatus.DRAFT:
        raise Refused(_("This version is not a draft any more. Reload the page to see where it stands."))
    require_ready(session, [version.id])
    version.status = VersionStatus.IN_REVIEW
    version.submitted_at = now
    session.flush()
    enter_review(session, [version.id], now=now)
    session.refresh(version, ["vetting", "stage", "opinions_needed"])
    audit.record(session, "question.submit", of=version, actor=actor, now=now, stage=version.stage)


def enter_review(session: Session, version_ids: Sequence[int], *, now: datetime) -> None:
    """Give versions (of one bank) that were just put in review their stages, and ask the reviewers of the first.

    A version that mends what was returned with B (small changes), of the same kind, enters at the stage that asked for
    them: the stages before it have adopted the question.
    """
    if not version_ids:
        return
    bank_id = session.scalars(
        select(QuestionVersion.bank_id).where(QuestionVersion.id == version_ids[0])
    ).one()
    stages = stages_from_document(session.get_one(Bank, bank_id).vetting)
    document = stages_as_document(stages)
    starts: dict[int, list[int]] = {}
    revised: list[int] = []  # only these have a version before them; of a fresh import none has
    for part in chunks(list(version_ids), 500):
        later = session.scalars(
            select(QuestionVersion.id).where(QuestionVersion.id.in_(part), QuestionVersion.number > 1)
        ).all()
        revised.extend(later)
        codes = _returned_for_changes(session, later) if later else {}
        for version_id in part:
            code = codes.get(version_id)
            starts.setdefault(place_of(stages, code) if code else 0, []).append(version_id)
    for start, ids in starts.items():
        for part in chunks(ids, 500):
            session.execute(
                update(QuestionVersion)
                .where(QuestionVersion.id.in_(part))
                .values(vetting=document, stage=start, opinions_needed=opinions_from(stages, start))
            )
    _close_older(session, revised, now=now)
    open_stage(session, list(version_ids), now=now)


def reopen(session: Session, question_ids: Sequence[int], closed_at: datetime) -> None:
    """Ask again for the opinions that stopped counting when a newer version came in: that version was taken out again.

    closed_at: when it came in.
    """
    newest = select(QuestionVersion.id).where(
        QuestionVersion.question_id.in_(question_ids),
        QuestionVersion.is_newest,
        QuestionVersion.status == VersionStatus.IN_REVIEW,
    )
    session.execute(
        update(ReviewTask)
        .where(
            ReviewTask.version_id.in_(newest),
            ReviewTask.ended == TaskEnd.CLOSED.value,
            ReviewTask.ended_at == closed_at,
        )
        .values(ended=None, ended_at=None)
        .execution_options(synchronize_session=False)
    )


def _returned_for_changes(session: Session, version_ids: Sequence[int]) -> dict[int, str]:
    """The code of the stage at which the version before was returned with B, by version; others are left out."""
    before = aliased(QuestionVersion)
    rows = session.execute(
        select(QuestionVersion.id, before.vetting, before.stage)
        .join(
            before,
            and_(
                before.question_id == QuestionVersion.question_id,
                before.number == QuestionVersion.number - 1,
            ),
        )
        .where(
            QuestionVersion.id.in_(version_ids),
            before.status == VersionStatus.RETURNED,
            before.kind == QuestionVersion.kind,
            select(func.max(Opinion.code))
            .where(Opinion.version_id == before.id, Opinion.stage == before.stage)
            .scalar_subquery()
            == Code.CHANGE.value,
        )
    )
    return {
        version_id: stages_from_document(document)[place or 0].code for version_id, document, place in rows
    }


def _close_older(session: Session, version_ids: Sequence[int], *, now: datetime) -> None:
    """Nobody judges an older version any more: its tasks end."""
    older = aliased(QuestionVersion)
    for part in chunks(list(version_ids), 500):
        ids = session.scalars(
            select(older.id)
            .join(QuestionVersion, QuestionVersion.question_id == older.question_id)
            .where(
                QuestionVersion.id.in_(part),
                older.number < QuestionVersion.number,
                older.status == VersionStatus.IN_REVIEW,
            )
        ).all()
        close_tasks(session, ids, now=now)
