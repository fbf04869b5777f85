"""What the pages of rooms and seats send: shape only."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    Regexp,
    StopValidation,
    ValidationError,
)

from examsite.planning.networks import BadNetwork, networks_of

MOST_ROOMS, LONGEST_SIDE = 999, 40
FACTORS = (100, 130, 150)
OTHER = "other"


def _trimmed(value: str | None) -> str | None:
    return value.strip() if isinstance(value, str) else value


class RoomForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """A room of a sitting."""

    number = IntegerField(
        lazy("Room number"),
        [
            InputRequired(lazy("Give the room a number.")),
            NumberRange(1, MOST_ROOMS, lazy("A whole number from 1 to 999, please.")),
        ],
    )
    name = StringField(
        lazy("Name or place of the room"),
        [Length(max=60, message=lazy("At most 60 characters."))],
        filters=[_trimmed],
        description=lazy("For example: computer room 301. It stands on the door sheet."),
    )
    rows = IntegerField(
        lazy("Rows, front to back"),
        [
            InputRequired(lazy("How many rows?")),
            NumberRange(1, LONGEST_SIDE, lazy("A whole number from 1 to 40, please.")),
        ],
    )
    columns = IntegerField(
        lazy("Columns, left to right"),
        [
            InputRequired(lazy("How many columns?")),
            NumberRange(1, LONGEST_SIDE, lazy("A whole number from 1 to 40, please.")),
        ],
        description=lazy("Seats are numbered in an S: down the first column, up the second."),
    )
    is_special = BooleanField(
        lazy("Special room"),
        description=lazy("For candidates with more time, or who are marked as needing a room of their own."),
    )
    code = StringField(
        lazy("Room code"),
        [
            Length(max=20, message=lazy("At most 20 characters.")),
            Optional(),
            Regexp(r"^[0-9A-Za-z]{4,20}$", message=lazy("4 to 20 letters and digits, please.")),
        ],
        filters=[_trimmed],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
        description=lazy(
            "The invigilator reads it out; candidates type it when they sign in. Empty: no code is asked for."
        ),
    )
    networks = TextAreaField(
        lazy("Addresses of the room's machines"),
        [Length(max=4000, message=lazy("At most 4000 characters."))],
        description=lazy(
            "One network or address a line, for example 10.20.30.0/24. Empty: those of the sitting count."
        ),
    )

    def validate_networks(self, networks: Any) -> None:
        """Every line is a network."""
        try:
            networks_of(networks.data or "")
        except BadNetwork as error:
            raise ValidationError(
                _("“%(line)s” is no network or address. Write it like 10.20.30.0/24.", line=error.line)
            ) from error


class DrawForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """Why seats are drawn again; empty the first time."""

    reason = TextAreaField(
        lazy("Why seats are drawn again"),
        [Length(max=1000, message=lazy("At most 1000 characters."))],
        filters=[_trimmed],
    )


class TakeBackForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """Why the arrangement is taken back; a name of its own, for it stands beside the draw's reason."""

    why_back = TextAreaField(
        lazy("Reason"),
        [DataRequired(lazy("Give the reason: it stays in the record.")), Length(max=1000)],
        filters=[_trimmed],
    )


class MoveForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """Where a candidate moves and why.  Choices of seats are passed in by the view."""

    seat = SelectField(lazy("Free seat"))
    reason = TextAreaField(
        lazy("Reason"),
        [DataRequired(lazy("Give the reason: it stays in the record.")), Length(max=1000)],
        filters=[_trimmed],
    )


def _named_where_chosen(form: Any, other: Any) -> None:
    if form.factor.data == OTHER and not (other.raw_data and other.raw_data[0].strip()):
        raise StopValidation(_("Say how many per cent of the allowed time."))


class NeedsForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """How much time a candidate has, and whether they sit in a special room."""

    factor = RadioField(
        lazy("Time for the paper"),
        [InputRequired(lazy("Choose how much time the candidate has."))],
        choices=[
            SelectChoice("100", lazy("The allowed time")),
            SelectChoice("130", lazy("30 % more")),
            SelectChoice("150", lazy("50 % more")),
            SelectChoice(OTHER, lazy("Another share, below")),
        ],
    )
    other = IntegerField(
        lazy("Per cent of the allowed time"),
        [
            _named_where_chosen,
            Optional(),
            NumberRange(100, 300, lazy("A whole number from 100 to 300, please.")),
        ],
        description=lazy("Only where you chose another share. 125 means a quarter more."),
    )
    needs_special_room = BooleanField(
        lazy("Belongs in a special room"),
        description=lazy("Whoever has more time belongs in one anyway, where the sitting has any."),
    )
    reason = TextAreaField(
        lazy("Reason"),
        [DataRequired(lazy("Give the reason: it stays in the record.")), Length(max=1000)],
        filters=[_trimmed],
        description=lazy("For example the document that was shown, and who decided."),
    )

    @property
    def percent(self) -> int:
        """The share that was chosen."""
        return int(self.other.data) if self.factor.data == OTHER else int(self.factor.data)
