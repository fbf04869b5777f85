"""Pages of the authoring stage, a module a noun."""

from __future__ import annotations

from examsite.authoring.blueprint import bp
from examsite.authoring.pages import (
    agreement,
    assignments,
    banks,
    confirmations,
    editions,
    guides,
    imports,
    labels,
    outlines,
    questions,
    recusals,
    reviews,
    stages,
    suspensions,
)

__all__ = [
    "agreement",
    "assignments",
    "banks",
    "bp",
    "confirmations",
    "editions",
    "guides",
    "imports",
    "labels",
    "outlines",
    "questions",
    "recusals",
    "reviews",
    "stages",
    "suspensions",
]
