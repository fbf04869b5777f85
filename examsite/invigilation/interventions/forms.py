"""What the pages about interventions send: shape only."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy
from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField, HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import AnyOf, DataRequired, Length, NumberRange, Optional, Regexp

from examsite.invigilation.interventions.acts import MAX_MINUTES, Act, Wish
from examsite.invigilation.interventions.models import Cause
from examsite.pages import from_local_input

FORMATS = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"]
CAUSES = [
    SelectChoice(Cause.POWER.value, lazy("power cut")),
    SelectChoice(Cause.NETWORK.value, lazy("network down")),
    SelectChoice(Cause.MACHINE.value, lazy("machine broken")),
    SelectChoice(Cause.OTHER.value, lazy("other")),
]


def trimmed(value: str | None) -> str | None:
    return value.strip() if isinstance(value, str) else value


def new_token() -> str:
    """The token of a form that is sent once."""
    return secrets.token_hex(16)


class ActForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """One act on one or several candidates.  Fields that the act does not have are left out by `form_of`."""

    once = HiddenField(validators=[Regexp(r"^[0-9a-f]{32}$")])
    act = HiddenField(validators=[AnyOf([act.value for act in Act])])
    minutes = IntegerField(lazy("Minutes"))
    cause = SelectField(lazy("Cause of the interruption"), choices=CAUSES, default=Cause.OTHER.value)
    begun_at = DateTimeLocalField(
        lazy("Begun"), [DataRequired(lazy("Say when the interruption began."))], format=FORMATS
    )
    ended_at = DateTimeLocalField(
        lazy("Ended"), [DataRequired(lazy("Say when the interruption ended."))], format=FORMATS
    )
    reason = StringField(
        lazy("Reason"),
        [DataRequired(lazy("Give the reason: it stays in the record.")), Length(max=500)],
        filters=[trimmed],
    )

    def validate(self, extra_validators: Any = None) -> bool:
        sound = bool(super().validate(extra_validators))
        if sound and "begun_at" in self and self.begun_at.data >= self.ended_at.data:
            self.ended_at.errors = [_("An interruption ends after it begins.")]
            return False
        return sound

    def wish(self) -> Wish:
        """What was asked for, once the form is valid."""
        return Wish(
            Act(self.act.data),
            self.reason.data or "",
            self.minutes.data if "minutes" in self else None,
            self.cause.data if "cause" in self else "",
            _instant(self.begun_at.data) if "begun_at" in self else None,
            _instant(self.ended_at.data) if "ended_at" in self else None,
        )


def form_of(act: Act, data: Any = None, *, apart: bool = False, **values: Any) -> ActForm:
    """The form of one act, with the fields that this act has.

    data: what was sent, None = empty.  apart: several such forms stand on one page, so ids begin with the act.
    """
    form = ActForm(data, act=act.value, once=new_token(), **values)
    least, most = (0 if act is Act.RESTORE else 1), act.most_minutes
    if act.has_minutes:
        between = NumberRange(
            min=max(1, least),
            max=most,
            message=lazy("A whole number of minutes from 1 to %(most)s.", most=most),
        )
        must = Optional() if act is Act.RESTORE else DataRequired(lazy("Say how many minutes."))
        form.minutes.validators = [must, between]
        form.minutes.flags.required = act is not Act.RESTORE
        if act is Act.RESTORE:
            form.minutes.description = lazy("Empty: as long as the interruption lasted.")
        elif act is Act.TAKEOVER:
            form.minutes.description = lazy(
                "For so long the candidate may open the paper on another machine."
            )
    else:
        del form.minutes
    if act is not Act.RESTORE:
        del form.begun_at, form.ended_at
    if act not in (Act.RESTORE, Act.PAUSE):
        del form.cause
    if apart:
        for one in form:
            one.id = f"{act.value}-{one.id}"
    return form


def _instant(value: datetime) -> datetime:
    return from_local_input(value)


class SeatForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """Another seat of the sitting's rooms."""

    seat = StringField(
        lazy("New seat"),
        [DataRequired(lazy("Say which seat.")), Length(max=10)],
        filters=[trimmed],
        description=lazy("Number of the room and of a free seat, for example 01-07."),
    )
    reason = StringField(
        lazy("Reason"),
        [DataRequired(lazy("Give the reason: it stays in the record.")), Length(max=500)],
        filters=[trimmed],
    )


def seat_form(data: Any = None) -> SeatForm:
    """The form of a move; its ids begin with "seat", as forms of acts stand on the same page."""
    form = SeatForm(data)
    for one in form:
        one.id = f"seat-{one.id}"
    return form


class AnswerForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """Why a request is refused."""

    answer = StringField(lazy("Reason"), [Length(max=500)], filters=[trimmed])


class InterruptionForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """An entry of the ledger.  Choices of `whom` are passed in by the view: all, room:<id> or seat:<enrolment id>."""

    whom = SelectField(lazy("Whom"))
    cause = SelectField(lazy("Cause of the interruption"), choices=CAUSES)
    begun_at = DateTimeLocalField(
        lazy("Begun"), [DataRequired(lazy("Say when the interruption began."))], format=FORMATS
    )
    ended_at = DateTimeLocalField(
        lazy("Ended"), [Optional()], format=FORMATS, description=lazy("Empty while it lasts.")
    )
    restored_minutes = IntegerField(
        lazy("Minutes given back"),
        [Optional(), NumberRange(min=0, max=MAX_MINUTES)],
        description=lazy("What each got back already. An entry gives no time by itself."),
    )
    why_none = StringField(
        lazy("Why none"),
        [Length(max=300)],
        filters=[trimmed],
        description=lazy("Needed when it has ended and nothing was given back."),
    )
    note = TextAreaField(lazy("What was seen"), [Length(max=1000)], filters=[trimmed])
