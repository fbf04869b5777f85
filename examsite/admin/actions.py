"""What administrators do to accounts.  No administrator does any of it to their own."""

from __future__ import annotations

import secrets
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from examsite import audit
from examsite.access import login, passwords, people
from examsite.access.models import Grant, Person
from examsite.access.permissions import Permission, Role
from examsite.access.scope import EVERYTHING, SignedIn
from examsite.admin.queries import failure_names, username_is_taken
from examsite.admin.scopes import fitting_scope
from examsite.errors import Invalid, NotYours, Refused


class OwnAccount(Refused):
    """An administrator tried to change their own account."""

    code = "own-account"


class UsernameTaken(Invalid):
    """Somebody has this username."""

    code = "username-taken"


class ScopeUnfit(Invalid):
    """The role is not held in a scope like this."""

    code = "scope-unfit"


def create_staff(
    session: Session, *, name: str, username: str, role: Role, scope: str, actor: SignedIn, now: datetime
) -> tuple[Person, str]:
    """A new account with its first role, and the initial password, which is kept nowhere else.

    Raises UsernameTaken, ScopeUnfit, and NotYours where the scope lies outside the administrator's.
    """
    if username_is_taken(session, username):
        raise UsernameTaken(_("This username is taken. Choose another."))
    password = initial_password()
    person = people.create(session, name=name, username=username, password=password, actor=actor, now=now)
    grant_role(session, person, role, scope, actor=actor, now=now)
    return person, password


def grant_role(
    session: Session, person: Person, role: Role, scope: str, *, actor: SignedIn, now: datetime
) -> Grant:
    """Give a role.  Raises OwnAccount, ScopeUnfit, NotYours, and RolesExclude (三员分立)."""
    _not_oneself(person, actor)
    fitting = fitting_scope(role, scope)
    if fitting is None:
        raise ScopeUnfit(_("This role is not held in that scope. The province's officers act everywhere."))
    _within_reach(scope, actor)
    return people.grant(session, person, role, fitting, actor=actor, now=now)


def revoke_role(session: Session, person: Person, row: Grant, *, actor: SignedIn, now: datetime) -> None:
    """Take a role back.  Raises OwnAccount."""
    _not_oneself(person, actor)
    people.revoke(session, row, actor=actor, now=now)


def deactivate(session: Session, person: Person, *, actor: SignedIn, now: datetime) -> None:
    """Close an account; it keeps its record and can be opened again.  Raises OwnAccount."""
    _not_oneself(person, actor)
    person.is_active = False
    login.end_all(session, person.id, why="deactivated", now=now)
    audit.record(session, "person.deactivate", of=person, actor=actor, now=now)


def activate(session: Session, person: Person, *, actor: SignedIn, now: datetime) -> None:
    """Open a closed account again.  Raises OwnAccount."""
    _not_oneself(person, actor)
    person.is_active = True
    audit.record(session, "person.activate", of=person, actor=actor, now=now)


def unlock(session: Session, person: Person, *, actor: SignedIn, now: datetime) -> None:
    """Forget the refused sign-ins of this person, as staff and as candidate.  Raises OwnAccount."""
    _not_oneself(person, actor)
    for name in failure_names(session, person):
        login.forget_failures(session, name)
    audit.record(session, "person.unlock", of=person, actor=actor, now=now)


def end_logins(session: Session, person: Person, *, actor: SignedIn, now: datetime) -> None:
    """Sign this person out everywhere.  Raises OwnAccount."""
    _not_oneself(person, actor)
    login.end_all(session, person.id, why="ended by an administrator", now=now)
    audit.record(session, "logins.end", of=person, actor=actor, now=now)


def reset_password(session: Session, person: Person, *, actor: SignedIn, now: datetime) -> str:
    """A fresh password, which is kept nowhere else; the old one and every login end.

    Raises OwnAccount, and Refused where the person has no username to sign in with.
    """
    _not_oneself(person, actor)
    if not person.username:
        raise Refused(_("This person signs in with an admission ticket and has no password."))
    password = initial_password()
    person.password_hash = passwords.hash_password(password)
    login.end_all(session, person.id, why="password reset", now=now)
    audit.record(session, "password.reset", of=person, actor=actor, now=now)
    return password


def initial_password() -> str:
    """16 random characters of four kinds, none of which is mistaken for another when read from paper."""
    kinds = ("abcdefghijkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789", "-+=%@")
    signs = [secrets.choice(kind) for kind in kinds]
    signs += [secrets.choice("".join(kinds[:3])) for _place in range(12)]
    secrets.SystemRandom().shuffle(signs)
    return "".join(signs)


def _not_oneself(person: Person, actor: SignedIn) -> None:
    if person.id == actor.id:
        raise OwnAccount(_("Nobody administers their own account. Ask another administrator."))


def _within_reach(scope: str, actor: SignedIn) -> None:
    institutions = actor.institutions(Permission.MANAGE_PEOPLE)
    if institutions is None:
        return
    if scope == EVERYTHING or int(scope.partition(":")[2]) not in institutions:
        raise NotYours
