"""Enrolling candidates: pasted or sent, previewed with every row's fate, confirmed.

Between preview and confirmation the list travels sealed in the page: identity numbers are neither shown nor stored.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.db import reading, writing
from examsite.encryption import Unreadable as Tampered
from examsite.encryption import field_key, seal, unseal
from examsite.errors import Invalid, NotYours
from examsite.planning.models import Sitting
from examsite.planning.queries import sitting_for
from examsite.registration import actions, policy, queries
from examsite.registration.blueprint import bp
from examsite.registration.forms import CandidatesForm, SealedForm
from examsite.registration.reading import Fate, Line, Row, Why, judge, lines_of_file, lines_of_text
from question_bank.formats.limits import Unreadable


class SealBroken(Invalid):
    """The sealed list was changed, or belongs to another person or sitting."""

    code = "seal-broken"


@bp.get("/sittings/<int:sitting_id>/new")
@needs(Permission.ENROL)
def new_enrolments(sitting_id: int) -> str:
    """Paste a list or choose a file."""
    with reading() as session:
        sitting = _sitting(session, sitting_id)
        return render_template("registration/new_enrolments.html", sitting=sitting, form=CandidatesForm())


@bp.post("/sittings/<int:sitting_id>/new")
@needs(Permission.ENROL)
def preview_enrolments(sitting_id: int) -> Any:
    """Every row with its fate; nobody is enrolled yet."""
    form = CandidatesForm()
    with reading() as session:
        sitting = _sitting(session, sitting_id)
        if not form.validate():
            return render_template("registration/new_enrolments.html", sitting=sitting, form=form), 422
        try:
            lines = _lines(form)
        except Unreadable as fault:
            (form.file if form.file.data else form.lines).errors = [str(fault.problem)]
            return render_template("registration/new_enrolments.html", sitting=sitting, form=form), 422
        rows = _judged(session, sitting, lines)
        return render_template(
            "registration/preview.html",
            sitting=sitting,
            rows=rows,
            counts=Counter(row.fate for row in rows),
            words=_words(),
            sealed=_seal(sitting, lines),
        )


@bp.post("/sittings/<int:sitting_id>/confirm")
@needs(Permission.ENROL)
def confirm_enrolments(sitting_id: int) -> Any:
    """Enrol the good rows of the previewed list, all in one transaction."""
    form = SealedForm()
    with writing() as session:
        sitting = _sitting(session, sitting_id)
        if not form.validate():
            raise SealBroken(_("The list is missing. Go back and send it again."))
        rows = _judged(session, sitting, _unseal(sitting, form.sealed.data))
        good = [
            actions.Candidate(row.line.name, row.line.identity, row.line.employer)
            for row in rows
            if row.fate is not Fate.REFUSE
        ]
        enrolled = actions.enrol(
            session, sitting, sitting.plan, good, actor=current_person(), now=clock.now()
        )
        count = len(enrolled)
    flash(ngettext("%(num)s candidate is enrolled.", "%(num)s candidates are enrolled.", count), "success")
    return redirect(url_for("registration.enrolments", sitting_id=sitting_id), 303)


def _sitting(session: Session, sitting_id: int) -> Sitting:
    sitting = sitting_for(session, sitting_id)
    if not policy.may_enrol(current_person(), sitting.plan.institution_id):
        raise NotYours
    return sitting


def _lines(form: CandidatesForm) -> list[Line]:
    if form.file.data:
        return lines_of_file(form.file.data.filename or "", form.file.data.read())
    lines = lines_of_text(form.lines.data or "")
    if not lines:
        raise Unreadable("no-lines", "没有考生。请粘贴名单，每行一人，或选择文件。")
    return lines


def _judged(session: Session, sitting: Sitting, lines: Sequence[Line]) -> list[Row]:
    known = queries.known_people(session, sitting.id, [line.identity for line in lines if line.identity])
    zone = ZoneInfo(current_app.extensions["examsite-config"].timezone)
    today = clock.now().astimezone(zone).date()
    return judge(lines, known, today=today, is_sample=sitting.plan.bank.is_sample)


def _bound_to(sitting: Sitting) -> str:
    return f"registration.list:{sitting.id}:{current_person().id}"


def _seal(sitting: Sitting, lines: Sequence[Line]) -> str:
    text = json.dumps([astuple(line) for line in lines], ensure_ascii=False)
    return seal(text, bound_to=_bound_to(sitting), key=field_key())


def _unseal(sitting: Sitting, sealed: str) -> list[Line]:
    try:
        return [
            Line(*parts) for parts in json.loads(unseal(sealed, bound_to=_bound_to(sitting), key=field_key()))
        ]
    except Tampered as error:
        raise SealBroken(_("The list was changed on its way. Go back and send it again.")) from error


def _words() -> dict[Why, str]:
    """What to say of a row."""
    return {
        Why.NO_NAME: _("The name is missing."),
        Why.NO_IDENTITY: _("The identity number is missing."),
        Why.LOST_DIGITS: _(
            "The cell holds a number and its last digits are lost. Format the column as text and type it again."
        ),
        Why.BAD_TEXT: _("Name or employer is too long or holds characters that can't be kept."),
        Why.BAD_IDENTITY: _("The identity number is not valid: check every digit."),
        Why.SAMPLE_IDENTITY: _("Not a valid identity number; accepted because the bank is a sample."),
        Why.TWICE: _("The identity number stands in an earlier row too."),
        Why.ENROLLED: _("Enrolled in this sitting already."),
        Why.WITHDRAWN: _("Was withdrawn from this sitting; comes back with the same ticket."),
        Why.NAME_DIFFERS: _("A person of another name is registered with this identity number."),
    }
