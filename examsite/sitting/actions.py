"""Verbs of the candidate's side: open a paper, hand it in, let the clock close it, keep the page's settings."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from examsite import audit
from examsite.access.models import Person
from examsite.access.scope import SignedIn
from examsite.clock import as_milliseconds
from examsite.errors import Invalid, Refused
from examsite.planning.models import Paper, PaperMode, Sitting, SittingStatus
from examsite.registration.models import Enrolment
from examsite.sitting import queries
from examsite.sitting.answers import lease_hash, leased_state, take
from examsite.sitting.models import Answer, Attempt, AttemptEvent
from examsite.sitting.presenting import presented_paper
from examsite.sitting.queries import Place
from examsite.sitting.records import Outcome, Record
from examsite.sitting.windows import given_of, window_of
from question_bank.assembly import streams
from question_bank.questions.model import canonical_hash
from question_bank.questions.present import PresentedPart, PresentedQuestion, is_answered
from question_bank.rules import timing
from question_bank.rules.timing import Phase

FONTS = ("small", "medium", "large")
CONTRASTS = ("normal", "high", "dark")
#: What one page shows.
VIEWS = ("question", "section")


class NotOpen(Refused):
    """The sitting can't be entered now."""

    code = "not-open"


def open_paper(session: Session, place: Place, *, actor: SignedIn, now: datetime) -> str:
    """Give this browser the lease of the attempt, starting it the first time; the lease's token.

    Whoever held the lease before turns read-only with its next request.  Raises NotOpen.
    """
    sitting = place.sitting
    if sitting.status != SittingStatus.READY or sitting.paper_set_id is None:
        raise NotOpen("本场考试尚未就绪，请等候监考员通知。")
    attempt = place.attempt and session.get(Attempt, place.attempt.id, with_for_update=True)
    if attempt is None:
        attempt = _start(session, place, actor=actor, now=now)
    elif attempt.closed_at is not None:
        raise NotOpen("您已交卷，不能再次打开试卷。")
    elif phase_of(sitting, place.enrolment, attempt, now) is Phase.CLOSED:
        raise NotOpen("作答时间已结束。")
    lease = secrets.token_urlsafe(24)
    kind = "opened" if attempt.lease is None else "reopened"
    if attempt.lease is not None and attempt.leased_login_id != actor.login_id:
        attempt.takeovers += 1
        kind = "taken-over"
    attempt.lease = lease_hash(lease)
    attempt.leased_login_id = actor.login_id
    attempt.leased_at = now
    session.add(AttemptEvent(attempt_id=attempt.id, at=now, kind=kind, detail={"login": actor.login_id}))
    audit.record(session, f"attempt.{kind}", of=attempt, actor=actor, now=now)
    return lease


def _start(session: Session, place: Place, *, actor: SignedIn, now: datetime) -> Attempt:
    window = window_of(place.sitting)
    if now < window.opens:
        raise NotOpen("考试尚未开始。")
    if not timing.may_start(window, now):
        raise NotOpen("已超过允许进入考场的时间，不能再开始作答。请联系监考员。")
    attempt = Attempt(
        id=place.id,
        enrolment_id=place.enrolment.id,
        paper_id=_dealt_paper(session, place.enrolment, place.sitting),
        started_at=now,
        settings={},
    )
    session.add(attempt)
    session.flush()
    return attempt


def _dealt_paper(session: Session, enrolment: Enrolment, sitting: Sitting) -> int:
    """The paper of this candidate: fixed by the seed and their rank, so that neighbours' papers differ."""
    papers = queries.paper_set_of(session, sitting)
    assert papers is not None
    rank = queries.rank(session, enrolment)
    if papers.mode == PaperMode.FIXED:
        number = (rank + streams.number(papers.count, papers.seed, "start", sitting.id)) % papers.count
    elif rank >= papers.count:
        raise NotOpen("试卷份数不足，请监考员联系考务人员补充试卷。")
    else:
        number = int(streams.permutation(papers.count, papers.seed, "deal", sitting.id)[rank])
    return session.scalars(
        select(Paper.id).where(Paper.set_id == papers.id, Paper.number == number + 1)
    ).one()


def phase_of(sitting: Sitting, enrolment: Enrolment, attempt: Attempt, now: datetime) -> Phase:
    """Where an attempt stands by the clock."""
    return timing.phase(
        window_of(sitting),
        attempt.started_at,
        now,
        given_of(attempt, enrolment.time_factor_percent),
        handed_in=attempt.closed_at is not None,
    )


def hand_in(
    session: Session,
    attempt_id: str,
    lease: str,
    records: Sequence[Record],
    declared: dict[int, int],
    *,
    now: datetime,
) -> Outcome:
    """Close the attempt once the server holds every revision that the page declares (position → revision).

    What arrived is kept even where closing is refused.  The outcome says whether it closed; where it did not,
    `missing_of` names the positions to send again, or it is too early.  Handing in twice changes nothing.
    """
    state = leased_state(session, attempt_id, lease, lock=True)
    outcome = take(session, state, records, now=now)
    if state.closed_at is not None or outcome.phase is Phase.CLOSED:
        if state.closed_at is None:
            close(session, session.get_one(Attempt, attempt_id), by="clock", now=now)
            outcome.handed_in = True
        return outcome
    if missing_of(session, attempt_id, declared, outcome):
        return outcome
    in_time = now < outcome.deadline
    if in_time and not timing.may_hand_in(window_of(state), state.started_at, now):
        return outcome
    attempt = session.get_one(Attempt, attempt_id)
    candidate = session.get_one(Person, state.person_id)
    close(session, attempt, by="candidate" if in_time else "clock", now=now, actor=candidate)
    outcome.handed_in, outcome.phase = True, Phase.CLOSED
    return outcome


def missing_of(session: Session, attempt_id: str, declared: dict[int, int], outcome: Outcome) -> list[int]:
    """Positions whose declared revision the server does not hold (refused ones are known and don't count)."""
    rows = session.execute(select(Answer.position, Answer.revision).where(Answer.attempt_id == attempt_id))
    held = dict(rows.all())
    refused = {(refusal.position, refusal.revision) for refusal in outcome.refused}
    return sorted(p for p, r in declared.items() if held.get(p, 0) < r and (p, r) not in refused)


def earliest_hand_in(state: Row[Any]) -> datetime:
    """From when on this candidate may hand in."""
    return timing.earliest_hand_in(window_of(state), state.started_at)


def close(
    session: Session, attempt: Attempt, *, by: str, now: datetime, actor: audit.Actor | None = None
) -> None:
    """End an attempt: what the server holds counts.  The receipt is a hash of the answers that anyone can recompute."""
    held = queries.answers(session, attempt.id)
    attempt.closed_at = now
    attempt.closed_by = by
    attempt.receipt = receipt_hash(attempt.id, held)
    audit.record(
        session,
        "attempt.close",
        of=attempt,
        actor=actor,
        now=now,
        by=by,
        answered=queries.answered(held),
        receipt=attempt.receipt,
    )


def receipt_hash(attempt_id: str, held: dict[int, Answer]) -> str:
    """SHA-256 over attempt and answers in order of position; the receipt prints its first sixteen digits."""
    rows = [[p, held[p].revision, held[p].response] for p in sorted(held) if is_answered(held[p].response)]
    return canonical_hash({"attempt": attempt_id, "answers": rows})


def close_overdue(session: Session, *, now: datetime) -> int:
    """Close every started attempt whose time and grace have passed; how many.

    Only those are locked, and looked at once more under the lock: saves of the others don't wait.
    """
    ids = queries.overdue(session, now=now)
    if not ids:
        return 0
    query = select(Attempt).where(Attempt.id.in_(ids)).order_by(Attempt.id)
    # Who is handing in at this moment holds the lock and closes by themselves.
    query = query.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    locked = {attempt.id: attempt for attempt in session.scalars(query)}
    still = [locked[i] for i in queries.overdue(session, now=now) if i in locked]
    for attempt in still:
        close(session, attempt, by="clock", now=now)
    return len(still)


def keep_settings(session: Session, attempt_id: str, lease: str, settings: dict[str, Any]) -> None:
    """Keep how the candidate wants the page to look, for every machine.  Raises Invalid, LeaseLost."""
    leased_state(session, attempt_id, lease, lock=True)
    font, contrast = settings.get("font", "medium"), settings.get("contrast", "normal")
    shortcuts, view = settings.get("shortcuts", True), settings.get("view", "question")
    known = font in FONTS and contrast in CONTRASTS and view in VIEWS
    if not known or not isinstance(shortcuts, bool):
        raise Invalid("显示设置的取值不正确。")
    attempt = session.get_one(Attempt, attempt_id)
    attempt.settings = {"font": font, "contrast": contrast, "view": view, "shortcuts": shortcuts}


def note_leaving(
    session: Session, attempt_id: str, lease: str, *, leaves: int, away: timedelta, now: datetime
) -> None:
    """Keep what the page says of being left, counted since it was loaded: evidence for people, never a verdict."""
    detail = {"page": lease_hash(lease)[:8], "leaves": leaves, "away_seconds": round(away.total_seconds())}
    before = session.scalars(
        select(AttemptEvent.detail)
        .where(AttemptEvent.attempt_id == attempt_id, AttemptEvent.kind == "left-page")
        .order_by(AttemptEvent.id.desc())
        .limit(1)
    ).one_or_none()
    if before != detail:
        session.add(AttemptEvent(attempt_id=attempt_id, at=now, kind="left-page", detail=detail))


def from_form(
    session: Session, attempt: Attempt, fields: dict[str, list[str]], *, now: datetime
) -> list[Record]:
    """What a form sent without JavaScript changes, as records with fresh revisions."""
    held = queries.answers(session, attempt.id)
    revision = attempt.revision
    records = []
    for question in presented_paper(session, attempt.paper_id):
        response = _response_of(question, f"q{question.position}", fields)
        marked = bool(fields.get(f"m{question.position}"))
        before = held.get(question.position)
        if (
            (before.response, before.marked) != (response, marked)
            if before
            else (response is not None or marked)
        ):
            revision += 1
            records.append(Record(question.position, revision, response, marked, now))
    return records


def _response_of(
    asked: PresentedQuestion | PresentedPart, name: str, fields: dict[str, list[str]]
) -> dict[str, Any] | None:
    """What the fields of this name say in answer to a question or a part; None where nothing was entered."""
    if isinstance(asked, PresentedQuestion) and asked.parts:
        parts = [_response_of(part, f"{name}-p{place}", fields) for place, part in enumerate(asked.parts)]
        return {"parts": parts} if any(parts) else None
    values = fields.get(name, [])
    if asked.shape == "options":
        return {"options": values} if values else None
    if asked.shape == "truth":
        return {"truth": values[0] == "true"} if values else None
    if asked.shape == "blanks":
        texts = [(fields.get(f"{name}-b{i}") or [""])[0] for i in range(asked.blanks)]
        return {"blanks": texts} if any(texts) else None
    return {asked.shape: values[0]} if values and values[0].strip() else None


def milliseconds(instant: datetime | None) -> int | None:
    """An instant as pages count time, None staying None."""
    return None if instant is None else as_milliseconds(instant)
