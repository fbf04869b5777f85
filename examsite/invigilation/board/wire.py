"""The board as its page reads it again and again: instants in milliseconds, so that nothing changes unless somebody did."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from examsite.clock import as_milliseconds
from examsite.invigilation.board.states import ALERT_AFTER, MANY_LEAVES, OFFLINE_AFTER, Watched

#: Fields of a row in the order in which they are sent.
FIELDS = (
    "id",
    "seat",
    "checkedIn",
    "signedIn",
    "absent",
    "started",
    "heard",
    "acknowledged",
    "paused",
    "deadline",
    "closed",
    "closedBy",
    "answered",
    "given",
    "leaves",
    "takeovers",
    "misconducts",
    "incident",
    "quarantined",
    "messages",
)
LIMITS = {
    "offlineAfter": OFFLINE_AFTER.total_seconds() * 1000,
    "alertAfter": ALERT_AFTER.total_seconds() * 1000,
    "manyLeaves": MANY_LEAVES,
}


def body(rows: Sequence[Watched]) -> bytes:
    """What the page gets: {"fields", "rows"}."""
    document = {"fields": FIELDS, "rows": [_row(row) for row in rows]}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def tag(content: bytes) -> str:
    """A name for this content: the same content has the same name."""
    return hashlib.sha256(content).hexdigest()[:32]


def _row(row: Watched) -> list[Any]:
    return [
        row.enrolment_id,
        row.seat or "",
        _ms(row.checked_in_at),
        row.signed_in,
        row.is_absent,
        _ms(row.started_at),
        _ms(row.heard_at),
        _ms(row.acknowledged_at),
        _ms(row.paused_at),
        _ms(row.deadline),
        _ms(row.closed_at),
        row.closed_by or "",
        row.answered,
        row.given_seconds,
        row.leaves,
        row.takeovers,
        row.misconducts,
        row.incident,
        row.quarantined,
        row.messages,
    ]


def _ms(instant: datetime | None) -> int | None:
    return None if instant is None else as_milliseconds(instant)
