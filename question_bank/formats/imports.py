"""What reading a file yields: the drafts, every row's fate, every problem, and the table as it stood."""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from question_bank.problems import Problem
from question_bank.questions.model import Draft

#: Given the key of a row, a maker of option ids for it.
OptionIds = Callable[[str], Callable[[], str]]

_DRAWN_AT_ONCE = 8
_DRAWN_AT_MOST = 2048


class Outcome(StrEnum):
    """What became of a row.  A refused row has an error; a skipped one was never a question.

    A quarantined one is a question with something in it that a draft can't hold: it is kept as it stood.
    """

    ACCEPTED = "accepted"
    REFUSED = "refused"
    SKIPPED = "skipped"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class Fate:
    """One data row: where it stands, what became of it, the codes of its problems, and its texts as they stood.

    In the texts control characters stand as their pictures, so that a row can be shown and stored.
    """

    sheet: str
    row: int
    outcome: Outcome
    external_id: str
    codes: tuple[str, ...]
    cells: tuple[str, ...]


#: So much of a quarantined question's source is kept.
LONGEST_RAW = 20_000


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A question that a draft can't hold, with the reason.  raw: its source text, at most `LONGEST_RAW` characters."""

    sheet: str
    row: int
    external_id: str
    reason_code: str
    message: str
    raw: str


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet that was read: titles as they stand, and which column (from 0) holds which field."""

    sheet: str
    header_row: int
    titles: tuple[str, ...]
    columns: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Import:
    """A file of questions, read.  digest: SHA-256 of its bytes, by which the same file is recognised.

    pictures: (SHA-256 of the bytes, bytes) of every picture that a draft's text names as `picture:DIGEST`.
    """

    name: str
    drafts: tuple[Draft, ...]
    fates: tuple[Fate, ...]
    problems: tuple[Problem, ...]
    digest: str
    banks: tuple[str, ...]
    tables: tuple[Table, ...]
    quarantined: tuple[Quarantined, ...] = ()
    pictures: tuple[tuple[str, bytes], ...] = ()

    def count(self, outcome: Outcome) -> int:
        """How many rows had this outcome."""
        return sum(fate.outcome is outcome for fate in self.fates)

    def by_bank(self) -> Counter[str]:
        return Counter(draft.bank for draft in self.drafts)

    def by_kind(self) -> Counter[str]:
        """Accepted drafts by letter of the kind."""
        return Counter(draft.question.kind.value for draft in self.drafts)

    def by_difficulty(self) -> Counter[str]:
        """Accepted drafts by difficulty code; "" where none was given."""
        return Counter(str(draft.question.difficulty or "") for draft in self.drafts)


def digest_of(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def random_ids(key: str) -> Callable[[], str]:
    """Option ids from the system's randomness, a handful at a time, then more: what a bank in use takes."""
    drawn: list[str] = []
    at_once = _DRAWN_AT_ONCE

    def next_id() -> str:
        nonlocal at_once
        if not drawn:
            digits = secrets.token_hex(4 * at_once)
            drawn.extend([digits[place : place + 8] for place in range(0, 8 * at_once, 8)])
            at_once = min(4 * at_once, _DRAWN_AT_MOST)
        return drawn.pop()

    return next_id


def derived_ids(key: str) -> Callable[[], str]:
    """Option ids from the row's key and the option's position: the same file gives the same ids on every run.

    For samples and reproducible papers only; whoever knows the ID of a question can work them out.
    """
    drawn = 0

    def next_id() -> str:
        nonlocal drawn
        drawn += 1
        return hashlib.blake2b(f"{key}\x1f{drawn}".encode(), digest_size=4).hexdigest()

    return next_id
