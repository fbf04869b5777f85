"""Which questions of the pool a specification can use, and in which cell of its table each lies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from question_bank.assembly.pool import Pool, PoolQuestion
from question_bank.assembly.specification import Share, Specification
from question_bank.outlines.tree import Importance, Outline
from question_bank.questions.kinds import PAPER_ORDER, Kind


class Cell(NamedTuple):
    """One cell of the table: a lowest area × a kind × a difficulty (0 where the specification has no difficulty rule)."""

    area: str
    kind: Kind
    difficulty: int

    def __str__(self) -> str:
        level = f" 难度{self.difficulty}" if self.difficulty else ""
        return f"{self.area} {self.kind.label}{level}"


@dataclass(frozen=True, slots=True)
class Supply:
    """The usable questions.  cells: every cell the specification could ask for, empty ones too, in a fixed order.

    cell_of: for each question of `questions` the place of its cell in `cells`.
    importance: of each question's point, from the outline where the question doesn't say.
    """

    cells: tuple[Cell, ...]
    questions: tuple[PoolQuestion, ...]
    cell_of: tuple[int, ...]
    importance: tuple[Importance | None, ...]

    @property
    def counts(self) -> tuple[int, ...]:
        """How many questions lie in each cell."""
        tally = Counter(self.cell_of)
        return tuple(tally[i] for i in range(len(self.cells)))

    def by_area(self) -> dict[str, int]:
        """How many questions lie in each area, lowest and higher ones."""
        tally: Counter[str] = Counter()
        for place, count in enumerate(self.counts):
            code = self.cells[place].area
            while code:
                tally[code] += count
                code = code.rpartition("-")[0]
        return dict(tally)

    def of(self, places: Sequence[int]) -> Supply:
        """The supply of these questions only; its cells stay."""
        return replace(
            self,
            questions=tuple(self.questions[place] for place in places),
            cell_of=tuple(self.cell_of[place] for place in places),
            importance=tuple(self.importance[place] for place in places),
        )


def supply_of(pool: Pool, specification: Specification, outline: Outline | None = None) -> Supply:
    """The questions that lie under a lowest share, are of a wanted kind and, under a difficulty rule, have one.

    Of questions with equal content only the first by id is used: a paper that asks the same twice is a bad paper.
    """
    areas = [share.code for share in lowest_shares(specification.shares)]
    kinds = {section.kind for section in specification.sections}
    levels = [code for code, _ in specification.difficulty] or [0]
    cells = tuple(
        Cell(area, kind, level) for area in areas for kind in PAPER_ORDER if kind in kinds for level in levels
    )
    place_of = {cell: place for place, cell in enumerate(cells)}
    lowest = frozenset(areas)
    importance_of = {point.code: point.importance for point in outline.points} if outline else {}
    questions: list[PoolQuestion] = []
    places: list[int] = []
    importance: list[Importance | None] = []
    contents: set[str] = set()
    for question in pool.questions:
        level = (question.difficulty or -1) if specification.difficulty else 0
        place = place_of.get(Cell(_area_among(question.area, lowest), question.kind, level))
        if place is None or (question.content_hash and question.content_hash in contents):
            continue
        contents.add(question.content_hash)
        questions.append(question)
        places.append(place)
        importance.append(question.importance or importance_of.get(question.point))
    return Supply(cells, tuple(questions), tuple(places), tuple(importance))


def lowest_shares(shares: tuple[Share, ...]) -> Iterator[Share]:
    """The shares without shares below them, in the order of the table."""
    for share in shares:
        if share.children:
            yield from lowest_shares(share.children)
        else:
            yield share


def _area_among(area: str, lowest: frozenset[str]) -> str:
    while area and area not in lowest:
        area = area.rpartition("-")[0]
    return area
