"""Verbs on seats: draw them for a whole sitting, take the arrangement back, move one candidate, who needs more time."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from flask_babel import gettext as _
from sqlalchemy import Table, bindparam, func, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from examsite import audit
from examsite.audit import Actor
from examsite.errors import Invalid, Refused
from examsite.planning.models import Sitting
from examsite.registration import arranging, opening, queries
from examsite.registration.arranging import Sitter, Space, TooFewSeats
from examsite.registration.extensions import seats_changed
from examsite.registration.models import Enrolment, Room, SeatDraw, SeatMove
from examsite.registration.rooms import capacity, seat_label, seat_number

LEAST_FACTOR, MOST_FACTOR = 100, 300


class NothingToDraw(Refused):
    """There are no rooms, or nobody to seat."""

    code = "nothing-to-draw"


class SeatsMissing(Refused):
    """The rooms are too small."""

    code = "seats-missing"


class SeatNotFree(Invalid):
    """The seat does not exist, or somebody has it."""

    code = "seat-not-free"


class BadFactor(Invalid):
    """The time factor is outside its bounds."""

    code = "bad-factor"


def draw_seats(
    session: Session,
    sitting: Sitting,
    *,
    reason: str = "",
    seed: str | None = None,
    actor: Actor,
    now: datetime,
) -> SeatDraw:
    """Give every candidate a seat by a seed, drawn here unless given.  A second draw needs its reason.

    Raises SittingClosed, NothingToDraw, SeatsMissing, ReasonMissing.
    """
    opening.lock(session, sitting)
    opening.check_open(sitting, now=now)
    rooms = queries.rooms(session, sitting.id)
    rows = queries.enrolments(session, sitting.id)
    if not rooms:
        raise NothingToDraw(_("This sitting has no rooms. Add its rooms first."))
    if not rows:
        raise NothingToDraw(_("Nobody is enrolled in this sitting. Enrol the candidates first."))
    if is_arranged(rows):
        reason = opening.needed_reason(reason)
    seed = seed or secrets.token_hex(16)
    try:
        arranged = arranging.arrange(
            [Sitter(row.id, row.person.employer, row.is_special) for row in rows], spaces(rooms), seed
        )
    except TooFewSeats as short:
        raise SeatsMissing(_missing(short)) from short
    numbers = {room.id: room.number for room in rooms}
    seats = {id_: (room_id, seat_label(numbers[room_id], n)) for id_, (room_id, n) in arranged.seats.items()}
    _give(session, sitting, rows, seats)
    last = session.scalar(select(func.max(SeatDraw.number)).where(SeatDraw.sitting_id == sitting.id))
    draw = SeatDraw(
        sitting_id=sitting.id,
        number=(last or 0) + 1,
        seed=seed,
        reason=reason.strip(),
        beside=len(arranged.beside),
        seats={str(id_): seat for id_, (_room, seat) in sorted(seats.items())},
        drawn_by_id=actor.id,
        drawn_at=now,
    )
    session.add(draw)
    session.flush()
    audit.record(
        session,
        "seats.draw",
        of=draw,
        actor=actor,
        now=now,
        sitting=sitting.id,
        number=draw.number,
        seed=seed,
        candidates=len(rows),
        beside=draw.beside,
        reason=draw.reason,
    )
    seats_changed(session, sitting, actor=actor, now=now, anew=True)
    return draw


def take_back(session: Session, sitting: Sitting, *, reason: str, actor: Actor, now: datetime) -> None:
    """Undo the arrangement: seats are numbers again in the order of enrolment.  Raises SittingClosed, ReasonMissing."""
    opening.lock(session, sitting)
    opening.check_open(sitting, now=now)
    reason = opening.needed_reason(reason)
    rows = queries.enrolments(session, sitting.id)
    ordered = sorted(rows, key=lambda row: row.id)
    _give(session, sitting, rows, {row.id: (None, str(n)) for n, row in enumerate(ordered, start=1)})
    audit.record(session, "seats.take_back", of=sitting, actor=actor, now=now, reason=reason)
    seats_changed(session, sitting, actor=actor, now=now, anew=True)


def move(
    session: Session, row: Enrolment, sitting: Sitting, *, seat: str, reason: str, actor: Actor, now: datetime
) -> SeatMove:
    """Put a candidate on another free seat of the sitting's rooms, also while it runs (a spare machine).

    Raises SittingClosed, ReasonMissing, SeatNotFree.
    """
    opening.lock(session, sitting)
    if not opening.may_move(sitting, now=now):
        raise opening.SittingClosed(_("This sitting is over or cancelled, so nobody can be moved."))
    reason = opening.needed_reason(reason)
    session.refresh(row, ["seat", "room_id", "withdrawn_at"])
    if row.withdrawn_at is not None:
        raise Refused(_("This candidate was withdrawn before."))
    rooms = {seat_label(room.number, n): room for room, n in _all_seats(session, sitting)}
    room = rooms.get(seat)
    taken = select(Enrolment.id).where(Enrolment.sitting_id == sitting.id, Enrolment.seat == seat)
    if room is None:
        raise SeatNotFree(_("There is no seat %(seat)s in the rooms of this sitting.", seat=seat))
    if session.scalars(taken).first() is not None:
        raise SeatNotFree(_("Somebody has the seat %(seat)s. Choose a free one.", seat=seat))
    moved = SeatMove(
        enrolment_id=row.id,
        from_seat=row.seat or "",
        to_seat=seat,
        reason=reason,
        moved_by_id=actor.id,
        moved_at=now,
    )
    row.seat, row.room_id = seat, room.id
    session.add(moved)
    session.flush()
    audit.record(
        session,
        "seat.move",
        of=row,
        actor=actor,
        now=now,
        ticket=row.ticket,
        from_seat=moved.from_seat,
        to_seat=seat,
        reason=reason,
    )
    if now < sitting.opens_at:
        seats_changed(session, sitting, actor=actor, now=now, anew=True)
    return moved


def set_needs(
    session: Session,
    row: Enrolment,
    sitting: Sitting,
    *,
    factor_percent: int,
    needs_special_room: bool,
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Give a candidate more time (100 = the allowed time, 130 = three tenths more) or a special room, before the opening.

    Raises SittingClosed, ReasonMissing, BadFactor.
    """
    opening.lock(session, sitting)
    opening.check_open(sitting, now=now)
    reason = opening.needed_reason(reason)
    if not LEAST_FACTOR <= factor_percent <= MOST_FACTOR:
        raise BadFactor(_("The time is from 100 % to 300 % of the allowed time."))
    session.refresh(row, ["withdrawn_at", "time_factor_percent", "needs_special_room"])
    if row.withdrawn_at is not None:
        raise Refused(_("This candidate was withdrawn before."))
    before = (row.time_factor_percent, row.needs_special_room)
    row.time_factor_percent, row.needs_special_room = factor_percent, needs_special_room
    row.time_factor_reason = reason
    audit.record(
        session,
        "enrolment.set_needs",
        of=row,
        actor=actor,
        now=now,
        ticket=row.ticket,
        factor_percent=factor_percent,
        needs_special_room=needs_special_room,
        before={"factor_percent": before[0], "needs_special_room": before[1]},
        reason=reason,
    )


def is_arranged(rows: Sequence[Enrolment]) -> bool:
    """Whether these candidates have seats in rooms."""
    return any(row.room_id is not None for row in rows)


def spaces(rooms: Sequence[Room]) -> list[Space]:
    """The rooms as the arrangement takes them."""
    return [Space(room.id, room.rows, room.columns, room.is_special) for room in rooms]


def places(rows: Sequence[Enrolment]) -> dict[int, tuple[int, int]]:
    """Room id and seat number of every seated candidate, by enrolment id."""
    return {
        row.id: (row.room_id, number)
        for row in rows
        if row.room_id is not None and (number := seat_number(row.seat)) is not None
    }


def _all_seats(session: Session, sitting: Sitting) -> list[tuple[Room, int]]:
    found = queries.rooms(session, sitting.id)
    return [(room, number) for room in found for number in range(1, capacity(room) + 1)]


def _give(
    session: Session, sitting: Sitting, rows: Sequence[Enrolment], seats: Mapping[int, tuple[int | None, str]]
) -> None:
    """Write seats for all at once.  They are emptied first: a seat is nobody's while it changes hands."""
    table = cast(Table, Enrolment.__table__)
    session.execute(update(table).where(table.c.sitting_id == sitting.id).values(seat=None, room_id=None))
    session.execute(
        update(table)
        .where(table.c.id == bindparam("row"))
        .values(seat=bindparam("to"), room_id=bindparam("room")),
        [{"row": id_, "to": seat, "room": room_id} for id_, (room_id, seat) in seats.items()],
    )
    for row in rows:
        room_id, seat = seats[row.id]
        set_committed_value(row, "seat", seat)
        set_committed_value(row, "room_id", room_id)


def _missing(short: TooFewSeats) -> str:
    if short.is_special:
        return str(
            _(
                "The special rooms are %(short)d seats too small for who belongs in them. Add a special room.",
                short=short.short,
            )
        )
    return str(
        _("The rooms are %(short)d seats too small. Add a room or make one larger.", short=short.short)
    )
