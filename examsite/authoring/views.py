"""Pages of the authoring stage, a module a noun."""

from __future__ import annotations

from examsite.authoring.blueprint import bp
from examsite.authoring.pages import (
    agreement,
    assignments,
    banks,
    confirmations,
    editions,
    exports,
    guides,
    imports,
    labels,
    outlines,
    people,
    questions,
    recusals,
    reviews,
    stages,
    suspensions,
    undertakings,
)

__all__ = [
    "agreement",
    "assignments",
    "banks",
    "bp",
    "confirmations",
    "editions",
    "exports",
    "guides",
    "imports",
    "labels",
    "outlines",
    "people",
    "questions",
    "recusals",
    "reviews",
    "stages",
    "suspensions",
    "undertakings",
]
