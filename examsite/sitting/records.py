"""What travels along the hot path: a record from the page's outbox, and what became of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from question_bank.questions.model import canonical_json
from question_bank.rules.timing import Phase


@dataclass(frozen=True, slots=True)
class Record:
    """One revision of one response, as the page's outbox sends it."""

    position: int
    revision: int
    response: dict[str, Any] | None
    marked: bool
    made_at: datetime

    @property
    def digest(self) -> str:
        """Sixteen hexadecimal digits over what it says."""
        said = canonical_json([self.response, self.marked])
        return hashlib.sha256(said.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record that will never be taken, with the reason."""

    position: int
    revision: int
    code: str


@dataclass(slots=True)
class Outcome:
    """What became of a batch.  Acknowledged = in the database after the commit, now or before.

    state: the attempt as it was before, with its sitting's rules.
    """

    state: Any = field(repr=False)
    deadline: datetime
    phase: Phase
    handed_in: bool
    paused: bool = False
    acknowledged: list[tuple[int, int]] = field(default_factory=list)
    quarantined: list[tuple[int, int]] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


@dataclass(slots=True)
class Sorted:
    """One attempt's records by what may become of them.

    counting: made and come in time.  late: made in time, come after the grace.  past: made after the end.
    evidence: kept with what waits for a person.
    """

    state: Any
    outcome: Outcome
    now: datetime
    counting: list[Record] = field(default_factory=list)
    late: list[Record] = field(default_factory=list)
    past: list[Record] = field(default_factory=list)
    evidence: dict[str, Any] = field(default_factory=dict)
