"""From what an author typed into the form to a question with its key, or to what is wrong, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask_babel import gettext as _

from question_bank.formats import answers
from question_bank.formats.cells import code_of
from question_bank.outlines.tree import Outline, area_code
from question_bank.questions.kinds import Kind
from question_bank.questions.model import BLANK_MARK, Key, Option, Question, letter, make_options

MAX_OPTIONS = 8


@dataclass(frozen=True, slots=True)
class Typed:
    """The form's texts.  options, right (填空) and sources: one a line.  right: letters, "true"/"false", or lines."""

    stem: str
    options: str = ""
    right: str = ""
    point: str = ""
    difficulty: str = ""
    consistency: str = ""
    sources: str = ""
    explanation: str = ""
    picture: str = ""


@dataclass
class Composed:
    """question and key stand only where `errors` (by field of Typed) is empty."""

    question: Question | None = None
    key: Key | None = None
    errors: dict[str, list[str]] = field(default_factory=dict)

    def fault(self, name: str, sentence: str) -> None:
        self.errors.setdefault(name, []).append(sentence)


def compose(kind: Kind, typed: Typed, outline: Outline | None) -> Composed:
    """The question and key of this kind that the texts describe."""
    made = Composed()
    stem = typed.stem.strip().replace("\r\n", "\n")
    if kind is Kind.BLANK:
        stem = answers.marked_blanks(stem)
    if not stem:
        made.fault("stem", _("Write the stem."))
    point = _point(typed.point, outline, made)
    options: tuple[Option, ...] = ()
    key = Key()
    if kind.has_options:
        options, right = _choice(kind, typed, made)
        key = Key(options=right, explanation=typed.explanation.strip())
    elif kind is Kind.JUDGEMENT:
        truth = answers.truth_of(typed.right) if typed.right else None
        if truth is None:
            made.fault("right", _("Choose whether the statement is true or false."))
        key = Key(truth=truth, explanation=typed.explanation.strip())
    elif kind is Kind.BLANK:
        key = Key(blanks=_blanks(stem, typed, made), explanation=typed.explanation.strip())
    else:
        if not typed.right.strip():
            made.fault("right", _("Write the model answer that markers go by."))
        key = Key(model_answer=typed.right.strip(), explanation=typed.explanation.strip())
    if made.errors:
        return made
    made.question = Question(
        kind,
        stem,
        options,
        point,
        int(typed.difficulty) if typed.difficulty else None,
        int(typed.consistency) if typed.consistency else None,
        tuple(_lines(typed.sources)),
        typed.picture.strip(),
    )
    made.key = key
    return made


def typed_of(question: Question, key: Key) -> Typed:
    """What stands in the form when an author revises this question."""
    if question.kind.has_options:
        right = ",".join(letter(i) for i, option in enumerate(question.options) if option.id in key.options)
    elif question.kind is Kind.JUDGEMENT:
        right = "true" if key.truth else "false"
    elif question.kind is Kind.BLANK:
        right = "\n".join("|".join(accepted) for accepted in key.blanks)
    else:
        right = key.model_answer
    return Typed(
        question.stem,
        "\n".join(answers.with_prefixes([option.content for option in question.options])),
        right,
        question.point,
        str(question.difficulty or ""),
        str(question.consistency or ""),
        "\n".join(question.sources),
        key.explanation,
        question.picture,
    )


def typed_from(values: Mapping[str, str | None]) -> Typed:
    """The texts of a form by field name; what is missing is empty."""
    return Typed(**{name: values.get(name) or "" for name in Typed.__dataclass_fields__})


def _point(text: str, outline: Outline | None, made: Composed) -> str:
    point = code_of(text)
    if not point:
        made.fault("point", _("Say which assessment point the question is about, for example A-B-C-001."))
    elif len(point) > 40:
        made.fault("point", _("The code is too long."))
    elif outline is not None:
        codes = {one.code for one in outline.points}
        areas = {area.code for area in outline.walk()}
        if codes and point not in codes:
            made.fault("point", _("The outline in force has no assessment point %(code)s.", code=point))
        elif not codes and area_code(point) not in areas:
            made.fault("point", _("The outline in force has no area %(code)s.", code=area_code(point)))
    return point


def _choice(kind: Kind, typed: Typed, made: Composed) -> tuple[tuple[Option, ...], frozenset[str]]:
    contents = [text for text in answers.without_prefixes(_lines(typed.options)) if text]
    if not 2 <= len(contents) <= MAX_OPTIONS:
        made.fault("options", _("Write two to %(most)s options, one a line.", most=MAX_OPTIONS))
    if len(set(contents)) != len(contents):
        made.fault("options", _("Two options are the same."))
    chosen = sorted(set(answers.letters_of(typed.right) or "")) if typed.right.strip() else []
    known = [letter(place) for place in range(len(contents))]
    if not chosen:
        made.fault("right", _("Give the right answer by its letters, for example A or A,C."))
    elif strange := [one for one in chosen if one not in known]:
        made.fault("right", _("There is no option %(letters)s.", letters="、".join(strange)))
    elif kind is Kind.SINGLE and len(chosen) > 1:
        made.fault("right", _("A single-choice question has one right answer."))
    elif kind is Kind.MULTIPLE and len(chosen) < 2:
        made.fault("right", _("A multiple-choice question has at least two right answers."))
    if made.errors.get("options") or made.errors.get("right"):
        return (), frozenset()
    options = make_options(contents)
    return options, frozenset(options[known.index(one)].id for one in chosen)


def _blanks(stem: str, typed: Typed, made: Composed) -> tuple[tuple[str, ...], ...]:
    count = stem.count(BLANK_MARK)
    accepted = tuple(
        tuple(part.strip() for part in line.split("|") if part.strip()) for line in _lines(typed.right)
    )
    if not count:
        made.fault("stem", _("Mark every blank in the stem with four underscores: ____"))
    elif len(accepted) != count or not all(accepted):
        made.fault(
            "right",
            _("The stem has %(count)s blanks: write one line for each, variants parted by |.", count=count),
        )
    return accepted


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.replace("\r\n", "\n").split("\n") if line.strip()]
