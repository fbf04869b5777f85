"""The heat map of a bank: usable questions of each area, point and kind beside what the specifications in force need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from examsite.authoring.models import Bank, QuestionVersion
from examsite.authoring.queries import usable
from examsite.planning.models import SpecificationRow, SpecificationStatus
from question_bank.assembly.coverage import Heat, heat, needs
from question_bank.assembly.specification import specification_from_document
from question_bank.outlines.tree import Area, Importance, Outline, area_code
from question_bank.questions.kinds import Kind

#: The trade asks for at least this many questions under each point (writing rules, published by institutions).
LEAST_A_POINT = 4


@dataclass(frozen=True, slots=True)
class Cell:
    """supply: usable questions.  need: of one paper on the average, None on rows of points."""

    supply: int
    need: Fraction | None
    heat: Heat


@dataclass(frozen=True, slots=True)
class Row:
    """A lowest area, or a point below it.  cells stand in the order of the map's kinds."""

    code: str
    name: str
    is_point: bool
    cells: tuple[Cell, ...]
    total: int
    importance: Importance | None = None

    @property
    def is_short(self) -> bool:
        """A point with fewer questions than the trade asks for."""
        return self.is_point and self.total < LEAST_A_POINT


@dataclass(frozen=True, slots=True)
class HeatMap:
    """kinds: those that somebody needs or the bank has.  short: points with too few questions."""

    kinds: tuple[Kind, ...]
    rows: tuple[Row, ...]
    specifications: tuple[SpecificationRow, ...]
    missing: int
    short: int


def heat_map(session: Session, bank: Bank, outline: Outline) -> HeatMap:
    """The map of a bank over its outline in force."""
    rows = session.scalars(
        select(SpecificationRow)
        .where(SpecificationRow.bank_id == bank.id, SpecificationRow.status == SpecificationStatus.APPROVED)
        .order_by(SpecificationRow.id.desc())
    ).all()
    need = needs(specification_from_document(row.document) for row in rows)
    supply = _supply(session, bank.id)
    present = {kind for _, kind in supply} | {kind for _, kind in need}
    kinds = tuple(kind for kind in Kind if kind in present)
    lines = [line for leaf in outline.leaves for line in _lines(leaf, kinds, supply, need)]
    return HeatMap(
        kinds,
        tuple(lines),
        tuple(rows),
        sum(cell.heat is Heat.MISSING for line in lines for cell in line.cells),
        sum(line.is_short for line in lines),
    )


def _lines(
    leaf: Area,
    kinds: tuple[Kind, ...],
    supply: Mapping[tuple[str, Kind], int],
    need: Mapping[tuple[str, Kind], Fraction],
) -> list[Row]:
    cells = []
    for kind in kinds:
        have = sum(
            count for (point, of), count in supply.items() if of is kind and area_code(point) == leaf.code
        )
        wanted = need.get((leaf.code, kind), Fraction(0))
        cells.append(Cell(have, wanted, heat(have, wanted)))
    found = [Row(leaf.code, leaf.name, False, tuple(cells), sum(cell.supply for cell in cells))]
    for point in leaf.points:
        counts = [supply.get((point.code, kind), 0) for kind in kinds]
        found.append(
            Row(
                point.code,
                point.name,
                True,
                tuple(Cell(count, None, Heat.UNASKED) for count in counts),
                sum(counts),
                point.importance,
            )
        )
    return found


def _supply(session: Session, bank_id: int) -> dict[tuple[str, Kind], int]:
    rows = session.execute(
        select(QuestionVersion.point, QuestionVersion.kind, func.count())
        .join(Bank, Bank.id == QuestionVersion.bank_id)
        .where(QuestionVersion.bank_id == bank_id, usable())
        .group_by(QuestionVersion.point, QuestionVersion.kind)
    )
    return {(point, Kind(kind)): count for point, kind, count in rows}
