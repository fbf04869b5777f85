"""Rooms (考场) of a sitting: their grid of seats, who sits beside whom, and the verbs that add, change and delete them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from examsite import audit
from examsite.audit import Actor
from examsite.errors import Invalid, Refused
from examsite.planning.models import Sitting
from examsite.registration import opening
from examsite.registration.models import Enrolment, Room


class HasGrid(Protocol):
    """Anything with rows (front to back) and columns (left to right, seen from the back)."""

    @property
    def rows(self) -> int: ...

    @property
    def columns(self) -> int: ...


def capacity(room: HasGrid) -> int:
    """How many seats the room has."""
    return room.rows * room.columns


def grid(room: HasGrid) -> list[list[int]]:
    """Seat numbers row by row from the front, in an S: down the first column, up the second, down the third."""
    return [
        [
            column * room.rows + (row + 1 if column % 2 == 0 else room.rows - row)
            for column in range(room.columns)
        ]
        for row in range(room.rows)
    ]


def position(room: HasGrid, number: int) -> tuple[int, int]:
    """(row, column) of a seat, both from 0.  ValueError where the room has no such seat."""
    if not 1 <= number <= capacity(room):
        raise ValueError(f"no seat {number} in a room of {room.rows} x {room.columns}")
    column, along = divmod(number - 1, room.rows)
    return (along if column % 2 == 0 else room.rows - 1 - along), column


def neighbours(room: HasGrid) -> list[tuple[int, int]]:
    """Pairs of seat numbers, the lower first, that are beside, before or behind, or diagonal to one another."""
    numbers = grid(room)
    pairs = []
    for row in range(room.rows):
        for column in range(room.columns):
            for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
                if row + down < room.rows and 0 <= column + right < room.columns:
                    one, other = numbers[row][column], numbers[row + down][column + right]
                    pairs.append((min(one, other), max(one, other)))
    return sorted(pairs)


def seat_label(room_number: int, number: int) -> str:
    """01-07: number of the room and of the seat, as tickets and desks show it."""
    return f"{room_number:02d}-{number:02d}"


def seat_number(seat: str | None) -> int | None:
    """The number within the room that a label of an arranged seat names; None before rooms are arranged."""
    _room, dash, number = (seat or "").partition("-")
    return int(number) if dash else None


def room_number(seat: str | None) -> int | None:
    """The number of the room that a label of an arranged seat names; None before rooms are arranged."""
    room, dash, _number = (seat or "").partition("-")
    return int(room) if dash else None


@dataclass(frozen=True, slots=True)
class RoomFacts:
    """What a person says of a room.  networks: CIDR.  code: "" = candidates type nothing."""

    number: int
    rows: int
    columns: int
    name: str = ""
    is_special: bool = False
    code: str = ""
    networks: tuple[str, ...] = ()


class RoomNumberTaken(Invalid):
    """Another room of the sitting has this number."""

    code = "room-number-taken"


class RoomInUse(Refused):
    """Candidates sit in this room, or other records name it."""

    code = "room-in-use"


def add_room(session: Session, sitting: Sitting, facts: RoomFacts, *, actor: Actor, now: datetime) -> Room:
    """A room of the sitting, before it opens.  Raises SittingClosed, RoomNumberTaken."""
    opening.lock(session, sitting)
    opening.check_open(sitting, now=now)
    _check_number(session, sitting.id, facts.number)
    room = Room(sitting_id=sitting.id, **_values(facts))
    session.add(room)
    session.flush()
    audit.record(session, "room.add", of=room, actor=actor, now=now, sitting=sitting.id, **_told(facts))
    return room


def change_room(
    session: Session, room: Room, sitting: Sitting, facts: RoomFacts, *, actor: Actor, now: datetime
) -> None:
    """Change a room before the sitting opens; number and grid only while nobody sits in it.

    Raises SittingClosed, RoomNumberTaken, RoomInUse.
    """
    opening.lock(session, sitting)
    opening.check_open(sitting, now=now)
    if facts.number != room.number:
        _check_number(session, sitting.id, facts.number)
    grid_changes = (facts.number, facts.rows, facts.columns) != (room.number, room.rows, room.columns)
    if grid_changes and _seated(session, room):
        raise RoomInUse(
            _(
                "Candidates have seats in this room, so number, rows and columns are fixed. "
                "Take the arrangement back first, then change the room and draw again."
            )
        )
    for name, value in _values(facts).items():
        setattr(room, name, value)
    audit.record(session, "room.change", of=room, actor=actor, now=now, sitting=sitting.id, **_told(facts))


def delete_room(session: Session, room: Room, sitting: Sitting, *, actor: Actor, now: datetime) -> None:
    """Take a room away before the sitting opens.  Raises SittingClosed, RoomInUse."""
    opening.lock(session, sitting)
    opening.check_open(sitting, now=now)
    if _seated(session, room):
        raise RoomInUse(
            _(
                "Candidates have seats in this room. Take the arrangement back or move them first, then delete the room."
            )
        )
    audit.record(
        session, "room.delete", of=room, actor=actor, now=now, sitting=sitting.id, number=room.number
    )
    try:
        with session.begin_nested():
            session.delete(room)
            session.flush()
    except IntegrityError as error:
        raise RoomInUse(
            _("Other records name this room, such as an invigilator's duty. Remove them first.")
        ) from error


def _check_number(session: Session, sitting_id: int, number: int) -> None:
    taken = select(Room.id).where(Room.sitting_id == sitting_id, Room.number == number)
    if session.scalars(taken).first() is not None:
        raise RoomNumberTaken(_("This sitting has a room No. %(number)d already.", number=number))


def _seated(session: Session, room: Room) -> bool:
    query = select(Enrolment.id).where(Enrolment.room_id == room.id, Enrolment.withdrawn_at.is_(None))
    return session.scalars(query.limit(1)).first() is not None


def _values(facts: RoomFacts) -> dict[str, Any]:
    return {
        "number": facts.number,
        "name": facts.name.strip(),
        "rows": facts.rows,
        "columns": facts.columns,
        "is_special": facts.is_special,
        "code": facts.code.strip(),
        "networks": list(facts.networks),
    }


def _told(facts: RoomFacts) -> dict[str, Any]:
    """What the record keeps: that there is a code, not the code."""
    return {**_values(facts), "code": bool(facts.code.strip())}
