"""The fairness page: of a specification before its approval, and of papers that were drawn."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext as _

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.db import reading
from examsite.planning import fairness, fairness_charts, policy
from examsite.planning.blueprint import bp
from examsite.planning.pages.reach import crumbs_to, papers_in_reach, specification_in_reach
from examsite.planning.papers import CannotDraw

CHOICES = (20, 100, 200)
USUAL = 100


@bp.get("/specifications/<int:specification_id>/fairness")
@needs(Permission.SEE_PLANS)
def specification_fairness(specification_id: int) -> str:
    """Try the specification out on the bank as it is now."""
    papers = request.args.get("papers", USUAL, type=int)
    papers = papers if papers in CHOICES else USUAL
    with reading() as session:
        row = specification_in_reach(session, specification_id)
        may_approve = policy.may_approve_specification(current_person(), row, row.bank.institution_id)
        problems: Any = ()
        outlook = None
        try:
            outlook = fairness.tried_out(session, row, papers, now=clock.now())
        except CannotDraw as reason:
            problems = reason.problems
        here = url_for("planning.specification", specification_id=row.id)
        return render_template(
            "planning/fairness.html",
            crumbs=[(_("Plans"), url_for("planning.plans")), (row.name, here), (_("Fairness"), None)],
            title=_("Fairness of %(name)s", name=row.name),
            lead=_(
                "%(count)d papers drawn for trial from the bank as it is now. Nothing is stored, and no candidate gets them.",
                count=papers,
            ),
            row=row,
            papers=papers,
            choices=CHOICES,
            problems=problems,
            may_approve=may_approve,
            **_shown(outlook),
        )


@bp.get("/papers/<int:set_id>/fairness")
@needs(Permission.SEE_PLANS)
def paper_set_fairness(set_id: int) -> str:
    """The same figures of papers that were drawn."""
    with reading() as session:
        papers = papers_in_reach(session, set_id)
        title = _("Fairness of papers %(number)d", number=papers.id)
        here = url_for("planning.paper_set", set_id=papers.id)
        return render_template(
            "planning/fairness.html",
            crumbs=crumbs_to(
                papers.plan, (_("Proof report of papers %(number)d", number=papers.id), here), (title, None)
            ),
            title=title,
            lead=_(
                "Figures of the %(count)d papers as they were drawn. They name no question.",
                count=papers.count,
            ),
            row=None,
            papers=papers.count,
            choices=(),
            problems=(),
            may_approve=False,
            **_shown(fairness.of_papers(session, papers)),
        )


def _shown(outlook: fairness.Outlook | None) -> dict[str, Any]:
    if outlook is None:
        return {"outlook": None}
    return {
        "outlook": outlook,
        "figures": outlook.fairness,
        "lights": fairness.lights(outlook),
        "basis": fairness.basis_of(outlook.fairness.sources),
        "charts": fairness_charts.charts(outlook),
    }
