"""The undertaking: read and signed before the first look at a question, then back to where one came from; printed."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.authoring import policy
from examsite.authoring.blueprint import bp
from examsite.authoring.models import Bank
from examsite.authoring.pages.reach import UndertakingNeeded, bank_in_reach
from examsite.authoring.secrecy import need_to_know, undertakings
from examsite.authoring.secrecy.forms import SignatureForm
from examsite.db import reading, writing
from examsite.errors import NotYours
from examsite.pages import safe_next


@bp.app_errorhandler(UndertakingNeeded)
def to_the_undertaking(needed: UndertakingNeeded) -> Response:
    """Sign first; a page is come back to afterwards, what was posted is sent again by the person."""
    flash(_("Before you see questions of this institution, please read and sign the undertaking."), "info")
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("authoring.undertaking", bank_id=needed.bank_id, next=back), 303)


@bp.get("/<int:bank_id>/undertaking")
@needs(Permission.SEE_BANK)
def undertaking(bank_id: int) -> str:
    """The text, and the field in which the person signs."""
    with reading() as session:
        bank = bank_in_reach(session, bank_id)
        return _page(session, bank, SignatureForm(formdata=None))


@bp.post("/<int:bank_id>/undertaking")
@needs(Permission.SEE_BANK)
def sign_undertaking(bank_id: int) -> Any:
    """Sign, then go on."""
    form = SignatureForm()
    person = current_person()
    with writing() as session:
        bank = bank_in_reach(session, bank_id)
        if not form.validate():
            return _page(session, bank, form), 422
        try:
            undertakings.sign(
                session,
                # Who oversees every institution signs once for all of them.
                None if need_to_know.oversees(person) else bank.institution_id,
                form.name.data,
                actor=person,
                now=clock.now(),
                address=request.remote_addr or "",
            )
        except undertakings.NameDiffers as differs:
            form.name.errors = [differs.message]
            return _page(session, bank, form), differs.status
    flash(_("You have signed the undertaking. It counts for one year."), "success")
    return redirect(safe_next(request.args.get("next")) or url_for("authoring.bank", bank_id=bank_id), 303)


@bp.get("/undertakings/<int:undertaking_id>")
@needs(Permission.SEE_BANK)
def undertaking_sheet(undertaking_id: int) -> str:
    """One signed undertaking, to print: one's own, or of somebody who signed for a bank that one runs."""
    person = current_person()
    with reading() as session:
        row = undertakings.undertaking(session, undertaking_id)
        if row is None or (row.person_id != person.id and not _runs(row.institution_id)):
            raise NotYours()
        return render_template("authoring/undertaking_sheet.html", row=row, text=undertakings.IN_FORCE)


def _runs(institution_id: int | None) -> bool:
    person = current_person()
    if institution_id is None:
        return need_to_know.oversees(person)
    return person.may_in(Permission.MANAGE_BANK, institution_id)


def _page(session: Session, bank: Bank, form: SignatureForm) -> str:
    locale = get_locale()
    return render_template(
        "authoring/undertaking.html",
        bank=bank,
        form=form,
        text=undertakings.IN_FORCE,
        with_english=locale is not None and locale.language == "en",
        signed=undertakings.signature(session, current_person().id, bank, now=clock.now()),
        may_manage=policy.may_manage(current_person(), bank),
    )
