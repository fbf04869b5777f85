"""What the pages of records send: shape only."""

from __future__ import annotations

from flask_babel import lazy_gettext as lazy
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length


def _trimmed(value: str | None) -> str | None:
    return value.strip() if isinstance(value, str) else value


class RemarkForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """备注."""

    remark = TextAreaField(lazy("Remark of the room"), [Length(max=2000)], filters=[_trimmed])


class SignForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """One's name, typed, and one's password once more; digest: of the record as it was read."""

    digest = HiddenField()
    name = StringField(
        lazy("Your name"), [DataRequired(lazy("Type your name.")), Length(max=80)], filters=[_trimmed]
    )
    password = PasswordField(lazy("Your password"), [DataRequired(lazy("Type your password once more."))])


class SupplementForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """What is added to a signed record, and why."""

    text = TextAreaField(
        lazy("Supplement"),
        [DataRequired(lazy("Write what is to be added.")), Length(max=2000)],
        filters=[_trimmed],
    )
    reason = TextAreaField(
        lazy("Reason"),
        [DataRequired(lazy("Give the reason: it stays in the record.")), Length(max=500)],
        filters=[_trimmed],
    )
