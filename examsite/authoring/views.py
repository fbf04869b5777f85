"""Pages of the authoring stage, a module a noun."""

from __future__ import annotations

from examsite.authoring.blueprint import bp
from examsite.authoring.pages import (
    agreement,
    assignments,
    banks,
    confirmations,
    drafts,
    editions,
    exports,
    guides,
    imports,
    labels,
    outlines,
    people,
    pictures,
    questions,
    recusals,
    reviews,
    stages,
    suspensions,
    undertakings,
    writing,
    writing_page,
)

__all__ = [
    "agreement",
    "assignments",
    "banks",
    "bp",
    "confirmations",
    "drafts",
    "editions",
    "exports",
    "guides",
    "imports",
    "labels",
    "outlines",
    "people",
    "pictures",
    "questions",
    "recusals",
    "reviews",
    "stages",
    "suspensions",
    "undertakings",
    "writing",
    "writing_page",
]
