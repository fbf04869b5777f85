"""From what an author typed to a question with its key, as far as it goes, and what kept the rest from being read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation

from flask_babel import gettext as _

from examsite.authoring.writing.typed import LONGEST_TEXT, MAX_OPTIONS, Typed, TypedAnswer
from question_bank.formats import answers
from question_bank.formats.cells import code_of
from question_bank.outlines.tree import Outline, area_code
from question_bank.problems import NOWHERE, Severity
from question_bank.questions.check import Finding, check
from question_bank.questions.kinds import Kind
from question_bank.questions.model import Key, Option, Part, Quantity, Question, make_options

LONGEST_POINT = 40
LONGEST_SOURCES = 4000


@dataclass
class Composed:
    """What was typed, as a question.

    faults: what could not be read and would be lost (a number that is none).  Where there are any, nothing is stored.
    findings: everything else that the check says; errors among them keep the question from review, not from the drafts.
    """

    question: Question
    key: Key
    faults: list[Finding] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_storable(self) -> bool:
        return not self.faults

    @property
    def is_ready(self) -> bool:
        """Whether it may go to review."""
        return not self.faults and not any(finding.is_error for finding in self.findings)

    @property
    def all(self) -> list[Finding]:
        """Faults and findings; a field whose text could not be read has only its fault."""
        told = {(fault.field, fault.part) for fault in self.faults}
        numbers = {fault.part for fault in self.faults if fault.field in ("value", "tolerance", "units")}
        return [
            *self.faults,
            *(
                one
                for one in self.findings
                if not (one.is_error and (one.field, one.part) in told)
                and not (one.code == "quantity-missing" and one.part in numbers)
            ),
        ]


def compose(typed: Typed, outline: Outline | None) -> Composed:
    """The question and key that the texts describe."""
    faults: list[Finding] = []
    body, key, numeric = _answer(typed.body, faults, None)
    parts: list[Part] = []
    keys: list[Key] = []
    for place, one in enumerate(typed.parts):
        stem_options, answer, is_numeric = _answer(one, faults, place)
        share = _whole(one.share)
        if share is None:
            faults.append(
                _fault("share-not-whole", _("The share is a whole number, at least 1."), "share", place)
            )
        parts.append(Part(one.kind, *stem_options, is_numeric, share or 1))
        keys.append(answer)
    stem, options = body
    question = Question(
        typed.kind,
        stem,
        options,
        _point(typed.point, outline),
        int(typed.difficulty) if typed.difficulty else None,
        int(typed.consistency) if typed.consistency else None,
        tuple(_lines(typed.sources)),
        typed.picture.strip(),
        typed.tags,
        typed.material.strip(),
        typed.stimulus.strip(),
        numeric,
        tuple(parts),
    )
    key = replace(key, explanation=typed.explanation.strip(), parts=tuple(keys))
    if parts:
        # With parts the question has no answer of its own; what stood there is not a key any more.
        key = replace(key, model_answer="")
    faults += _lengths(typed, question)
    if not stem and not question.material:
        faults.append(_fault("stem-empty", _("Write the stem."), "stem", None))
    findings = check(question, key)
    if unknown := _unknown_point(question.point, outline):
        findings.append(Finding(NOWHERE, "point-unknown", unknown, Severity.ERROR, "point"))
    return Composed(question, key, faults, findings)


def _answer(
    typed: TypedAnswer, faults: list[Finding], part: int | None
) -> tuple[tuple[str, tuple[Option, ...]], Key, bool]:
    stem = typed.stem.strip()
    if typed.kind.has_options:
        contents = [(text.strip(), place) for place, text in enumerate(typed.options)]
        kept = [(text, place) for text, place in contents if text or place in typed.right]
        if len(kept) > MAX_OPTIONS:
            faults.append(
                _fault("options-too-many", _("At most %(most)s options.", most=MAX_OPTIONS), "options", part)
            )
        options = make_options([text for text, _place in kept])
        right = frozenset(
            option.id for option, (_text, place) in zip(options, kept, strict=True) if place in typed.right
        )
        return (stem, options), Key(options=right), False
    if typed.kind is Kind.JUDGEMENT:
        return (stem, ()), Key(truth={"true": True, "false": False}.get(typed.truth)), False
    if typed.kind is Kind.BLANK:
        stem = answers.marked_blanks(stem)
        blanks = [tuple(_variants(text)) for text in typed.blanks]
        while len(blanks) > stem.count("____") and not blanks[-1]:
            blanks.pop()
        return (stem, ()), Key(blanks=tuple(blanks), any_order=_groups(typed, faults, part)), False
    if typed.kind is Kind.CALCULATION and typed.numeric:
        return (stem, ()), Key(quantity=_quantity(typed, faults, part)), True
    return (stem, ()), Key(model_answer=typed.model_answer.strip()), False


def _variants(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"[|｜]", text) if part.strip()]


def _groups(typed: TypedAnswer, faults: list[Finding], part: int | None) -> tuple[tuple[int, ...], ...]:
    """ "1,2; 3,4" → ((0, 1), (2, 3))."""
    groups = []
    for written in re.split(r"[;；\n]", typed.any_order):
        numbers = [one for one in re.split(r"[,，、\s]+", written.strip()) if one]
        if not numbers:
            continue
        if not all(one.isascii() and one.isdigit() and 0 < len(one) < 3 for one in numbers):
            faults.append(
                _fault(
                    "order-unreadable",
                    _("Write the numbers of the blanks, groups parted by semicolons: 1,2; 3,4"),
                    "order",
                    part,
                )
            )
            return ()
        groups.append(tuple(int(one) - 1 for one in numbers))
    return tuple(groups)


def _quantity(typed: TypedAnswer, faults: list[Finding], part: int | None) -> Quantity | None:
    before = len(faults)

    def number(text: str, name: str) -> Decimal | None:
        try:
            found = Decimal(text.strip().replace("，", "").replace(",", "").translate(_WIDE))
        except InvalidOperation:
            found = None
        if found is None or not found.is_finite() or len(text) > 40 or abs(found.adjusted()) > 30:
            faults.append(
                _fault("not-a-number", _("“%(text)s” is not a number.", text=text.strip()[:20]), name, part)
            )
            return None
        return found

    if not typed.value.strip():
        return None
    value = number(typed.value, "value")
    tolerance = number(typed.tolerance, "tolerance") if typed.tolerance.strip() else Decimal(0)
    units = []
    for line in _lines(typed.units):
        unit, parted, factor = line.replace("＝", "=").partition("=")
        if not parted or not unit.strip():
            faults.append(
                _fault(
                    "unit-unreadable",
                    _("Write one unit a line with how many of the first unit it is: kW=1000"),
                    "units",
                    part,
                )
            )
        elif (times := number(factor, "units")) is not None:
            units.append((unit.strip(), times))
    if len(faults) > before or value is None or tolerance is None:
        return None
    if typed.relative:
        tolerance /= 100
    return Quantity(value, tolerance, typed.relative, typed.unit.strip(), tuple(units), typed.unit_required)


_WIDE = str.maketrans("０１２３４５６７８９．－＋−", "0123456789.-+-")


def _point(text: str, outline: Outline | None) -> str:
    """The code; words are taken for the one point of the outline that has them in its name."""
    written = text.strip()
    if outline is not None and written:
        codes = {one.code for one in outline.points}
        if code_of(written) not in codes:
            first = code_of(written.split()[0])
            named = [one.code for one in outline.points if written in one.name]
            exact = [one.code for one in outline.points if one.name == written]
            if first in codes:
                return first
            if len(exact) == 1 or len(named) == 1:
                return (exact or named)[0]
    return code_of(written)


def _unknown_point(point: str, outline: Outline | None) -> str:
    if not point or outline is None:
        return ""
    codes = {one.code for one in outline.points}
    if codes and point not in codes:
        return str(_("The outline in force has no assessment point %(code)s.", code=point))
    if not codes and outline.area(area_code(point)) is None:
        return str(_("The outline in force has no area %(code)s.", code=area_code(point)))
    return ""


def _lengths(typed: Typed, question: Question) -> list[Finding]:
    """Texts longer than the bank keeps."""
    found = []
    if len(question.point) > LONGEST_POINT:
        found.append(_fault("code-too-long", _("The code is too long."), "point", None))
    if len(typed.sources) > LONGEST_SOURCES:
        found.append(_too_long("sources", None, LONGEST_SOURCES))
    for name, text, most in (
        ("material", typed.material, LONGEST_TEXT),
        ("explanation", typed.explanation, LONGEST_TEXT),
        ("picture", typed.picture, 400),
        ("stimulus", typed.stimulus, 40),
        ("external_id", typed.external_id, 60),
    ):
        if len(text) > most:
            found.append(_too_long(name, None, most))
    for part, one in ((None, typed.body), *enumerate(typed.parts)):
        for name, texts in (
            ("stem", (one.stem,)),
            ("options", one.options),
            ("right", (one.model_answer, *one.blanks)),
            ("units", (one.units, one.unit)),
        ):
            if any(len(text) > LONGEST_TEXT for text in texts):
                found.append(_too_long(name, part, LONGEST_TEXT))
    return found


def _too_long(name: str, part: int | None, most: int) -> Finding:
    return _fault("text-too-long", _("The text is longer than %(most)s characters.", most=most), name, part)


def _fault(code: str, message: str, name: str, part: int | None) -> Finding:
    if part is not None:
        message = _("Part %(number)s: %(fault)s", number=part + 1, fault=message)
    return Finding(NOWHERE, code, message, Severity.ERROR, name, part)


def _whole(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 4 and int(text) else None


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]
