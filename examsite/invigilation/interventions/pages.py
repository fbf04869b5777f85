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
    SittingPanel,
    add_closing_check,
    add_sitting_panel,
)
from examsite.invigilation.interventions import actions, queries
from examsite.invigilation.interventions.actions import Scope
from examsite.invigilation.interventions.acts import Act
from examsite.invigilation.interventions.forms import ActForm, AnswerForm, form_of
from examsite.invigilation.interventions.labels import act_effect, act_label, seconds_label, state_label
from examsite.invigilation.interventions.models import Intervention, InterventionStatus
from examsite.invigilation.reach import rooms_in_reach, sitting_in_reach
from examsite.planning.models import Sitting

#: Acts that can be done to several at once, in the order in which the page offers them.
BULK = (Act.PAUSE, Act.RESUME, Act.EXTRA, Act.RESTORE, Act.TAKEOVER, Act.HAND_IN)


@bp.get("/sittings/<int:sitting_id>/interventions")
@needs(Permission.INVIGILATE)
def interventions(sitting_id: int) -> str:
    """What waits for a second person, the form of one act, and what was done."""
    act = chosen_act(request.args.get("act", ""))
    with reading() as session:
        sitting = sitting_in_reach(session, sitting_id)
        return _page(session, sitting, form_of(act), picked=request.args.getlist("attempt"))


@bp.post("/sittings/<int:sitting_id>/interventions")
@needs(Permission.INVIGILATE)
def intervene(sitting_id: int) -> Any:
    """Do it, or ask for a second person."""
    act = chosen_act(request.form.get("act", ""))
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
    say(row)
    return redirect(url_for("invigilation.interventions", sitting_id=sitting_id), 303)


@bp.post("/interventions/<int:intervention_id>/confirm")
@needs(Permission.INVIGILATE)
def confirm_intervention(intervention_id: int) -> Any:
    """The second person confirms, and it is done."""
    with writing() as session:
        row = _in_reach(session, intervention_id)
        actions.confirm(session, row, actor=current_person(), now=clock.now())
        say(row)
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


def sitting_panel(session: Session, sitting: Sitting, watched: queries.Watched) -> dict[str, Any]:
    """What the board shows of acts: requests that wait, and the way to do something to several."""
    values = waiting_requests(session, sitting.id, watched)
    return {**values, "acts": [act.value for act in BULK], "notice": _notice(len(values["waiting"]))}


def _notice(count: int) -> str:
    """What stands at the top of a page while requests wait, "" where none does."""
    if not count:
        return ""
    return str(
        ngettext(
            "%(num)s request waits for a second person.", "%(num)s requests wait for a second person.", count
        )
    )


@add_closing_check
def requests_wait(
    session: Session, sitting: Sitting, watched: queries.Watched, now: datetime
) -> list[OpenMatter]:
    """A sitting is not closed while a request waits for its second person."""
    sentence = _notice(len(queries.pending(session, sitting.id, watched, now=now)))
    if not sentence:
        return []
    return [OpenMatter(sentence, url_for("invigilation.interventions", sitting_id=sitting.id))]


add_sitting_panel(SittingPanel(Permission.INVIGILATE, "invigilation/acts_on_board.html", sitting_panel))


def waiting_requests(session: Session, sitting_id: int, watched: queries.Watched) -> dict[str, Any]:
    """What the board shows of requests that wait (`invigilation/waiting_requests.html`)."""
    rows = queries.pending(session, sitting_id, watched, now=clock.now())
    named = queries.names(session, {one for row in rows for one in row.attempts})
    return {"waiting": rows, "named": named, "person_id": current_person().id, **words()}


def words() -> dict[str, Callable[..., str]]:
    return {
        "act_label": act_label,
        "act_effect": act_effect,
        "state_label": state_label,
        "seconds_label": seconds_label,
    }


def chosen_act(value: str) -> Act:
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


def say(row: Intervention) -> None:
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
