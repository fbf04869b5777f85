"""Sub-questions: how the points of their question are shared out, and whether machines can score all of them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from question_bank.questions.kinds import MACHINE_SCORED, Kind
from question_bank.questions.model import Part, Question


def part_points(parts: Sequence[Part], points: Decimal) -> tuple[Decimal, ...]:
    """What each part is worth: by largest remainder, in steps of half a point, adding up to `points` exactly.

    Of equal remainders the earlier part gets the half point.  What is no whole half point goes to the first part.
    """
    if not parts:
        return ()
    shares = [max(part.share, 0) for part in parts]
    if not any(shares):
        shares = [1] * len(parts)
    halves, whole = int(points * 2), sum(shares)
    given = [halves * share // whole for share in shares]
    by_remainder = sorted(range(len(parts)), key=lambda i: (-(halves * shares[i] % whole), i))
    for i in by_remainder[: halves - sum(given)]:
        given[i] += 1
    worth = [Decimal(count) / 2 for count in given]
    worth[0] += points - Decimal(halves) / 2
    return tuple(worth)


def is_machine_scored(question: Question | Part) -> bool:
    """Whether every response earns its points without a marker: by kind, by its number, or all of its parts."""
    if question.kind is Kind.CALCULATION:
        return question.numeric
    parts = question.parts if isinstance(question, Question) else ()
    if parts:
        return all(is_machine_scored(part) for part in parts)
    return question.kind in MACHINE_SCORED
