"""题库审验: the province confirms a bank's approved versions for use, or refuses them with reasons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.orm import Session, aliased

from examsite import audit
from examsite.audit import Actor
from examsite.authoring.models import Bank, ImportBatch, Opinion, QuestionVersion, VersionStatus
from examsite.authoring.versions import chunks
from examsite.authoring.vetting.errors import CommentNeeded, NotApproved, SamePerson
from examsite.authoring.vetting.models import Confirmation


def confirm_versions(
    session: Session, bank: Bank, version_ids: Sequence[int], reason: str, *, actor: Actor, now: datetime
) -> int:
    """Let these approved versions of a bank into papers, all or none; how many.

    reason: number of the document that says so, or why.  Raises CommentNeeded, NotApproved, SamePerson.
    """
    if not reason.strip():
        raise CommentNeeded(_("Please give the number of the document, or the reason."))
    wanted = list(dict.fromkeys(version_ids))
    for part in chunks(wanted, 500):
        questions = _approved(session, bank, part)
        _check_others(session, part, questions, actor)
        _note(session, part, True, reason, actor=actor, now=now)
        session.execute(
            update(QuestionVersion)
            .where(
                QuestionVersion.question_id.in_(questions),
                QuestionVersion.id.not_in(part),
                QuestionVersion.status.in_((VersionStatus.CONFIRMED, VersionStatus.SUSPENDED)),
            )
            .values(status=VersionStatus.SUPERSEDED.value)
        )
        _set(session, part, VersionStatus.CONFIRMED)
        detail = {"reason": reason.strip(), "versions": list(part)}
        audit.record(session, "bank.confirm", of=bank, actor=actor, now=now, **detail)
    return len(wanted)


def refuse_versions(
    session: Session, bank: Bank, version_ids: Sequence[int], reason: str, *, actor: Actor, now: datetime
) -> int:
    """Return these approved versions to their authors.  Raises CommentNeeded, NotApproved."""
    if not reason.strip():
        raise CommentNeeded(_("Please say why, so that the authors can mend it."))
    wanted = list(dict.fromkeys(version_ids))
    for part in chunks(wanted, 500):
        _approved(session, bank, part)
        _note(session, part, False, reason, actor=actor, now=now)
        _set(session, part, VersionStatus.RETURNED)
        detail = {"reason": reason.strip(), "versions": list(part)}
        audit.record(session, "bank.refuse", of=bank, actor=actor, now=now, **detail)
    return len(wanted)


def _approved(session: Session, bank: Bank, ids: Sequence[int]) -> list[int]:
    """The questions of these approved versions of the bank, which are locked."""
    questions = session.scalars(
        select(QuestionVersion.question_id)
        .where(
            QuestionVersion.id.in_(ids),
            QuestionVersion.bank_id == bank.id,
            QuestionVersion.status == VersionStatus.APPROVED,
        )
        .order_by(QuestionVersion.id)
        .with_for_update()
    ).all()
    if not ids or len(questions) != len(ids):
        raise NotApproved(
            _(
                "Some of these questions do not wait for confirmation any more. Reload the page and look again."
            )
        )
    return list(questions)


def _check_others(session: Session, ids: Sequence[int], question_ids: Sequence[int], actor: Actor) -> None:
    version = aliased(QuestionVersion)
    wrote = session.scalar(
        select(func.count())
        .select_from(version)
        .outerjoin(ImportBatch, ImportBatch.id == version.batch_id)
        .where(
            version.question_id.in_(question_ids),
            or_(version.author_id == actor.id, ImportBatch.uploaded_by_id == actor.id),
        )
    )
    judged = session.scalar(
        select(func.count())
        .select_from(Opinion)
        .where(Opinion.version_id.in_(ids), Opinion.reviewer_id == actor.id)
    )
    if wrote or judged:
        raise SamePerson(
            _("You wrote or judged some of these questions yourself. Another person has to confirm them.")
        )


def _note(
    session: Session, ids: Sequence[int], accepted: bool, reason: str, *, actor: Actor, now: datetime
) -> None:
    values = {"person_id": actor.id, "accepted": accepted, "reason": reason.strip(), "at": now}
    session.execute(insert(Confirmation), [{"version_id": i, **values} for i in ids])


def _set(session: Session, ids: Sequence[int], status: VersionStatus) -> None:
    session.execute(update(QuestionVersion).where(QuestionVersion.id.in_(ids)).values(status=status.value))
