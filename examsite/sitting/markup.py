"""The markup of unanswered questions, put together from pieces that were rendered before.

At the start of a sitting a thousand candidates open a hundred questions each, nearly all unanswered.  A question's
markup differs between papers only in its position, points, the order of its options and the addresses of its pictures, so
the template renders each question once a process and language, and papers are joined from the pieces.  What the template
says is what is shown: a test compares both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any, cast

from flask import current_app
from markupsafe import Markup, escape

from examsite.sitting.presenting import Recent, multiple_rule, sections
from question_bank.questions.model import letter
from question_bank.questions.present import PresentedQuestion

_OPTION = re.compile(r'<label class="option">.*?</label>', re.DOTALL)
_LETTER = re.compile(r'(<span class="option-letter">)[A-Z](</span>)')
#: Characters without a meaning of their own stand for position, points, letter and address of pictures until then.
_POSITION, _POINTS, _PLACE, _PICTURES = "\ue000", "\ue001", "\ue002", "\ue003"
_PICTURES_SENT = _PICTURES.encode()
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
    """A paper's page as it is for everyone who has not answered yet, in UTF-8: pieces, to be joined for each.

    questions: by position, each with its markup.  between: what stands before, between and after them.
    positions: the questions as the page's scripts know them, as JSON.
    """

    sheet: bytes
    between: tuple[bytes, ...]
    questions: tuple[tuple[PresentedQuestion, bytes], ...]
    positions: str

    def sheet_with(self, answers: Mapping[int, Any]) -> bytes:
        """The answer sheet with what was answered and marked."""
        if not answers:
            return self.sheet
        return _NUMBER.sub(
            lambda found: _number(found.group(1), answers.get(int(found.group(1)))), self.sheet
        )

    def questions_with(self, answers: Mapping[int, Any], language: str, pictures_at: str) -> bytes:
        """All questions with what was entered."""
        pieces = [self.between[0]]
        for (question, html), after in zip(self.questions, self.between[1:], strict=True):
            held = answers.get(question.position)
            if held is not None:
                html = _filled(question, html, held) or _written(question, held, language, pictures_at)
            pieces += (html, after)
        return b"".join(pieces)


#: One question's link in the answer sheet, up to its number.
_NUMBER = re.compile(rb'<a class="" href="#q(\d+)"')
_QUESTION = "\ue004"
_parts: Recent[PaperParts] = Recent(128)


def paper_parts(
    paper: tuple[int, str],
    questions: Sequence[PresentedQuestion],
    language: str,
    *,
    multiple: str | None,
    pictures_at: str,
) -> PaperParts:
    """The pieces of this paper (id, hash of its content), kept for everyone who has it."""
    key = (paper[0], f"{paper[1]} {language} {multiple}")
    parts = _parts.get(key)
    if parts is None:
        is_odd = any(map(_is_odd, questions))
        parts = _cut_paper(questions, language, multiple, pictures_at if is_odd else _PICTURES)
        if is_odd:
            return parts
        _parts.put(key, parts)
    if not any(_PICTURES_SENT in html for _question, html in parts.questions):
        return parts
    sent = str(escape(pictures_at)).encode()
    shown = tuple((question, html.replace(_PICTURES_SENT, sent)) for question, html in parts.questions)
    return replace(parts, questions=shown)


def _cut_paper(
    questions: Sequence[PresentedQuestion], language: str, multiple: str | None, pictures_at: str
) -> PaperParts:
    in_sections = sections(tuple(questions))
    module = cast(Any, _module("sitting/parts.html", language))
    body = module.body(in_sections, {}, lambda *_of: _QUESTION, "", multiple_rule(multiple))
    positions = [
        {"position": question.position, "kind": kind.value, "section": number}
        for number, (kind, _title, inside) in enumerate(in_sections, start=1)
        for question in inside
    ]
    return PaperParts(
        str(module.sheet(in_sections, {})).encode(),
        tuple(piece.encode() for piece in str(body).split(_QUESTION)),
        tuple((q, str(question_markup(q, None, language, pictures_at)).encode()) for q in questions),
        json.dumps(positions, separators=(",", ":")),
    )


def _number(position: bytes, held: Any) -> bytes:
    answered = b"is-answered" if held and held.response else b""
    marked = b" is-marked" if held and held.marked else b""
    return b'<a class="%b%b" href="#q%b"' % (answered, marked, position)


def _filled(question: PresentedQuestion, html: bytes, held: Any) -> bytes | None:
    """The markup with what was chosen; None where the template must say it."""
    if question.shape not in ("options", "truth"):
        return None
    response = held.response or {}
    chosen = response.get("options") or []
    if isinstance(response.get("truth"), bool):
        chosen = ["true" if response["truth"] else "false"]
    fields = [f'name="q{question.position}" value="{escape(one)}">' for one in chosen]
    if held.marked:
        fields.append(f'name="m{question.position}" value="1">')
    for field in map(str.encode, fields):
        html = html.replace(field, field[:-1] + b" checked>")
    return html


def _written(question: PresentedQuestion, held: Any, language: str, pictures_at: str) -> bytes:
    return str(question_markup(question, held, language, pictures_at)).encode()


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
