"""违纪: recording it with evidence, correcting or taking a record back, signing as witness."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, send_file, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from wtforms.fields import SelectChoice

from examsite import clock, files
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.db import reading, writing
from examsite.errors import Invalid, NotYours, Refused
from examsite.invigilation.blueprint import bp
from examsite.invigilation.conduct import actions, evidence, queries
from examsite.invigilation.conduct.actions import Report
from examsite.invigilation.conduct.forms import MisconductForm, ReasonForm
from examsite.invigilation.conduct.labels import effect_label
from examsite.invigilation.conduct.models import Effect
from examsite.invigilation.conduct.queries import Case
from examsite.invigilation.conduct.tiers import tiers
from examsite.invigilation.extensions import OpenMatter, Panel, add_closing_check, add_panel
from examsite.invigilation.interventions.forms import new_token
from examsite.invigilation.policy import watches_room
from examsite.invigilation.reach import enrolment_in_reach, rooms_in_reach, sitting_in_reach
from examsite.pages import from_local_input, local_time
from examsite.planning.models import Sitting
from examsite.registration.models import Enrolment
from examsite.sitting.models import Attempt


@bp.get("/sittings/<int:sitting_id>/misconducts")
@needs(Permission.INVIGILATE)
def misconducts(sitting_id: int) -> str:
    """Every record of a sitting."""
    with reading() as session:
        sitting = sitting_in_reach(session, sitting_id)
        watched = rooms_in_reach(session, sitting)
        found = [
            one
            for one in queries.cases(session, sitting.id)
            if watches_room(watched, one.row.enrolment.room_id)
        ]
        return render_template("invigilation/misconducts.html", sitting=sitting, cases=found, **_words())


@bp.get("/enrolments/<int:enrolment_id>/misconduct")
@needs(Permission.INVIGILATE)
def misconduct_of(enrolment_id: int) -> str:
    """The form of a new record about this candidate."""
    with reading() as session:
        enrolment = enrolment_in_reach(session, enrolment_id)
        return _form_page(session, enrolment, _form(posted=False))


@bp.post("/enrolments/<int:enrolment_id>/misconduct")
@needs(Permission.INVIGILATE)
def record_misconduct(enrolment_id: int) -> Any:
    """Record it."""
    return _record(enrolment_id, None)


@bp.get("/misconducts/<int:misconduct_id>")
@needs(Permission.INVIGILATE)
def misconduct(misconduct_id: int) -> str:
    """One record with its evidence, and what may be done about it."""
    with reading() as session:
        return _case_page(session, _case_in_reach(session, misconduct_id))


@bp.get("/misconducts/<int:misconduct_id>/correction")
@needs(Permission.INVIGILATE)
def misconduct_to_correct(misconduct_id: int) -> str:
    """The record in a form that puts a newer one in its place."""
    with reading() as session:
        case = _case_in_reach(session, misconduct_id)
        return _form_page(session, case.row.enrolment, _form(posted=False, case=case), case)


@bp.post("/misconducts/<int:misconduct_id>/correction")
@needs(Permission.INVIGILATE)
def correct_misconduct(misconduct_id: int) -> Any:
    """The newer record; a witness signs it anew."""
    with reading() as session:
        enrolment_id = _case_in_reach(session, misconduct_id).row.enrolment_id
    return _record(enrolment_id, misconduct_id)


@bp.post("/misconducts/<int:misconduct_id>/sign")
@needs(Permission.INVIGILATE)
def sign_misconduct(misconduct_id: int) -> Any:
    """The second invigilator signs."""
    with writing() as session:
        case = _case_in_reach(session, misconduct_id)
        actions.sign(session, case.row, actor=current_person(), now=clock.now())
    flash(_("You signed this record as witness."), "success")
    return redirect(url_for("invigilation.misconduct", misconduct_id=misconduct_id), 303)


@bp.post("/misconducts/<int:misconduct_id>/withdraw")
@needs(Permission.INVIGILATE)
def withdraw_misconduct(misconduct_id: int) -> Any:
    """Take it back with a reason."""
    form = ReasonForm()
    with writing() as session:
        case = _case_in_reach(session, misconduct_id)
        if not form.validate():
            return _case_page(session, case, form), 422
        actions.withdraw_misconduct(
            session,
            case.row,
            form.reason.data,
            once=form.once.data or new_token(),
            actor=current_person(),
            now=clock.now(),
        )
    flash(_("The record is taken back; it stays readable."), "success")
    return redirect(url_for("invigilation.misconducts", sitting_id=case.row.enrolment.sitting_id), 303)


@bp.get("/misconducts/<int:misconduct_id>/evidence/<evidence_digest>")
@needs(Permission.INVIGILATE)
def misconduct_evidence(misconduct_id: int, evidence_digest: str) -> Any:
    """One file, as it was sent, to keep: it is never shown inside a page of ours."""
    with reading() as session:
        case = _case_in_reach(session, misconduct_id)
        found = next((one for one in case.evidence if one.digest == evidence_digest), None)
        if found is None:
            raise NotYours()
        content = files.content_of(session, found.digest)
    return send_file(
        io.BytesIO(content), mimetype=found.media_type, as_attachment=True, download_name=found.name
    )


def panel(session: Session, enrolment: Enrolment, _attempt: Attempt | None) -> dict[str, Any]:
    """What a candidate's page shows of misconduct and absence."""
    return {
        "cases": queries.cases(session, enrolment.sitting_id, enrolment_id=enrolment.id),
        "mark": queries.absence_of(session, enrolment.id),
        **_words(),
    }


@add_closing_check
def witnesses_wait(
    session: Session, sitting: Sitting, watched: frozenset[int] | None, _now: datetime
) -> list[OpenMatter]:
    """A sitting is not closed while a record waits for its witness."""
    found = queries.for_record(session, sitting.id, None)
    count = sum(one.signature is None and watches_room(watched, one.row.enrolment.room_id) for one in found)
    if not count:
        return []
    sentence = ngettext(
        "%(num)s record of misconduct waits for its witness.",
        "%(num)s records of misconduct wait for their witnesses.",
        count,
    )
    return [OpenMatter(sentence, url_for("invigilation.misconducts", sitting_id=sitting.id))]


add_panel(Panel(Permission.INVIGILATE, "invigilation/conduct_on_candidate.html", panel))


def _words() -> dict[str, Any]:
    return {"effect_label": effect_label, "tiers": tiers()}


def _case_in_reach(session: Session, misconduct_id: int) -> Case:
    case = queries.case(session, misconduct_id)
    if case is None:
        raise NotYours()
    enrolment_in_reach(session, case.row.enrolment_id)
    return case


def _record(enrolment_id: int, supersedes: int | None) -> Any:
    form, error, status = _form(posted=True), "", 422
    try:
        with writing() as session:
            enrolment = enrolment_in_reach(session, enrolment_id)
            earlier = _case_in_reach(session, supersedes) if supersedes else None
            if form.validate():
                row = actions.record_misconduct(
                    session,
                    enrolment,
                    _report(form),
                    once=form.once.data,
                    supersedes=earlier.row if earlier else None,
                    actor=current_person(),
                    now=clock.now(),
                )
                misconduct_id = row.id
    except evidence.BadEvidence as bad:
        form.files.errors = [bad.message]
    except actions.TierNeeded as bad:
        form.tier.errors = [bad.message]
    except actions.NotYet as bad:
        form.occurred_at.errors = [bad.message]
    except (Invalid, Refused) as refused:
        error, status = refused.message, refused.status
    else:
        if not form.errors:
            flash(_("The record is kept. Another invigilator signs it as witness."), "success")
            return redirect(url_for("invigilation.misconduct", misconduct_id=misconduct_id), 303)
    with reading() as session:
        enrolment = enrolment_in_reach(session, enrolment_id)
        case = _case_in_reach(session, supersedes) if supersedes else None
        return _form_page(session, enrolment, form, case, error), status


def _report(form: MisconductForm) -> Report:
    sent = [one for one in form.files.data or () if getattr(one, "filename", "")]
    if len(sent) > evidence.MAX_FILES:
        raise evidence.BadEvidence(_("At most six files belong to one record."))
    return Report(
        form.tier.data,
        Effect(form.effect.data),
        form.text.data,
        from_local_input(form.occurred_at.data),
        form.message.data or "",
        tuple(evidence.read(one.filename, one.read()) for one in sent),
    )


def _form(*, posted: bool, case: Case | None = None) -> MisconductForm:
    values: dict[str, Any] = {"occurred_at": local_time(clock.now()).replace(microsecond=0)}
    if case is not None:
        row = case.row
        values = {
            "tier": row.tier,
            "effect": row.effect,
            "text": row.text,
            "occurred_at": local_time(row.occurred_at),
        }
    form = (
        MisconductForm(once=new_token(), **values)
        if posted
        else MisconductForm(None, once=new_token(), **values)
    )
    form.tier.choices = [
        SelectChoice("", _("no tier (a warning)")),
        *(
            SelectChoice(tier.code, tier.title if tier.is_verified else f"{tier.title}（未核实）")
            for tier in tiers().tiers
        ),
    ]
    return form


def _form_page(
    session: Session,
    enrolment: Enrolment,
    form: MisconductForm,
    case: Case | None = None,
    error: str = "",
) -> str:
    return render_template(
        "invigilation/correct_misconduct.html" if case else "invigilation/record_misconduct.html",
        enrolment=enrolment,
        sitting=session.get_one(Sitting, enrolment.sitting_id),
        form=form,
        case=case,
        error=error,
        **_words(),
    )


def _case_page(session: Session, case: Case, form: ReasonForm | None = None) -> str:
    return render_template(
        "invigilation/misconduct.html",
        case=case,
        enrolment=case.row.enrolment,
        sitting=session.get_one(Sitting, case.row.enrolment.sitting_id),
        form=form or ReasonForm(None, once=new_token()),
        person_id=current_person().id,
        **_words(),
    )
