"""Sheets to print for the rooms of a sitting: door, desks, roll to sign, seat plan."""

from __future__ import annotations

from flask import render_template, request

from examsite import clock
from examsite.access.guard import needs
from examsite.access.permissions import Permission
from examsite.db import reading
from examsite.errors import NotYours
from examsite.registration import checks, queries
from examsite.registration.blueprint import bp
from examsite.registration.room_pages import sitting_in_reach
from examsite.registration.seat_pages import seated_rooms


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
            rooms=[seated for seated in seated_rooms(rooms, rows) if seated.taken],
            ratio=checks.ratio(sitting.plan),
            printed=clock.now(),
        )
