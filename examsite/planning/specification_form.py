"""The form of a specification: kinds, and every further requirement; empty fields demand nothing."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DecimalField,
    FieldList,
    Form,
    FormField,
    IntegerField,
    RadioField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from examsite.planning.forms import multiple_field
from question_bank.assembly.requirements import (
    DEFAULT_CUT,
    DEFAULT_TOLERANCE,
    ExposureLimit,
    ImportanceRange,
    IndustryRule,
    Parallel,
    StimulusRule,
)
from question_bank.outlines.tree import Importance
from question_bank.problems import Problem

MOST_QUESTIONS = 500
_CODES = (1, 2, 3, 4, 5)
#: Beside which field a fault of the requirements stands, by its code.
_FIELD_OF = {
    "difficulty-not-100": "difficulty_1",
    "importance-range": "importance_x_lowest",
    "importance-over-100": "importance_x_lowest",
    "importance-under-100": "importance_x_highest",
    "industry-range": "industry_lowest",
    "industry-none": "industries",
    "anchor-repeated": "anchors",
    "anchors-too-many": "anchors",
    "overlap-below-anchors": "overlap_limit",
    "cut-outside": "cut",
}


def _trimmed(value: str | None) -> str | None:
    return value.strip() if isinstance(value, str) else value


def _percent(label: Any, **more: Any) -> DecimalField:
    wrong = lazy("A share from 0 to 100, please.")
    return DecimalField(label, [Optional(), NumberRange(0, 100, wrong)], **more)


def _whole(label: Any, lowest: int, highest: int, **more: Any) -> IntegerField:
    wrong = lazy("A whole number from %(low)d to %(high)d, please.", low=lowest, high=highest)
    return IntegerField(label, [Optional(), NumberRange(lowest, highest, wrong)], **more)


class SectionForm(Form):  # type: ignore[misc]  # the library has no types
    """How many questions of one kind, worth how many points each; both empty where the paper has none."""

    count = IntegerField(
        lazy("Number of questions"),
        [Optional(), NumberRange(0, MOST_QUESTIONS, lazy("A whole number from 0 to 500, please."))],
    )
    points = DecimalField(
        lazy("Points each"),
        [Optional(), NumberRange(0, 100, lazy("Points from 0.5 to 100, in halves, please."))],
    )


class SpecificationForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """A specification: one row for each kind, in the order of papers; then what else papers keep."""

    name = StringField(
        lazy("Name of the specification"),
        [DataRequired(lazy("Give the specification a name.")), Length(max=120)],
        filters=[_trimmed],
    )
    sections = FieldList(FormField(SectionForm))
    multiple = multiple_field()
    difficulty_1 = _percent(lazy("Difficulty 1, per cent"))
    difficulty_2 = _percent(lazy("Difficulty 2, per cent"))
    difficulty_3 = _percent(lazy("Difficulty 3, per cent"))
    difficulty_4 = _percent(lazy("Difficulty 4, per cent"))
    difficulty_5 = _percent(lazy("Difficulty 5, per cent"))
    importance_x_lowest = _percent(lazy("Importance X, at least per cent"))
    importance_x_highest = _percent(lazy("Importance X, at most per cent"))
    importance_y_lowest = _percent(lazy("Importance Y, at least per cent"))
    importance_y_highest = _percent(lazy("Importance Y, at most per cent"))
    importance_z_lowest = _percent(lazy("Importance Z, at least per cent"))
    importance_z_highest = _percent(lazy("Importance Z, at most per cent"))
    industries = StringField(
        lazy("Industries"),
        [Length(max=200)],
        filters=[_trimmed],
        description=lazy(
            "Industry tags, separated by commas. Questions for other industries then don't come; general questions always may."
        ),
    )
    industry_lowest = _percent(lazy("Questions for these industries, at least per cent"))
    industry_highest = _percent(lazy("Questions for these industries, at most per cent"))
    max_per_point = _whole(
        lazy("Questions on one point, at most"),
        1,
        50,
        description=lazy("Empty: at most one while points last, then as few as can be."),
    )
    stimulus = RadioField(
        lazy("Questions with shared material"),
        choices=[
            SelectChoice("", lazy("No rule: like other questions")),
            SelectChoice("whole", lazy("Only whole sets: all questions of a material, or none")),
            SelectChoice("none", lazy("None on any paper")),
        ],
        default="",
    )
    stimulus_sets = _whole(
        lazy("Whole sets on every paper"),
        0,
        20,
        description=lazy("Only with whole sets. Every paper of one drawing has the same sets. Empty: none."),
    )
    anchors = TextAreaField(
        lazy("Questions on every paper"),
        [Length(max=2000)],
        filters=[_trimmed],
        description=lazy("IDs of questions of this bank, separated by commas or lines."),
    )
    exclude_sittings = _whole(
        lazy("Leave out questions of the last sittings"),
        0,
        20,
        description=lazy(
            "How many sittings with papers of this bank are looked back to, those to come included."
        ),
    )
    exposure_percent = _percent(
        lazy("Leave out questions that more than this per cent of people have met"),
        description=lazy("Counted over sittings whose scores were collected."),
    )
    exposure_days = _whole(
        lazy("Within the last days"), 1, 3650, description=lazy("Empty: the last 365 days.")
    )
    overlap_limit = _whole(
        lazy("Questions that two papers share, at most"),
        0,
        MOST_QUESTIONS,
        description=lazy("Between any two papers of one drawing. Empty: as few as can be."),
    )
    cut = DecimalField(
        lazy("Papers are compared at this score"),
        [Optional(), NumberRange(1, 99, lazy("A score from 1 to 99, please."))],
        description=lazy("Of 100; usually the pass mark. Empty: 60."),
    )
    parallel_demanded = BooleanField(lazy("Refuse papers that are not equally hard"))
    tolerance = DecimalField(
        lazy("Largest difference of expected scores"),
        [Optional(), NumberRange(0, 20, lazy("Points from 0 to 20, please."))],
        description=lazy("In points, between the hardest and the easiest paper. Empty: 0.5."),
    )


def difficulty_of(form: SpecificationForm) -> tuple[tuple[int, Fraction], ...]:
    """The shares of difficulties that were typed; codes left empty get none."""
    parts = [(code, form[f"difficulty_{code}"].data) for code in _CODES]
    return tuple((code, Fraction(part)) for code, part in parts if part)


def demands_of(form: SpecificationForm) -> dict[str, Any]:
    """The further requirements by field of `Specification`, anchors apart; nothing for what was left empty."""
    found: dict[str, Any] = {"difficulty": difficulty_of(form)}
    ranges = []
    for one in Importance:
        low, high = (form[f"importance_{one.value.lower()}_{end}"].data for end in ("lowest", "highest"))
        if low is not None or high is not None:
            ranges.append(ImportanceRange(one, *_range(low, high)))
    found["importance"] = tuple(ranges)
    names = split(form.industries.data)
    low, high = form.industry_lowest.data, form.industry_highest.data
    if names or low is not None or high is not None:
        found["industries"] = IndustryRule(tuple(names), *_range(low, high))
    if form.exposure_percent.data:
        found["exposure_limit"] = ExposureLimit(
            Fraction(form.exposure_percent.data), form.exposure_days.data or 365
        )
    found["exclude_sittings"] = form.exclude_sittings.data or 0
    found["overlap_limit"] = form.overlap_limit.data
    found["max_per_point"] = form.max_per_point.data
    if form.stimulus.data == "none":
        found["stimulus"] = StimulusRule(True, 0, 0)
    elif form.stimulus.data == "whole":
        sets = form.stimulus_sets.data or 0
        # Without sets on every paper, none comes: a set is the same on every paper of a drawing.
        found["stimulus"] = StimulusRule(True, sets, sets)
    found["parallel"] = Parallel(
        form.cut.data or DEFAULT_CUT,
        bool(form.parallel_demanded.data),
        DEFAULT_TOLERANCE if form.tolerance.data is None else form.tolerance.data,
    )
    return found


def is_filled(form: SpecificationForm) -> bool:
    """Whether anything was typed into the further requirements, so that they are shown open."""
    apart = {"name", "sections", "multiple", "csrf_token"}
    return any(field.data or field.errors for field in form if field.short_name not in apart)


def split(text: str | None) -> list[str]:
    """Names between commas of either width, semicolons, 、 or line ends; each once."""
    for mark in "，、；;\n\r\t":
        text = (text or "").replace(mark, ",")
    return list(dict.fromkeys(part.strip() for part in (text or "").split(",") if part.strip()))


def place(form: SpecificationForm, problems: list[Problem]) -> list[Problem]:
    """Put each problem beside its field; returns those that have none."""
    rest = []
    for problem in problems:
        name = _FIELD_OF.get(problem.code)
        if name is None:
            rest.append(problem)
        else:
            form[name].errors = [*form[name].errors, problem.message]
    return rest


def unknown_anchors(form: SpecificationForm, names: list[str]) -> None:
    """Say beside the field which IDs the bank doesn't have."""
    form.anchors.errors = [
        *form.anchors.errors,
        _(
            "The bank has no usable question with the ID %(names)s. Correct or remove it.",
            names="、".join(names),
        ),
    ]


def _range(low: Decimal | None, high: Decimal | None) -> tuple[Fraction, Fraction]:
    return Fraction(low or 0), Fraction(100 if high is None else high)
