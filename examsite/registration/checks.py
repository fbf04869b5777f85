"""What to look at before the opening: seats against candidates, who sits beside whom, how many invigilators."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from examsite.errors import Refused
from examsite.planning import figures
from examsite.planning.models import Plan
from examsite.registration.arranging import still_beside
from examsite.registration.models import Enrolment, Room
from examsite.registration.rooms import capacity, seat_number
from examsite.registration.seating import places, spaces


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many candidates one invigilator watches, and how many are there at least, as the standard's data say.

    verified: a person compared both figures with the printed standard.  source: where they come from.
    """

    candidates_per_invigilator: int
    least: int
    verified: bool
    source: str

    def needed(self, candidates: int) -> int:
        """How many invigilators a room with so many candidates needs; none for an empty one."""
        return max(self.least, math.ceil(candidates / self.candidates_per_invigilator)) if candidates else 0


@dataclass(frozen=True, slots=True)
class RoomCount:
    """One room with who sits in it.  invigilators: as the ratio says, None where the standard's data say nothing."""

    room: Room
    seated: int
    invigilators: int | None

    @property
    def capacity(self) -> int:
        return capacity(self.room)

    @property
    def free(self) -> int:
        return self.capacity - self.seated


@dataclass(frozen=True, slots=True)
class Findings:
    """What a person should look at.  Lists of candidates; `beside`: pairs of one employer."""

    unseated: tuple[Enrolment, ...]
    on_one_seat: tuple[Enrolment, ...]
    outside_grid: tuple[Enrolment, ...]
    special_elsewhere: tuple[Enrolment, ...]
    others_in_special: tuple[Enrolment, ...]
    alone: tuple[Enrolment, ...]
    beside: tuple[tuple[Enrolment, Enrolment], ...]


def ratio(plan: Plan) -> Ratio | None:
    """The standard's ratio of the theory examination at the plan's level; None where its data have none."""
    try:
        others = dict(figures.theory_rule(plan).others)
    except Refused:
        return None
    per, least = others.get("candidates_per_invigilator"), others.get("least_invigilators")
    if per is None or per.value is None or least is None or least.value is None:
        return None
    return Ratio(int(per.value), int(least.value), per.verified and least.verified, per.source)


def counts(rooms: Sequence[Room], rows: Sequence[Enrolment], by: Ratio | None) -> list[RoomCount]:
    """Every room with how many sit in it."""
    seated = {room.id: 0 for room in rooms}
    for row in rows:
        if row.room_id in seated:
            seated[row.room_id] += 1
    return [RoomCount(room, seated[room.id], by.needed(seated[room.id]) if by else None) for room in rooms]


def findings(rooms: Sequence[Room], rows: Sequence[Enrolment]) -> Findings:
    """What is unusual in the arrangement as it stands now."""
    by_room = {room.id: room for room in rooms}
    by_id = {row.id: row for row in rows}
    seated = [row for row in rows if row.room_id in by_room]
    taken: dict[tuple[int, int], list[Enrolment]] = {}
    for id_, place in places(seated).items():
        taken.setdefault(place, []).append(by_id[id_])
    special_rooms = any(room.is_special for room in rooms)
    pairs = still_beside(places(seated), {row.id: row.person.employer for row in rows}, spaces(rooms))
    return Findings(
        unseated=tuple(row for row in rows if row.room_id not in by_room),
        on_one_seat=tuple(row for group in taken.values() if len(group) > 1 for row in group),
        outside_grid=tuple(row for row in seated if not _is_in(row, by_room)),
        special_elsewhere=tuple(
            row for row in seated if row.is_special and not by_room[row.room_id or 0].is_special
        )
        if special_rooms
        else (),
        others_in_special=tuple(
            row for row in seated if not row.is_special and by_room[row.room_id or 0].is_special
        ),
        alone=tuple(
            group[0] for room in rooms if len(group := [row for row in seated if row.room_id == room.id]) == 1
        ),
        beside=tuple((by_id[a], by_id[b]) for a, b in pairs),
    )


def _is_in(row: Enrolment, by_room: dict[int, Room]) -> bool:
    number = seat_number(row.seat)
    return number is not None and 1 <= number <= capacity(by_room[row.room_id or 0])
