"""What stands in the writing form: texts as typed, whole or not, for a question and each of its parts.

Fields are named alike for both: `stem`, `option-0`, `right`, `blank-0` …; those of the second part begin with `part-1-`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from examsite.authoring import invisible
from question_bank.formats import answers
from question_bank.questions.check import part_kinds
from question_bank.questions.kinds import Kind
from question_bank.questions.model import BLANK_MARK, Key, Part, Quantity, Question

MAX_OPTIONS = 8
MAX_PARTS = 12
MAX_BLANKS = 20
#: Rows of options in an empty form: 选择 has four (source: writing rules of the trade).
USUAL_OPTIONS = 4
LONGEST_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class TypedAnswer:
    """One thing that is answered: the question itself or a part of it.

    right: the places of the marked options.  truth: "true", "false" or "".  blanks: one a blank, variants parted by |.
    any_order: groups of blanks from 1, "1,2;3,4".  units: one a line, "kW=1000".  relative: the tolerance is a per cent.
    """

    kind: Kind
    stem: str = ""
    options: tuple[str, ...] = ("",) * USUAL_OPTIONS
    right: frozenset[int] = frozenset()
    truth: str = ""
    blanks: tuple[str, ...] = ()
    any_order: str = ""
    model_answer: str = ""
    numeric: bool = False
    value: str = ""
    tolerance: str = ""
    relative: bool = False
    unit: str = ""
    units: str = ""
    unit_required: bool = False
    share: str = "1"

    @property
    def blank_rows(self) -> tuple[str, ...]:
        """A row for each blank of the stem, at least one, and for each answer that is typed."""
        typed = max((place + 1 for place, text in enumerate(self.blanks) if text.strip()), default=0)
        rows = min(max(count_blanks(self.stem), typed, 1), MAX_BLANKS)
        return (*self.blanks, *("",) * rows)[:rows]


@dataclass(frozen=True, slots=True)
class Typed:
    """Everything in the form.  sources: one a line.  tags: industries."""

    body: TypedAnswer
    parts: tuple[TypedAnswer, ...] = ()
    material: str = ""
    stimulus: str = ""
    point: str = ""
    difficulty: str = ""
    consistency: str = ""
    sources: str = ""
    explanation: str = ""
    picture: str = ""
    tags: tuple[str, ...] = field(default=())
    external_id: str = ""

    @property
    def kind(self) -> Kind:
        return self.body.kind


def count_blanks(stem: str) -> int:
    """How many blanks a stem has, written as four underscores or as empty brackets."""
    return answers.marked_blanks(stem).count(BLANK_MARK)


def typed_from(kind: Kind, values: Any) -> Typed:
    """The texts of a sent form.  values: a mapping with `get` and `getlist`; what is missing is empty."""
    parts: list[TypedAnswer] = []
    while len(parts) < MAX_PARTS and f"part-{len(parts)}-stem" in values:
        prefix = f"part-{len(parts)}-"
        letter = values.get(prefix + "kind", "")
        known = {one.value: one for one in part_kinds()}
        parts.append(_answer_from(known.get(letter, Kind.SHORT), values, prefix))
    return Typed(
        _answer_from(kind, values, ""),
        tuple(parts) if kind in (Kind.CASE, Kind.COMPOUND) else (),
        **{
            name: _text(values, name)
            for name in ("material", "stimulus", "point", "explanation", "picture", "external_id")
        },
        sources=_sources(values),
        difficulty=_scale(values, "difficulty"),
        consistency=_scale(values, "consistency"),
        tags=tuple(invisible.without(tag)[:40] for tag in values.getlist("tags") if tag.strip()),
    )


def _sources(values: Any) -> str:
    """The sources, and behind them the textbook that stands in its own field: whatever button was pressed, it is kept."""
    textbook = " ".join(_text(values, "textbook").split())[:400]
    sources = _text(values, "sources")
    return f"{sources.rstrip()}\n{textbook}".strip() if textbook else sources


def _answer_from(kind: Kind, values: Any, prefix: str) -> TypedAnswer:
    def text(name: str) -> str:
        return _text(values, prefix + name)

    options = _numbered(values, f"{prefix}option-", MAX_OPTIONS)
    marked = values.getlist(prefix + "right") if kind.has_options else []
    places = frozenset(int(one) for one in marked if one.isascii() and one.isdigit() and len(one) < 3)
    return TypedAnswer(
        kind,
        text("stem"),
        options if options or not kind.has_options else ("",) * USUAL_OPTIONS,
        frozenset(place for place in places if place < len(options)),
        text("right") if kind is Kind.JUDGEMENT and text("right") in ("true", "false") else "",
        _numbered(values, f"{prefix}blank-", MAX_BLANKS),
        text("order"),
        "" if kind.has_options or kind is Kind.JUDGEMENT else text("right"),
        text("numeric") == "number",
        text("value"),
        text("tolerance"),
        text("relative") == "percent",
        text("unit"),
        text("units"),
        bool(values.get(prefix + "unit_required")),
        text("share") or "1",
    )


def _numbered(values: Any, prefix: str, most: int) -> tuple[str, ...]:
    found: list[str] = []
    while len(found) < most and f"{prefix}{len(found)}" in values:
        found.append(_text(values, f"{prefix}{len(found)}"))
    return tuple(found)


def _text(values: Mapping[str, Any], name: str) -> str:
    return invisible.without(values.get(name) or "").replace("\r\n", "\n").replace("\r", "\n")


def _scale(values: Mapping[str, Any], name: str) -> str:
    text = values.get(name) or ""
    return text if text in {"1", "2", "3", "4", "5"} else ""


# ---- from a question ----


def typed_of(question: Question, key: Key, external_id: str = "") -> Typed:
    """What stands in the form when an author revises this question."""
    return Typed(
        _answer_of(question, key),
        tuple(_answer_of(part, answer) for part, answer in zip(question.parts, key.parts, strict=False)),
        question.material,
        question.stimulus,
        question.point,
        str(question.difficulty or ""),
        str(question.consistency or ""),
        "\n".join(question.sources),
        key.explanation,
        question.picture,
        question.tags,
        external_id,
    )


def _answer_of(one: Question | Part, key: Key) -> TypedAnswer:
    quantity = key.quantity or Quantity(Decimal(0))
    return TypedAnswer(
        one.kind,
        one.stem,
        tuple(option.content for option in one.options) or ("",) * USUAL_OPTIONS,
        frozenset(place for place, option in enumerate(one.options) if option.id in key.options),
        "" if key.truth is None else str(key.truth).lower(),
        tuple(" | ".join(accepted) for accepted in key.blanks),
        "; ".join(",".join(str(place + 1) for place in group) for group in key.any_order),
        key.model_answer,
        one.numeric,
        "" if key.quantity is None else format(quantity.value, "f"),
        "" if key.quantity is None else _tolerance(quantity),
        quantity.relative,
        quantity.unit,
        "\n".join(f"{unit}={format(factor, 'f')}" for unit, factor in quantity.units),
        quantity.unit_required,
        str(one.share) if isinstance(one, Part) else "1",
    )


def _tolerance(quantity: Quantity) -> str:
    shown = quantity.tolerance * 100 if quantity.relative else quantity.tolerance
    text = format(shown, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
