"""Writing questions: the form of every kind, its preview, what follows a save."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.authoring import actions, policy, queries
from examsite.authoring.blueprint import bp
from examsite.authoring.models import Bank, QuestionVersion
from examsite.authoring.pages.reach import (
    bank_in_reach,
    may_write_at,
    note_look,
    note_questions,
    version_in_reach,
)
from examsite.authoring.pages.writing_page import form_page, preview_of
from examsite.authoring.pictures import actions as pictures
from examsite.authoring.writing import likeness, readiness
from examsite.authoring.writing.changes import changed
from examsite.authoring.writing.composing import Composed, compose
from examsite.authoring.writing.typed import Typed, typed_from, typed_of
from examsite.db import reading, writing
from question_bank.problems import NOWHERE, Severity
from question_bank.questions.check import Finding
from question_bank.questions.kinds import Kind
from question_bank.questions.model import Question, question_from_document

#: Kinds that can be written by form: all.
WRITABLE = tuple(Kind)
#: Buttons of the form that save; every other press shows the form again.
SAVING = ("draft", "save_next", "submit_for_review")


@bp.get("/<int:bank_id>/questions/new")
@needs(Permission.WRITE_QUESTIONS)
def new_question(bank_id: int) -> str:
    """The form of a new question of the kind asked for; `after` names the question whose filing is kept."""
    kind = _kind()
    person = current_person()
    with reading() as session:
        bank = bank_in_reach(session, bank_id, policy.may_write)
        typed = typed_from(kind, request.args)
        last = _number("after")
        row = session.get(QuestionVersion, last) if last else None
        if row is not None and row.author_id == person.id and row.bank_id == bank.id:
            typed = _filed_like(typed, question_from_document(row.document))
        return form_page(session, bank, typed, saved=row is not None and "saved" in request.args)


@bp.post("/<int:bank_id>/questions/new")
@needs(Permission.WRITE_QUESTIONS)
def write_question(bank_id: int) -> Any:
    """Make the question, as a draft or straight into review; or show the form again as one of its buttons changed it."""
    kind = _kind()
    with writing() as session:
        bank = bank_in_reach(session, bank_id, policy.may_write)
        typed, made, refusal = _taken(session, bank, kind)
        if refusal is not None:
            return refusal
        try:
            new = actions.write_question(
                session,
                bank,
                made.question,
                made.key,
                external_id=typed.external_id.strip() or None,
                actor=current_person(),
                now=clock.now(),
            )
        except actions.NameTaken as taken:
            return form_page(session, bank, typed, _with_fault(made, taken.message, "external_id")), 422
        target = _after_saving(session, new, kind)
    return redirect(target, 303)


@bp.get("/versions/<int:version_id>/revise")
@needs(Permission.WRITE_QUESTIONS)
def revise(version_id: int) -> str:
    """The form with what this version says; saving makes a new version."""
    with reading() as session:
        old, bank = version_in_reach(session, version_id, policy.may_revise)
        question = question_from_document(old.document)
        key = queries.keys(session, [old.id])[old.id]
        note_look(f"question_versions:{old.id}", purpose="revise")
        return form_page(session, bank, typed_of(question, key), old=old)


@bp.post("/versions/<int:version_id>/revise")
@needs(Permission.WRITE_QUESTIONS)
def write_version(version_id: int) -> Any:
    """Make the next version of the question; or show the form again as one of its buttons changed it."""
    with writing() as session:
        old, bank = version_in_reach(session, version_id, policy.may_revise)
        kind = Kind(old.kind)
        typed, made, refusal = _taken(session, bank, kind, old)
        if refusal is not None:
            return refusal
        try:
            new = actions.write_version(
                session, old.question, made.question, made.key, actor=current_person(), now=clock.now()
            )
        except actions.NothingChanged as same:
            return form_page(session, bank, typed, _with_fault(made, same.message, "stem"), old=old), 422
        target = _after_saving(session, new, kind, old)
    return redirect(target, 303)


@bp.post("/<int:bank_id>/questions/preview")
@needs(Permission.WRITE_QUESTIONS)
def preview_question(bank_id: int) -> Response:
    """What is typed as the candidate would see it, with what the check says.  Nothing is kept."""
    kind = _kind()
    with reading() as session:
        bank = bank_in_reach(session, bank_id, policy.may_write)
        typed = typed_from(kind, request.form)
        made = _composed(session, bank, typed)
        return jsonify(preview_of(session, bank, typed, made, question_id=_number("question")))


@bp.post("/<int:bank_id>/pictures")
@needs(Permission.WRITE_QUESTIONS)
def add_picture(bank_id: int) -> Response:
    """Keep a picture for the bank's questions; answers with what stands for it in a text."""
    sent = request.files.get("picture_file")
    with writing() as session:
        bank = bank_in_reach(session, bank_id, policy.may_write)
        if sent is None:
            raise pictures.NotAPicture(_("Choose a picture first."))
        digest = pictures.keep(
            session,
            bank.id,
            sent.stream.read(pictures.MOST_BYTES + 1),
            actor=current_person(),
            now=clock.now(),
        )
    return jsonify(digest=digest, text=_picture_text(sent.filename or "", digest))


@bp.get("/versions/<int:version_id>/saved")
@needs(Permission.WRITE_QUESTIONS)
def saved_version(version_id: int) -> str:
    """What was saved, and what can be done next."""
    person = current_person()
    with reading() as session:
        row, bank = version_in_reach(session, version_id, policy.may_write)
        findings = readiness.findings_of(session, [row.id])[row.id] if row.author_id == person.id else []
        likes = likeness.alike(session, bank, person, row.stem, except_question_id=row.question_id)
        note_questions(f"question_versions:{row.id}", [row])
        return render_template(
            "authoring/saved_version.html",
            version=row,
            bank=bank,
            findings=findings,
            is_ready=not any(finding.is_error for finding in findings),
            likes=likes,
            written_in=_form_of(row),
        )


def _form_of(row: QuestionVersion) -> str:
    """Which form the version was written in: what its unsaved typing is kept under on the writer's machine."""
    last = _number("revised")
    return row.kind if last is None else f"{row.kind}{last}"


def _taken(
    session: Session, bank: Bank, kind: Kind, old: QuestionVersion | None = None
) -> tuple[Typed, Composed, Any]:
    """What was sent, what it makes, and the page to answer with where nothing is to be stored (None = store it)."""
    typed = typed_from(kind, request.form)
    if not any(name in request.form for name in SAVING):
        typed, fault = _pressed(session, bank, typed)
        made = _composed(session, bank, typed)
        if fault is not None:
            made = _with_fault(made, fault, "stem")
        return typed, made, form_page(session, bank, typed, made, old=old, is_attempt=False)
    made = _composed(session, bank, typed)
    if made.question is not None and not may_write_at(session, bank, made.question.point):
        sentence = _("You are not named to write in this area. Choose a point of your areas.")
        return (
            typed,
            made,
            (form_page(session, bank, typed, _with_fault(made, sentence, "point"), old=old), 422),
        )
    stands = made.is_ready if "submit_for_review" in request.form else made.is_storable
    if stands:
        return typed, made, None
    return typed, made, (form_page(session, bank, typed, made, old=old), 422)


def _pressed(session: Session, bank: Bank, typed: Typed) -> tuple[Typed, str | None]:
    """The form after the button that was pressed, and what went wrong."""
    command = request.form.get("change", "")
    if command != "picture":
        return changed(typed, command, request.form.get("pasted", "")), None
    sent = request.files.get("picture_file")
    if sent is None or not sent.filename:
        return typed, _("Choose a picture first.")
    try:
        digest = pictures.keep(
            session,
            bank.id,
            sent.stream.read(pictures.MOST_BYTES + 1),
            actor=current_person(),
            now=clock.now(),
        )
    except pictures.NotAPicture as refused:
        return typed, refused.message
    text = _picture_text(sent.filename, digest)
    body = replace(typed.body, stem=f"{typed.body.stem}\n{text}".strip())
    return replace(typed, body=body), None


def _picture_text(name: str, digest: str) -> str:
    """How a text refers to the picture; the name of its file is the first alternative text."""
    words = name.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    plain = "".join(one for one in words if one.isalnum() or one in " -")[:40].strip()
    return f"![{plain or '图'}](picture:{digest})"


def _after_saving(
    session: Session, new: QuestionVersion, kind: Kind, old: QuestionVersion | None = None
) -> str:
    """Submit the new version where that button was pressed; where to go on."""
    if "submit_for_review" in request.form:
        actions.submit(session, new, actor=current_person(), now=clock.now())
        flash(_("Saved. The question waits for review by another person."), "success")
    else:
        flash(_("Saved as a draft. Submit it for review when it is ready."), "success")
    if "save_next" in request.form:
        return url_for("authoring.new_question", bank_id=new.bank_id, kind=kind.value, after=new.id, saved=1)
    return url_for("authoring.saved_version", version_id=new.id, revised=old.id if old else None)


def _composed(session: Session, bank: Bank, typed: Typed) -> Composed:
    outline = queries.published_outline(session, bank.id)
    return compose(typed, outline[1] if outline else None)


def _filed_like(typed: Typed, last: Question) -> Typed:
    """The empty form with what the last question was filed under; material only where questions share it."""
    return replace(
        typed,
        point=last.point,
        difficulty=str(last.difficulty or ""),
        sources="\n".join(last.sources),
        tags=last.tags,
        stimulus=last.stimulus,
        material=last.material if last.stimulus else "",
    )


def _with_fault(made: Composed, message: str, field: str) -> Composed:
    fault = Finding(NOWHERE, "refused", message, Severity.ERROR, field)
    return replace(made, faults=[*made.faults, fault])


def _kind() -> Kind:
    letter = request.args.get("kind", Kind.SINGLE.value)
    if letter not in {kind.value for kind in WRITABLE}:
        abort(404)
    return Kind(letter)


def _number(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None
