"""Outlines of a bank: drafted from a rule workbook, published, superseded by the next one, verified by a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from examsite import audit
from examsite.audit import Actor
from examsite.authoring import editions
from examsite.authoring.editions import FaultyOutline
from examsite.authoring.models import Bank, OutlineRow, OutlineStatus
from examsite.errors import Refused
from question_bank.outlines.tree import Outline, check, outline_as_document, outline_from_document
from question_bank.problems import has_errors
from question_bank.questions.model import canonical_hash


def draft_outline(
    session: Session, bank: Bank, outline: Outline, *, actor: Actor | None, now: datetime
) -> OutlineRow:
    """Keep an outline as a draft.  The same content again is the draft that is there."""
    document = outline_as_document(replace(outline, verified=False))
    digest = canonical_hash(document)
    same = session.scalars(
        select(OutlineRow).where(
            OutlineRow.bank_id == bank.id,
            OutlineRow.content_hash == digest,
            OutlineRow.status == OutlineStatus.DRAFT,
        )
    ).first()
    if same is not None:
        return same
    row = OutlineRow(
        bank_id=bank.id,
        name=outline.name[:120] or bank.name,
        status=OutlineStatus.DRAFT,
        document=document,
        content_hash=digest,
        created_by_id=actor.id if actor else None,
        created_at=now,
    )
    session.add(row)
    session.flush()
    audit.record(
        session, "outline.draft", of=row, actor=actor, now=now, name=row.name, points=len(outline.points)
    )
    return row


def publish(session: Session, row: OutlineRow, *, actor: Actor | None, now: datetime) -> None:
    """Bring an outline into force; the one in force before is kept and superseded.

    Questions of points that went elsewhere are filed under their new codes.  Raises FaultyOutline.
    """
    session.refresh(row, ["status"], with_for_update=True)
    if row.status != OutlineStatus.DRAFT:
        raise Refused(_("This outline has been published already."))
    outline = outline_from_document(row.document)
    problems = check(outline)
    if has_errors(problems) or not outline.areas:
        raise FaultyOutline(
            _("The outline has errors, so it can't be published. Correct the workbook and upload it again."),
            problems,
        )
    moved = editions.move_questions(session, row, outline)
    row.status = OutlineStatus.PUBLISHED
    row.published_at = now
    audit.record(session, "outline.publish", of=row, actor=actor, now=now, hash=row.content_hash, moved=moved)


def withdraw(session: Session, row: OutlineRow, *, actor: Actor, now: datetime) -> None:
    """Make a published outline that nothing rests on a draft again.  Raises Refused where something does."""
    session.refresh(row, ["status", "referenced_at"], with_for_update=True)
    if row.status != OutlineStatus.PUBLISHED:
        raise Refused(_("This outline is a draft already."))
    if row.referenced_at is not None:
        raise Refused(
            _(
                "Specifications or papers rest on this outline, so it stays as it is. Make a new edition instead."
            )
        )
    if row.replaces_id is not None:
        raise Refused(
            _(
                "Questions were moved when this edition came into force, so it stays. Make a new edition instead."
            )
        )
    row.status, row.published_at = OutlineStatus.DRAFT, None
    row.verified_by_id = row.verified_at = None
    audit.record(session, "outline.withdraw", of=row, actor=actor, now=now, hash=row.content_hash)


def reference(session: Session, outline_id: int, *, now: datetime) -> None:
    """Note that specifications or papers rest on an outline; from now on it is frozen."""
    session.execute(
        update(OutlineRow)
        .where(OutlineRow.id == outline_id, OutlineRow.referenced_at.is_(None))
        .values(referenced_at=now)
    )


def discard(session: Session, row: OutlineRow, *, actor: Actor, now: datetime) -> None:
    """Throw a draft away.  A published outline stays."""
    session.refresh(row, ["status"], with_for_update=True)
    if row.status != OutlineStatus.DRAFT:
        raise Refused(_("A published outline stays, because papers may rest on it."))
    audit.record(session, "outline.discard", of=row, actor=actor, now=now, name=row.name)
    session.delete(row)


def verify(session: Session, row: OutlineRow, *, actor: Actor, now: datetime) -> None:
    """State, by name, that the figures were compared with the printed standard."""
    session.refresh(row, ["status", "verified_at"], with_for_update=True)
    if row.status != OutlineStatus.PUBLISHED or row.verified_at is not None:
        raise Refused(_("Only a published outline that nobody has verified yet can be verified."))
    row.verified_by_id, row.verified_at = actor.id, now
    audit.record(session, "outline.verify", of=row, actor=actor, now=now, hash=row.content_hash)
