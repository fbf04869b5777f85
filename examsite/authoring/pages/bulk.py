"""Acts on many questions: what would happen is shown first, then confirmed, all in one transaction or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.authoring import invisible
from examsite.authoring.blueprint import bp
from examsite.authoring.catalogue import acts, search
from examsite.authoring.catalogue.filters import from_arguments
from examsite.authoring.models import Bank, QuestionVersion
from examsite.authoring.pages.catalogue import allowed, list_page, site_zone
from examsite.authoring.pages.reach import bank_in_reach, note_questions
from examsite.authoring.secrecy.need_to_know import visible
from examsite.db import reading, writing
from examsite.errors import Invalid, NotYours

ANSWERS = ("reason", "tag")
SHOWN = 20


@bp.post("/<int:bank_id>/bulk")
@needs(Permission.WRITE_QUESTIONS, Permission.REVIEW_QUESTIONS, Permission.MANAGE_BANK)
def preview_act(bank_id: int) -> Any:
    """What the act would do to which questions, before anything is done."""
    return _preview(bank_id)


@bp.post("/<int:bank_id>/bulk/confirm")
@needs(Permission.WRITE_QUESTIONS, Permission.REVIEW_QUESTIONS, Permission.MANAGE_BANK)
def confirm_act(bank_id: int) -> Any:
    """Do what was previewed; where the questions are others by now, show the preview again."""
    person, now = current_person(), clock.now()
    try:
        with writing() as session:
            bank = bank_in_reach(session, bank_id)
            act, answers = _act(bank), _answers()
            acts.check_answers(act, answers)
            asked = acts.Request(session, bank, person, answers)
            taken = act.sort(asked, _chosen(session, bank, act)).taken
            if not taken or _digest(taken) != request.form.get("seen"):
                raise _Changed()
            act.do(asked, taken, person, now)
    except _Changed:
        return _preview(bank_id, changed=True)
    except Invalid:
        return _preview(bank_id)
    done = ngettext("Done for %(num)s question.", "Done for %(num)s questions.", len(taken))
    flash(f"{act.label}{_(': ')}{done}", "success")
    filters = from_arguments(request.form)
    return redirect(url_for("authoring.questions", bank_id=bank_id, **filters.as_arguments()), 303)


class _Changed(Exception):
    """What would be done now is not what was shown."""


def _preview(bank_id: int, *, changed: bool = False) -> Any:
    filters = from_arguments(request.form)
    answers = _answers()
    with reading() as session:
        bank = bank_in_reach(session, bank_id)
        if not any(act.may(current_person(), bank) for act in acts.ACTS.values()):
            raise NotYours()
        try:
            act = _act(bank)
            acts.check_answers(act, answers)
            found = _chosen(session, bank, act)
        except Invalid as refused:
            typed = {
                "act": request.form.get("act", ""),
                "ids": _ids(),
                "scope": request.form.get("scope"),
                **answers,
            }
            return list_page(bank_id, filters, refused.message, typed), 422
        outcome = act.sort(acts.Request(session, bank, current_person(), answers), found)
        seen = [row for rows in (outcome.taken, *outcome.left.values()) for row in rows[:SHOWN]]
        note_questions(f"banks:{bank_id}", seen, purpose=act.code)
        page = render_template(
            "authoring/bulk.html",
            bank=bank,
            act=act,
            answers=answers,
            filters=filters,
            scope="all" if request.form.get("scope") == "all" else "ticked",
            ids=_ids(),
            outcome=outcome,
            left=sum(len(rows) for rows in outcome.left.values()),
            shown=SHOWN,
            seen=_digest(outcome.taken),
            changed=changed,
        )
    return (page, 409) if changed else page


def _act(bank: Bank) -> acts.Act:
    """The act that the form names, where the person may do it here."""
    act = acts.ACTS.get(request.form.get("act", ""))
    if act is None:
        raise acts.AnswerMissing(_("Choose what to do with the questions."), field="act")
    if not act.may(current_person(), bank):
        raise NotYours()
    return act


def _answers() -> dict[str, str]:
    return {name: invisible.without(request.form.get(name, "")).strip()[:1000] for name in ANSWERS}


def _ids() -> list[int]:
    """The versions that were ticked, or all of the page."""
    texts = request.form.getlist("version")
    if request.form.get("scope") == "page":
        texts = request.form.get("on_page", "").split(",")
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 10]


def _chosen(session: Session, bank: Bank, act: acts.Act) -> list[acts.Row]:
    """The versions that were ticked, or all that the list holds: in sight, in this bank, not more than the act takes."""
    sight = visible(session, current_person(), bank)
    if request.form.get("scope") == "all":
        filters = allowed(from_arguments(request.form), current_person(), bank)
        ids = search.matching(session, bank.id, filters, sight=sight, limit=act.most + 1, zone=site_zone())
    else:
        ids = _in_sight(session, bank, _ids(), sight)
    if not ids:
        raise acts.AnswerMissing(
            _("Tick the questions first, or choose all that the list holds."), field="version"
        )
    if len(ids) > act.most:
        raise acts.AnswerMissing(
            _(
                "This can be done for at most %(most)s questions at once. Narrow the list first.",
                most=act.most,
            ),
            field="scope",
        )
    return acts.rows(session, ids)


def _in_sight(session: Session, bank: Bank, ids: Sequence[int], sight: Any) -> list[int]:
    wanted = list(dict.fromkeys(ids))[:500]
    seen = set(
        session.scalars(
            select(QuestionVersion.id).where(
                QuestionVersion.id.in_(wanted), QuestionVersion.bank_id == bank.id, sight
            )
        )
    )
    return [one for one in wanted if one in seen]


def _digest(taken: Sequence[acts.Row]) -> str:
    """What a preview showed, so that nothing else is done than what was seen."""
    said = ",".join(f"{row.id}:{row.status}" for row in sorted(taken, key=lambda row: row.id))
    return hashlib.sha256(said.encode()).hexdigest()[:32]
