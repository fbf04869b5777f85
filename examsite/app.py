"""The application: plumbing and stages put together.  This module and `commands` are all that knows every stage."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask, abort, g, has_request_context, request
from flask_babel import gettext as _
from flask_bootstrap import Bootstrap5
from flask_login import LoginManager
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map

import examsite.models
import examsite.registration.sign_in
from examsite import clock, commands, errors, pages
from examsite.access import login
from examsite.access.scope import SignedIn
from examsite.accounts.views import bp as accounts
from examsite.admin.views import bp as admin
from examsite.analysis.views import bp as analysis
from examsite.authoring.views import bp as authoring
from examsite.config import Config
from examsite.db import Database, database
from examsite.home.views import bp as home
from examsite.invigilation.views import bp as invigilation
from examsite.planning.views import bp as planning
from examsite.registration.views import bp as registration
from examsite.registry.views import bp as registry
from examsite.results.views import bp as results
from examsite.sitting.closing import close_these, parts_of
from examsite.sitting.grouping import Saves
from examsite.sitting.queries import overdue
from examsite.sitting.views import bp as sitting

STAGES = (
    accounts,
    registry,
    authoring,
    planning,
    registration,
    sitting,
    invigilation,
    results,
    analysis,
    admin,
    home,
)
ROOT = Path(__file__).resolve().parent.parent

assert examsite.models.ALL_STAGES


class RowNumber(IntegerConverter):
    """`<int:…>` as the databases count rows: beyond, no row can be, and PostgreSQL would refuse the query."""

    def __init__(self, map: Map, *args: Any, **kwargs: Any) -> None:
        super().__init__(map, *args, **{"max": 2**31 - 1, **kwargs})


def create_app(config: Config, *, clock_of_site: clock.Clock = clock.system_clock) -> Flask:
    """A site with this configuration.  `clock_of_site` is an argument so that tests hold the time in their hands."""
    app = Flask(
        "examsite", static_folder=str(ROOT / "static"), template_folder=str(ROOT / "examsite" / "templates")
    )
    app.config.update(
        SECRET_KEY=config.secret_key,
        MAX_CONTENT_LENGTH=config.max_upload_mib * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=config.max_upload_mib * 1024 * 1024,
        SESSION_COOKIE_NAME="examsite",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=not config.plain_http,
        WTF_CSRF_TIME_LIMIT=None,
        BOOTSTRAP_SERVE_LOCAL=True,
    )
    app.extensions["examsite-config"] = config
    app.extensions["examsite-clock"] = clock_of_site
    app.extensions["examsite-database"] = Database(config.database_url)
    app.extensions["examsite-saves"] = Saves(app.extensions["examsite-database"])
    if config.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=config.proxies, x_proto=config.proxies, x_host=config.proxies
        )
    app.url_map.converters["int"] = RowNumber
    app.before_request(_refuse_null_characters)
    csrf = CSRFProtect(app)
    Bootstrap5(app)
    _sign_people_in(app, config)
    for stage in STAGES:
        app.register_blueprint(stage)
    for view in app.view_functions.values():
        if getattr(view, "guard", "") == "lease":
            # The lease in the body is a secret that another site's page can't know: it is the token.
            csrf.exempt(view)
    stage_folders = [str(Path(str(stage.root_path)) / "translations") for stage in STAGES]
    pages.register(app, config, [str(ROOT / "examsite" / "translations"), *stage_folders])
    app.extensions["examsite-sweeps"] = (close_what_time_ended,)
    errors.register(app)
    commands.register(app)
    return app


def close_what_time_ended(where: Database, at: datetime) -> None:
    """Hand in for candidates who left: a sweep of the worker, idempotent.  It writes only where there is something."""
    with where.reading() as session:
        ids = overdue(session, now=at)
    for part in parts_of(ids):
        with where.writing() as session:
            close_these(session, part, now=at)


def _refuse_null_characters() -> None:
    """No text of ours holds a null character, and PostgreSQL cannot keep one."""
    sent = (request.path, *request.args.values(), *request.form.values())
    if any("\0" in text for text in sent):
        abort(400, _("This request holds a character that no text may hold. Remove it and try again."))


def _sign_people_in(app: Flask, config: Config) -> None:
    manager = LoginManager(app)
    # The login is a row that ends on its own terms; an address that changes on the way must not end a sitting.
    manager.session_protection = None

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load(token: str) -> SignedIn | None:
        now = clock.now()
        with database().reading() as session:
            found = login.find(session, token, config=config, now=now)
        if found is not None and found.needs_seen:
            # Not `writing()`: that a login was used is noted on GET too.
            with database().writing() as session:
                login.note_seen(session, found.login_id, now=now)
        return found

    @app.before_request
    def start_clock() -> None:
        if has_request_context():
            g.pop("now", None)
