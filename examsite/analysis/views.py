"""Pages of the analysis stage."""

from __future__ import annotations

import logging
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.analysis import actions, policy, queries
from examsite.analysis.charts import item_chart, score_chart
from examsite.analysis.exporting import items_csv
from examsite.analysis.models import AnalysisRun
from examsite.analysis.words import flag_advice, flag_label, flag_tone, option_label, reason_of_alpha
from examsite.authoring.actions import note_keys_seen
from examsite.authoring.models import QuestionVersion
from examsite.db import database, reading, writing
from examsite.errors import NotYours, Refused
from examsite.planning.models import Sitting
from examsite.planning.queries import sitting_for, sittings_within
from examsite.results.queries import sittings_that_count
from question_bank.questions.model import letter, question_from_document

bp = Blueprint("analysis", __name__, url_prefix="/analysis", template_folder="templates")
bp.app_template_filter("flag_label")(flag_label)
bp.app_template_filter("flag_advice")(flag_advice)
bp.app_template_filter("flag_tone")(flag_tone)
bp.app_template_filter("alpha_reason")(reason_of_alpha)
bp.app_template_filter("answer_label")(option_label)
log = logging.getLogger(__name__)

ITEMS_A_PAGE = 50
SORTS = ("item", "n", "difficulty", "discrimination", "upper_lower", "alpha_if_deleted", "flags")


@bp.get("/")
@needs(Permission.SEE_ANALYSIS)
def sittings() -> str:
    """Every sitting within reach, with its newest run."""
    with reading() as session:
        return _list(session)


@bp.post("/sittings/<int:sitting_id>/start")
@needs(Permission.RUN_ANALYSIS)
def start(sitting_id: int) -> Any:
    """Ask for a run; a small one is done before the answer, others by the worker."""
    now = clock.now()
    with writing() as session:
        sitting = sitting_for(session, sitting_id)
        if not policy.may_run(current_person(), sitting.plan.institution_id):
            raise NotYours
        try:
            run, job_id = actions.start(session, sitting, actor=current_person(), now=now)
        except Refused as refusal:
            return _list(session, refusal.message), refusal.status
        run_id = run.id
        is_small = queries.responses_of(session, sitting_id) < actions.AT_ONCE
    if job_id and is_small:
        _do_at_once(run_id, job_id)
    return redirect(url_for("analysis.run", run_id=run_id), 303)


@bp.get("/runs/<int:run_id>")
@needs(Permission.SEE_ANALYSIS)
def run(run_id: int) -> str:
    """One run: the test, its scores, its questions."""
    with reading() as session:
        row, sitting = _in_reach(session, run_id)
        common = {
            "run": row,
            "sitting": sitting,
            "plan": sitting.plan,
            "may_run": policy.may_run(current_person(), sitting.plan.institution_id),
        }
        if row.result is None:
            return render_template("analysis/waiting.html", **common)
        result = row.result
        sort, order = _sort()
        items = _sorted(result["items"], sort, order)
        flagged = sorted({code for item in items for code in item["flags"]})
        pages = max(1, -(-len(items) // ITEMS_A_PAGE))
        page = min(max(request.args.get("page", 1, type=int), 1), pages)
        return render_template(
            "analysis/run.html",
            **common,
            test=result["test"],
            passing=result["pass"],
            written=result["written"],
            absent=result["absent"],
            items=items[(page - 1) * ITEMS_A_PAGE : page * ITEMS_A_PAGE],
            total=len(items),
            page=page,
            pages=pages,
            page_url=lambda number: (
                url_for("analysis.run", run_id=run_id, sort=sort, order=order, page=number) + "#items-table"
            ),
            flagged=flagged,
            columns=_columns(run_id, sort, order),
            scores=score_chart(result["test"], result["pass"]),
            dots=item_chart(result["items"]),
            bins=_bins(result["test"]["histogram"]),
            runs=queries.runs_of(session, sitting.id),
        )


@bp.get("/runs/<int:run_id>/items.csv")
@needs(Permission.SEE_ANALYSIS)
def items(run_id: int) -> Response:
    """The table of questions for a spreadsheet."""
    with reading() as session:
        row, _sitting = _in_reach(session, run_id)
        if row.result is None:
            raise NotYours
        content = items_csv(_sorted(row.result["items"], *_sort()))
    headers = {"Content-Disposition": f"attachment; filename=items-{run_id}.csv"}
    return Response(content, mimetype="text/csv", headers=headers)


@bp.get("/runs/<int:run_id>/items/<int:version_id>")
@needs(Permission.SEE_ANALYSIS)
def item(run_id: int, version_id: int) -> str:
    """One question of a run: its figures and who chose what."""
    person = current_person()
    with reading() as session:
        row, sitting = _in_reach(session, run_id)
        found = next(
            (one for one in (row.result or {}).get("items", []) if one["version"] == version_id), None
        )
        if found is None:
            raise NotYours
        sees_keys = policy.may_see_keys(person, sitting.plan.institution_id)
        question, texts = None, {}
        if sees_keys:
            question = question_from_document(session.get_one(QuestionVersion, version_id).document)
            texts = {letter(n): option.content for n, option in enumerate(question.options)}
        page = render_template(
            "analysis/item.html",
            run=row,
            sitting=sitting,
            item=found,
            name=found["external_id"] or f"#{found['question']}",
            question=question,
            texts=texts,
            sees_keys=sees_keys,
        )
    if sees_keys:
        # Not `writing()`: the page with the key is fetched by GET, and the look counts all the same.
        with database().writing() as session:
            note_keys_seen(
                session,
                f"question_versions:{version_id}",
                actor=person,
                now=clock.now(),
                run=run_id,
            )
    return page


def _list(session: Session, error: str = "") -> str:
    person = current_person()
    found = sittings_within(session, person.institutions(Permission.SEE_ANALYSIS))
    return render_template(
        "analysis/sittings.html",
        lines=queries.sitting_lines(session, sittings_that_count(found)),
        may_run=lambda sitting: policy.may_run(person, sitting.plan.institution_id),
        error=error,
    )


def _do_at_once(run_id: int, job_id: int) -> None:
    """Do the job now; should it fail, the worker tries again as with any job."""
    try:
        actions.do_run(database(), {"run": run_id}, clock.now())
    except Exception:
        log.exception("run %s failed in the request; its job stays for the worker", run_id)
        flash(_("The analysis could not be finished at once; it goes on in the background."), "warning")
        return
    with writing() as session:
        actions.end_job(session, job_id, now=clock.now())


def _in_reach(session: Session, run_id: int) -> tuple[AnalysisRun, Sitting]:
    row, sitting = queries.run_for(session, run_id)
    if not policy.may_see(current_person(), sitting.plan.institution_id):
        raise NotYours
    return row, sitting


def _sort() -> tuple[str, str]:
    sort = request.args.get("sort", "item")
    order = "desc" if request.args.get("order") == "desc" else "asc"
    return (sort if sort in SORTS else "item"), order


def _sorted(found: list[dict[str, Any]], sort: str, order: str) -> list[dict[str, Any]]:
    """By one column; questions without the figure come last either way."""
    if sort == "item":
        return sorted(found, key=lambda one: one["version"], reverse=order == "desc")
    if sort == "flags":
        return sorted(found, key=lambda one: len(one["flags"]), reverse=order == "desc")
    known = [one for one in found if one[sort] is not None]
    known.sort(key=lambda one: one[sort], reverse=order == "desc")
    return known + [one for one in found if one[sort] is None]


def _columns(run_id: int, sort: str, order: str) -> list[dict[str, Any]]:
    texts = {
        "item": _("Question ID"),
        "n": _("Persons"),
        "difficulty": _("Difficulty p"),
        "discrimination": _("Discrimination"),
        "upper_lower": _("Upper–lower"),
        "alpha_if_deleted": _("Alpha if deleted"),
        "flags": _("To look at"),
    }
    columns: list[dict[str, Any]] = []
    for name, text in texts.items():
        turned = "desc" if sort == name and order == "asc" else "asc"
        columns.append(
            {
                "text": text,
                "number": name not in ("item", "flags"),
                "url": url_for("analysis.run", run_id=run_id, sort=name, order=turned, _anchor="items-table"),
                "sort": {"asc": "ascending", "desc": "descending"}[order] if sort == name else None,
            }
        )
    columns[1:1] = [{"text": _("Point")}, {"text": _("Kind")}]
    return columns


def _bins(histogram: dict[str, Any]) -> list[tuple[str, int]]:
    edges = histogram["edges"]
    return [
        (f"{low:g}–{high:g}", count)
        for low, high, count in zip(edges, edges[1:], histogram["counts"], strict=False)
    ]
