"""What a 考场情况记录单 says, taken from what happened: nobody copies a figure by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from examsite.access.models import Person
from examsite.invigilation.board import queries as board
from examsite.invigilation.board.states import Watched
from examsite.invigilation.conduct.models import Misconduct, MisconductSignature
from examsite.invigilation.duties.models import InvigilatorDuty
from examsite.invigilation.interventions.models import Interruption
from examsite.invigilation.messages import queries as messages
from examsite.planning.models import Sitting
from examsite.registration import queries as registration
from examsite.registration.models import Room
from examsite.registration.rooms import room_number
from examsite.sitting.models import Attempt, AttemptEvent, QuarantinedAnswer, QuarantineDecision

SCHEMA = 1
#: Events of an attempt that the record lists, beside time that was given.
_LISTED = ("taken-over", "forced-hand-in", "hand-in-undone")


def fill(session: Session, sitting: Sitting, room: Room | None, remark: str) -> dict[str, Any]:
    """The record of a room, or of a sitting without rooms, as a JSON document; instants as ISO text in UTC.

    It depends on facts alone, not on when it is filled: the same facts give the same document.
    """
    rooms = None if room is None else frozenset({room.id})
    rows = board.watched(session, sitting, rooms)
    by_id = {row.enrolment_id: row for row in rows}
    present = [r for r in rows if r.started_at or r.checked_in_at]
    absent = [r for r in rows if r.is_absent and r not in present]
    started = [r.started_at for r in rows if r.started_at]
    closed = [r.closed_at for r in rows if r.closed_at]
    return {
        "schema": SCHEMA,
        "plan": {"number": sitting.plan.number, "name": sitting.plan.name},
        "sitting": {"id": sitting.id, "title": sitting.title, "place": sitting.place},
        "room": {"number": room.number, "name": room.name} if room else None,
        "times": {
            "opens": _text(sitting.opens_at),
            "closes": _text(sitting.closes_at),
            "minutes": sitting.allowed_minutes,
            "first_start": _text(min(started, default=None)),
            "last_end": _text(max(closed, default=None)),
        },
        "expected": len(rows),
        "present": len(present),
        "absent": [_who(r) for r in absent],
        "missing": [_who(r) for r in rows if r not in present and not r.is_absent],
        "late": [
            {**_who(r), "at": _text(r.checked_in_at)}
            for r in present
            if r.checked_in_at and r.checked_in_at > sitting.opens_at
        ],
        "misconduct": _misconduct(session, by_id),
        "interruptions": _interruptions(session, sitting, room, by_id),
        "given": _given(session, by_id),
        "factors": [{**_who(r), "percent": r.factor_percent} for r in rows if r.factor_percent != 100],
        "incidents": _incidents(session, by_id),
        "moves": _moves(session, sitting, room, by_id),
        "late_answers": _late_answers(session, by_id),
        "messages": [
            {"at": _text(m.sent_at), "to": m.whom, "text": m.text, "by": m.by}
            for m in reversed(messages.said(session, sitting.id, rooms))
        ],
        "invigilators": [p.name for p in on_duty(session, sitting.id, room.id if room else None)],
        "remark": remark,
    }


def on_duty(session: Session, sitting_id: int, room_id: int | None) -> list[Person]:
    """Who has to sign: those on duty in the room; where the room has nobody of its own, those of the whole sitting."""
    duties = session.scalars(
        select(InvigilatorDuty)
        .where(InvigilatorDuty.sitting_id == sitting_id, InvigilatorDuty.ended_at.is_(None))
        .options(joinedload(InvigilatorDuty.person))
        .order_by(InvigilatorDuty.id)
    ).all()
    own = [duty.person for duty in duties if duty.room_id == room_id]
    return own or [duty.person for duty in duties if duty.room_id is None]


def _who(row: Watched) -> dict[str, Any]:
    return {"name": row.name, "ticket": row.ticket, "seat": row.seat or ""}


def _misconduct(session: Session, rows: dict[int, Watched]) -> list[dict[str, Any]]:
    newer = aliased(Misconduct)
    witness = aliased(Person)
    found = session.execute(
        select(Misconduct, Person.name, witness.name)
        .join(Person, Person.id == Misconduct.recorded_by_id)
        .outerjoin(newer, newer.supersedes_id == Misconduct.id)
        .outerjoin(MisconductSignature, MisconductSignature.misconduct_id == Misconduct.id)
        .outerjoin(witness, witness.id == MisconductSignature.witness_id)
        .where(Misconduct.enrolment_id.in_(rows), newer.id.is_(None), Misconduct.is_withdrawn.is_(False))
        .order_by(Misconduct.occurred_at, Misconduct.id)
    )
    return [
        {
            **_who(rows[row.enrolment_id]),
            "at": _text(row.occurred_at),
            "tier": row.tier_text,
            "effect": row.effect,
            "text": row.text,
            "by": by,
            "witness": signed or "",
        }
        for row, by, signed in found
    ]


def _interruptions(
    session: Session, sitting: Sitting, room: Room | None, rows: dict[int, Watched]
) -> list[dict[str, Any]]:
    newer = aliased(Interruption)
    everybody = Interruption.room_id.is_(None) & Interruption.enrolment_id.is_(None)
    query = (
        select(Interruption)
        .outerjoin(newer, newer.supersedes_id == Interruption.id)
        .where(Interruption.sitting_id == sitting.id, newer.id.is_(None))
        .order_by(Interruption.begun_at, Interruption.id)
    )
    if room is not None:
        query = query.where(
            or_(everybody, Interruption.room_id == room.id, Interruption.enrolment_id.in_(rows))
        )
    return [
        {
            **(_who(rows[row.enrolment_id]) if row.enrolment_id in rows else {}),
            "cause": row.cause,
            "from": _text(row.begun_at),
            "until": _text(row.ended_at),
            "restored_seconds": row.restored_seconds,
            "why_none": row.why_none,
            "note": row.note,
        }
        for row in session.scalars(query)
    ]


def _events(session: Session, rows: dict[int, Watched], kinds: tuple[str, ...]) -> list[Any]:
    return list(
        session.execute(
            select(Attempt.enrolment_id, AttemptEvent)
            .join(Attempt, Attempt.id == AttemptEvent.attempt_id)
            .where(Attempt.enrolment_id.in_(rows), AttemptEvent.kind.in_(kinds))
            .order_by(AttemptEvent.at, AttemptEvent.id)
        )
    )


def _given(session: Session, rows: dict[int, Watched]) -> list[dict[str, Any]]:
    found = []
    for enrolment_id, event in _events(session, rows, ("extra-given", "restored", "resumed")):
        seconds = event.detail.get("seconds") or event.detail.get("minutes", 0) * 60
        found.append(
            {
                **_who(rows[enrolment_id]),
                "at": _text(event.at),
                "kind": event.kind,
                "seconds": seconds,
                "reason": event.note,
            }
        )
    return found


def _incidents(session: Session, rows: dict[int, Watched]) -> list[dict[str, Any]]:
    return [
        {**_who(rows[enrolment_id]), "at": _text(event.at), "kind": event.kind, "reason": event.note}
        for enrolment_id, event in _events(session, rows, _LISTED)
    ]


def _moves(
    session: Session, sitting: Sitting, room: Room | None, rows: dict[int, Watched]
) -> list[dict[str, Any]]:
    """Seats changed by hand since the last draw: into this room, inside it and out of it, in order of time."""
    draws = registration.draws(session, sitting.id)
    return [
        {
            "name": move.enrolment.person.name,
            "ticket": move.enrolment.ticket,
            "at": _text(move.moved_at),
            "from": move.from_seat,
            "to": move.to_seat,
            "reason": move.reason,
            "by": move.moved_by.name,
        }
        for move in reversed(registration.moves(session, sitting.id))
        if not draws or move.moved_at >= draws[0].drawn_at
        if room is None
        or move.enrolment_id in rows
        or room.number in {room_number(move.from_seat), room_number(move.to_seat)}
    ]


def _late_answers(session: Session, rows: dict[int, Watched]) -> list[dict[str, Any]]:
    found: dict[int, list[int]] = {}
    for enrolment_id, is_admitted in session.execute(
        select(Attempt.enrolment_id, QuarantineDecision.is_admitted)
        .join(QuarantinedAnswer, QuarantinedAnswer.attempt_id == Attempt.id)
        .outerjoin(QuarantineDecision, QuarantineDecision.quarantined_id == QuarantinedAnswer.id)
        .where(Attempt.enrolment_id.in_(rows))
    ):
        counts = found.setdefault(enrolment_id, [0, 0, 0])
        counts[2 if is_admitted is None else 0 if is_admitted else 1] += 1
    return [
        {**_who(rows[i]), "admitted": a, "refused": b, "undecided": c}
        for i, (a, b, c) in sorted(found.items())
    ]


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()
