"""What a sitting showed to whom, told to the bank when its scores are collected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from examsite.authoring.catalogue.actions import record_use
from examsite.planning.models import PaperSet, Sitting
from examsite.planning.sealing.disclosure import note_uses
from examsite.results.scripts import Script


def note_exposure(session: Session, sitting: Sitting, found: Iterable[Script], *, now: datetime) -> None:
    """Count for every version who opened a paper that holds it; collecting again replaces the counts.

    On how many papers it stands is told as well, once no sitting to come uses these papers.
    """
    people = Counter(
        place.keyed.version_id
        for script in found
        if script.was_sat and script.paper is not None
        for place in script.paper.places
    )
    record_use(session, f"sitting:{sitting.id}", people, papers={}, at=sitting.opens_at, title=sitting.title)
    if sitting.paper_set_id is not None:
        note_uses(session, session.get_one(PaperSet, sitting.paper_set_id), now=now)
