"""The ledger of interruptions: what stands in it, a new entry, an entry put right."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.db import reading, writing
from examsite.errors import Invalid, NotYours, Refused
from examsite.invigilation.blueprint import bp
from examsite.invigilation.interventions import ledger, queries
from examsite.invigilation.interventions.forms import InterruptionForm
from examsite.invigilation.interventions.labels import cause_label, seconds_label
from examsite.invigilation.interventions.ledger import Entry
from examsite.invigilation.interventions.models import Cause, Interruption
from examsite.invigilation.reach import rooms_in_reach, sitting_in_reach
from examsite.pages import from_local_input, local_time
from examsite.planning.models import Sitting


@bp.get("/sittings/<int:sitting_id>/interruptions")
@needs(Permission.INVIGILATE)
def interruptions(sitting_id: int) -> str:
    """The ledger, and the form of a new entry."""
    with reading() as session:
        sitting = sitting_in_reach(session, sitting_id)
        return _page(session, sitting, _form(session, sitting))


@bp.post("/sittings/<int:sitting_id>/interruptions")
@needs(Permission.INVIGILATE)
def enter_interruption(sitting_id: int) -> Any:
    """A new entry."""
    return _enter(sitting_id, None)


@bp.get("/interruptions/<int:interruption_id>")
@needs(Permission.INVIGILATE)
def interruption(interruption_id: int) -> str:
    """An entry, in a form that puts a newer one in its place: its end, or what was wrong."""
    with reading() as session:
        row, sitting = _in_reach(session, interruption_id)
        return _page(session, sitting, _form(session, sitting, row), row)


@bp.post("/interruptions/<int:interruption_id>")
@needs(Permission.INVIGILATE)
def supersede_interruption(interruption_id: int) -> Any:
    """The newer entry."""
    with reading() as session:
        _row, sitting = _in_reach(session, interruption_id)
    return _enter(sitting.id, interruption_id)


def _enter(sitting_id: int, supersedes: int | None) -> Any:
    error = ""
    try:
        with writing() as session:
            sitting = sitting_in_reach(session, sitting_id)
            row = _in_reach(session, supersedes)[0] if supersedes else None
            form = _form(session, sitting, posted=True)
            if not form.validate():
                return _page(session, sitting, form, row), 422
            entry = _entry(form)
            ledger.enter(session, sitting.id, entry, supersedes=row, actor=current_person(), now=clock.now())
    except ledger.WhyNone as missing:
        form.why_none.errors = [missing.message]
        status = missing.status
    except (Invalid, Refused) as refused:
        error, status = refused.message, refused.status
    else:
        flash(_("The ledger has it now."), "success")
        return redirect(url_for("invigilation.interruptions", sitting_id=sitting_id), 303)
    with reading() as session:
        sitting = sitting_in_reach(session, sitting_id)
        row = queries.interruption(session, supersedes) if supersedes else None
        return _page(session, sitting, form, row, error), status


def _in_reach(session: Session, interruption_id: int) -> tuple[Interruption, Sitting]:
    row = queries.interruption(session, interruption_id)
    if row is None:
        raise NotYours()
    sitting = sitting_in_reach(session, row.sitting_id)
    if not queries.concerns(row, rooms_in_reach(session, sitting)):
        raise NotYours()
    return row, sitting


def _form(
    session: Session, sitting: Sitting, row: Interruption | None = None, *, posted: bool = False
) -> InterruptionForm:
    values: dict[str, Any] = {}
    if row is not None:
        values = {
            "whom": _whom(row),
            "cause": row.cause,
            "begun_at": local_time(row.begun_at),
            "ended_at": local_time(row.ended_at or clock.now()).replace(microsecond=0),
            "restored_minutes": row.restored_seconds // 60,
            "why_none": row.why_none,
            "note": row.note,
        }
    watched = rooms_in_reach(session, sitting)
    form = InterruptionForm(request.form if posted else None, **values)
    form.whom.choices = [
        *([("all", _("everybody in the sitting"))] if watched is None else []),
        *(
            (f"room:{r.id}", _("everybody in room %(n)s", n=r.number))
            for r in queries.rooms(session, sitting.id)
        ),
        *(
            (f"seat:{one.enrolment.id}", f"{one.enrolment.seat or '–'} {one.enrolment.person.name}")
            for one in queries.candidates(session, sitting.id, watched)
        ),
    ]
    return form


def _whom(row: Interruption) -> str:
    if row.room_id is not None:
        return f"room:{row.room_id}"
    return f"seat:{row.enrolment_id}" if row.enrolment_id is not None else "all"


def _entry(form: InterruptionForm) -> Entry:
    kind, _colon, number = form.whom.data.partition(":")
    return Entry(
        Cause(form.cause.data),
        from_local_input(form.begun_at.data),
        from_local_input(form.ended_at.data) if form.ended_at.data else None,
        (form.restored_minutes.data or 0) * 60,
        form.why_none.data or "",
        form.note.data or "",
        int(number) if kind == "room" else None,
        int(number) if kind == "seat" else None,
    )


def _page(
    session: Session,
    sitting: Sitting,
    form: InterruptionForm,
    row: Interruption | None = None,
    error: str = "",
) -> str:
    return render_template(
        "invigilation/interruption.html" if row else "invigilation/interruptions.html",
        sitting=sitting,
        form=form,
        row=row,
        error=error,
        rows=queries.interruptions(session, sitting.id, rooms_in_reach(session, sitting)),
        cause_label=cause_label,
        seconds_label=seconds_label,
    )
