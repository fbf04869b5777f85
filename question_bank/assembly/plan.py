"""What a drawing was made from: enough to draw it again, and to show that nothing was changed since.

Tables and features are worked out in floating point, so they are stored; everything after them is integers: papers are
functions of the plan, the questions and the seed, not of a solver's version.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from question_bank.assembly.allocate import Targets
from question_bank.assembly.features import Features
from question_bank.assembly.load import Load
from question_bank.assembly.paper import points_text
from question_bank.assembly.supply import Cell
from question_bank.questions.model import canonical_hash

#: Changes whenever the same input would give other papers.
ENGINE = "exchange-1"


class Preference(StrEnum):
    """LEVELLED: no question comes again while another of its cell has not; X before Y before Z in what is needed.

    CORE_FIRST: on every single paper X before Y before Z, at the price of more overlap between papers.
    """

    LEVELLED = "levelled"
    CORE_FIRST = "core-first"


class Dealing(StrEnum):
    """ONE_BY_ONE: each paper takes account of all before it.  BLOCKS: a thousand at once, any block by itself."""

    ONE_BY_ONE = "one by one"
    BLOCKS = "blocks"


@dataclass(frozen=True, slots=True)
class Plan:
    """papers: how many.  unique: no two have the same questions.  tables: counts by cell, paper i uses i mod len.

    cells: of the tables.  anchors: places, in the supply, of the questions that stand on every paper; tables are without
    them.  features: of the questions of the supply.  load: what the tables aim at, and its bounds.
    """

    seed_commitment: str
    pool_digest: str
    specification_digest: str
    outline_digest: str | None
    papers: int
    unique: bool
    preference: Preference
    targets: Targets
    is_adjusted: bool
    cells: tuple[Cell, ...]
    tables: tuple[tuple[int, ...], ...]
    load: Load
    features: Features
    dealing: Dealing
    anchors: tuple[int, ...] = ()
    engine: str = ENGINE

    @property
    def digest(self) -> str:
        return canonical_hash(plan_as_document(self))


def plan_as_document(plan: Plan) -> dict[str, Any]:
    """A JSON-ready dictionary; exact numbers as text, tables without their empty cells."""
    return {
        "engine": plan.engine,
        "seed_commitment": plan.seed_commitment,
        "pool_digest": plan.pool_digest,
        "specification_digest": plan.specification_digest,
        "outline_digest": plan.outline_digest,
        "papers": plan.papers,
        "unique": plan.unique,
        "preference": plan.preference.value,
        "rounding": "nearest feasible" if plan.is_adjusted else "largest remainder",
        "step": points_text(plan.targets.step),
        "areas": [[target.code, points_text(target.points)] for target in plan.targets.areas],
        "difficulty": [[target.code, target.count] for target in plan.targets.difficulty],
        "cells": [[str(part) for part in cell.names] for cell in plan.cells],
        # Of each table its cells that aren't empty, by place, with their counts.
        "tables": [[[place, count] for place, count in enumerate(table) if count] for table in plan.tables],
        "dealing": plan.dealing.value,
        "anchors": list(plan.anchors),
        "bounds": {
            # As text: a JSON store may spell floating point numbers its own way.
            "exposure": f"{plan.load.exposure:.6f}",
            "limit": f"{plan.load.limit:.6f}",
            "overlap": f"{plan.load.overlap:.6f}",
        },
        "features": {
            "cut": plan.features.cut,
            "sources": plan.features.sources,
            "values": plan.features.values.tolist(),
        },
    }
