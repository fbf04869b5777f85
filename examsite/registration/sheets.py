"""Sheets to print for the rooms of a sitting: door, desks, roll to sign, seat plan."""

from __future__ import annotations

from collections.abc import Sequence

from flask import render_template, request

from examsite import clock
from examsite.access.guard import needs
from examsite.access.permissions import Permission
from examsite.db import reading
from examsite.errors import NotYours
from examsite.registration import checks, queries
from examsite.registration.blueprint import bp
from examsite.registration.models import Enrolment
from examsite.registration.room_pages import sitting_in_reach
from examsite.registration.seat_pages import Seated, seated_rooms


@bp.get("/sittings/<int:sitting_id>/sheets/door")
@needs(Permission.SEE_PLANS)
def door_sheets(sitting_id: int) -> str:
    """门贴: one sheet a room with its seats, tickets and names."""
    return _sheets("registration/sheet_door.html", sitting_id)


@bp.get("/sittings/<int:sitting_id>/sheets/desks")
@needs(Permission.SEE_PLANS)
def desk_sheets(sitting_id: int) -> str:
    """桌贴: labels to cut, one a candidate."""
    return _sheets("registration/sheet_desks.html", sitting_id)


@bp.get("/sittings/<int:sitting_id>/sheets/roll")
@needs(Permission.SEE_PLANS)
def roll_sheets(sitting_id: int) -> str:
    """签到表: who comes signs."""
    return _sheets("registration/sheet_roll.html", sitting_id)


@bp.get("/sittings/<int:sitting_id>/sheets/plan")
@needs(Permission.SEE_PLANS)
def plan_sheets(sitting_id: int) -> str:
    """座次表: the grid of each room."""
    return _sheets("registration/sheet_plan.html", sitting_id)


def ticket_span(seated: Seated, rows: Sequence[Enrolment]) -> str:
    """The room's tickets from first to last; empty where tickets of other rooms lie between them.

    After a draw they usually do, and a door that says "from … to …" would then call in candidates of the next room.
    """
    here = [desk.row.ticket for desk in seated.taken if desk.row is not None]
    if not here:
        return ""
    first, last = min(here), max(here)
    if any(row.seat and first <= row.ticket <= last and row.room_id != seated.room.id for row in rows):
        return ""
    return first if first == last else f"{first} – {last}"


def _sheets(template: str, sitting_id: int) -> str:
    """Every room's sheet, or one room's where `room` names it."""
    with reading() as session:
        sitting = sitting_in_reach(session, sitting_id)
        rows = queries.enrolments(session, sitting_id)
        rooms = queries.rooms(session, sitting_id)
        chosen = request.args.get("room")
        if chosen:
            rooms = [room for room in rooms if str(room.id) == chosen]
            if not rooms:
                raise NotYours
        return render_template(
            template,
            sitting=sitting,
            span=lambda seated: ticket_span(seated, rows),
            rooms=[seated for seated in seated_rooms(rooms, rows) if seated.taken],
            ratio=checks.ratio(sitting.plan),
            printed=clock.now(),
        )
