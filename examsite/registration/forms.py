"""What the pages of registration send: shape only."""

from __future__ import annotations

from flask_babel import lazy_gettext as lazy
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length


def _trimmed(value: str | None) -> str | None:
    return value.strip() if isinstance(value, str) else value


class CandidatesForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """Who is to be enrolled: pasted lines, or a file."""

    lines = TextAreaField(
        lazy("Candidates, one a line"),
        [Length(max=1_000_000)],
        description=lazy(
            "Name, identity number, employer, apart by commas, tabs or spaces. Lines that begin with # are left out."
        ),
    )
    file = FileField(
        lazy("Or a file"),
        description=lazy("An .xlsx or .csv file with the columns 姓名, 证件号码 and 工作单位."),
    )


class SealedForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """The list that was previewed, sealed: identity numbers never stand in a page."""

    sealed = StringField(validators=[DataRequired()])


class ReasonForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """An act that needs a reason."""

    reason = TextAreaField(
        lazy("Reason"),
        [DataRequired(lazy("Give the reason: it stays in the record.")), Length(max=1000)],
        filters=[_trimmed],
    )
