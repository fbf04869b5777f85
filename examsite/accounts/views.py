"""Signing in and out, and one's own password."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import logout_user
from werkzeug.wrappers import Response

from examsite import clock
from examsite.access import login, passwords
from examsite.access.guard import current_person, public, signed_in, signed_in_person
from examsite.access.models import Person
from examsite.accounts import actions, entry, queries
from examsite.accounts.forms import PasswordForm, SignInForm
from examsite.accounts.words import WEAKNESSES
from examsite.db import reading, writing
from examsite.pages import safe_next

bp = Blueprint("accounts", __name__, url_prefix="/account", template_folder="templates")


@bp.get("/sign-in")
@public
def sign_in() -> Response | str:
    if signed_in_person():
        return redirect(_onward(), 303)
    return render_template("accounts/sign_in.html", form=SignInForm(), onward=safe_next(_next()))


@bp.post("/sign-in")
@public
def take_sign_in() -> Response:
    if signed_in_person():
        return redirect(_onward(), 303)
    form = SignInForm()
    if not form.validate():
        return _sign_in_again(form, 422)
    door = entry.staff_door(form.username.data)
    wait: timedelta | None = entry.wait_at(door)
    if not wait:
        with reading() as rows:
            person = queries.by_username(rows, form.username.data)
        stored = person.password_hash if person else None
        # Also where nobody has this name: the answer must take as long.
        is_right = passwords.is_right(stored, form.password.data)
        wait = entry.come_in(door, person.id if person and is_right else None)
    if wait is None:
        return redirect(_onward(), 303)
    return _sign_in_again(form, 429 if wait else 422, wait=wait)


@bp.post("/sign-out")
@signed_in
def sign_out() -> Response:
    person = current_person()
    with writing() as rows:
        login.end(rows, person, now=clock.now())
    logout_user()
    session.clear()
    return redirect(url_for("home.index"), 303)


def _sign_in_again(form: SignInForm, status: int, wait: timedelta | None = None) -> Response:
    problem = None
    if wait is not None:
        problem = entry.wait_sentence(wait) if wait else entry.refused_sentence()
    page = render_template("accounts/sign_in.html", form=form, onward=safe_next(_next()), problem=problem)
    response: Response = make_response(page, status)
    if wait:
        response.headers["Retry-After"] = str(entry.retry_after(wait))
    return response


def _next() -> str | None:
    return request.args.get("next")


def _onward() -> str:
    return safe_next(_next()) or url_for("home.index")


@bp.get("/password")
@signed_in
def password() -> str:
    _staff_only()
    return render_template("accounts/password.html", form=PasswordForm())


@bp.post("/password")
@signed_in
def change_password() -> Response:
    _staff_only()
    form = PasswordForm()
    if not form.validate():
        return _password_again(form, 422)
    me = current_person()
    with reading() as rows:
        person = rows.get_one(Person, me.id)
    # Who sits down at a browser left open must not find the password out by trying.
    door = entry.staff_door(person.username or "")
    wait = entry.wait_at(door)
    if wait:
        form.old.errors = [entry.wait_sentence(wait)]
        return _password_again(form, 429)
    if not passwords.is_right(person.password_hash, form.old.data):
        entry.count_failure(door)
        form.old.errors = [_("This is not your present password.")]
        return _password_again(form, 422)
    try:
        with writing() as rows:
            actions.change_password(
                rows,
                rows.get_one(Person, me.id),
                form.new.data,
                keep_login_id=me.login_id,
                actor=me,
                now=clock.now(),
            )
    except actions.WeakPassword as error:
        form.new.errors = [WEAKNESSES[code] for code in error.weaknesses]
        return _password_again(form, 422)
    flash(_("Your password was changed. Your other browsers were signed out."), "success")
    return redirect(url_for("home.index"), 303)


def _staff_only() -> None:
    """A ticket has no password."""
    if current_person().as_candidate:
        abort(403)


def _password_again(form: PasswordForm, status: int) -> Response:
    response: Response = make_response(render_template("accounts/password.html", form=form), status)
    return response
