"""The seat plan: which candidate sits where in a room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from examsite.invigilation.board.states import Watched
from examsite.registration.models import Room
from examsite.registration.rooms import grid, seat_number


@dataclass(frozen=True, slots=True)
class Plan:
    """One room: rows of seats from the front, each a number and who sits there; and those without a place in the grid.

    room: None = candidates who were given no room.
    """

    room: Room | None
    rows: list[list[tuple[int, Watched | None]]]
    loose: list[Watched]


def plans(rooms: Sequence[Room], candidates: Sequence[Watched]) -> list[Plan]:
    """A plan for each room, and one of those in no room where there are any."""
    by_room: dict[int | None, list[Watched]] = {}
    known = {room.id for room in rooms}
    for row in candidates:
        by_room.setdefault(row.room_id if row.room_id in known else None, []).append(row)
    found = [_plan(room, by_room.get(room.id, [])) for room in rooms]
    if None in by_room:
        found.append(Plan(None, [], by_room[None]))
    return found


def _plan(room: Room, candidates: Sequence[Watched]) -> Plan:
    seated: dict[int, Watched] = {}
    loose = []
    for row in candidates:
        number = seat_number(row.seat)
        if number is None or not 1 <= number <= room.rows * room.columns:
            loose.append(row)
        else:
            seated[number] = row
    return Plan(room, [[(number, seated.get(number)) for number in line] for line in grid(room)], loose)
