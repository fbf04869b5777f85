"""Words of the record: causes, effects, events."""

from __future__ import annotations

from flask_babel import gettext as _


def cause_label(cause: str) -> str:
    """What interrupted candidates."""
    return str(
        {
            "power": _("power cut"),
            "network": _("network down"),
            "machine": _("machine broken"),
        }.get(cause, _("other"))
    )


def effect_label(effect: str) -> str:
    """What a record of misconduct did."""
    return str(
        {
            "warning": _("warned"),
            "stop": _("sitting ended"),
            "cancel": _("result cancelled"),
        }.get(effect, effect)
    )


def event_label(kind: str) -> str:
    """What happened to an attempt."""
    return str(
        {
            "taken-over": _("changed machine"),
            "forced-hand-in": _("handed in by an invigilator"),
            "hand-in-undone": _("hand-in taken back"),
        }.get(kind, kind)
    )


def given_label(kind: str) -> str:
    """As what time was given."""
    return str(
        {"extra-given": _("extra time"), "restored": _("interruption"), "resumed": _("pause")}.get(kind, kind)
    )
