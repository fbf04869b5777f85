"""Words for the effects of a record."""

from __future__ import annotations

from flask_babel import gettext as _

from examsite.invigilation.conduct.models import Effect


def effect_label(effect: str) -> str:
    """What a record does, in few words."""
    words: dict[str, str] = {
        Effect.WARNING: _("warning"),
        Effect.STOP: _("answers stopped"),
        Effect.CANCEL: _("result cancelled"),
    }
    return words[Effect(effect)]
