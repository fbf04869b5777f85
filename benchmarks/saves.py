"""Answers saved a second, each acknowledged after its commit.  Afterwards every acknowledgement is looked for."""

from __future__ import annotations

import json
import time

from sqlalchemy import select

from benchmarks.load import Client, Figures, drive, request
from benchmarks.serving import Candidate, Served, main
from examsite.access.models import Login
from examsite.clock import system_clock
from examsite.planning.models import Paper, Sitting
from examsite.registration.models import Enrolment
from examsite.sitting.answers import lease_hash
from examsite.sitting.models import Answer, Attempt
from examsite.sitting.queries import attempt_id

POSITIONS = 100


class Desk:
    """One candidate who answers one judgement after another."""

    def __init__(self, served: Served, candidate: Candidate) -> None:
        self.served, self.candidate = served, candidate
        self.lease = f"lease-{candidate.attempt}"
        self.acknowledged: dict[int, int] = {}

    def request(self, number: int) -> bytes:
        position = number % POSITIONS + 1
        record = {
            "position": position,
            "revision": number + 1,
            "response": {"truth": number % 3 == 0},
            "marked": False,
            "made_at": int(time.time() * 1000),
        }
        body = json.dumps({"lease": self.lease, "records": [record]}).encode()
        headers = {"Content-Type": "application/json", "Cookie": self.candidate.cookie}
        path = f"/exam/{self.candidate.attempt}/answers"
        return request("POST", path, host=self.served.host, headers=headers, body=body)

    def check(self, number: int, status: int, body: bytes) -> None:
        assert status == 200, body
        place = {"position": number % POSITIONS + 1, "revision": number + 1}
        assert json.loads(body)["acknowledged"] == [place], body
        self.acknowledged[place["position"]] = place["revision"]


def measure(served: Served, width: int, seconds: float) -> Figures:
    """`width` candidates save as fast as they are answered; errors include every acknowledgement not found after."""
    desks = [Desk(served, candidate) for candidate in served.candidates[:width]]
    give_leases(served, desks)
    figures = drive(served.address, [Client(desk.request, desk.check) for desk in desks], seconds=seconds)
    lost = _lost(served, desks)
    return Figures(
        figures.per_second, figures.p50, figures.p95, figures.p99, figures.requests, figures.errors + lost
    )


def give_leases(served: Served, desks: list[Desk]) -> None:
    """Let every desk hold the lease of a started attempt."""
    now = system_clock()
    with served.app.app_context(), served.app.extensions["examsite-database"].writing() as session:
        paper_set = session.scalars(select(Sitting.paper_set_id)).first()
        papers = session.scalars(select(Paper.id).where(Paper.set_id == paper_set).order_by(Paper.id)).all()
        by_attempt = {
            attempt_id(enrolment): (enrolment, login)
            for enrolment, login in session.execute(
                select(Enrolment.id, Login.id).join(Login, Login.person_id == Enrolment.person_id)
            )
        }
        for place, desk in enumerate(desks):
            enrolment, login = by_attempt[desk.candidate.attempt]
            session.add(
                Attempt(
                    id=desk.candidate.attempt,
                    enrolment_id=enrolment,
                    paper_id=papers[place % len(papers)],
                    started_at=now,
                    lease=lease_hash(desk.lease),
                    leased_login_id=login,
                    settings={},
                )
            )


def _lost(served: Served, desks: list[Desk]) -> int:
    """How many acknowledged revisions are neither held nor superseded."""
    with served.app.app_context(), served.app.extensions["examsite-database"].reading() as session:
        held = {
            (a, p): r
            for a, p, r in session.execute(select(Answer.attempt_id, Answer.position, Answer.revision))
        }
    return sum(
        held.get((desk.candidate.attempt, position), 0) < revision
        for desk in desks
        for position, revision in desk.acknowledged.items()
    )


if __name__ == "__main__":
    main(
        "saves",
        "answers saved a second, each acknowledged after commit; errors include lost acknowledgements",
        measure,
        candidates=64,
    )
