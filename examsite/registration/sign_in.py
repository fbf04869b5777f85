"""Candidates come in with their admission ticket and identity number."""

from __future__ import annotations

import hmac
from datetime import timedelta

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from examsite.access import people
from examsite.access.guard import public, signed_in_person
from examsite.access.models import Person
from examsite.accounts import entry
from examsite.db import reading
from examsite.pages import safe_next
from examsite.registration.models import Enrolment, Room
from examsite.registration.views import bp
from question_bank.rules.identity_number import normalised


class CandidateSignInForm(FlaskForm):  # type: ignore[misc]
    """准考证号 and 证件号码."""

    ticket = StringField(
        lazy("Admission ticket number"),
        [
            InputRequired(lazy("Enter the number on your admission ticket.")),
            Length(max=40, message=lazy("At most 40 characters.")),
        ],
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )
    identity = StringField(
        lazy("Identity document number"),
        [
            InputRequired(lazy("Enter the number of your identity document.")),
            Length(max=40, message=lazy("At most 40 characters.")),
        ],
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )

    room_code = StringField(
        lazy("Room code"),
        [Length(max=40, message=lazy("At most 40 characters."))],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )


def code_of_room(session: Session, ticket: str) -> str:
    """What candidates of this ticket's room type beside it; "" where the room asks for nothing."""
    query = (
        select(Room.code)
        .join(Enrolment, Enrolment.room_id == Room.id)
        .where(Enrolment.ticket == ticket, Enrolment.withdrawn_at.is_(None))
    )
    return session.scalars(query).one_or_none() or ""


def holder_of(session: Session, ticket: str, identity: str) -> int | None:
    """The id of the candidate with this ticket and identity number; None where the two do not belong together.

    A withdrawn enrolment opens nothing.
    """
    row = session.execute(
        select(Person.id, Person.identity_index)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(Enrolment.ticket == ticket, Enrolment.withdrawn_at.is_(None), Person.is_active)
    ).one_or_none()
    given = people.identity_index(identity)
    if row is None or row.identity_index is None:
        return None
    return int(row.id) if hmac.compare_digest(row.identity_index, given) else None


@bp.get("/sign-in")
@public
def sign_in() -> Response | str:
    person = signed_in_person()
    if person and not person.as_candidate:
        flash(_("You are signed in as staff. Sign out first to come in with an admission ticket."), "info")
        return redirect(url_for("home.index"), 303)
    if person:
        return redirect(_onward(), 303)
    return render_template("registration/sign_in.html", form=CandidateSignInForm(), onward=safe_next(_next()))


@bp.post("/sign-in")
@public
def take_sign_in() -> Response:
    if signed_in_person():
        return redirect(_onward(), 303)
    form = CandidateSignInForm()
    if not form.validate():
        return _sign_in_again(form, 422)
    ticket = _as_printed(form.ticket.data)
    door = entry.candidate_door(ticket)
    wait: timedelta | None = entry.wait_at(door)
    code = ""
    if not wait:
        with reading() as rows:
            person_id = holder_of(rows, ticket, form.identity.data)
            # Nobody learns that a room has a code before ticket and identity fit.
            code = code_of_room(rows, ticket) if person_id is not None else ""
        given = normalised(form.room_code.data or "")
        if code and not given:
            form.room_code.errors = [_("Your room has a code. Enter what the invigilator reads out.")]
            return _sign_in_again(form, 422, asks_code=True)
        if code and not hmac.compare_digest(normalised(code).encode(), given.encode()):
            form.room_code.errors = [_("This is not the code of your room. Ask the invigilator.")]
            wait = entry.come_in(door, None)
            return _sign_in_again(form, 429 if wait else 422, wait=wait or None, asks_code=True)
        wait = entry.come_in(door, person_id)
    if wait is None:
        return redirect(_onward(), 303)
    return _sign_in_again(form, 429 if wait else 422, wait=wait)


def _as_printed(ticket: str) -> str:
    """A ticket number as the table keeps it: without spaces, half width, in upper case."""
    return normalised(ticket)


def _sign_in_again(
    form: CandidateSignInForm, status: int, wait: timedelta | None = None, *, asks_code: bool = False
) -> Response:
    problem = None
    if wait is not None:
        problem = entry.wait_sentence(wait) if wait else entry.refused_sentence()
    page = render_template(
        "registration/sign_in.html",
        form=form,
        onward=safe_next(_next()),
        problem=problem,
        asks_code=asks_code or bool(form.room_code.data),
    )
    response: Response = make_response(page, status)
    if wait:
        response.headers["Retry-After"] = str(entry.retry_after(wait))
    return response


def _next() -> str | None:
    return request.args.get("next")


def _onward() -> str:
    return safe_next(_next()) or url_for("home.index")
