"""What the pages of check-in send: shape only."""

from __future__ import annotations

from flask_babel import lazy_gettext as lazy
from flask_wtf import FlaskForm
from wtforms import BooleanField, TextAreaField
from wtforms.validators import DataRequired, Length


def _trimmed(value: str | None) -> str | None:
    return value.strip() if isinstance(value, str) else value


class CheckInForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """Two looks, each with its own tick."""

    document = BooleanField(
        lazy("The identity document was looked at: name and number agree"),
        [DataRequired(lazy("Look at the document, then tick."))],
    )
    face = BooleanField(
        lazy("The face agrees with the document's photograph"),
        [DataRequired(lazy("Compare the face, then tick."))],
    )
    note = TextAreaField(lazy("Note"), [Length(max=500)], filters=[_trimmed])


class UndoForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """Why a check-in is taken back."""

    reason = TextAreaField(
        lazy("Reason"),
        [DataRequired(lazy("Give the reason: it stays in the record.")), Length(max=500)],
        filters=[_trimmed],
    )
