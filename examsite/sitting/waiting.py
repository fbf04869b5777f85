"""Before the paper: the waiting page, the candidate's word on their data, how long it still takes, opening the paper."""

from __future__ import annotations

from typing import Any

from flask import Response as Reply
from flask import jsonify, make_response, redirect, render_template, request, url_for
from flask import session as cookie
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.clock import as_milliseconds, now
from examsite.db import reading, writing
from examsite.errors import Refused, wants_json
from examsite.planning.models import SittingStatus
from examsite.sitting import confirming, dealing, entrance, practice, queries
from examsite.sitting.blueprint import bp
from examsite.sitting.leases import lease_of
from examsite.sitting.markup import question_markup
from examsite.sitting.queries import Place
from examsite.sitting.windows import window_of
from question_bank.rules import timing
from question_bank.rules.timing import Phase


@bp.get("/<attempt>/wait")
@needs(Permission.SIT)
def wait(attempt: str) -> Response | str:
    with reading() as session:
        place = queries.my_place(session, current_person(), attempt)
        if place.attempt and place.attempt.closed_at:
            return redirect(url_for("sitting.receipt", attempt=attempt), 303)
        if place.attempt is None and place.dealt_paper_id is not None:
            # Candidates arrive one by one and start all at once: what the start needs is read as they arrive.
            dealing.warm(session, place.dealt_paper_id)
        return _waiting_page(session, place)


def _waiting_page(session: Session, place: Place, problem: str = "") -> str:
    shown = confirming.data_of(session, place.enrolment)
    return render_template(
        "sitting/wait.html",
        attempt={"id": place.id},
        sitting=place.sitting,
        candidate=shown,
        fingerprint=confirming.fingerprint_of(shown),
        confirmed_at=confirming.confirmed_at(session, place.enrolment.id, shown),
        practice=practice.questions(practice.kinds_of(session, place.sitting)),
        question_markup=question_markup,
        settings=place.attempt.settings if place.attempt else {},
        allowed_minutes=place.sitting.allowed_minutes * place.enrolment.time_factor_percent // 100,
        factor=place.enrolment.time_factor_percent,
        phase=_phase(place).value,
        started=place.attempt is not None,
        server_time=as_milliseconds(now()),
        opens=as_milliseconds(place.sitting.opens_at),
        problem=problem,
    )


def _phase(place: Place) -> Phase:
    """What the waiting page says: not open yet, open to this candidate, or closed to them."""
    if place.sitting.status == SittingStatus.CANCELLED:
        return Phase.CLOSED
    if place.attempt is not None:
        return place.phase(now())
    if timing.may_start(window_of(place.sitting), now()):
        return Phase.ANSWERING
    return Phase.CLOSED if now() >= place.sitting.opens_at else Phase.NOT_OPEN


@bp.get("/<attempt>/standing")
@needs(Permission.SIT)
def standing(attempt: str) -> Reply:
    """For the waiting page: the server's time, and the start, which may have been put off meanwhile."""
    with reading() as session:
        place = queries.my_place(session, current_person(), attempt)
        return jsonify(
            server_time=as_milliseconds(now()),
            opens=as_milliseconds(place.sitting.opens_at),
            phase=_phase(place).value,
        )


@bp.post("/<attempt>/confirm")
@needs(Permission.SIT)
def confirm(attempt: str) -> Response:
    with writing() as session:
        person = current_person()
        place = queries.my_place(session, person, attempt)
        confirming.confirm(session, place.enrolment, request.form.get("shown", ""), actor=person, now=now())
    return redirect(url_for("sitting.wait", attempt=attempt) + "#you", 303)


@bp.post("/<attempt>/open")
@needs(Permission.SIT)
def open_paper(attempt: str) -> Any:
    person = current_person()
    try:
        with writing() as session:
            place = queries.my_place(session, person, attempt)
            held = lease_of(place.attempt) if place.attempt else None
            lease = entrance.open_paper(session, place, _facts(attempt), held=held, actor=person, now=now())
    except Refused as refused:
        if isinstance(refused, entrance.NotAdmitted):
            with writing() as session:
                place = queries.my_place(session, person, attempt)
                entrance.note_refusal(session, place.enrolment, refused.signals, actor=person, now=now())
        if wants_json():
            raise
        # The candidate goes on waiting on the same page, which says why.
        with reading() as session:
            place = queries.my_place(session, person, attempt)
            return make_response(_waiting_page(session, place, refused.message), refused.status)
    cookie["lease"] = [attempt, lease]
    url = url_for("sitting.paper", attempt=attempt)
    return jsonify(url=url) if wants_json() else redirect(url, 303)


def _facts(attempt: str) -> entrance.Facts:
    """What this machine shows of its network and of Safe Exam Browser."""
    return entrance.facts_of(
        address=request.remote_addr or "",
        url=request.url,
        headers=request.headers,
        posted=request.form.get("seb", ""),
        page_urls=(
            url_for("sitting.wait", attempt=attempt, _external=True),
            url_for("sitting.open_paper", attempt=attempt, _external=True),
        ),
    )
