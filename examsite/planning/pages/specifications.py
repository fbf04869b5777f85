"""Specifications: the form of a new one, and the page of one with its shares, findings and approval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.authoring.catalogue.queries import tags_in_use
from examsite.authoring.queries import published_outline
from examsite.db import reading, writing
from examsite.planning import demands, figures, policy, queries, specifications
from examsite.planning.blueprint import bp
from examsite.planning.models import Plan
from examsite.planning.pages.reach import plan_in_reach, specification_in_reach
from examsite.planning.specification_form import (
    SpecificationForm,
    demands_of,
    is_filled,
    place,
    split,
    unknown_anchors,
)
from question_bank.assembly.specification import (
    Section,
    Share,
    Specification,
    specification_from_document,
)
from question_bank.outlines.tree import Outline, percent
from question_bank.problems import Problem
from question_bank.questions.kinds import PAPER_ORDER, MultiplePolicy


@dataclass(frozen=True, slots=True)
class ShareRow:
    """One area of a specification as its page shows it."""

    code: str
    name: str
    level: int
    percent: str


@bp.get("/<int:plan_id>/specifications/new")
@needs(Permission.EDIT_PLANS)
def new_specification(plan_id: int) -> str:
    """The form: kinds, counts, points; shares come from the outline in force."""
    with reading() as session:
        return _form_page(session, plan_in_reach(session, plan_id, policy.may_edit), _form(), [])


@bp.post("/<int:plan_id>/specifications/new")
@needs(Permission.EDIT_PLANS)
def create_specification(plan_id: int) -> Any:
    """Keep the specification as a draft."""
    form = _form()
    with writing() as session:
        plan = plan_in_reach(session, plan_id, policy.may_edit)
        if not form.validate():
            return _form_page(session, plan, form, []), 422
        outline = _outline(session, plan)
        names = split(form.anchors.data)
        anchors = queries.questions_called(session, plan.bank_id, names)
        if unknown := [name for name in names if name not in anchors]:
            unknown_anchors(form, unknown)
            return _form_page(session, plan, form, []), 422
        specification = Specification(
            form.name.data,
            _sections(form),
            (),
            multiple=MultiplePolicy(form.multiple.data),
            anchors=tuple(str(anchors[name]) for name in names),
            **demands_of(form),
        )
        try:
            row = specifications.draft(
                session, plan.bank, specification, outline, actor=current_person(), now=clock.now()
            )
        except specifications.FaultySpecification as fault:
            return _form_page(session, plan, form, place(form, fault.problems)), 422
        specification_id = row.id
    flash(_("The specification is a draft. A second person approves it."), "success")
    return redirect(url_for("planning.specification", specification_id=specification_id), 303)


@bp.get("/specifications/<int:specification_id>")
@needs(Permission.SEE_PLANS)
def specification(specification_id: int) -> str:
    """One specification."""
    person = current_person()
    with reading() as session:
        row = specification_in_reach(session, specification_id)
        said = specification_from_document(row.document)
        published = published_outline(session, row.bank_id)
        outline = published[1] if published else None
        names = {area.code: area.name for area in outline.walk()} if outline else {}
        return render_template(
            "planning/specification.html",
            crumbs=[(_("Plans"), url_for("planning.plans")), (row.name, None)],
            row=row,
            specification=said,
            shares=list(share_rows(said.shares, names)),
            findings=specifications.findings(said, outline),
            demands=demands.demands(said, queries.called(session, said.anchors)),
            difficulty=[(code, percent(part)) for code, part in said.difficulty],
            people=queries.names(session, [row.created_by_id, row.approved_by_id]),
            may_approve=policy.may_approve_specification(person, row, row.bank.institution_id),
            is_own=row.created_by_id == person.id,
        )


@bp.post("/specifications/<int:specification_id>/approve")
@needs(Permission.APPROVE_PAPERS)
def approve_specification(specification_id: int) -> Any:
    """Approve another person's draft."""
    with writing() as session:
        row = specification_in_reach(session, specification_id, policy.may_approve)
        specifications.approve(session, row, actor=current_person(), now=clock.now())
    flash(_("The specification is approved. Papers can be drawn from it."), "success")
    return redirect(url_for("planning.specification", specification_id=specification_id), 303)


def share_rows(shares: Sequence[Share], names: dict[str, str], level: int = 1) -> list[ShareRow]:
    """The shares, parents before their children."""
    rows = []
    for share in shares:
        rows.append(ShareRow(share.code, names.get(share.code, ""), level, percent(share.percent)))
        rows += share_rows(share.children, names, level + 1)
    return rows


def _form() -> SpecificationForm:
    form = SpecificationForm()
    while len(form.sections) < len(PAPER_ORDER):
        form.sections.append_entry()
    return form


def _sections(form: SpecificationForm) -> tuple[Section, ...]:
    return tuple(
        Section(kind, entry.form.count.data, entry.form.points.data or Decimal(0))
        for kind, entry in zip(PAPER_ORDER, form.sections, strict=False)
        if entry.form.count.data
    )


def _outline(session: Session, plan: Plan) -> Outline | None:
    published = published_outline(session, plan.bank_id)
    return published[1] if published else None


def _form_page(session: Session, plan: Plan, form: SpecificationForm, problems: list[Problem]) -> str:
    outline = _outline(session, plan)
    return render_template(
        "planning/new_specification.html",
        plan=plan,
        form=form,
        kinds=list(zip(PAPER_ORDER, form.sections, strict=False)),
        problems=problems,
        outline=outline,
        areas=[(area.code, area.name, percent(area.weight)) for area in outline.areas] if outline else [],
        figures=figures.figures(plan),
        demands_open=is_filled(form),
        industries=tags_in_use(session, plan.bank_id),
    )
