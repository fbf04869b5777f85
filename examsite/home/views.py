"""First pages, the language of a browser, and whether the site is well."""

from __future__ import annotations

import logging

from flask import Blueprint, abort, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as lazy
from flask_babel import ngettext
from flask_wtf import FlaskForm
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response
from wtforms import RadioField
from wtforms.fields import SelectChoice

from examsite import clock
from examsite.access.guard import current_person, public, signed_in, signed_in_person
from examsite.access.models import Grant, Person
from examsite.access.permissions import Permission, Role
from examsite.accounts import actions
from examsite.accounts.language import remember
from examsite.accounts.queries import live_logins
from examsite.accounts.words import ROLE_NAMES
from examsite.admin.scopes import institution_names, scope_in_words
from examsite.db import reading, writing
from examsite.home.cards import cards
from examsite.pages import LANGUAGES, chosen_language, safe_next
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


class LanguageForm(FlaskForm):  # type: ignore[misc]
    """The language in which somebody wants pages."""

    # Each language is named in itself, so that whoever took the wrong one finds back.
    language = RadioField(
        lazy("Language of the pages"), choices=[SelectChoice("zh", "中文"), SelectChoice("en", "English")]
    )


@bp.get("/profile")
@signed_in
def profile() -> str:
    """One's own name, roles, language and browsers."""
    me = current_person()
    with reading() as rows:
        person = rows.get_one(Person, me.id)
        grants = rows.scalars(select(Grant).where(Grant.person_id == me.id).order_by(Grant.id)).all()
        names = institution_names(rows)
        held = [(ROLE_NAMES[Role(row.role)], scope_in_words(row.scope, names)) for row in grants]
        config = current_app.extensions["examsite-config"]
        logins = live_logins(rows, me.id, config=config, now=clock.now())
    form = LanguageForm(language=chosen_language())
    return render_template("home/profile.html", person=person, held=held, logins=logins, form=form, me=me)


@bp.post("/profile/language")
@signed_in
def choose_language() -> Response:
    form = LanguageForm()
    if not form.validate():
        abort(422)
    me = current_person()
    with writing() as rows:
        person = rows.get_one(Person, me.id)
        actions.choose_language(rows, person, form.language.data, actor=me, now=clock.now())
    return remember(redirect(url_for("home.profile"), 303), form.language.data)


@bp.post("/profile/logins/end")
@signed_in
def end_other_logins() -> Response:
    me = current_person()
    with writing() as rows:
        ended = actions.end_other_logins(rows, me.id, keep_login_id=me.login_id, actor=me, now=clock.now())
    flash(ngettext("%(num)s other login was ended.", "%(num)s other logins were ended.", ended), "success")
    return redirect(url_for("home.profile"), 303)


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
