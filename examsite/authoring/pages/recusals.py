"""Standing recusals (回避): authors whose work a reviewer does not judge."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from wtforms.fields import SelectChoice

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.authoring.blueprint import bp
from examsite.authoring.forms import RecusalForm
from examsite.authoring.vetting import actions, recusals
from examsite.authoring.vetting.errors import CommentNeeded
from examsite.db import reading, writing


@bp.get("/review/recusals", endpoint="recusals")
@needs(Permission.REVIEW_QUESTIONS)
def my_recusals() -> str:
    """One's own recusals, and the form of a new one."""
    with reading() as session:
        return _page(session, _form(session, formdata=None))


@bp.post("/review/recusals")
@needs(Permission.REVIEW_QUESTIONS)
def recuse_from_author() -> Any:
    """Never judge what this author writes."""
    with writing() as session:
        form = _form(session)
        if not form.validate():
            return _page(session, form), 422
        try:
            actions.recuse_from_author(
                session,
                int(form.author.data),
                form.reason.data or "",
                actor=current_person(),
                now=clock.now(),
            )
        except CommentNeeded as missing:
            form.reason.errors = [missing.message]
            return _page(session, form), 422
    flash(_("Noted. Questions of this author are judged by others."), "success")
    return redirect(url_for("authoring.recusals"), 303)


@bp.post("/review/recusals/<int:recusal_id>/end")
@needs(Permission.REVIEW_QUESTIONS)
def end_recusal(recusal_id: int) -> Any:
    """Take a standing recusal back."""
    with writing() as session:
        actions.end_recusal(session, recusal_id, actor=current_person(), now=clock.now())
    flash(_("Ended. You may be asked to judge this author's questions again."), "success")
    return redirect(url_for("authoring.recusals"), 303)


def _form(session: Session, **arguments: Any) -> RecusalForm:
    form = RecusalForm(**arguments)
    person = current_person()
    known = recusals.authors(session, person.institutions(Permission.REVIEW_QUESTIONS), but=person.id)
    form.author.choices = [SelectChoice(str(person_id), name) for person_id, name in known]
    return form


def _page(session: Session, form: RecusalForm) -> str:
    return render_template(
        "authoring/recusals.html", form=form, recusals=recusals.of_person(session, current_person().id)
    )
