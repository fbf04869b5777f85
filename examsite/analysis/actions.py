"""Verbs of item analysis: ask for a run, do it, and teach the bank what it found."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from examsite import audit, jobs
from examsite.analysis.matrix import Gathered, NothingToAnalyse, gather
from examsite.analysis.models import AnalysisRun, RunStatus
from examsite.audit import Actor
from examsite.authoring.actions import record_statistics
from examsite.authoring.models import QuestionRow, QuestionVersion
from examsite.authoring.versions import chunks
from examsite.db import Database
from examsite.errors import Refused
from examsite.planning.models import Plan, Sitting
from examsite.registration.models import Enrolment
from examsite.results.deciding import rule_of
from examsite.results.scripts import Keyed, Script, Unscorable, scripts
from examsite.sitting.models import Attempt
from question_bank.psychometrics.presentation import as_json
from question_bank.psychometrics.report import analyse_items
from question_bank.questions.model import letter
from question_bank.standards.model import figure_as_document

JOB = "analysis.run"
#: Up to so many responses a run is done while the person waits: a fraction of a second.
AT_ONCE = 200_000
SCHEMA = 1


class NothingClosed(Refused):
    """There is nothing to analyse yet, or scripts are still open."""

    code = "nothing-closed"


def start(session: Session, sitting: Sitting, *, actor: Actor, now: datetime) -> tuple[AnalysisRun, int]:
    """Ask for a run over a sitting; the run and the id of its job.  A run that already waits is given again.

    Raises NothingClosed while scripts are open, or where nobody sat.
    """
    session.execute(select(Sitting.id).where(Sitting.id == sitting.id).with_for_update())
    waiting = session.scalars(
        select(AnalysisRun).where(
            AnalysisRun.sitting_id == sitting.id, AnalysisRun.status == RunStatus.QUEUED
        )
    ).first()
    if waiting is not None:
        return waiting, 0
    closed, still_open = session.execute(
        select(func.count(Attempt.closed_at), func.count(Attempt.id) - func.count(Attempt.closed_at))
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .where(Enrolment.sitting_id == sitting.id, Enrolment.withdrawn_at.is_(None))
    ).one()
    if still_open:
        raise NothingClosed(_("Candidates are still answering. Analyse the sitting after all papers are in."))
    if not closed:
        raise NothingClosed(
            _("Nobody has handed in a paper in this sitting, so there is nothing to analyse.")
        )
    run = AnalysisRun(
        sitting_id=sitting.id, status=RunStatus.QUEUED, requested_by_id=actor.id, requested_at=now
    )
    session.add(run)
    session.flush()
    job = jobs.add(session, JOB, {"run": run.id}, now=now)
    session.flush()
    audit.record(session, "analysis.start", of=run, actor=actor, now=now, sitting=sitting.id)
    return run, job.id


def end_job(session: Session, job_id: int, *, now: datetime) -> None:
    """Note that a job was done without a worker, unless a worker has taken it meanwhile."""
    session.execute(
        update(jobs.Job)
        .where(jobs.Job.id == job_id, jobs.Job.status == jobs.JobStatus.WAITING)
        .values(status=jobs.JobStatus.DONE, ended_at=now)
    )


@jobs.handler(JOB)
def do_run(database: Database, payload: dict[str, Any], now: datetime) -> None:
    """Do a run that was asked for.  Doing it again changes nothing: a run that is done stays as it is."""
    run_id = int(payload["run"])
    with database.reading() as session:
        run = session.get(AnalysisRun, run_id)
        if run is None or run.status == RunStatus.DONE:
            return
        sitting = session.get_one(Sitting, run.sitting_id)
        plan = session.get_one(Plan, sitting.plan_id)
        found = scripts(session, sitting.id)
    try:
        gathered = gather(found)
    except NothingToAnalyse:
        _fail(database, run_id, _("Nothing in this sitting is scored by machine."), now)
        return
    except Unscorable:
        text = _("A stored answer does not fit its question. Have an operator run `flask results recheck`.")
        _fail(database, run_id, text, now)
        return
    analysis = as_json(analyse_items(gathered.responses, gathered.choices, gathered.key))
    with database.writing() as session:
        result = {
            "schema": SCHEMA,
            "test": analysis["test"],
            "pass": _passing(plan, found),
            "items": _filed(session, analysis["items"], gathered),
            "written": len(gathered.written),
            "absent": gathered.absent,
        }
        if _end(session, run_id, RunStatus.DONE, now, result=result, inputs_hash=gathered.digest):
            _teach(session, sitting, run_id, result, now)


def _fail(database: Database, run_id: int, message: str, now: datetime) -> None:
    with database.writing() as session:
        _end(session, run_id, RunStatus.FAILED, now, message=message)


def _end(session: Session, run_id: int, status: RunStatus, now: datetime, **values: Any) -> bool:
    """Close the run unless another worker did; whether it was this one."""
    run = session.get_one(AnalysisRun, run_id, with_for_update=True)
    if run.status == RunStatus.DONE:
        return False
    run.status, run.ended_at = status, now
    for name, value in values.items():
        setattr(run, name, value)
    return True


def _passing(plan: Plan, found: list[Script]) -> dict[str, Any]:
    """How many of those fully marked reached the pass mark, with the mark and whether it is verified."""
    rule = rule_of(plan)
    pass_mark = rule.pass_mark.value
    marked = [script for script in found if script.was_sat and not script.awaits_marker]
    assert pass_mark is not None
    reached = sum(script.value is not None and script.value >= pass_mark for script in marked)
    return {
        "pass_mark": figure_as_document(rule.pass_mark),
        "total": figure_as_document(rule.total),
        "marked": len(marked),
        "reached": reached,
    }


def _filed(session: Session, items: Any, gathered: Gathered) -> list[dict[str, Any]]:
    """The items' figures with what the bank files them under; no text of the question, no options' text."""
    names: dict[int, Any] = {}
    for part in chunks([keyed.version_id for keyed in gathered.versions], 5000):
        rows = session.execute(
            select(
                QuestionVersion.id,
                QuestionVersion.question_id,
                QuestionVersion.number,
                QuestionVersion.point,
                QuestionVersion.kind,
                QuestionRow.external_id,
            )
            .join(QuestionRow, QuestionRow.id == QuestionVersion.question_id)
            .where(QuestionVersion.id.in_(part))
        )
        names.update({row.id: row for row in rows})
    filed = []
    for item, keyed in zip(items, gathered.versions, strict=True):
        row = names[keyed.version_id]
        filed.append(
            {
                **item,
                "options": _all_options(item["options"], keyed),
                "version": row.id,
                "question": row.question_id,
                "number": row.number,
                "external_id": row.external_id,
                "point": row.point,
                "kind": row.kind,
            }
        )
    return filed


def _all_options(options: list[dict[str, Any]], keyed: Keyed) -> list[dict[str, Any]]:
    """The table of options with those that nobody chose: a distractor that attracts nobody is worth knowing."""
    chosen = {option["label"] for option in options}
    nobody = {"is_key": False, "count": 0, "share": 0.0, "mean_rest": None, "discrimination": None}
    nobody |= {"share_of_best_fifth": 0.0, "beats_key": False}
    letters = [letter(place) for place in range(len(keyed.question.options))]
    added = [{"label": label, **nobody} for label in letters if label not in chosen]
    return sorted([*options, *added], key=lambda option: (option["label"] is None, option["label"] or ""))


def _teach(session: Session, sitting: Sitting, run_id: int, result: dict[str, Any], now: datetime) -> None:
    for item in result["items"]:
        document = {
            "persons": item["n"],
            "difficulty": item["difficulty"],
            "discrimination": item["discrimination"],
            "more": {
                "upper_lower": item["upper_lower"],
                "flags": item["flags"],
                "run": run_id,
                "title": sitting.title,
            },
        }
        record_statistics(session, item["version"], f"sitting:{sitting.id}", document, now=now)
    audit.record(
        session,
        "analysis.done",
        of=f"analysis_runs:{run_id}",
        actor=None,
        now=now,
        sitting=sitting.id,
        items=len(result["items"]),
        persons=result["test"]["persons"],
    )
