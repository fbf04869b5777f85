"""What the candidate's page and the server say to each other: reading batches, writing replies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from examsite.clock import as_milliseconds, from_milliseconds
from examsite.errors import Invalid
from examsite.sitting.answers import MOST_RECORDS
from examsite.sitting.messages import as_said
from examsite.sitting.models import SittingMessage
from examsite.sitting.records import Outcome, Record

_MOST = 2**31 - 1


class Malformed(Invalid):
    """The body is not what our page sends."""

    code = "malformed"


def read_lease(body: Any) -> str:
    """The lease of a request's body.  Raises Malformed."""
    lease = body.get("lease") if isinstance(body, dict) else None
    if not isinstance(lease, str) or not lease:
        raise Malformed("请求格式不正确：缺少 lease。")
    return lease


def read_records(body: dict[str, Any]) -> list[Record]:
    """The records of a request's body, at most MOST_RECORDS.  Raises Malformed, naming the first that is wrong."""
    raw = body.get("records", [])
    if not isinstance(raw, list) or len(raw) > MOST_RECORDS:
        raise Malformed(f"请求格式不正确：records 应为至多 {MOST_RECORDS} 项的列表。")
    return [read_record(item, place) for place, item in enumerate(raw, start=1)]


def read_declared(body: dict[str, Any]) -> dict[int, int]:
    """Position → revision that the page declares when it hands in.  Raises Malformed."""
    raw = body.get("held", {})
    try:
        return {int(position): int(revision) for position, revision in raw.items()}
    except (AttributeError, TypeError, ValueError):
        raise Malformed("请求格式不正确：held 应为题号到版本号的对照。") from None


def read_record(item: Any, place: int) -> Record:
    """One record.  Raises Malformed, naming its place."""
    try:
        position, revision, made_at = item["position"], item["revision"], item["made_at"]
        response, marked = item["response"], item.get("marked", False)
        if not all(type(number) is int for number in (position, revision)) or type(made_at) not in (
            int,
            float,
        ):
            raise TypeError
        if not (0 < position <= _MOST and 0 < revision <= _MOST) or not isinstance(marked, bool):
            raise ValueError
        if not isinstance(response, dict | None):
            raise TypeError
        return Record(position, revision, response, marked, from_milliseconds(int(made_at)))
    except (KeyError, TypeError, ValueError, OverflowError):
        raise Malformed(f"请求格式不正确：第 {place} 条记录。") from None


def read_seen_message(body: dict[str, Any]) -> int:
    """The last message that the page knows; 0 = none.  Raises Malformed."""
    seen = body.get("seen_message", 0)
    if type(seen) is not int or not 0 <= seen <= _MOST:
        raise Malformed("请求格式不正确：seen_message。")
    return seen


def reply(outcome: Outcome, *, now: Any, messages: Sequence[SittingMessage] = ()) -> dict[str, Any]:
    """What the page is told after the commit."""
    return {
        "acknowledged": [{"position": p, "revision": r} for p, r in outcome.acknowledged],
        "quarantined": [{"position": p, "revision": r} for p, r in outcome.quarantined],
        "refused": [
            {"position": r.position, "revision": r.revision, "code": r.code, "message": _sentence(r.code)}
            for r in outcome.refused
        ],
        "server_time": as_milliseconds(now),
        "deadline": as_milliseconds(outcome.deadline),
        "phase": outcome.phase.value,
        "handed_in": outcome.handed_in,
        "paused": outcome.paused,
        "messages": as_said(messages),
    }


def _sentence(code: str) -> str:
    sentences: dict[str, str] = {
        "position-not-on-paper": _("This question is not on your paper."),
        "wrong-shape": _("This answer does not fit the question. Please enter it again."),
        "after-deadline": _("This answer was made after the end of the time and is not counted."),
        "revision-taken": _("Another answer was saved from another page. Please check this question."),
    }
    return sentences[code]
