"""Acts on one candidate: a panel on the candidate's page, and a page of their own for a form that was refused."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.db import reading, writing
from examsite.errors import Invalid, Refused
from examsite.invigilation.blueprint import bp
from examsite.invigilation.extensions import Panel, add_panel
from examsite.invigilation.interventions import actions, queries
from examsite.invigilation.interventions.actions import Scope
from examsite.invigilation.interventions.acts import Act
from examsite.invigilation.interventions.forms import ActForm, SeatForm, form_of, seat_form
from examsite.invigilation.interventions.gaps import Gap
from examsite.invigilation.interventions.pages import chosen_act, say, words
from examsite.invigilation.policy import watches_room
from examsite.invigilation.reach import enrolment_in_reach, rooms_in_reach, sitting_in_reach
from examsite.pages import local_time
from examsite.planning.models import Sitting
from examsite.registration import seating
from examsite.registration.models import Enrolment
from examsite.sitting.models import Attempt
from examsite.sitting.queries import attempt_id


@bp.get("/enrolments/<int:enrolment_id>/acts")
@needs(Permission.INVIGILATE)
def candidate_acts(enrolment_id: int) -> str:
    """Every act on one candidate, each with its form."""
    with reading() as session:
        enrolment = enrolment_in_reach(session, enrolment_id)
        return _candidate_page(session, enrolment)


@bp.post("/enrolments/<int:enrolment_id>/acts")
@needs(Permission.INVIGILATE)
def act_on_candidate(enrolment_id: int) -> Any:
    """One act on this candidate."""
    act = chosen_act(request.form.get("act", ""))
    form = form_of(act, request.form, apart=True)
    try:
        with writing() as session:
            enrolment = enrolment_in_reach(session, enrolment_id)
            if not form.validate():
                return _candidate_page(session, enrolment, form), 422
            row = actions.do_or_ask(
                session,
                session.get_one(Sitting, enrolment.sitting_id),
                Scope(actions.existing(session, [attempt_id(enrolment_id)])),
                form.wish(),
                once=form.once.data,
                actor=current_person(),
                now=clock.now(),
            )
    except (Invalid, Refused) as error:
        with reading() as session:
            enrolment = enrolment_in_reach(session, enrolment_id)
            return _candidate_page(session, enrolment, form, error.message), error.status
    say(row)
    return redirect(_back(enrolment_id), 303)


@bp.post("/enrolments/<int:enrolment_id>/seat")
@needs(Permission.INVIGILATE)
def move_candidate(enrolment_id: int) -> Any:
    """Another seat, for example at a spare machine; whether the paper opens there is another act."""
    form = seat_form(request.form)
    try:
        with writing() as session:
            enrolment = enrolment_in_reach(session, enrolment_id)
            if not form.validate():
                return _candidate_page(session, enrolment, moving=form), 422
            sitting = sitting_in_reach(session, enrolment.sitting_id)
            seating.move(
                session,
                enrolment,
                sitting,
                seat=form.seat.data,
                reason=form.reason.data,
                actor=current_person(),
                now=clock.now(),
            )
            if not watches_room(rooms_in_reach(session, sitting), enrolment.room_id):
                raise Invalid(_("You do not watch that room. Ask the office to move the candidate there."))
    except (Invalid, Refused) as error:
        form.seat.errors = [error.message]
        with reading() as session:
            enrolment = enrolment_in_reach(session, enrolment_id)
            return _candidate_page(session, enrolment, moving=form), error.status
    flash(_("The candidate sits at %(seat)s now.", seat=form.seat.data), "success")
    return redirect(_back(enrolment_id), 303)


def panel(session: Session, enrolment: Enrolment, _attempt: Attempt | None) -> dict[str, Any]:
    """What the panel of acts on a candidate's page shows (`invigilation/candidate_acts_panel.html`)."""
    return _candidate_values(session, enrolment, None)


add_panel(Panel(Permission.INVIGILATE, "invigilation/acts_on_candidate.html", panel))


def _back(enrolment_id: int) -> str:
    return url_for("invigilation.candidate", enrolment_id=enrolment_id)


def _candidate_page(
    session: Session,
    enrolment: Enrolment,
    sent: ActForm | None = None,
    error: str = "",
    *,
    moving: SeatForm | None = None,
) -> str:
    values = _candidate_values(session, enrolment, sent)
    if moving is not None:
        values["moving"] = moving
    return render_template("invigilation/candidate_acts.html", error=error, sent=sent or moving, **values)


def _candidate_values(session: Session, enrolment: Enrolment, sent: ActForm | None) -> dict[str, Any]:
    now = clock.now()
    one = queries.candidate(session, enrolment.id)
    offered = {
        "answering": (Act.EXTRA, Act.RESTORE, Act.PAUSE, Act.TAKEOVER, Act.HAND_IN),
        "paused": (Act.RESUME, Act.EXTRA, Act.TAKEOVER, Act.HAND_IN),
        "closed": (Act.REOPEN, Act.EXTRA, Act.RESTORE),
    }.get(one.state, ())
    found = queries.suggestions(session, one.attempt, now=now) if one.attempt else []
    forms = [form_of(act, None, apart=True, **_suggested(act, found)) for act in offered]
    if sent is not None:
        forms = [sent if form.act.data == sent.act.data else form for form in forms]
    return {
        "candidate": one,
        "enrolment": one.enrolment,
        "sitting": session.get_one(Sitting, one.enrolment.sitting_id),
        "forms": forms,
        "moving": seat_form() if enrolment.room_id is not None else None,
        "gaps": [(gap, gap.seconds(now)) for gap in found],
        "waiting": [
            row
            for row in queries.pending(session, one.enrolment.sitting_id, now=now)
            if one.attempt and one.attempt.id in row.attempts
        ],
        "person_id": current_person().id,
        **words(),
    }


def _suggested(act: Act, found: list[Gap]) -> dict[str, Any]:
    """The newest silence that has ended fills the form in; the invigilator changes it."""
    ended = [(gap.begun, gap.ended) for gap in found if gap.ended is not None]
    if act is not Act.RESTORE or not ended:
        return {}
    begun_at, ended_at = ended[-1]
    return {"begun_at": local_time(begun_at), "ended_at": local_time(ended_at)}
