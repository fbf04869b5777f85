"""The live board: the page, and what it reads every few seconds."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import current_app, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.clock import as_milliseconds
from examsite.db import reading
from examsite.invigilation import policy
from examsite.invigilation.blueprint import bp
from examsite.invigilation.board import queries, wire
from examsite.invigilation.board.labels import ALERTS, STATES, mark_texts
from examsite.invigilation.board.plan import plans
from examsite.invigilation.board.states import State, Watched, calls_for_a_look, remaining, silence, state_of
from examsite.invigilation.duties.queries import rooms_of
from examsite.invigilation.extensions import SITTING_PANELS
from examsite.invigilation.reach import rooms_in_reach, sitting_in_reach
from examsite.planning.extensions import SittingLink, add_sitting_link
from examsite.planning.models import Sitting

add_sitting_link(SittingLink(lazy("Live board"), "invigilation.board", Permission.INVIGILATE))

Crumbs = list[tuple[Any, str | None]]


@bp.get("/sittings/<int:sitting_id>")
@needs(Permission.INVIGILATE)
def board(sitting_id: int) -> str:
    """Everybody at a sitting, as a seat plan or a list."""
    person, now = current_person(), clock.now()
    with reading() as session:
        sitting = sitting_in_reach(session, sitting_id)
        mine = rooms_in_reach(session, sitting)
        rooms = [r for r in rooms_of(session, sitting_id) if policy.watches_room(mine, r.id)]
        everybody = queries.watched(session, sitting, mine)
        chosen = next((r for r in rooms if str(r.id) == request.args.get("room")), None)
        rows = [row for row in everybody if chosen is None or row.room_id == chosen.id]
        states = {row.enrolment_id: state_of(row, now) for row in rows}
        wanted = _wanted()
        view = "list" if request.args.get("view") == "list" else "plan"
        panels = [
            (panel.template, values)
            for panel in SITTING_PANELS
            if person.may_in(panel.permission, sitting.plan.institution_id)
            and (values := panel.loader(session, sitting, mine)) is not None
        ]
        return render_template(
            "invigilation/board.html",
            crumbs=crumbs_to(sitting),
            sitting=sitting,
            rooms=rooms,
            chosen=chosen,
            rows=rows,
            plans=plans([chosen] if chosen else rooms, rows) if view == "plan" else [],
            view=view,
            states=states,
            wanted=wanted,
            totals=Counter(states.values()),
            looks=STATES,
            words=mark_texts(),
            remaining={row.enrolment_id: remaining(row, now) for row in rows},
            silence={row.enrolment_id: silence(row, now) for row in rows},
            alerts=_alerts(rows, now),
            questions=queries.questions_of(session, sitting),
            panels=panels,
            feed=_feed(sitting, chosen, now),
            zone=current_app.extensions["examsite-config"].timezone,
        )


@bp.get("/sittings/<int:sitting_id>/board")
@needs(Permission.INVIGILATE)
def board_feed(sitting_id: int) -> Any:
    """The same as JSON; 304 while nothing has changed."""
    now = clock.now()
    with reading() as session:
        sitting = sitting_in_reach(session, sitting_id)
        rows = queries.watched(session, sitting, rooms_in_reach(session, sitting))
    content = wire.body(rows)
    response = make_response(content)
    response.content_type = "application/json"
    # What the browser may keep is for this person alone, and is asked about every time.
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Server-Time"] = str(as_milliseconds(now))
    response.set_etag(wire.tag(content))
    return response.make_conditional(request)


def crumbs_to(sitting: Sitting, *more: tuple[Any, str | None]) -> Crumbs:
    """The way here from the sittings that one watches."""
    here = url_for("invigilation.board", sitting_id=sitting.id) if more else None
    return [(_("Sittings to watch"), url_for("invigilation.mine")), (sitting.title, here), *more]


def _wanted() -> str:
    """The state by which the board is filtered: a state, "misconduct", or empty."""
    asked = request.args.get("state", "")
    return asked if asked in {*State, "misconduct"} else ""


def who(row: Watched) -> str:
    """Seat and name, as invigilators speak of a candidate."""
    return f"{row.seat} {row.name}" if row.seat else row.name


def _alerts(rows: list[Watched], now: Any) -> list[tuple[int, str, str]]:
    return [
        (row.enrolment_id, code, str(ALERTS[code]).replace("{who}", who(row)))
        for row in rows
        for code in calls_for_a_look(row, now)
    ]


def _feed(sitting: Sitting, chosen: Any, now: Any) -> dict[str, Any]:
    """What the page's module needs to know."""
    return {
        "url": url_for("invigilation.board_feed", sitting_id=sitting.id),
        "serverTime": as_milliseconds(now),
        "room": chosen.id if chosen else None,
        "limits": wire.LIMITS,
        "alerts": {code: str(text) for code, text in ALERTS.items()},
        "texts": {
            "seconds": _("%(num)s s ago", num="{n}"),
            "minutes": _("%(num)s min ago", num="{n}"),
            "never": "–",
            "stale": _("The board was not refreshed: the server does not answer. What you see is old."),
            "moved": _("Seats were changed. Load the page anew to see the plan as it is."),
        },
    }
