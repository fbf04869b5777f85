"""What the form's own buttons do to what is typed: rows added, moved and removed, parts likewise, a pasted text split.

A command is the value of the button: `option+`, `option-2-up`, `part+B`, `part-0-option-1-remove`, `part-1-down`, `paste`.
Unknown commands change nothing, so that the form is simply shown again.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TypeVar

from examsite.authoring.writing.typed import MAX_OPTIONS, MAX_PARTS, USUAL_OPTIONS, Typed, TypedAnswer
from question_bank.formats import answers
from question_bank.formats.pasted import split
from question_bank.questions.check import part_kinds
from question_bank.questions.kinds import Kind

T = TypeVar("T")
_OPTION = re.compile(r"option-(\d)-(up|down|remove)")
_PART = re.compile(r"part-(\d{1,2})-(.+)")


def changed(typed: Typed, command: str, pasted: str = "") -> Typed:
    """The form after this command."""
    if command == "paste":
        return with_pasted(typed, pasted)
    if command.startswith("part+"):
        kinds = {kind.value: kind for kind in part_kinds()}
        kind = kinds.get(command.removeprefix("part+"))
        if kind is None or len(typed.parts) >= MAX_PARTS:
            return typed
        return replace(typed, parts=(*typed.parts, TypedAnswer(kind)))
    if (found := _PART.fullmatch(command)) and int(found[1]) < len(typed.parts):
        place, rest = int(found[1]), found[2]
        if rest in ("up", "down", "remove"):
            return replace(typed, parts=_moved(typed.parts, place, rest))
        parts = list(typed.parts)
        parts[place] = _answer_changed(parts[place], rest)
        return replace(typed, parts=tuple(parts))
    return replace(typed, body=_answer_changed(typed.body, command))


def with_pasted(typed: Typed, text: str) -> Typed:
    """The form with a pasted question in its fields; what the text does not say stays as it is."""
    if not text.strip():
        return typed
    found = split(text, typed.kind)
    body = replace(typed.body, stem=found.stem)
    if typed.kind.has_options and found.options:
        letters = answers.letters_of(found.answer) or ""
        options = found.options[:MAX_OPTIONS]
        places = frozenset(ord(one) - ord("A") for one in letters)
        body = replace(
            body,
            options=(*options, *("",) * (USUAL_OPTIONS - len(options))),
            right=frozenset(place for place in places if place < len(options)),
        )
    elif typed.kind is Kind.JUDGEMENT:
        truth = answers.truth_of(found.answer) if found.answer else None
        body = replace(body, truth="" if truth is None else str(truth).lower())
    elif typed.kind is Kind.BLANK:
        stem = answers.marked_blanks(found.stem)
        blanks = answers.blanks_of(found.answer, stem.count("____")) if found.answer else None
        if blanks is None and found.answer:
            blanks = ((found.answer,),)
        body = replace(body, stem=stem, blanks=tuple(" | ".join(one) for one in blanks or ()))
    elif found.answer:
        body = replace(body, model_answer=found.answer)
    if found.options and not typed.kind.has_options:
        # Nothing of the text is thrown away: another kind keeps the options in its stem.
        lettered = "\n".join(f"{chr(65 + place)}. {one}" for place, one in enumerate(found.options))
        body = replace(body, stem=f"{body.stem}\n{lettered}")
    return replace(
        typed,
        body=body,
        explanation=found.explanation or typed.explanation,
        sources="\n".join(found.sources) or typed.sources,
        difficulty=str(found.difficulty or "") or typed.difficulty,
        point=found.point or typed.point,
    )


def _answer_changed(one: TypedAnswer, command: str) -> TypedAnswer:
    if command == "option+" and len(one.options) < MAX_OPTIONS:
        return replace(one, options=(*one.options, ""))
    if (found := _OPTION.fullmatch(command)) and int(found[1]) < len(one.options):
        rows = [(text, place in one.right) for place, text in enumerate(one.options)]
        moved = _moved(tuple(rows), int(found[1]), found[2])
        return replace(
            one,
            options=tuple(text for text, _right in moved),
            right=frozenset(place for place, (_text, right) in enumerate(moved) if right),
        )
    return one


def _moved(rows: tuple[T, ...], place: int, how: str) -> tuple[T, ...]:
    changed = list(rows)
    if how == "remove":
        del changed[place]
        return tuple(changed)
    other = place + (1 if how == "down" else -1)
    if 0 <= other < len(changed):
        changed[place], changed[other] = changed[other], changed[place]
    return tuple(changed)
