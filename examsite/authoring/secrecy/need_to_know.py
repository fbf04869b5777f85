"""What of a bank a person may see: one condition that every list, search and page asks."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, false, or_, select, true
from sqlalchemy.orm import Session

from examsite.access.permissions import Permission
from examsite.access.scope import EVERYTHING, SignedIn
from examsite.authoring.models import Bank, QuestionVersion
from examsite.authoring.secrecy.models import Duty


def duties(session: Session, person_id: int, bank_id: int) -> list[Duty]:
    """The live duties of a person in a bank."""
    return list(
        session.scalars(
            select(Duty).where(Duty.bank_id == bank_id, Duty.person_id == person_id, Duty.ended_at.is_(None))
        )
    )


def visible(session: Session, person: SignedIn, bank: Bank) -> ColumnElement[bool]:
    """Which versions of this bank the person may see.

    Everything where the bank is not restricted or the person oversees all institutions; else the areas of their duties
    and what they wrote themselves.
    """
    if not person.may_in(Permission.SEE_BANK, bank.institution_id):
        return false()
    if not bank.is_restricted or oversees(person):
        return true()
    areas = {duty.area for duty in duties(session, person.id, bank.id)}
    if "" in areas:
        return true()
    return or_(QuestionVersion.author_id == person.id, *_inside(areas))


def oversees(person: SignedIn) -> bool:
    """Whether the person's sight of banks reaches every institution (the province)."""
    return person.institutions(Permission.SEE_BANK) is None and any(
        grant.scope == EVERYTHING for grant in person.grants
    )


def _inside(areas: Iterable[str]) -> list[ColumnElement[bool]]:
    return [
        or_(
            QuestionVersion.point == area,
            QuestionVersion.point.startswith(f"{area}-", autoescape=True),
        )
        for area in sorted(areas)
    ]
