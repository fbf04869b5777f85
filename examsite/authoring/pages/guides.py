"""The short guides for writers and reviewers: reading matter, to keep open beside the work or to print."""

from __future__ import annotations

from flask import render_template

from examsite.access.guard import needs
from examsite.access.permissions import Permission
from examsite.authoring.blueprint import bp


@bp.get("/guide/writers")
@needs(Permission.SEE_BANK)
def writers_guide() -> str:
    """How to write a good question, kind by kind."""
    return render_template("authoring/guide_writers.html")


@bp.get("/guide/reviewers")
@needs(Permission.SEE_BANK)
def reviewers_guide() -> str:
    """What to look at in each review, and how to give an opinion."""
    return render_template("authoring/guide_reviewers.html")
