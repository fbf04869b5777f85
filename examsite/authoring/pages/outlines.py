"""Outlines: upload a rule workbook, look at the tree, publish, verify."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.authoring import imports, outlines, policy, queries
from examsite.authoring.blueprint import bp
from examsite.authoring.forms import FileForm
from examsite.authoring.imports import FileKind
from examsite.authoring.models import Bank, BatchStatus
from examsite.authoring.pages.reach import bank_in_reach, outline_in_reach
from examsite.db import reading, writing
from question_bank.formats import rules
from question_bank.formats.limits import Unreadable
from question_bank.outlines.tree import check, importance_ratio


@bp.get("/<int:bank_id>/outlines/new")
@needs(Permission.WRITE_QUESTIONS)
def new_outline(bank_id: int) -> str:
    """Choose a rule workbook."""
    with reading() as session:
        bank = bank_in_reach(session, bank_id, policy.may_write)
        return _upload_page(bank, FileForm(), [])


@bp.post("/<int:bank_id>/outlines/new")
@needs(Permission.WRITE_QUESTIONS)
def import_outline(bank_id: int) -> Any:
    """Keep every outline of the workbook as a draft."""
    form = FileForm()
    with reading() as session:
        bank = bank_in_reach(session, bank_id, policy.may_write)
    if not form.validate():
        return _upload_page(bank, form, []), 422
    content = form.file.data.read()
    name = form.file.data.filename or ""
    try:
        found = rules.read(name, content, bank=bank.name)
    except Unreadable as fault:
        form.file.errors = [str(fault.problem)]
        return _upload_page(bank, form, []), 422
    if not found.outlines:
        form.file.errors = [
            _("No outline was found in this file. It needs a sheet with codes and weights of the areas.")
        ]
        return _upload_page(bank, form, list(found.problems)), 422
    with writing() as session:
        bank = bank_in_reach(session, bank_id, policy.may_write)
        person, now = current_person(), clock.now()
        rows = [
            outlines.draft_outline(session, bank, outline, actor=person, now=now)
            for outline in found.outlines
        ]
        report = {
            "problems": [problem.as_dict() for problem in found.problems[:500]],
            "outlines": [row.id for row in rows],
        }
        imports.keep_batch(
            session,
            bank,
            FileKind.RULES,
            name,
            content,
            report,
            actor=person,
            now=now,
            status=BatchStatus.CONFIRMED,
            accepted=len(rows),
        )
        chosen = next((row.id for row in rows if row.name == bank.name), rows[0].id)
    return redirect(url_for("authoring.outline", outline_id=chosen), 303)


@bp.get("/outlines/<int:outline_id>")
@needs(Permission.SEE_BANK)
def outline(outline_id: int) -> str:
    """The tree with weights and importance, and what is wrong with it."""
    return _outline_page(outline_id)


@bp.post("/outlines/<int:outline_id>/publish")
@needs(Permission.WRITE_QUESTIONS)
def publish_outline(outline_id: int) -> Any:
    """Bring the outline into force."""
    try:
        with writing() as session:
            row, bank = outline_in_reach(session, outline_id, policy.may_write)
            outlines.publish(session, row, actor=current_person(), now=clock.now())
            bank_id = bank.id
    except outlines.FaultyOutline as faulty:
        flash(faulty.message, "danger")
        return _outline_page(outline_id), 409
    flash(_("The outline is in force. Codes of questions are checked against it from now on."), "success")
    return redirect(url_for("authoring.bank", bank_id=bank_id), 303)


@bp.post("/outlines/<int:outline_id>/discard")
@needs(Permission.WRITE_QUESTIONS)
def discard_outline(outline_id: int) -> Any:
    """Throw a draft away."""
    with writing() as session:
        row, bank = outline_in_reach(session, outline_id, policy.may_write)
        outlines.discard(session, row, actor=current_person(), now=clock.now())
        bank_id = bank.id
    flash(_("The draft of the outline was discarded."), "info")
    return redirect(url_for("authoring.bank", bank_id=bank_id), 303)


@bp.post("/outlines/<int:outline_id>/verify")
@needs(Permission.APPROVE_PAPERS)
def verify_outline(outline_id: int) -> Any:
    """State that the figures are those of the printed standard."""
    with writing() as session:
        row, _bank = outline_in_reach(session, outline_id, policy.may_verify)
        outlines.verify(session, row, actor=current_person(), now=clock.now())
    flash(_("The figures of this outline count as verified, in your name."), "success")
    return redirect(url_for("authoring.outline", outline_id=outline_id), 303)


def _outline_page(outline_id: int) -> str:
    person = current_person()
    with reading() as session:
        row, bank = outline_in_reach(session, outline_id)
        tree = queries.outline_of(row)
        in_force = queries.outline_in_force(session, bank.id)
        return render_template(
            "authoring/outline.html",
            row=row,
            bank=bank,
            outline=tree,
            ratios={area.code: importance_ratio(area) for area in tree.walk()},
            problems=[*check(tree), *queries.problems_of_outline(session, row)],
            in_force=in_force is not None and in_force.id == row.id,
            verified_by=queries.person_name(session, row.verified_by_id),
            may_write=policy.may_write(person, bank),
            may_verify=policy.may_verify(person, bank),
        )


def _upload_page(bank: Bank, form: FileForm, problems: list[Any]) -> str:
    return render_template("authoring/new_outline.html", bank=bank, form=form, problems=problems)
