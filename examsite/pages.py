"""What every page has: language, dates, static addresses with their digest, navigation, and the headers that protect it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Flask, current_app, g, has_request_context, request, url_for
from flask_babel import Babel, get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy
from markupsafe import Markup
from werkzeug.wrappers import Response

from examsite import clock, scripts
from examsite.access.guard import signed_in_person
from examsite.access.permissions import Permission
from examsite.config import Config, Environment
from question_bank.questions.markup import BLANK_HTML, as_html, as_inline_html, as_text

LANGUAGES = ("zh", "en")
LANGUAGE_COOKIE = "language"

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the navigation: who sees it and where it leads."""

    label: Any
    endpoint: str
    permissions: tuple[Permission, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as a page shows it."""

    label: str
    url: str
    active: bool


P = Permission
NAVIGATION = (
    Entry(lazy("My examinations"), "sitting.home", (P.SIT,)),
    Entry(lazy("Question bank"), "authoring.banks", (P.SEE_BANK,)),
    Entry(lazy("Review"), "authoring.review_queue", (P.REVIEW_QUESTIONS,)),
    Entry(lazy("Bank confirmation"), "authoring.confirmations", (P.CONFIRM_BANK,)),
    Entry(lazy("Plans"), "planning.plans", (P.SEE_PLANS,)),
    Entry(lazy("Rehearsals"), "invigilation.rehearsals", (P.SEE_PLANS,)),
    Entry(lazy("Invigilation"), "invigilation.mine", (P.INVIGILATE,)),
    Entry(lazy("Results"), "results.sittings", (P.SEE_SCORES,)),
    Entry(lazy("My results"), "results.mine", (P.SIT,)),
    Entry(lazy("Item analysis"), "analysis.sittings", (P.SEE_ANALYSIS,)),
    Entry(lazy("People"), "admin.people", (P.MANAGE_PEOPLE, P.UNLOCK_PEOPLE)),
    Entry(lazy("Audit record"), "admin.audit_record", (P.SEE_AUDIT,)),
    Entry(lazy("System"), "admin.system", (P.SEE_SYSTEM,)),
)


def register(app: Flask, config: Config, translation_directories: list[str]) -> None:
    """Give the application its pages' common parts."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join(translation_directories)
    app.config["BABEL_DEFAULT_LOCALE"] = config.language
    Babel(app, locale_selector=chosen_language, timezone_selector=lambda: config.timezone)
    app.jinja_env.filters.update(
        moment=moment, day=day, clock_time=clock_time, duration=duration, number=number
    )
    app.jinja_env.filters.update(
        marked=marked, marked_inline=marked_inline, marked_text=as_text, at_blanks=at_blanks
    )
    app.jinja_env.globals.update(static_url=static_url)
    scripts.register(app)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.context_processor(_common_variables)
    app.after_request(protect)


def chosen_language() -> str:
    """The language of this request: the cookie's, the person's, else the site's.  Chinese unless somebody chose."""
    if not has_request_context():
        return _config().language
    cookie = request.cookies.get(LANGUAGE_COOKIE)
    if cookie in LANGUAGES:
        return cookie
    person = None if g.get("lean") else signed_in_person()
    if person and person.language in LANGUAGES:
        return person.language
    return _config().language


def _config() -> Config:
    return current_app.extensions["examsite-config"]  # type: ignore[no-any-return]


def _common_variables() -> dict[str, Any]:
    person = signed_in_person()
    language = chosen_language()
    other = "en" if language == "zh" else "zh"
    back = request.full_path.rstrip("?") if request.method == "GET" else request.path
    return {
        "current_person": person,
        "navigation": navigation(),
        "locale": language,
        "locale_tag": "zh-CN" if language == "zh" else "en",
        "switch_locale_url": url_for("home.language", code=other) + "?" + urlencode({"next": back}),
        "now": clock.now(),
        "demo": _config().environment is Environment.DEMO,
        "Permission": Permission,
    }


def navigation() -> list[Link]:
    """The entries that this person may open."""
    person = signed_in_person()
    if person is None:
        return []
    own = {entry.endpoint for entry in NAVIGATION}
    seen: set[str] = set()
    links = []
    for entry in NAVIGATION:
        stage = entry.endpoint.partition(".")[0]
        # A page that has no entry of its own belongs to the first entry of its stage.
        inside = request.blueprint == stage and stage not in seen and request.endpoint not in own
        seen.add(stage)
        is_there = entry.endpoint in current_app.view_functions  # a site may run without a stage
        if is_there and any(person.may(permission) for permission in entry.permissions):
            active = request.endpoint == entry.endpoint or inside
            links.append(Link(str(entry.label), url_for(entry.endpoint), active))
    return links


def moment(instant: datetime | None) -> str:
    """2026年11月24日 09:00, in the site's time zone; an en dash for None."""
    if instant is None:
        return "–"
    here = instant.astimezone(_zone())
    if _is_chinese():
        return f"{here.year}年{here.month}月{here.day}日 {here:%H:%M}"
    return f"{here:%d %b %Y, %H:%M}"


def day(instant: datetime | None) -> str:
    """2026年11月24日."""
    if instant is None:
        return "–"
    here = instant.astimezone(_zone())
    return f"{here.year}年{here.month}月{here.day}日" if _is_chinese() else f"{here:%d %b %Y}"


def clock_time(instant: datetime | None) -> str:
    """09:00:05, in the site's time zone."""
    return "–" if instant is None else f"{instant.astimezone(_zone()):%H:%M:%S}"


def duration(value: timedelta) -> str:
    """2 小时 5 分钟."""
    minutes = round(value.total_seconds() / 60)
    hours, rest = divmod(minutes, 60)
    if hours and rest:
        return str(_("%(hours)s h %(minutes)s min", hours=hours, minutes=rest))
    return str(_("%(hours)s h", hours=hours) if hours else _("%(minutes)s min", minutes=rest))


def number(value: float | None, digits: int = 2) -> str:
    """A number with so many digits; an en dash where there is none (None or NaN)."""
    return "–" if value is None or value != value else f"{value:.{digits}f}"


def marked(text: str, picture_url: Callable[[str], str] | None = None) -> Markup:
    """A text of a question as blocks of HTML; pictures by their words where no address is given."""
    return Markup(as_html(text, picture_url))  # sanitised there


def marked_inline(text: str, picture_url: Callable[[str], str] | None = None) -> Markup:
    """The same where blocks have no place: options, stems inside a line."""
    return Markup(as_inline_html(text, picture_url))  # sanitised there


def at_blanks(html: Markup) -> list[Markup]:
    """Marked text cut where its blanks stand, for pages that put a field there."""
    return html.split(BLANK_HTML)


def local_input(instant: datetime) -> str:
    """An instant as an <input type="datetime-local"> writes it, in the site's time zone."""
    return f"{instant.astimezone(_zone()):%Y-%m-%dT%H:%M}"


def local_time(instant: datetime) -> datetime:
    """An instant as the naive local time that a field of a form holds."""
    return instant.astimezone(_zone()).replace(tzinfo=None)


def from_local_input(value: datetime) -> datetime:
    """The instant of a naive local time that a form sent."""
    return value.replace(tzinfo=_zone())


def _zone() -> ZoneInfo:
    return ZoneInfo(_config().timezone)


def _is_chinese() -> bool:
    chosen = get_locale()
    return chosen is None or chosen.language == "zh"


def static_url(path: str) -> str:
    """The address of a file under static/, with its digest, so that browsers keep it until it changes."""
    if path.startswith("js/"):
        return scripts.script_url(path.removeprefix("js/"))
    return url_for("static", filename=path, v=_digest(str(Path(str(current_app.static_folder)) / path)))


@lru_cache(maxsize=256)
def _digest(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:10]


def protect(response: Response) -> Response:
    """The headers of every answer."""
    headers = response.headers
    headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    if not _config().plain_http:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.endpoint == "static" and request.args.get("v"):
        headers["Cache-Control"] = "public, max-age=31536000, immutable"
    elif request.endpoint in ("static", "bootstrap.static"):
        headers["Cache-Control"] = "public, no-cache"
    else:
        headers.setdefault("Cache-Control", "no-store")
    return response


def safe_next(target: str | None) -> str | None:
    """A path of this site to go on to, or None: never another host.

    Browsers read a backslash as a slash and leave out tabs and line breaks, so "/\t/host" would lead to a host.
    """
    if not target or not target.startswith("/") or target.startswith("//"):
        return None
    if "\\" in target or any(ord(sign) < 32 or ord(sign) == 127 for sign in target):
        return None
    return target
