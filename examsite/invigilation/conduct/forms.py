"""What the pages about absence and misconduct send: shape only."""

from __future__ import annotations

from flask_babel import lazy_gettext as lazy
from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from wtforms import DateTimeLocalField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Regexp

from examsite.invigilation.conduct.models import Effect
from examsite.invigilation.interventions.forms import FORMATS, trimmed

EFFECTS = [
    SelectChoice(Effect.WARNING.value, lazy("Warning: the candidate goes on")),
    SelectChoice(Effect.STOP.value, lazy("Answers stop: the attempt is handed in now")),
    SelectChoice(
        Effect.CANCEL.value,
        lazy("Answers stop, and the result is cancelled once a witness has signed"),
    ),
]


class MisconductForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """A record of misconduct.  Choices of tier are passed in by the view."""

    once = HiddenField(validators=[Regexp(r"^[0-9a-f]{32}$")])
    tier = SelectField(lazy("Tier"))
    effect = RadioField(
        lazy("Effect"),
        [InputRequired(lazy("Choose what the record does."))],
        choices=EFFECTS,
        default=Effect.WARNING.value,
    )
    occurred_at = DateTimeLocalField(
        lazy("When it happened"), [DataRequired(lazy("Say when it happened."))], format=FORMATS
    )
    text = TextAreaField(
        lazy("What was seen"),
        [DataRequired(lazy("Write what you saw: the record stands on it.")), Length(max=2000)],
        filters=[trimmed],
        description=lazy("What was seen, by whom, where. Facts, not judgements."),
    )
    message = StringField(
        lazy("What the candidate is told on the page"),
        [Length(max=300)],
        filters=[trimmed],
        description=lazy("Empty: nothing is shown."),
    )
    files = MultipleFileField(
        lazy("Evidence"),
        description=lazy("Photographs (JPEG, PNG) or PDF, at most six, each up to 8 MiB."),
    )


class ReasonForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """Why something is taken back."""

    once = HiddenField()
    reason = StringField(
        lazy("Reason"),
        [DataRequired(lazy("Give the reason: it stays in the record.")), Length(max=500)],
        filters=[trimmed],
    )
