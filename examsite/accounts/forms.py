"""What the account pages may send."""

from __future__ import annotations

from flask_babel import lazy_gettext as lazy
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length


class SignInForm(FlaskForm):  # type: ignore[misc]
    """Staff: username and password."""

    username = StringField(
        lazy("Username"),
        [InputRequired(lazy("Enter your username.")), Length(max=80, message=lazy("At most 80 characters."))],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        lazy("Password"),
        [
            InputRequired(lazy("Enter your password.")),
            Length(max=200, message=lazy("At most 200 characters.")),
        ],
        render_kw={"autocomplete": "current-password"},
    )


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """A change of one's own password."""

    old = PasswordField(
        lazy("Present password"),
        [
            InputRequired(lazy("Enter your present password.")),
            Length(max=200, message=lazy("At most 200 characters.")),
        ],
        render_kw={"autocomplete": "current-password"},
    )
    new = PasswordField(
        lazy("New password"),
        [
            InputRequired(lazy("Enter a new password.")),
            Length(max=200, message=lazy("At most 200 characters.")),
        ],
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        lazy("New password again"),
        [
            InputRequired(lazy("Enter the new password a second time.")),
            EqualTo("new", lazy("The two new passwords differ.")),
        ],
        render_kw={"autocomplete": "new-password"},
    )
