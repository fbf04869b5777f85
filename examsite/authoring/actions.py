"""Verbs on banks and questions: write, submit, judge, supersede, retire; and what a sitting taught about a version."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.orm import Session

from examsite import audit
from examsite.audit import Actor
from examsite.authoring.catalogue import figures
from examsite.authoring.models import (
    VETTED,
    Bank,
    ImportBatch,
    Opinion,
    QuestionRow,
    QuestionVersion,
    Verdict,
    VersionStatistics,
    VersionStatus,
)
from examsite.authoring.versions import NewVersion, chunks, insert_versions
from examsite.errors import Invalid, NotYours, Refused
from question_bank.questions.model import Key, Question, content_hash


class NameTaken(Refused):
    """The institution has a bank of this name."""

    code = "name-taken"


class OwnWork(Refused):
    """Nobody judges what they wrote or uploaded."""

    code = "own-work"


class NotInReview(Refused):
    """Only a version in review can be judged."""

    code = "not-in-review"


class NewerVersion(Refused):
    """A newer version of the question exists; that one is judged."""

    code = "newer-version"


class AlreadyJudged(Refused):
    """One opinion a person a version."""

    code = "already-judged"


class NothingChanged(Refused):
    """The new version says the same as the one before."""

    code = "nothing-changed"


class CommentNeeded(Invalid):
    """Who returns a question or retires it says why."""

    code = "comment-needed"


def create_bank(
    session: Session,
    institution_id: int,
    *,
    name: str,
    level: int,
    standard_code: str,
    standard_edition: str,
    actor: Actor | None,
    now: datetime,
    is_sample: bool = False,
) -> Bank:
    """A new, empty bank.  Raises NameTaken where the institution has one of this name."""
    name = name.strip()
    taken = select(Bank.id).where(Bank.institution_id == institution_id, Bank.name == name)
    if session.scalar(taken) is not None:
        raise NameTaken(_("There is already a question bank of this name. Please choose another name."))
    bank = Bank(
        institution_id=institution_id,
        name=name,
        level=level,
        standard_code=standard_code,
        standard_edition=standard_edition,
        is_sample=is_sample,
        created_at=now,
    )
    session.add(bank)
    session.flush()
    audit.record(session, "bank.create", of=bank, actor=actor, now=now, name=name, level=level)
    return bank


def write_question(
    session: Session,
    bank: Bank,
    question: Question,
    key: Key,
    *,
    actor: Actor,
    now: datetime,
    external_id: str | None = None,
) -> QuestionVersion:
    """A new question: version 1, a draft of the actor."""
    session.execute(select(Bank.id).where(Bank.id == bank.id).with_for_update())
    if external_id and session.scalar(
        select(QuestionRow.id).where(QuestionRow.bank_id == bank.id, QuestionRow.external_id == external_id)
    ):
        raise NameTaken(_("Another question of this bank has this ID. Leave it empty or choose another."))
    new = NewVersion(question, key, external_id)
    return _insert_one(session, bank.id, new, "question.write", actor=actor, now=now)


def write_version(
    session: Session, row: QuestionRow, question: Question, key: Key, *, actor: Actor, now: datetime
) -> QuestionVersion:
    """The next version of a question, a draft of the actor.  Raises NothingChanged where it says what the last said."""
    session.execute(select(QuestionRow.id).where(QuestionRow.id == row.id).with_for_update())
    last = session.execute(
        select(QuestionVersion.number, QuestionVersion.content_hash)
        .where(QuestionVersion.question_id == row.id)
        .order_by(QuestionVersion.number.desc())
        .limit(1)
    ).one()
    digest = content_hash(question, key)
    if digest == last.content_hash:
        raise NothingChanged(_("Nothing was changed, so no new version was made."))
    new = NewVersion(question, key, row.external_id, row.id, last.number + 1, digest)
    return _insert_one(session, row.bank_id, new, "question.revise", actor=actor, now=now)


def submit(session: Session, version: QuestionVersion, *, actor: Actor, now: datetime) -> None:
    """Hand a draft to the reviewers."""
    session.refresh(version, ["status"], with_for_update=True)
    if version.status != VersionStatus.DRAFT:
        raise Refused(_("This version is not a draft any more. Reload the page to see where it stands."))
    version.status = VersionStatus.IN_REVIEW
    version.submitted_at = now
    audit.record(session, "question.submit", of=version, actor=actor, now=now)


def approve(
    session: Session, version: QuestionVersion, *, actor: Actor, now: datetime, comment: str = ""
) -> None:
    """Let this version into papers; the approved version before it leaves them.

    Raises OwnWork, NotInReview, NewerVersion, AlreadyJudged.
    """
    approve_several(session, [version.id], actor=actor, now=now, comment=comment)
    session.refresh(version, ["status", "approved_at"])


def approve_several(
    session: Session, version_ids: Sequence[int], *, actor: Actor, now: datetime, comment: str = ""
) -> int:
    """Approve all of these or none; how many.  Raises as `approve`, naming how many versions stand in the way."""
    wanted = list(dict.fromkeys(version_ids))
    for part in chunks(wanted, 500):
        rows = _judgeable(session, part, actor=actor)
        session.execute(
            insert(Opinion),
            [
                {
                    "version_id": i,
                    "reviewer_id": actor.id,
                    "verdict": Verdict.APPROVE.value,
                    "comment": comment.strip(),
                    "at": now,
                }
                for i in part
            ],
        )
        session.execute(
            update(QuestionVersion)
            .where(
                QuestionVersion.question_id.in_([row.question_id for row in rows]),
                QuestionVersion.id.not_in(part),
                QuestionVersion.status.not_in((VersionStatus.SUPERSEDED, VersionStatus.RETIRED)),
            )
            .values(status=VersionStatus.SUPERSEDED.value)
        )
        session.execute(
            update(QuestionVersion)
            .where(QuestionVersion.id.in_(part))
            .values(status=VersionStatus.APPROVED.value, approved_at=now)
        )
        of = rows[0] if len(wanted) == 1 else f"banks:{rows[0].bank_id}"
        audit.record(session, "question.approve", of=of, actor=actor, now=now, versions=list(part))
    return len(wanted)


def send_back(
    session: Session, version: QuestionVersion, comment: str, *, actor: Actor, now: datetime
) -> None:
    """Return a version to its author, who makes a new one.  Raises CommentNeeded, and as `approve`."""
    if not comment.strip():
        raise CommentNeeded(_("Please say what has to be changed, so that the author can mend it."))
    _judgeable(session, [version.id], actor=actor)
    session.add(
        Opinion(
            version_id=version.id,
            reviewer_id=actor.id,
            verdict=Verdict.RETURN,
            comment=comment.strip(),
            at=now,
        )
    )
    version.status = VersionStatus.RETURNED
    audit.record(session, "question.return", of=version, actor=actor, now=now, comment=comment.strip())


def retire(session: Session, version: QuestionVersion, reason: str, *, actor: Actor, now: datetime) -> None:
    """Take an approved version out of papers to come.  Raises CommentNeeded without a reason."""
    if not reason.strip():
        raise CommentNeeded(_("Please give the reason for retiring this question."))
    session.refresh(version, ["status"], with_for_update=True)
    if version.status not in VETTED:
        raise Refused(_("Only an approved version can be retired."))
    version.status = VersionStatus.RETIRED
    audit.record(session, "question.retire", of=version, actor=actor, now=now, reason=reason.strip())


def record_statistics(
    session: Session, version_id: int, source: str, document: dict[str, Any], *, now: datetime
) -> VersionStatistics:
    """Note what one sitting (`source`) taught about a version; the same source again replaces what it said."""
    row = session.scalars(
        select(VersionStatistics).where(
            VersionStatistics.version_id == version_id, VersionStatistics.source == source
        )
    ).one_or_none()
    if row is None:
        row = VersionStatistics(version_id=version_id, source=source, document=document, at=now)
        session.add(row)
    else:
        row.document, row.at = document, now
    session.execute(
        update(QuestionVersion).where(QuestionVersion.id == version_id).values(**figures.as_columns(document))
    )
    return row


def note_keys_seen(session: Session, of: object, *, actor: Actor, now: datetime, **detail: Any) -> None:
    """Every look at keys is on the record (source: secrecy rules of the trade)."""
    audit.record(session, "key.view", of=of, actor=actor, now=now, **detail)


def _insert_one(
    session: Session, bank_id: int, new: NewVersion, act: str, *, actor: Actor, now: datetime
) -> QuestionVersion:
    [version_id] = insert_versions(
        session, bank_id, [new], author_id=actor.id, status=VersionStatus.DRAFT, now=now
    )
    version = session.get_one(QuestionVersion, version_id)
    audit.record(
        session,
        act,
        of=version,
        actor=actor,
        now=now,
        kind=version.kind,
        point=version.point,
        number=new.number,
    )
    return version


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
    questions = [row.question_id for row in rows]
    newest = dict(
        session.execute(
            select(QuestionVersion.question_id, func.max(QuestionVersion.number))
            .where(QuestionVersion.question_id.in_(questions))
            .group_by(QuestionVersion.question_id)
        ).all()
    )
    if any(newest[row.question_id] > row.number for row in rows):
        raise NewerVersion(_("There is a newer version of this question. Please judge that one."))
    own = session.scalar(
        select(func.count())
        .select_from(QuestionVersion)
        .outerjoin(ImportBatch, ImportBatch.id == QuestionVersion.batch_id)
        .where(
            QuestionVersion.question_id.in_(questions),
            or_(QuestionVersion.author_id == actor.id, ImportBatch.uploaded_by_id == actor.id),
        )
    )
    if own:
        raise OwnWork(_("You wrote or uploaded this question yourself. Another reviewer has to judge it."))
    judged = session.scalar(
        select(func.count())
        .select_from(Opinion)
        .where(Opinion.version_id.in_(version_ids), Opinion.reviewer_id == actor.id)
    )
    if judged:
        raise AlreadyJudged(_("You have already given your opinion on this version."))
    return rows
