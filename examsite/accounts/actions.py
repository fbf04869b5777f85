"""What people do to their own account."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from examsite import audit
from examsite.access import passwords
from examsite.access.models import Login, Person
from examsite.audit import Actor
from examsite.errors import Invalid


class WeakPassword(Invalid):
    """The new password falls short; `weaknesses` are the codes of `accounts.words.WEAKNESSES`."""

    code = "weak-password"

    def __init__(self, weaknesses: list[str]) -> None:
        super().__init__("; ".join(weaknesses), weaknesses=weaknesses)
        self.weaknesses = weaknesses


def change_password(
    session: Session, person: Person, new: str, *, keep_login_id: int, actor: Actor, now: datetime
) -> None:
    """Set one's own new password; every other login ends.  Raises WeakPassword.

    Whether the present password was typed rightly is the caller's to ask first.
    """
    weaknesses = passwords.weaknesses(new, name=person.name, username=person.username or "")
    if passwords.is_right(person.password_hash, new):
        weaknesses.append("unchanged")
    if weaknesses:
        raise WeakPassword(weaknesses)
    person.password_hash = passwords.hash_password(new)
    _end_others(session, person.id, keep_login_id, why="password changed", now=now)
    audit.record(session, "password.change", of=person, actor=actor, now=now)


def end_other_logins(
    session: Session, person_id: int, *, keep_login_id: int, actor: Actor, now: datetime
) -> int:
    """Sign this person out everywhere but here; how many logins ended."""
    ended = _end_others(session, person_id, keep_login_id, why="ended by the person", now=now)
    audit.record(session, "logins.end", of=f"persons:{person_id}", actor=actor, now=now, count=ended)
    return ended


def choose_language(session: Session, person: Person, code: str, *, actor: Actor, now: datetime) -> None:
    """Remember the language in which this person wants pages."""
    audit.record(
        session, "language.choose", of=person, actor=actor, now=now, before=person.language, after=code
    )
    person.language = code


def _end_others(session: Session, person_id: int, keep_login_id: int, *, why: str, now: datetime) -> int:
    ended = session.scalars(
        update(Login)
        .where(Login.person_id == person_id, Login.id != keep_login_id, Login.ended_at.is_(None))
        .values(ended_at=now, ended_why=why)
        .returning(Login.id)
    ).all()
    return len(ended)
