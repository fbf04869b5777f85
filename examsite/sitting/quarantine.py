"""Answers that came after the grace though their page says they were made in time: a person admits or refuses each.

Admitted ones become answers by the rule of all answers: the newest revision of a position stands.  The receipt is made
anew; the one that was given before stays in the event.  Scores collected before differ then: `results recheck` names
them, and collecting once more supersedes them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from examsite import audit
from examsite.audit import Actor
from examsite.errors import Invalid, NotYours, Refused
from examsite.planning.models import Paper
from examsite.registration.models import Enrolment
from examsite.sitting import queries
from examsite.sitting.closing import receipt_hash
from examsite.sitting.giving import checked_reason, locked
from examsite.sitting.models import (
    Answer,
    AnswerLog,
    Attempt,
    AttemptEvent,
    QuarantinedAnswer,
    QuarantineDecision,
)
from examsite.sitting.presenting import paper_of
from examsite.sitting.records import Record
from examsite.sitting.saying import in_words


class Decided(Refused):
    """Somebody has decided about it already; what is decided is not decided again."""

    code = "decided"


class RevisionTaken(Refused):
    """The server holds another answer under the same revision."""

    code = "revision-taken"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One quarantined answer with what is known of it.  Nothing here says whether an answer is right.

    says: what it answers, in words; replaces: what stands at its position now ("" = nothing entered, None = no answer).
    would_count: False where a newer revision stands, so that admitting it changes nothing but the record.
    last_acknowledged_at, last_seen_at: of the attempt, when it arrived; outage: seconds from then to its arrival.
    """

    id: int
    enrolment: Enrolment
    attempt: Attempt
    position: int
    revision: int
    says: str
    replaces: str | None
    would_count: bool
    made_at: datetime
    arrived_at: datetime
    ended_at: datetime
    last_acknowledged_at: datetime | None
    last_seen_at: datetime | None
    outage: int | None
    carried_by: int | None


def waiting(session: Session, sitting_id: int) -> list[Waiting]:
    """Every answer of this sitting that waits for a decision, by seat, position and revision."""
    rows = session.execute(
        select(QuarantinedAnswer, Attempt, Enrolment, Paper.content_hash)
        .join(Attempt, Attempt.id == QuarantinedAnswer.attempt_id)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .join(Paper, Paper.id == Attempt.paper_id)
        .outerjoin(QuarantineDecision, QuarantineDecision.quarantined_id == QuarantinedAnswer.id)
        .where(Enrolment.sitting_id == sitting_id, QuarantineDecision.quarantined_id.is_(None))
        .options(joinedload(Enrolment.person))
        .order_by(Enrolment.id, QuarantinedAnswer.position, QuarantinedAnswer.revision)
    ).all()
    if not rows:
        return []
    of_sitting = (
        select(Answer)
        .join(Attempt, Attempt.id == Answer.attempt_id)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .where(
            Enrolment.sitting_id == sitting_id,
            Answer.attempt_id.in_(select(QuarantinedAnswer.attempt_id)),
        )
    )
    held = {(answer.attempt_id, answer.position): answer for answer in session.scalars(of_sitting)}
    found = []
    for kept, attempt, enrolment, paper_hash in rows:
        questions = paper_of(session, attempt.paper_id, paper_hash)
        asked = questions[kept.position - 1] if kept.position <= len(questions) else None
        stands = held.get((attempt.id, kept.position))
        evidence = kept.evidence
        seen = [_instant(evidence, name) for name in ("last_acknowledged_at", "last_seen_at")]
        heard = max((at for at in seen if at), default=None)
        found.append(
            Waiting(
                kept.id,
                enrolment,
                attempt,
                kept.position,
                kept.revision,
                in_words(asked, kept.response),
                in_words(asked, stands.response) if stands else None,
                stands is None or stands.revision < kept.revision,
                kept.made_at,
                kept.arrived_at,
                datetime.fromisoformat(evidence["ended_at"]),
                seen[0],
                seen[1],
                round((kept.arrived_at - heard).total_seconds()) if heard else None,
                evidence.get("carried_by"),
            )
        )
    return found


def admit(
    session: Session, quarantined_ids: Collection[int], *, reason: str, actor: Actor, now: datetime
) -> None:
    """Let these answers count.  All or none.  Raises Invalid, NotYours, Decided, RevisionTaken."""
    reason = checked_reason(reason)
    by_attempt = _undecided(session, quarantined_ids)
    for attempt, kept in by_attempt:
        _decide(session, kept, is_admitted=True, reason=reason, actor=actor, now=now)
        held = queries.answers(session, attempt.id)
        replaced = _count(session, attempt, kept, held, now)
        before = attempt.receipt
        if attempt.closed_at is not None:
            session.flush()
            attempt.receipt = receipt_hash(attempt.id, queries.answers(session, attempt.id))
        detail = {
            "quarantined": [one.id for one in kept],
            "positions": sorted({one.position for one in kept}),
            "replaced": replaced,
            "receipt_before": before,
            "receipt": attempt.receipt,
        }
        _note(session, attempt, "quarantine-admitted", reason=reason, actor=actor, now=now, **detail)


def refuse(
    session: Session, quarantined_ids: Collection[int], *, reason: str, actor: Actor, now: datetime
) -> None:
    """Let these answers not count; they stay in the record.  All or none.  Raises Invalid, NotYours, Decided."""
    reason = checked_reason(reason)
    for attempt, kept in _undecided(session, quarantined_ids):
        _decide(session, kept, is_admitted=False, reason=reason, actor=actor, now=now)
        detail = {
            "quarantined": [one.id for one in kept],
            "positions": sorted({one.position for one in kept}),
        }
        _note(session, attempt, "quarantine-refused", reason=reason, actor=actor, now=now, **detail)


def _undecided(
    session: Session, quarantined_ids: Collection[int]
) -> list[tuple[Attempt, list[QuarantinedAnswer]]]:
    """These answers by attempt, each attempt locked, so that two who decide at one moment come one after the other."""
    if not quarantined_ids:
        raise Invalid(_("Choose at least one answer."))
    kept = {row.id: row for row in session.scalars(_kept(quarantined_ids))}
    if set(quarantined_ids) - set(kept):
        raise NotYours
    attempts = locked(session, {row.attempt_id for row in kept.values()})
    decided = session.scalars(
        select(QuarantineDecision.quarantined_id).where(
            QuarantineDecision.quarantined_id.in_(quarantined_ids)
        )
    ).all()
    if decided:
        places = "、".join(str(kept[one].position) for one in sorted(decided))
        raise Decided(_("Question %(q)s: this answer has been decided already.", q=places))
    of_attempt: dict[str, list[QuarantinedAnswer]] = defaultdict(list)
    for row in sorted(kept.values(), key=lambda row: (row.position, row.revision)):
        of_attempt[row.attempt_id].append(row)
    return [(attempt, of_attempt[attempt.id]) for attempt in attempts]


def _kept(quarantined_ids: Collection[int]) -> Any:
    return select(QuarantinedAnswer).where(QuarantinedAnswer.id.in_(quarantined_ids))


def _decide(
    session: Session,
    kept: Sequence[QuarantinedAnswer],
    *,
    is_admitted: bool,
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    session.add_all(
        QuarantineDecision(
            quarantined_id=one.id,
            is_admitted=is_admitted,
            reason=reason,
            decided_by_id=actor.id,
            decided_at=now,
        )
        for one in kept
    )


def _count(
    session: Session,
    attempt: Attempt,
    kept: Sequence[QuarantinedAnswer],
    held: dict[int, Answer],
    now: datetime,
) -> dict[str, int]:
    """Make answers of them; the revisions that stood before, by position."""
    logged = session.execute(
        select(AnswerLog.position, AnswerLog.revision, AnswerLog.digest).where(
            AnswerLog.attempt_id == attempt.id, AnswerLog.position.in_({one.position for one in kept})
        )
    )
    digests = {(position, revision): digest for position, revision, digest in logged}
    replaced: dict[str, int] = {}
    for one in kept:
        said = Record(one.position, one.revision, one.response, one.marked, one.made_at)
        known = digests.get((one.position, one.revision))
        if known is not None and known != said.digest:
            sentence = _("Question %(q)s: another answer bears the same number and stands.", q=one.position)
            raise RevisionTaken(sentence)
        made_at = min(one.made_at, one.arrived_at)
        if known is None:
            session.add(
                AnswerLog(
                    attempt_id=attempt.id,
                    position=one.position,
                    revision=one.revision,
                    made_at=made_at,
                    saved_at=now,
                    digest=said.digest,
                )
            )
        stands = held.get(one.position)
        if stands is None:
            stands = held[one.position] = Answer(attempt_id=attempt.id, position=one.position, revision=0)
            session.add(stands)
        if stands.revision < one.revision:
            replaced.setdefault(str(one.position), stands.revision)
            stands.revision, stands.response, stands.marked = one.revision, one.response, one.marked
            stands.made_at, stands.saved_at = made_at, now
        attempt.revision = max(attempt.revision, one.revision)
    return replaced


def _note(
    session: Session, attempt: Attempt, kind: str, *, reason: str, actor: Actor, now: datetime, **detail: Any
) -> None:
    event = AttemptEvent(
        attempt_id=attempt.id, at=now, kind=kind, detail={"by": actor.id, **detail}, note=reason
    )
    session.add(event)
    audit.record(session, f"attempt.{kind}", of=attempt, actor=actor, now=now, reason=reason, **detail)


def _instant(evidence: dict[str, Any], name: str) -> datetime | None:
    said = evidence.get(name)
    return datetime.fromisoformat(said) if said else None
