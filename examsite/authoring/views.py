"""Pages of the authoring stage, a module a noun."""

from __future__ import annotations

from examsite.authoring.blueprint import bp
from examsite.authoring.pages import (
    banks,
    editions,
    guides,
    imports,
    labels,
    outlines,
    pictures,
    questions,
    reviews,
)

__all__ = [
    "banks",
    "bp",
    "editions",
    "guides",
    "imports",
    "labels",
    "outlines",
    "pictures",
    "questions",
    "reviews",
]
