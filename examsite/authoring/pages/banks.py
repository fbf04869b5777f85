"""Banks: the list, a new one, and the page of one with its coverage."""

from __future__ import annotations

from typing import Any

from flask import current_app, redirect, render_template, request, url_for
from sqlalchemy import select
from wtforms.fields import SelectChoice

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.authoring import actions, policy, queries
from examsite.authoring.blueprint import bp
from examsite.authoring.forms import BankForm
from examsite.authoring.models import VersionStatus
from examsite.authoring.pages.reach import bank_in_reach
from examsite.authoring.secrecy import actions as secrecy
from examsite.authoring.secrecy import need_to_know
from examsite.authoring.vetting.stages import USUAL
from examsite.config import Environment
from examsite.db import reading, writing
from examsite.errors import NotYours
from examsite.registry.models import Institution
from question_bank.outlines.tree import Outline, importance_ratio
from question_bank.questions.kinds import Kind
from question_bank.standards.loading import editions, load


@bp.get("/")
@needs(Permission.SEE_BANK)
def banks() -> str:
    """Every bank within reach."""
    person = current_person()
    with reading() as session:
        lines = queries.banks_within(
            session,
            person.institutions(Permission.SEE_BANK),
            need_to_know.reachable(session, person),
            need_to_know.countable(session, person),
        )
        return render_template(
            "authoring/banks.html",
            lines=lines,
            statuses=list(VersionStatus),
            may_create=person.may(Permission.WRITE_QUESTIONS),
        )


@bp.get("/new")
@needs(Permission.WRITE_QUESTIONS)
def new_bank() -> str:
    """The form of a new bank."""
    with reading() as session:
        return render_template("authoring/new_bank.html", form=_bank_form(session))


@bp.post("/new")
@needs(Permission.WRITE_QUESTIONS)
def create_bank() -> Any:
    """Make the bank."""
    with writing() as session:
        form = _bank_form(session)
        if not form.validate():
            return render_template("authoring/new_bank.html", form=form), 422
        institution_id = int(form.institution.data)
        if not current_person().may_in(Permission.WRITE_QUESTIONS, institution_id):
            raise NotYours()
        code, _separator, edition = form.standard.data.rpartition("/")
        try:
            bank = actions.create_bank(
                session,
                institution_id,
                name=form.name.data,
                level=int(form.level.data),
                standard_code=code,
                standard_edition=edition,
                # In a demonstration every bank is a sample, so made-up people can be enrolled.
                stages=USUAL,
                needs_confirmation=form.needs_confirmation.data,
                is_sample=current_app.extensions["examsite-config"].environment is Environment.DEMO,
                actor=current_person(),
                now=clock.now(),
            )
        except actions.NameTaken as taken:
            form.name.errors = [taken.message]
            return render_template("authoring/new_bank.html", form=form), 422
        if form.is_restricted.data:
            secrecy.restrict(session, bank, actor=current_person(), now=clock.now())
            secrecy.name_creator(session, bank, actor=current_person(), now=clock.now())
        bank_id = bank.id
    return redirect(url_for("authoring.bank", bank_id=bank_id), 303)


@bp.get("/<int:bank_id>")
@needs(Permission.SEE_BANK)
def bank(bank_id: int) -> str:
    """One bank: what stands in it, how it covers the outline, and what to do next."""
    person = current_person()
    with reading() as session:
        row = bank_in_reach(session, bank_id)
        found = queries.published_outline(session, bank_id)
        counts_all = policy.may_see_counts(person, row)
        only = None if counts_all else need_to_know.visible(session, person, row)
        kinds = queries.kinds_by_status(session, bank_id, only)
        covered = queries.coverage(session, bank_id, found[1], only) if found else []
        return render_template(
            "authoring/bank.html",
            bank=row,
            kinds={Kind(letter): counts for letter, counts in kinds.items()},
            statuses=[status for status in VersionStatus if any(status in c for c in kinds.values())],
            outline_row=found[0] if found else None,
            outline=found[1] if found else None,
            ratio=_ratio(found[1]) if found else (),
            drafts=[one for one in queries.outlines(session, bank_id) if one.published_at is None],
            coverage=covered,
            covered_kinds=[kind for kind in Kind if any(kind.value in line.by_kind for line in covered)],
            elsewhere=queries.outside_outline(session, bank_id, found[1]) if found and counts_all else 0,
            batches=queries.batches(session, bank_id, sent_by=None if counts_all else person.id),
            may_open=lambda batch: policy.may_see_import(person, row, batch.uploaded_by_id),
            may_manage=policy.may_manage(person, row),
            may_edit_outline=policy.may_edit_outline(person, row),
            may_oversee=policy.may_oversee_vetting(person, row),
            may_export=policy.may_export(person, row),
            may_write=policy.may_write(person, row),
            may_review=policy.may_review(person, row),
            may_confirm=policy.may_confirm(person, row),
        )


def _ratio(outline: Outline) -> tuple[int, ...]:
    """重要程度比例 of the whole outline."""
    return tuple(
        sum(parts) for parts in zip(*(importance_ratio(area) for area in outline.areas), strict=True)
    )


def _bank_form(session: Any) -> BankForm:
    """The form with the institutions and standards that this person may choose from."""
    form = BankForm(request.form if request.method == "POST" else None)
    reach = current_person().institutions(Permission.WRITE_QUESTIONS)
    query = select(Institution).order_by(Institution.name)
    if reach is not None:
        query = query.where(Institution.id.in_(reach))
    form.institution.choices = [SelectChoice(str(one.id), one.name) for one in session.scalars(query)]
    standards = [load(code, edition) for code, edition in editions()]
    form.standard.choices = [SelectChoice(f"{one.code}/{one.edition}", one.title) for one in standards]
    levels = {level.code: f"{level.label}/{level.title}" for one in standards for level in one.levels}
    form.level.choices = [SelectChoice(code, name) for code, name in sorted(levels.items(), reverse=True)]
    return form
