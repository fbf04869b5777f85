"""考场情况记录单: the list of rooms, one record on paper, the remark, signatures, supplements."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.db import reading, writing
from examsite.errors import Invalid, NotYours, Refused
from examsite.invigilation.blueprint import bp
from examsite.invigilation.board.pages import crumbs_to
from examsite.invigilation.duties.pages import room_name
from examsite.invigilation.duties.queries import rooms_of
from examsite.invigilation.reach import room_in_reach, rooms_in_reach, sitting_in_reach
from examsite.invigilation.records import actions, queries
from examsite.invigilation.records.document import fill
from examsite.invigilation.records.forms import RemarkForm, SignForm, SupplementForm
from examsite.invigilation.records.labels import cause_label, effect_label, event_label, given_label
from examsite.planning.models import Sitting
from examsite.registration.models import Room
from question_bank.questions.model import canonical_hash


@bp.get("/sittings/<int:sitting_id>/records")
@needs(Permission.INVIGILATE)
def records(sitting_id: int) -> str:
    """The record of every room that this person watches, and where each stands."""
    with reading() as session:
        sitting = sitting_in_reach(session, sitting_id)
        return render_template(
            "invigilation/records.html",
            crumbs=crumbs_to(sitting, (_("Room records"), None)),
            sitting=sitting,
            standings=queries.standings(session, sitting, rooms_in_reach(session, sitting)),
            room_name=room_name,
        )


@bp.get("/sittings/<int:sitting_id>/records/<int:room_number>")
@needs(Permission.INVIGILATE)
def record(sitting_id: int, room_number: int) -> str:
    """One record: filled by itself, to be read, remarked, signed and printed.  Room 0 = a sitting without rooms."""
    with reading() as session:
        return _page(session, *_of(session, sitting_id, room_number))


@bp.get("/sittings/<int:sitting_id>/records/<int:room_number>/print")
@needs(Permission.INVIGILATE)
def print_record(sitting_id: int, room_number: int) -> str:
    """The record as a sheet."""
    with reading() as session:
        sitting, room = _of(session, sitting_id, room_number)
        return render_template("invigilation/record_sheet.html", **_values(session, sitting, room))


@bp.post("/sittings/<int:sitting_id>/records/<int:room_number>/remark")
@needs(Permission.INVIGILATE)
def write_remark(sitting_id: int, room_number: int) -> Any:
    """Keep the remark."""
    form = RemarkForm()
    with writing() as session:
        sitting, room = _of(session, sitting_id, room_number)
        if not form.validate():
            return _page(session, sitting, room, remark_form=form), 422
        actions.write_remark(
            session, sitting, room, form.remark.data or "", actor=current_person(), now=clock.now()
        )
    flash(_("The remark is kept."), "success")
    return _back(sitting_id, room_number)


@bp.post("/sittings/<int:sitting_id>/records/<int:room_number>/sign")
@needs(Permission.INVIGILATE)
def sign_record(sitting_id: int, room_number: int) -> Any:
    """Put one's name under the record."""
    form = SignForm()
    with writing() as session:
        sitting, room = _of(session, sitting_id, room_number)
        if not form.validate():
            return _page(session, sitting, room, sign_form=form), 422
        try:
            actions.sign(
                session,
                sitting,
                room,
                digest=form.digest.data or "",
                name=form.name.data,
                password=form.password.data,
                actor=current_person(),
                now=clock.now(),
            )
        except Invalid as fault:
            form[fault.details["field"]].errors = [fault.message]
            return _page(session, sitting, room, sign_form=form), 422
        except Refused as fault:
            form.form_errors.append(fault.message)
            return _page(session, sitting, room, sign_form=form), 409
    flash(_("You have signed the record."), "success")
    return _back(sitting_id, room_number)


@bp.post("/sittings/<int:sitting_id>/records/<int:room_number>/supplement")
@needs(Permission.INVIGILATE)
def supplement_record(sitting_id: int, room_number: int) -> Any:
    """Add to a signed record."""
    form = SupplementForm()
    with writing() as session:
        sitting, room = _of(session, sitting_id, room_number)
        row = queries.record_of(session, sitting.id, room.id if room else None)
        if row is None:
            raise Refused(_("The record is not signed yet: write into the remark."))
        if not form.validate():
            return _page(session, sitting, room, supplement_form=form), 422
        actions.supplement(
            session,
            row,
            text=form.text.data,
            reason=form.reason.data,
            actor=current_person(),
            now=clock.now(),
        )
    flash(_("The supplement is added."), "success")
    return _back(sitting_id, room_number)


def _back(sitting_id: int, room_number: int) -> Any:
    return redirect(url_for("invigilation.record", sitting_id=sitting_id, room_number=room_number), 303)


def _of(session: Session, sitting_id: int, room_number: int) -> tuple[Sitting, Room | None]:
    """The sitting and the room of this number in it, within reach; 0 names the sitting, where it has no rooms."""
    sitting = sitting_in_reach(session, sitting_id)
    rooms = rooms_of(session, sitting_id)
    if not room_number:
        if rooms or rooms_in_reach(session, sitting) is not None:
            raise NotYours
        return sitting, None
    room = next((room for room in rooms if room.number == room_number), None)
    if room is None:
        raise NotYours
    return sitting, room_in_reach(session, sitting, room.id)


def _values(session: Session, sitting: Sitting, room: Room | None) -> dict[str, Any]:
    """What both the page and the sheet show."""
    where = queries.standing(session, sitting, room)
    if where.record is not None:
        document, digest = where.record.document, where.record.digest
    else:
        document = fill(
            session, sitting, room, queries.remark_of(session, sitting.id, room.id if room else None)
        )
        digest = canonical_hash(document)
    return {
        "sitting": sitting,
        "room": room,
        "room_number": room.number if room else 0,
        "title": f"{sitting.title} {room_name(room)}" if room else sitting.title,
        "document": document,
        "digest": digest,
        "standing": where,
        "supplements": queries.supplements(session, where.record.id) if where.record else [],
        "instant": _instant,
        "cause_label": cause_label,
        "effect_label": effect_label,
        "event_label": event_label,
        "given_label": given_label,
    }


def _page(
    session: Session,
    sitting: Sitting,
    room: Room | None,
    *,
    remark_form: RemarkForm | None = None,
    sign_form: SignForm | None = None,
    supplement_form: SupplementForm | None = None,
) -> str:
    values = _values(session, sitting, room)
    sign_form = sign_form or SignForm(formdata=None)
    sign_form.digest.data = values["digest"]
    here = _("Room %(number)02d", number=room.number) if room else sitting.title
    to_sign = {person.id for person in values["standing"].to_sign}
    return render_template(
        "invigilation/record.html",
        crumbs=crumbs_to(
            sitting,
            (_("Room records"), url_for("invigilation.records", sitting_id=sitting.id)),
            (here, None),
        ),
        **values,
        remark_form=remark_form or RemarkForm(formdata=None, remark=values["document"]["remark"]),
        sign_form=sign_form,
        supplement_form=supplement_form or SupplementForm(formdata=None),
        may_sign=current_person().id in to_sign,
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
