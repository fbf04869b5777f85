"""Which questions of the pool a specification can use, and in which cell of its table each lies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from question_bank.assembly.eligibility import Reason, broken_sets, is_of_industry, ruled_out
from question_bank.assembly.pool import Pool, PoolQuestion
from question_bank.assembly.specification import Share, Specification
from question_bank.outlines.tree import Importance, Outline
from question_bank.questions.kinds import PAPER_ORDER, Kind

#: The part of a cell's tag that says: for the industry.
INDUSTRY = "+"
UNKNOWN = "?"


class Cell(NamedTuple):
    """One cell of the table: a lowest area × a kind × a difficulty (0 where the specification has no difficulty rule).

    tag: what further rules count, empty where none does: the importance ("X", "Y", "Z", "?" = not known) and, after it,
    INDUSTRY where the question is tagged for the specification's industry.
    """

    area: str
    kind: Kind
    difficulty: int
    tag: str = ""

    @property
    def names(self) -> tuple[str | int, ...]:
        """What the cell is called in plans: without a tag where it has none."""
        names = (self.area, self.kind.value, self.difficulty)
        return (*names, self.tag) if self.tag else names

    @property
    def importance(self) -> str:
        """The letter that the tag holds, empty where no rule asks."""
        return self.tag.removesuffix(INDUSTRY)

    @property
    def is_industry(self) -> bool:
        return self.tag.endswith(INDUSTRY)

    def __str__(self) -> str:
        level = f" 难度{self.difficulty}" if self.difficulty else ""
        importance = f" 重要程度{self.importance}" if self.importance else ""
        return f"{self.area} {self.kind.label}{level}{importance}{' 行业题' if self.is_industry else ''}"


@dataclass(frozen=True, slots=True)
class Supply:
    """The usable questions.  cells: every cell the specification could ask for, empty ones too, in a fixed order.

    cell_of: for each question of `questions` the place of its cell in `cells`.
    importance: of each question's point, from the outline where the question doesn't say.
    left_out: how many questions of the pool can't come, by why.
    """

    cells: tuple[Cell, ...]
    questions: tuple[PoolQuestion, ...]
    cell_of: tuple[int, ...]
    importance: tuple[Importance | None, ...]
    left_out: tuple[tuple[Reason, int], ...] = ()

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
    """The questions that lie under a lowest share, are of a wanted kind, under a difficulty rule have one, and are eligible.

    Of questions with equal content only the first by id is used: a paper that asks the same twice is a bad paper.
    """
    importance_of = {point.code: point.importance for point in outline.points} if outline else {}
    found = {
        question.id: question.importance or importance_of.get(question.point) for question in pool.questions
    }
    cells = _cells(specification, is_any_unknown=None in found.values())
    place_of = {cell: place for place, cell in enumerate(cells)}
    lowest = frozenset(cell.area for cell in cells)
    usable: list[tuple[PoolQuestion, int]] = []
    contents: set[str] = set()
    why: Counter[Reason] = Counter()
    for question in pool.questions:
        level = (question.difficulty or -1) if specification.difficulty else 0
        area = _area_among(question.area, lowest)
        place = place_of.get(
            Cell(area, question.kind, level, _tag(question, found[question.id], specification))
        )
        if place is None:
            why[Reason.ELSEWHERE] += 1
        elif (reason := ruled_out(question, specification)) is not None:
            why[reason] += 1
        elif question.content_hash and question.content_hash in contents:
            why[Reason.SAME_CONTENT] += 1
        else:
            contents.add(question.content_hash)
            usable.append((question, place))
    broken = broken_sets((question for question, _ in usable), pool.questions, specification)
    if broken:
        why[Reason.STIMULUS] += sum(question.stimulus in broken for question, _ in usable)
        usable = [(question, place) for question, place in usable if question.stimulus not in broken]
    return Supply(
        cells,
        tuple(question for question, _ in usable),
        tuple(place for _, place in usable),
        tuple(found[question.id] for question, _ in usable),
        tuple((reason, why[reason]) for reason in Reason if why[reason]),
    )


def lowest_shares(shares: tuple[Share, ...]) -> Iterator[Share]:
    """The shares without shares below them, in the order of the table."""
    for share in shares:
        if share.children:
            yield from lowest_shares(share.children)
        else:
            yield share


def _cells(specification: Specification, *, is_any_unknown: bool) -> tuple[Cell, ...]:
    kinds = {section.kind for section in specification.sections}
    letters = [""]
    if specification.importance:
        letters = [one.value for one in Importance] + [UNKNOWN] * is_any_unknown
    ends = ["", INDUSTRY] if specification.industries is not None else [""]
    return tuple(
        Cell(share.code, kind, level, letter + end)
        for share in lowest_shares(specification.shares)
        for kind in PAPER_ORDER
        if kind in kinds
        for level in [code for code, _ in specification.difficulty] or [0]
        for letter in letters
        for end in ends
    )


def _tag(question: PoolQuestion, importance: Importance | None, specification: Specification) -> str:
    letter = (importance.value if importance else UNKNOWN) if specification.importance else ""
    return letter + (INDUSTRY if is_of_industry(question, specification) else "")


def _area_among(area: str, lowest: frozenset[str]) -> str:
    while area and area not in lowest:
        area = area.rpartition("-")[0]
    return area
