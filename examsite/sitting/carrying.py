"""The outbox of a machine that can't reach the server, carried in as a file.

It holds the same revisions as the packets that never came, so carrying it in twice changes nothing.  What it says it
made before the end of the time counts while the attempt is open and waits for a person afterwards, as a late packet does.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from examsite import audit
from examsite.audit import Actor
from examsite.clock import from_milliseconds
from examsite.errors import Invalid
from examsite.sitting import answers
from examsite.sitting.models import AttemptEvent
from examsite.sitting.records import Outcome, Record
from examsite.sitting.wire import Malformed, read_record
from question_bank.questions.model import canonical_hash

FORMAT = "examsite-outbox-1"
MOST_BYTES = 4 * 1024 * 1024
MOST_RECORDS = 5000


class NotAnOutbox(Invalid):
    """The file is not what our page saves, or it was changed since."""

    code = "not-an-outbox"


@dataclass(frozen=True, slots=True)
class Carried:
    """What a file holds.  saved_at: by the clock of the machine, which may be wrong: evidence only."""

    attempt_id: str
    saved_at: datetime | None
    records: tuple[Record, ...]
    digest: str


def read_outbox(data: bytes) -> Carried:
    """The outbox in a file.  Raises NotAnOutbox, saying what is wrong and what to do."""
    if len(data) > MOST_BYTES:
        raise NotAnOutbox(
            _("The file is too large for an outbox. Choose the file that the candidate's page saved.")
        )
    try:
        body = json.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise NotAnOutbox(
            _("This file can't be read as an outbox. Choose the file that the candidate's page saved.")
        ) from None
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise NotAnOutbox(_("This is not an outbox file. Choose the file that the candidate's page saved."))
    attempt, raw, digest = body.get("attempt"), body.get("records"), body.get("digest")
    if not isinstance(attempt, str) or not isinstance(raw, list) or len(raw) > MOST_RECORDS:
        raise NotAnOutbox(_("The outbox file is damaged. Save it again on the candidate's machine."))
    if not raw:
        raise NotAnOutbox(_("The outbox file is empty: everything on that machine had reached the server."))
    if digest != _digest(raw):
        raise NotAnOutbox(
            _(
                "The outbox file was changed after it was saved, or is damaged. Save it again on the candidate's machine."
            )
        )
    try:
        records = tuple(read_record(item, place) for place, item in enumerate(raw, start=1))
    except Malformed as fault:
        raise NotAnOutbox(fault.message) from None
    return Carried(attempt, _saved_at(body.get("saved_at")), records, digest)


def carry_in(session: Session, carried: Carried, *, actor: Actor, now: datetime) -> Outcome:
    """Take what the file holds; what became of each record.  Raises NotYours where there is no such attempt.

    Whether the attempt is in the actor's reach is the caller's question.
    """
    state = answers.locked_state(session, carried.attempt_id)
    outcome = answers.take(session, state, carried.records, now=now, evidence={"carried_by": actor.id})
    detail = {
        "by": actor.id,
        "digest": carried.digest,
        "saved_at": carried.saved_at.isoformat() if carried.saved_at else None,
        "acknowledged": len(outcome.acknowledged),
        "quarantined": len(outcome.quarantined),
        "refused": [[refusal.position, refusal.code] for refusal in outcome.refused],
    }
    session.add(AttemptEvent(attempt_id=state.id, at=now, kind="carried-in", detail=detail))
    audit.record(
        session,
        "attempt.carried-in",
        of=f"attempts:{state.id}",
        actor=actor,
        now=now,
        **_without(detail, "by"),
    )
    return outcome


def _digest(raw: list[Any]) -> str:
    try:
        return canonical_hash(raw)
    except (UnicodeEncodeError, ValueError):
        return ""


def _saved_at(value: Any) -> datetime | None:
    try:
        return from_milliseconds(int(value))
    except (TypeError, ValueError, OverflowError):
        return None


def _without(detail: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in detail.items() if key != name}
