"""Verbs on people: create, find by identity number, grant and revoke roles."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite import audit
from examsite.access.models import Grant, Person
from examsite.access.passwords import hash_password
from examsite.access.permissions import Role, may_hold_together
from examsite.audit import Actor
from examsite.encryption import blind_index, field_key, seal
from examsite.errors import Refused
from question_bank.rules.identity_number import masked, normalised

IDENTITY_COLUMN = "persons.identity"


class RolesExclude(Refused):
    """An administrator may hold no other role (三员分立)."""

    code = "roles-exclude"


def create(
    session: Session,
    *,
    name: str,
    actor: Actor | None,
    now: datetime,
    username: str | None = None,
    password: str | None = None,
    identity: str | None = None,
    employer: str = "",
) -> Person:
    """A new person.  The identity number is sealed; only its mask and blind index can be read without the key."""
    person = Person(
        name=name.strip(),
        username=username,
        password_hash=hash_password(password) if password else None,
        employer=employer.strip(),
        created_at=now,
    )
    session.add(person)
    session.flush()
    if identity:
        key = field_key()
        number = normalised(identity)
        person.identity_sealed = seal(number, bound_to=f"{IDENTITY_COLUMN}:{person.id}", key=key)
        person.identity_index = identity_index(number)
        person.identity_masked = masked(number)
    audit.record(
        session, "person.create", of=person, actor=actor, now=now, name=person.name, username=username
    )
    return person


def identity_index(identity: str) -> str:
    """The blind index under which an identity number is found."""
    return blind_index(normalised(identity), column=IDENTITY_COLUMN, key=field_key())


def by_identity(session: Session, identity: str) -> Person | None:
    """The person with this identity number."""
    return session.scalars(
        select(Person).where(Person.identity_index == identity_index(identity))
    ).one_or_none()


def grant(
    session: Session, person: Person, role: Role, scope: str, *, actor: Actor | None, now: datetime
) -> Grant:
    """Give a role within a scope.  Raises RolesExclude where the person may not hold it beside what they have."""
    rows = session.scalars(select(Grant).where(Grant.person_id == person.id)).all()
    for row in rows:
        if row.role == role and row.scope == scope:
            return row
    if not may_hold_together(frozenset(Role(row.role) for row in rows) | {role}):
        raise RolesExclude("系统、安全、审计管理员互斥，且不得兼任其他角色。请先撤销该人员的其他角色。")
    row = Grant(
        person_id=person.id,
        role=role.value,
        scope=scope,
        granted_by_id=actor.id if actor else None,
        granted_at=now,
    )
    session.add(row)
    audit.record(session, "role.grant", of=person, actor=actor, now=now, role=role.value, scope=scope)
    return row


def revoke(session: Session, row: Grant, *, actor: Actor, now: datetime) -> None:
    """Take a role back."""
    audit.record(
        session,
        "role.revoke",
        of=f"persons:{row.person_id}",
        actor=actor,
        now=now,
        role=row.role,
        scope=row.scope,
    )
    session.delete(row)
