"""The bank's list of questions: narrowed, sorted, paged; lists saved under a name; stimulus sets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.access.scope import SignedIn
from examsite.authoring import policy, queries
from examsite.authoring.blueprint import bp
from examsite.authoring.catalogue import actions, acts, search
from examsite.authoring.catalogue import queries as beside
from examsite.authoring.catalogue.figures import Alarm
from examsite.authoring.catalogue.filters import Filters, Sort, Use, from_arguments
from examsite.authoring.models import Bank, VersionStatus
from examsite.authoring.pages.reach import bank_in_reach, note_questions, questions_in_reach, whole
from examsite.db import reading, writing
from examsite.errors import NotYours
from question_bank.questions.kinds import Kind
from question_bank.questions.model import question_from_document


@bp.get("/<int:bank_id>/questions")
@needs(Permission.SEE_BANK)
def questions(bank_id: int) -> str:
    """The bank's questions, narrowed and sorted as asked."""
    return list_page(bank_id, from_arguments(request.args))


def list_page(bank_id: int, filters: Filters, fault: str = "", typed: dict[str, Any] | None = None) -> str:
    """The list; `fault` says why an act could not be previewed, `typed` is what was chosen for it."""
    person = current_person()
    with reading() as session:
        bank, sight = questions_in_reach(session, bank_id)
        hides_authors = hides_writers(person, bank)
        filters = allowed(filters, person, bank)
        found = search.find(session, bank_id, filters, whole("page"), sight=sight, zone=site_zone())
        note_questions(f"banks:{bank_id}", found.lines, page=found.page, filters=filters.as_arguments())
        outline = queries.published_outline(session, bank_id)
        return render_template(
            "authoring/questions.html",
            bank=bank,
            found=found,
            filters=filters,
            fault=fault,
            typed=typed or {},
            kinds=list(Kind),
            statuses=list(VersionStatus),
            areas=list(outline[1].walk()) if outline else [],
            writers=[] if hides_authors else search.writers(session, bank_id),
            tags=beside.tags_in_use(session, bank_id),
            alarms=list(Alarm),
            uses=list(Use),
            column=lambda text, sort, **more: _column(bank_id, filters, text, Sort(sort), more),
            saved=beside.saved_filters(session, bank_id, person.id),
            acts=[act for act in acts.ACTS.values() if act.may(person, bank)],
            page_url=lambda page: url_for(
                "authoring.questions", bank_id=bank_id, page=page, **filters.as_arguments()
            ),
            may_write=policy.may_write(person, bank),
            writable=tuple(Kind),
            hides_authors=hides_authors,
        )


def hides_writers(person: SignedIn, bank: Bank) -> bool:
    """Whether this person may not learn here who wrote what waits for an opinion."""
    return policy.may_review(person, bank) and not policy.may_oversee_vetting(person, bank)


def allowed(filters: Filters, person: SignedIn, bank: Bank) -> Filters:
    """Without the writer for who may not learn whose a question is: a list narrowed to a writer would tell."""
    if hides_writers(person, bank) and filters.writer not in (None, person.id):
        return replace(filters, writer=None)
    return filters


@bp.post("/<int:bank_id>/filters")
@needs(Permission.SEE_BANK)
def save_filter(bank_id: int) -> Any:
    """Keep the list under a name."""
    filters = from_arguments(request.form)
    try:
        with writing() as session:
            bank = bank_in_reach(session, bank_id)
            saved = actions.save_filter(
                session,
                bank,
                request.form.get("name", ""),
                filters.as_arguments(),
                is_shared="is_shared" in request.form,
                actor=current_person(),
                now=clock.now(),
            )
            name = saved.name
    except actions.NameNeeded as refused:
        flash(refused.message, "danger")
    else:
        flash(_("Saved as “%(name)s”.", name=name), "success")
    return redirect(url_for("authoring.questions", bank_id=bank_id, **filters.as_arguments()), 303)


@bp.post("/filters/<int:filter_id>/remove")
@needs(Permission.SEE_BANK)
def remove_filter(filter_id: int) -> Any:
    """Forget one's own saved list."""
    with writing() as session:
        saved = beside.saved_filter(session, filter_id)
        if saved is None or saved.owner_id != current_person().id:
            raise NotYours()
        bank_id = bank_in_reach(session, saved.bank_id).id
        name = saved.name
        actions.remove_filter(session, saved)
    flash(_("The list “%(name)s” is no longer saved.", name=name), "success")
    return redirect(url_for("authoring.questions", bank_id=bank_id), 303)


@bp.get("/<int:bank_id>/stimuli")
@needs(Permission.SEE_BANK)
def stimuli(bank_id: int) -> str:
    """The stimulus sets of a bank, or one of them with its questions."""
    code = request.args.get("code", "")[:120]
    with reading() as session:
        bank, sight = questions_in_reach(session, bank_id)
        if not code:
            sets = beside.stimulus_sets(session, bank_id, sight)
            return render_template("authoring/stimuli.html", bank=bank, sets=sets)
        versions = beside.of_stimulus(session, bank_id, code, sight)
        if not versions:
            raise NotYours()
        shown = [(version, question_from_document(version.document)) for version in versions]
        note_questions(f"banks:{bank_id}", versions, stimulus=code)
        materials: dict[str, list[str]] = {}
        for version, question in shown:
            label = version.external_id or f"#{version.question_id}"
            materials.setdefault(question.material.strip(), []).append(label)
        return render_template(
            "authoring/stimulus.html", bank=bank, code=code, shown=shown, materials=materials
        )


def site_zone() -> ZoneInfo:
    """Where the days of a filter begin."""
    return ZoneInfo(current_app.extensions["examsite-config"].timezone)


def _column(bank_id: int, filters: Filters, text: str, sort: Sort, more: dict[str, Any]) -> dict[str, Any]:
    """A column whose head sorts the list."""
    current, falls = filters.order
    url = url_for("authoring.questions", bank_id=bank_id, **filters.sorted_by(sort))
    direction = ("descending" if falls else "ascending") if current is sort else None
    return {"text": text, "url": url, "sort": direction, **more}


@bp.app_template_filter("use_label")
def use_label(use: str) -> str:
    """A way in which a question was used, as the list's filter offers it."""
    return {
        Use.NEVER: str(_("never used")),
        Use.USED: str(_("used")),
        Use.RECENT: str(_("in the last N sittings")),
        Use.OVER: str(_("seen by more than N people")),
    }[Use(use)]
