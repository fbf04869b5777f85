"""Per cents to whole points: the largest remainder, from the top level of the outline down, in exact fractions.

The step is the greatest common divisor of the points of a question (0.5, 1, 2 …), so half points are exact.  Each
parent's whole number is shared among its children by *their own* quotas; since the floors of children never sum to
more than the floor of the parent, and the ceilings never to less than its ceiling, the remainder always fits and
every node of every level is the floor or the ceiling of its own quota.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from question_bank.assembly.specification import TOTAL, Share, Specification


@dataclass(frozen=True, slots=True)
class Target:
    """What one area is to get.  `level` counts from 1.  quota: exact points; steps: whole steps after rounding."""

    code: str
    level: int
    percent: Fraction
    quota: Fraction
    steps: int
    step: Decimal
    is_leaf: bool

    @property
    def points(self) -> Decimal:
        return self.steps * self.step

    @property
    def is_rounded(self) -> bool:
        return self.points != self.quota

    @property
    def floor(self) -> int:
        """The quota in steps, rounded down."""
        return math.floor(self.quota / Fraction(self.step))

    @property
    def ceiling(self) -> int:
        """The quota in steps, rounded up."""
        return math.ceil(self.quota / Fraction(self.step))


@dataclass(frozen=True, slots=True)
class DifficultyTarget:
    """How many questions of a difficulty a paper gets: quota exact, count whole."""

    code: int
    percent: Fraction
    quota: Fraction
    count: int


@dataclass(frozen=True, slots=True)
class Targets:
    """Whole numbers for one specification, areas in the order of its table (a parent before its children)."""

    step: Decimal
    areas: tuple[Target, ...]
    difficulty: tuple[DifficultyTarget, ...]

    @property
    def leaves(self) -> tuple[Target, ...]:
        return tuple(target for target in self.areas if target.is_leaf)

    @property
    def rounded(self) -> tuple[Target, ...]:
        """Every area whose points differ from its exact quota: shown to the author before approval."""
        return tuple(target for target in self.areas if target.is_rounded)


def largest_remainder(total: int, quotas: Sequence[Fraction], ties: Sequence[tuple[int, str]]) -> list[int]:
    """`total` shared by quotas: each gets its floor, the rest go to the largest fractions, one each.

    ties: (supply, code) of each; between equal fractions the larger supply goes first, then the order of codes.
    Raises ValueError where the total is less than the floors or more than the ceilings.
    """
    counts = [math.floor(quota) for quota in quotas]
    rest = total - sum(counts)
    order = sorted(
        (i for i, quota in enumerate(quotas) if quota != counts[i]),
        key=lambda i: (counts[i] - quotas[i], -ties[i][0], ties[i][1]),
    )
    if not 0 <= rest <= len(order):
        raise ValueError(f"{total} cannot be shared by these quotas within one step each")
    for i in order[:rest]:
        counts[i] += 1
    return counts


def step_of(specification: Specification) -> Decimal:
    """The greatest common divisor of the points of a question."""
    return Decimal(math.gcd(*(int(section.points * 2) for section in specification.sections))) / 2


def allocate(specification: Specification, supply: Mapping[str, int] | None = None) -> Targets:
    """The whole numbers of a specification that `specification.check` finds no fault with.

    supply: how many questions lie in each area, by code; it only breaks ties.
    """
    supply = supply or {}
    step = step_of(specification)
    areas: list[Target] = []

    def descend(shares: Sequence[Share], steps: int, level: int) -> None:
        quotas = [_quota(share) / Fraction(step) for share in shares]
        ties = [(supply.get(share.code, 0), share.code) for share in shares]
        for share, whole in zip(shares, largest_remainder(steps, quotas, ties), strict=True):
            areas.append(
                Target(share.code, level, share.percent, _quota(share), whole, step, not share.children)
            )
            if share.children:
                descend(share.children, whole, level + 1)

    descend(specification.shares, int(TOTAL / step), 1)
    return Targets(step, tuple(areas), _difficulty(specification))


def _quota(share: Share) -> Fraction:
    return share.percent * Fraction(TOTAL) / 100


def _difficulty(specification: Specification) -> tuple[DifficultyTarget, ...]:
    quotas = [part * specification.count / 100 for _, part in specification.difficulty]
    ties = [(0, str(code)) for code, _ in specification.difficulty]
    counts = largest_remainder(specification.count, quotas, ties) if quotas else []
    return tuple(
        DifficultyTarget(code, part, quota, count)
        for (code, part), quota, count in zip(specification.difficulty, quotas, counts, strict=True)
    )
