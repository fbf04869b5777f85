"""Review: what waits for this reviewer, one question with an opinion, several approved on one page."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.authoring import actions, policy, queries, search
from examsite.authoring.blueprint import bp
from examsite.authoring.forms import OpinionForm
from examsite.authoring.models import QuestionVersion, VersionStatus
from examsite.authoring.pages.questions import filters_from_address
from examsite.authoring.pages.reach import note_look, version_in_reach, whole
from examsite.db import reading, writing
from question_bank.questions.kinds import Kind
from question_bank.questions.model import question_from_document

SIZES = (20, 50, 100)


@bp.get("/review")
@needs(Permission.REVIEW_QUESTIONS)
def review_queue() -> str:
    """What this reviewer may judge, oldest first."""
    return _queue_page()


@bp.post("/review")
@needs(Permission.REVIEW_QUESTIONS)
def approve_selected() -> Any:
    """Approve the questions that were ticked, all or none."""
    chosen = [int(text) for text in request.form.getlist("version") if text.isascii() and text.isdigit()]
    if not chosen:
        return _queue_page(_("Tick the questions that you approve, then press the button.")), 422
    if not request.form.get("confirm"):
        return (
            _queue_page(_("Tick the box that says you have looked at every question you chose."), chosen),
            422,
        )
    try:
        with writing() as session:
            for version_id in chosen[: max(SIZES)]:
                version_in_reach(session, version_id, policy.may_review)
            count = actions.approve_several(
                session, chosen[: max(SIZES)], actor=current_person(), now=clock.now()
            )
    except actions.NotInReview as changed:
        return _queue_page(changed.message), changed.status
    flash(
        ngettext("%(num)s question was approved.", "%(num)s questions were approved.", count),
        "success",
    )
    narrowed = filters_from_address().as_arguments()
    return redirect(url_for("authoring.review_queue", **narrowed, size=whole("size", SIZES[0])), 303)


@bp.get("/review/<int:version_id>")
@needs(Permission.REVIEW_QUESTIONS)
def review(version_id: int) -> str:
    """One question with its key and sources, and the form of an opinion."""
    return _review_page(version_id, OpinionForm(formdata=None))


@bp.post("/review/<int:version_id>")
@needs(Permission.REVIEW_QUESTIONS)
def give_opinion(version_id: int) -> Any:
    """Approve or return, as the button says; then on to the next question."""
    form = OpinionForm()
    verdict = request.form.get("verdict", "")
    if verdict not in ("approve", "return") or not form.validate():
        return _review_page(version_id, form, _("Choose whether to approve or to return the question.")), 422
    comment = form.comment.data or ""
    person, now = current_person(), clock.now()
    try:
        with writing() as session:
            row, _bank = version_in_reach(session, version_id, policy.may_review)
            if verdict == "approve":
                actions.approve(session, row, comment=comment, actor=person, now=now)
            else:
                actions.send_back(session, row, comment, actor=person, now=now)
            following = search.next_to_review(
                session, person.id, person.institutions(Permission.REVIEW_QUESTIONS), after=row
            )
    except actions.CommentNeeded as missing:
        form.comment.errors = [missing.message]
        return _review_page(version_id, form), 422
    flash(_("Approved.") if verdict == "approve" else _("Returned to the author."), "success")
    if following is None:
        return redirect(url_for("authoring.review_queue"), 303)
    return redirect(url_for("authoring.review", version_id=following), 303)


def _queue_page(error: str = "", chosen: list[int] | None = None) -> str:
    person = current_person()
    reach = person.institutions(Permission.REVIEW_QUESTIONS)
    filters = filters_from_address()
    size = whole("size", SIZES[0])
    size = size if size in SIZES else SIZES[0]
    with reading() as session:
        found = search.to_review(session, person.id, reach, filters, whole("page"), size)
        rows: list[QuestionVersion] = found.lines
        ids = [row.id for row in rows]
        held = queries.keys(session, ids)
        if ids:
            note_look("review-queue", versions=ids)
        questions = {row.id: question_from_document(row.document) for row in rows}
        arguments = {**filters.as_arguments(), "size": size}
        arguments.pop("status", None)
        return render_template(
            "authoring/review_queue.html",
            found=found,
            rows=rows,
            questions=questions,
            keys=held,
            filters=filters,
            kinds=list(Kind),
            banks=search.banks_to_review(session, person.id, reach),
            sizes=SIZES,
            size=size,
            error=error,
            chosen=chosen or [],
            arguments=arguments,
            page_url=lambda page: url_for("authoring.review_queue", page=page, **arguments),
        )


def _review_page(version_id: int, form: OpinionForm, error: str = "") -> str:
    person = current_person()
    with reading() as session:
        row, bank = version_in_reach(session, version_id, policy.may_review)
        question = question_from_document(row.document)
        note_look(f"question_versions:{row.id}", purpose="review")
        versions = search.history(session, row.question_id)
        before = next((one for one in versions if one.number < row.number), None)
        ids = [row.id] + ([before.id] if before else [])
        held = queries.keys(session, ids)
        earlier = question_from_document(before.document) if before else None
        return render_template(
            "authoring/review.html",
            version=row,
            bank=bank,
            question=question,
            key=held[row.id],
            before=before,
            before_question=earlier,
            before_key=held[before.id] if before else None,
            opinions=search.opinions(session, [one.id for one in versions]),
            numbers={one.id: one.number for one in versions},
            form=form,
            error=error,
            is_waiting=row.status == VersionStatus.IN_REVIEW and versions[0].id == row.id,
            is_own=search.is_own(session, row.question_id, person.id),
        )
