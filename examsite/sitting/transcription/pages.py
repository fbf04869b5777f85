"""Pages of paper answer sheets: who wrote on paper, typing in, differences, what was stored."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy
from sqlalchemy.orm import Session

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.db import reading, writing
from examsite.errors import Invalid
from examsite.planning.extensions import SittingLink, add_sitting_link
from examsite.planning.models import Sitting
from examsite.registration.models import Enrolment
from examsite.sitting.blueprint import bp
from examsite.sitting.presenting import presented_paper, sections
from examsite.sitting.queries import answers
from examsite.sitting.transcription import actions, queries
from examsite.sitting.transcription.forms import BeginForm, SheetReasonForm
from examsite.sitting.transcription.models import PaperScript, ScriptStatus
from examsite.sitting.transcription.reach import TYPES, enrolment_in_reach, script_in_reach, sitting_in_reach
from examsite.sitting.transcription.reading import (
    Unreadable,
    differences,
    fields_of,
    read_question,
    read_sheet,
    shown,
)
from question_bank.questions.present import PresentedQuestion, is_answered

add_sitting_link(SittingLink(lazy("Answers on paper"), "sitting.paper_scripts", Permission.ENROL))


@bp.get("/on-paper/sittings/<int:sitting_id>")
@needs(*TYPES)
def paper_scripts(sitting_id: int) -> str:
    """Everybody in the sitting, and how far their sheet of paper is."""
    with reading() as session:
        sitting = sitting_in_reach(session, sitting_id)
        return render_template(
            "sitting/paper_scripts.html",
            sitting=sitting,
            crumbs=_crumbs(sitting, (_("Answers on paper"), None)),
            lines=queries.lines(session, sitting_id),
            has_begun=clock.now() >= sitting.opens_at,
        )


@bp.get("/on-paper/enrolments/<int:enrolment_id>")
@needs(*TYPES)
def begin_paper_script(enrolment_id: int) -> str:
    """The form that says on which paper a candidate wrote."""
    with reading() as session:
        sitting, enrolment = enrolment_in_reach(session, enrolment_id)
        return _begin_page(session, sitting, enrolment, BeginForm(formdata=None))


@bp.post("/on-paper/enrolments/<int:enrolment_id>")
@needs(*TYPES)
def take_paper_script(enrolment_id: int) -> Any:
    """Begin with a candidate's sheet."""
    form = BeginForm()
    with writing() as session:
        sitting, enrolment = enrolment_in_reach(session, enrolment_id)
        if not form.validate():
            return _begin_page(session, sitting, enrolment, form), 422
        try:
            script = actions.begin(
                session,
                sitting,
                enrolment,
                number=form.number.data,
                code=form.code.data,
                reason=form.reason.data,
                actor=current_person(),
                now=clock.now(),
            )
        except Invalid as wrong:
            form.code.errors = [wrong.message]
            return _begin_page(session, sitting, enrolment, form), wrong.status
        script_id = script.id
    return redirect(url_for("sitting.paper_script", script_id=script_id), 303)


@bp.get("/on-paper/<int:script_id>")
@needs(*TYPES)
def paper_script(script_id: int) -> str:
    """What is to be done with a sheet now: type it in, wait for another person, settle differences; or what was stored."""
    with reading() as session:
        sitting, script = script_in_reach(session, script_id)
        return _script_page(session, sitting, script)


@bp.post("/on-paper/<int:script_id>/entry")
@needs(*TYPES)
def enter_paper_script(script_id: int) -> Any:
    """Take what one person typed in."""
    with writing() as session:
        sitting, script = script_in_reach(session, script_id)
        questions = presented_paper(session, script.paper_id)
        found, faults = read_sheet(questions, request.form)
        if not request.form.get("complete"):
            faults["complete"] = str(
                _("Say that the whole sheet is typed in: an entry can't be changed later.")
            )
        if faults:
            return _script_page(session, sitting, script, typed=request.form, faults=faults), 422
        differ = actions.enter(session, script, found, actor=current_person(), now=clock.now())
        status = script.status
    if status == ScriptStatus.STORED:
        flash(_("Both entries say the same. The answers are stored."), "success")
    elif differ:
        flash(_("The two entries differ. Look at the sheet again and settle it below."), "warning")
    else:
        flash(_("The first entry is kept. Another person types the sheet in once more."), "success")
    return redirect(url_for("sitting.paper_script", script_id=script_id), 303)


@bp.post("/on-paper/<int:script_id>/settlement")
@needs(*TYPES)
def settle_paper_script(script_id: int) -> Any:
    """Take what somebody says of the differences."""
    form = SheetReasonForm()
    with writing() as session:
        sitting, script = script_in_reach(session, script_id)
        if script.status == ScriptStatus.DIFFERING:
            found, faults = _settled(session, script)
            if not form.validate():
                faults["reason"] = " ".join(map(str, form.reason.errors))
            if faults:
                return _script_page(session, sitting, script, typed=request.form, faults=faults), 422
        else:
            found = {}
        actions.settle(
            session, script, found, reason=form.reason.data or "", actor=current_person(), now=clock.now()
        )
    flash(_("The differences are settled. The answers are stored."), "success")
    return redirect(url_for("sitting.paper_script", script_id=script_id), 303)


@bp.post("/on-paper/<int:script_id>/void")
@needs(*TYPES)
def void_paper_script(script_id: int) -> Any:
    """Take back a sheet that was begun by mistake."""
    form = SheetReasonForm()
    with writing() as session:
        sitting, script = script_in_reach(session, script_id)
        if not form.validate():
            return _script_page(session, sitting, script, void_form=form), 422
        actions.void(session, script, reason=form.reason.data, actor=current_person(), now=clock.now())
        sitting_id = sitting.id
    flash(_("The entry is void. Its record stays."), "info")
    return redirect(url_for("sitting.paper_scripts", sitting_id=sitting_id), 303)


def _settled(session: Session, script: PaperScript) -> tuple[dict[int, dict[str, Any]], dict[str, str]]:
    """What the form of differences says, by position; and what is wrong with it, by the name of its field."""
    found: dict[int, dict[str, Any]] = {}
    faults: dict[str, str] = {}
    one, other = queries.entries(session, script.id)
    for question in _differing(session, script):
        position, name = question.position, f"choice{question.position}"
        choice = request.form.get(name)
        if choice in ("1", "2"):
            response = (one if choice == "1" else other).responses.get(str(position))
        elif choice == "other":
            try:
                response = read_question(question, request.form)
            except Unreadable as fault:
                faults[fault.name] = str(fault)
                continue
        else:
            faults[name] = str(_("Say what stands on the sheet."))
            continue
        if response is not None and is_answered(response):
            found[position] = response
    return found, faults


def _differing(session: Session, script: PaperScript) -> list[PresentedQuestion]:
    questions = presented_paper(session, script.paper_id)
    one, other = queries.entries(session, script.id)
    places = set(differences(questions, one.responses, other.responses))
    return [question for question in questions if question.position in places]


def _script_page(
    session: Session,
    sitting: Sitting,
    script: PaperScript,
    *,
    typed: Any = None,
    faults: dict[str, str] | None = None,
    void_form: SheetReasonForm | None = None,
) -> str:
    person = current_person()
    entries = queries.entries(session, script.id)
    questions = presented_paper(session, script.paper_id)
    attempt = queries.attempt_of(session, script.enrolment_id)
    held = answers(session, attempt.id) if attempt else {}
    is_blind = script.status in (ScriptStatus.ENTERING, ScriptStatus.VOID)
    return render_template(
        "sitting/paper_script.html",
        sitting=sitting,
        script=script,
        candidate=script.enrolment.person,
        crumbs=_crumbs(
            sitting,
            (_("Answers on paper"), url_for("sitting.paper_scripts", sitting_id=sitting.id)),
            (script.enrolment.person.name, None),
        ),
        # Neither person sees what the other typed before both have.
        entries=[] if is_blind else entries,
        typists=[(entry.person.name, entry.entered_at) for entry in entries],
        has_entered=any(entry.person_id == person.id for entry in entries),
        is_second=len(entries) == 1,
        parts=sections(questions),
        fields_of=fields_of,
        differing=_differing(session, script) if script.status == ScriptStatus.DIFFERING else [],
        shown=shown,
        settlement=queries.settlement(session, script.id),
        at_machine=sum(is_answered(answer.response) for answer in held.values()) if is_blind else 0,
        stored=[(q, held[q.position].response if q.position in held else None) for q in questions]
        if script.status == ScriptStatus.STORED
        else [],
        typed=typed or {},
        faults=faults or {},
        void_form=void_form or SheetReasonForm(formdata=None),
    )


def _begin_page(session: Session, sitting: Sitting, enrolment: Enrolment, form: BeginForm) -> str:
    attempt = queries.attempt_of(session, enrolment.id)
    held = answers(session, attempt.id) if attempt else {}
    return render_template(
        "sitting/paper_script_begin.html",
        sitting=sitting,
        enrolment=enrolment,
        form=form,
        at_machine=sum(is_answered(answer.response) for answer in held.values()),
        until=queries.still_answers(sitting, enrolment, attempt, now=clock.now()),
        crumbs=_crumbs(
            sitting,
            (_("Answers on paper"), url_for("sitting.paper_scripts", sitting_id=sitting.id)),
            (enrolment.person.name, None),
        ),
    )


def _crumbs(sitting: Sitting, *more: tuple[Any, str | None]) -> list[tuple[Any, str | None]]:
    here = None
    if current_person().may(Permission.SEE_PLANS):
        here = url_for("planning.sitting", sitting_id=sitting.id)
    return [(sitting.title, here), *more]
