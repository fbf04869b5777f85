"""Tables of whole counts, cell by cell: one that the bank can meet, and variations of it that spread the load.

With one table for everybody a scarce cell is asked for on every paper.  Variations exchange single places of a
table so that every margin stays exactly as it was, and are accepted where they lighten the heaviest cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from question_bank.assembly import streams
from question_bank.assembly.allocate import Target, Targets, allocate
from question_bank.assembly.load import Load, forced_overlap
from question_bank.assembly.margins import Margins, fixed_margins, open_margins, solve, solve_near
from question_bank.assembly.rotation import rotate
from question_bank.assembly.specification import Specification
from question_bank.assembly.supply import Cell, Supply

#: So many tables serve any number of papers, unless that many papers more can be wholly different.
MOST_TABLES = 100
_MOST_DISJOINT = 200
#: Tables by random exchanges are only looked at where they take little time.
_MOST_VARIED = 40
_TRIALS = 2_000
#: A cell asked for more often than it has questions forces overlap: worth avoiding before all else.
_OVERDRAWN = 1_000.0


@dataclass(frozen=True, slots=True)
class Basis:
    """targets: whole points by area.  counts: one table that meets them, a number for each cell of the supply.

    is_adjusted: the largest remainder could not be met, another floor-or-ceiling rounding is used.
    widest: the margins while any floor-or-ceiling rounding will do.
    """

    targets: Targets
    margins: Margins
    counts: tuple[int, ...]
    is_adjusted: bool
    widest: Margins


def find_basis(
    specification: Specification, supply: Supply, anchored: Sequence[int] | None = None
) -> Basis | None:
    """The first table: by the largest remainder, else by the nearest other rounding; None where there is none.

    anchored: how many questions of each cell stand on every paper anyway; the supply, margins and counts are without them.
    """
    targets = allocate(specification, supply.by_area())
    fixed = without(fixed_margins(supply.cells, specification, targets), anchored)
    margins = without(open_margins(supply.cells, specification, targets), anchored)
    counts = solve(fixed, supply.counts)
    if counts is not None:
        return Basis(targets, fixed, counts, False, margins)
    if anchored is None:
        counts = solve_near(margins, supply.counts, targets)
    else:
        counts = solve(margins, supply.counts)
    if counts is None:
        return None
    on_paper = [n + more for n, more in zip(counts, anchored or [0] * len(counts), strict=True)]
    targets = _with_steps(targets, supply.cells, on_paper, margins)
    fixed = without(fixed_margins(supply.cells, specification, targets), anchored)
    return Basis(targets, fixed, counts, True, margins)


def without(margins: Margins, anchored: Sequence[int] | None) -> Margins:
    """What is left to ask of a table beside the anchors."""
    if anchored is None:
        return margins
    taken = margins.matrix @ np.asarray(anchored, dtype=np.int64)
    return replace(margins, lower=margins.lower - taken, upper=margins.upper - taken)


def tables_for(
    basis: Basis, supply: Supply, load: Load, papers: int, seed: str
) -> tuple[tuple[int, ...], ...]:
    """The tables that papers take in turn: those of `rotation.rotate`, or of `vary` where these force less overlap."""
    is_disjoint = papers <= _MOST_DISJOINT and papers * load.exposure <= 1 + 1e-9
    count = papers if is_disjoint or papers <= MOST_TABLES else _even_part(papers)
    found = rotate(basis.margins, supply.counts, load, count, papers)
    if found is not None and (
        count > _MOST_VARIED or forced_overlap(found, supply.counts, papers) <= load.overlap + 0.01
    ):
        return found
    varied = vary(basis, supply, count, seed)
    options = [varied] if found is None else [found, varied]
    return min(options, key=lambda tables: forced_overlap(tables, supply.counts, papers))


def _even_part(papers: int) -> int:
    """How many tables serve these papers, if possible so that each is used equally often."""
    return next(
        (count for count in range(MOST_TABLES, MOST_TABLES // 2, -1) if papers % count == 0), MOST_TABLES
    )


def vary(basis: Basis, supply: Supply, count: int, seed: str) -> tuple[tuple[int, ...], ...]:
    """`count` tables with the margins of the basis, which together load the cells as evenly as was found.

    The load is Σ (asked for)² / (available), whose least value is the least mean overlap.
    """
    available = supply.counts
    load = [0] * len(available)
    tables = []
    slots = [place for place, n in enumerate(basis.counts) for _ in range(n)]
    for number in range(count):
        slots = _improved(slots, load, basis.margins, available, seed, number)
        table = [0] * len(available)
        for place in slots:
            table[place] += 1
        counts = tuple(table)
        if number and _overdraws(counts, load, available):
            counts = _within(basis.margins, load, available) or counts
            slots = [place for place, n in enumerate(counts) for _ in range(n)]
        assert basis.margins.holds(counts)
        tables.append(counts)
        load = [a + b for a, b in zip(load, counts, strict=True)]
    return tuple(tables)


def _improved(
    slots: Sequence[int],
    load: Sequence[int],
    margins: Margins,
    available: Sequence[int],
    seed: str,
    number: int,
) -> list[int]:
    """The slots (a cell each) after random exchanges, each kept where it lightens the load."""
    cells = margins.cells
    place_of = {cell: place for place, cell in enumerate(cells)}
    slots, held = list(slots), [0] * len(cells)
    for place in slots:
        held[place] += 1

    def cost(place: int) -> float:
        asked, have = load[place] + held[place], available[place]
        if held[place] > have:
            return float("inf")
        return (asked * asked / have if have else 0.0) + _OVERDRAWN * max(0, asked - have)

    size = len(slots)
    for word in streams.words(_TRIALS, seed, "tables", number).tolist():
        picked = [(word & 0xFFFF) % size, (word >> 16 & 0xFFFF) % size, (word >> 32 & 0xFFFF) % size]
        new = _exchange(
            [cells[slots[i]] for i in picked], [int(margins.steps[slots[i]]) for i in picked], word >> 48
        )
        if len(set(picked)) < 3 or new is None:
            continue
        old_places = [slots[i] for i in picked]
        new_places = [place_of[cell] for cell in new]
        touched = sorted(set(old_places) | set(new_places))
        before = sum(cost(place) for place in touched)
        for old, fresh in zip(old_places, new_places, strict=True):
            held[old] -= 1
            held[fresh] += 1
        if sum(cost(place) for place in touched) < before:
            for i, fresh in zip(picked, new_places, strict=True):
                slots[i] = fresh
        else:
            for old, fresh in zip(old_places, new_places, strict=True):
                held[old] += 1
                held[fresh] -= 1
    return slots


def _exchange(cells: Sequence[Cell], steps: Sequence[int], choice: int) -> list[Cell] | None:
    """Three cells after an exchange that keeps every margin, or None where this choice doesn't fit them.

    Either the first two exchange difficulties, or (equal points) areas; or the first, worth as much as the other
    two of one area, exchanges areas with them.
    """
    one, two, three = cells
    if choice % 3 == 0 and one.difficulty != two.difficulty:
        return [one._replace(difficulty=two.difficulty), two._replace(difficulty=one.difficulty), three]
    if choice % 3 == 1 and steps[0] == steps[1] and one.area != two.area:
        return [one._replace(area=two.area), two._replace(area=one.area), three]
    if choice % 3 == 2 and steps[0] == steps[1] + steps[2] and two.area == three.area != one.area:
        return [one._replace(area=two.area), two._replace(area=one.area), three._replace(area=one.area)]
    return None


def _overdraws(counts: Sequence[int], load: Sequence[int], available: Sequence[int]) -> bool:
    return any(asked + n > have for n, asked, have in zip(counts, load, available, strict=True) if n)


def _within(margins: Margins, load: Sequence[int], available: Sequence[int]) -> tuple[int, ...] | None:
    """A table from what the earlier ones have left over, or None."""
    return solve(margins, [max(0, have - asked) for asked, have in zip(load, available, strict=True)])


def _with_steps(targets: Targets, cells: Sequence[Cell], counts: Sequence[int], margins: Margins) -> Targets:
    """The targets with the steps that a table really gives each area."""
    got: dict[str, int] = {}
    for cell, n, worth in zip(cells, counts, margins.steps, strict=True):
        got[cell.area] = got.get(cell.area, 0) + n * int(worth)
    areas: list[Target] = []
    # Backwards, so that a parent comes after all that lies below it.
    pending: dict[int, int] = {}
    for target in reversed(targets.areas):
        steps = got[target.code] if target.is_leaf else pending.pop(target.level + 1, 0)
        pending[target.level] = pending.get(target.level, 0) + steps
        areas.append(replace(target, steps=steps))
    return replace(targets, areas=tuple(reversed(areas)))
