"""The markup of unanswered questions, put together from pieces that were rendered before.

At the start of a sitting a thousand candidates open a hundred questions each, nearly all unanswered.  A question's
markup differs between papers only in its position, points, the order of its options and the addresses of its pictures, so
the template renders each question once a process and language, and papers are joined from the pieces.  What the template
says is what is shown: a test compares both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any, cast

from flask import current_app
from markupsafe import Markup, escape

from examsite.sitting.presenting import Recent, Section
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


@dataclass(frozen=True, slots=True)
class PaperParts:
    """The answer sheet and the questions of a paper's page."""

    sheet: Markup
    questions: Markup


_parts: Recent[PaperParts] = Recent(128)


def paper_parts(
    paper: tuple[int, str],
    sections: Sequence[Section],
    answers: Mapping[int, Any],
    language: str,
    *,
    multiple_rule: str,
    pictures_at: str,
) -> PaperParts:
    """What a page shows of this paper (id, hash of its content): kept whole for everyone who has not answered yet."""
    questions = [question for _kind, _title, inside in sections for question in inside]
    if answers or any(map(_is_odd, questions)):
        return _render(sections, answers, language, multiple_rule, pictures_at)
    key = (paper[0], f"{paper[1]} {language} {multiple_rule}")
    parts = _parts.get(key)
    if parts is None:
        parts = _render(sections, {}, language, multiple_rule, _PICTURES)
        _parts.put(key, parts)
    if _PICTURES not in parts.questions:
        return parts
    return replace(parts, questions=Markup(str(parts.questions).replace(_PICTURES, escape(pictures_at))))


def _render(
    sections: Sequence[Section],
    answers: Mapping[int, Any],
    language: str,
    multiple_rule: str,
    pictures_at: str,
) -> PaperParts:
    module = cast(Any, _module("sitting/parts.html", language))
    return PaperParts(
        module.sheet(sections, answers),
        module.body(sections, answers, question_markup, pictures_at, multiple_rule),
    )


@lru_cache(maxsize=8)
def paper_texts(language: str) -> Markup:
    """What the scripts of the paper's page say, as JSON: the same for everyone."""
    return Markup(cast(Any, _module("sitting/texts.html", language)).paper_texts())


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


def _macro(language: str) -> Callable[..., Markup]:
    return cast(Callable[..., Markup], cast(Any, _module("sitting/question.html", language)).question)


@lru_cache(maxsize=16)
def _module(template: str, language: str) -> object:
    # A template says its words once a module, so every language has a module of its own.
    return current_app.jinja_env.get_template(template).make_module({"locale": language})
