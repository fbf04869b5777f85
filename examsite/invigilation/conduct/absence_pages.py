"""缺考: who did not come, marked after the late limit; a mistaken mark is taken back with a reason."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.db import reading, writing
from examsite.errors import Refused
from examsite.invigilation.blueprint import bp
from examsite.invigilation.conduct import actions, queries
from examsite.invigilation.conduct.forms import ReasonForm
from examsite.invigilation.reach import enrolment_in_reach, rooms_in_reach, sitting_in_reach
from examsite.planning.models import Sitting


@bp.get("/sittings/<int:sitting_id>/absences")
@needs(Permission.INVIGILATE)
def absences(sitting_id: int) -> str:
    """Who has not arrived, and who is marked."""
    with reading() as session:
        return _page(session, sitting_in_reach(session, sitting_id))


@bp.post("/sittings/<int:sitting_id>/absences")
@needs(Permission.INVIGILATE)
def mark_absences(sitting_id: int) -> Any:
    """Mark those who were ticked."""
    ticked = {int(one) for one in request.form.getlist("enrolment") if one.isascii() and one.isdigit()}
    try:
        with writing() as session:
            sitting = sitting_in_reach(session, sitting_id)
            known = {
                one.id for one in queries.not_arrived(session, sitting.id, rooms_in_reach(session, sitting))
            }
            marked = actions.mark_absent(
                session, sitting, sorted(ticked & known), actor=current_person(), now=clock.now()
            )
    except Refused as refused:
        with reading() as session:
            return _page(session, sitting_in_reach(session, sitting_id), refused.message), refused.status
    if marked:
        flash(
            ngettext("%(num)s candidate is marked absent.", "%(num)s candidates are marked absent.", marked),
            "success",
        )
    else:
        flash(_("Nobody was marked: they came meanwhile, or were marked already."), "info")
    return redirect(url_for("invigilation.absences", sitting_id=sitting_id), 303)


@bp.get("/enrolments/<int:enrolment_id>/absence")
@needs(Permission.INVIGILATE)
def absence(enrolment_id: int) -> str:
    """The form that takes a mark back."""
    with reading() as session:
        return _one(session, enrolment_id, ReasonForm(None))


@bp.post("/enrolments/<int:enrolment_id>/absence")
@needs(Permission.INVIGILATE)
def take_back_absence(enrolment_id: int) -> Any:
    """The mark was a mistake."""
    form = ReasonForm()
    with writing() as session:
        enrolment = enrolment_in_reach(session, enrolment_id)
        if not form.validate():
            return _one(session, enrolment_id, form), 422
        actions.take_back_absence(
            session, enrolment, form.reason.data, actor=current_person(), now=clock.now()
        )
    flash(_("The mark of absence is taken back."), "success")
    return redirect(url_for("invigilation.absences", sitting_id=enrolment.sitting_id), 303)


def _one(session: Session, enrolment_id: int, form: ReasonForm) -> str:
    enrolment = enrolment_in_reach(session, enrolment_id)
    return render_template(
        "invigilation/absence.html",
        enrolment=enrolment,
        sitting=session.get_one(Sitting, enrolment.sitting_id),
        mark=queries.absence_of(session, enrolment.id),
        form=form,
    )


def _page(session: Session, sitting: Sitting, error: str = "") -> str:
    watched = rooms_in_reach(session, sitting)
    since = actions.absent_from(sitting)
    return render_template(
        "invigilation/absences.html",
        sitting=sitting,
        missing=queries.not_arrived(session, sitting.id, watched),
        marked=queries.absent_people(session, sitting.id, watched),
        since=since,
        may_mark=clock.now() > since,
        error=error,
    )
