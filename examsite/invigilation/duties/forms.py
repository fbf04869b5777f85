"""What the page of duties sends: shape only."""

from __future__ import annotations

from flask_babel import lazy_gettext as lazy
from flask_wtf import FlaskForm
from wtforms import SelectField, TextAreaField
from wtforms.validators import DataRequired, Length


def _trimmed(value: str | None) -> str | None:
    return value.strip() if isinstance(value, str) else value


class DutyForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """Who, and where; 0 = the whole sitting."""

    person = SelectField(lazy("Invigilator"), coerce=int)
    room = SelectField(lazy("Where"), coerce=int)


class EndDutyForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """Why a duty ends."""

    reason = TextAreaField(
        lazy("Reason"),
        [DataRequired(lazy("Give the reason: it stays in the record.")), Length(max=500)],
        filters=[_trimmed],
    )
