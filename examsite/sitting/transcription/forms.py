"""What the pages of paper answer sheets send: shape only.  The sheet itself has fields by its paper: see `reading`."""

from __future__ import annotations

from flask_babel import lazy_gettext as lazy
from flask_wtf import FlaskForm
from wtforms import IntegerField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange


def _stripped(value: str | None) -> str | None:
    return value.strip() if isinstance(value, str) else value


class BeginForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """On which paper a candidate wrote, and why on paper."""

    number = IntegerField(
        lazy("Number of the paper"),
        [InputRequired(lazy("The number stands at the foot of the paper.")), NumberRange(1, 100_000)],
        description=lazy("At the foot of each page, on the left, behind the dash."),
    )
    code = StringField(
        lazy("Check code"),
        [DataRequired(lazy("The check code stands at the foot of the paper.")), Length(max=16)],
        filters=[_stripped],
        description=lazy("The eight characters at the foot of each page, on the right."),
    )
    reason = TextAreaField(
        lazy("Why on paper"),
        [DataRequired(lazy("Give the reason: it stays in the record.")), Length(max=1000)],
        filters=[_stripped],
    )


class SheetReasonForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """The reason of settling differences, or of voiding a sheet."""

    reason = TextAreaField(
        lazy("Reason"),
        [DataRequired(lazy("Give the reason: it stays in the record.")), Length(max=1000)],
        filters=[_stripped],
        id="void-reason",  # the form of differences has a field of this name too
    )
