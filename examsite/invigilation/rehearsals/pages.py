"""Rehearsals as staff read them: which there were, and what each found."""

from __future__ import annotations

from flask import render_template
from sqlalchemy.orm import Session

from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.db import reading
from examsite.errors import NotYours
from examsite.invigilation.blueprint import bp
from examsite.invigilation.rehearsals import queries
from examsite.invigilation.rehearsals.models import RehearsalReport


@bp.get("/rehearsals")
@needs(Permission.SEE_PLANS)
def rehearsals() -> str:
    """Every report within reach, and how to make one."""
    with reading() as session:
        found = queries.reports(session, current_person().institutions(Permission.SEE_PLANS))
        return render_template("invigilation/rehearsals.html", reports=found)


@bp.get("/rehearsals/<int:rehearsal_id>")
@needs(Permission.SEE_PLANS)
def rehearsal(rehearsal_id: int) -> str:
    """One report in words and figures."""
    with reading() as session:
        return render_template("invigilation/rehearsal.html", report=_in_reach(session, rehearsal_id))


def _in_reach(session: Session, rehearsal_id: int) -> RehearsalReport:
    report = queries.report_for(session, rehearsal_id)
    if not current_person().may_in(Permission.SEE_PLANS, report.sitting.plan.institution_id):
        raise NotYours
    return report
