"""Four kinds of error, one answer each: Invalid 422, Refused 409, NotYours 404, Broken 500.

Stages raise subclasses that carry data and a sentence in the reader's language.  The sentence says what to do next.
"""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, current_app, flash, g, jsonify, make_response, redirect, render_template, request
from flask import session as cookie
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.wrappers import Response

from examsite.access import login
from examsite.access.guard import SignInNeeded
from examsite.db import database

log = logging.getLogger(__name__)


class DomainError(Exception):
    """Base of what a stage may raise on purpose."""

    status = 500
    code = "broken"

    def __init__(self, message: str = "", **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class Invalid(DomainError):
    """What was sent can't be taken as it is."""

    status = 422
    code = "invalid"


class Refused(DomainError):
    """A rule forbids it in the present state."""

    status = 409
    code = "refused"


class NotYours(DomainError):
    """It doesn't exist, or not for this person: nobody learns which."""

    status = 404
    code = "not-found"


class Broken(DomainError):
    """A promise inside the system does not hold."""


def wants_json() -> bool:
    """Whether this request came from a script of ours, not from a person's navigation."""
    return g.get("lean", False) or request.is_json or request.accept_mimetypes.best == "application/json"


def register(app: Flask) -> None:
    """Answer every error in the shape the asker reads."""
    app.register_error_handler(DomainError, _answer_domain_error)
    app.register_error_handler(CSRFError, _answer_csrf)
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(SignInNeeded, _answer_sign_in)
    app.register_error_handler(Exception, _answer_crash)


def _answer_domain_error(error: DomainError) -> tuple[Any, int]:
    if error.status >= 500:
        log.error("broken promise: %s", error.message)
    message = error.message or _("This page does not exist, or it is not yours to see.")
    return _answer(error.status, error.code, message)


def _answer_csrf(error: CSRFError) -> tuple[Any, int]:
    message = _(
        "This page is out of date: it was open for too long, or you signed in anew elsewhere. Nothing was saved. "
        "Your browser's Back button shows what you typed; copy it, then open the page anew."
    )
    return _answer(400, "csrf", message, back=_same_page())


def _same_page() -> str:
    """The address of the form that was sent, where it is a page as well; empty otherwise."""
    adapter = current_app.create_url_adapter(request)
    if adapter is None:
        return ""
    try:
        adapter.match(method="GET")
    except HTTPException:
        return ""
    return request.full_path.rstrip("?")


def _answer_sign_in(error: SignInNeeded) -> Any:
    if wants_json():
        return jsonify(code="signed-out", message=_("Please sign in again.")), 401
    flash(_why_signed_out(), "info")
    return redirect(error.url)


def _why_signed_out() -> str:
    token = cookie.get("_user_id")
    if token:
        with database().reading() as session:
            if login.was_replaced(session, str(token)):
                return str(
                    _(
                        "You signed in with an admission ticket on another computer, which ended your sign-in here. "
                        "Sign in again once that examination is over; if it was not you, tell the invigilator."
                    )
                )
    return str(_("Please sign in to go on."))


def _answer_http(error: HTTPException) -> Any:
    if error.response is not None:
        return error.response
    if isinstance(error, NotFound):
        return _answer(404, "not-found", _("This page does not exist, or it is not yours to see."))
    sentences = {
        403: _("Your account may not do this. Ask the institution's administrator if it should."),
        405: _("This address does not take that kind of request. Go back and use the button on the page."),
        413: _("The file is too large. Please send a smaller one."),
        429: _("Too many attempts. Wait a little and try again."),
    }
    status = error.code or 500
    answer = _answer(
        status, error.name.lower().replace(" ", "-"), sentences.get(status, error.description or "")
    )
    if status < 400:
        return error
    headers = dict(error.get_headers())
    response: Response = _as_response(answer)
    for name in ("Retry-After", "Allow"):
        if name in headers:
            response.headers[name] = headers[name]
    return response


def _answer_crash(error: Exception) -> tuple[Any, int]:
    log.exception("unexpected error on %s %s", request.method, request.path)
    return _answer(
        500, "broken", _("Something broke on our side. Nothing was saved by this step. Please try again.")
    )


def _answer(status: int, code: str, message: str, *, back: str = "") -> tuple[Any, int]:
    if wants_json():
        return jsonify(code=code, message=message), status
    return render_template("errors/error.html", status=status, code=code, message=message, back=back), status


def _as_response(answer: tuple[Any, int]) -> Response:
    return make_response(*answer)
