"""What the pages of the bank send: shape only."""

from __future__ import annotations

from flask_babel import lazy_gettext as lazy
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    DecimalField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from examsite.authoring import invisible


def _visible(value: str | None) -> str | None:
    return invisible.without(value) if isinstance(value, str) else value


def _trimmed(value: str | None) -> str | None:
    return invisible.without(value).strip() if isinstance(value, str) else value


class BankForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """A new bank.  Choices of institution and standard are passed in by the view."""

    institution = SelectField(lazy("Institution"))
    name = StringField(
        lazy("Name of the bank"),
        [DataRequired(lazy("Give the bank a name.")), Length(max=120)],
        filters=[_trimmed],
        description=lazy("As it stands in the column 题库名称 of your workbooks."),
    )
    standard = SelectField(lazy("Standard"))
    level = SelectField(lazy("Level"))
    is_restricted = BooleanField(
        lazy("Only people who are named for this bank see its questions"),
        default=True,
        description=lazy("You are named to write in it and to name the others."),
    )
    needs_confirmation = BooleanField(
        lazy("Questions enter papers only after the province confirmed them (题库审验)"),
        default=True,
        description=lazy("Leave this on unless the bank is only for practice."),
    )


class FileForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """One file."""

    file = FileField(lazy("File"), [FileRequired(lazy("Choose a file first."))])


class ConfirmForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """How a staged file enters the bank."""

    source = StringField(validators=[Length(max=400)])
    take = RadioField(
        lazy("What to do about rows with errors"),
        choices=[
            SelectChoice("good", lazy("Import the good rows and leave the others out")),
            SelectChoice("all", lazy("All or nothing: import only if no row has an error")),
        ],
        default="good",
    )


_RATINGS = [SelectChoice("", lazy("not given")), *(SelectChoice(str(n), str(n)) for n in range(1, 6))]


class OpinionForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """A reviewer's opinion on one version; the code is the button."""

    consistency = SelectField(
        lazy("Consistency"),
        choices=_RATINGS,
        default="",
        description=lazy("1 very low to 5 very high: how well the question fits its assessment point."),
    )
    difficulty = SelectField(
        lazy("Difficulty"),
        choices=_RATINGS,
        default="",
        description=lazy("1 very easy to 5 very hard, as you judge it."),
    )
    angoff = IntegerField(
        lazy("Angoff rating (%)"),
        [Optional(), NumberRange(0, 100, lazy("Enter a whole number from 0 to 100."))],
        description=lazy("Of 100 candidates who are just competent enough, how many would answer right?"),
    )
    comment = TextAreaField(
        lazy("Comment"),
        [Length(max=4000)],
        filters=[_visible],
        description=lazy("Required for B, C and D: say what has to be changed."),
    )


class RecusalForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """Withdrawing from everything that one author writes.  Choices are passed in by the view."""

    author = SelectField(lazy("Author"))
    reason = StringField(lazy("Reason"), [Length(max=1000)], filters=[_trimmed])


class ReasonForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """An act that needs a reason."""

    reason = StringField(lazy("Reason"), [Length(max=1000)], filters=[_trimmed])


class BeginOutlineForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """A draft outline to write by hand."""

    name = StringField(lazy("Name of the outline"), [Length(max=120)], filters=[_trimmed])
    copy = RadioField(
        lazy("Begin with"),
        choices=[
            SelectChoice("yes", lazy("a copy of the outline in force, as its new edition")),
            SelectChoice("no", lazy("nothing")),
        ],
        default="yes",
    )


class TopForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """Name, source and first level of an outline."""

    seen = HiddenField()
    name = StringField(
        lazy("Name of the outline"),
        [DataRequired(lazy("Give it a name.")), Length(max=120)],
        filters=[_trimmed],
    )
    source = StringField(
        lazy("Source"),
        [Length(max=400)],
        filters=[_trimmed],
        description=lazy("Where the areas and weights come from: standard, page, decision."),
    )
    areas = TextAreaField(
        lazy("Areas of the first level"),
        [Length(max=40_000)],
        filters=[_visible],
        description=lazy(
            "One a line: code, name, weight in per cent of the whole paper, parted by spaces or tabs. "
            "Lines pasted from a spreadsheet will do. Without a code the next letter is taken."
        ),
    )


class AreaForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """One area: its name and weight, the areas below it or its assessment points."""

    seen = HiddenField()
    name = StringField(
        lazy("Name of the area"), [DataRequired(lazy("Give it a name.")), Length(max=120)], filters=[_trimmed]
    )
    weight = DecimalField(
        lazy("Weight in per cent"),
        [InputRequired(lazy("Give the weight.")), NumberRange(0, 100)],
        description=lazy("Of the whole paper; weights below sum to this."),
    )
    areas = TextAreaField(
        lazy("Areas below"),
        [Length(max=40_000)],
        filters=[_visible],
        description=lazy("One a line: code, name, weight. Leave empty where assessment points come next."),
    )
    points = TextAreaField(
        lazy("Assessment points"),
        [Length(max=40_000)],
        filters=[_visible],
        description=lazy(
            "One a line: number, name, importance X, Y or Z. Only in areas of the lowest level."
        ),
    )
