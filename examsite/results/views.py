"""Pages of the results stage."""

from __future__ import annotations

import io
from collections import Counter
from typing import Any

from flask import flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.charts import Words, histogram
from examsite.db import reading, writing
from examsite.errors import NotYours, Refused
from examsite.planning.models import Sitting
from examsite.planning.queries import sitting_for, sittings_within
from examsite.results import actions, key_pages, policy, queries
from examsite.results.blockers import blocker_of_proposal
from examsite.results.blueprint import bp
from examsite.results.deciding import rule_of
from examsite.results.exporting import workbook
from examsite.results.forms import ReturnForm
from examsite.results.keychanges import is_stale_release
from examsite.results.labels import (
    correction_label,
    outcome_label,
    reason_label,
    release_label,
    status_label,
    tone_of,
)
from examsite.results.models import Release
from examsite.results.profile import my_results, points
from examsite.results.queries import Line
from examsite.results.timeline import steps
from question_bank.rules.decision import Outcome

__all__ = ["bp", "key_pages"]

bp.app_template_filter("points")(points)
bp.app_template_filter("outcome_label")(outcome_label)
bp.app_template_filter("outcome_tone")(tone_of)
bp.app_template_filter("reason_label")(reason_label)
bp.app_template_filter("attendance_label")(status_label)
bp.app_template_filter("release_label")(release_label)
bp.app_template_filter("correction_label")(correction_label)

PAGE_SIZE = 100
BINS = 20


@bp.get("/")
@needs(Permission.SEE_SCORES)
def sittings() -> str:
    """Every sitting within reach, with where its scores stand."""
    with reading() as session:
        found = sittings_within(session, current_person().institutions(Permission.SEE_SCORES))
        lines = queries.sitting_lines(session, queries.sittings_that_count(found))
        return render_template(
            "results/sittings.html",
            lines=lines,
            may_change_keys=current_person().may(Permission.CONFIRM_BANK),
        )


@bp.get("/sittings/<int:sitting_id>")
@needs(Permission.SEE_SCORES)
def sitting(sitting_id: int) -> str:
    """The scores of one sitting, its steps, and what blocks the next."""
    with reading() as session:
        return _page(session, _in_reach(session, sitting_id), ReturnForm(formdata=None))


@bp.post("/sittings/<int:sitting_id>/collect")
@needs(Permission.PREPARE_SCORES)
def collect(sitting_id: int) -> Any:
    """Score every script."""
    with writing() as session:
        row = _in_reach(session, sitting_id, policy.may_prepare)
        try:
            done = actions.collect(session, row, row.plan, actor=current_person(), now=clock.now())
        except Refused as refusal:
            # What the clock ended meanwhile stays ended; only the scores were refused.
            return _page(session, row, ReturnForm(formdata=None), refusal.message), refusal.status
    if done.changed:
        text = ngettext(
            "Scores of %(num)s candidate are new or changed.",
            "Scores of %(num)s candidates are new or changed.",
            done.changed,
        )
    else:
        text = _("Nothing changed: all scores are as they were.")
    flash(text, "success")
    return _back(sitting_id)


@bp.post("/sittings/<int:sitting_id>/propose")
@needs(Permission.PREPARE_SCORES)
def propose(sitting_id: int) -> Any:
    """Propose the present scores for release."""
    with writing() as session:
        row = _in_reach(session, sitting_id, policy.may_prepare)
        try:
            actions.propose(session, row, actor=current_person(), now=clock.now())
        except Refused as refusal:
            return _page(session, row, ReturnForm(formdata=None), refusal.message), refusal.status
    flash(_("Proposed. Another person now releases or returns the scores."), "success")
    return _back(sitting_id)


@bp.post("/releases/<int:release_id>/release")
@needs(Permission.RELEASE_SCORES)
def release(release_id: int) -> Any:
    """Release what another person proposed."""
    with writing() as session:
        proposal, row = _release_in_reach(session, release_id)
        try:
            actions.release(session, proposal, row, actor=current_person(), now=clock.now())
        except Refused as refusal:
            return _page(session, row, ReturnForm(formdata=None), refusal.message), refusal.status
        sitting_id = row.id
    flash(_("Released. Candidates now see their scores."), "success")
    return _back(sitting_id)


@bp.post("/releases/<int:release_id>/return")
@needs(Permission.RELEASE_SCORES)
def send_back(release_id: int) -> Any:
    """Return what another person proposed, with the reason."""
    form = ReturnForm()
    with writing() as session:
        proposal, row = _release_in_reach(session, release_id)
        if not form.validate():
            return _page(session, row, form), 422
        try:
            actions.send_back(session, proposal, row, form.note.data, actor=current_person(), now=clock.now())
        except Refused as refusal:
            return _page(session, row, form, refusal.message), refusal.status
        sitting_id = row.id
    flash(_("Returned with your reason."), "success")
    return _back(sitting_id)


@bp.post("/sittings/<int:sitting_id>/export")
@needs(Permission.SEE_SCORES)
def export(sitting_id: int) -> Any:
    """The table as a workbook; that it left the system is on the record."""
    with writing() as session:
        row = _in_reach(session, sitting_id)
        found = queries.lines(session, sitting_id)
        actions.note_export(session, row, len(found), actor=current_person(), now=clock.now())
        content = workbook(row, found)
    return send_file(
        io.BytesIO(content),
        mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        as_attachment=True,
        download_name=f"scores-{sitting_id}.xlsx",
    )


@bp.get("/mine")
@needs(Permission.SIT)
def mine() -> str:
    """The candidate's own results, once two persons released them."""
    with reading() as session:
        found = my_results(session, current_person().id, now=clock.now())
        return render_template("results/mine.html", results=found)


def _page(session: Session, row: Sitting, form: ReturnForm, error: str = "") -> str:
    person, institution_id = current_person(), row.plan.institution_id
    found, releases = queries.lines(session, row.id), queries.releases(session, row.id)
    seen, now = queries.digest(found), clock.now()
    newest = releases[0] if releases else None
    wanted = request.args.get("outcome", "")
    shown = [line for line in found if not wanted or (line.outcome or "none") == wanted]
    pages = max(1, -(-len(shown) // PAGE_SIZE))
    asked = request.args.get("page", "1")
    page = min(pages, max(1, int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1))
    rule = rule_of(row.plan)
    sat = [line for line in found if line.value is not None]
    return render_template(
        "results/sitting.html",
        sitting=row,
        plan=row.plan,
        lines=shown[(page - 1) * PAGE_SIZE : page * PAGE_SIZE],
        found=len(shown),
        everybody=len(found),
        page=page,
        pages=pages,
        page_url=lambda p: url_for("results.sitting", sitting_id=row.id, page=p, outcome=wanted or None),
        wanted=wanted,
        outcomes=[(outcome.value, outcome_label(outcome)) for outcome in Outcome],
        counts=Counter(line.outcome for line in found if line.outcome),
        steps=steps(row, found, releases, seen, now),
        chart=_chart(sat, row, rule),
        rule=rule,
        late=queries.late_answers(session, row.id),
        newest=newest,
        releases=releases,
        is_stale=newest is not None and newest.status == "proposed" and newest.digest != seen,
        may_prepare=policy.may_prepare(person, institution_id),
        may_propose=policy.may_prepare(person, institution_id)
        and not blocker_of_proposal(found)
        and (
            newest is None
            or (newest.status != "proposed" and newest.digest != seen)
            or newest.status == "returned"
        ),
        may_end=newest is not None and policy.may_end(person, newest, institution_id),
        is_own=newest is not None and newest.status == "proposed" and newest.proposed_by_id == person.id,
        has_ended=now >= row.closes_at,
        rescored_after_release=is_stale_release(session, row),
        form=form,
        error=error,
    )


def _chart(sat: list[Line], row: Sitting, rule: Any) -> dict[str, Any] | None:
    """Scores in steps of five points, drawn and as a table."""
    if not sat:
        return None
    total, pass_mark = float(rule.total.value), float(rule.pass_mark.value)
    width = total / BINS
    bins = Counter(min(BINS - 1, int(float(line.value or 0) // width)) for line in sat)
    edges, counts = [width * n for n in range(BINS + 1)], [bins[n] for n in range(BINS)]
    passed = sum(line.outcome is Outcome.PASSED for line in sat)
    words = Words(
        _("Distribution of scores"),
        _(
            "Of %(sat)s candidates who sat, %(passed)s reached the pass mark of %(mark)s.",
            sat=len(sat),
            passed=passed,
            mark=f"{pass_mark:g}",
        ),
        _("Score"),
        _("Candidates"),
        _("pass mark %(mark)s", mark=f"{pass_mark:g}"),
    )
    return {
        "svg": histogram(edges, counts, words, cut=pass_mark, height=220),
        "rows": [(f"{edges[n]:g}–{edges[n + 1]:g}", counts[n]) for n in range(BINS) if counts[n]],
        "text": words.description,
    }


def _in_reach(session: Session, sitting_id: int, may: Any = policy.may_see) -> Sitting:
    row = sitting_for(session, sitting_id)
    if not may(current_person(), row.plan.institution_id):
        raise NotYours
    return row


def _release_in_reach(session: Session, release_id: int) -> tuple[Release, Sitting]:
    proposal = queries.release_for(session, release_id)
    return proposal, _in_reach(session, proposal.sitting_id, policy.may_release)


def _back(sitting_id: int) -> Any:
    return redirect(url_for("results.sitting", sitting_id=sitting_id), 303)
