"""Smaller verbs of the candidate's side: the page's settings, what it says of itself, forms without JavaScript."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from examsite.clock import as_milliseconds
from examsite.errors import Invalid
from examsite.sitting import queries
from examsite.sitting.answers import lease_hash, leased_state
from examsite.sitting.models import Attempt, AttemptEvent
from examsite.sitting.presenting import presented_paper
from examsite.sitting.records import Record
from question_bank.questions.present import PresentedPart, PresentedQuestion

FONTS = ("small", "medium", "large")
CONTRASTS = ("normal", "high", "dark")
#: What one page shows.
VIEWS = ("question", "section")
#: A little less than the fifteen seconds between two pulses, so that each is kept and no more than one.
SEEN_STEP = timedelta(seconds=14)


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


def is_due(seen_at: datetime | None, now: datetime) -> bool:
    """Whether what the board shows of a page is old enough to be written again."""
    return seen_at is None or now - seen_at >= SEEN_STEP


def note_seen(session: Session, attempt_id: str, *, answered: int, now: datetime) -> None:
    """Keep when an open attempt's page was heard of, and how many answers it says it has."""
    session.execute(
        update(Attempt)
        .where(Attempt.id == attempt_id, Attempt.closed_at.is_(None))
        .values(seen_at=now, answered=answered)
    )


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
