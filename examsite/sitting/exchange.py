"""The addresses that the paper's page talks to: save, pulse, settings, hand-in.  All guarded by the lease."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import Response, current_app, g, jsonify, request, url_for
from flask_babel import gettext as _

from examsite.access.guard import leased
from examsite.clock import as_milliseconds, now
from examsite.db import database, reading, writing
from examsite.sitting import actions, answers, closing, messages, wire
from examsite.sitting.blueprint import bp
from examsite.sitting.grouping import Saves
from examsite.sitting.models import SittingMessage
from examsite.sitting.records import Outcome

_MOST_LEAVES = 10**9
_MOST_ANSWERED = 10_000


@bp.post("/<attempt>/answers")
@leased
def save_answers(attempt: str) -> Response:
    g.lean = True
    body = _body()
    lease, records, seen = wire.read_lease(body), wire.read_records(body), wire.read_seen_message(body)
    # Not `writing()`: saves of one moment share a transaction.  It has committed when the outcome is here.
    saves: Saves = current_app.extensions["examsite-saves"]
    outcome = saves.save(answers.Batch(attempt, lease, records, now()))
    return jsonify(wire.reply(outcome, now=now(), messages=_news(outcome, seen)))


@bp.get("/<attempt>/pulse")
@leased
def pulse(attempt: str) -> Response:
    g.lean = True
    lease = request.headers.get("X-Lease")
    if not lease:
        # The waiting page asks for nothing but the time.
        return jsonify(server_time=as_milliseconds(now()), lease_live=False)
    with reading() as session:
        try:
            state = answers.leased_state(session, attempt, lease, lock=False)
        except answers.LeaseLost:
            return jsonify(server_time=as_milliseconds(now()), lease_live=False)
        outcome = answers.standing(state, now())
        seen = request.args.get("m", 0, type=int)
        news = messages.unseen(session, state, seen) if (state.newest_message or 0) > seen else []
    _note_pulse(attempt, lease, state, outcome)
    said = wire.reply(outcome, now=now(), messages=news)
    return jsonify(said | {"lease_live": True, "revision": state.revision})


def _note_pulse(attempt: str, lease: str, state: Any, outcome: Outcome) -> None:
    """Keep what the page says of itself: that it is there, how much it has answered, how often it was left."""
    leaves = request.args.get("leaves", 0, type=int)
    left = 0 < leaves <= _MOST_LEAVES
    due = actions.is_due(state.seen_at, now())
    if outcome.handed_in or not (left or due):
        return
    away = timedelta(milliseconds=min(max(request.args.get("away", 0, type=int), 0), _MOST_LEAVES))
    answered = min(max(request.args.get("a", state.answered, type=int), 0), _MOST_ANSWERED)
    # Not `writing()`: this is evidence that comes with a GET and changes nothing the candidate made.
    with database().writing() as session:
        if due:
            actions.note_seen(session, attempt, answered=answered, now=now())
        if left:
            actions.note_leaving(session, attempt, lease, leaves=leaves, away=away, now=now())


def _news(outcome: Outcome, seen: int) -> Sequence[SittingMessage]:
    """What was said since the message `seen`; no statement where there is nothing new."""
    if (outcome.state.newest_message or 0) <= seen:
        return ()
    with reading() as session:
        return messages.unseen(session, outcome.state, seen)


@bp.post("/<attempt>/settings")
@leased
def save_settings(attempt: str) -> Response:
    g.lean = True
    body = _body()
    lease, settings = wire.read_lease(body), body.get("settings")
    if not isinstance(settings, dict):
        raise wire.Malformed("请求格式不正确：settings。")
    with writing() as session:
        actions.keep_settings(session, attempt, lease, settings)
    return jsonify(saved=True)


@bp.post("/<attempt>/hand-in")
@leased
def hand_in(attempt: str) -> tuple[Response, int]:
    g.lean = True
    body = _body()
    lease, records, declared = wire.read_lease(body), wire.read_records(body), wire.read_declared(body)
    seen = wire.read_seen_message(body)
    with writing() as session:
        outcome = closing.hand_in(session, attempt, lease, records, declared, now=now())
        missing = [] if outcome.handed_in else closing.missing_of(session, attempt, declared, outcome)
    # What arrived stays even where closing is refused: the refusal is said after the commit.
    said = wire.reply(outcome, now=now(), messages=_news(outcome, seen))
    said |= {"url": url_for("sitting.receipt", attempt=attempt)}
    if outcome.handed_in:
        return jsonify(said), 200
    if outcome.paused:
        return jsonify(said | {"code": "paused", "message": closing.paused_sentence()}), 409
    if missing:
        sentence = _("Some answers have not arrived yet; they are being sent again.")
        return jsonify(said | {"code": "missing-revisions", "missing": missing, "message": sentence}), 409
    earliest = closing.earliest_hand_in(outcome.state)
    sentence = _("Handing in is not yet allowed.")
    return jsonify(
        said | {"code": "too-early", "earliest": as_milliseconds(earliest), "message": sentence}
    ), 409


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise wire.Malformed("请求格式不正确：应为 JSON 对象。")
    return body
