"""The ledger of interruptions: what began, when it ended, what was given back, or why nothing was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from examsite import audit
from examsite.audit import Actor
from examsite.errors import Invalid, Refused
from examsite.invigilation.interventions.acts import Act
from examsite.invigilation.interventions.models import Cause, Interruption, Intervention
from examsite.registration.models import Enrolment
from examsite.sitting.models import Attempt


class NotInOrder(Invalid):
    """It ends before it begins, or lies in the future."""

    code = "not-in-order"


class WhyNone(Invalid):
    """An interruption for which nothing is given back says why."""

    code = "why-none"


class Superseded(Refused):
    """A newer entry stands in its place."""

    code = "superseded"


@dataclass(frozen=True, slots=True)
class Entry:
    """What a person enters.  room_id, enrolment_id: at most one; neither = the whole sitting."""

    cause: Cause
    begun_at: datetime
    ended_at: datetime | None = None
    restored_seconds: int = 0
    why_none: str = ""
    note: str = ""
    room_id: int | None = None
    enrolment_id: int | None = None


def enter(
    session: Session,
    sitting_id: int,
    entry: Entry,
    *,
    supersedes: Interruption | None = None,
    actor: Actor,
    now: datetime,
) -> Interruption:
    """Put an interruption into the ledger, or a newer entry in the place of an old one.

    It gives no time by itself.  Raises NotInOrder, WhyNone, Superseded.
    """
    if entry.begun_at > now or (entry.ended_at is not None and not entry.begun_at <= entry.ended_at <= now):
        raise NotInOrder(_("An interruption ends after it begins, and both lie in the past."))
    if entry.ended_at is not None and not entry.restored_seconds and not entry.why_none.strip():
        raise WhyNone(_("Say why no time is given back."))
    row = Interruption(
        sitting_id=sitting_id,
        room_id=entry.room_id,
        enrolment_id=entry.enrolment_id,
        cause=entry.cause.value,
        begun_at=entry.begun_at,
        ended_at=entry.ended_at,
        restored_seconds=entry.restored_seconds,
        why_none=entry.why_none.strip(),
        note=entry.note.strip(),
        recorded_by_id=actor.id,
        recorded_at=now,
        supersedes_id=supersedes.id if supersedes else None,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise Superseded(_("A newer entry stands in the place of this one. Open the page anew.")) from error
    audit.record(
        session,
        "interruption.enter",
        of=row,
        actor=actor,
        now=now,
        cause=row.cause,
        sitting=sitting_id,
        room=row.room_id,
        enrolment=row.enrolment_id,
        restored=row.restored_seconds,
        supersedes=row.supersedes_id,
    )
    return row


def follow(
    session: Session,
    act: Intervention,
    done: Sequence[Attempt],
    given: dict[str, int],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """What a pause, its end, and time given back write into the ledger.

    What is about a whole room is one entry of the room; what is about chosen candidates, one for each.
    """
    if not done or act.act not in (Act.PAUSE, Act.RESUME, Act.RESTORE):
        return
    if act.act == Act.RESUME:
        _end_pauses(session, act, done, given, actor=actor, now=now)
        return
    cause = Cause(act.cause or Cause.OTHER)
    begun, seconds = (now, 0) if act.act == Act.PAUSE else (act.begun_at or now, act.seconds or 0)
    ended = None if act.act == Act.PAUSE else act.ended_at
    opened = {row.enrolment_id: row for row in open_entries(session, act.sitting_id) if row.enrolment_id}
    enrolments = [None] if act.is_whole else [attempt.enrolment_id for attempt in done]
    for enrolment_id in enrolments:
        entry = Entry(cause, begun, ended, seconds, "", act.reason, act.room_id, enrolment_id)
        if enrolment_id is not None:
            entry = replace(entry, room_id=None)
        earlier = opened.get(enrolment_id) if enrolment_id and act.act == Act.RESTORE else None
        enter(session, act.sitting_id, entry, supersedes=earlier, actor=actor, now=now)


def _end_pauses(
    session: Session,
    act: Intervention,
    done: Sequence[Attempt],
    given: dict[str, int],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """End the open entries of these candidates; a room's once nobody in it is paused any more."""
    rooms = rooms_of(session, [attempt.enrolment_id for attempt in done])
    by_enrolment = {attempt.enrolment_id: given[attempt.id] for attempt in done}
    paused = _paused_rooms(session, act.sitting_id)
    for row in open_entries(session, act.sitting_id):
        if row.enrolment_id is not None:
            if row.enrolment_id not in by_enrolment:
                continue
            seconds = by_enrolment[row.enrolment_id]
        else:
            concerned = [e for e in by_enrolment if row.room_id is None or rooms[e] == row.room_id]
            is_still = bool(paused) if row.room_id is None else row.room_id in paused
            if not concerned or is_still:
                continue
            seconds = max(by_enrolment[e] for e in concerned)
        entry = Entry(
            Cause(row.cause),
            row.begun_at,
            now,
            seconds,
            why_none="" if seconds else _("Ended within the same second."),
            note=row.note,
            room_id=row.room_id,
            enrolment_id=row.enrolment_id,
        )
        enter(session, act.sitting_id, entry, supersedes=row, actor=actor, now=now)


def _paused_rooms(session: Session, sitting_id: int) -> set[int | None]:
    """Rooms in which somebody's clock stands now (None = candidates without a room)."""
    session.flush()
    return set(
        session.scalars(
            select(Enrolment.room_id)
            .join(Attempt, Attempt.enrolment_id == Enrolment.id)
            .where(
                Enrolment.sitting_id == sitting_id,
                Attempt.paused_at.is_not(None),
                Attempt.closed_at.is_(None),
            )
        )
    )


def in_force(session: Session, sitting_id: int) -> list[Interruption]:
    """Entries that nothing supersedes, by when they began."""
    newer = select(Interruption.supersedes_id).where(Interruption.supersedes_id.is_not(None))
    return list(
        session.scalars(
            select(Interruption)
            .where(Interruption.sitting_id == sitting_id, Interruption.id.not_in(newer))
            .order_by(Interruption.begun_at, Interruption.id)
        )
    )


def open_entries(session: Session, sitting_id: int) -> list[Interruption]:
    """Those in force that have not ended."""
    return [row for row in in_force(session, sitting_id) if row.ended_at is None]


def rooms_of(session: Session, enrolment_ids: Iterable[int]) -> dict[int, int | None]:
    """The room of each of these enrolments."""
    rows = session.execute(select(Enrolment.id, Enrolment.room_id).where(Enrolment.id.in_(enrolment_ids)))
    return {row.id: row.room_id for row in rows}
