"""What a form made already that was sent twice, by a second click or from two machines at once.

Each holds the plan or bank that it looks into, so that of two equal orders at once the second finds what the first kept.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.audit import Actor
from examsite.authoring.models import Bank
from examsite.planning.models import (
    PaperSet,
    PaperSetStatus,
    Plan,
    Sitting,
    SittingStatus,
    SpecificationRow,
    SpecificationStatus,
)

if TYPE_CHECKING:
    from examsite.planning.papers import Order


def papers_of(session: Session, plan: Plan, row: SpecificationRow, order: Order) -> PaperSet | None:
    """The set that this form drew; None for an order without a form."""
    if not order.form:
        return None
    session.refresh(plan, ["status"], with_for_update=True)
    query = select(PaperSet).where(
        PaperSet.plan_id == plan.id,
        PaperSet.specification_id == row.id,
        PaperSet.mode == order.mode.value,
        PaperSet.count == order.count,
        PaperSet.seed == order.seed,
        PaperSet.status != PaperSetStatus.DISCARDED,
    )
    return next((found for found in session.scalars(query) if found.artefact.get("form") == order.form), None)


def sitting_of(
    session: Session, plan: Plan, opens_at: datetime, closes_at: datetime, title: str, place: str
) -> Sitting | None:
    """The sitting in planning that has this title, place and window."""
    session.flush()
    session.refresh(plan, ["status"], with_for_update=True)
    query = select(Sitting).where(
        Sitting.plan_id == plan.id,
        Sitting.title == title.strip(),
        Sitting.place == place.strip(),
        Sitting.opens_at == opens_at,
        Sitting.closes_at == closes_at,
        Sitting.status == SittingStatus.PLANNED,
    )
    return session.scalars(query).first()


def draft_of(session: Session, bank: Bank, content_hash: str, actor: Actor) -> SpecificationRow | None:
    """The actor's draft with this content."""
    session.flush()
    session.refresh(bank, ["name"], with_for_update=True)
    query = select(SpecificationRow).where(
        SpecificationRow.bank_id == bank.id,
        SpecificationRow.status == SpecificationStatus.DRAFT,
        SpecificationRow.content_hash == content_hash,
        SpecificationRow.created_by_id == actor.id,
    )
    return session.scalars(query).first()
