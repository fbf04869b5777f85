"""Looking people and their logins up."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.access.models import Login, Person
from examsite.config import Config


def by_username(session: Session, username: str) -> Person | None:
    """The person who may sign in with this name; None where there is none, or they are no longer active."""
    query = select(Person).where(Person.username == username.strip(), Person.is_active)
    return session.scalars(query).one_or_none()


def live_logins(session: Session, person_id: int, *, config: Config, now: datetime) -> list[Login]:
    """The browsers in which this person is signed in now, the last used first."""
    query = (
        select(Login)
        .where(
            Login.person_id == person_id,
            Login.ended_at.is_(None),
            Login.signed_in_at >= now - config.login_lifetime,
            Login.as_candidate | (Login.seen_at >= now - config.staff_idle),
        )
        .order_by(Login.seen_at.desc(), Login.id.desc())
    )
    return list(session.scalars(query))
