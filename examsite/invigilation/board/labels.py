"""The board's states and marks in words, with tone and icon: never by colour alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as lazy

from examsite.invigilation.board.states import State


@dataclass(frozen=True, slots=True)
class Look:
    """How a state is shown."""

    label: Any
    tone: str
    glyph: str


STATES: dict[State, Look] = {
    State.NOT_ARRIVED: Look(lazy("not arrived"), "neutral", "ring"),
    State.CHECKED_IN: Look(lazy("checked in"), "info", "person"),
    State.WAITING: Look(lazy("waiting"), "info", "clock"),
    State.ANSWERING: Look(lazy("answering"), "success", "edit"),
    State.PAUSED: Look(lazy("paused"), "warning", "lock"),
    State.OFFLINE: Look(lazy("offline"), "danger", "offline"),
    State.HANDED_IN: Look(lazy("handed in"), "neutral", "done"),
    State.CLOSED: Look(lazy("paper collected"), "neutral", "stop"),
    State.ABSENT: Look(lazy("absent"), "neutral", "cross"),
}

#: Sentences of the alerts; {who} is seat and name.
ALERTS: dict[str, Any] = {
    "offline": lazy("{who} has been offline for more than a minute."),
    "leaves": lazy("{who} has left the page many times."),
    "incident": lazy("{who}: an interruption has not ended."),
    "quarantined": lazy("{who}: late answers wait for a decision."),
}

_MARKS: dict[str, Any] = {
    "misconducts": lazy("misconduct"),
    "incident": lazy("interruption"),
    "quarantined": lazy("late answers"),
    "leaves": lazy("left the page"),
    "takeovers": lazy("changed machine"),
    "messages": lazy("messages"),
}


def mark_texts() -> dict[str, str]:
    """What each mark is called, in the reader's language."""
    return {name: str(text) for name, text in _MARKS.items()}
