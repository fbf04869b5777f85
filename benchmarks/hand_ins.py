"""Papers of 100 answers handed in a second: the last revision declared, the attempt closed, the receipt made.

Every receipt is looked for in the database afterwards.  Scoring what was handed in is measured behind it, in one process.
"""

from __future__ import annotations

import json
from itertools import count

from sqlalchemy import func, select

from benchmarks.answered import POSITIONS, answer_all, lease_of
from benchmarks.load import Client, Figures, drive, request
from benchmarks.serving import Served, main
from examsite.clock import system_clock
from examsite.sitting.models import Attempt

#: More than are handed in within the time; who has none left asks for a receipt that is there already, and says so.
CANDIDATES = 3_000


class Desk:
    """One connection through which candidate after candidate hands in."""

    def __init__(self, served: Served, attempts: list[str]) -> None:
        self.served, self.attempts = served, attempts
        self.handed_in = 0

    def request(self, number: int) -> bytes:
        attempt = self.attempts[number]
        held = {str(position): position for position in range(1, POSITIONS + 1)}
        body = json.dumps({"lease": lease_of(attempt), "records": [], "held": held}).encode()
        headers = {"Content-Type": "application/json"}
        path = f"/exam/{attempt}/hand-in"
        return request("POST", path, host=self.served.host, headers=headers, body=body)

    def check(self, _number: int, status: int, body: bytes) -> None:
        assert status == 200, body
        assert json.loads(body)["handed_in"] is True
        self.handed_in += 1


def measure(served: Served, width: int, seconds: float) -> Figures:
    """`width` candidates at a time hand in."""
    attempts = answer_all(served, now=system_clock())
    turn = count()
    shares: list[list[str]] = [[] for _ in range(width)]
    for attempt in attempts:
        shares[next(turn) % width].append(attempt)
    desks = [Desk(served, share) for share in shares]
    figures = drive(served.address, [Client(desk.request, desk.check) for desk in desks], seconds=seconds)
    with served.app.app_context(), served.app.extensions["examsite-database"].reading() as session:
        closed = session.scalar(
            select(func.count())
            .select_from(Attempt)
            .where(Attempt.closed_by == "candidate", Attempt.receipt != "")
        )
    missing = abs(sum(desk.handed_in for desk in desks) - (closed or 0))
    return Figures(
        figures.per_second, figures.p50, figures.p95, figures.p99, figures.requests, figures.errors + missing
    )


if __name__ == "__main__":
    main(
        "hand_ins",
        "papers of 100 answers handed in a second; errors include receipts that are not in the database",
        measure,
        candidates=CANDIDATES,
    )
