"""A sitting's rooms: the list with its checks, adding, changing, deleting, drawing the seats."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy
from sqlalchemy.orm import Session

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.db import reading, writing
from examsite.errors import NotYours
from examsite.planning.extensions import SittingLink, add_sitting_link
from examsite.planning.models import Sitting
from examsite.planning.networks import networks_of
from examsite.planning.queries import sitting_for
from examsite.registration import checks, opening, policy, queries, rooms, seating
from examsite.registration.blueprint import bp
from examsite.registration.models import Room
from examsite.registration.policy import May
from examsite.registration.room_forms import DrawForm, RoomForm, TakeBackForm

add_sitting_link(SittingLink(lazy("Rooms and seats"), "registration.rooms", Permission.SEE_PLANS))


@bp.get("/sittings/<int:sitting_id>/rooms", endpoint="rooms")
@needs(Permission.SEE_PLANS)
def rooms_page(sitting_id: int) -> str:
    """The rooms, whether they hold everybody, and what to look at before the opening."""
    with reading() as session:
        return _page(session, sitting_in_reach(session, sitting_id))


@bp.get("/sittings/<int:sitting_id>/rooms/new")
@needs(Permission.ENROL)
def new_room(sitting_id: int) -> str:
    """The form, with the next number."""
    with reading() as session:
        sitting = sitting_in_reach(session, sitting_id, policy.may_enrol)
        known = queries.rooms(session, sitting_id)
        form = RoomForm(formdata=None)
        form.number.data = max((room.number for room in known), default=0) + 1
        if known:
            form.rows.data, form.columns.data = known[-1].rows, known[-1].columns
        return _form_page(sitting, form)


@bp.post("/sittings/<int:sitting_id>/rooms/new")
@needs(Permission.ENROL)
def add_room(sitting_id: int) -> Any:
    """Add the room."""
    form = RoomForm()
    with writing() as session:
        sitting = sitting_in_reach(session, sitting_id, policy.may_enrol)
        if not form.validate():
            return _form_page(sitting, form), 422
        try:
            rooms.add_room(session, sitting, _facts(form), actor=current_person(), now=clock.now())
        except rooms.RoomNumberTaken as fault:
            form.number.errors = [fault.message]
            return _form_page(sitting, form), 422
        number = form.number.data
    flash(_("Room No. %(number)d is added.", number=number), "success")
    return redirect(url_for("registration.rooms", sitting_id=sitting_id), 303)


@bp.get("/rooms/<int:room_id>")
@needs(Permission.ENROL)
def room(room_id: int) -> str:
    """The form of one room."""
    with reading() as session:
        row, sitting = _room(session, room_id)
        form = RoomForm(formdata=None, obj=row)
        form.networks.data = "\n".join(row.networks)
        return _form_page(sitting, form, row)


@bp.post("/rooms/<int:room_id>")
@needs(Permission.ENROL)
def change_room(room_id: int) -> Any:
    """Change the room."""
    form = RoomForm()
    with writing() as session:
        row, sitting = _room(session, room_id)
        if not form.validate():
            return _form_page(sitting, form, row), 422
        try:
            rooms.change_room(session, row, sitting, _facts(form), actor=current_person(), now=clock.now())
        except rooms.RoomNumberTaken as fault:
            form.number.errors = [fault.message]
            return _form_page(sitting, form, row), 422
        except rooms.RoomInUse as fault:
            form.rows.errors = [fault.message]
            return _form_page(sitting, form, row), 422
        sitting_id, number = sitting.id, row.number
    flash(_("Room No. %(number)d is changed.", number=number), "success")
    return redirect(url_for("registration.rooms", sitting_id=sitting_id), 303)


@bp.post("/rooms/<int:room_id>/delete")
@needs(Permission.ENROL)
def delete_room(room_id: int) -> Any:
    """Take the room away."""
    with writing() as session:
        row, sitting = _room(session, room_id)
        sitting_id, number = sitting.id, row.number
        rooms.delete_room(session, row, sitting, actor=current_person(), now=clock.now())
    flash(_("Room No. %(number)d is deleted.", number=number), "info")
    return redirect(url_for("registration.rooms", sitting_id=sitting_id), 303)


@bp.post("/sittings/<int:sitting_id>/seats/draw")
@needs(Permission.ENROL)
def draw_seats(sitting_id: int) -> Any:
    """Give every candidate a seat by a fresh seed."""
    form = DrawForm()
    with writing() as session:
        sitting = sitting_in_reach(session, sitting_id, policy.may_enrol)
        if not form.validate():
            return _page(session, sitting, draw_form=form), 422
        try:
            draw = seating.draw_seats(
                session, sitting, reason=form.reason.data or "", actor=current_person(), now=clock.now()
            )
        except opening.ReasonMissing as fault:
            form.reason.errors = [fault.message]
            return _page(session, sitting, draw_form=form), 422
        number, beside = draw.number, draw.beside
    flash(_("Seats are drawn (draw No. %(number)d).", number=number), "success")
    if beside:
        flash(
            _("%(count)d pairs of one employer still sit beside one another; see below.", count=beside),
            "warning",
        )
    return redirect(url_for("registration.seats", sitting_id=sitting_id), 303)


@bp.post("/sittings/<int:sitting_id>/seats/take-back")
@needs(Permission.ENROL)
def take_back_seats(sitting_id: int) -> Any:
    """Undo the arrangement, so that rooms can be changed."""
    form = TakeBackForm()
    with writing() as session:
        sitting = sitting_in_reach(session, sitting_id, policy.may_enrol)
        if not form.validate():
            return _page(session, sitting, back_form=form), 422
        seating.take_back(
            session, sitting, reason=form.why_back.data, actor=current_person(), now=clock.now()
        )
    flash(_("The arrangement is taken back. Seats are plain numbers until they are drawn again."), "info")
    return redirect(url_for("registration.rooms", sitting_id=sitting_id), 303)


def sitting_in_reach(session: Session, sitting_id: int, may: May = policy.may_see) -> Sitting:
    """The sitting with its plan, where the person may; else 404."""
    sitting = sitting_for(session, sitting_id)
    if not may(current_person(), sitting.plan.institution_id):
        raise NotYours
    return sitting


def _room(session: Session, room_id: int) -> tuple[Room, Sitting]:
    row = queries.room_for(session, room_id)
    return row, sitting_in_reach(session, row.sitting_id, policy.may_enrol)


def _facts(form: RoomForm) -> rooms.RoomFacts:
    return rooms.RoomFacts(
        form.number.data,
        form.rows.data,
        form.columns.data,
        form.name.data or "",
        form.is_special.data,
        form.code.data or "",
        tuple(networks_of(form.networks.data or "")),
    )


def _form_page(sitting: Sitting, form: RoomForm, row: Room | None = None) -> str:
    return render_template("registration/room.html", sitting=sitting, form=form, room=row)


def _page(
    session: Session,
    sitting: Sitting,
    *,
    draw_form: DrawForm | None = None,
    back_form: TakeBackForm | None = None,
) -> str:
    known, rows = queries.rooms(session, sitting.id), queries.enrolments(session, sitting.id)
    ratio = checks.ratio(sitting.plan)
    special = [row for row in rows if row.is_special]
    return render_template(
        "registration/rooms.html",
        sitting=sitting,
        counts=checks.counts(known, rows, ratio),
        candidates=len(rows),
        special=len(special),
        seats=sum(rooms.capacity(room) for room in known if not room.is_special),
        special_seats=sum(rooms.capacity(room) for room in known if room.is_special),
        ratio=ratio,
        arranged=seating.is_arranged(rows),
        findings=checks.findings(known, rows) if seating.is_arranged(rows) else None,
        draws=queries.draws(session, sitting.id),
        draw_form=draw_form or DrawForm(formdata=None),
        back_form=back_form or TakeBackForm(formdata=None),
        may_change=policy.may_enrol(current_person(), sitting.plan.institution_id)
        and opening.is_open(sitting, now=clock.now()),
    )
