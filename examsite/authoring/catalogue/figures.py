"""What the newest sitting taught about a version, as lists narrow and sort by it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from question_bank.psychometrics.flags import Flag, Limits


class Alarm(StrEnum):
    """Reasons to look at a question that a list narrows to."""

    TOO_HARD = "too_hard"
    TOO_EASY = "too_easy"
    LOW_DISCRIMINATION = "low_discrimination"
    KEY_SUSPECT = "key_suspect"


#: Flags of item analysis that raise each alarm.
FLAGS: Mapping[Alarm, tuple[Flag, ...]] = {
    Alarm.TOO_HARD: (Flag.TOO_HARD,),
    Alarm.TOO_EASY: (Flag.TOO_EASY,),
    Alarm.LOW_DISCRIMINATION: (Flag.LOW_DISCRIMINATION, Flag.NEGATIVE_DISCRIMINATION),
    Alarm.KEY_SUSPECT: (Flag.NEGATIVE_DISCRIMINATION, Flag.OPTION_BEATS_KEY),
}


def flags_of(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The flags that a document of statistics raises: those it names, else those its figures do by the usual limits."""
    named = (document.get("more") or {}).get("flags")
    if named is not None:
        return tuple(str(flag) for flag in named)
    limits = Limits()
    right, told, persons = (
        figure(document, "difficulty"),
        figure(document, "discrimination"),
        document.get("persons"),
    )
    found = []
    if isinstance(persons, int) and 0 < persons < limits.fewest_persons:
        found.append(Flag.FEW_PERSONS)
    if right is not None and right < limits.hardest:
        found.append(Flag.TOO_HARD)
    if right is not None and right > limits.easiest:
        found.append(Flag.TOO_EASY)
    if told is not None and told < 0:
        found.append(Flag.NEGATIVE_DISCRIMINATION)
    elif told is not None and told < limits.lowest_discrimination:
        found.append(Flag.LOW_DISCRIMINATION)
    return tuple(flag.value for flag in found)


def figure(document: Mapping[str, Any], name: str) -> float | None:
    """A figure of the document; None where it was not worked out."""
    value = document.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def as_columns(document: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a version that repeat this document."""
    flags = flags_of(document)
    return {
        "proportion_right": figure(document, "difficulty"),
        "discrimination": figure(document, "discrimination"),
        "flags": f" {' '.join(flags)} "[:160] if flags else "",
    }


def alarms(flags: str) -> tuple[Alarm, ...]:
    """The alarms that a version's `flags` raise."""
    held = set(flags.split())
    return tuple(alarm for alarm, raising in FLAGS.items() if held & set(raising))
