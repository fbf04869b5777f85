"""Pages of the authoring stage, a module a noun: banks, imports, outlines, questions, reviews."""

from __future__ import annotations

from examsite.authoring.blueprint import bp
from examsite.authoring.pages import banks, editions, imports, labels, outlines, questions, reviews

__all__ = ["banks", "bp", "editions", "imports", "labels", "outlines", "questions", "reviews"]
