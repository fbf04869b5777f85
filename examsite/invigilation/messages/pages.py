"""Saying something to candidates: to everybody, to a room, to one."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from wtforms.fields.choices import SelectChoice

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.db import reading, writing
from examsite.errors import Invalid
from examsite.invigilation import policy
from examsite.invigilation.blueprint import bp
from examsite.invigilation.board.pages import crumbs_to
from examsite.invigilation.duties.pages import room_name
from examsite.invigilation.duties.queries import rooms_of
from examsite.invigilation.messages import queries
from examsite.invigilation.messages.forms import SENTENCES, MessageForm
from examsite.invigilation.reach import rooms_in_reach, sitting_in_reach
from examsite.planning.models import Sitting
from examsite.sitting import messages as sending


@bp.get("/sittings/<int:sitting_id>/messages")
@needs(Permission.INVIGILATE)
def messages(sitting_id: int) -> str:
    """What was said, and the form to say something."""
    with reading() as session:
        return _page(session, sitting_in_reach(session, sitting_id))


@bp.post("/sittings/<int:sitting_id>/messages")
@needs(Permission.INVIGILATE)
def send_message(sitting_id: int) -> Any:
    """Say it."""
    with writing() as session:
        sitting = sitting_in_reach(session, sitting_id)
        form = _form(session, sitting)
        if not form.validate():
            return _page(session, sitting, form), 422
        kind, _colon, id_ = str(form.to.data).partition(":")
        try:
            sending.send(
                session,
                sitting,
                room_id=int(id_) if kind == "room" else None,
                attempt_id=id_ if kind == "attempt" else None,
                text=form.said(),
                actor=current_person(),
                now=clock.now(),
            )
        except Invalid as fault:
            form.text.errors = [fault.message]
            return _page(session, sitting, form), 422
    flash(_("The message is sent. Pages show it within half a minute, if they are connected."), "success")
    return redirect(url_for("invigilation.messages", sitting_id=sitting_id), 303)


def _form(session: Session, sitting: Sitting) -> MessageForm:
    """The form; its choices hold only whom this person may speak to."""
    mine = rooms_in_reach(session, sitting)
    form = MessageForm(to=f"attempt:{request.args['to']}" if request.args.get("to") else None)
    choices = [SelectChoice("all", _("Everybody at this sitting"))] if mine is None else []
    choices += [
        SelectChoice(f"room:{room.id}", room_name(room))
        for room in rooms_of(session, sitting.id)
        if policy.watches_room(mine, room.id)
    ]
    choices += [
        SelectChoice(f"attempt:{row.id}", f"{row.seat or ''} {row.name}".strip())
        for row in queries.answering(session, sitting.id, mine)
    ]
    form.to.choices = choices
    form.sentence.choices = [SelectChoice("", _("None: my own words"))]
    form.sentence.choices += [SelectChoice(code, str(text)) for code, text in SENTENCES.items()]
    return form


def _page(session: Session, sitting: Sitting, form: MessageForm | None = None) -> str:
    return render_template(
        "invigilation/messages.html",
        crumbs=crumbs_to(sitting, (_("Messages to candidates"), None)),
        sitting=sitting,
        form=form or _form(session, sitting),
        said=queries.said(session, sitting.id, rooms_in_reach(session, sitting)),
    )
