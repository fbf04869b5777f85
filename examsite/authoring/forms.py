"""What the pages of the bank send: shape only."""

from __future__ import annotations

from flask_babel import lazy_gettext as lazy
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, Length

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


class OpinionForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """A reviewer's opinion on one version."""

    comment = TextAreaField(
        lazy("Comment"),
        [Length(max=4000)],
        filters=[_visible],
        description=lazy("Required when you return the question: say what has to be changed."),
    )


class ReasonForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """An act that needs a reason."""

    reason = StringField(lazy("Reason"), [Length(max=1000)], filters=[_trimmed])
