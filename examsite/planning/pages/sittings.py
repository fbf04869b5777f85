"""Sittings: a new one, its papers, the figures somebody answers for, ready, cancelled."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from wtforms.fields.choices import SelectChoice

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.db import reading, writing
from examsite.errors import NotYours
from examsite.pages import from_local_input
from examsite.planning import actions, figures, policy, queries
from examsite.planning.blueprint import bp
from examsite.planning.extensions import SITTING_LINKS, candidate_counts
from examsite.planning.forms import FiguresForm, PapersChoiceForm, ReasonForm, SittingForm
from examsite.planning.models import PaperSet, Plan, Sitting, SittingStatus
from examsite.planning.pages.reach import crumbs_to, plan_in_reach, sitting_in_reach


@bp.get("/<int:plan_id>/sittings/new")
@needs(Permission.EDIT_PLANS)
def new_sitting(plan_id: int) -> str:
    """The form, with the standard's figures as defaults."""
    with reading() as session:
        plan = plan_in_reach(session, plan_id, policy.may_edit)
        form = SittingForm(formdata=None)
        form.allowed_minutes.data = figures.default_minutes(plan)
        form.late_limit_minutes.data = figures.LATE_LIMIT_MINUTES
        form.earliest_hand_in_minutes.data = figures.EARLIEST_HAND_IN_MINUTES
        form.grace_seconds.data = figures.GRACE_SECONDS
        return _form_page(plan, form)


@bp.post("/<int:plan_id>/sittings/new")
@needs(Permission.EDIT_PLANS)
def create_sitting(plan_id: int) -> Any:
    """Make the sitting."""
    form = SittingForm()
    with writing() as session:
        plan = plan_in_reach(session, plan_id, policy.may_edit)
        if not form.validate():
            return _form_page(plan, form), 422
        times = actions.SittingTimes(
            from_local_input(form.opens_at.data),
            from_local_input(form.closes_at.data),
            form.allowed_minutes.data,
            form.grace_seconds.data,
            form.late_limit_minutes.data,
            form.earliest_hand_in_minutes.data,
        )
        try:
            row = actions.create_sitting(
                session,
                plan,
                times,
                title=form.title.data,
                place=form.place.data or "",
                actor=current_person(),
                now=clock.now(),
            )
        except actions.BadWindow as fault:
            form.closes_at.errors = [fault.message]
            return _form_page(plan, form), 422
        sitting_id = row.id
    return redirect(url_for("planning.sitting", sitting_id=sitting_id), 303)


@bp.get("/sittings/<int:sitting_id>")
@needs(Permission.SEE_PLANS)
def sitting(sitting_id: int) -> str:
    """One sitting: its window, papers, figures, and what keeps it from opening."""
    with reading() as session:
        return _page(session, sitting_in_reach(session, sitting_id))


@bp.post("/sittings/<int:sitting_id>/papers")
@needs(Permission.EDIT_PLANS)
def choose_papers(sitting_id: int) -> Any:
    """Let the sitting use an approved set of papers."""
    with writing() as session:
        row = sitting_in_reach(session, sitting_id, policy.may_edit)
        form = PapersChoiceForm()
        papers = session.get(PaperSet, form.papers.data) if form.papers.data else None
        if papers is None or papers.plan_id != row.plan_id:
            raise NotYours
        actions.choose_papers(session, row, papers, actor=current_person(), now=clock.now())
    flash(_("The sitting uses these papers. Unverified figures are to be confirmed anew."), "success")
    return redirect(url_for("planning.sitting", sitting_id=sitting_id), 303)


@bp.post("/sittings/<int:sitting_id>/confirm")
@needs(Permission.APPROVE_PAPERS)
def confirm_figures(sitting_id: int) -> Any:
    """Answer by name for the unverified figures."""
    form = FiguresForm()
    with writing() as session:
        row = sitting_in_reach(session, sitting_id, policy.may_approve)
        if not form.validate():
            return _page(session, row, confirm_form=form), 422
        actions.confirm_unverified(
            session, row, row.plan, reason=form.ground.data, actor=current_person(), now=clock.now()
        )
    flash(_("You have confirmed the figures by name."), "success")
    return redirect(url_for("planning.sitting", sitting_id=sitting_id), 303)


@bp.post("/sittings/<int:sitting_id>/ready")
@needs(Permission.EDIT_PLANS)
def make_ready(sitting_id: int) -> Any:
    """Let the sitting run when its time comes; refused with everything that is missing."""
    with writing() as session:
        row = sitting_in_reach(session, sitting_id, policy.may_edit)
        count = candidate_counts(session, [row.id])[row.id]
        actions.make_ready(session, row, row.plan, candidates=count, actor=current_person(), now=clock.now())
    flash(_("The sitting is ready. It opens by itself at its time."), "success")
    return redirect(url_for("planning.sitting", sitting_id=sitting_id), 303)


@bp.post("/sittings/<int:sitting_id>/cancel")
@needs(Permission.EDIT_PLANS)
def cancel_sitting(sitting_id: int) -> Any:
    """Call the sitting off, with a reason."""
    form = ReasonForm()
    with writing() as session:
        row = sitting_in_reach(session, sitting_id, policy.may_edit)
        if not form.validate():
            return _page(session, row, cancel_form=form), 422
        actions.cancel_sitting(session, row, reason=form.reason.data, actor=current_person(), now=clock.now())
    flash(_("The sitting is cancelled. Its record stays."), "info")
    return redirect(url_for("planning.sitting", sitting_id=sitting_id), 303)


def _form_page(plan: Plan, form: SittingForm) -> str:
    return render_template(
        "planning/new_sitting.html",
        crumbs=crumbs_to(plan, (_("New sitting"), None)),
        plan=plan,
        form=form,
        figures={figure.name: figure for figure in figures.figures(plan)},
    )


def _page(
    session: Session,
    row: Sitting,
    *,
    confirm_form: FiguresForm | None = None,
    cancel_form: ReasonForm | None = None,
) -> str:
    person, now = current_person(), clock.now()
    count = candidate_counts(session, [row.id])[row.id]
    usable = queries.usable_paper_sets(session, row)
    papers_form = PapersChoiceForm(formdata=None, papers=row.paper_set_id)
    papers_form.papers.choices = [
        SelectChoice(
            papers.id,
            _(
                "No. %(number)d · %(name)s · %(count)d papers",
                number=papers.id,
                name=papers.specification.name,
                count=papers.count,
            ),
        )
        for papers in usable
    ]
    may_edit = policy.may_edit(person, row.plan.institution_id)
    is_planned = row.status == SittingStatus.PLANNED
    return render_template(
        "planning/sitting.html",
        crumbs=crumbs_to(row.plan, (row.title, None)),
        sitting=row,
        plan=row.plan,
        candidates=count,
        unverified=figures.unverified(row.plan, row.paper_set),
        blockers=actions.blockers(row, row.plan, row.paper_set, candidates=count, now=now)
        if is_planned
        else [],
        papers_form=papers_form,
        confirm_form=confirm_form or FiguresForm(formdata=None),
        cancel_form=cancel_form or ReasonForm(formdata=None),
        may_edit=may_edit,
        may_confirm=policy.may_approve(person, row.plan.institution_id)
        and is_planned
        and row.paper_set_id is not None,
        is_planned=is_planned,
        may_cancel=may_edit
        and row.status != SittingStatus.CANCELLED
        and not (row.status == SittingStatus.READY and now >= row.opens_at),
        links=[link for link in SITTING_LINKS if person.may_in(link.permission, row.plan.institution_id)],
        cancel_reason=queries.reason_of(session, "sitting.cancel", f"sittings:{row.id}"),
    )
