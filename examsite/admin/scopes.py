"""Scopes of grants: which an administrator reaches, and what they are called."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.access.permissions import Role
from examsite.access.scope import EVERYTHING, SELF, institution_scope
from examsite.registry.models import Institution


def institution_names(session: Session, among: frozenset[int] | None = None) -> dict[int, str]:
    """Names by id of these institutions (None = all), in the order of their names."""
    query = select(Institution.id, Institution.name).order_by(Institution.name)
    if among is not None:
        query = query.where(Institution.id.in_(among))
    return {row.id: row.name for row in session.execute(query)}


def scope_in_words(scope: str, names: Mapping[int, str]) -> str:
    """ "everything" and "institution:3" as a person reads them."""
    if scope == EVERYTHING:
        return str(_("Everywhere"))
    if scope == SELF:
        return str(_("Their own examinations"))
    number = int(scope.partition(":")[2])
    return names.get(number) or str(_("Institution no. %(number)s", number=number))


def scope_choices(names: Mapping[int, str], *, everywhere: bool) -> list[tuple[str, str]]:
    """What a form about grants offers: (scope, words)."""
    found = [(EVERYTHING, scope_in_words(EVERYTHING, names))] if everywhere else []
    return found + [(institution_scope(id_), name) for id_, name in names.items()]


def fitting_scope(role: Role, scope: str) -> str | None:
    """The scope that this role is held in when this one is asked for; None where the two do not fit.

    Candidates hold their role for themselves; the province's officers everywhere.
    """
    if role is Role.CANDIDATE:
        return SELF
    if role is Role.PROVINCE and scope != EVERYTHING:
        return None
    return None if scope == SELF else scope


def reaches(institutions: frozenset[int] | None, scopes: frozenset[str]) -> bool:
    """Whether an administrator of these institutions (None = all) reaches a person with grants in these scopes.

    Every grant must lie inside, else a reset password would open what the administrator may not grant.
    """
    if institutions is None:
        return True
    inside = {institution_scope(id_) for id_ in institutions}
    elsewhere = scopes - {SELF}
    return bool(elsewhere) and elsewhere <= inside
