"""Importing a rule workbook (题型分布 + 知识点分布): upload, preview with problems by cell, keep one as a draft."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from wtforms.fields.choices import SelectChoice

from examsite import audit, clock, files
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.authoring.queries import published_outline
from examsite.db import reading, writing
from examsite.errors import NotYours
from examsite.planning import policy, specifications
from examsite.planning.blueprint import bp
from examsite.planning.forms import ChosenForm, FileForm
from examsite.planning.models import Plan
from examsite.planning.pages.reach import plan_in_reach
from examsite.planning.pages.specifications import share_rows
from question_bank.assembly.specification import Specification, completed
from question_bank.formats import rules
from question_bank.formats.limits import Unreadable
from question_bank.outlines.tree import Outline
from question_bank.questions.kinds import MultiplePolicy


@bp.get("/<int:plan_id>/specifications/import")
@needs(Permission.EDIT_PLANS)
def import_rules(plan_id: int) -> str:
    """Choose a rule workbook."""
    with reading() as session:
        plan = plan_in_reach(session, plan_id, policy.may_edit)
        return render_template("planning/import_rules.html", plan=plan, form=FileForm())


@bp.post("/<int:plan_id>/specifications/import")
@needs(Permission.EDIT_PLANS)
def stage_rules(plan_id: int) -> Any:
    """Keep the file and show what it says; nothing is drafted yet."""
    form = FileForm()
    with reading() as session:
        plan = plan_in_reach(session, plan_id, policy.may_edit)
    if not form.validate():
        return render_template("planning/import_rules.html", plan=plan, form=form), 422
    name, content = form.file.data.filename or "", form.file.data.read()
    try:
        rules.read(name, content, bank=plan.bank.name)
    except Unreadable as fault:
        form.file.errors = [str(fault.problem)]
        return render_template("planning/import_rules.html", plan=plan, form=form), 422
    with writing() as session:
        plan = plan_in_reach(session, plan_id, policy.may_edit)
        file = files.keep(session, content, now=clock.now())
        audit.record(
            session,
            "specification.stage",
            of=plan,
            actor=current_person(),
            now=clock.now(),
            file=name,
            digest=file.digest,
        )
        digest = file.digest
    return redirect(url_for("planning.preview_rules", plan_id=plan_id, digest=digest), 303)


@bp.get("/<int:plan_id>/specifications/import/<digest>")
@needs(Permission.EDIT_PLANS)
def preview_rules(plan_id: int, digest: str) -> str:
    """What the workbook says, with its problems by cell."""
    with reading() as session:
        plan = plan_in_reach(session, plan_id, policy.may_edit)
        return _preview(session, plan, digest, ChosenForm(formdata=None), [])


@bp.post("/<int:plan_id>/specifications/import/<digest>")
@needs(Permission.EDIT_PLANS)
def confirm_rules(plan_id: int, digest: str) -> Any:
    """Keep one of its specifications as a draft."""
    form = ChosenForm()
    with writing() as session:
        plan = plan_in_reach(session, plan_id, policy.may_edit)
        found, outline = _read(session, plan, digest)
        form.place.choices = _choices(found)
        if not form.validate():
            return _preview(session, plan, digest, form, []), 422
        chosen = replace(
            found.specifications[form.place.data],
            name=form.name.data,
            multiple=MultiplePolicy(form.multiple.data),
        )
        try:
            row = specifications.draft(
                session, plan.bank, chosen, outline, actor=current_person(), now=clock.now()
            )
        except specifications.FaultySpecification as fault:
            return _preview(session, plan, digest, form, fault.problems), 422
        specification_id = row.id
    flash(_("The specification is a draft. A second person approves it."), "success")
    return redirect(url_for("planning.specification", specification_id=specification_id), 303)


def _read(session: Session, plan: Plan, digest: str) -> tuple[rules.RuleImport, Outline | None]:
    try:
        content = files.content_of(session, digest)
        name = "rules.xlsx" if content.startswith(b"PK") else "rules.csv"
        found = rules.read(name, content, bank=plan.bank.name)
    except (LookupError, Unreadable) as error:
        raise NotYours from error
    published = published_outline(session, plan.bank_id)
    return found, published[1] if published else None


def _choices(found: rules.RuleImport) -> list[SelectChoice]:
    return [
        SelectChoice(
            place, specification.bank or specification.name or _("Specification %(number)d", number=place + 1)
        )
        for place, specification in enumerate(found.specifications)
    ]


def _preview(session: Session, plan: Plan, digest: str, form: ChosenForm, problems: list[Any]) -> str:
    found, outline = _read(session, plan, digest)
    form.place.choices = _choices(found)
    if form.place.data is None and found.specifications:
        form.place.data = _likely(plan, found.specifications)
        form.name.data = found.specifications[form.place.data].name or plan.bank.name
    names = {area.code: area.name for area in outline.walk()} if outline else {}
    shown = [
        (
            choice.label,
            specification,
            share_rows(completed(specification, outline).shares, names),
            specifications.findings(specification, outline),
        )
        for choice, specification in zip(form.place.choices, found.specifications, strict=True)
    ]
    return render_template(
        "planning/preview_rules.html",
        plan=plan,
        digest=digest,
        form=form,
        found=found,
        shown=shown,
        problems=problems,
    )


def _likely(plan: Plan, found: tuple[Specification, ...]) -> int:
    """The specification that names the plan's bank, else the first."""
    return next((i for i, one in enumerate(found) if one.bank.strip() == plan.bank.name), 0)
