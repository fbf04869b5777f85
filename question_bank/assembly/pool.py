"""The pool: what the assembler may know of each question, and nothing else.

The digest is over every attribute here, so two pools of equal digest give equal papers for equal seeds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from question_bank.outlines.tree import Importance, area_code
from question_bank.questions.kinds import Kind
from question_bank.questions.model import canonical_json


@dataclass(frozen=True, slots=True)
class PoolQuestion:
    """A question as a card.

    point: code of its 认定点.  options: option ids in the author's order.  enemies: ids of questions that may not
    stand on the same paper (said by one of the two, it holds for both).  uses: papers that had it before this drawing.
    stimulus: the stimulus set it belongs to, empty = none.  industries: the industries it is tagged for, none = general.
    facility: share of candidates who had it right, per mille, once known.  irt: discrimination, difficulty and guessing in
    thousandths, once calibrated.  sittings_ago: 1 where the last sitting had it, 2 the one before, None = in none that is
    looked back to.  exposure: of the people in the time looked back to, how many per mille met it.  Whole numbers, so that
    what follows from them is the same on any machine.
    """

    id: str
    point: str
    kind: Kind
    difficulty: int | None = None
    importance: Importance | None = None
    options: tuple[str, ...] = ()
    content_hash: str = ""
    enemies: frozenset[str] = field(default=frozenset())
    uses: int = 0
    stimulus: str = ""
    industries: frozenset[str] = field(default=frozenset())
    facility: int | None = None
    irt: tuple[int, int, int] | None = None
    sittings_ago: int | None = None
    exposure: int = 0

    @property
    def area(self) -> str:
        """Code of the area its point lies in."""
        return area_code(self.point)


@dataclass(frozen=True, slots=True)
class Pool:
    """Questions sorted by id.  Make it with `make_pool`."""

    questions: tuple[PoolQuestion, ...]
    digest: str


def make_pool(questions: Iterable[PoolQuestion]) -> Pool:
    """The pool of these questions, whatever their order.  ValueError where an id occurs twice."""
    ordered = tuple(sorted(questions, key=lambda question: question.id))
    for one, next_one in pairwise(ordered):
        if one.id == next_one.id:
            raise ValueError(f"question id {one.id!r} occurs more than once in the pool")
    return Pool(ordered, pool_digest(ordered))


def pool_digest(questions: Iterable[PoolQuestion]) -> str:
    """SHA-256 over one canonical JSON line a question, sorted by id."""
    digest = hashlib.sha256()
    for question in questions:
        line: dict[str, Any] = {
            "id": question.id,
            "point": question.point,
            "kind": question.kind.value,
            "difficulty": question.difficulty,
            "importance": question.importance.value if question.importance else None,
            "options": list(question.options),
            "content_hash": question.content_hash,
            "enemies": sorted(question.enemies),
            "uses": question.uses,
        }
        # What a question does not have is not written, so pools of before keep their digest.
        if question.stimulus:
            line["stimulus"] = question.stimulus
        if question.industries:
            line["industries"] = sorted(question.industries)
        if question.facility is not None:
            line["facility"] = question.facility
        if question.irt is not None:
            line["irt"] = list(question.irt)
        if question.sittings_ago is not None:
            line["sittings_ago"] = question.sittings_ago
        if question.exposure:
            line["exposure"] = question.exposure
        digest.update(canonical_json(line).encode() + b"\n")
    return digest.hexdigest()
