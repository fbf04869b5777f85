"""Taking a version out of papers to come: for a while (suspend, reinstate) or for good (retire)."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from examsite import audit
from examsite.audit import Actor
from examsite.authoring.models import Bank, QuestionVersion, VersionStatus
from examsite.authoring.vetting.errors import CommentNeeded, NotApproved, SamePerson
from examsite.authoring.vetting.models import Confirmation, Suspension


def suspend(
    session: Session, version: QuestionVersion, reason: str, *, actor: Actor, now: datetime
) -> Suspension:
    """Keep a version that papers may draw out of papers to come, at once.  Raises CommentNeeded, NotApproved."""
    if not reason.strip():
        raise CommentNeeded(_("Please give the reason for suspending this question."))
    session.refresh(version, ["status"], with_for_update=True)
    if not is_usable(session, version):
        raise NotApproved(_("Only a question that papers may draw can be suspended."))
    row = Suspension(version_id=version.id, reason=reason.strip(), by_id=actor.id, at=now)
    session.add(row)
    version.status = VersionStatus.SUSPENDED
    session.flush()
    audit.record(session, "question.suspend", of=version, actor=actor, now=now, reason=row.reason)
    return row


def reinstate(session: Session, version: QuestionVersion, note: str, *, actor: Actor, now: datetime) -> None:
    """Let a suspended version into papers again: by another person than suspended it, who says why.

    Raises CommentNeeded, NotApproved, SamePerson.
    """
    if not note.strip():
        raise CommentNeeded(_("Please give the reason for reinstating this question."))
    session.refresh(version, ["status"], with_for_update=True)
    row = session.scalars(
        select(Suspension).where(Suspension.version_id == version.id, Suspension.ended_at.is_(None))
    ).one_or_none()
    if row is None or version.status != VersionStatus.SUSPENDED:
        raise NotApproved(
            _("This question is not suspended any more. Reload the page to see where it stands.")
        )
    if row.by_id == actor.id:
        raise SamePerson(_("You suspended this question yourself. Another person has to reinstate it."))
    row.ended_by_id, row.ended_at, row.note = actor.id, now, note.strip()
    confirmed = session.scalar(
        select(exists().where(Confirmation.version_id == version.id, Confirmation.accepted))
    )
    version.status = VersionStatus.CONFIRMED if confirmed else VersionStatus.APPROVED
    session.flush()
    audit.record(session, "question.reinstate", of=version, actor=actor, now=now, reason=row.note)


def retire(session: Session, version: QuestionVersion, reason: str, *, actor: Actor, now: datetime) -> None:
    """Take a vetted version out of papers to come, for good.  Raises CommentNeeded without a reason."""
    if not reason.strip():
        raise CommentNeeded(_("Please give the reason for retiring this question."))
    session.refresh(version, ["status"], with_for_update=True)
    if version.status not in (VersionStatus.APPROVED, VersionStatus.CONFIRMED, VersionStatus.SUSPENDED):
        raise NotApproved(_("Only an approved version can be retired."))
    version.status = VersionStatus.RETIRED
    audit.record(session, "question.retire", of=version, actor=actor, now=now, reason=reason.strip())


def is_usable(session: Session, version: QuestionVersion) -> bool:
    """Whether papers may draw this version now."""
    if version.status == VersionStatus.CONFIRMED:
        return True
    needs = session.scalar(select(Bank.needs_confirmation).where(Bank.id == version.bank_id))
    return version.status == VersionStatus.APPROVED and not needs
