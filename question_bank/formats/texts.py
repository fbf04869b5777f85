"""Every text of a question and its key, parts included: where pictures and faulty characters may stand."""

from __future__ import annotations

from collections.abc import Iterator

from question_bank.questions.model import Key, Part, Question


def texts_of(question: Question, key: Key) -> Iterator[str]:
    """The texts in the order in which they are read."""
    yield from (question.point, question.picture, question.stimulus, question.material)
    yield from question.sources
    yield from question.tags
    yield from _asked(question)
    for part in question.parts:
        yield from _asked(part)
    yield from _answered(key)
    for answer in key.parts:
        yield from _answered(answer)


def _asked(one: Question | Part) -> Iterator[str]:
    yield one.stem
    for option in one.options:
        yield option.content


def _answered(key: Key) -> Iterator[str]:
    yield from (key.model_answer, key.explanation)
    for accepted in key.blanks:
        yield from accepted
    if key.quantity:
        yield key.quantity.unit
        yield from (unit for unit, _ in key.quantity.units)
