"""Outlines: upload a rule workbook, look at the tree, publish, verify."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.authoring import editions, imports, outlines, policy, queries
from examsite.authoring.blueprint import bp
from examsite.authoring.forms import BeginOutlineForm, FileForm
from examsite.authoring.imports import FileKind
from examsite.authoring.models import Bank, BatchStatus, OutlineRow, OutlineStatus
from examsite.authoring.pages.reach import bank_in_reach, outline_in_reach
from examsite.authoring.vetting import actions as vetting
from examsite.db import reading, writing
from question_bank.formats import rules
from question_bank.formats.limits import Unreadable
from question_bank.outlines.editions import check_mapping
from question_bank.outlines.tree import check, importance_ratio


@bp.get("/<int:bank_id>/outlines/new")
@needs(Permission.WRITE_QUESTIONS, Permission.MANAGE_BANK)
def new_outline(bank_id: int) -> str:
    """Choose a rule workbook."""
    with reading() as session:
        bank = bank_in_reach(session, bank_id, policy.may_edit_outline)
        return _upload_page(bank, FileForm(), [])


@bp.post("/<int:bank_id>/outlines/new")
@needs(Permission.WRITE_QUESTIONS, Permission.MANAGE_BANK)
def import_outline(bank_id: int) -> Any:
    """Keep every outline of the workbook as a draft."""
    form = FileForm()
    with reading() as session:
        bank = bank_in_reach(session, bank_id, policy.may_edit_outline)
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
        bank = bank_in_reach(session, bank_id, policy.may_edit_outline)
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
@needs(Permission.WRITE_QUESTIONS, Permission.MANAGE_BANK)
def publish_outline(outline_id: int) -> Any:
    """Bring the outline into force."""
    try:
        with writing() as session:
            row, bank = outline_in_reach(session, outline_id, policy.may_edit_outline)
            outlines.publish(session, row, actor=current_person(), now=clock.now())
            # A question that was moved may lie outside of what its reviewer is named for.
            vetting.hand_over_uncovered(session, bank, actor=current_person(), now=clock.now())
            bank_id = bank.id
    except editions.FaultyOutline as faulty:
        flash(faulty.message, "danger")
        return _outline_page(outline_id), 409
    flash(_("The outline is in force. Codes of questions are checked against it from now on."), "success")
    return redirect(url_for("authoring.bank", bank_id=bank_id), 303)


@bp.post("/outlines/<int:outline_id>/discard")
@needs(Permission.WRITE_QUESTIONS, Permission.MANAGE_BANK)
def discard_outline(outline_id: int) -> Any:
    """Throw a draft away."""
    with writing() as session:
        row, bank = outline_in_reach(session, outline_id, policy.may_edit_outline)
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
            exists_before=in_force is not None and in_force.id != row.id,
            has_questions_to_move=_undecided(session, row, in_force),
            problems=[*check(tree), *queries.problems_of_outline(session, row)],
            in_force=in_force is not None and in_force.id == row.id,
            verified_by=queries.person_name(session, row.verified_by_id),
            may_write=policy.may_edit_outline(person, bank),
            may_verify=policy.may_verify(person, bank),
        )


def _undecided(session: Session, row: OutlineRow, in_force: OutlineRow | None) -> int:
    """How many points with questions a draft changes without a word about where they went."""
    if row.status != OutlineStatus.DRAFT or in_force is None:
        return 0
    return sum(
        problem.code == "point-undecided"
        for problem in check_mapping(
            dict(row.mapping or {}),
            queries.outline_of(in_force),
            queries.outline_of(row),
            editions.points_in_use(session, row.bank_id),
        )
    )


def _upload_page(bank: Bank, form: FileForm, problems: list[Any]) -> str:
    begin = BeginOutlineForm(formdata=None, data={"name": bank.name, "copy": "yes"})
    return render_template("authoring/new_outline.html", bank=bank, form=form, begin=begin, problems=problems)
