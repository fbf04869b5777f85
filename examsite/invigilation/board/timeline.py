"""What happened to one candidate, in sentences, in the order of time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.access.models import Person
from examsite.invigilation.check_in.queries import history
from examsite.invigilation.messages import queries as messages
from examsite.registration.models import Enrolment
from examsite.sitting.models import Attempt, AttemptEvent


@dataclass(frozen=True, slots=True)
class Happened:
    """One event.  by: who did it, where a person did.  note: their reason."""

    at: datetime
    text: str
    by: str = ""
    note: str = ""


def happened(session: Session, enrolment: Enrolment, attempt: Attempt | None) -> list[Happened]:
    """Check-ins, what the attempt went through, messages and the end, oldest first."""
    found = _arrivals(session, enrolment)
    if attempt is not None:
        found += _events(session, attempt)
        rooms = frozenset() if enrolment.room_id is None else frozenset({enrolment.room_id})
        found += [
            Happened(said.sent_at, _("Message: %(text)s", text=said.text), said.by)
            for said in messages.said(session, enrolment.sitting_id, rooms)
            if said.attempt_id in (None, attempt.id)
        ]
        if attempt.closed_at is not None:
            found.append(Happened(attempt.closed_at, _closing(attempt)))
    return sorted(found, key=lambda one: one.at)


def _arrivals(session: Session, enrolment: Enrolment) -> list[Happened]:
    found = []
    for row in history(session, enrolment.id):
        text = _("Checked in late") if row.is_late else _("Checked in")
        found.append(Happened(row.checked_at, text, row.checked_by.name, row.note))
        if row.undone_at is not None:
            by = row.undone_by.name if row.undone_by else ""
            found.append(Happened(row.undone_at, _("Check-in taken back"), by, row.undo_reason))
    return found


def _events(session: Session, attempt: Attempt) -> list[Happened]:
    rows = session.scalars(
        select(AttemptEvent).where(AttemptEvent.attempt_id == attempt.id).order_by(AttemptEvent.id)
    ).all()
    ids = {row.detail.get("by") for row in rows if isinstance(row.detail.get("by"), int)}
    names: dict[int, str] = dict(
        session.execute(select(Person.id, Person.name).where(Person.id.in_(ids))).all()
    )
    return [
        Happened(row.at, sentence(row.kind, row.detail), names.get(row.detail.get("by", 0), ""), row.note)
        for row in rows
    ]


def sentence(kind: str, detail: dict[str, Any]) -> str:
    """What an event says; one that has no sentence here is named by its code."""
    write = _SENTENCES.get(kind)
    return write(detail) if write else str(_("Event: %(kind)s", kind=kind))


def _closing(attempt: Attempt) -> str:
    ends = {"candidate": _("Handed in by the candidate"), "clock": _("Closed by the clock")}
    return str(ends.get(attempt.closed_by or "", _("Closed by an invigilator")))


_SENTENCES: dict[str, Callable[[dict[str, Any]], str]] = {
    "opened": lambda d: _("Opened the paper"),
    "reopened": lambda d: _("Loaded the paper again on the same machine"),
    "taken-over": lambda d: _("Opened the paper on another machine; the older page turned read-only"),
    "left-page": lambda d: _(
        "The page was left %(count)s times since it was loaded, %(seconds)s s in all",
        count=d.get("leaves", 0),
        seconds=d.get("away_seconds", 0),
    ),
    "extra-given": lambda d: _("%(minutes)s minutes of extra time given", minutes=d.get("minutes", 0)),
    "restored": lambda d: _("%(seconds)s s of an interruption given back", seconds=d.get("seconds", 0)),
    "paused": lambda d: _("Paused"),
    "resumed": lambda d: _("Resumed; %(seconds)s s given back", seconds=d.get("seconds", 0)),
    "takeover-allowed": lambda d: _(
        "Another machine allowed for %(minutes)s minutes", minutes=d.get("minutes", 0)
    ),
    "forced-hand-in": lambda d: _("Handed in by an invigilator"),
    "hand-in-undone": lambda d: _("Hand-in taken back; the paper is open again"),
    "entrance": lambda d: _("The machine's signals were looked at on entering"),
}
