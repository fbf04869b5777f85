"""Opening a paper: the first time it starts the attempt, afterwards it moves the lease to the browser that asks.

Openings stand in the attempt's events alone: a hall that starts in one moment would queue for the end of the record.
Start, paper and number of takeovers come into the record with the attempt's end, each takeover by itself.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from examsite import audit
from examsite.access.scope import SignedIn
from examsite.errors import Refused
from examsite.planning.models import Paper, PaperMode, SittingStatus, TakeoverPolicy
from examsite.sitting import dealing, queries
from examsite.sitting.answers import lease_hash
from examsite.sitting.models import Attempt, AttemptEvent
from examsite.sitting.queries import Place
from examsite.sitting.windows import given_of, window_of
from question_bank.assembly import streams
from question_bank.rules import timing
from question_bank.rules.timing import Phase

#: More revisions than a page makes between two acknowledgements.
TAKEOVER_GAP = 10_000
_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class NotOpen(Refused):
    """The sitting can't be entered now."""

    code = "not-open"


class TakeoverNeedsConsent(Refused):
    """The paper is open on another machine, and this sitting asks an invigilator before it moves."""

    code = "takeover-needs-consent"


def open_paper(
    session: Session, place: Place, *, held: str | None = None, actor: SignedIn, now: datetime
) -> str:
    """Give this browser the lease of the attempt, starting it the first time; the lease's token.

    held: the lease that this browser has already; signing in again does not make another machine of it.
    Whoever else held the lease before turns read-only with the next request.  Raises NotOpen, TakeoverNeedsConsent.
    """
    if place.sitting.status != SittingStatus.READY or place.sitting.paper_set_id is None:
        raise NotOpen("本场考试尚未就绪，请等候监考员通知。")
    lease = secrets.token_urlsafe(24)
    kind = "opened"
    if place.attempt is not None or not _start(session, place, lease, actor=actor, now=now):
        kind = _move(session, place, lease, held, actor=actor, now=now)
    event = AttemptEvent(attempt_id=place.id, at=now, kind=kind, detail={"login": actor.login_id})
    session.add(event)
    if kind == "taken-over":
        audit.record(session, f"attempt.{kind}", of=f"attempts:{place.id}", actor=actor, now=now)
    return lease


def _start(session: Session, place: Place, lease: str, *, actor: SignedIn, now: datetime) -> bool:
    """Make the attempt; False where another request of this candidate was faster."""
    window = window_of(place.sitting)
    if now < window.opens:
        raise NotOpen("考试尚未开始。")
    if not timing.may_start(window, now):
        raise NotOpen("已超过允许进入考场的时间，不能再开始作答。请联系监考员。")
    connection = session.connection()
    row = {
        "id": place.id,
        "enrolment_id": place.enrolment.id,
        "paper_id": place.dealt_paper_id or _paper_by_rank(session, place),
        "started_at": now,
        "lease": lease_hash(lease),
        "leased_login_id": actor.login_id,
        "leased_at": now,
        "settings": {},
    }
    insert = _INSERT[connection.dialect.name](Attempt)
    made = connection.execute(insert.on_conflict_do_nothing().returning(Attempt.id), [_DEFAULTS | row])
    return made.first() is not None


_DEFAULTS = {"takeovers": 0, "extra_seconds": 0, "restored_seconds": 0, "revision": 0, "answered": 0}


def _move(
    session: Session, place: Place, lease: str, held: str | None, *, actor: SignedIn, now: datetime
) -> str:
    """Give the lease of a started attempt to this browser; what that is called."""
    attempt = session.get_one(Attempt, place.id, with_for_update=True, populate_existing=True)
    if attempt.closed_at is not None:
        raise NotOpen("您已交卷，不能再次打开试卷。")
    given = given_of(attempt, place.enrolment.time_factor_percent)
    if timing.phase(window_of(place.sitting), attempt.started_at, now, given) is Phase.CLOSED:
        raise NotOpen("作答时间已结束。")
    kind = "reopened"
    is_here = attempt.leased_login_id == actor.login_id or (held and lease_hash(held) == attempt.lease)
    if attempt.lease is not None and not is_here:
        _check_consent(place, attempt, now)
        kind = "taken-over"
        attempt.takeovers += 1
        # What the older page may still hold stays below everything the new one makes.
        attempt.revision += TAKEOVER_GAP
        attempt.takeover_until = None
    attempt.lease = lease_hash(lease)
    attempt.leased_login_id = actor.login_id
    attempt.leased_at = now
    return kind


def _check_consent(place: Place, attempt: Attempt, now: datetime) -> None:
    if place.sitting.takeover_policy != TakeoverPolicy.CONSENT:
        return
    if attempt.takeover_until is None or now > attempt.takeover_until:
        raise TakeoverNeedsConsent(
            "您的试卷已在另一台机器上打开。本场考试换机须经监考员同意：请举手，等监考员同意后再进入。"
        )


def _paper_by_rank(session: Session, place: Place) -> int:
    """The paper of a candidate to whom none was dealt: fixed by the seed and their rank, so that neighbours' differ."""
    if (dealt := dealing.dealt_paper(session, place.enrolment.id)) is not None:
        return dealt  # whoever made this place did not look
    papers = queries.paper_set_of(session, place.sitting)
    assert papers is not None
    rank = queries.rank(session, place.enrolment)
    if papers.mode == PaperMode.FIXED:
        number = (rank + streams.number(papers.count, papers.seed, "start", place.sitting.id)) % papers.count
    elif rank >= papers.count or dealing.has_dealt(session, place.sitting.id):
        raise NotOpen("试卷份数不足，请监考员联系考务人员补充试卷。")
    else:
        number = int(_dealing(papers.count, papers.seed, place.sitting.id)[rank])
    return session.scalars(
        select(Paper.id).where(Paper.set_id == papers.id, Paper.number == number + 1)
    ).one()


@lru_cache(maxsize=8)
def _dealing(count: int, seed: str, sitting_id: int) -> NDArray[np.int64]:
    return np.asarray(streams.permutation(count, seed, "deal", sitting_id))
