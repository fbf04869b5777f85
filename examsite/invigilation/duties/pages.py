"""The invigilator's first page, and the page on which staff say who watches a sitting."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy
from sqlalchemy.orm import Session
from wtforms.fields.choices import SelectChoice

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.access.scope import SignedIn
from examsite.db import reading, writing
from examsite.errors import Refused
from examsite.invigilation import policy
from examsite.invigilation.blueprint import bp
from examsite.invigilation.duties import actions, queries
from examsite.invigilation.duties.forms import DutyForm, EndDutyForm
from examsite.invigilation.duties.models import InvigilatorDuty
from examsite.invigilation.reach import duty_in_reach, sitting_for_duties
from examsite.planning.extensions import SittingLink, add_sitting_link
from examsite.planning.models import Sitting
from examsite.registration.models import Room
from examsite.registration.queries import candidate_counts

add_sitting_link(SittingLink(lazy("Invigilators"), "invigilation.sitting_duties", Permission.EDIT_PLANS))


@bp.get("/")
@needs(Permission.INVIGILATE)
def mine() -> str:
    """The sittings of today that this person watches, and those to come."""
    person, now = current_person(), clock.now()
    with reading() as session:
        today, later = queries.sittings_to_watch(
            session, person.id, person.institutions(Permission.INVIGILATE), _sees_all_of(person), now=now
        )
        ids = [row.id for row in (*today, *later)]
        return render_template(
            "invigilation/mine.html",
            today=today,
            later=later,
            counts=candidate_counts(session, ids),
            places=queries.places_of(session, ids, person.id),
        )


@bp.get("/sittings/<int:sitting_id>/duties")
@needs(Permission.EDIT_PLANS)
def sitting_duties(sitting_id: int) -> str:
    """Who watches this sitting."""
    with reading() as session:
        return _page(session, sitting_for_duties(session, sitting_id))


@bp.post("/sittings/<int:sitting_id>/duties")
@needs(Permission.EDIT_PLANS)
def give_duty(sitting_id: int) -> Any:
    """Let somebody watch this sitting or one of its rooms."""
    with writing() as session:
        row = sitting_for_duties(session, sitting_id)
        form, people, rooms = _form(session, row)
        if not form.validate():
            return _page(session, row, form), 422
        try:
            actions.give_duty(
                session,
                row,
                rooms.get(form.room.data),
                people[form.person.data],
                actor=current_person(),
                now=clock.now(),
            )
        except Refused as fault:
            form.person.errors = [fault.message]
            return _page(session, row, form), 409
    flash(_("The duty is given."), "success")
    return redirect(url_for("invigilation.sitting_duties", sitting_id=sitting_id), 303)


@bp.get("/duties/<int:watch_id>/end")
@needs(Permission.EDIT_PLANS)
def duty_to_end(watch_id: int) -> str:
    """The form that asks why a duty ends."""
    with reading() as session:
        return _end_page(duty_in_reach(session, watch_id), EndDutyForm(formdata=None))


@bp.post("/duties/<int:watch_id>/end")
@needs(Permission.EDIT_PLANS)
def end_duty(watch_id: int) -> Any:
    """Withdraw a duty."""
    form = EndDutyForm()
    with writing() as session:
        duty = duty_in_reach(session, watch_id)
        if not form.validate():
            return _end_page(duty, form), 422
        sitting_id = duty.sitting_id
        actions.end_duty(session, duty, reason=form.reason.data, actor=current_person(), now=clock.now())
    flash(_("The duty is withdrawn."), "info")
    return redirect(url_for("invigilation.sitting_duties", sitting_id=sitting_id), 303)


def _sees_all_of(person: SignedIn) -> frozenset[int] | None:
    """Institutions whose every sitting this person sees; None = all."""
    watches = person.institutions(Permission.INVIGILATE)
    plans = person.institutions(Permission.SEE_PLANS)
    if watches is None or plans is None:
        return plans if watches is None else watches
    return frozenset(i for i in watches & plans if policy.sees_every_sitting(person, i))


def _form(session: Session, sitting: Sitting) -> tuple[DutyForm, dict[int, Any], dict[int, Room]]:
    people = {row.id: row for row in queries.who_may_watch(session, sitting.plan.institution_id)}
    rooms = {row.id: row for row in queries.rooms_of(session, sitting.id)}
    form = DutyForm()
    form.person.choices = [SelectChoice(row.id, row.name) for row in people.values()]
    form.room.choices = [SelectChoice(0, _("The whole sitting"))]
    form.room.choices += [SelectChoice(row.id, room_name(row)) for row in rooms.values()]
    return form, people, rooms


def room_name(room: Room) -> str:
    """第 01 考场, with the name of the place where it has one."""
    number = _("Room %(number)02d", number=room.number)
    return f"{number} · {room.name}" if room.name else number


def _page(session: Session, sitting: Sitting, form: DutyForm | None = None) -> str:
    empty, people, rooms = _form(session, sitting)
    held = queries.duties(session, sitting.id)
    watched = {duty.room_id for duty in held}
    return render_template(
        "invigilation/duties.html",
        sitting=sitting,
        form=form or empty,
        people=people,
        duties=held,
        unwatched=[] if None in watched else [room for room in rooms.values() if room.id not in watched],
        room_name=room_name,
    )


def _end_page(duty: InvigilatorDuty, form: EndDutyForm) -> str:
    return render_template(
        "invigilation/end_duty.html", duty=duty, sitting=duty.sitting, form=form, room_name=room_name
    )
