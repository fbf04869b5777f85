"""Verbs on banks and questions: make, write, revise; and what a sitting taught about a version.  Vetting's are beside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite import audit
from examsite.audit import Actor
from examsite.authoring.models import (
    Bank,
    QuestionRow,
    QuestionVersion,
    VersionStatistics,
    VersionStatus,
)
from examsite.authoring.secrecy.fingerprints import fingerprint
from examsite.authoring.versions import NewVersion, insert_versions
from examsite.authoring.vetting.actions import approve, approve_several, retire, send_back, submit
from examsite.authoring.vetting.errors import (
    AlreadyJudged,
    CommentNeeded,
    NewerVersion,
    NotInReview,
    OwnWork,
)
from examsite.authoring.vetting.stages import Stage, stages_as_document
from examsite.errors import Refused
from question_bank.questions.model import Key, Question

__all__ = [
    "AlreadyJudged",
    "CommentNeeded",
    "NameTaken",
    "NewerVersion",
    "NotInReview",
    "NothingChanged",
    "OwnWork",
    "approve",
    "approve_several",
    "create_bank",
    "note_keys_seen",
    "record_statistics",
    "retire",
    "send_back",
    "submit",
    "write_question",
    "write_version",
]


class NameTaken(Refused):
    """The institution has a bank of this name."""

    code = "name-taken"


class NothingChanged(Refused):
    """The new version says the same as the one before."""

    code = "nothing-changed"


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
    stages: Sequence[Stage] | None = None,
    needs_confirmation: bool = False,
) -> Bank:
    """A new, empty bank.  stages: None = one opinion.  Raises NameTaken where the institution has one of this name."""
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
        vetting=stages_as_document(stages) if stages else None,
        needs_confirmation=needs_confirmation,
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
    digest = fingerprint(question, key)
    if digest == last.content_hash:
        raise NothingChanged(_("Nothing was changed, so no new version was made."))
    new = NewVersion(question, key, row.external_id, row.id, last.number + 1, digest)
    return _insert_one(session, row.bank_id, new, "question.revise", actor=actor, now=now)


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
