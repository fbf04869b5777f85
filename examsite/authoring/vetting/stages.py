"""The stages that a version passes on its way into a bank: 初审, 复审, 终审, or what a bank's manager made of them.

A bank holds its stages as a document; a version keeps the stages that it was submitted under.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

MOST_STAGES = 5
MOST_OPINIONS = 5
MOST_DAYS = 365
MOST_NAME = 20


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage.  opinions: how many people judge here.  days: until their opinions are due.

    blind: nobody sees the others' opinions before giving their own, nor the author's name.
    """

    code: str
    name: str
    opinions: int = 1
    blind: bool = True
    days: int = 7


#: What a new bank begins with (source: process reviews and a final review, each with a signed opinion).
USUAL = (Stage("first", "初审"), Stage("second", "复审"), Stage("final", "终审"))
#: Banks made before there were stages: one opinion of another person.
SINGLE = (Stage("final", "终审"),)


def stages_from_document(document: Sequence[Any] | None) -> tuple[Stage, ...]:
    """The stages of a bank's or a version's column; SINGLE where it is empty."""
    if not document:
        return SINGLE
    return tuple(
        Stage(one["code"], one["name"], int(one["opinions"]), bool(one["blind"]), int(one["days"]))
        for one in document
    )


def stages_as_document(stages: Sequence[Stage]) -> list[Any]:
    """JSON-ready, in order."""
    return [
        {"code": s.code, "name": s.name, "opinions": s.opinions, "blind": s.blind, "days": s.days}
        for s in stages
    ]


def opinions_from(stages: Sequence[Stage], start: int = 0) -> int:
    """How many people's consent a version needs that enters at this stage."""
    return sum(stage.opinions for stage in stages[start:])


def place_of(stages: Sequence[Stage], code: str) -> int:
    """The place of the stage of this code; 0 where there is none any more."""
    return next((place for place, stage in enumerate(stages) if stage.code == code), 0)


def faults(stages: Sequence[Stage]) -> list[str]:
    """What is wrong with these stages, as sentences; empty where they can be used."""
    found: list[str] = []
    if not stages:
        found.append(_("A bank needs at least one stage."))
    if len(stages) > MOST_STAGES:
        found.append(_("A bank has at most %(count)s stages.", count=MOST_STAGES))
    names = [stage.name for stage in stages]
    for number, stage in enumerate(stages, start=1):
        if not stage.name or len(stage.name) > MOST_NAME:
            found.append(
                _(
                    "Stage %(number)s needs a name of at most %(most)s characters.",
                    number=number,
                    most=MOST_NAME,
                )
            )
        if names.count(stage.name) > 1 and names.index(stage.name) == number - 1 and stage.name:
            found.append(_("Two stages have the name “%(name)s”. Give each its own.", name=stage.name))
        if not 1 <= stage.opinions <= MOST_OPINIONS:
            found.append(
                _("Stage %(number)s needs 1 to %(most)s opinions.", number=number, most=MOST_OPINIONS)
            )
        if not 1 <= stage.days <= MOST_DAYS:
            found.append(_("Stage %(number)s needs 1 to %(most)s days.", number=number, most=MOST_DAYS))
    return found
