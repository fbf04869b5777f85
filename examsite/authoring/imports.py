"""A file of questions on its way into a bank: read, staged with every row's fate, then confirmed, discarded or undone.

The file is read outside of the writing transaction; what was shown and what is confirmed are the same bytes checked
against the same outline, else the person looks again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from examsite import audit, files
from examsite.audit import Actor
from examsite.authoring import queries, reports
from examsite.authoring.imports_pictures import forget_pictures, keep_pictures
from examsite.authoring.models import (
    Bank,
    BatchStatus,
    ImportBatch,
    Opinion,
    QuestionKey,
    QuestionRow,
    QuestionVersion,
    VersionStatus,
)
from examsite.authoring.reading import ReadFile, compared, read_workbook
from examsite.authoring.reports import Novelty
from examsite.authoring.secrecy.importing import permitted
from examsite.authoring.secrecy.need_to_know import known_to_writer
from examsite.authoring.versions import chunks, insert_versions, mark_newest
from examsite.authoring.vetting.actions import enter_review, reopen
from examsite.authoring.vetting.models import Recusal, ReviewTask
from examsite.errors import Refused
from question_bank.formats.collector import held_off
from question_bank.formats.imports import Outcome

__all__ = [
    "FileKind",
    "ReadFile",
    "Take",
    "confirm",
    "discard",
    "keep_batch",
    "read_workbook",
    "stage",
    "undo",
]


class FileKind(StrEnum):
    """What a batch's file holds."""

    WORKBOOK = "workbook"
    RULES = "rules"


class Take(StrEnum):
    """What a confirmation takes of a file with errors."""

    GOOD_ROWS = "good"
    ALL_OR_NOTHING = "all"


class SameFile(Refused):
    """This file was sent to this bank before; `details["batch_id"]` is where."""

    code = "same-file"


class Ended(Refused):
    """The import was confirmed, discarded or undone already, by this person or another."""

    code = "import-ended"


class OutlineChanged(Refused):
    """Another outline is in force than the rows were checked against."""

    code = "outline-changed"


class RowsRefused(Refused):
    """All or nothing was asked for, and some rows have errors."""

    code = "rows-refused"


class SourceUnknown(Refused):
    """The file holds no rows under this 题库名称, or which to take was not said."""

    code = "source-unknown"


class InUse(Refused):
    """Something rests on versions of this batch, so it can't be undone."""

    code = "in-use"


@held_off()
def stage(
    session: Session, bank: Bank, content: bytes, file: ReadFile, *, actor: Actor, now: datetime
) -> ImportBatch:
    """Keep the file and every row's fate; nothing enters the bank.  Raises SameFile where it was sent before."""
    before = same_file(session, bank.id, file.read.digest, FileKind.WORKBOOK)
    if before is not None and (not bank.is_restricted or before.uploaded_by_id == actor.id):
        raise SameFile(_("This very file was sent to this bank before."), batch_id=before.id)
    files.keep(session, content, now=now)
    return _stage(session, bank, file, actor=actor, now=now)


def stage_again(
    session: Session, before: ImportBatch, file: ReadFile, *, actor: Actor, now: datetime
) -> ImportBatch:
    """Stage the stored file of a batch once more; a batch that is still staged gives way."""
    bank = session.get_one(Bank, before.bank_id)
    session.refresh(before, ["status"], with_for_update=True)
    if before.status == BatchStatus.STAGED:
        _end(before, BatchStatus.DISCARDED, actor=actor, now=now)
    return _stage(session, bank, file, actor=actor, now=now)


def keep_batch(
    session: Session,
    bank: Bank,
    kind: FileKind,
    name: str,
    content: bytes,
    report: dict[str, Any],
    *,
    actor: Actor,
    now: datetime,
    status: BatchStatus = BatchStatus.STAGED,
    accepted: int = 0,
    refused: int = 0,
) -> ImportBatch:
    """Keep a file of any kind with what was found in it: for rule workbooks too, here and in later stages."""
    stored = files.keep(session, content, now=now)
    batch = ImportBatch(
        bank_id=bank.id,
        file_digest=stored.digest,
        file_name=name[-200:],
        kind=kind.value,
        status=status.value,
        report=report,
        accepted=accepted,
        refused=refused,
        uploaded_by_id=actor.id,
        uploaded_at=now,
    )
    session.add(batch)
    session.flush()
    return batch


def same_file(session: Session, bank_id: int, digest: str, kind: FileKind) -> ImportBatch | None:
    """The last batch of this file in this bank that is staged or in the bank."""
    return session.scalars(
        select(ImportBatch)
        .where(
            ImportBatch.bank_id == bank_id,
            ImportBatch.file_digest == digest,
            ImportBatch.kind == kind,
            ImportBatch.status.in_((BatchStatus.STAGED, BatchStatus.CONFIRMED)),
        )
        .order_by(ImportBatch.id.desc())
        .limit(1)
    ).one_or_none()


@held_off()
def confirm(
    session: Session,
    batch: ImportBatch,
    file: ReadFile,
    source: str,
    take: Take,
    *,
    actor: Actor,
    now: datetime,
) -> dict[str, int]:
    """Put the rows under this 题库名称 into the bank, in review: {"new", "changed", "unchanged"}.

    `file` is the stored file, read again.  Raises Ended, OutlineChanged, SourceUnknown, RowsRefused.
    """
    # The bank's row is the lock: two files confirmed at once must not both make version 2 of a question.
    session.execute(select(Bank.id).where(Bank.id == batch.bank_id).with_for_update())
    session.refresh(batch, ["status", "report"], with_for_update=True)
    if batch.status != BatchStatus.STAGED:
        raise Ended(already(batch))
    bank = session.get_one(Bank, batch.bank_id)
    file = replace(file, read=permitted(session, bank, file.read, actor.id))
    report = dict(batch.report)
    in_force = queries.outline_in_force(session, batch.bank_id)
    outline_hash = in_force.content_hash if in_force else None
    if report["outline"] != outline_hash or file.outline_hash != outline_hash:
        raise OutlineChanged(
            _(
                "Another outline was published since this file was checked. Read the file again and look once more."
            )
        )
    if source not in report["banks"]:
        raise SourceUnknown(_("Please choose which bank name's rows go into this bank."))
    names = reports.banks_of_rows(file.read)
    refused = sum(
        fate.outcome in (Outcome.REFUSED, Outcome.QUARANTINED) and name == source
        for fate, name in zip(file.read.fates, names, strict=True)
    )
    if refused and take is Take.ALL_OR_NOTHING:
        raise RowsRefused(
            _(
                "Nothing was imported: %(count)s rows have errors. Correct the file, or import the good rows.",
                count=refused,
            )
        )
    drafts = [draft for draft in file.read.drafts if draft.bank == source]
    chosen = replace(file.read, drafts=tuple(drafts))
    keep_pictures(session, batch.bank_id, chosen, actor=actor, now=now)
    planned = compared(session, batch.bank_id, chosen, known_to_writer(session, actor.id, bank))
    entering = [new for _place, novelty, new in planned if novelty is not Novelty.UNCHANGED]
    ids = insert_versions(
        session,
        batch.bank_id,
        entering,
        author_id=actor.id,
        status=VersionStatus.IN_REVIEW,
        now=now,
        batch_id=batch.id,
    )
    enter_review(session, ids, now=now)
    counts = {one.value: sum(novelty is one for _p, novelty, _n in planned) for one in Novelty}
    report["result"] = {"source": source, "take": take.value, "refused": refused, **counts}
    batch.report = report
    batch.accepted, batch.refused = len(entering), refused
    _end(batch, BatchStatus.CONFIRMED, actor=actor, now=now)
    audit.record(
        session, "import.confirm", of=batch, actor=actor, now=now, file=batch.file_digest, **report["result"]
    )
    return counts


def discard(session: Session, batch: ImportBatch, *, actor: Actor, now: datetime) -> None:
    """Throw a staged file away.  Raises Ended where it is not staged any more."""
    session.refresh(batch, ["status"], with_for_update=True)
    if batch.status != BatchStatus.STAGED:
        raise Ended(already(batch))
    _end(batch, BatchStatus.DISCARDED, actor=actor, now=now)
    audit.record(session, "import.discard", of=batch, actor=actor, now=now)


def undo(session: Session, batch: ImportBatch, *, actor: Actor, now: datetime) -> int:
    """Take everything of this batch out again; how many versions.  Raises InUse once anything rests on one of them."""
    session.execute(select(Bank.id).where(Bank.id == batch.bank_id).with_for_update())
    session.refresh(batch, ["status"], with_for_update=True)
    if batch.status != BatchStatus.CONFIRMED or batch.kind != FileKind.WORKBOOK:
        raise Ended(already(batch))
    if in_use := versions_in_use(session, batch.id):
        raise InUse(
            _(
                "This import can't be undone any more: %(count)s of its questions were judged, approved or revised.",
                count=in_use,
            )
        )
    rows = session.execute(
        select(QuestionVersion.id, QuestionVersion.question_id).where(QuestionVersion.batch_id == batch.id)
    ).all()
    for part in chunks(rows, 500):
        versions = [row.id for row in part]
        questions = [row.question_id for row in part]
        session.execute(delete(ReviewTask).where(ReviewTask.version_id.in_(versions)))
        session.execute(delete(QuestionKey).where(QuestionKey.version_id.in_(versions)))
        session.execute(delete(QuestionVersion).where(QuestionVersion.id.in_(versions)))
        left = select(QuestionVersion.id).where(QuestionVersion.question_id == QuestionRow.id)
        session.execute(
            delete(QuestionRow)
            .where(QuestionRow.id.in_(questions), ~exists(left))
            .execution_options(synchronize_session=False)
        )
        mark_newest(session, questions)
        if batch.ended_at is not None:
            reopen(session, questions, batch.ended_at)
    forget_pictures(session, batch)
    _end(batch, BatchStatus.UNDONE, actor=actor, now=now)
    audit.record(session, "import.undo", of=batch, actor=actor, now=now, versions=len(rows))
    return len(rows)


def versions_in_use(session: Session, batch_id: int) -> int:
    """How many versions of a batch were judged, approved, or have a newer version after them."""
    later = aliased(QuestionVersion)
    return (
        session.scalar(
            select(func.count())
            .select_from(QuestionVersion)
            .where(
                QuestionVersion.batch_id == batch_id,
                or_(
                    QuestionVersion.status.not_in((VersionStatus.DRAFT, VersionStatus.IN_REVIEW)),
                    exists().where(Opinion.version_id == QuestionVersion.id),
                    exists().where(Recusal.question_id == QuestionVersion.question_id),
                    exists().where(
                        later.question_id == QuestionVersion.question_id,
                        later.number > QuestionVersion.number,
                    ),
                ),
            )
        )
        or 0
    )


def _stage(session: Session, bank: Bank, file: ReadFile, *, actor: Actor, now: datetime) -> ImportBatch:
    file = replace(file, read=permitted(session, bank, file.read, actor.id))
    known = known_to_writer(session, actor.id, bank)
    novelties = {place: novelty for place, novelty, _new in compared(session, bank.id, file.read, known)}
    batch = ImportBatch(
        bank_id=bank.id,
        file_digest=file.read.digest,
        file_name=file.read.name[-200:],
        kind=FileKind.WORKBOOK.value,
        status=BatchStatus.STAGED.value,
        report=reports.as_document(file.read, novelties, file.outline_hash),
        accepted=file.read.count(Outcome.ACCEPTED),
        refused=file.read.count(Outcome.REFUSED) + file.read.count(Outcome.QUARANTINED),
        uploaded_by_id=actor.id,
        uploaded_at=now,
    )
    session.add(batch)
    session.flush()
    audit.record(
        session,
        "import.stage",
        of=batch,
        actor=actor,
        now=now,
        file=batch.file_digest,
        accepted=batch.accepted,
        refused=batch.refused,
    )
    return batch


def _end(batch: ImportBatch, status: BatchStatus, *, actor: Actor, now: datetime) -> None:
    batch.status, batch.ended_by_id, batch.ended_at = status.value, actor.id, now


def already(batch: ImportBatch) -> str:
    """What became of an import, as a sentence."""
    sentences: dict[str, str] = {
        BatchStatus.STAGED: _("This import has not been confirmed yet."),
        BatchStatus.CONFIRMED: _("This import has been confirmed already. Nothing was imported twice."),
        BatchStatus.DISCARDED: _("This import was discarded. Upload the file again if you need it."),
        BatchStatus.UNDONE: _("This import was undone. Upload the file again if you need it."),
    }
    return sentences[batch.status]
