"""Questions leave a bank by two persons: one asks and says why, another allows it, and the first fetches the file.

What leaves is settled when it is asked for (the ids stand in the request), so that the second person allows exactly
that.  Each fetch makes the file anew, from what its requester may still see, and is on the record with its digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, false, or_, select, true
from sqlalchemy.orm import Session

from examsite import audit
from examsite.access.permissions import Permission
from examsite.access.scope import SignedIn
from examsite.audit import Actor
from examsite.authoring.keys import keys
from examsite.authoring.models import VETTED, Bank, ImportBatch, QuestionRow, QuestionVersion
from examsite.authoring.pictures.queries import pictures_of
from examsite.authoring.queries import is_current
from examsite.authoring.search import Filters, conditions
from examsite.authoring.secrecy import need_to_know
from examsite.authoring.secrecy.models import BankExport, ExportStatus
from examsite.authoring.secrecy.writers import File, file_of
from examsite.authoring.versions import chunks
from examsite.errors import Invalid, Refused
from question_bank.formats.pictures import named_by
from question_bank.questions.model import Draft, Key, question_from_document

OPEN_FOR = timedelta(hours=72)
MAX_FETCHES = 3


class NothingToExport(Invalid):
    """No question that the requester may take fits what was asked for."""

    code = "nothing-to-export"


class OwnRequest(Refused):
    """Nobody answers what they asked for themselves."""

    code = "own-request"


class Answered(Refused):
    """The request does not wait for an answer any more."""

    code = "answered"


class ReasonNeeded(Invalid):
    """Who refuses a request says why."""

    code = "reason-needed"


class Closed(Refused):
    """The file can't be fetched: not approved, too late, or fetched too often."""

    code = "export-closed"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for.  area, kind, status: "" = all."""

    area: str
    kind: str
    status: str
    format: str
    with_keys: bool
    reason: str


def request_export(session: Session, bank: Bank, wish: Wish, *, actor: SignedIn, now: datetime) -> BankExport:
    """Ask for questions.  Raises NothingToExport where nothing fits that the actor may take."""
    ids = _ids(session, bank, wish, actor)
    if not ids:
        sentence = (
            _(
                "No question fits whose key you may see. Ask without keys, or have its writer or the province ask."
            )
            if wish.with_keys
            else _("No question fits that you may see. Change the filters.")
        )
        raise NothingToExport(sentence)
    row = BankExport(
        bank_id=bank.id,
        status=ExportStatus.REQUESTED.value,
        filters={"area": wish.area, "kind": wish.kind, "status": wish.status},
        versions=ids,
        format=wish.format,
        with_keys=wish.with_keys,
        reason=wish.reason.strip(),
        requested_by_id=actor.id,
        requested_at=now,
    )
    session.add(row)
    session.flush()
    detail: dict[str, Any] = {**row.filters, "format": row.format, "with_keys": row.with_keys}
    audit.record(
        session,
        "export.request",
        of=row,
        actor=actor,
        now=now,
        **detail,
        questions=len(ids),
        reason=row.reason,
    )
    return row


def approve(session: Session, row: BankExport, comment: str, *, actor: Actor, now: datetime) -> None:
    """Let the requester fetch the file for some days.  Raises OwnRequest, Answered."""
    _answer(session, row, ExportStatus.APPROVED, comment, actor=actor, now=now)
    row.open_until = now + OPEN_FOR
    audit.record(
        session,
        "export.approve",
        of=row,
        actor=actor,
        now=now,
        questions=len(row.versions),
        comment=row.answer,
    )


def refuse(session: Session, row: BankExport, comment: str, *, actor: Actor, now: datetime) -> None:
    """Nothing leaves.  Raises ReasonNeeded, OwnRequest, Answered."""
    if not comment.strip():
        raise ReasonNeeded(_("Please say why the questions may not leave the bank."))
    _answer(session, row, ExportStatus.REFUSED, comment, actor=actor, now=now)
    audit.record(session, "export.refuse", of=row, actor=actor, now=now, comment=row.answer)


def withdraw(session: Session, row: BankExport, *, actor: Actor, now: datetime) -> None:
    """The requester takes the request back.  Raises Answered."""
    session.refresh(row, ["status"], with_for_update=True)
    if row.status != ExportStatus.REQUESTED:
        raise Answered(_("This request has been answered already."))
    row.status = ExportStatus.WITHDRAWN.value
    audit.record(session, "export.withdraw", of=row, actor=actor, now=now)


def fetch(session: Session, row: BankExport, bank: Bank, *, actor: SignedIn, now: datetime) -> File:
    """The file, made now and put on the record.  Raises Closed, NothingToExport."""
    session.refresh(row, ["status", "fetched", "open_until"], with_for_update=True)
    if not is_open(row, now=now):
        raise Closed(_("This file can't be fetched any more. Ask for a new export if you still need it."))
    drafts = _drafts(session, bank, row, actor)
    if not drafts:
        raise NothingToExport(_("You may not see these questions any more, so nothing can be fetched."))
    note = f"{bank.name} · EX-{row.id} · {actor.name} · {now:%Y-%m-%dT%H:%M:%SZ}"
    named = {digest for draft in drafts for digest in named_by(draft)}
    made = file_of(row.format, drafts, pictures_of(session, bank.id, named), note, with_keys=row.with_keys)
    row.fetched += 1
    row.digest = hashlib.sha256(made.content).hexdigest()
    audit.record(
        session,
        "export.fetch",
        of=row,
        actor=actor,
        now=now,
        time=row.fetched,
        questions=len(drafts),
        with_keys=row.with_keys,
        digest=row.digest,
    )
    return made


def is_open(row: BankExport, *, now: datetime) -> bool:
    """Whether the requester may fetch the file now."""
    return (
        row.status == ExportStatus.APPROVED
        and row.open_until is not None
        and now <= row.open_until
        and row.fetched < MAX_FETCHES
    )


def _answer(
    session: Session, row: BankExport, status: ExportStatus, comment: str, *, actor: Actor, now: datetime
) -> None:
    session.refresh(row, ["status"], with_for_update=True)
    if row.requested_by_id == actor.id:
        raise OwnRequest(_("You asked for this yourself. Another person has to answer it."))
    if row.status != ExportStatus.REQUESTED:
        raise Answered(_("This request has been answered already."))
    row.status, row.answered_by_id, row.answered_at, row.answer = status.value, actor.id, now, comment.strip()


def _ids(session: Session, bank: Bank, wish: Wish, person: SignedIn) -> list[int]:
    """Of each question that fits the vetted version, else the newest, as far as the person may take it; by point."""
    query = (
        select(QuestionVersion.id, QuestionVersion.question_id, QuestionVersion.status)
        .join(QuestionRow, QuestionRow.id == QuestionVersion.question_id)
        .outerjoin(ImportBatch, ImportBatch.id == QuestionVersion.batch_id)
        .where(
            QuestionVersion.bank_id == bank.id,
            is_current(),
            *conditions(Filters(area=wish.area, kind=wish.kind, status=wish.status)),
            *_takes(session, bank, person, wish.with_keys),
        )
        .order_by(QuestionVersion.point, QuestionVersion.question_id, QuestionVersion.number)
    )
    chosen: dict[int, tuple[int, str]] = {}
    for version_id, question_id, status in session.execute(query):
        if question_id not in chosen or chosen[question_id][1] not in VETTED:
            chosen[question_id] = (version_id, status)
    return [version_id for version_id, _status in chosen.values()]


def _takes(session: Session, bank: Bank, person: SignedIn, with_keys: bool) -> list[ColumnElement[bool]]:
    """What the person may see; with keys, what they may see with its key.  The statement joins ImportBatch."""
    seen = need_to_know.visible(session, person, bank)
    if not with_keys:
        return [seen]
    if not person.may_in(Permission.SEE_KEYS, bank.institution_id):
        return [false()]
    own = or_(QuestionVersion.author_id == person.id, ImportBatch.uploaded_by_id == person.id)
    return [seen, true() if not bank.is_restricted or need_to_know.oversees(person) else own]


def _drafts(session: Session, bank: Bank, row: BankExport, person: SignedIn) -> list[Draft]:
    ids: Sequence[int] = row.versions
    found: dict[int, Draft] = {}
    for part in chunks(ids, 500):
        rows = session.execute(
            select(QuestionVersion.id, QuestionVersion.document, QuestionRow.external_id)
            .join(QuestionRow, QuestionRow.id == QuestionVersion.question_id)
            .outerjoin(ImportBatch, ImportBatch.id == QuestionVersion.batch_id)
            .where(QuestionVersion.id.in_(part), *_takes(session, bank, person, row.with_keys))
        ).all()
        held = keys(session, [one.id for one in rows]) if row.with_keys else {}
        for one in rows:
            question, key = question_from_document(one.document), held.get(one.id, Key())
            found[one.id] = Draft(question, key, bank.name, one.external_id or "")
    return [found[i] for i in ids if i in found]
