"""Pages of the authoring stage, a module a noun."""

from __future__ import annotations

from examsite.authoring.blueprint import bp
from examsite.authoring.pages import (
    banks,
    drafts,
    imports,
    labels,
    outlines,
    pictures,
    questions,
    reviews,
    writing,
)

__all__ = [
    "banks",
    "bp",
    "drafts",
    "imports",
    "labels",
    "outlines",
    "pictures",
    "questions",
    "reviews",
    "writing",
]
