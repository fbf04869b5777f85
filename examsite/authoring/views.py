"""Pages of the authoring stage, a module a noun: banks, guides, imports, outlines, questions, reviews."""

from __future__ import annotations

from examsite.authoring.blueprint import bp
from examsite.authoring.pages import banks, guides, imports, labels, outlines, questions, reviews

__all__ = ["banks", "bp", "guides", "imports", "labels", "outlines", "questions", "reviews"]
