"""What the pages about a bank's people, undertakings and exports send: shape only."""

from __future__ import annotations

from flask_babel import lazy_gettext as lazy
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from examsite.authoring import invisible
from examsite.authoring.secrecy.models import DutyTask


def _trimmed(value: str | None) -> str | None:
    return invisible.without(value).strip() if isinstance(value, str) else value


class DutyForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """Naming a person.  Choices of person are passed in by the view."""

    person = SelectField(lazy("Person"))
    task = RadioField(
        lazy("Task"),
        [InputRequired(lazy("Choose what the person is named for."))],
        choices=[
            SelectChoice(DutyTask.WRITE.value, lazy("write questions")),
            SelectChoice(DutyTask.REVIEW.value, lazy("review questions")),
            SelectChoice(DutyTask.MANAGE.value, lazy("run the bank: name people, ask for exports")),
        ],
    )
    area = StringField(
        lazy("Area"),
        [Length(max=40)],
        filters=[_trimmed],
        description=lazy("Code of the outline, for example A-B; empty for the whole bank."),
    )


class SignatureForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """Signing the undertaking."""

    name = StringField(
        lazy("Your name, as your signature"),
        [DataRequired(lazy("Type your name to sign.")), Length(max=80)],
        filters=[_trimmed],
    )
    agreed = BooleanField(
        lazy("I have read the undertaking and will keep it"),
        [DataRequired(lazy("Tick this box if you undertake it."))],
    )


class ExportForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """A request to take questions out.  Choices of kind, status and format are passed in by the view."""

    area = StringField(
        lazy("Area or point"),
        [Length(max=40)],
        filters=[_trimmed],
        description=lazy("Code of the outline, for example A-B; empty for the whole bank."),
    )
    kind = SelectField(lazy("Kind"))
    status = SelectField(lazy("Status"))
    format = SelectField(lazy("File format"))
    with_keys = BooleanField(lazy("With right answers and explanations"))
    reason = TextAreaField(
        lazy("Reason"),
        [DataRequired(lazy("Say what the questions are needed for.")), Length(max=1000)],
        filters=[_trimmed],
        description=lazy("What the questions are needed for, and where they go. The second person reads it."),
    )


class AnswerForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """The second person's answer to a request."""

    answer = StringField(lazy("Reason"), [Length(max=1000)], filters=[_trimmed])
