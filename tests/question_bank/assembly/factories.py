"""Synthetic outlines, banks and specifications; plain functions with defaults."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from question_bank.assembly.pool import Pool, PoolQuestion, make_pool
from question_bank.assembly.specification import Section, Share, Specification
from question_bank.outlines.tree import Area, Importance, Outline, Point
from question_bank.questions.kinds import Kind

SECTIONS = (
    Section(Kind.SINGLE, 60, Decimal(1)),
    Section(Kind.MULTIPLE, 10, Decimal(2)),
    Section(Kind.JUDGEMENT, 20, Decimal(1)),
)
#: 22 lowest areas under nine and two higher ones; uneven, so that rounding has work to do.
WEIGHTS = {
    "A": {"A": ["2.5", "2.5"], "B": ["7", "6.5", "6.5"]},
    "B": {
        "A": ["5.5", "4.5"],
        "B": ["6", "4.25", "4.75"],
        "C": ["3.3", "6.7"],
        "D": ["5", "5"],
        "E": ["2.2", "2.8", "3"],
        "F": ["4", "4"],
        "G": ["6", "4", "4"],
    },
}


def make_shares(weights: dict[str, dict[str, list[str]]] = WEIGHTS) -> tuple[Share, ...]:
    tops = []
    for first, seconds in weights.items():
        middles = []
        for second, thirds in seconds.items():
            lows = tuple(
                Share(f"{first}-{second}-{chr(65 + i)}", Fraction(weight)) for i, weight in enumerate(thirds)
            )
            middles.append(Share(f"{first}-{second}", sum((low.percent for low in lows), Fraction(0)), lows))
        tops.append(Share(first, sum((middle.percent for middle in middles), Fraction(0)), tuple(middles)))
    return tuple(tops)


def make_specification(
    sections: Sequence[Section] = SECTIONS,
    shares: tuple[Share, ...] | None = None,
    difficulty: tuple[tuple[int, Fraction], ...] = (),
    verified: bool = False,
) -> Specification:
    shares = make_shares() if shares is None else shares
    return Specification("样卷", tuple(sections), shares, difficulty, "样题库", verified)


def make_question(
    name: str, point: str = "A-A-A-001", kind: Kind = Kind.SINGLE, **rest: object
) -> PoolQuestion:
    width = {Kind.SINGLE: 4, Kind.MULTIPLE: 5}.get(kind, 0)
    options = tuple(f"{name}{chr(97 + i)}" for i in range(width))
    values: dict[str, object] = {
        "difficulty": 3,
        "options": options,
        "content_hash": f"hash of {name}",
        **rest,
    }
    return PoolQuestion(name, point, kind, **values)  # type: ignore[arg-type]


def make_bank(size: int = 1500, seed: int = 1, points: int = 10, enemies: int = 0) -> Pool:
    """Questions spread over the lowest areas about as their weights are, three kinds, five difficulties."""
    chance = random.Random(seed)
    lows = [low for top in make_shares() for middle in top.children for low in middle.children]
    questions = []
    weights = [float(low.percent) for low in lows]
    areas = chance.choices([low.code for low in lows], weights, k=size)
    for number, area in enumerate(areas):
        point = chance.randint(1, points)
        questions.append(
            make_question(
                f"q{number:05d}",
                f"{area}-{point:03d}",
                chance.choices([Kind.SINGLE, Kind.MULTIPLE, Kind.JUDGEMENT], [6, 2, 2])[0],
                difficulty=chance.choices([1, 2, 3, 4, 5], [1, 2, 4, 2, 1])[0],
                importance=Importance("XXXXXXYYYZ"[point % 10]),
                enemies=frozenset({f"q{chance.randrange(size):05d}"}) if number < enemies else frozenset(),
            )
        )
    return make_pool(questions)


def outline_of(shares: tuple[Share, ...], verified: bool = False) -> Outline:
    def area(share: Share) -> Area:
        points = () if share.children else (Point(f"{share.code}-001", "点", Importance.CORE),)
        return Area(share.code, share.code, share.percent, tuple(area(c) for c in share.children), points)

    return Outline("细目表", tuple(area(share) for share in shares), "", verified)


def make_calibrated_bank(size: int = 1500, seed: int = 1, enemies: int = 0, uneven: float = 0.5) -> Pool:
    """The same with curves (2PL, guessing for 单选题) that follow the difficulty codes roughly, and areas of uneven supply.

    uneven: standard deviation of the logarithm of an area's supply beside its share.
    """
    chance = random.Random(f"calibrated {seed}")
    pool = make_bank(size, seed, enemies=enemies)
    rich = {area: chance.lognormvariate(0, uneven) for area in sorted({q.area for q in pool.questions})}
    kept = chance.choices(pool.questions, [rich[q.area] for q in pool.questions], k=size)
    questions = []
    for number, question in enumerate(kept):
        slope = min(2.5, max(0.3, chance.lognormvariate(0, 0.3)))
        place = ((question.difficulty or 3) - 3.6) * 0.7 + chance.gauss(0, 0.5)
        guess = 200 if question.kind is Kind.SINGLE else 0
        questions.append(
            replace(
                question,
                id=f"q{number:05d}",
                content_hash=f"hash of {number}",
                options=tuple(f"{number}{letter}" for letter in "abcde"[: len(question.options)]),
                enemies=frozenset({f"q{chance.randrange(size):05d}"}) if number < enemies else frozenset(),
                irt=(round(1000 * slope), round(1000 * place), guess),
            )
        )
    return make_pool(questions)
