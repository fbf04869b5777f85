"""The page of machines that were not let in."""

from __future__ import annotations

from flask import render_template
from flask_babel import lazy_gettext as lazy

from examsite.access.guard import needs
from examsite.access.permissions import Permission
from examsite.db import reading
from examsite.invigilation import policy
from examsite.invigilation.blueprint import bp
from examsite.invigilation.reach import rooms_in_reach, sitting_in_reach
from examsite.planning.extensions import SittingLink, add_sitting_link
from examsite.sitting import entrance

add_sitting_link(SittingLink(lazy("Refused machines"), "invigilation.refusals", Permission.INVIGILATE))

REASONS = {
    entrance.NETWORK: lazy("address outside the network"),
    entrance.SEB_MISSING: lazy("no Safe Exam Browser"),
    entrance.SEB_CONFIG: lazy("another configuration of Safe Exam Browser"),
    entrance.SEB_BROWSER: lazy("another version of Safe Exam Browser"),
}


@bp.get("/sittings/<int:sitting_id>/refusals")
@needs(Permission.INVIGILATE)
def refusals(sitting_id: int) -> str:
    """Who was refused at which machine, when and why; of the rooms this person watches."""
    with reading() as session:
        sitting = sitting_in_reach(session, sitting_id)
        rooms = rooms_in_reach(session, sitting)
        rows = [
            (refusal, row)
            for refusal, row in entrance.refusals(session, sitting_id)
            if policy.watches_room(rooms, row.room_id)
        ]
        return render_template("invigilation/refusals.html", sitting=sitting, rows=rows, reasons=REASONS)
