"""Acts on one candidate, several, a room or all: choosing, asking, confirming."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.db import reading, writing
from examsite.errors import Invalid, NotYours, Refused
from examsite.invigilation.blueprint import bp
from examsite.invigilation.extensions import (
    OpenMatter,
    Panel,
    SittingPanel,
    add_closing_check,
    add_panel,
    add_sitting_panel,
)
from examsite.invigilation.interventions import actions, queries
from examsite.invigilation.interventions.actions import Scope
from examsite.invigilation.interventions.acts import Act
from examsite.invigilation.interventions.forms import ActForm, AnswerForm, form_of
from examsite.invigilation.interventions.labels import act_effect, act_label, seconds_label, state_label
from examsite.invigilation.interventions.models import Intervention, InterventionStatus
from examsite.invigilation.reach import enrolment_in_reach, rooms_in_reach, sitting_in_reach
from examsite.pages import local_time
from examsite.planning.models import Sitting
from examsite.registration.models import Enrolment
from examsite.sitting.models import Attempt
from examsite.sitting.queries import attempt_id

#: Acts that can be done to several at once, in the order in which the page offers them.
BULK = (Act.PAUSE, Act.RESUME, Act.EXTRA, Act.RESTORE, Act.TAKEOVER, Act.HAND_IN)


@bp.get("/sittings/<int:sitting_id>/interventions")
@needs(Permission.INVIGILATE)
def interventions(sitting_id: int) -> str:
    """What waits for a second person, the form of one act, and what was done."""
    act = _act(request.args.get("act", ""))
    with reading() as session:
        sitting = sitting_in_reach(session, sitting_id)
        return _page(session, sitting, form_of(act), picked=request.args.getlist("attempt"))


@bp.post("/sittings/<int:sitting_id>/interventions")
@needs(Permission.INVIGILATE)
def intervene(sitting_id: int) -> Any:
    """Do it, or ask for a second person."""
    act = _act(request.form.get("act", ""))
    form = form_of(act, request.form)
    picked, whom = request.form.getlist("attempt"), request.form.get("whom", "chosen")
    try:
        with writing() as session:
            sitting = sitting_in_reach(session, sitting_id)
            if not form.validate():
                return _page(session, sitting, form, picked=picked, whom=whom), 422
            row = actions.do_or_ask(
                session,
                sitting,
                _scope(session, sitting, whom, picked),
                form.wish(),
                once=form.once.data,
                actor=current_person(),
                now=clock.now(),
            )
    except (Invalid, Refused) as error:
        with reading() as session:
            sitting = sitting_in_reach(session, sitting_id)
            return _page(session, sitting, form, picked=picked, whom=whom, error=error.message), error.status
    _say(row)
    return redirect(url_for("invigilation.interventions", sitting_id=sitting_id), 303)


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
    act = _act(request.form.get("act", ""))
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
    _say(row)
    return redirect(_back(enrolment_id), 303)


@bp.post("/interventions/<int:intervention_id>/confirm")
@needs(Permission.INVIGILATE)
def confirm_intervention(intervention_id: int) -> Any:
    """The second person confirms, and it is done."""
    with writing() as session:
        row = _in_reach(session, intervention_id)
        actions.confirm(session, row, actor=current_person(), now=clock.now())
        _say(row)
    return redirect(url_for("invigilation.interventions", sitting_id=row.sitting_id), 303)


@bp.post("/interventions/<int:intervention_id>/refuse")
@needs(Permission.INVIGILATE)
def refuse_intervention(intervention_id: int) -> Any:
    """The second person says no, and why."""
    answer = AnswerForm().answer.data or ""
    with writing() as session:
        row = _in_reach(session, intervention_id)
        sitting = sitting_in_reach(session, row.sitting_id)
        try:
            actions.refuse(session, row, answer, actor=current_person(), now=clock.now())
        except actions.ReasonNeeded as missing:
            return _page(session, sitting, form_of(BULK[0]), refused=(row.id, missing.message)), 422
    flash(_("Nothing was done; the refusal is on the record."), "info")
    return redirect(url_for("invigilation.interventions", sitting_id=row.sitting_id), 303)


@bp.post("/interventions/<int:intervention_id>/withdraw")
@needs(Permission.INVIGILATE)
def withdraw_intervention(intervention_id: int) -> Any:
    """Who asked takes it back."""
    with writing() as session:
        row = _in_reach(session, intervention_id)
        actions.withdraw(session, row, actor=current_person(), now=clock.now())
    flash(_("The request was taken back."), "info")
    return redirect(url_for("invigilation.interventions", sitting_id=row.sitting_id), 303)


def panel(session: Session, enrolment: Enrolment, _attempt: Attempt | None) -> dict[str, Any]:
    """What the panel of acts on a candidate's page shows (`invigilation/candidate_acts_panel.html`)."""
    return _candidate_values(session, enrolment, None)


def sitting_panel(session: Session, sitting: Sitting, watched: queries.Watched) -> dict[str, Any]:
    """What the board shows of acts: requests that wait, and the way to do something to several."""
    return {**waiting_requests(session, sitting.id, watched), "acts": [act.value for act in BULK]}


@add_closing_check
def requests_wait(
    session: Session, sitting: Sitting, watched: queries.Watched, now: datetime
) -> list[OpenMatter]:
    """A sitting is not closed while a request waits for its second person."""
    count = len(queries.pending(session, sitting.id, watched, now=now))
    if not count:
        return []
    sentence = ngettext(
        "%(num)s request waits for a second person.", "%(num)s requests wait for a second person.", count
    )
    return [OpenMatter(sentence, url_for("invigilation.interventions", sitting_id=sitting.id))]


add_panel(Panel(Permission.INVIGILATE, "invigilation/acts_on_candidate.html", panel))
add_sitting_panel(SittingPanel(Permission.INVIGILATE, "invigilation/acts_on_board.html", sitting_panel))


def waiting_requests(session: Session, sitting_id: int, watched: queries.Watched) -> dict[str, Any]:
    """What the board shows of requests that wait (`invigilation/waiting_requests.html`)."""
    rows = queries.pending(session, sitting_id, watched, now=clock.now())
    named = queries.names(session, {one for row in rows for one in row.attempts})
    return {"waiting": rows, "named": named, "person_id": current_person().id, **_words()}


def _words() -> dict[str, Callable[..., str]]:
    return {
        "act_label": act_label,
        "act_effect": act_effect,
        "state_label": state_label,
        "seconds_label": seconds_label,
    }


def _act(value: str) -> Act:
    try:
        return Act(value)
    except ValueError:
        return BULK[0]


def _in_reach(session: Session, intervention_id: int) -> Intervention:
    row = queries.intervention(session, intervention_id)
    if row is None:
        raise NotYours()
    sitting = sitting_in_reach(session, row.sitting_id)
    if not queries.is_watched(session, row, rooms_in_reach(session, sitting)):
        raise NotYours()
    return row


def _scope(session: Session, sitting: Sitting, whom: str, picked: list[str]) -> Scope:
    """Whom a form is about.  Of a room or of all, those whose attempts are open; the chosen as they were chosen."""
    watched = rooms_in_reach(session, sitting)
    people = queries.candidates(session, sitting.id, watched)
    begun = {one.attempt.id: one for one in people if one.attempt is not None}
    if whom == "all":
        ids = tuple(i for i, one in begun.items() if one.state != "closed")
        # Who watches some rooms means those: what they do is about people, not about the sitting as a whole.
        return Scope(ids, is_whole=watched is None)
    if whom.startswith("room:"):
        known = queries.rooms(session, sitting.id, watched)
        room = next((r for r in known if f"room:{r.id}" == whom), None)
        if room is None:
            raise NotYours()
        inside = [one for one in begun.values() if one.enrolment.room_id == room.id]
        ids = tuple(one.attempt.id for one in inside if one.attempt and one.state != "closed")
        return Scope(ids, room, is_whole=True)
    return Scope(tuple(i for i in picked if i in begun))


def _say(row: Intervention) -> None:
    """Tell the person what became of their click."""
    if row.status == InterventionStatus.REQUESTED:
        flash(_("This waits for a second person, who has ten minutes to confirm it."), "info")
        return
    refused = len(row.outcome or ())
    done = len(row.attempts) - refused
    label = act_label(row.act)
    flash(
        ngettext(
            "%(act)s: done for %(num)s candidate.", "%(act)s: done for %(num)s candidates.", done, act=label
        ),
        "success" if done else "warning",
    )
    if refused:
        flash(
            ngettext(
                "%(num)s candidate did not fit any more; the list below says why.",
                "%(num)s candidates did not fit any more; the list below says why.",
                refused,
            ),
            "warning",
        )


def _back(enrolment_id: int) -> str:
    return url_for("invigilation.candidate", enrolment_id=enrolment_id)


def _page(
    session: Session,
    sitting: Sitting,
    form: ActForm,
    *,
    picked: list[str] | None = None,
    whom: str = "chosen",
    error: str = "",
    refused: tuple[int, str] | None = None,
) -> str:
    now = clock.now()
    watched = rooms_in_reach(session, sitting)
    done = queries.ended(session, sitting.id, watched, now=now)
    waiting = waiting_requests(session, sitting.id, watched)
    named = queries.names(session, {one["attempt"] for row in done for one in row.outcome or ()})
    return render_template(
        "invigilation/interventions.html",
        sitting=sitting,
        form=form,
        act=form.act.data,
        acts=[act.value for act in BULK],
        people=queries.candidates(session, sitting.id, watched),
        rooms=queries.rooms(session, sitting.id, watched),
        picked=set(picked or ()),
        whom=whom,
        error=error,
        refusal=refused,
        done=done,
        **{**waiting, "named": {**waiting["named"], **named}},
    )


def _candidate_page(session: Session, enrolment: Any, sent: ActForm | None = None, error: str = "") -> str:
    return render_template(
        "invigilation/candidate_acts.html",
        error=error,
        sent=sent,
        **_candidate_values(session, enrolment, sent),
    )


def _candidate_values(session: Session, enrolment: Any, sent: ActForm | None) -> dict[str, Any]:
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
        "gaps": [(gap, gap.seconds(now)) for gap in found],
        "waiting": [
            row
            for row in queries.pending(session, one.enrolment.sitting_id, now=now)
            if one.attempt and one.attempt.id in row.attempts
        ],
        "person_id": current_person().id,
        **_words(),
    }


def _suggested(act: Act, found: list[Any]) -> dict[str, Any]:
    """The newest silence fills the form in; the invigilator changes it."""
    ended = [gap for gap in found if gap.ended is not None]
    if act is not Act.RESTORE or not ended:
        return {}
    return {"begun_at": local_time(ended[-1].begun), "ended_at": local_time(ended[-1].ended)}
