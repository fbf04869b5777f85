"""What a response says, in words a person can read: letters as the candidate saw them, never whether they are right."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from question_bank.questions.present import PresentedPart, PresentedQuestion


def in_words(asked: PresentedQuestion | PresentedPart | None, response: dict[str, Any] | None) -> str:
    """ "A、C", "正确", the text; empty where nothing was entered.  Options that the paper lacks are named by their id."""
    if not response:
        return ""
    if "parts" in response:
        parts = asked.parts if isinstance(asked, PresentedQuestion) else ()
        said = [
            in_words(parts[place] if place < len(parts) else None, part)
            for place, part in enumerate(response["parts"])
        ]
        return "；".join(f"（{number}）{one}" for number, one in enumerate(said, start=1) if one)
    if "options" in response:
        letters = {option.id: chr(65 + place) for place, option in enumerate(asked.options if asked else ())}
        return "、".join(sorted(letters.get(one, one) for one in response["options"]))
    if "truth" in response:
        return str(_("True") if response["truth"] else _("False"))
    if "blanks" in response:
        return "；".join(response["blanks"]) if any(response["blanks"]) else ""
    return str(response.get("text") or response.get("number") or "")
