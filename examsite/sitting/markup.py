"""The markup of unanswered questions, put together from pieces that were rendered before.

At the start of a sitting a thousand candidates open a hundred questions each, nearly all unanswered.  A question's
markup differs between papers only in its position, points, the order of its options and the addresses of its pictures, so
the template renders each question once a process and language, and papers are joined from the pieces.  What the template
says is what is shown: a test compares both.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any, cast

from flask import current_app
from markupsafe import Markup, escape

from question_bank.questions.model import letter
from question_bank.questions.present import PresentedQuestion

_OPTION = re.compile(r'<label class="option">.*?</label>', re.DOTALL)
_LETTER = re.compile(r'(<span class="option-letter">)[A-Z](</span>)')
#: Characters without a meaning of their own stand for position, points, letter and address of pictures until then.
_POSITION, _POINTS, _PLACE, _PICTURES = "\ue000", "\ue001", "\ue002", "\ue003"
_MOST = 60_000


@dataclass(frozen=True, slots=True)
class _Pieces:
    """before + options in the paper's order, with `between` between them, + after."""

    before: str
    options: dict[str, str]
    between: str
    after: str


_pieces: dict[tuple[object, ...], _Pieces] = {}


def question_markup(question: PresentedQuestion, held: Any, language: str, pictures_at: str = "") -> Markup:
    """One question of a paper.

    held: the stored answer, or None where nothing was entered.  pictures_at: what stands before a picture's digest in
    its address.
    """
    if (held is not None and (held.response is not None or held.marked)) or _is_odd(question):
        return _macro(language)(question, held, lambda digest: pictures_at + digest)
    # A revision may keep an option's id and change what it says, so the whole content is the key.
    content = tuple(sorted((option.id, option.content) for option in question.options))
    beside = (question.material, question.numeric, question.parts)
    key = (language, question.kind.value, question.stem, question.picture, content, beside)
    pieces = _pieces.get(key)
    if pieces is None:
        if len(_pieces) >= _MOST:
            _pieces.clear()
        pieces = _pieces[key] = _cut(question, language)
    options = pieces.between.join(
        pieces.options[option.id].replace(_PLACE, letter(place))
        for place, option in enumerate(question.options)
    )
    text = pieces.before + options + pieces.after
    text = text.replace(_POINTS, str(question.points)).replace(_POSITION, str(question.position))
    if _PICTURES in text:
        text = text.replace(_PICTURES, escape(pictures_at))
    return Markup(text)  # every piece was escaped by the template


def _cut(question: PresentedQuestion, language: str) -> _Pieces:
    blank = replace(question, position=cast(int, _POSITION), points=cast(Decimal, _POINTS))
    html = str(_macro(language)(blank, None, lambda digest: _PICTURES + digest))
    if not question.options:
        return _Pieces(html, {}, "", "")
    found = list(_OPTION.finditer(html))
    assert len(found) == len(question.options)
    between = html[found[0].end() : found[1].start()] if len(found) > 1 else ""
    options = {
        option.id: _LETTER.sub(rf"\1{_PLACE}\2", piece.group())
        for option, piece in zip(question.options, found, strict=True)
    }
    return _Pieces(html[: found[0].start()], options, between, html[found[-1].end() :])


def _is_odd(question: PresentedQuestion) -> bool:
    """Whether the question itself holds one of the characters that stand for something here."""
    return any(mark in text for text in question.texts for mark in (_POSITION, _POINTS, _PLACE, _PICTURES))


@lru_cache(maxsize=8)
def _macro(language: str) -> Callable[..., Markup]:
    # The template says its words once a module, so every language has a module of its own.
    template = current_app.jinja_env.get_template("sitting/question.html")
    return cast(Callable[..., Markup], template.make_module({"locale": language}).question)  # type: ignore[attr-defined]
