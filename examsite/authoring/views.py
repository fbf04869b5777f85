"""Pages of the authoring stage, a module a noun: banks, imports, outlines, questions, reviews; catalogue, bulk acts, history."""

from __future__ import annotations

from examsite.authoring.blueprint import bp
from examsite.authoring.pages import (
    banks,
    bulk,
    catalogue,
    history,
    imports,
    labels,
    outlines,
    questions,
    reviews,
)

__all__ = [
    "banks",
    "bp",
    "bulk",
    "catalogue",
    "history",
    "imports",
    "labels",
    "outlines",
    "questions",
    "reviews",
]
