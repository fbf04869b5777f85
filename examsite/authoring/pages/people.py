"""The people of a bank: who writes, reviews and runs it, in which area; and who signed the undertaking."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from wtforms.fields import SelectChoice

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.models import Person
from examsite.access.permissions import Permission
from examsite.authoring import policy
from examsite.authoring import queries as banks
from examsite.authoring.blueprint import bp
from examsite.authoring.models import Bank
from examsite.authoring.pages.reach import bank_in_reach
from examsite.authoring.secrecy import actions, queries, undertakings
from examsite.authoring.secrecy.forms import DutyForm
from examsite.authoring.secrecy.models import DutyTask
from examsite.authoring.vetting import actions as vetting
from examsite.db import reading, writing
from examsite.errors import NotYours

#: Bank managers, and the writer who made a bank and is named to run it.
RUNS = (Permission.MANAGE_BANK, Permission.WRITE_QUESTIONS)


@bp.get("/<int:bank_id>/people")
@needs(*RUNS)
def bank_people(bank_id: int) -> str:
    """Everybody who is named in this bank, and the form that names somebody."""
    with reading() as session:
        bank = bank_in_reach(session, bank_id, policy.may_manage)
        return _people_page(session, bank, _form(session, bank, posted=False))


@bp.post("/<int:bank_id>/people")
@needs(*RUNS)
def name_person(bank_id: int) -> Any:
    """Name a person for a task, in an area or everywhere."""
    with writing() as session:
        bank = bank_in_reach(session, bank_id, policy.may_manage)
        form = _form(session, bank, posted=True)
        if not form.validate():
            return _people_page(session, bank, form), 422
        person = session.get_one(Person, int(form.person.data))
        try:
            actions.name_person(
                session,
                bank,
                person,
                DutyTask(form.task.data),
                form.area.data or "",
                _codes(session, bank),
                actor=current_person(),
                now=clock.now(),
            )
        except actions.UnknownArea as unknown:
            form.area.errors = [unknown.message]
            return _people_page(session, bank, form), unknown.status
        except (actions.Unfit, actions.NamedAlready) as refused:
            form.person.errors = [refused.message]
            return _people_page(session, bank, form), refused.status
        name = person.name
    flash(_("%(name)s is named.", name=name), "success")
    return redirect(url_for("authoring.bank_people", bank_id=bank_id), 303)


@bp.post("/<int:bank_id>/people/<int:duty_id>/end")
@needs(*RUNS)
def end_duty(bank_id: int, duty_id: int) -> Any:
    """The person is no longer named for this task."""
    with writing() as session:
        bank = bank_in_reach(session, bank_id, policy.may_manage)
        duty = queries.duty(session, bank_id, duty_id)
        if duty is None:
            raise NotYours()
        name = duty.person.name
        try:
            actions.end_duty(session, duty, actor=current_person(), now=clock.now())
        except actions.LastManager as last:
            page = _people_page(session, bank, _form(session, bank, posted=False), last.message)
            return page, last.status
        moved = vetting.hand_over_uncovered(session, bank, actor=current_person(), now=clock.now())
    _say_moved(moved)
    flash(_("The duty of %(name)s has ended.", name=name), "success")
    return redirect(url_for("authoring.bank_people", bank_id=bank_id), 303)


@bp.post("/<int:bank_id>/people/restrict")
@needs(*RUNS)
def restrict_bank(bank_id: int) -> Any:
    """From now on only named people see the bank's questions."""
    with writing() as session:
        bank = bank_in_reach(session, bank_id, policy.may_manage)
        actions.restrict(session, bank, actor=current_person(), now=clock.now())
        moved = vetting.hand_over_uncovered(session, bank, actor=current_person(), now=clock.now())
    _say_moved(moved)
    flash(_("Only people who are named below see the questions of this bank now."), "success")
    return redirect(url_for("authoring.bank_people", bank_id=bank_id), 303)


@bp.get("/<int:bank_id>/undertakings")
@needs(*RUNS)
def bank_undertakings(bank_id: int) -> str:
    """Who signed the undertaking for this bank's institution, and until when it counts."""
    with reading() as session:
        bank = bank_in_reach(session, bank_id, policy.may_manage)
        return render_template(
            "authoring/undertakings.html",
            bank=bank,
            signatures=undertakings.signatures(session, bank.institution_id),
            in_force=undertakings.IN_FORCE,
        )


def _say_moved(count: int) -> None:
    """Tell the manager what became of review tasks whose reviewers may not see the questions any more."""
    if count:
        said = ngettext(
            "%(num)s open review task went to another reviewer, or waits for one.",
            "%(num)s open review tasks went to other reviewers, or wait for one.",
            count,
        )
        flash(said, "info")


def _people_page(session: Session, bank: Bank, form: DutyForm, error: str = "") -> str:
    held = queries.people(session, bank.id)
    signed = {one.person_id for one in held if undertakings.has_signed(session, one.person_id, bank)}
    outline = banks.published_outline(session, bank.id)
    return render_template(
        "authoring/people.html",
        bank=bank,
        form=form,
        error=error,
        duties=held,
        former=queries.former(session, bank.id),
        signed=signed,
        areas=list(outline[1].walk()) if outline else [],
        names={area.code: area.name for area in outline[1].walk()} if outline else {},
    )


def _form(session: Session, bank: Bank, *, posted: bool) -> DutyForm:
    form = DutyForm(request.form if posted else None)
    fit = queries.fit_for(session, bank, *DutyTask)
    form.person.choices = [SelectChoice(str(one.id), _labelled(one)) for one in fit]
    return form


def _labelled(person: Person) -> str:
    return f"{person.name}（{person.username}）" if person.username else person.name


def _codes(session: Session, bank: Bank) -> frozenset[str] | None:
    """Codes of areas and points of the outline in force; None where there is none."""
    outline = banks.published_outline(session, bank.id)
    if outline is None:
        return None
    areas = {area.code for area in outline[1].walk()}
    return frozenset(areas | {point.code for point in outline[1].points})
