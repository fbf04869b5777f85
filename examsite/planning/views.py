"""Pages of the planning stage, a module a noun: plans, specifications, papers, sittings."""

from __future__ import annotations

from examsite.planning.blueprint import bp
from examsite.planning.pages import imports, papers, plans, sittings, specifications

__all__ = ["bp", "imports", "papers", "plans", "sittings", "specifications"]
