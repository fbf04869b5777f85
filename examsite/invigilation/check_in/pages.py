"""Checking candidates in: find one by seat, ticket or name, look twice, let in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.db import reading, writing
from examsite.errors import NotYours, Refused
from examsite.invigilation.blueprint import bp
from examsite.invigilation.board import queries as board
from examsite.invigilation.board.labels import STATES
from examsite.invigilation.board.pages import crumbs_to
from examsite.invigilation.board.states import State, Watched, state_of
from examsite.invigilation.check_in import actions, queries
from examsite.invigilation.check_in.forms import CheckInForm, UndoForm
from examsite.invigilation.reach import enrolment_in_reach, rooms_in_reach, sitting_in_reach
from examsite.registration.models import Enrolment


@bp.get("/sittings/<int:sitting_id>/check-in")
@needs(Permission.INVIGILATE)
def check_ins(sitting_id: int) -> str:
    """Who is still to come, or whoever the search finds."""
    now, wanted = clock.now(), request.args.get("q", "").strip()
    with reading() as session:
        sitting = sitting_in_reach(session, sitting_id)
        everybody = board.watched(session, sitting, rooms_in_reach(session, sitting))
        states = {row.enrolment_id: state_of(row, now) for row in everybody}
        found = _found(everybody, wanted) if wanted else [r for r in everybody if _is_to_come(r)]
        return render_template(
            "invigilation/check_ins.html",
            crumbs=crumbs_to(sitting, (_("Check in"), None)),
            sitting=sitting,
            rows=found,
            wanted=wanted,
            states=states,
            looks=STATES,
            is_to_come=_is_to_come,
            arrived=sum(row.checked_in_at is not None for row in everybody),
            absent=sum(state is State.ABSENT for state in states.values()),
            total=len(everybody),
            last_entry=queries.last_entry(sitting),
        )


@bp.get("/enrolments/<int:enrolment_id>/check-in")
@needs(Permission.INVIGILATE)
def check_in(enrolment_id: int) -> str:
    """The two looks at one candidate."""
    with reading() as session:
        return _page(session, enrolment_in_reach(session, enrolment_id))


@bp.post("/enrolments/<int:enrolment_id>/check-in")
@needs(Permission.INVIGILATE)
def take_check_in(enrolment_id: int) -> Any:
    """Let the candidate in."""
    form = CheckInForm()
    with writing() as session:
        row = enrolment_in_reach(session, enrolment_id)
        if not form.validate():
            return _page(session, row, form), 422
        try:
            actions.check_in(
                session,
                row,
                document_checked=form.document.data,
                face_checked=form.face.data,
                note=form.note.data or "",
                actor=current_person(),
                now=clock.now(),
            )
        except Refused as fault:
            form.form_errors.append(fault.message)
            return _page(session, row, form), 409
        name, seat, sitting_id = row.person.name, row.seat, row.sitting_id
    if seat:
        flash(_("%(name)s is checked in: seat %(seat)s.", name=name, seat=seat), "success")
    else:
        flash(_("%(name)s is checked in, and has no seat yet: ask the office.", name=name), "warning")
    return redirect(url_for("invigilation.check_ins", sitting_id=sitting_id), 303)


@bp.get("/enrolments/<int:enrolment_id>/check-in/undo")
@needs(Permission.INVIGILATE)
def check_in_to_undo(enrolment_id: int) -> str:
    """The form that asks why."""
    with reading() as session:
        return _undo_page(enrolment_in_reach(session, enrolment_id), UndoForm(formdata=None))


@bp.post("/enrolments/<int:enrolment_id>/check-in/undo")
@needs(Permission.INVIGILATE)
def undo_check_in(enrolment_id: int) -> Any:
    """Take the check-in back."""
    form = UndoForm()
    with writing() as session:
        row = enrolment_in_reach(session, enrolment_id)
        if not form.validate():
            return _undo_page(row, form), 422
        check = queries.standing(session, enrolment_id)
        if check is None:
            raise Refused(_("This check-in was taken back before."))
        actions.undo(session, check, reason=form.reason.data, actor=current_person(), now=clock.now())
    flash(_("The check-in is taken back. It stays in the record."), "info")
    return redirect(url_for("invigilation.candidate", enrolment_id=enrolment_id), 303)


def _is_to_come(row: Watched) -> bool:
    return row.checked_in_at is None and not row.is_absent and row.closed_at is None


def _found(rows: Sequence[Watched], wanted: str) -> list[Watched]:
    """By seat (7 finds 01-07 too), end of the ticket, or part of the name."""
    exact = [r for r in rows if wanted in (r.seat, r.ticket)]
    if exact:
        return exact
    return [
        row
        for row in rows
        if wanted.casefold() in row.name.casefold()
        or (wanted.isdigit() and (row.ticket.endswith(wanted) or _seat_digits(row.seat) == int(wanted)))
    ]


def _seat_digits(seat: str | None) -> int | None:
    last = (seat or "").rpartition("-")[2]
    return int(last) if last.isdigit() else None


def _page(session: Session, row: Enrolment, form: CheckInForm | None = None) -> str:
    if row.withdrawn_at is not None:
        raise NotYours
    sitting = row.sitting
    return render_template(
        "invigilation/check_in.html",
        crumbs=crumbs_to(
            sitting,
            (_("Check in"), url_for("invigilation.check_ins", sitting_id=sitting.id)),
            (row.person.name, None),
        ),
        sitting=sitting,
        enrolment=row,
        form=form or CheckInForm(formdata=None),
        standing=queries.standing(session, row.id),
        is_absent=queries.is_absent(session, row.id),
        last_entry=queries.last_entry(sitting),
    )


def _undo_page(row: Enrolment, form: UndoForm) -> str:
    here = url_for("invigilation.candidate", enrolment_id=row.id)
    return render_template(
        "invigilation/undo_check_in.html",
        crumbs=crumbs_to(row.sitting, (row.person.name, here), (_("Undo the check-in"), None)),
        enrolment=row,
        form=form,
    )
