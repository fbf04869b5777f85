"""Signing in and out, and finding the person behind a cookie.

A login is a row; the cookie holds only a random token.  Staff logins end after minutes without a request, candidates'
don't while they sit.  A candidate has one live login: the newest.  Failures are counted by name and by address.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from examsite import audit
from examsite.access.models import Grant, Login, Person, SignInFailure
from examsite.access.permissions import Role
from examsite.access.scope import Granted, SignedIn
from examsite.config import Config

#: A login's last-seen instant is written at most this often.
SEEN_STEP = timedelta(minutes=1)
ADDRESS_WINDOW = timedelta(minutes=10)


def token_hash(token: str) -> str:
    """What the table keeps of a cookie's token."""
    return hashlib.sha256(token.encode()).hexdigest()


# Asked by every page: built once, and columns instead of rows that the session would have to keep.
_FIND = (
    select(
        Login.id,
        Login.ended_at,
        Login.signed_in_at,
        Login.seen_at,
        Login.as_candidate,
        Login.person_id,
        Person.name,
        Person.language,
        Person.is_active,
    )
    .join(Person, Person.id == Login.person_id)
    .where(Login.token_hash == bindparam("token"))
)
_GRANTS = select(Grant.role, Grant.scope).where(Grant.person_id == bindparam("person")).order_by(Grant.id)


def find(session: Session, token: str, *, config: Config, now: datetime) -> SignedIn | None:
    """The person signed in with this token, or None where the login ended, idled out or is too old."""
    connection = session.connection()
    row = connection.execute(_FIND, {"token": token_hash(token)}).one_or_none()
    if row is None:
        return None
    if row.ended_at is not None or not row.is_active or now - row.signed_in_at > config.login_lifetime:
        return None
    if not row.as_candidate and now - row.seen_at > config.staff_idle:
        return None
    grants = connection.execute(_GRANTS, {"person": row.person_id})
    held = tuple(Granted(Role(role), scope) for role, scope in grants)
    if row.as_candidate:
        # A ticket opens the candidate's side alone, whatever else this person is.
        held = tuple(grant for grant in held if grant.role is Role.CANDIDATE)
    return SignedIn(
        row.person_id,
        row.name,
        row.id,
        token,
        row.as_candidate,
        held,
        row.language,
        now - row.seen_at > SEEN_STEP,
    )


def note_seen(session: Session, login_id: int, *, now: datetime) -> None:
    """Remember that this login was used; at most once a minute."""
    session.execute(
        update(Login).where(Login.id == login_id, Login.seen_at < now - SEEN_STEP).values(seen_at=now)
    )


ELSEWHERE = "signed in elsewhere"


def was_replaced(session: Session, token: str) -> bool:
    """Whether the login of this token ended because its person signed in as a candidate on another machine."""
    query = select(Login.ended_why).where(Login.token_hash == token_hash(token), Login.ended_at.is_not(None))
    return session.scalars(query).one_or_none() == ELSEWHERE


def start(session: Session, person: Person, *, as_candidate: bool, address: str, now: datetime) -> str:
    """Sign this person in; the token for the cookie.

    Where a candidate signs in, every other login of this person ends, also one as staff: nobody sits an examination while
    signed in to the office's side elsewhere.
    """
    if as_candidate:
        end_all(session, person.id, why=ELSEWHERE, now=now)
    token = secrets.token_urlsafe(32)
    login = Login(
        person_id=person.id,
        token_hash=token_hash(token),
        as_candidate=as_candidate,
        address=address,
        signed_in_at=now,
        seen_at=now,
        ended_at=None,
    )
    session.add(login)
    audit.record(
        session, "login.start", of=login, actor=person, now=now, as_candidate=as_candidate, address=address
    )
    return token


def end(session: Session, person: SignedIn, *, now: datetime) -> None:
    """Sign this browser out."""
    session.execute(
        update(Login)
        .where(Login.id == person.login_id, Login.ended_at.is_(None))
        .values(ended_at=now, ended_why="signed out")
    )
    audit.record(session, "login.end", of=f"logins:{person.login_id}", actor=person, now=now)


def end_all(session: Session, person_id: int, *, why: str, now: datetime) -> None:
    """End every live login of a person."""
    session.execute(
        update(Login)
        .where(Login.person_id == person_id, Login.ended_at.is_(None))
        .values(ended_at=now, ended_why=why)
    )


def note_failure(session: Session, name: str, *, address: str, now: datetime) -> None:
    """Count a refused sign-in."""
    session.add(SignInFailure(name=folded(name), address=address, at=now))
    audit.record(session, "login.refused", of="logins", actor=None, now=now, address=address)


def wait_needed(
    session: Session, name: str, *, address: str, lockout: timedelta, config: Config, now: datetime
) -> timedelta:
    """How long this name or address must wait before the next try; zero where it may try now.

    Only failures count, so a hall of candidates behind one address is not slowed by signing in rightly.
    """
    by_name = session.scalars(
        select(SignInFailure.at)
        .where(SignInFailure.name == folded(name), SignInFailure.at > now - lockout)
        .order_by(SignInFailure.at.desc())
        .limit(config.lockout_failures)
    ).all()
    if len(by_name) >= config.lockout_failures:
        return by_name[0] + lockout - now
    by_address, oldest = session.execute(
        select(func.count(), func.min(SignInFailure.at)).where(
            SignInFailure.address == address, SignInFailure.at > now - ADDRESS_WINDOW
        )
    ).one()
    if by_address >= config.address_failures_per_10_minutes:
        return max(timedelta(seconds=1), _aware(oldest, now) + ADDRESS_WINDOW - now)
    return timedelta(0)


def forget_failures(session: Session, name: str) -> None:
    """A right sign-in, or an administrator, clears the count of this name."""
    session.execute(delete(SignInFailure).where(SignInFailure.name == folded(name)))


def folded(name: str) -> str:
    """A typed name as failures are counted by: trimmed, case folded, at most 80 characters."""
    return name.strip().casefold()[:80]


def _aware(value: datetime, like: datetime) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=like.tzinfo)
