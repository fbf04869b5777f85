"""What a person can do from their first page: a card for each entry of their navigation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app, url_for
from flask_babel import lazy_gettext as lazy

from examsite.pages import navigation

#: Icon and sentence by the endpoint that the navigation names.
_TEXTS: dict[str, tuple[str, Any]] = {
    "sitting.home": ("seat", lazy("Sit the examinations that you are enrolled in, and see your results.")),
    "authoring.banks": (
        "list",
        lazy("Outlines and questions: search, write, import a workbook, and follow what reviewers said."),
    ),
    "authoring.review_queue": ("done", lazy("Questions that wait for the judgement of a second person.")),
    "planning.plans": (
        "calendar",
        lazy("Plans with their specifications, papers and sittings, and what blocks the next step."),
    ),
    "results.sittings": ("document", lazy("Scores and decisions of a sitting, and their release.")),
    "results.mine": ("document", lazy("Your scores and decisions, once they are released.")),
    "analysis.sittings": (
        "contrast",
        lazy(
            "How each question worked: difficulty, discrimination, options, and the reliability of the test."
        ),
    ),
    "admin.people": ("people", lazy("Accounts: find people, see their roles, and help those locked out.")),
    "admin.audit_record": ("lock", lazy("Who did what and when; prove that nothing was changed afterwards.")),
    "admin.system": ("info", lazy("Version, database, slow work, disk and clock of this site.")),
}


@dataclass(frozen=True, slots=True)
class Card:
    """One thing to do."""

    label: str
    url: str
    glyph: str
    text: str


def cards() -> list[Card]:
    """The cards of the person who is signed in, in the order of the navigation."""
    texts = {
        url_for(endpoint): text for endpoint, text in _TEXTS.items() if endpoint in current_app.view_functions
    }
    found = []
    for link in navigation():
        glyph, text = texts.get(link.url, ("right", ""))
        found.append(Card(link.label, link.url, glyph, str(text)))
    return found
