"""Reviews of a bank as its manager sees them: who has how much, what is overdue, and giving tasks to others."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.authoring import policy
from examsite.authoring.blueprint import bp
from examsite.authoring.models import Bank
from examsite.authoring.pages.reach import bank_in_reach, questions_in_reach, sees_in, whole
from examsite.authoring.vetting import actions, assignment, board
from examsite.authoring.vetting.assignment import Arranged
from examsite.authoring.vetting.board import PAGE_SIZE, TaskFilter
from examsite.authoring.vetting.models import Unassigned
from examsite.authoring.vetting.reviewers import Obstacle, Reviewer, reviewers
from examsite.authoring.vetting.stages import stages_from_document
from examsite.db import reading, writing

#: What the form may say in place of a person's number.
BY_RULE, HOLD = "rule", "hold"


@bp.get("/<int:bank_id>/reviews")
@needs(Permission.MANAGE_BANK, Permission.WRITE_QUESTIONS)
def reviews(bank_id: int) -> str:
    """Tasks by reviewer, and the open ones one by one."""
    with reading() as session:
        bank = bank_in_reach(session, bank_id, policy.may_manage)
        questions_in_reach(session, bank_id)
        return _page(session, bank)


@bp.post("/<int:bank_id>/reviews")
@needs(Permission.MANAGE_BANK, Permission.WRITE_QUESTIONS)
def arrange_reviews(bank_id: int) -> Any:
    """Show what giving the ticked tasks to somebody would do; with the confirmation, do it."""
    now, person = clock.now(), current_person()
    to = request.form.get("to", "")
    with writing() as session:
        bank = bank_in_reach(session, bank_id, policy.may_manage)
        questions_in_reach(session, bank_id)
        people = reviewers(session, bank)
        if to not in (BY_RULE, HOLD) and to not in {str(one.id) for one in people}:
            return _page(session, bank, _("Choose to whom the tasks go.")), 422
        ids = [int(text) for text in request.form.getlist("task") if text.isascii() and text.isdigit()]
        if request.form.get("everything"):
            ids = board.ids_of_open_tasks(session, bank_id, _filter(people), now=now)
        tasks = assignment.live_tasks(session, bank_id, ids)
        if not tasks:
            return _page(session, bank, _("Tick the tasks that somebody else should have.")), 422
        if to == HOLD:
            planned = assignment.plan_withdrawal(tasks)
        else:
            planned = assignment.plan_assignment(session, bank, tasks, None if to == BY_RULE else int(to))
        if not request.form.get("confirm"):
            return _preview(session, bank, planned, to, people)
        count = actions.arrange(session, bank, planned, actor=person, now=now)
    flash(
        ngettext("%(num)s task changed hands.", "%(num)s tasks changed hands.", count),
        "success" if count else "warning",
    )
    return redirect(url_for("authoring.reviews", bank_id=bank_id), 303)


@bp.app_template_filter("obstacle_label")
def obstacle_label(obstacle: Obstacle) -> str:
    """Why a person can't judge a version, in words."""
    return {
        Obstacle.OUTSIDE: str(_("nobody reviews this area")),
        Obstacle.NOBODY: str(_("nobody else is free to judge it")),
        Obstacle.OWN: str(_("wrote or uploaded it")),
        Obstacle.RECUSED: str(_("withdrew (回避)")),
        Obstacle.JUDGED: str(_("has judged this version already")),
        Obstacle.ASSIGNED: str(_("has a task for it already")),
    }[obstacle]


@bp.app_template_filter("unassigned_label")
def unassigned_label(why: str) -> str:
    """Why nobody has a task, in words."""
    return {
        Unassigned.NOBODY: str(_("no reviewer of this area was free to judge it; whoever may can take it")),
        Unassigned.HELD: str(_("held back by the manager")),
    }[Unassigned(why)]


def _filter(people: list[Reviewer]) -> TaskFilter:
    reviewer, stage = request.args.get("reviewer", ""), request.args.get("stage", "")
    known = {"none", *(str(one.id) for one in people)}
    return TaskFilter(
        reviewer if reviewer in known else "",
        request.args.get("overdue") == "1",
        int(stage) if stage.isascii() and stage.isdigit() and len(stage) < 3 else None,
    )


def _page(session: Session, bank: Bank, error: str = "") -> str:
    now, page = clock.now(), whole("page")
    people = reviewers(session, bank)
    wanted = _filter(people)
    tasks, total = board.open_tasks(session, bank.id, wanted, page, now=now)
    arguments: dict[str, Any] = {
        "reviewer": wanted.reviewer or None,
        "overdue": "1" if wanted.overdue else None,
        "stage": wanted.stage,
    }
    return render_template(
        "authoring/reviews.html",
        bank=bank,
        loads=board.loads_of_bank(session, bank.id, now=now),
        unassigned=board.unassigned(session, bank.id),
        tasks=tasks,
        stages={task.id: stages_from_document(task.version.vetting)[task.stage] for task in tasks},
        bank_stages=list(enumerate(stages_from_document(bank.vetting))),
        total=total,
        page=page,
        pages=max(1, -(-total // PAGE_SIZE)),
        page_url=lambda number: url_for("authoring.reviews", bank_id=bank.id, page=number, **arguments),
        target=url_for("authoring.reviews", bank_id=bank.id, **arguments),
        wanted=wanted,
        people=people,
        error=error,
        sees=sees_in(bank),
    )


def _preview(session: Session, bank: Bank, planned: list[Arranged], to: str, people: list[Reviewer]) -> str:
    shown = planned[:PAGE_SIZE]
    versions = board.versions_of(session, [one.task.version_id for one in shown])
    return render_template(
        "authoring/arrange_reviews.html",
        bank=bank,
        shown=shown,
        planned=planned,
        changes=sum(one.changes for one in planned),
        versions=versions,
        names={one.id: one.name for one in people}
        | board.names(session, {one.task.reviewer_id for one in shown}),
        to=to,
        sees=sees_in(bank),
    )
