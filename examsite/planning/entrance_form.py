"""What the page of a sitting's entrance sends: shape only."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy
from flask_wtf import FlaskForm
from wtforms import RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, ValidationError

from examsite.planning.entrance import BadKey, keys_of
from examsite.planning.models import SignalPolicy, TakeoverPolicy
from examsite.planning.networks import BadNetwork, networks_of

_LONG = [Length(max=8000, message=lazy("At most 8000 characters."))]


def _policy(label: Any, help_text: Any) -> RadioField:
    return RadioField(
        label,
        choices=[
            SelectChoice(SignalPolicy.OFF.value, lazy("Not looked at")),
            SelectChoice(SignalPolicy.RECORDED.value, lazy("Recorded as evidence; everybody comes in")),
            SelectChoice(
                SignalPolicy.REQUIRED.value, lazy("Required; others are refused and the invigilator sees it")
            ),
        ],
        default=SignalPolicy.OFF.value,
        description=help_text,
    )


class EntranceForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """Change of machine, network, Safe Exam Browser."""

    takeover = RadioField(
        lazy("Going on at another machine"),
        choices=[
            SelectChoice(TakeoverPolicy.FREE.value, lazy("Candidates may, by signing in there")),
            SelectChoice(TakeoverPolicy.CONSENT.value, lazy("Only once an invigilator has allowed it")),
        ],
        default=TakeoverPolicy.FREE.value,
        description=lazy("Answers are never lost: the other machine shows what the server holds."),
    )
    network = _policy(
        lazy("Network of the machine"),
        lazy("Compared with the addresses of the room, or with these where the room has none."),
    )
    networks = TextAreaField(
        lazy("Addresses it may be sat from"),
        _LONG,
        description=lazy("One network or address a line, for example 10.20.30.0/24."),
    )
    seb = _policy(
        lazy("Safe Exam Browser"),
        lazy("Its config key proves that it runs with the configuration that was handed out."),
    )
    config_keys = TextAreaField(
        lazy("Config keys"),
        _LONG,
        description=lazy(
            "64 hexadecimal digits each, one a line, from the configuration tool's page on the exam tab."
        ),
        render_kw={"spellcheck": "false"},
    )
    browser_keys = TextAreaField(
        lazy("Browser exam keys"),
        _LONG,
        description=lazy(
            "Optional; one for every version and system. Where any is given, one of them must fit as well."
        ),
        render_kw={"spellcheck": "false"},
    )

    def validate_networks(self, networks: Any) -> None:
        """Every line is a network."""
        try:
            networks_of(networks.data or "")
        except BadNetwork as error:
            raise ValidationError(
                _("“%(line)s” is no network or address. Write it like 10.20.30.0/24.", line=error.line)
            ) from error

    def validate_config_keys(self, keys: Any) -> None:
        """Every line is a key."""
        _check_keys(keys)

    def validate_browser_keys(self, keys: Any) -> None:
        """Every line is a key."""
        _check_keys(keys)


def _check_keys(keys: Any) -> None:
    try:
        keys_of(keys.data or "")
    except BadKey as error:
        shown = error.line if len(error.line) <= 20 else error.line[:20] + "…"
        raise ValidationError(
            _(
                "“%(line)s” is no key: it has %(length)d signs; a key has 64 digits and letters a to f.",
                line=shown,
                length=len(error.line),
            )
        ) from error
