"""What the pages of results may send."""

from __future__ import annotations

from flask_babel import lazy_gettext as lazy
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length


class ReturnForm(FlaskForm):  # type: ignore[misc]
    """Why a proposal goes back."""

    note = TextAreaField(
        lazy("Reason for returning"),
        validators=[
            InputRequired(lazy("Say why you return the scores, so that they can be put right.")),
            Length(max=400, message=lazy("At most 400 characters.")),
        ],
    )
