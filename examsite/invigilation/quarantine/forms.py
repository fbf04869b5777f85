"""What the pages about late answers send: shape only."""

from __future__ import annotations

from flask_babel import lazy_gettext as lazy
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, StringField
from wtforms.validators import DataRequired, Length, Regexp

from examsite.invigilation.interventions.forms import trimmed


class DecisionForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """Why the ticked answers are admitted or refused."""

    reason = StringField(
        lazy("Reason"),
        [DataRequired(lazy("Give the reason: it stays in the record.")), Length(max=500)],
        filters=[trimmed],
        description=lazy("For example: power cut in the room, confirmed by the ledger."),
    )


class OutboxForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """An outbox file of a machine."""

    file = FileField(
        lazy("Outbox file"),
        [FileRequired(lazy("Choose a file first."))],
        description=lazy(
            "The file that the candidate's page saved when the server could not be reached (.json)."
        ),
    )


class CarryForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """The file that was looked at, by its digest."""

    digest = HiddenField(validators=[Regexp(r"^[0-9a-f]{64}$")])
