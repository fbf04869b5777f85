"""First pages, the language of a browser, and whether the site is well."""

from __future__ import annotations

import logging

from flask import Blueprint, abort, jsonify, redirect, render_template, request, url_for
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from examsite.access.guard import public, signed_in_person
from examsite.access.permissions import Permission
from examsite.accounts.language import remember
from examsite.db import reading
from examsite.home.cards import cards
from examsite.pages import LANGUAGES, safe_next
from examsite.version import VERSION

bp = Blueprint("home", __name__, template_folder="templates")
log = logging.getLogger(__name__)


@bp.get("/")
@public
def index() -> Response | str:
    person = signed_in_person()
    if person is None:
        return render_template("home/welcome.html")
    todo = cards()
    if person.as_candidate or (person.may(Permission.SIT) and len(todo) == 1):
        return redirect(url_for("sitting.home"), 303)
    return render_template("home/index.html", cards=todo)


@bp.get("/about")
@public
def about() -> str:
    return render_template("home/about.html", version=VERSION)


@bp.get("/language/<code>")
@public
def language(code: str) -> Response:
    if code not in LANGUAGES:
        abort(404)
    return remember(redirect(safe_next(request.args.get("next")) or url_for("home.index"), 303), code)


@bp.get("/healthz")
@public
def health() -> tuple[Response, int]:
    """For whoever watches the server: 200 while the database answers, else 503."""
    try:
        with reading() as rows:
            rows.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        log.error("the database does not answer: %s", type(error).__name__)
        return jsonify(status="failed", database="unreachable"), 503
    return jsonify(status="ok"), 200
