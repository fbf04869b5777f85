"""A writer's drafts in a bank, and handing several to review at once."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.authoring import actions, policy
from examsite.authoring.blueprint import bp
from examsite.authoring.pages.reach import bank_in_reach
from examsite.authoring.writing import readiness
from examsite.authoring.writing.drafts import drafts, own_drafts
from examsite.db import reading, writing


@bp.get("/<int:bank_id>/drafts")
@needs(Permission.WRITE_QUESTIONS)
def my_drafts(bank_id: int) -> str:
    """What the writer has begun here and what was returned, with what still has to be mended."""
    with reading() as session:
        bank = bank_in_reach(session, bank_id, policy.may_write)
        rows = drafts(session, bank.id, current_person().id)
        findings = readiness.findings_of(session, [row.id for row in rows])
        return render_template(
            "authoring/my_drafts.html",
            bank=bank,
            rows=rows,
            findings=findings,
            errors={i: [one for one in found if one.is_error] for i, found in findings.items()},
        )


@bp.post("/<int:bank_id>/drafts")
@needs(Permission.WRITE_QUESTIONS)
def submit_drafts(bank_id: int) -> Any:
    """Hand the chosen drafts to review: all of them or, where one is not ready, none."""
    chosen = [int(one) for one in request.form.getlist("version") if one.isascii() and one.isdigit()]
    person = current_person()
    with writing() as session:
        bank = bank_in_reach(session, bank_id, policy.may_write)
        rows = own_drafts(session, bank.id, person.id, [i for i in chosen if i < 2**31])
        for row in rows:
            actions.submit(session, row, actor=person, now=clock.now())
        count = len(rows)
    if count:
        flash(
            ngettext(
                "%(num)s question waits for review by another person.",
                "%(num)s questions wait for review by another person.",
                count,
            ),
            "success",
        )
    else:
        flash(_("Choose the drafts to submit first."), "warning")
    return redirect(url_for("authoring.my_drafts", bank_id=bank_id), 303)
