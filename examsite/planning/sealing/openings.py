"""Verbs of openings: ask, allow or refuse as the second person, end; and who may look at a paper now."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from examsite import audit
from examsite.audit import Actor, AuditRecord
from examsite.errors import Invalid, NotYours, Refused
from examsite.planning.models import PaperSet, PaperSetStatus
from examsite.planning.queries import paper_ids
from examsite.planning.sealing.disclosure import is_over
from examsite.planning.sealing.models import OpeningStatus, PaperOpening, Purpose

LONGEST_HOURS = 24
#: Purposes for which paper comes out of the printer.
PRINTS = {Purpose.PRINTING, Purpose.EMERGENCY}


class Sealed(Refused):
    """The papers are sealed, and no opening lets this person see this one."""

    code = "sealed"


class OwnRequest(Refused):
    """Nobody allows what they asked for themselves."""

    code = "own-work"


class NoReason(Invalid):
    """A refusal needs a reason."""

    code = "reason-needed"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for.  papers: numbers within the set; hours from the moment it is allowed."""

    papers: tuple[int, ...]
    purpose: Purpose
    reason: str
    hours: int


def request(session: Session, papers: PaperSet, wish: Wish, *, actor: Actor, now: datetime) -> PaperOpening:
    """Ask to see papers of an approved set before their time.  Raises Refused, Invalid."""
    if papers.status != PaperSetStatus.APPROVED:
        raise Refused(_("Only approved papers are sealed and can be opened."))
    absent = sorted(set(wish.papers) - set(range(1, len(paper_ids(session, papers.id)) + 1)))
    if absent or not wish.papers:
        raise Invalid(_("The set has no paper %(numbers)s.", numbers="、".join(map(str, absent[:5])) or "–"))
    row = PaperOpening(
        set_id=papers.id,
        papers=sorted(set(wish.papers)),
        purpose=wish.purpose.value,
        reason=wish.reason,
        hours=wish.hours,
        status=OpeningStatus.REQUESTED.value,
        requested_by_id=actor.id,
        requested_at=now,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        "papers.request-opening",
        of=papers,
        actor=actor,
        now=now,
        opening=row.id,
        papers=row.papers,
        purpose=row.purpose,
        reason=row.reason,
        hours=row.hours,
    )
    return row


def allow(session: Session, opening: PaperOpening, *, remark: str, actor: Actor, now: datetime) -> None:
    """The second person opens the papers to the one who asked.  Raises OwnRequest, Refused."""
    _answer(session, opening, OpeningStatus.ALLOWED, remark, actor=actor, now=now)
    opening.open_until = now + timedelta(hours=opening.hours)


def refuse(session: Session, opening: PaperOpening, *, remark: str, actor: Actor, now: datetime) -> None:
    """The second person says no, and why.  Raises OwnRequest, NoReason, Refused."""
    if not remark:
        raise NoReason(_("Say why you refuse: the person who asked reads it."))
    _answer(session, opening, OpeningStatus.REFUSED, remark, actor=actor, now=now)


def end(session: Session, opening: PaperOpening, *, actor: Actor, now: datetime) -> None:
    """Take back a request or close an opening before its time.  Raises Refused where it is closed."""
    _locked(session, opening)
    running = opening.status == OpeningStatus.ALLOWED and is_open(opening, now=now)
    if opening.status != OpeningStatus.REQUESTED and not running:
        raise Refused(_("This request was closed before."))
    opening.status, opening.ended_at = OpeningStatus.ENDED.value, now
    audit.record(
        session,
        "papers.end-opening",
        of=f"paper_sets:{opening.set_id}",
        actor=actor,
        now=now,
        opening=opening.id,
    )


def is_open(opening: PaperOpening, *, now: datetime) -> bool:
    """Whether this opening lets its requester look now."""
    return (
        opening.status == OpeningStatus.ALLOWED
        and opening.open_until is not None
        and now < opening.open_until
    )


def openings(session: Session, set_id: int) -> Sequence[PaperOpening]:
    """Every opening of a set that was asked for, the newest first, with both persons."""
    query = select(PaperOpening).where(PaperOpening.set_id == set_id)
    people = (joinedload(PaperOpening.requested_by), joinedload(PaperOpening.answered_by))
    return session.scalars(query.options(*people).order_by(PaperOpening.id.desc())).all()


def opening(session: Session, opening_id: int) -> PaperOpening:
    """An opening.  Raises NotYours where there is none."""
    row = session.get(PaperOpening, opening_id)
    if row is None:
        raise NotYours
    return row


def needed_opening(
    session: Session, papers: PaperSet, numbers: Collection[int], *, prints: bool, actor: Actor, now: datetime
) -> int | None:
    """The opening under which this person looks at these papers; None where their sittings are over.  Raises Sealed.

    prints: whether the papers are to be printed, which not every purpose allows.
    """
    if is_over(session, papers, now=now):
        return None
    query = select(PaperOpening).where(
        PaperOpening.set_id == papers.id,
        PaperOpening.requested_by_id == actor.id,
        PaperOpening.status == OpeningStatus.ALLOWED,
    )
    for row in session.scalars(query.order_by(PaperOpening.id.desc())):
        if not is_open(row, now=now) or not set(numbers) <= set(row.papers):
            continue
        if not prints or row.purpose in PRINTS:
            return row.id
    raise Sealed(
        _(
            "These papers are sealed until their last sitting is over. Before that they are seen only under an opening "
            "that one person asks for and another allows, for the papers and the purpose it names."
        )
    )


def open_papers(session: Session, set_id: int, *, actor: Actor, now: datetime) -> set[int]:
    """Numbers of the papers that openings let this person see now."""
    query = select(PaperOpening).where(
        PaperOpening.set_id == set_id, PaperOpening.requested_by_id == actor.id
    )
    return {number for row in session.scalars(query) if is_open(row, now=now) for number in row.papers}


def note_look(
    session: Session,
    papers: PaperSet,
    numbers: Sequence[int],
    *,
    what: str,
    opening_id: int | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Put on the record that somebody saw or printed papers.  what: view, paper, sheet or keys."""
    audit.record(
        session,
        "papers.look",
        of=papers,
        actor=actor,
        now=now,
        what=what,
        papers=list(numbers),
        opening=opening_id,
    )


def looks(session: Session, set_id: int, most: int = 200) -> Sequence[AuditRecord]:
    """Who saw or printed papers of this set, the newest first."""
    query = select(AuditRecord).where(
        AuditRecord.object == f"paper_sets:{set_id}", AuditRecord.act == "papers.look"
    )
    return session.scalars(query.order_by(AuditRecord.sequence.desc()).limit(most)).all()


def _answer(
    session: Session,
    opening: PaperOpening,
    status: OpeningStatus,
    remark: str,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    _locked(session, opening)
    if opening.requested_by_id == actor.id:
        raise OwnRequest(_("You asked for this yourself. Another person has to answer it."))
    if opening.status != OpeningStatus.REQUESTED:
        raise Refused(_("This request was answered or taken back before. Reload the page to see by whom."))
    opening.status, opening.answer = status.value, remark
    opening.answered_by_id, opening.answered_at = actor.id, now
    audit.record(
        session,
        f"papers.{'allow' if status is OpeningStatus.ALLOWED else 'refuse'}-opening",
        of=f"paper_sets:{opening.set_id}",
        actor=actor,
        now=now,
        opening=opening.id,
        remark=remark,
    )


def _locked(session: Session, opening: PaperOpening) -> None:
    session.flush()
    session.refresh(opening, ["status"], with_for_update=True)
