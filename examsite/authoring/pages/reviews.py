"""Review: what waits for this reviewer, one question with an opinion, several adopted on one page, withdrawing."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.authoring import policy, queries, search
from examsite.authoring.blueprint import bp
from examsite.authoring.forms import OpinionForm, ReasonForm
from examsite.authoring.models import Code, VersionStatus
from examsite.authoring.pages.labels import opinion_label
from examsite.authoring.pages.questions import filters_from_address
from examsite.authoring.pages.reach import (
    UndertakingNeeded,
    note_look,
    note_opening,
    seen_of,
    version_in_reach,
    whole,
)
from examsite.authoring.secrecy import undertakings
from examsite.authoring.vetting import actions, queue
from examsite.authoring.vetting.blindness import sight, stage_of
from examsite.authoring.vetting.errors import BadRating, CommentNeeded, NotAssigned, NotInReview
from examsite.db import reading, writing
from question_bank.questions.kinds import Kind
from question_bank.questions.model import question_from_document

SIZES = (20, 50, 100)


@bp.get("/review")
@needs(Permission.REVIEW_QUESTIONS)
def review_queue() -> str:
    """What this reviewer may judge: own tasks by the day they are due, then what nobody has."""
    return _queue_page()


@bp.post("/review")
@needs(Permission.REVIEW_QUESTIONS)
def judge_selected() -> Any:
    """The same opinion on every question that was ticked, all or none."""
    chosen = [int(text) for text in request.form.getlist("version") if text.isascii() and text.isdigit()]
    code = request.form.get("code", Code.ADOPT.value)
    comment = request.form.get("comment", "").strip()[:4000]
    if not chosen or code not in list(Code):
        return _queue_page(_("Tick the questions that you approve, then press the button.")), 422
    if not request.form.get("confirm"):
        return (
            _queue_page(_("Tick the box that says you have looked at every question you chose."), chosen),
            422,
        )
    said = actions.Judgement(Code(code), comment)
    try:
        with writing() as session:
            for version_id in chosen[: max(SIZES)]:
                version_in_reach(session, version_id, policy.may_review)
            count = actions.give_opinions(
                session, chosen[: max(SIZES)], said, actor=current_person(), now=clock.now()
            )
    except (NotInReview, NotAssigned, CommentNeeded) as changed:
        return _queue_page(changed.message, chosen), changed.status
    flash(
        ngettext(
            "Your opinion on %(num)s question was signed: %(code)s.",
            "Your opinion on %(num)s questions was signed: %(code)s.",
            count,
            code=opinion_label(code),
        ),
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
    """Sign the opinion that the button says; then on to the next question."""
    form = OpinionForm()
    code = request.form.get("code", "")
    if code not in list(Code) or not form.validate():
        error = "" if form.errors else _("Choose one of the four opinions.")
        return _review_page(version_id, form, error), 422
    said = actions.Judgement(
        Code(code),
        form.comment.data or "",
        _rating(form.consistency.data),
        _rating(form.difficulty.data),
        form.angoff.data,
    )
    person, now = current_person(), clock.now()
    try:
        with writing() as session:
            row, _bank = version_in_reach(session, version_id, policy.may_review)
            actions.give_opinion(session, row, said, actor=person, now=now)
            following = queue.next_to_review(
                session, person.id, person.institutions(Permission.REVIEW_QUESTIONS), after=row
            )
    except (CommentNeeded, BadRating) as missing:
        form.comment.errors = [missing.message]
        return _review_page(version_id, form), 422
    flash(_("Your opinion was signed: %(code)s.", code=opinion_label(code)), "success")
    if following is None:
        return redirect(url_for("authoring.review_queue"), 303)
    return redirect(url_for("authoring.review", version_id=following), 303)


@bp.post("/review/<int:version_id>/recuse")
@needs(Permission.REVIEW_QUESTIONS)
def recuse(version_id: int) -> Any:
    """Withdraw from this question; somebody else is asked."""
    reason = ReasonForm()
    try:
        with writing() as session:
            row, _bank = version_in_reach(session, version_id, policy.may_review)
            actions.recuse(session, row, reason.reason.data or "", actor=current_person(), now=clock.now())
    except CommentNeeded as missing:
        reason.reason.errors = [missing.message]
        return _review_page(version_id, OpinionForm(formdata=None), reason=reason), 422
    flash(_("You withdrew from this question. Another reviewer is asked."), "success")
    return redirect(url_for("authoring.review_queue"), 303)


def _rating(text: str | None) -> int | None:
    return int(text) if text else None


def _queue_page(error: str = "", chosen: list[int] | None = None) -> str:
    person, now = current_person(), clock.now()
    reach = person.institutions(Permission.REVIEW_QUESTIONS)
    filters = filters_from_address()
    size = whole("size", SIZES[0])
    size = size if size in SIZES else SIZES[0]
    with reading() as session:
        unsigned = undertakings.unsigned(
            session,
            person.id,
            [bank_id for bank_id, _name, _n in queue.banks_to_review(session, person.id, reach)],
        )
        if unsigned is not None:
            raise UndertakingNeeded(unsigned)
        found = queue.to_review(session, person.id, reach, filters, whole("page"), size)
        lines: list[queue.Waiting] = found.lines
        ids = [line.version.id for line in lines]
        held = queries.keys(session, ids)
        if ids:
            note_look("review-queue", versions=ids)
        questions = {line.version.id: question_from_document(line.version.document) for line in lines}
        arguments = {**filters.as_arguments(), "size": size}
        arguments.pop("status", None)
        return render_template(
            "authoring/review_queue.html",
            found=found,
            lines=lines,
            count=queue.count(session, person.id, reach, now=now),
            stages={line.version.id: stage_of(line.version) for line in lines},
            questions=questions,
            keys=held,
            filters=filters,
            kinds=list(Kind),
            banks=queue.banks_to_review(session, person.id, reach),
            others=[code for code in Code if code is not Code.ADOPT],
            sizes=SIZES,
            size=size,
            error=error,
            chosen=chosen or [],
            arguments=arguments,
            page_url=lambda page: url_for("authoring.review_queue", page=page, **arguments),
        )


def _review_page(
    version_id: int, form: OpinionForm, error: str = "", *, reason: ReasonForm | None = None
) -> str:
    person = current_person()
    with reading() as session:
        row, bank = version_in_reach(session, version_id, policy.may_judge)
        question = question_from_document(row.document)
        note_look(f"question_versions:{row.id}", purpose="review")
        note_opening(row.id)
        versions = seen_of(bank, search.history(session, row.question_id))
        before = next((one for one in versions if one.number < row.number), None)
        ids = [row.id] + ([before.id] if before else [])
        held = queries.keys(session, ids)
        earlier = question_from_document(before.document) if before else None
        is_own = search.is_own(session, row.question_id, person.id)
        opinions = search.opinions(session, [one.id for one in versions])
        seen = sight(person, bank, versions, opinions, is_own=is_own)
        return render_template(
            "authoring/review.html",
            version=row,
            bank=bank,
            question=question,
            key=held[row.id],
            before=before,
            before_question=earlier,
            before_key=held[before.id] if before else None,
            opinions=seen.opinions(opinions),
            versions={one.id: one for one in versions},
            stage=stage_of(row),
            hides_author=seen.hides_author,
            form=form,
            reason=reason or ReasonForm(formdata=None),
            error=error,
            codes=list(Code),
            is_waiting=row.status == VersionStatus.IN_REVIEW and versions[0].id == row.id,
            is_own=is_own,
            has_judged=any(one.reviewer_id == person.id and one.version_id == row.id for one in opinions),
            task=queue.task_of(session, row.id, person.id),
        )
