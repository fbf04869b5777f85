"""Questions: the list with its search, one version as candidates see it, submitting and retiring."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.authoring import actions, invisible, policy, queries, search
from examsite.authoring.blueprint import bp
from examsite.authoring.forms import ReasonForm
from examsite.authoring.models import VersionStatus
from examsite.authoring.pages.reach import (
    note_look,
    note_questions,
    questions_in_reach,
    seen_of,
    version_in_reach,
    whole,
)
from examsite.authoring.search import Filters
from examsite.authoring.vetting.blindness import sight
from examsite.authoring.vetting.standing import standing
from examsite.db import reading, writing
from question_bank.questions.kinds import Kind
from question_bank.questions.model import question_from_document


@bp.get("/<int:bank_id>/questions")
@needs(Permission.SEE_BANK)
def questions(bank_id: int) -> str:
    """The bank's questions, narrowed as asked."""
    person = current_person()
    filters = filters_from_address()
    with reading() as session:
        bank, visible = questions_in_reach(session, bank_id)
        found = search.find(session, bank_id, filters, whole("page"), visible=visible)
        note_questions(f"banks:{bank_id}", found.lines, page=found.page, filters=filters.as_arguments())
        outline = queries.published_outline(session, bank_id)
        return render_template(
            "authoring/questions.html",
            bank=bank,
            found=found,
            filters=filters,
            kinds=list(Kind),
            statuses=list(VersionStatus),
            areas=list(outline[1].walk()) if outline else [],
            page_url=lambda page: url_for(
                "authoring.questions", bank_id=bank_id, page=page, **filters.as_arguments()
            ),
            may_write=policy.may_write(person, bank),
            hides_authors=policy.may_review(person, bank) and not policy.may_oversee_vetting(person, bank),
            writable=tuple(Kind),
        )


@bp.get("/versions/<int:version_id>")
@needs(Permission.SEE_BANK)
def version(version_id: int) -> str:
    """One version as candidates see it, beside its key, sources, history, opinions and statistics."""
    return version_page(version_id, ReasonForm(formdata=None))


@bp.post("/versions/<int:version_id>/submit")
@needs(Permission.WRITE_QUESTIONS)
def submit_version(version_id: int) -> Any:
    """Hand a draft to the reviewers."""
    with writing() as session:
        row, _bank = version_in_reach(session, version_id, policy.may_write)
        actions.submit(session, row, actor=current_person(), now=clock.now())
    flash(_("The question waits for review by another person."), "success")
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
        else:
            note_questions(f"question_versions:{row.id}", [row])
        versions = seen_of(bank, search.history(session, row.question_id))
        ids = [one.id for one in versions]
        may_write = policy.may_revise(person, bank)
        is_own = search.is_own(session, row.question_id, person.id)
        said = search.opinions(session, ids)
        seen = sight(person, bank, versions, said, is_own=is_own)
        return render_template(
            "authoring/version.html",
            version=row,
            bank=bank,
            question=question,
            key=key,
            versions=versions,
            is_newest=versions[0].id == row.id,
            # A comment can say what is right ("the answer is B"), so it is read by whoever may see the key.
            opinions=seen.opinions(said) if key is not None or not bank.is_restricted else [],
            hides_author=seen.hides_author,
            numbers={one.id: one.number for one in versions},
            vetted=standing(session, person, bank, row, versions),
            statistics=search.statistics(session, ids),
            form=form,
            may_write=may_write,
            may_submit=may_write and row.status == VersionStatus.DRAFT,
            may_judge=policy.may_review(person, bank)
            and row.status == VersionStatus.IN_REVIEW
            and not is_own
            and versions[0].id == row.id,
        )
