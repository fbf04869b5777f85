"""Letting a candidate in, and taking it back."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite import audit
from examsite.errors import Invalid, Refused
from examsite.invigilation.check_in import queries
from examsite.invigilation.check_in.models import CheckIn
from examsite.registration.models import Enrolment


class NotLetIn(Refused):
    """The candidate can't be checked in as things stand."""

    code = "not-let-in"


def check_in(
    session: Session,
    enrolment: Enrolment,
    *,
    document_checked: bool,
    face_checked: bool,
    note: str,
    actor: audit.Actor,
    now: datetime,
) -> CheckIn:
    """Let a candidate (loaded with sitting) in after both looks.  Raises Invalid without them, NotLetIn."""
    if not (document_checked and face_checked):
        raise Invalid(_("Look at the document and at the face, and tick both."))
    session.execute(select(Enrolment.id).where(Enrolment.id == enrolment.id).with_for_update())
    if queries.standing(session, enrolment.id) is not None:
        raise NotLetIn(_("This candidate is checked in already."))
    if queries.is_absent(session, enrolment.id):
        raise NotLetIn(_("This candidate is marked absent. Take the mark back first."))
    sitting = enrolment.sitting
    if now >= sitting.closes_at:
        raise NotLetIn(_("The sitting is over."))
    last = queries.last_entry(sitting)
    if now > last and queries.attempt_of(session, enrolment.id) is None:
        raise NotLetIn(_("The limit for coming late has passed, so this candidate may not start any more."))
    row = CheckIn(
        enrolment_id=enrolment.id,
        document_checked=True,
        face_checked=True,
        is_late=now > sitting.opens_at,
        note=note,
        checked_by_id=actor.id,
        checked_at=now,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        "invigilation.check-in",
        of=enrolment,
        actor=actor,
        now=now,
        sitting=sitting.id,
        late=row.is_late,
        note=note,
    )
    return row


def undo(session: Session, row: CheckIn, *, reason: str, actor: audit.Actor, now: datetime) -> None:
    """Take a check-in back; it stays in the record with its reason.  Raises NotLetIn once the paper was opened."""
    session.refresh(row, ["undone_at"], with_for_update=True)
    if row.undone_at is not None:
        raise NotLetIn(_("This check-in was taken back before."))
    if queries.attempt_of(session, row.enrolment_id) is not None:
        raise NotLetIn(_("The candidate has opened the paper, so the check-in stays."))
    row.undone_at, row.undone_by_id, row.undo_reason = now, actor.id, reason
    audit.record(
        session,
        "invigilation.check-in-undo",
        of=session.get_one(Enrolment, row.enrolment_id),
        actor=actor,
        now=now,
        reason=reason,
    )
