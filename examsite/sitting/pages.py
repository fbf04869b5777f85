"""The candidate's pages: home, paper, hand-in without JavaScript, receipt."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.clock import as_milliseconds, now
from examsite.db import reading, writing
from examsite.errors import Refused
from examsite.pages import moment
from examsite.planning.models import SittingStatus
from examsite.sitting import actions, answers, closing, queries
from examsite.sitting.blueprint import bp
from examsite.sitting.framing import framed, page_data
from examsite.sitting.leases import lease_of
from examsite.sitting.markup import paper_parts
from examsite.sitting.pictures import pictures_at
from examsite.sitting.presenting import paper_of, presented_paper
from examsite.sitting.queries import Place
from examsite.sitting.records import Outcome, Record
from examsite.sitting.windows import window_of
from question_bank.questions.present import is_answered
from question_bank.rules import timing
from question_bank.rules.timing import Phase

SHOWN_DIGITS = 16


@bp.get("/")
@needs(Permission.SIT)
def home() -> str:
    with reading() as session:
        cards = [_card(session, place) for place in queries.my_places(session, current_person().id)]
        return render_template("sitting/home.html", cards=cards)


def _card(session: Session, place: Place) -> dict[str, Any]:
    phase, window = place.phase(now()), window_of(place.sitting)
    handed_in = place.attempt is not None and place.attempt.closed_at is not None
    started = place.attempt is not None
    if handed_in:
        state = "handed_in"
    elif phase is Phase.CLOSED or place.sitting.status == SittingStatus.CANCELLED:
        state = "closed"
    elif started:
        state = "answering"
    else:
        state = "open" if timing.may_start(window, now()) else "waiting"
    url = url_for("sitting.receipt", attempt=place.id) if started and state in ("handed_in", "closed") else ""
    if state in ("waiting", "open", "answering"):
        url = url_for("sitting.wait", attempt=place.id)
    return {
        "sitting": place.sitting,
        "seat": place.enrolment.seat,
        "state": state,
        "url": url,
        "unverified": _is_unverified(session, place),
    }


@bp.get("/<attempt>/paper")
@needs(Permission.SIT)
def paper(attempt: str) -> Response:
    with reading() as session:
        row = queries.started(session, current_person(), attempt)
        if row is None:
            # Not begun, or not theirs: 404.
            place = queries.my_place(session, current_person(), attempt)
            return redirect(url_for("sitting.wait", attempt=place.id), 303)
        standing = answers.standing(row, now())
        if standing.phase is Phase.CLOSED:
            return redirect(url_for("sitting.receipt", attempt=attempt), 303)
        lease = lease_of(row)
        if lease is None:
            # Another browser holds it, or this one lost its cookie: opening again is a decision, not a reload.
            return redirect(url_for("sitting.wait", attempt=attempt), 303)
        questions = paper_of(session, row.paper_id, row.paper_hash)
        held = queries.held(session, attempt)
    language, at = str(get_locale()), pictures_at(attempt)
    parts = paper_parts(
        (row.paper_id, row.paper_hash), questions, language, multiple=row.multiple, pictures_at=at
    )
    page = framed(
        {
            "title": row.title,
            "name": row.name,
            "tail": row.ticket[-4:],
            "seat": row.seat,
            "total": len(questions),
            "until": moment(standing.deadline),
            "said_now": moment(now()),
            "csrf_token": generate_csrf(),
            "font": row.settings.get("font", "medium"),
            "contrast": row.settings.get("contrast", "normal"),
            "view": row.settings.get("view", "question"),
        },
        attempt=attempt,
        sheet=parts.sheet_with(held),
        questions=parts.questions_with(held, language, at),
        data=page_data(_page_data(row, standing, lease, held), attempt=attempt, positions=parts.positions),
        unverified=row.is_verified is False,
        language=language,
    )
    return Response(page, mimetype="text/html")


def _page_data(row: Any, standing: Outcome, lease: str, held: dict[int, Any]) -> dict[str, Any]:
    window = window_of(row)
    earliest = timing.earliest_hand_in(window, row.started_at) if window.earliest_hand_in else None
    return {
        "lease": lease,
        "revision": row.revision,
        "server_time": as_milliseconds(now()),
        "deadline": actions.milliseconds(standing.deadline),
        "started": actions.milliseconds(row.started_at),
        "phase": standing.phase.value,
        "paused": standing.paused,
        "earliest_hand_in": actions.milliseconds(earliest),
        "answers": {
            str(position): {"revision": one.revision, "response": one.response, "marked": one.marked}
            for position, one in held.items()
        },
        "settings": row.settings,
    }


@bp.post("/<attempt>/save")
@needs(Permission.SIT)
def save(attempt: str) -> Response:
    with writing() as session:
        place, lease = _leased_place(session, attempt)
        records = _records_of_form(session, place)
        answers.save(session, attempt, lease, records, now=now())
    return redirect(url_for("sitting.paper", attempt=attempt), 303)


@bp.route("/<attempt>/finish", methods=["GET"])
@needs(Permission.SIT)
def hand_in_page(attempt: str) -> Response | str:
    with reading() as session:
        return _finish(session, queries.my_place(session, current_person(), attempt), step=1)


@bp.post("/<attempt>/finish")
@needs(Permission.SIT)
def hand_in_confirmed(attempt: str) -> Response | str:
    if not request.form.get("confirmed"):
        with reading() as session:
            return _finish(session, queries.my_place(session, current_person(), attempt), step=2)
    with writing() as session:
        _place, lease = _leased_place(session, attempt)
        outcome = closing.hand_in(session, attempt, lease, [], {}, now=now())
    if outcome.paused:
        raise Refused(closing.paused_sentence())
    if not outcome.handed_in:
        raise Refused(_("Handing in is not yet allowed."))
    return redirect(url_for("sitting.receipt", attempt=attempt), 303)


def _finish(session: Session, place: Place, *, step: int) -> Response | str:
    if place.attempt is None or place.phase(now()) is Phase.CLOSED:
        return redirect(url_for("sitting.receipt", attempt=place.id), 303)
    held = queries.answers(session, place.id)
    questions = presented_paper(session, place.attempt.paper_id)
    assert place.attempt.started_at is not None
    earliest = timing.earliest_hand_in(window_of(place.sitting), place.attempt.started_at)
    return render_template(
        "sitting/finish.html",
        attempt={"id": place.id},
        sitting=place.sitting,
        unanswered=[
            q.position
            for q in questions
            if q.position not in held or not is_answered(held[q.position].response)
        ],
        marked=sum(row.marked for row in held.values()),
        step=step,
        earliest=earliest if now() < earliest else None,
    )


@bp.get("/<attempt>/receipt")
@needs(Permission.SIT)
def receipt(attempt: str) -> Response | str:
    with reading() as session:
        place = queries.my_place(session, current_person(), attempt)
        if place.attempt is None or place.phase(now()) is not Phase.CLOSED:
            return redirect(url_for("sitting.wait", attempt=attempt), 303)
        held = queries.answers(session, attempt)
        by_clock = place.attempt.closed_at is None
        return render_template(
            "sitting/receipt.html",
            attempt={"id": attempt},
            sitting=place.sitting,
            candidate=_candidate(place),
            unverified=_is_unverified(session, place),
            receipt={
                "answered": queries.answered(held),
                "total": len(presented_paper(session, place.attempt.paper_id)),
                "at": place.deadline(now()) if by_clock else place.attempt.closed_at,
                "by": place.attempt.closed_by or "clock",
                "digest": closing.receipt_hash(attempt, held)[:SHOWN_DIGITS],
                "quarantined": queries.quarantined(session, attempt),
            },
        )


def _leased_place(session: Session, attempt: str) -> tuple[Place, str]:
    place = queries.my_place(session, current_person(), attempt)
    lease = lease_of(place.attempt) if place.attempt else None
    if lease is None:
        raise answers.LeaseLost(_("The paper is not open in this browser. Open it from the waiting page."))
    return place, lease


def _records_of_form(session: Session, place: Place) -> list[Record]:
    assert place.attempt is not None
    return actions.from_form(session, place.attempt, request.form.to_dict(flat=False), now=now())


def _candidate(place: Place) -> dict[str, str]:
    ticket = place.enrolment.ticket
    return {"name": place.enrolment.person.name, "tail": ticket[-4:], "number": ticket}


def _is_unverified(session: Session, place: Place) -> bool:
    papers = queries.paper_set_of(session, place.sitting)
    return papers is not None and not papers.is_verified
