"""Rows for tests: plain functions with defaults, named make_…; arrange only what matters.

Each takes the session first and returns the row.  They go through the actions where an action exists.
"""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.access import people
from examsite.access.models import Person
from examsite.access.permissions import ADMINISTRATORS, Role
from examsite.access.scope import EVERYTHING, SELF, institution_scope
from examsite.registry.models import Institution, InstitutionKind
from tests.conftest import START

_numbers = itertools.count(1)
PASSWORD = "Sample-2026-pass"


def make_institution(session: Session, name: str = "样例认定中心") -> Institution:
    """The institution of this name, made once."""
    row = session.scalars(select(Institution).where(Institution.name == name)).one_or_none()
    if row is None:
        row = Institution(name=name, kind=InstitutionKind.ORGANISATION, created_at=START)
        session.add(row)
        session.flush()
    return row


def make_person(
    session: Session,
    *roles: Role,
    name: str = "",
    institution: Institution | None = None,
    username: str | None = None,
    password: str | None = None,
    identity: str | None = None,
    **fields: Any,
) -> Person:
    """A person with these roles: candidates in scope self, the province and administrators everywhere, others here."""
    number = next(_numbers)
    person = people.create(
        session,
        name=name or f"样例人员{number}",
        username=username or f"user{number}",
        password=password,
        identity=identity,
        actor=None,
        now=START,
    )
    for role in roles:
        people.grant(session, person, role, _scope(session, role, institution), actor=None, now=START)
    for field, value in fields.items():
        setattr(person, field, value)
    session.flush()
    return person


def _scope(session: Session, role: Role, institution: Institution | None) -> str:
    if role is Role.CANDIDATE:
        return SELF
    if role is Role.PROVINCE or role in ADMINISTRATORS:
        return EVERYTHING
    return institution_scope((institution or make_institution(session)).id)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)
