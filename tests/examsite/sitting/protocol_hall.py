"""The hall of the protocol's state machine: machines with outboxes, a server that restarts, and what a fair observer knows.

The observer remembers every acknowledged revision, every act of an invigilator, and when the attempt was closed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from flask import Flask
from hypothesis.stateful import RuleBasedStateMachine
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from examsite.access import login
from examsite.access.models import Person
from examsite.access.permissions import Role
from examsite.app import create_app
from examsite.clock import as_milliseconds
from examsite.planning.models import Sitting
from examsite.sitting import giving, presenting
from examsite.sitting.models import Answer, AnswerLog
from question_bank.questions.model import canonical_hash
from tests.browse import Browse, data_block
from tests.conftest import Site, fresh_site, test_config
from tests.examsite.sitting.arrange import KINDS, OPENS, Desk, attempt_of, candidate, make_running_sitting
from tests.factories import compound_question, make_person, numeric_question, question_of

ALLOWED = timedelta(minutes=90)
GRACE = timedelta(seconds=5)
WHY = "样例理由"
Records = Sequence[dict[str, Any]]


@dataclass
class Machine:
    """One machine with the page open: its outbox survives a reload; records leave when the server answered for them."""

    desk: Desk
    outbox: list[dict[str, Any]] = field(default_factory=list)
    knows_pause: bool = False

    def settle(self, reply: dict[str, Any]) -> None:
        """Forget what the server answered for."""
        gone = {
            (place["position"], place["revision"])
            for kind in ("acknowledged", "refused", "quarantined")
            for place in reply[kind]
        }
        self.outbox = [r for r in self.outbox if (r["position"], r["revision"]) not in gone]
        self.knows_pause = reply["paused"]

    def file(self) -> bytes:
        """The outbox as the page saves it for the invigilator."""
        names = ("position", "revision", "response", "marked", "made_at")
        kept = [{name: record[name] for name in names} for record in self.outbox]
        said = {"format": "examsite-outbox-1", "attempt": self.desk.id, "saved_at": 0, "records": kept}
        return json.dumps(said | {"digest": canonical_hash(kept)}).encode()


class Hall(RuleBasedStateMachine):
    """A candidate, up to three machines, an invigilator, a server; and the observer's notes."""

    site: Site
    dialect = "sqlite"
    request: Any = None

    def set_up(self, *, takeover: str) -> None:
        """A running sitting with one candidate who sits down as it opens."""
        self.site = fresh_site(self.request, self.dialect)
        self.first_app = self.site.app
        self.later_apps: list[Flask] = []
        with self.site.writing() as session:
            made = [*(question_of(kind) for kind in KINDS), compound_question(), numeric_question()]
            self.sitting: Sitting = make_running_sitting(session, made=made, takeover_policy=takeover)
            self.invigilator: Person = make_person(session, Role.INVIGILATOR)
        self.asks_consent = takeover == "consent"
        self.site.clock.set(OPENS)
        browse = self.sign_in()
        self.machines = [Machine(self.sit(browse))]
        self.in_flight: list[tuple[Machine, list[dict[str, Any]]]] = []
        self.acknowledged: dict[tuple[int, int], dict[str, Any]] = {}
        self.given = timedelta(0)
        self.paused_at: datetime | None = None
        self.admitted: set[tuple[int, int]] = set()
        self.logged: set[tuple[int, int]] = set()
        self.was_taking = True
        self.closed_state: dict[int, Any] | None = None
        self.first_paper = self.paper_as_shown()

    # What the observer works out without asking the server.

    @property
    def now(self) -> datetime:
        return self.site.now

    @property
    def deadline(self) -> datetime:
        pause = self.now - self.paused_at if self.paused_at else timedelta(0)
        return OPENS + ALLOWED + self.given + pause

    @property
    def live(self) -> Machine:
        return self.machines[-1]

    @property
    def is_open(self) -> bool:
        return self.live.desk.attempt().closed_at is None

    @property
    def is_taking(self) -> bool:
        """Whether an answer that comes now counts without a person's decision."""
        return self.is_open and self.now < self.deadline + GRACE

    # Machines and people.

    def sign_in(self, browse: Browse | None = None) -> Browse:
        """The candidate signs in, in a fresh browser or once more in this one; older logins end."""
        person = candidate(self.site, self.sitting)
        if browse is None:
            return self.site.browse_as(person, as_candidate=True)
        with self.site.writing() as session:
            token = login.start(session, person, as_candidate=True, address="127.0.0.1", now=self.now)
        with browse.client.session_transaction() as cookie:
            cookie["_user_id"] = token
        return browse

    def sit(self, browse: Browse) -> Desk:
        """Open the paper from the waiting page."""
        waiting = browse.get(f"/exam/{attempt_of(self.site, self.sitting)}/wait")
        page = waiting.submit("进入试卷" if "进入试卷" in waiting.text else "继续作答")
        data = data_block(page, "paper-data")
        return Desk(self.site, browse, page, data, int(data["revision"]))

    def wake(self, machine: Machine) -> None:
        """A machine whose login ended signs in again and opens the paper; its outbox is on its disk."""
        desk = self.sit(self.sign_in(machine.desk.browse))
        desk.revision = max([desk.revision, machine.desk.revision, *(r["revision"] for r in machine.outbox)])
        machine.desk = desk

    def give(self, verb: Any, *values: Any, **named: Any) -> None:
        """An invigilator's act on the attempt."""
        with self.site.writing() as session:
            (attempt,) = giving.locked(session, [self.live.desk.id])
            verb(session, attempt, *values, reason=WHY, actor=self.invigilator, now=self.now, **named)

    def end_pause(self) -> None:
        """The observer's account of a pause that ends: given back in whole seconds, rounded up."""
        assert self.paused_at is not None
        self.given += timedelta(seconds=ceil((self.now - self.paused_at).total_seconds()))
        self.paused_at = None

    def note(self, records: Records, acknowledged: Sequence[tuple[int, int]]) -> None:
        """Remember what the server says it holds."""
        by_place = {(r["position"], r["revision"]): r for r in records}
        for place in acknowledged:
            self.acknowledged[place] = by_place[place]

    # The server.

    def restart(self) -> None:
        """A new application on the same database: nothing that only a process knew is left."""
        engine = self.site.database.engine
        url = engine.url.render_as_string(hide_password=False)
        self.site.database.dispose()
        for kept in (presenting._questions, presenting._papers):
            kept._held.clear()
        app = create_app(test_config(url), clock_of_site=self.site.clock)
        self.later_apps.append(app)
        self._serve(app)

    def _serve(self, app: Flask) -> None:
        self.site.app = app
        for browser in self.site.browsers:
            browser.app = app
            browser.client.application = app

    def put_back(self) -> None:
        """The application that the next example expects."""
        for app in self.later_apps:
            app.extensions["examsite-database"].dispose()
        self._serve(self.first_app)

    def send_and_die_before_the_commit(self, machine: Machine) -> int:
        """The worker dies with the transaction open: the status that its page sees."""

        def die(_session: Session) -> None:
            raise RuntimeError("the worker dies here")

        body = {"lease": machine.desk.lease, "records": machine.outbox}
        event.listen(Session, "before_commit", die)
        try:
            return int(machine.desk.browse.client.post(machine.desk.url("answers"), json=body).status_code)
        finally:
            event.remove(Session, "before_commit", die)

    # What the database says.

    def held(self) -> dict[int, Answer]:
        with self.site.reading() as session:
            rows = session.scalars(select(Answer).where(Answer.attempt_id == self.live.desk.id))
            return {row.position: row for row in rows}

    def log(self) -> dict[tuple[int, int], str]:
        """(position, revision) → digest of every revision that was taken."""
        with self.site.reading() as session:
            rows = session.scalars(select(AnswerLog).where(AnswerLog.attempt_id == self.live.desk.id))
            return {(row.position, row.revision): row.digest for row in rows}

    def pulse(self, lease: str) -> Any:
        desk = self.live.desk
        return desk.browse.get(desk.url("pulse"), headers={"X-Lease": lease}).json

    def paper_as_shown(self) -> list[list[str]]:
        """Option ids of every question that has options, in the order shown."""
        return [self.live.desk.options(position) for position in (1, 2, 3, 4)]

    def made_at(self, instant: datetime) -> int:
        return as_milliseconds(instant)
