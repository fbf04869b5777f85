"""Exports of questions: ask, answer as the second person, fetch the file."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from wtforms.fields import SelectChoice

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.authoring import policy
from examsite.authoring.blueprint import bp
from examsite.authoring.models import Bank, VersionStatus
from examsite.authoring.pages.labels import kind_label, status_label
from examsite.authoring.pages.reach import bank_in_reach, questions_in_reach
from examsite.authoring.secrecy import exports, queries
from examsite.authoring.secrecy.forms import AnswerForm, ExportForm
from examsite.authoring.secrecy.models import BankExport
from examsite.authoring.secrecy.writers import WRITERS
from examsite.db import reading, writing
from examsite.errors import NotYours
from question_bank.questions.kinds import Kind

#: Who runs a bank, and the province.
TAKES = (Permission.MANAGE_BANK, Permission.WRITE_QUESTIONS, Permission.CONFIRM_BANK)
ANSWERS = (Permission.MANAGE_BANK, Permission.CONFIRM_BANK)


@bp.get("/<int:bank_id>/exports")
@needs(*TAKES)
def bank_exports(bank_id: int) -> str:
    """What was asked for with its answers, and the form of a new request."""
    with reading() as session:
        bank = bank_in_reach(session, bank_id, policy.may_export)
        return _page(session, bank, _form(posted=False))


@bp.post("/<int:bank_id>/exports")
@needs(*TAKES)
def request_export(bank_id: int) -> Any:
    """Ask for questions; a second person answers."""
    form = _form(posted=True)
    with writing() as session:
        bank = bank_in_reach(session, bank_id, policy.may_export)
        questions_in_reach(session, bank_id)
        if not form.validate():
            return _page(session, bank, form), 422
        wish = exports.Wish(
            (form.area.data or "").upper(),
            form.kind.data,
            form.status.data,
            form.format.data,
            form.with_keys.data,
            form.reason.data,
        )
        try:
            exports.request_export(session, bank, wish, actor=current_person(), now=clock.now())
        except exports.NothingToExport as nothing:
            field = form.with_keys if wish.with_keys else form.area
            field.errors = [nothing.message]
            return _page(session, bank, form), nothing.status
    flash(_("Your request waits for a second person."), "success")
    return redirect(url_for("authoring.bank_exports", bank_id=bank_id), 303)


@bp.post("/exports/<int:export_id>/approve")
@needs(*ANSWERS)
def approve_export(export_id: int) -> Any:
    """The second person lets the questions leave."""
    return _answered(export_id, exports.approve, _("The requester can fetch the file now."))


@bp.post("/exports/<int:export_id>/refuse")
@needs(*ANSWERS)
def refuse_export(export_id: int) -> Any:
    """The second person says no, and why."""
    return _answered(export_id, exports.refuse, _("The request is refused."))


@bp.post("/exports/<int:export_id>/withdraw")
@needs(*TAKES)
def withdraw_export(export_id: int) -> Any:
    """The requester takes the request back."""
    with writing() as session:
        row, bank = _export_in_reach(session, export_id, policy.may_export)
        if row.requested_by_id != current_person().id:
            raise NotYours()
        exports.withdraw(session, row, actor=current_person(), now=clock.now())
        bank_id = bank.id
    flash(_("The request was taken back."), "info")
    return redirect(url_for("authoring.bank_exports", bank_id=bank_id), 303)


@bp.post("/exports/<int:export_id>/file")
@needs(*TAKES)
def fetch_export(export_id: int) -> Any:
    """The file, to the person who asked for it: it leaves the bank here, so this is no GET."""
    person, now = current_person(), clock.now()
    with writing() as session:
        row, bank = _export_in_reach(session, export_id, policy.may_export)
        if row.requested_by_id != person.id:
            raise NotYours()
        questions_in_reach(session, bank.id)
        made = exports.fetch(session, row, bank, actor=person, now=now)
        name = f"{bank.name}-EX{row.id}-{row.fetched}.{made.extension}"
    return send_file(io.BytesIO(made.content), mimetype=made.mimetype, as_attachment=True, download_name=name)


def _answered(export_id: int, act: Callable[..., None], sentence: str) -> Any:
    form = AnswerForm()
    with writing() as session:
        row, bank = _export_in_reach(session, export_id, policy.may_answer_export)
        bank_id = bank.id
        try:
            act(session, row, form.answer.data or "", actor=current_person(), now=clock.now())
        except exports.ReasonNeeded as missing:
            return _page(session, bank, _form(posted=False), missing.message, row.id), missing.status
    flash(sentence, "success")
    return redirect(url_for("authoring.bank_exports", bank_id=bank_id), 303)


def _export_in_reach(session: Session, export_id: int, may: Any) -> tuple[BankExport, Bank]:
    row = queries.export(session, export_id)
    if row is None:
        raise NotYours()
    return row, bank_in_reach(session, row.bank_id, may)


def _form(*, posted: bool) -> ExportForm:
    form = ExportForm(request.form if posted else None)
    every = SelectChoice("", _("all"))
    form.kind.choices = [every, *(SelectChoice(kind.value, kind_label(kind.value)) for kind in Kind)]
    form.status.choices = [
        every,
        *(SelectChoice(status.value, status_label(status.value)) for status in VersionStatus),
    ]
    form.format.choices = [SelectChoice(code, writer.label) for code, writer in WRITERS.items()]
    return form


def _page(
    session: Session, bank: Bank, form: ExportForm, refusal: str = "", refused_id: int | None = None
) -> str:
    person, now = current_person(), clock.now()
    return render_template(
        "authoring/exports.html",
        bank=bank,
        form=form,
        rows=queries.exports(session, bank.id),
        refusal=refusal,
        refused_id=refused_id,
        may_answer=policy.may_answer_export(person, bank),
        person_id=person.id,
        is_open=lambda row: exports.is_open(row, now=now),
        left=lambda row: exports.MAX_FETCHES - row.fetched,
        labels={code: writer.label for code, writer in WRITERS.items()},
    )
