"""Seats: the plan of a sitting as grids and as a list, moving one candidate, more time for one candidate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from wtforms.fields.choices import SelectChoice

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.db import reading, writing
from examsite.errors import NotYours
from examsite.planning.models import Sitting
from examsite.registration import checks, opening, policy, queries, seating
from examsite.registration.blueprint import bp
from examsite.registration.models import Enrolment, Room
from examsite.registration.room_forms import FACTORS, OTHER, MoveForm, NeedsForm
from examsite.registration.room_pages import sitting_in_reach
from examsite.registration.rooms import capacity, grid, seat_label


@dataclass(frozen=True, slots=True)
class Desk:
    """One place of the grid; `row` is None where it is free."""

    number: int
    label: str
    row: Enrolment | None


@dataclass(frozen=True, slots=True)
class Seated:
    """A room as a page shows it: its grid from the front, and its candidates by seat."""

    room: Room
    lines: list[list[Desk]]

    @property
    def desks(self) -> list[Desk]:
        """Every desk by number."""
        return sorted((desk for line in self.lines for desk in line), key=lambda desk: desk.number)

    @property
    def taken(self) -> list[Desk]:
        """Desks somebody has, by number."""
        return [desk for desk in self.desks if desk.row is not None]


def seated_rooms(rooms: Sequence[Room], rows: Sequence[Enrolment]) -> list[Seated]:
    """Every room with who sits where."""
    at = {(row.room_id, row.seat): row for row in rows}
    found = []
    for room in rooms:
        lines = [
            [
                Desk(number, label := seat_label(room.number, number), at.get((room.id, label)))
                for number in line
            ]
            for line in grid(room)
        ]
        found.append(Seated(room, lines))
    return found


@bp.get("/sittings/<int:sitting_id>/seats")
@needs(Permission.SEE_PLANS)
def seats(sitting_id: int) -> str:
    """The seat plan, as a grid or as a list."""
    with reading() as session:
        sitting = sitting_in_reach(session, sitting_id)
        known, rows = queries.rooms(session, sitting_id), queries.enrolments(session, sitting_id)
        found = checks.findings(known, rows)
        may_enrol = policy.may_enrol(current_person(), sitting.plan.institution_id)
        return render_template(
            "registration/seats.html",
            sitting=sitting,
            rooms=seated_rooms(known, rows) if seating.is_arranged(rows) else [],
            unseated=found.unseated if seating.is_arranged(rows) else (),
            close={row.id for pair in found.beside for row in pair},
            as_list=request.args.get("view") == "list",
            draws=queries.draws(session, sitting_id),
            moves=queries.moves(session, sitting_id),
            may_move=may_enrol and opening.may_move(sitting, now=clock.now()),
            may_change=may_enrol and opening.is_open(sitting, now=clock.now()),
        )


@bp.get("/enrolments/<int:enrolment_id>/move")
@needs(Permission.ENROL)
def moving(enrolment_id: int) -> str:
    """Ask for the seat and the reason."""
    with reading() as session:
        row, sitting = enrolment_in_reach(session, enrolment_id)
        return _move_page(session, row, sitting, _move_form(session, sitting, fresh=True))


@bp.post("/enrolments/<int:enrolment_id>/move")
@needs(Permission.ENROL)
def move(enrolment_id: int) -> Any:
    """Put the candidate on the free seat."""
    with writing() as session:
        row, sitting = enrolment_in_reach(session, enrolment_id)
        form = _move_form(session, sitting)
        if not form.validate():
            return _move_page(session, row, sitting, form), 422
        try:
            moved = seating.move(
                session,
                row,
                sitting,
                seat=form.seat.data,
                reason=form.reason.data,
                actor=current_person(),
                now=clock.now(),
            )
        except seating.SeatNotFree as fault:
            form.seat.errors = [fault.message]
            return _move_page(session, row, sitting, form), 422
        name, to, sitting_id = row.person.name, moved.to_seat, sitting.id
    flash(_("%(name)s now has the seat %(seat)s.", name=name, seat=to), "success")
    return redirect(url_for("registration.seats", sitting_id=sitting_id), 303)


@bp.get("/enrolments/<int:enrolment_id>/needs", endpoint="needs")
@needs(Permission.ENROL)
def needs_page(enrolment_id: int) -> str:
    """How much time this candidate has, and why."""
    with reading() as session:
        row, sitting = enrolment_in_reach(session, enrolment_id)
        form = NeedsForm(formdata=None)
        percent = row.time_factor_percent
        form.factor.data = str(percent) if percent in FACTORS else OTHER
        form.other.data = None if percent in FACTORS else percent
        form.needs_special_room.data = row.needs_special_room
        return _needs_page(row, sitting, form)


@bp.post("/enrolments/<int:enrolment_id>/needs")
@needs(Permission.ENROL)
def set_needs(enrolment_id: int) -> Any:
    """Keep it, with the reason and by whom."""
    form = NeedsForm()
    with writing() as session:
        row, sitting = enrolment_in_reach(session, enrolment_id)
        if not form.validate():
            return _needs_page(row, sitting, form), 422
        seating.set_needs(
            session,
            row,
            sitting,
            factor_percent=form.percent,
            needs_special_room=form.needs_special_room.data,
            reason=form.reason.data,
            actor=current_person(),
            now=clock.now(),
        )
        name, percent, sitting_id = row.person.name, row.time_factor_percent, sitting.id
        is_misplaced = row in checks.findings(queries.rooms(session, sitting_id), [row]).special_elsewhere
    flash(
        _("%(name)s has %(percent)d %% of the allowed time.", name=name, percent=percent),
        "success",
    )
    if is_misplaced:
        flash(_("The candidate belongs in a special room: move them or draw the seats again."), "warning")
    return redirect(url_for("registration.enrolments", sitting_id=sitting_id), 303)


def enrolment_in_reach(session: Session, enrolment_id: int) -> tuple[Enrolment, Sitting]:
    """An enrolment that is not withdrawn, and its sitting, where the person may change them; else 404."""
    row = queries.enrolment_for(session, enrolment_id)
    if row.withdrawn_at is not None:
        raise NotYours
    return row, sitting_in_reach(session, row.sitting_id, policy.may_enrol)


def _move_form(session: Session, sitting: Sitting, *, fresh: bool = False) -> MoveForm:
    taken = {row.seat for row in queries.enrolments(session, sitting.id)}
    form = MoveForm(formdata=None) if fresh else MoveForm()
    form.seat.choices = [
        SelectChoice(label, label, optgroup=_room_title(room))
        for room in queries.rooms(session, sitting.id)
        for number in range(1, capacity(room) + 1)
        if (label := seat_label(room.number, number)) not in taken or label == form.seat.data
    ]
    return form


def _room_title(room: Room) -> str:
    title = _("Room No. %(number)d", number=room.number) + (f" {room.name}" if room.name else "")
    return f"{title} · {_('special')}" if room.is_special else title


def _move_page(session: Session, row: Enrolment, sitting: Sitting, form: MoveForm) -> str:
    return render_template("registration/move.html", row=row, sitting=sitting, form=form)


def _needs_page(row: Enrolment, sitting: Sitting, form: NeedsForm) -> str:
    return render_template(
        "registration/needs.html",
        row=row,
        sitting=sitting,
        form=form,
        may_change=opening.is_open(sitting, now=clock.now()),
    )
