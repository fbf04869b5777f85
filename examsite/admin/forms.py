"""What the administrators' pages may send."""

from __future__ import annotations

from flask_babel import lazy_gettext as lazy
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, Regexp

Choices = list[SelectChoice]


class GrantForm(FlaskForm):  # type: ignore[misc]
    """A role and where it is held."""

    role = SelectField(lazy("Role"))
    scope = SelectField(lazy("Where"))

    def offer(self, roles: Choices, scopes: Choices) -> None:
        """Set what can be chosen."""
        self.role.choices = roles
        self.scope.choices = scopes


class NewPersonForm(GrantForm):
    """A staff account with its first role."""

    name = StringField(
        lazy("Name"),
        [InputRequired(lazy("Enter the name.")), Length(max=80, message=lazy("At most 80 characters."))],
        render_kw={"autocomplete": "off"},
    )
    username = StringField(
        lazy("Username"),
        [
            InputRequired(lazy("Enter a username.")),
            Regexp(
                r"^[A-Za-z0-9][A-Za-z0-9._-]{2,39}\Z",
                message=lazy(
                    "3 to 40 letters, digits, dots, dashes or underscores; a letter or digit first."
                ),
            ),
        ],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )


class RecordFilter(FlaskForm):  # type: ignore[misc]
    """Which audit records to list."""

    class Meta:
        csrf = False

    act = StringField(lazy("Act"), [Length(max=80)])
    who = StringField(lazy("Person"), [Length(max=80)])
    first = DateField(lazy("From"), [Optional()])
    last = DateField(lazy("To"), [Optional()])
