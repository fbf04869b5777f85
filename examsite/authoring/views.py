"""Pages of the authoring stage, a module a noun."""

from __future__ import annotations

from examsite.authoring.blueprint import bp
from examsite.authoring.pages import (
    banks,
    editions,
    exports,
    guides,
    imports,
    labels,
    outlines,
    people,
    questions,
    reviews,
    undertakings,
)

__all__ = [
    "banks",
    "bp",
    "editions",
    "exports",
    "guides",
    "imports",
    "labels",
    "outlines",
    "people",
    "questions",
    "reviews",
    "undertakings",
]
