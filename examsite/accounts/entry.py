"""Coming in: how long somebody must wait, what a refused try costs, and the start of a login.

A try takes three steps: look (may this name try now?), check the secret outside any transaction, because a password
takes tens of milliseconds and SQLite has one writer, then write.  The last step asks again whether the name must
wait, so that many tries at once gain nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta

from flask import current_app, request, session
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import login_user

from examsite import clock
from examsite.access import login
from examsite.access.models import Person
from examsite.config import Config
from examsite.db import reading, writing


@dataclass(frozen=True, slots=True)
class Door:
    """One way in.  name: what failures are counted by; lockout: how long the fifth failure shuts it."""

    name: str
    as_candidate: bool
    lockout: timedelta


def staff_door(username: str) -> Door:
    """The way in by username and password."""
    return Door(username, as_candidate=False, lockout=_config().staff_lockout)


def candidate_door(ticket: str) -> Door:
    """The way in by admission ticket and identity number."""
    return Door(f"ticket:{ticket}", as_candidate=True, lockout=_config().candidate_lockout)


def wait_at(door: Door) -> timedelta:
    """How long this door stays shut for this name and address; zero where it is open."""
    with reading() as rows:
        return login.wait_needed(
            rows, door.name, address=_address(), lockout=door.lockout, config=_config(), now=clock.now()
        )


def come_in(door: Door, person_id: int | None) -> timedelta | None:
    """Sign this person in, or count a failure where the secret was wrong (None).

    Returns None where the person is in, zero where the secret was wrong, else how long to wait.
    """
    now = clock.now()
    config = _config()
    with writing() as rows:
        wait = login.wait_needed(
            rows, door.name, address=_address(), lockout=door.lockout, config=config, now=now
        )
        if wait:
            return wait
        if person_id is None:
            login.note_failure(rows, door.name, address=_address(), now=now)
            return timedelta(0)
        login.forget_failures(rows, door.name)
        person = rows.get_one(Person, person_id)
        token = login.start(rows, person, as_candidate=door.as_candidate, address=_address(), now=now)
        rows.flush()
        found = login.find(rows, token, config=config, now=now)
    # Nothing that was in the cookie before goes on: a planted one is worth nothing.
    session.clear()
    login_user(found)
    return None


def count_failure(door: Door) -> None:
    """A secret was typed wrongly by somebody who is in already."""
    with writing() as rows:
        login.note_failure(rows, door.name, address=_address(), now=clock.now())


def wait_sentence(wait: timedelta) -> str:
    """What a person reads who must wait."""
    seconds = retry_after(wait)
    if seconds < 120:
        return str(
            ngettext(
                "Too many failed attempts. Please try again in %(num)s second.",
                "Too many failed attempts. Please try again in %(num)s seconds.",
                seconds,
            )
        )
    return str(
        ngettext(
            "Too many failed attempts. Please try again in %(num)s minute.",
            "Too many failed attempts. Please try again in %(num)s minutes.",
            math.ceil(seconds / 60),
        )
    )


def retry_after(wait: timedelta) -> int:
    """Whole seconds, rounded up, as the Retry-After header counts."""
    return max(1, math.ceil(wait.total_seconds()))


def refused_sentence() -> str:
    """The one sentence for a wrong name and a wrong secret: nobody learns which."""
    return str(_("The details do not match. Please check them and try again."))


def _address() -> str:
    return (request.remote_addr or "")[:60]


def _config() -> Config:
    return current_app.extensions["examsite-config"]  # type: ignore[no-any-return]
