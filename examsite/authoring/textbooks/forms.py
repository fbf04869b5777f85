"""What the pages of the register send: shape only."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy
from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from examsite.authoring import invisible
from question_bank.rules import isbn

#: Longer than an ISBN-13 with its hyphens and its name before it.
_LONGEST_ISBN = 40


def _trimmed(value: str | None) -> str | None:
    return " ".join(invisible.without(value).split()) if isinstance(value, str) else value


def _bare(value: str | None) -> str | None:
    """Without the marks 《》 around it, which citations add."""
    text = _trimmed(value)
    if text and text.startswith("《") and text.endswith("》") and "《" not in text[1:-1]:
        return text[1:-1].strip()
    return text


def _note(value: str | None) -> str | None:
    return invisible.without(value).strip() if isinstance(value, str) else value


def _number(value: str | None) -> str | None:
    return isbn.normalised(value) if isinstance(value, str) else value


class TextbookForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """An entry.  Choices, the latest year, and whether the institution is asked for are the view's."""

    latest_year = 2100

    seen = HiddenField()
    institution = SelectField(lazy("Institution"), validate_choice=True)
    title = StringField(
        lazy("Title"), [DataRequired(lazy("Give the title.")), Length(max=200)], filters=[_bare]
    )
    authors = StringField(
        lazy("Authors or editors"),
        [DataRequired(lazy("Give the authors or editors.")), Length(max=200)],
        filters=[_trimmed],
    )
    publisher = StringField(
        lazy("Publisher"),
        [DataRequired(lazy("Give the publisher.")), Length(max=120)],
        filters=[_trimmed],
        description=lazy("For teaching materials of your own: the name of your institution."),
    )
    edition = StringField(
        lazy("Edition"),
        [DataRequired(lazy("Give the edition, for example 第1版.")), Length(max=60)],
        filters=[_trimmed],
    )
    year = IntegerField(
        lazy("Year"),
        [
            InputRequired(lazy("Give the year as a number.")),
            NumberRange(min=1949, message=lazy("Give a year from 1949 on.")),
        ],
    )
    isbn = StringField(
        lazy("ISBN"),
        [Length(max=_LONGEST_ISBN)],
        filters=[_number],
        description=lazy("Optional; ten or thirteen digits, hyphens or not."),
    )
    levels = SelectMultipleField(
        lazy("Levels it serves"),
        [DataRequired(lazy("Tick at least one level."))],
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    industry = SelectField(lazy("Industry"))
    note = TextAreaField(
        lazy("Note"),
        [Length(max=2000)],
        filters=[_note],
        description=lazy("For example what it is used for, or who recommended it."),
    )

    def validate_year(self, field: Any) -> None:
        if field.data is not None and field.data > self.latest_year:
            raise ValidationError(_("This year is still to come. Please check it."))

    def validate_isbn(self, field: Any) -> None:
        if field.data and not isbn.is_isbn(field.data):
            raise ValidationError(
                _("This is no ISBN: a digit is wrong or missing. Copy it from the page with the imprint.")
            )
