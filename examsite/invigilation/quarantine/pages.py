"""Late answers: admit or refuse them; carry in the outbox of a machine that cannot send."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from examsite import clock, files
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.db import reading, writing
from examsite.errors import Invalid, NotYours, Refused
from examsite.invigilation.blueprint import bp
from examsite.invigilation.extensions import OpenMatter, add_closing_check
from examsite.invigilation.interventions.labels import seconds_label
from examsite.invigilation.quarantine import queries
from examsite.invigilation.quarantine.forms import CarryForm, DecisionForm, OutboxForm
from examsite.invigilation.reach import enrolment_in_reach, rooms_in_reach, sitting_in_reach
from examsite.planning.models import Sitting
from examsite.registration.models import Enrolment
from examsite.sitting import carrying
from examsite.sitting import quarantine as judging
from examsite.sitting.carrying import Carried
from examsite.sitting.models import Attempt


@bp.get("/sittings/<int:sitting_id>/quarantine")
@needs(Permission.INVIGILATE)
def quarantine(sitting_id: int) -> str:
    """Late answers with their evidence, and the form that carries in an outbox."""
    with reading() as session:
        return _page(session, sitting_in_reach(session, sitting_id), DecisionForm(None), OutboxForm(None))


@bp.post("/sittings/<int:sitting_id>/quarantine")
@needs(Permission.INVIGILATE)
def decide_quarantine(sitting_id: int) -> Any:
    """Admit or refuse the ticked ones, once."""
    form = DecisionForm()
    ticked = {int(one) for one in request.form.getlist("answer") if one.isascii() and one.isdigit()}
    decision = request.form.get("decision", "")
    error, status = "", 422
    try:
        with writing() as session:
            sitting = sitting_in_reach(session, sitting_id)
            known = {one.id for one in queries.waiting(session, sitting.id, rooms_in_reach(session, sitting))}
            chosen = sorted(ticked & known)
            if not form.validate():
                return _page(session, sitting, form, OutboxForm(None), ticked=ticked), 422
            if not chosen or decision not in ("admit", "refuse"):
                raise Invalid(_("Tick at least one answer that still waits for a decision."))
            act = judging.admit if decision == "admit" else judging.refuse
            act(session, chosen, reason=form.reason.data, actor=current_person(), now=clock.now())
    except (Invalid, Refused) as refused:
        error, status = refused.message, refused.status
    else:
        done = len(chosen)
        flash(
            ngettext("%(num)s answer counts now.", "%(num)s answers count now.", done)
            if decision == "admit"
            else ngettext("%(num)s answer does not count.", "%(num)s answers do not count.", done),
            "success",
        )
        return redirect(url_for("invigilation.quarantine", sitting_id=sitting_id), 303)
    with reading() as session:
        sitting = sitting_in_reach(session, sitting_id)
        return _page(session, sitting, form, OutboxForm(None), ticked=ticked, error=error), status


@bp.post("/sittings/<int:sitting_id>/outbox")
@needs(Permission.INVIGILATE)
def look_at_outbox(sitting_id: int) -> Any:
    """Look at a file before anything is carried in: whose it is, how much, from when."""
    form = OutboxForm()
    try:
        with writing() as session:
            sitting = sitting_in_reach(session, sitting_id)
            if not form.validate():
                return _page(session, sitting, DecisionForm(None), form), 422
            content = form.file.data.read()
            carried = carrying.read_outbox(content)
            enrolment = _enrolment_of(session, sitting, carried)
            kept = files.keep(session, content, now=clock.now())
            return render_template(
                "invigilation/outbox.html",
                sitting=sitting,
                form=CarryForm(None, digest=kept.digest),
                name=form.file.data.filename,
                enrolment=enrolment,
                **_figures(carried),
            )
    except (Invalid, Refused) as refused:
        form.file.errors = [refused.message]
        status = refused.status
    with reading() as session:
        sitting = sitting_in_reach(session, sitting_id)
        return _page(session, sitting, DecisionForm(None), form), status


@bp.post("/sittings/<int:sitting_id>/outbox/carry")
@needs(Permission.INVIGILATE)
def carry_in_outbox(sitting_id: int) -> Any:
    """Carry in the file that was looked at.  Twice changes nothing."""
    form = CarryForm()
    with writing() as session:
        sitting = sitting_in_reach(session, sitting_id)
        if not form.validate():
            raise Invalid(_("Look at the file first, then carry it in."))
        try:
            content = files.content_of(session, form.digest.data)
        except LookupError as error:
            raise Invalid(_("Look at the file first, then carry it in.")) from error
        carried = carrying.read_outbox(content)
        _enrolment_of(session, sitting, carried)
        outcome = carrying.carry_in(session, carried, actor=current_person(), now=clock.now())
    flash(
        _(
            "Carried in: %(counted)s count, %(late)s wait for your decision below, %(refused)s can't be taken.",
            counted=len(outcome.acknowledged),
            late=len(outcome.quarantined),
            refused=len(outcome.refused),
        ),
        "success",
    )
    return redirect(url_for("invigilation.quarantine", sitting_id=sitting_id), 303)


@add_closing_check
def late_answers_wait(
    session: Session, sitting: Sitting, watched: frozenset[int] | None, _now: datetime
) -> list[OpenMatter]:
    """A sitting is not closed while late answers wait."""
    count = len(queries.waiting(session, sitting.id, watched))
    if not count:
        return []
    sentence = ngettext(
        "%(num)s late answer waits for a decision.", "%(num)s late answers wait for a decision.", count
    )
    return [OpenMatter(sentence, url_for("invigilation.quarantine", sitting_id=sitting.id))]


def _enrolment_of(session: Session, sitting: Sitting, carried: Carried) -> Enrolment:
    """Whose attempt a file names, where it belongs to this sitting and to a room that the person watches."""
    attempt = session.get(Attempt, carried.attempt_id)
    if attempt is not None:
        with suppress(NotYours):
            enrolment = enrolment_in_reach(session, attempt.enrolment_id)
            if enrolment.sitting_id == sitting.id:
                return enrolment
    raise Invalid(_("This file belongs to no candidate of this sitting. Nothing was carried in."))


def _figures(carried: Carried) -> dict[str, Any]:
    made = [record.made_at for record in carried.records]
    return {
        "revisions": len(carried.records),
        "positions": len({record.position for record in carried.records}),
        "first": min(made, default=None),
        "last": max(made, default=None),
    }


def _page(
    session: Session,
    sitting: Sitting,
    form: DecisionForm,
    outbox: OutboxForm,
    *,
    ticked: set[int] | None = None,
    error: str = "",
) -> str:
    watched = rooms_in_reach(session, sitting)
    return render_template(
        "invigilation/quarantine.html",
        sitting=sitting,
        form=form,
        outbox=outbox,
        waiting=queries.waiting(session, sitting.id, watched),
        decided=queries.judged(session, sitting.id, watched),
        ticked=ticked or set(),
        error=error,
        seconds_label=seconds_label,
    )
