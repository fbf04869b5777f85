"""The stages of a bank's vetting: a page that shows them to everybody who sees the bank and lets its manager set them."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.authoring import invisible, policy
from examsite.authoring.blueprint import bp
from examsite.authoring.models import Bank
from examsite.authoring.pages.reach import bank_in_reach
from examsite.authoring.vetting import actions, board
from examsite.authoring.vetting.errors import BadStages
from examsite.authoring.vetting.stages import MOST_STAGES, Stage, stages_from_document
from examsite.db import reading, writing
from examsite.errors import Refused


@bp.get("/<int:bank_id>/vetting")
@needs(Permission.SEE_BANK)
def vetting(bank_id: int) -> str:
    """The stages in force."""
    with reading() as session:
        bank = bank_in_reach(session, bank_id)
        return _page(session, bank, list(stages_from_document(bank.vetting)))


@bp.post("/<int:bank_id>/vetting")
@needs(Permission.MANAGE_BANK, Permission.WRITE_QUESTIONS)
def set_vetting(bank_id: int) -> Any:
    """Set the stages for versions submitted from now on."""
    stages, sent = _stages_sent()
    with writing() as session:
        bank = bank_in_reach(session, bank_id)
        if not _may_set(session, bank):
            raise Refused(_("The manager of the bank sets its stages."))
        try:
            actions.set_stages(session, bank, stages, actor=current_person(), now=clock.now())
        except BadStages as bad:
            return _page(session, bank, sent, bad.details["faults"]), bad.status
    flash(_("Saved. Questions submitted from now on pass these stages."), "success")
    return redirect(url_for("authoring.vetting", bank_id=bank_id), 303)


def _may_set(session: Session, bank: Bank) -> bool:
    """The manager; while there is none, the writer who made the bank."""
    person = current_person()
    if policy.may_manage(person, bank):
        return True
    if not policy.may_write(person, bank) or board.has_manager(session, bank):
        return False
    return board.made_by(session, bank.id) == person.id


def _stages_sent() -> tuple[list[Stage], list[Stage]]:
    """The stages that the form names, and all rows as sent; a row without a name is no stage."""
    sent: list[Stage] = []
    for row in range(MOST_STAGES):
        name = invisible.without(request.form.get(f"name-{row}", "")).strip()
        code = request.form.get(f"code-{row}", "")[:20] or f"stage-{row + 1}"
        if code in {stage.code for stage in sent}:
            code = f"stage-{row + 1}-{len(sent)}"
        sent.append(
            Stage(
                code,
                name,
                _whole(request.form.get(f"opinions-{row}", "1")),
                request.form.get(f"blind-{row}") == "1",
                _whole(request.form.get(f"days-{row}", "7")),
            )
        )
    return [stage for stage in sent if stage.name], sent


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _page(session: Session, bank: Bank, stages: list[Stage], faults: list[str] | None = None) -> str:
    rows = [*stages, *(Stage("", "", 1, True, 7) for _row in range(MOST_STAGES - len(stages)))]
    return render_template(
        "authoring/vetting.html",
        bank=bank,
        stages=[stage for stage in stages if stage.name],
        rows=rows,
        faults=faults or [],
        may_set=_may_set(session, bank),
    )
