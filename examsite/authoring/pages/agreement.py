"""How the reviewers of a bank agree and how long they take."""

from __future__ import annotations

from datetime import timedelta

from flask import render_template
from flask_babel import gettext as _

from examsite.access.guard import needs
from examsite.access.permissions import Permission
from examsite.authoring import policy
from examsite.authoring.blueprint import bp
from examsite.authoring.models import Code
from examsite.authoring.pages.reach import bank_in_reach
from examsite.authoring.vetting.agreement import FEW, figures
from examsite.db import reading


@bp.get("/<int:bank_id>/agreement")
@needs(Permission.MANAGE_BANK, Permission.CONFIRM_BANK, Permission.WRITE_QUESTIONS)
def agreement(bank_id: int) -> str:
    """Kappa by stage and by pair, turnaround, codes and Angoff ratings by reviewer."""
    with reading() as session:
        bank = bank_in_reach(session, bank_id, policy.may_oversee_vetting)
        return render_template(
            "authoring/agreement.html",
            bank=bank,
            figures=figures(session, bank_id),
            codes=list(Code),
            few=FEW,
        )


@bp.app_template_filter("days")
def days(value: timedelta) -> str:
    """3.5 days; hours below one day."""
    hours = value.total_seconds() / 3600
    if hours < 24:
        return str(_("%(count)s h", count=f"{hours:.1f}"))
    return str(_("%(count)s days", count=f"{hours / 24:.1f}"))
