"""Entering textbooks, correcting them until they are confirmed, confirming, replacing and withdrawing them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from examsite import audit
from examsite.audit import Actor
from examsite.authoring.textbooks import queries
from examsite.authoring.textbooks.models import (
    OPEN,
    Textbook,
    TextbookAct,
    TextbookActKind,
    TextbookStatus,
)
from examsite.errors import Invalid, Refused

Act = TextbookActKind


@dataclass(frozen=True, slots=True)
class Content:
    """What an entry says.  isbn: normalised, "" = none; levels: codes; industry: "" = all."""

    title: str
    authors: str
    publisher: str
    edition: str
    year: int
    isbn: str
    levels: tuple[int, ...]
    industry: str
    note: str

    def columns(self) -> dict[str, Any]:
        """As the table holds it."""
        return asdict(self) | {"levels": f" {' '.join(str(code) for code in sorted(self.levels))} "}


class ReasonNeeded(Invalid):
    """Who confirms, refuses or withdraws gives the document's number or the reason."""

    code = "reason-needed"


class AlreadyEntered(Invalid):
    """The institution has an entry of the same title, publisher and edition; `details["textbook_id"]`."""

    code = "already-entered"


class Moved(Refused):
    """The entry changed or was decided since the page was opened."""

    code = "moved"


class SamePerson(Refused):
    """Who entered or changed an entry does not decide about it."""

    code = "same-person"


class Cited(Refused):
    """An entry that questions cite stays."""

    code = "cited"


def enter(
    session: Session,
    institution_id: int | None,
    content: Content,
    *,
    replaces: Textbook | None = None,
    actor: Actor,
    now: datetime,
) -> Textbook:
    """A new entry, which waits for the province.  replaces: the confirmed edition before it.

    Raises AlreadyEntered; Moved where `replaces` is not confirmed any more or has its new edition already.
    """
    if replaces is not None:
        _lock(session, replaces)
        if replaces.status != TextbookStatus.CONFIRMED or queries.replacement(session, replaces) is not None:
            raise Moved(
                _("This textbook has a new edition already, or is not in use any more. Look at its page.")
            )
    _refuse_twin(session, institution_id, content, None)
    row = Textbook(
        institution_id=institution_id,
        **content.columns(),
        status=TextbookStatus.SUBMITTED.value,
        revision=1,
        replaces_id=replaces.id if replaces else None,
        entered_by_id=actor.id,
        sent_by_id=actor.id,
        sent_at=now,
    )
    session.add(row)
    session.flush()
    _note(session, row, Act.ENTERED, "", content, actor=actor, now=now)
    return row


def change(
    session: Session, row: Textbook, content: Content, revision: int, *, actor: Actor, now: datetime
) -> None:
    """Correct an entry that is not confirmed, and send it (again).  revision: what the person saw.

    Raises Moved, AlreadyEntered.
    """
    _lock(session, row)
    if row.status not in OPEN or row.revision != revision:
        raise Moved(
            _(
                "Somebody changed or decided this entry meanwhile. Look at its page, then make your change again."
            )
        )
    _refuse_twin(session, row.institution_id, content, row.id)
    for name, value in content.columns().items():
        setattr(row, name, value)
    row.status, row.revision = TextbookStatus.SUBMITTED.value, row.revision + 1
    row.sent_by_id, row.sent_at = actor.id, now
    row.decided_by_id = row.decided_at = None
    session.flush()
    _note(session, row, Act.CHANGED, "", content, actor=actor, now=now)


def confirm(
    session: Session, row: Textbook, revision: int, reason: str, *, actor: Actor, now: datetime
) -> None:
    """教材审验: this textbook may be used; the edition it replaces is superseded.  reason: number of the document, or why.

    Raises ReasonNeeded, Moved, SamePerson.
    """
    if not reason.strip():
        raise ReasonNeeded(_("Please give the number of the document, or the reason."))
    _decide(session, row, TextbookStatus.CONFIRMED, revision, actor=actor, now=now)
    _note(session, row, Act.CONFIRMED, reason, actor=actor, now=now)
    before = session.get(Textbook, row.replaces_id) if row.replaces_id else None
    if before is not None:
        _lock(session, before)
        if before.status == TextbookStatus.CONFIRMED:
            before.status = TextbookStatus.SUPERSEDED.value
            session.flush()
            _note(session, before, Act.SUPERSEDED, "", actor=actor, now=now)


def refuse(
    session: Session, row: Textbook, revision: int, reason: str, *, actor: Actor, now: datetime
) -> None:
    """Return the entry to who entered it.  Raises ReasonNeeded, Moved, SamePerson."""
    if not reason.strip():
        raise ReasonNeeded(_("Please say why, so that the entry can be corrected."))
    _decide(session, row, TextbookStatus.REFUSED, revision, actor=actor, now=now)
    _note(session, row, Act.REFUSED, reason, actor=actor, now=now)


def withdraw(session: Session, row: Textbook, reason: str, *, actor: Actor, now: datetime) -> int:
    """Offer a confirmed textbook no more; how many questions cite it, which keep their sources.

    Raises ReasonNeeded, Moved.
    """
    if not reason.strip():
        raise ReasonNeeded(_("Please say why the textbook is withdrawn."))
    _lock(session, row)
    if row.status != TextbookStatus.CONFIRMED:
        raise Moved(_("Only a confirmed textbook can be withdrawn. Look at its page again."))
    count = queries.citing(session, row, None)
    row.status = TextbookStatus.WITHDRAWN.value
    session.flush()
    _note(session, row, Act.WITHDRAWN, reason, actor=actor, now=now)
    return count


def remove(session: Session, row: Textbook, *, actor: Actor, now: datetime) -> None:
    """Delete an entry that was never confirmed and that no question cites.  Raises Moved, Cited."""
    _lock(session, row)
    if row.status not in OPEN:
        raise Moved(_("A textbook that was confirmed stays in the register; withdraw it instead."))
    count = queries.citing(session, row, None)
    if count:
        raise Cited(
            ngettext(
                "%(num)s question cites this textbook, so its entry stays. Correct it instead.",
                "%(num)s questions cite this textbook, so its entry stays. Correct it instead.",
                count,
            )
        )
    audit.record(
        session, "textbook.remove", of=row, actor=actor, now=now, title=row.title, edition=row.edition
    )
    # The record needs the entry's number, which a deleted row still has.
    session.execute(delete(TextbookAct).where(TextbookAct.textbook_id == row.id))
    session.delete(row)
    session.flush()


def _lock(session: Session, row: Textbook) -> None:
    session.refresh(row, ["status", "revision"], with_for_update=True)


def _decide(
    session: Session, row: Textbook, status: TextbookStatus, revision: int, *, actor: Actor, now: datetime
) -> None:
    _lock(session, row)
    if row.status != TextbookStatus.SUBMITTED or row.revision != revision:
        raise Moved(_("This entry changed or was decided meanwhile. Look at it again before you decide."))
    own = session.scalar(
        select(func.count())
        .select_from(TextbookAct)
        .where(
            TextbookAct.textbook_id == row.id,
            TextbookAct.person_id == actor.id,
            TextbookAct.act.in_((Act.ENTERED, Act.CHANGED)),
        )
    )
    if own:
        raise SamePerson(_("You entered or changed this textbook yourself. Another person has to decide."))
    row.status, row.decided_by_id, row.decided_at = status.value, actor.id, now
    session.flush()


def _refuse_twin(session: Session, institution_id: int | None, content: Content, but: int | None) -> None:
    query = select(Textbook.id).where(
        Textbook.title == content.title,
        Textbook.publisher == content.publisher,
        Textbook.edition == content.edition,
        Textbook.institution_id.is_(None)
        if institution_id is None
        else Textbook.institution_id == institution_id,
        Textbook.status != TextbookStatus.WITHDRAWN,
    )
    twin = session.scalar(query.where(Textbook.id != but).limit(1) if but else query.limit(1))
    if twin is not None:
        raise AlreadyEntered(
            _("This edition is in the register already. Change the edition, or open the entry that stands."),
            textbook_id=twin,
        )


def _note(
    session: Session,
    row: Textbook,
    act: TextbookActKind,
    reason: str,
    content: Content | None = None,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    document = asdict(content) | {"levels": list(content.levels)} if content else None
    reason = reason.strip()
    session.add(
        TextbookAct(
            textbook_id=row.id, act=act.value, reason=reason, content=document, person_id=actor.id, at=now
        )
    )
    session.flush()
    detail = {"reason": reason} if reason else {"title": row.title, "edition": row.edition}
    audit.record(session, f"textbook.{_VERBS[act]}", of=row, actor=actor, now=now, **detail)


_VERBS = {
    Act.ENTERED: "enter",
    Act.CHANGED: "change",
    Act.CONFIRMED: "confirm",
    Act.REFUSED: "refuse",
    Act.SUPERSEDED: "supersede",
    Act.WITHDRAWN: "withdraw",
}
