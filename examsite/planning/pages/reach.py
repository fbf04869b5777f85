"""Loading what an address names, or 404: nobody learns whether something exists outside their reach."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from examsite.access.guard import current_person
from examsite.access.scope import SignedIn
from examsite.errors import NotYours
from examsite.planning import policy, queries
from examsite.planning.models import PaperSet, Plan, Sitting, SpecificationRow

May = Callable[[SignedIn, int], bool]
Crumbs = list[tuple[Any, str | None]]


def plan_in_reach(session: Session, plan_id: int, may: May = policy.may_see) -> Plan:
    """The plan, where the person may."""
    plan = queries.plan_for(session, plan_id)
    _or_404(may, plan.institution_id)
    return plan


def specification_in_reach(
    session: Session, specification_id: int, may: May = policy.may_see
) -> SpecificationRow:
    """The specification with its bank, where the person may."""
    row = queries.specification_for(session, specification_id)
    _or_404(may, row.bank.institution_id)
    return row


def papers_in_reach(session: Session, set_id: int, may: May = policy.may_see) -> PaperSet:
    """The papers with plan, specification and proof, where the person may."""
    row = queries.paper_set_for(session, set_id)
    _or_404(may, row.plan.institution_id)
    return row


def sitting_in_reach(session: Session, sitting_id: int, may: May = policy.may_see) -> Sitting:
    """The sitting with plan and papers, where the person may."""
    row = queries.sitting_for(session, sitting_id)
    _or_404(may, row.plan.institution_id)
    return row


def crumbs_to(plan: Plan, *more: tuple[Any, str | None]) -> Crumbs:
    """The way here from the list of plans."""
    here = url_for("planning.plan", plan_id=plan.id) if more else None
    return [(_("Plans"), url_for("planning.plans")), (plan.name, here), *more]


def _or_404(may: May, institution_id: int) -> None:
    if not may(current_person(), institution_id):
        raise NotYours
