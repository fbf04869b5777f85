"""Plans: the list, a new one, and the page of one with its timeline."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from wtforms.fields.choices import SelectChoice

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.authoring.queries import outline_in_force
from examsite.db import reading, writing
from examsite.errors import NotYours
from examsite.planning import actions, figures, policy, queries, timeline
from examsite.planning.blueprint import bp
from examsite.planning.extensions import SITTING_LINKS, candidate_counts
from examsite.planning.forms import PlanForm, ReasonForm
from examsite.planning.models import Plan
from examsite.planning.pages.reach import crumbs_to, plan_in_reach


@bp.get("/")
@needs(Permission.SEE_PLANS)
def plans() -> str:
    """Every plan within reach."""
    person = current_person()
    with reading() as session:
        return render_template(
            "planning/plans.html",
            plans=queries.plans(session, person.institutions(Permission.SEE_PLANS)),
            may_create=person.may(Permission.EDIT_PLANS),
        )


@bp.get("/new")
@needs(Permission.EDIT_PLANS)
def new_plan() -> str:
    """The form of a new plan."""
    with reading() as session:
        return render_template("planning/new_plan.html", form=_plan_form(session))


@bp.post("/new")
@needs(Permission.EDIT_PLANS)
def create_plan() -> Any:
    """Make the plan."""
    with writing() as session:
        form = _plan_form(session)
        if not form.validate():
            return render_template("planning/new_plan.html", form=form), 422
        banks = queries.banks(session, current_person().institutions(Permission.EDIT_PLANS))
        bank = next((bank for bank in banks if bank.id == form.bank.data), None)
        if bank is None:
            raise NotYours
        try:
            row = actions.create_plan(
                session,
                bank,
                number=form.number.data,
                name=form.name.data,
                actor=current_person(),
                now=clock.now(),
            )
        except actions.NumberTaken as taken:
            form.number.errors = [taken.message]
            return render_template("planning/new_plan.html", form=form), 422
        plan_id = row.id
    return redirect(url_for("planning.plan", plan_id=plan_id), 303)


@bp.get("/<int:plan_id>")
@needs(Permission.SEE_PLANS)
def plan(plan_id: int) -> str:
    """One plan: where it stands and what comes next."""
    with reading() as session:
        return _page(session, plan_in_reach(session, plan_id), ReasonForm(formdata=None))


@bp.post("/<int:plan_id>/cancel")
@needs(Permission.EDIT_PLANS)
def cancel_plan(plan_id: int) -> Any:
    """End the plan, with a reason."""
    form = ReasonForm()
    with writing() as session:
        row = plan_in_reach(session, plan_id, policy.may_edit)
        if not form.validate():
            return _page(session, row, form), 422
        actions.cancel_plan(session, row, reason=form.reason.data, actor=current_person(), now=clock.now())
    flash(_("The plan is cancelled. Its record stays."), "info")
    return redirect(url_for("planning.plan", plan_id=plan_id), 303)


def _page(session: Session, row: Plan, cancel_form: ReasonForm) -> str:
    person = current_person()
    sittings = queries.sittings(session, row.id)
    specifications = queries.specifications(session, row.bank_id)
    paper_sets = queries.paper_sets(session, row.id)
    candidates = candidate_counts(session, [sitting.id for sitting in sittings])
    may_edit = policy.may_edit(person, row.institution_id) and row.status == "open"
    chosen = timeline.focus(sittings, clock.now())
    facts = timeline.Facts(
        row,
        queries.approved_questions(session, row.bank_id),
        outline_in_force(session, row.bank_id) is not None,
        specifications,
        paper_sets,
        sittings,
        candidates,
        bool(figures.unverified(row, chosen.paper_set if chosen else None)),
        person.id,
        may_edit,
        clock.now(),
    )
    return render_template(
        "planning/plan.html",
        crumbs=crumbs_to(row),
        plan=row,
        steps=timeline.steps(facts),
        specifications=specifications,
        paper_sets=paper_sets,
        sittings=sittings,
        candidates=candidates,
        figures=figures.figures(row),
        links=[link for link in SITTING_LINKS if person.may_in(link.permission, row.institution_id)],
        may_edit=may_edit,
        cancel_form=cancel_form,
        cancel_reason=queries.reason_of(session, "plan.cancel", f"plans:{row.id}"),
    )


def _plan_form(session: Session) -> PlanForm:
    form = PlanForm()
    banks = queries.banks(session, current_person().institutions(Permission.EDIT_PLANS))
    form.bank.choices = [SelectChoice(bank.id, f"{bank.institution.name} · {bank.name}") for bank in banks]
    return form
