"""Pages of the authoring stage, a module a noun: banks, imports, outlines, questions, reviews."""

from __future__ import annotations

from examsite.authoring.blueprint import bp
from examsite.authoring.pages import banks, imports, labels, outlines, pictures, questions, reviews

__all__ = ["banks", "bp", "imports", "labels", "outlines", "pictures", "questions", "reviews"]
