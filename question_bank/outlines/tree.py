"""The outline as a tree: areas (鉴定范围) with weights, assessment points (认定点) with importance.

Codes are full paths: an area is "A", "A-B" or "A-B-C", a point "A-B-C-001".  Letters restart inside each parent.
Weights are exact per cents of the whole paper (`Fraction`), so children's weights sum to their parent's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from question_bank.problems import NOWHERE, Problem

SCHEMA = 1
#: 鉴定范围 have two to six levels in the trade; fewer is a small outline, more can't be filed.
DEEPEST = 6


class Importance(StrEnum):
    """重要程度."""

    CORE = "X"
    GENERAL = "Y"
    AUXILIARY = "Z"


@dataclass(frozen=True, slots=True)
class Point:
    """认定点: what a question is about.  importance None = not given in the source."""

    code: str
    name: str
    importance: Importance | None = None


@dataclass(frozen=True, slots=True)
class Area:
    """鉴定范围.  weight: per cent of the whole paper."""

    code: str
    name: str
    weight: Fraction
    children: tuple[Area, ...] = ()
    points: tuple[Point, ...] = ()

    def walk(self) -> Iterator[Area]:
        """This area and all below it, in the order of the table."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Outline:
    """One 要素细目表.  `verified`: whether a person confirmed the figures against the printed standard."""

    name: str
    areas: tuple[Area, ...]
    source: str = ""
    verified: bool = False

    def walk(self) -> Iterator[Area]:
        """Every area, in the order of the table."""
        for area in self.areas:
            yield from area.walk()

    @property
    def leaves(self) -> tuple[Area, ...]:
        """Areas without areas below them: where points and questions hang."""
        return tuple(area for area in self.walk() if not area.children)

    @property
    def points(self) -> tuple[Point, ...]:
        return tuple(point for area in self.walk() for point in area.points)

    def area(self, code: str) -> Area | None:
        """The area of this code, or None."""
        return next((area for area in self.walk() if area.code == code), None)


def area_code(point_code: str) -> str:
    """The area a point code lies in: "A-B-C-001" → "A-B-C".  A code without a number is its own area."""
    head, _, last = point_code.rpartition("-")
    return head if last.isdigit() else point_code


def importance_ratio(area: Area) -> tuple[int, int, int]:
    """重要程度比例 X:Y:Z: how many points of each importance lie in this area and below."""
    counts = Counter(point.importance for part in area.walk() for point in part.points)
    return counts[Importance.CORE], counts[Importance.GENERAL], counts[Importance.AUXILIARY]


def check(outline: Outline) -> list[Problem]:
    """Everything wrong with an outline: sums of weights, repeated codes, codes outside their parent."""
    problems: list[Problem] = []
    total = sum((area.weight for area in outline.areas), Fraction(0))
    if total != 100:
        problems.append(
            Problem(NOWHERE, "weights-not-100", f"一级比重合计 {percent(total)}，应为 100%。请改正比重。")
        )
    codes = Counter(area.code for area in outline.walk())
    codes.update(point.code for point in outline.points)
    for code, count in codes.items():
        if count > 1:
            problems.append(
                Problem(NOWHERE, "code-repeated", f"代码 {code} 出现 {count} 次。代码在一份细目表内须唯一。")
            )
    for area in outline.walk():
        if area.children:
            below = sum((child.weight for child in area.children), Fraction(0))
            if below != area.weight:
                gap = area.weight - below
                problems.append(
                    Problem(
                        NOWHERE,
                        "weights-below-differ",
                        f"{area.code}:下级比重合计 {percent(below)} ≠ {percent(area.weight)}"
                        f"（差 {'+' if gap > 0 else '−'}{percent(abs(gap))}）。请改正上下级比重。",
                    )
                )
        inside = [child.code for child in area.children] + [point.code for point in area.points]
        for code in inside:
            if code.rpartition("-")[0] != area.code:
                problems.append(
                    Problem(NOWHERE, "code-outside-parent", f"代码 {code} 不在上级 {area.code} 之下。")
                )
        if area.children and area.points:
            problems.append(
                Problem(
                    NOWHERE,
                    "points-beside-areas",
                    f"{area.code}:既有下级范围又有认定点。认定点只能在最低一级，请移到下级范围。",
                )
            )
        if area.code.count("-") >= DEEPEST:
            problems.append(
                Problem(NOWHERE, "too-deep", f"{area.code}:鉴定范围最多 {DEEPEST} 级。请减少层级。")
            )
        if area.weight < 0:
            problems.append(Problem(NOWHERE, "weight-negative", f"{area.code}:比重不能为负。"))
    return problems


def percent(value: Fraction) -> str:
    """A per cent as people write it: 2.5%, 25%; at most four digits after the point."""
    text = f"{float(value):.4f}".rstrip("0").rstrip(".")
    return f"{text}%"


def outline_as_document(outline: Outline) -> dict[str, Any]:
    """A JSON-ready dictionary; weights as fractions in text ("5/2")."""
    return {
        "schema": SCHEMA,
        "name": outline.name,
        "source": outline.source,
        "verified": outline.verified,
        "areas": [_area_as_document(area) for area in outline.areas],
    }


def outline_from_document(document: dict[str, Any]) -> Outline:
    """The outline of a stored document.  ValueError where the schema is not one that this code reads."""
    if document.get("schema") != SCHEMA:
        raise ValueError(f"outline document of schema {document.get('schema')!r}; this code reads {SCHEMA}")
    return Outline(
        document["name"],
        tuple(_area_from_document(area) for area in document["areas"]),
        document["source"],
        document["verified"],
    )


def _area_as_document(area: Area) -> dict[str, Any]:
    return {
        "code": area.code,
        "name": area.name,
        "weight": str(area.weight),
        "children": [_area_as_document(child) for child in area.children],
        "points": [
            {"code": p.code, "name": p.name, "importance": p.importance.value if p.importance else None}
            for p in area.points
        ],
    }


def _area_from_document(document: dict[str, Any]) -> Area:
    return Area(
        document["code"],
        document["name"],
        Fraction(document["weight"]),
        tuple(_area_from_document(child) for child in document["children"]),
        tuple(
            Point(p["code"], p["name"], Importance(p["importance"]) if p["importance"] else None)
            for p in document["points"]
        ),
    )
