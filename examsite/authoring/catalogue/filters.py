"""What a list of questions is narrowed to and sorted by, as its address carries it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any

from examsite.authoring import invisible
from examsite.authoring.catalogue.figures import Alarm
from examsite.authoring.models import VersionStatus
from question_bank.questions.kinds import Kind


class Use(StrEnum):
    """How a question was used."""

    NEVER = "never"
    USED = "used"
    RECENT = "recent"
    OVER = "over"


class Sort(StrEnum):
    """What a list can be sorted by; a minus before it in the address turns the order round."""

    POINT = "point"
    EXTERNAL_ID = "id"
    KIND = "kind"
    DIFFICULTY = "difficulty"
    STATUS = "status"
    PEOPLE = "people"
    RIGHT = "right"
    DISCRIMINATION = "discrimination"
    WRITTEN = "written"


MOST_WORDS = 8
_CODE = re.compile(r"[A-Za-z]+(-[A-Za-z0-9]*)+")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; "" or None = not.

    q: words, all of which must occur in the stem or the ID; a code ("A-B") is also the beginning of a point.  area: a
    code and all below it.  use with n: used in the last n sittings, or shown to more than n people.  source "missing":
    names no source.  industry: a tag.  since, until: days on which the version was written, both included.
    """

    q: str = ""
    area: str = ""
    kind: str = ""
    difficulty: str = ""
    status: str = ""
    writer: int | None = None
    use: str = ""
    n: int | None = None
    alarm: str = ""
    industry: str = ""
    source: str = ""
    stimulus: str = ""
    since: str = ""
    until: str = ""
    sort: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(self.q.split()[:MOST_WORDS])

    @property
    def narrows(self) -> bool:
        """Whether anything but the order is asked for."""
        return bool(set(self.as_arguments()) - {"sort"})

    @property
    def narrows_rarely(self) -> bool:
        """Whether one of the conditions is on that the page keeps folded away."""
        return bool(
            set(self.as_arguments())
            & {"writer", "use", "alarm", "industry", "source", "stimulus", "since", "until"}
        )

    @property
    def order(self) -> tuple[Sort, bool]:
        """What to sort by, and whether it falls."""
        return Sort(self.sort.removeprefix("-") or Sort.POINT), self.sort.startswith("-")

    def sorted_by(self, sort: Sort) -> dict[str, Any]:
        """The arguments of the same list sorted by this; sorted by it already, the other way round."""
        current, falls = self.order
        turned = f"-{sort.value}" if current is sort and not falls else sort.value
        return {**self.as_arguments(), "sort": turned}

    def as_arguments(self) -> dict[str, Any]:
        """As the address of the page carries them."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in found.items() if value or value == 0}


def is_code(word: str) -> bool:
    """Whether a word is the beginning of a code of the outline ("A-B", "A-B-C-00")."""
    return _CODE.fullmatch(word) is not None


def from_arguments(arguments: Mapping[str, Any]) -> Filters:
    """The filters that an address or a saved list carries; nonsense is left out."""
    given = {name: invisible.without(str(value)).strip() for name, value in arguments.items()}

    def one_of(name: str, allowed: Any) -> str:
        value = given.get(name, "")
        return value if value in list(allowed) else ""

    sort = given.get("sort", "")
    use = one_of("use", Use)
    number = _whole(given.get("n", ""))
    return Filters(
        q=given.get("q", "")[:80],
        area=given.get("area", "").upper()[:40],
        kind=one_of("kind", Kind),
        difficulty=one_of("difficulty", "12345"),
        status=one_of("status", VersionStatus),
        writer=_whole(given.get("writer", "")),
        use=use,
        n=number if use in (Use.RECENT, Use.OVER) else None,
        alarm=one_of("alarm", Alarm),
        industry=given.get("industry", "")[:40],
        source=one_of("source", ("missing",)),
        stimulus=given.get("stimulus", "")[:120],
        since=_day(given.get("since", "")),
        until=_day(given.get("until", "")),
        sort=sort if sort.removeprefix("-") in list(Sort) else "",
    )


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""
