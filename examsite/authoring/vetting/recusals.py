"""What the page of recusals shows."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from examsite.access.models import Grant, Person
from examsite.access.permissions import ROLES, Permission
from examsite.access.scope import EVERYTHING, institution_scope
from examsite.authoring.vetting.models import Recusal


def authors(session: Session, reach: frozenset[int] | None, *, but: int) -> list[tuple[int, str]]:
    """(id, name) of everybody who writes questions in these institutions (None = all), without one person."""
    roles = [role.value for role, held in ROLES.items() if Permission.WRITE_QUESTIONS in held]
    query = (
        select(Person.id, Person.name)
        .join(Grant, Grant.person_id == Person.id)
        .where(Grant.role.in_(roles), Person.id != but)
        .distinct()
        .order_by(Person.name, Person.id)
    )
    if reach is not None:
        query = query.where(Grant.scope.in_([EVERYTHING, *(institution_scope(i) for i in sorted(reach))]))
    return [(person_id, name) for person_id, name in session.execute(query)]


def of_person(session: Session, person_id: int) -> list[Recusal]:
    """A person's standing recusals that hold, newest first."""
    return list(
        session.scalars(
            select(Recusal)
            .where(Recusal.person_id == person_id, Recusal.author_id.is_not(None), Recusal.ended_at.is_(None))
            .options(joinedload(Recusal.author))
            .order_by(Recusal.id.desc())
        )
    )
