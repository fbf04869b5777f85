"""The paper's page around its questions: rendered once a language with marks where candidates differ, filled for each.

What is kept says nothing of anybody: the marks stand for whatever is a candidate's, a sitting's or a moment's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flask import current_app, request, url_for
from markupsafe import Markup, escape

from examsite.sitting.markup import paper_texts

_FIELDS = (
    *("title", "name", "tail", "seat", "total", "until", "said_now", "csrf_token"),
    *("font", "contrast", "view", "sheet", "questions", "data"),
)
#: A character without a meaning of its own for each, as in `markup`.
_MARKS = {field: chr(0xE100 + place) for place, field in enumerate(_FIELDS)}
#: In addresses, where such characters would be quoted.
_ATTEMPT = "0" * 32
_CUT = re.compile("([" + "".join(_MARKS.values()) + "]|" + _ATTEMPT + ")")


def framed(
    fields: Mapping[str, object],
    *,
    attempt: str,
    sheet: bytes,
    questions: bytes,
    data: str,
    unverified: bool,
    language: str,
) -> bytes:
    """The whole page in UTF-8.  fields: texts for what differs; they are escaped here.  data: JSON that is safe in HTML."""
    values = {_MARKS[field]: str(escape(value)).encode() for field, value in fields.items()}
    values[_MARKS["sheet"]], values[_MARKS["questions"]] = sheet, questions
    values[_MARKS["data"]], values[_ATTEMPT] = data.encode(), attempt.encode()
    pieces = _frame(language, unverified, request.script_root)
    return b"".join([piece if isinstance(piece, bytes) else values[piece] for piece in pieces])


@lru_cache(maxsize=16)
def _frame(language: str, unverified: bool, script_root: str) -> tuple[str | bytes, ...]:
    """The page cut at its marks: what stands between them in UTF-8, and the marks."""
    marks = {field: Markup(mark) for field, mark in _MARKS.items()}
    html = current_app.jinja_env.get_template("sitting/paper.html").render(
        locale=language,
        attempt={"id": _ATTEMPT, "seat": marks["seat"]},
        sitting={"title": marks["title"]},
        candidate={"name": marks["name"], "tail": marks["tail"]},
        total=marks["total"],
        until=marks["until"],
        said_now=marks["said_now"],
        csrf_token=lambda: marks["csrf_token"],
        settings={name: marks[name] for name in ("font", "contrast", "view")},
        texts=paper_texts(language),
        parts={"sheet": marks["sheet"], "questions": marks["questions"]},
        unverified=unverified,
        data=marks["data"],
    )
    pieces = _CUT.split(html)
    # Every second piece is a mark.
    return tuple(piece if place % 2 else piece.encode() for place, piece in enumerate(pieces))


def page_data(data: Mapping[str, Any], *, attempt: str, positions: str) -> str:
    """What the page's scripts read, as JSON that is safe in HTML.  positions: JSON that was made before."""
    said = json.dumps({**data, "attempt": attempt}, separators=(",", ":"))
    for sign, code in _UNSAFE:
        said = said.replace(sign, code)
    urls = _urls(request.script_root).replace(_ATTEMPT, attempt)
    return f'{said[:-1]},"positions":{positions},"urls":{urls}}}'


#: As Jinja's `tojson` writes them.
_UNSAFE = (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("'", "\\u0027"))


@lru_cache(maxsize=16)
def _urls(script_root: str) -> str:
    addresses = {
        "answers": url_for("sitting.save_answers", attempt=_ATTEMPT),
        "pulse": url_for("sitting.pulse", attempt=_ATTEMPT),
        "settings": url_for("sitting.save_settings", attempt=_ATTEMPT),
        "hand_in": url_for("sitting.hand_in", attempt=_ATTEMPT),
        "receipt": url_for("sitting.receipt", attempt=_ATTEMPT),
        "sign_in": url_for("registration.sign_in", next=url_for("sitting.wait", attempt=_ATTEMPT)),
    }
    said = json.dumps(addresses)
    for sign, code in _UNSAFE:
        said = said.replace(sign, code)
    return said
