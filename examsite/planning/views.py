"""Pages of the planning stage, a module a noun: plans, specifications, papers, sittings, coverage."""

from __future__ import annotations

from examsite.planning.blueprint import bp
from examsite.planning.pages import (
    coverage,
    entrance,
    fairness,
    imports,
    openings,
    papers,
    plans,
    printing,
    sittings,
    specifications,
)

__all__ = [
    "bp",
    "coverage",
    "entrance",
    "fairness",
    "imports",
    "openings",
    "papers",
    "plans",
    "printing",
    "sittings",
    "specifications",
]
