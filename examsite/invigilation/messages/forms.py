"""What the page of messages sends: shape only; and the usual sentences."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as lazy
from flask_wtf import FlaskForm
from wtforms import SelectField, TextAreaField
from wtforms.validators import Length

SENTENCES: dict[str, Any] = {
    "quiet": lazy("Please keep quiet and answer by yourself."),
    "half": lazy("30 minutes are left. Please mind your time."),
    "quarter": lazy("15 minutes are left. Look for questions that you left out."),
    "network": lazy(
        "The network is down. Go on answering: your answers are kept on this machine and sent later."
    ),
    "stay": lazy("Stay in your seat and raise your hand, an invigilator will come to you."),
    "time-back": lazy("The time that the interruption took is given back to you."),
    "after": lazy("After handing in, leave the room quietly and take nothing with you."),
}


def _trimmed(value: str | None) -> str | None:
    return value.strip() if isinstance(value, str) else value


class MessageForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """To whom: "all", "room:<id>" or "attempt:<id>"; a usual sentence, or one's own words."""

    to = SelectField(
        lazy("Send to"),
        description=lazy(
            "One candidate can be chosen once their paper is open. Who opens it later still reads what was said to "
            "everybody and to their room."
        ),
    )
    sentence = SelectField(lazy("Usual sentence"), description=lazy("Used when your own words are empty."))
    text = TextAreaField(
        lazy("Your own words"),
        [Length(max=300)],
        filters=[_trimmed],
        description=lazy("At most 300 characters."),
    )

    def said(self) -> str:
        """What is to be said: one's own words, else the usual sentence."""
        if self.text.data:
            return str(self.text.data)
        return str(SENTENCES.get(self.sentence.data, ""))
