"""The page of one candidate: facts, times, what happened, and what other parts add."""

from __future__ import annotations

from flask import render_template
from sqlalchemy import select

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.db import reading
from examsite.invigilation.blueprint import bp
from examsite.invigilation.board import queries
from examsite.invigilation.board.labels import STATES, mark_texts
from examsite.invigilation.board.pages import crumbs_to
from examsite.invigilation.board.states import State, remaining, silence, state_of
from examsite.invigilation.board.timeline import happened
from examsite.invigilation.check_in.queries import standing
from examsite.invigilation.extensions import PANELS
from examsite.invigilation.interventions.labels import seconds_label
from examsite.invigilation.reach import enrolment_in_reach
from examsite.sitting.models import Attempt


@bp.get("/enrolments/<int:enrolment_id>")
@needs(Permission.INVIGILATE)
def candidate(enrolment_id: int) -> str:
    """One candidate of a sitting that this person watches."""
    person, now = current_person(), clock.now()
    with reading() as session:
        enrolment = enrolment_in_reach(session, enrolment_id)
        sitting = enrolment.sitting
        attempt = session.scalars(select(Attempt).where(Attempt.enrolment_id == enrolment_id)).one_or_none()
        row = queries.one(session, sitting, enrolment_id)
        state = state_of(row, now)
        panels = [
            (panel.template, values)
            for panel in PANELS
            if person.may_in(panel.permission, sitting.plan.institution_id)
            and (values := panel.loader(session, enrolment, attempt)) is not None
        ]
        return render_template(
            "invigilation/candidate.html",
            crumbs=crumbs_to(sitting, (enrolment.person.name, None)),
            sitting=sitting,
            enrolment=enrolment,
            attempt=attempt,
            row=row,
            state=state,
            looks=STATES,
            words=mark_texts(),
            remaining=remaining(row, now),
            silence=silence(row, now),
            seconds_label=seconds_label,
            questions=queries.questions_of(session, sitting),
            check=standing(session, enrolment_id),
            is_to_come=state in (State.NOT_ARRIVED, State.WAITING) and row.checked_in_at is None,
            may_undo=row.checked_in_at is not None and attempt is None,
            events=happened(session, enrolment, attempt),
            panels=panels,
        )
