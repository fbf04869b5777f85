"""Questions: one version as candidates see it, writing and revising."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.authoring import actions, invisible, policy, queries, search
from examsite.authoring.blueprint import bp
from examsite.authoring.composing import Composed, compose, typed_from, typed_of
from examsite.authoring.forms import JudgementForm, QuestionForm, ReasonForm
from examsite.authoring.models import VETTED, Bank, QuestionVersion, VersionStatus
from examsite.authoring.pages import history
from examsite.authoring.pages.reach import bank_in_reach, note_look, version_in_reach
from examsite.authoring.search import Filters
from examsite.db import reading, writing
from question_bank.outlines.tree import Outline
from question_bank.questions.kinds import Kind
from question_bank.questions.model import question_from_document
from question_bank.questions.present import present

#: Kinds that can be written by form today; the others come with their issue.
WRITABLE = (Kind.SINGLE, Kind.MULTIPLE, Kind.JUDGEMENT, Kind.BLANK, Kind.SHORT, Kind.ESSAY, Kind.CASE)


@bp.get("/versions/<int:version_id>")
@needs(Permission.SEE_BANK)
def version(version_id: int) -> str:
    """One version as candidates see it, beside its key, sources, history, opinions and statistics."""
    return version_page(version_id, ReasonForm(formdata=None))


@bp.get("/<int:bank_id>/questions/new")
@needs(Permission.WRITE_QUESTIONS)
def new_question(bank_id: int) -> str:
    """The form of a new question of the kind asked for."""
    kind = _kind(request.args.get("kind", Kind.SINGLE.value))
    with reading() as session:
        bank = bank_in_reach(session, bank_id, policy.may_write)
        form = _form(kind, formdata=None)
        return _question_form_page(session, bank, kind, form)


@bp.post("/<int:bank_id>/questions/new")
@needs(Permission.WRITE_QUESTIONS)
def write_question(bank_id: int) -> Any:
    """Make the question, as a draft or straight into review."""
    kind = _kind(request.args.get("kind", Kind.SINGLE.value))
    with writing() as session:
        bank = bank_in_reach(session, bank_id, policy.may_write)
        form = _form(kind)
        made = _composed(session, bank, kind, form)
        if made.question is None or made.key is None:
            return _question_form_page(session, bank, kind, form), 422
        try:
            new = actions.write_question(
                session,
                bank,
                made.question,
                made.key,
                external_id=form.external_id.data or None,
                actor=current_person(),
                now=clock.now(),
            )
        except actions.NameTaken as taken:
            form.external_id.errors = [taken.message]
            return _question_form_page(session, bank, kind, form), 422
        version_id = _saved(session, new)
    return redirect(url_for("authoring.version", version_id=version_id), 303)


@bp.get("/versions/<int:version_id>/revise")
@needs(Permission.WRITE_QUESTIONS)
def revise(version_id: int) -> str:
    """The form with what this version says; saving makes a new version."""
    with reading() as session:
        old, bank = version_in_reach(session, version_id, policy.may_write)
        question = question_from_document(old.document)
        key = queries.keys(session, [old.id])[old.id]
        note_look(f"question_versions:{old.id}", purpose="revise")
        typed = typed_of(question, key)
        fields = {name: getattr(typed, name) for name in typed.__dataclass_fields__}
        form = _form(question.kind, formdata=None, data=fields)
        del form.external_id
        return _question_form_page(session, bank, question.kind, form, old)


@bp.post("/versions/<int:version_id>/revise")
@needs(Permission.WRITE_QUESTIONS)
def write_version(version_id: int) -> Any:
    """Make the next version of the question."""
    with writing() as session:
        old, bank = version_in_reach(session, version_id, policy.may_write)
        kind = Kind(old.kind)
        form = _form(kind)
        del form.external_id
        made = _composed(session, bank, kind, form)
        if made.question is None or made.key is None:
            return _question_form_page(session, bank, kind, form, old), 422
        try:
            new = actions.write_version(
                session, old.question, made.question, made.key, actor=current_person(), now=clock.now()
            )
        except actions.NothingChanged as same:
            form.stem.errors = [same.message]
            return _question_form_page(session, bank, kind, form, old), 422
        new_id = _saved(session, new)
    return redirect(url_for("authoring.version", version_id=new_id), 303)


@bp.post("/versions/<int:version_id>/submit")
@needs(Permission.WRITE_QUESTIONS)
def submit_version(version_id: int) -> Any:
    """Hand a draft to the reviewers."""
    with writing() as session:
        row, _bank = version_in_reach(session, version_id, policy.may_write)
        actions.submit(session, row, actor=current_person(), now=clock.now())
    flash(_("The question waits for review by another person."), "success")
    return redirect(url_for("authoring.version", version_id=version_id), 303)


@bp.post("/versions/<int:version_id>/retire")
@needs(Permission.REVIEW_QUESTIONS)
def retire_version(version_id: int) -> Any:
    """Take an approved question out of papers to come."""
    form = ReasonForm()
    try:
        with writing() as session:
            row, _bank = version_in_reach(session, version_id, policy.may_review)
            actions.retire(session, row, form.reason.data or "", actor=current_person(), now=clock.now())
    except actions.CommentNeeded as missing:
        form.reason.errors = [missing.message]
        return version_page(version_id, form), 422
    flash(_("The question is retired: no new paper will hold it."), "success")
    return redirect(url_for("authoring.version", version_id=version_id), 303)


def filters_from_address() -> Filters:
    """The filters that the address carries; nonsense is left out."""
    arguments = {name: invisible.without(value) for name, value in request.args.items()}
    difficulty = arguments.get("difficulty", "")
    bank_id = arguments.get("bank", "")
    return Filters(
        arguments.get("q", "").strip()[:80],
        arguments.get("area", "").strip().upper()[:40],
        arguments.get("kind", "") if arguments.get("kind", "") in list(Kind) else "",
        difficulty if difficulty in {"1", "2", "3", "4", "5"} else "",
        arguments.get("status", "") if arguments.get("status", "") in list(VersionStatus) else "",
        int(bank_id) if bank_id.isascii() and bank_id.isdigit() and len(bank_id) < 9 else None,
    )


def version_page(version_id: int, form: ReasonForm) -> str:
    """The page of a version; the key stands on it only for those who may see keys, and then it is noted."""
    person = current_person()
    with reading() as session:
        row, bank = version_in_reach(session, version_id)
        question = question_from_document(row.document)
        key = None
        if policy.may_see_keys(person, bank):
            note_look(f"question_versions:{row.id}")
            key = queries.keys(session, [row.id])[row.id]
        versions = search.history(session, row.question_id)
        ids = [one.id for one in versions]
        may_write = policy.may_write(person, bank)
        is_own = search.is_own(session, row.question_id, person.id)
        return render_template(
            "authoring/version.html",
            version=row,
            bank=bank,
            question=question,
            shown=present(question, position=1, points=Decimal(1)),
            key=key,
            versions=versions,
            is_newest=versions[0].id == row.id,
            opinions=search.opinions(session, ids),
            numbers={one.id: one.number for one in versions},
            form=form,
            may_write=may_write and Kind(row.kind) in WRITABLE,
            may_submit=may_write and row.status == VersionStatus.DRAFT,
            may_judge=policy.may_review(person, bank)
            and row.status == VersionStatus.IN_REVIEW
            and not is_own
            and versions[0].id == row.id,
            may_retire=policy.may_review(person, bank) and row.status in VETTED,
            **history.beside_version(session, person, bank, row, versions),
        )


def _question_form_page(
    session: Session, bank: Bank, kind: Kind, form: Any, old: QuestionVersion | None = None
) -> str:
    outline = queries.published_outline(session, bank.id)
    return render_template(
        "authoring/question_form.html",
        bank=bank,
        kind=kind,
        form=form,
        old=old,
        points=outline[1].points if outline else (),
        writable=WRITABLE,
    )


def _form(kind: Kind, **arguments: Any) -> QuestionForm:
    """The form of this kind: without options where the kind has none."""
    form = (JudgementForm if kind is Kind.JUDGEMENT else QuestionForm)(**arguments)
    if not kind.has_options:
        del form.options
    return form


def _composed(session: Session, bank: Bank, kind: Kind, form: Any) -> Composed:
    """What the form makes, with every fault beside its field."""
    outline: tuple[Any, Outline] | None = queries.published_outline(session, bank.id)
    shaped = form.validate()
    made = compose(kind, typed_from(form.data), outline[1] if outline else None)
    for name, sentences in made.errors.items():
        target = form[name]
        if not target.errors:
            target.errors = sentences
    return made if shaped else Composed()


def _saved(session: Session, new: QuestionVersion) -> int:
    """Submit the new version where that button was pressed; its id."""
    if "submit_for_review" in request.form:
        actions.submit(session, new, actor=current_person(), now=clock.now())
        flash(_("Saved. The question waits for review by another person."), "success")
    else:
        flash(_("Saved as a draft. Submit it for review when it is ready."), "success")
    return new.id


def _kind(letter: str) -> Kind:
    if letter not in {kind.value for kind in WRITABLE}:
        abort(404)
    return Kind(letter)
