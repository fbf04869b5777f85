"""The closing page of a sitting: what is still open, and where it is settled."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from examsite import clock
from examsite.access.guard import needs
from examsite.access.permissions import Permission
from examsite.db import reading
from examsite.invigilation.blueprint import bp
from examsite.invigilation.board import queries
from examsite.invigilation.board.pages import crumbs_to, who
from examsite.invigilation.duties.pages import room_name
from examsite.invigilation.extensions import CLOSING_CHECKS, OpenMatter, add_closing_check
from examsite.invigilation.reach import rooms_in_reach, sitting_in_reach
from examsite.invigilation.records import queries as records
from examsite.planning.models import Sitting


@bp.get("/sittings/<int:sitting_id>/closing")
@needs(Permission.INVIGILATE)
def closing(sitting_id: int) -> str:
    """What is still open at this sitting, in the rooms that this person watches."""
    now = clock.now()
    with reading() as session:
        sitting = sitting_in_reach(session, sitting_id)
        rooms = rooms_in_reach(session, sitting)
        matters = [matter for check in CLOSING_CHECKS for matter in check(session, sitting, rooms, now)]
        return render_template(
            "invigilation/closing.html",
            crumbs=crumbs_to(sitting, (_("Close the sitting"), None)),
            sitting=sitting,
            matters=matters,
        )


@add_closing_check
def _candidates(
    session: Session, sitting: Sitting, rooms: frozenset[int] | None, now: datetime
) -> list[OpenMatter]:
    """Papers that are open, pauses that were forgotten, candidates who did not come, interruptions without an end.

    Late answers, misconduct and requests are asked about by the parts that know them.
    """
    found: list[OpenMatter] = []
    for row in queries.watched(session, sitting, rooms):
        url = url_for("invigilation.candidate", enrolment_id=row.enrolment_id)
        if row.paused_at is not None and row.closed_at is None:
            found.append(OpenMatter(_("%(who)s is still paused.", who=who(row)), url))
        elif row.started_at is not None and row.closed_at is None:
            found.append(OpenMatter(_("%(who)s has not handed in.", who=who(row)), url))
        if row.started_at is None and not row.is_absent and not row.checked_in_at:
            text = _("%(who)s did not come and is not marked absent.", who=who(row))
            found.append(OpenMatter(text, url_for("invigilation.absences", sitting_id=sitting.id)))
        if row.started_at is None and row.checked_in_at:
            text = _("%(who)s was checked in but never opened the paper.", who=who(row))
            found.append(OpenMatter(text, url))
        if row.incident:
            found.append(OpenMatter(_("%(who)s: an interruption has no end.", who=who(row)), url))
    return found


@add_closing_check
def _records(
    session: Session, sitting: Sitting, rooms: frozenset[int] | None, now: datetime
) -> list[OpenMatter]:
    """Records that somebody has still to sign."""
    found = []
    for one in records.standings(session, sitting, rooms):
        if one.is_complete:
            continue
        url = url_for(
            "invigilation.record", sitting_id=sitting.id, room_number=one.room.number if one.room else 0
        )
        where: Any = room_name(one.room) if one.room else _("The whole sitting")
        text = _("%(where)s: the record is not signed by everybody on duty.", where=where)
        found.append(OpenMatter(text, url))
    return found
