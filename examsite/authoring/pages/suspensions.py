"""Taking a question out of papers to come: suspend, reinstate, retire."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext as _

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.authoring import policy
from examsite.authoring.blueprint import bp
from examsite.authoring.forms import ReasonForm
from examsite.authoring.pages.questions import version_page
from examsite.authoring.pages.reach import version_in_reach
from examsite.authoring.vetting import actions
from examsite.authoring.vetting.errors import CommentNeeded
from examsite.db import writing


@bp.post("/versions/<int:version_id>/suspend")
@needs(Permission.MANAGE_BANK, Permission.REVIEW_QUESTIONS)
def suspend_version(version_id: int) -> Any:
    """Keep a question out of papers to come until another person reinstates it."""
    words = _("Suspended: no new paper will hold this question. Papers drawn before keep it.")
    return _act(version_id, actions.suspend, policy.may_suspend, words)


@bp.post("/versions/<int:version_id>/reinstate")
@needs(Permission.MANAGE_BANK, Permission.REVIEW_QUESTIONS)
def reinstate_version(version_id: int) -> Any:
    """Let a suspended question into papers again."""
    words = _("Reinstated: papers may hold this question again.")
    return _act(version_id, actions.reinstate, policy.may_suspend, words)


@bp.post("/versions/<int:version_id>/retire")
@needs(Permission.REVIEW_QUESTIONS)
def retire_version(version_id: int) -> Any:
    """Take a vetted question out of papers to come for good."""
    words = _("The question is retired: no new paper will hold it.")
    return _act(version_id, actions.retire, policy.may_review, words)


def _act(version_id: int, act: Any, may: Any, words: str) -> Any:
    form = ReasonForm()
    try:
        with writing() as session:
            row, _bank = version_in_reach(session, version_id, may)
            act(session, row, form.reason.data or "", actor=current_person(), now=clock.now())
    except CommentNeeded as missing:
        form.reason.errors = [missing.message]
        return version_page(version_id, form), 422
    flash(words, "success")
    return redirect(url_for("authoring.version", version_id=version_id), 303)
