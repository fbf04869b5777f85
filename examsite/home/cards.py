"""What a person can do from their first page: a card for each entry of their navigation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app, url_for
from flask_babel import lazy_gettext as lazy
from flask_babel import ngettext

from examsite import clock
from examsite.access.guard import current_person
from examsite.access.permissions import Permission
from examsite.authoring.vetting import gate, queue
from examsite.db import reading
from examsite.pages import navigation

#: Icon and sentence by the endpoint that the navigation names.
_TEXTS: dict[str, tuple[str, Any]] = {
    "sitting.home": ("seat", lazy("Sit the examinations that you are enrolled in, and see your results.")),
    "authoring.banks": (
        "list",
        lazy("Outlines and questions: search, write, import a workbook, and follow what reviewers said."),
    ),
    "authoring.review_queue": ("done", lazy("Questions that wait for the judgement of a second person.")),
    "authoring.confirmations": (
        "done",
        lazy("Approved questions of banks that wait for the confirmation of the province (题库审验)."),
    ),
    "planning.plans": (
        "calendar",
        lazy("Plans with their specifications, papers and sittings, and what blocks the next step."),
    ),
    "invigilation.rehearsals": (
        "seat",
        lazy("Whether this centre's machines are ready: reports of sittings with simulated candidates."),
    ),
    "invigilation.mine": (
        "seat",
        lazy("Sittings that you watch: the live board, check-in, messages and the record of a room."),
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
    note: str = ""
    warning: str = ""


def cards() -> list[Card]:
    """The cards of the person who is signed in, in the order of the navigation; note and warning say what waits."""
    texts = {
        url_for(endpoint): text for endpoint, text in _TEXTS.items() if endpoint in current_app.view_functions
    }
    waiting = _waiting()
    found = []
    for link in navigation():
        glyph, text = texts.get(link.url, ("right", ""))
        note, warning = waiting.get(link.url, ("", ""))
        found.append(Card(link.label, link.url, glyph, str(text), note, warning))
    return found


def _waiting() -> dict[str, tuple[str, str]]:
    """What waits for this person, and what of it is overdue, by the address of the card."""
    person = current_person()
    found: dict[str, tuple[str, str]] = {}
    if person.may(Permission.REVIEW_QUESTIONS):
        with reading() as session:
            reach = person.institutions(Permission.REVIEW_QUESTIONS)
            count = queue.count(session, person.id, reach, now=clock.now())
        parts = [ngettext("%(num)s task", "%(num)s tasks", count.mine)] if count.mine else []
        parts += [ngettext("%(num)s task to take", "%(num)s tasks to take", count.free)] if count.free else []
        late = (
            ngettext("%(num)s task is overdue", "%(num)s tasks are overdue", count.overdue)
            if count.overdue
            else ""
        )
        found[url_for("authoring.review_queue")] = (" · ".join(parts), late)
    if person.may(Permission.CONFIRM_BANK):
        with reading() as session:
            reach = person.institutions(Permission.CONFIRM_BANK)
            waiting = sum(one.waiting for one in gate.gates(session, reach))
            books = gate.textbook_gate(session, reach).waiting
        parts = (
            [ngettext("%(num)s question waits for you", "%(num)s questions wait for you", waiting)]
            if waiting
            else []
        )
        parts += (
            [ngettext("%(num)s textbook waits for you", "%(num)s textbooks wait for you", books)]
            if books
            else []
        )
        found[url_for("authoring.confirmations")] = (" · ".join(parts), "")
    return found
