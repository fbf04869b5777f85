"""What the pages of plans send: shape only."""

from __future__ import annotations

from flask_babel import lazy_gettext as lazy
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from examsite.planning.models import PaperMode
from question_bank.questions.kinds import MultiplePolicy

LONGEST_MINUTES = 24 * 60


def _trimmed(value: str | None) -> str | None:
    return value.strip() if isinstance(value, str) else value


class PlanForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """A new plan.  Choices of banks are passed in by the view."""

    number = StringField(
        lazy("Plan number"),
        [DataRequired(lazy("Give the plan a number.")), Length(max=40)],
        filters=[_trimmed],
        description=lazy("Unique in the whole site, for example 2026-SW-001."),
    )
    name = StringField(
        lazy("Name of the plan"),
        [DataRequired(lazy("Give the plan a name.")), Length(max=120)],
        filters=[_trimmed],
    )
    bank = SelectField(
        lazy("Institution and question bank"),
        coerce=int,
        description=lazy("Institution, level and edition of the standard are those of the bank."),
    )


class ReasonForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """An act that needs a reason."""

    reason = TextAreaField(
        lazy("Reason"),
        [DataRequired(lazy("Give the reason: it stays in the record.")), Length(max=1000)],
        filters=[_trimmed],
    )


class FiguresForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """Why somebody answers by name for the unverified figures."""

    ground = TextAreaField(
        lazy("On what ground"),
        [DataRequired(lazy("Say on what ground: it stays in the record with your name.")), Length(max=1000)],
        filters=[_trimmed],
        description=lazy(
            "For example: compared with the printed standard, page …; or by decision of the institution."
        ),
    )


def multiple_field() -> RadioField:
    """What an incomplete response to a multiple-choice question earns; a field of its own for every form."""
    return RadioField(
        lazy("Multiple choice with options missing"),
        choices=[
            SelectChoice(MultiplePolicy.EXACT.value, lazy("Earns nothing: only the exact set counts")),
            SelectChoice(MultiplePolicy.HALF.value, lazy("Earns half the points where nothing is wrong")),
            SelectChoice(
                MultiplePolicy.SHARE.value, lazy("Each right option earns its share where nothing is wrong")
            ),
        ],
        default=MultiplePolicy.EXACT.value,
        description=lazy(
            "A wrong option always earns nothing. Points are rounded down to halves. "
            "Candidates read the rule above the questions."
        ),
    )


class FileForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """One workbook."""

    file = FileField(lazy("Rule workbook"), [FileRequired(lazy("Choose a file first."))])


class ChosenForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """Which of the specifications of a workbook is kept, under which name."""

    place = RadioField(lazy("Specification to keep"), coerce=int, choices=[])
    multiple = multiple_field()
    name = StringField(
        lazy("Name of the specification"),
        [DataRequired(lazy("Give the specification a name.")), Length(max=120)],
        filters=[_trimmed],
    )


class DrawForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """What papers are to be drawn.  Choices of specifications are passed in by the view."""

    specification = SelectField(lazy("Specification"), coerce=int)
    mode = RadioField(
        lazy("How papers are given out"),
        choices=[
            SelectChoice(PaperMode.UNIQUE.value, lazy("One paper of their own for each candidate")),
            SelectChoice(PaperMode.FIXED.value, lazy("A fixed number of papers that candidates share")),
        ],
        default=PaperMode.UNIQUE.value,
    )
    papers = IntegerField(
        lazy("Number of papers"),
        [
            InputRequired(lazy("How many papers?")),
            NumberRange(1, 5000, lazy("A whole number from 1 to 5000, please.")),
        ],
        description=lazy("With papers of their own: as many as there are candidates."),
    )
    spare = IntegerField(
        lazy("Spare papers"),
        [Optional(), NumberRange(0, 500, lazy("A whole number from 0 to 500, please."))],
        default=0,
        description=lazy("Further papers of the same kind for incidents; only with papers of their own."),
    )
    seed = StringField(
        lazy("Seed"),
        [Optional(), Length(max=80)],
        filters=[_trimmed],
        description=lazy(
            "Leave it empty: the system then makes one that nobody sees until the last sitting is over. "
            "Whoever knows the seed and the bank can draw the same papers."
        ),
    )
    name_of_form = HiddenField(validators=[Optional(), Length(max=80)])


class SittingForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """A new sitting.  Times are in the site's zone."""

    title = StringField(
        lazy("Title of the sitting"),
        [DataRequired(lazy("Give the sitting a title.")), Length(max=120)],
        filters=[_trimmed],
    )
    place = StringField(lazy("Place"), [Length(max=120)], filters=[_trimmed])
    opens_at = DateTimeLocalField(
        lazy("Opens at"),
        [InputRequired(lazy("When does it open?"))],
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    closes_at = DateTimeLocalField(
        lazy("Closes at"),
        [InputRequired(lazy("When does it close?"))],
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    allowed_minutes = IntegerField(
        lazy("Allowed minutes"),
        [
            InputRequired(lazy("How many minutes does a candidate have?")),
            NumberRange(1, LONGEST_MINUTES, lazy("A whole number of minutes within one day, please.")),
        ],
    )
    late_limit_minutes = IntegerField(
        lazy("Latest start, minutes after the opening"),
        [
            Optional(),
            NumberRange(0, LONGEST_MINUTES, lazy("A whole number of minutes within one day, please.")),
        ],
        description=lazy("Empty: one may start until the sitting closes."),
    )
    earliest_hand_in_minutes = IntegerField(
        lazy("Earliest hand-in, minutes after the start"),
        [
            Optional(),
            NumberRange(0, LONGEST_MINUTES, lazy("A whole number of minutes within one day, please.")),
        ],
        description=lazy("Empty: one may hand in at once."),
    )
    grace_seconds = IntegerField(
        lazy("Grace, seconds after the deadline"),
        [
            InputRequired(lazy("How many seconds? 0 is allowed.")),
            NumberRange(0, 120, lazy("A whole number from 0 to 120, please.")),
        ],
        description=lazy("For answers that were on their way when the time ended."),
    )


class PapersChoiceForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """Which papers a sitting uses.  Choices are passed in by the view."""

    papers = SelectField(lazy("Approved papers"), coerce=int)
