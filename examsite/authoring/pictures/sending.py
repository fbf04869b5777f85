"""A picture as an answer to a browser."""

from __future__ import annotations

from flask import make_response
from werkzeug.wrappers import Response

from examsite.authoring.pictures.queries import Picture


def answer_with(picture: Picture) -> Response:
    """The bytes, kept by this browser alone: what a digest names never changes."""
    response = make_response(picture.content)
    response.content_type = picture.media_type
    response.headers["Cache-Control"] = "private, max-age=86400, immutable"
    response.headers["Content-Disposition"] = "inline"
    return response
