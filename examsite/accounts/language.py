"""The language of a browser, kept in a cookie."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app
from werkzeug.wrappers import Response

from examsite.config import Config
from examsite.pages import LANGUAGE_COOKIE

YEAR = timedelta(days=365)


def remember(response: Response, code: str) -> Response:
    """Let this browser ask for pages in this language for a year."""
    config: Config = current_app.extensions["examsite-config"]
    response.set_cookie(
        LANGUAGE_COOKIE, code, max_age=YEAR, samesite="Lax", httponly=True, secure=not config.plain_http
    )
    return response
