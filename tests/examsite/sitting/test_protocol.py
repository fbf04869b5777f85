"""The save protocol as a state machine: whatever happens on the way, no acknowledged answer is lost.

Rules: type, send, drop the request, lose the reply (the worker died between commit and reply), repeat, reorder, delay,
reload, take over on a second machine, change the machine's clock, let time pass, extend, hand in, sweep.
Invariants I1 acknowledged answers are final or superseded by later acknowledged ones · I2 the state does not depend on
the order of arrival · I3 nothing made after the deadline counts · I4 one lease · I5 time never grows by itself ·
I6 the audit chain verifies · I7 scoring again gives the same · I8 no reply holds key material · I10 the total is the
sum of its parts.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from examsite import audit
from examsite.clock import from_milliseconds
from examsite.results.scripts import scripts
from examsite.sitting.closing import receipt_hash
from examsite.sitting.models import Answer, AnswerLog, Attempt
from tests.conftest import Site, fresh_site
from tests.examsite.sitting.arrange import KINDS, OPENS, Desk, make_running_sitting, sit_down
from tests.factories import compound_question, numeric_question, question_of

ALLOWED = timedelta(minutes=90)
GRACE = timedelta(seconds=5)
BLANK, TRUTH, PARTS, NUMBER = 5, 4, 7, 8
PART_RESPONSES = st.tuples(
    st.none(),
    st.none(),
    st.none() | st.fixed_dictionaries({"truth": st.booleans()}),
    st.none() | st.just({"blanks": ["南门", ""]}),
    st.none() | st.just({"number": "7 次"}),
    st.none() | st.just({"text": "样例作答"}),
)
CHOICES = st.sampled_from(
    [
        (TRUTH, {"truth": True}),
        (TRUTH, {"truth": False}),
        (TRUTH, None),
        (BLANK, "text"),
        (NUMBER, {"number": "3"}),
    ]
) | PART_RESPONSES.map(lambda parts: (PARTS, {"parts": list(parts)}))


@dataclass
class Machine:
    """One machine with the page open: its outbox survives a reload; records leave when the server answered for them."""

    desk: Desk
    outbox: list[dict[str, Any]] = field(default_factory=list)


class Protocol(RuleBasedStateMachine):
    """A candidate, up to three machines, a network that drops, repeats, reorders and delays."""

    site: Site

    @initialize()
    def start(self) -> None:
        self.site = fresh_site(self.request, self.dialect)
        with self.site.writing() as session:
            made = [*(question_of(kind) for kind in KINDS), compound_question(), numeric_question()]
            self.sitting = make_running_sitting(session, made=made)
        self.site.clock.set(OPENS)
        self.machines = [Machine(sit_down(self.site, self.sitting))]
        self.in_flight: list[tuple[Machine, list[dict[str, Any]]]] = []
        self.acknowledged: dict[tuple[int, int], Any] = {}
        self.extra = timedelta(0)
        self.deadline_before: datetime | None = None
        self.extended = False
        self.texts = 0
        self.closed_state: dict[int, Any] | None = None

    dialect = "sqlite"
    request: Any = None

    @property
    def deadline(self) -> datetime:
        return OPENS + ALLOWED + self.extra

    @property
    def live(self) -> Machine:
        return self.machines[-1]

    @rule(choice=CHOICES, marked=st.booleans(), skew=st.sampled_from([0, 0, 0, -7200, 86400]))
    def type(self, choice: tuple[int, Any], marked: bool, skew: int) -> None:
        """The page stops taking input at the deadline; `skew` is the wrong clock of the machine, mere evidence."""
        if self.site.now > self.deadline:
            return
        position, response = choice
        if response == "text":
            self.texts += 1
            response = {"blanks": [f"答{self.texts}"]}
        wall = int((self.site.now + timedelta(seconds=skew)).timestamp() * 1000)
        self.live.outbox.append(self.live.desk.record(position, response, marked=marked, wall=wall))

    @rule(late=st.integers(1, 600))
    def cheat(self, late: int) -> None:
        """A page that was tampered with makes a record after the deadline."""
        made = self.deadline + timedelta(seconds=late)
        if self.site.now >= made:
            self.live.outbox.append(self.live.desk.record(TRUTH, {"truth": True}, made_at=made, cheat=True))

    @rule(pick=st.integers(0, 2), order=st.randoms(use_true_random=False), copies=st.integers(1, 2))
    def send(self, pick: int, order: random.Random, copies: int) -> None:
        """A machine sends its outbox, in any order, some of it twice."""
        machine = self.machines[pick % len(self.machines)]
        records = list(machine.outbox) * copies
        order.shuffle(records)
        if records:
            self._deliver(machine, records)

    @rule(pick=st.integers(0, 2))
    def send_and_lose_the_reply(self, pick: int) -> None:
        """The worker dies between commit and reply: the server has it, the page doesn't know."""
        machine = self.machines[pick % len(self.machines)]
        if machine.outbox:
            machine.desk.send(*machine.outbox)

    @rule()
    def delay(self) -> None:
        """A packet leaves now and arrives later."""
        if self.live.outbox and len(self.in_flight) < 3:
            self.in_flight.append((self.live, list(self.live.outbox)))

    @precondition(lambda self: self.in_flight)
    @rule(pick=st.integers(0, 2))
    def arrive(self, pick: int) -> None:
        machine, records = self.in_flight.pop(pick % len(self.in_flight))
        self._deliver(machine, records)

    def _deliver(self, machine: Machine, records: list[dict[str, Any]]) -> None:
        reply = machine.desk.send(*records)
        if reply.status in (401, 409):
            assert machine is not self.live or reply.json["code"] == "signed-out", (
                "the newest page holds the lease"
            )
            return
        assert reply.status == 200, reply.json
        said = {r["revision"]: r for r in records}
        gone = set()
        for kind in ("acknowledged", "refused", "quarantined"):
            for place in reply.json[kind]:
                gone.add((place["position"], place["revision"]))
        for place in reply.json["acknowledged"]:
            self.acknowledged[place["position"], place["revision"]] = said[place["revision"]]
        machine.outbox = [r for r in machine.outbox if (r["position"], r["revision"]) not in gone]
        left = {(r["position"], r["revision"]) for r in records} - gone
        assert not left, "every record is answered for"

    @rule()
    def reload(self) -> None:
        """The page comes again with the same lease; its outbox is on the machine's disk."""
        page = self.live.desk.browse.get(f"/exam/{self.live.desk.id}/paper")
        assert page.status == 200

    @precondition(lambda self: len(self.machines) < 3)
    @rule()
    def move_to_another_machine(self) -> None:
        if self._open_now():
            self.machines.append(Machine(sit_down(self.site, self.sitting)))

    def _open_now(self) -> bool:
        attempt = self.live.desk.attempt()
        return attempt.closed_at is None and self.site.now < self.deadline + GRACE

    @rule(seconds=st.sampled_from([1, 60, 1200, 3600]))
    def time_passes(self, seconds: int) -> None:
        self.site.clock.advance(seconds=seconds)

    @rule()
    def come_close_to_the_deadline(self) -> None:
        if self.site.now < self.deadline - timedelta(seconds=2):
            self.site.clock.set(self.deadline - timedelta(seconds=2))

    @rule(minutes=st.sampled_from([5, 30]))
    def extend(self, minutes: int) -> None:
        with self.site.writing() as session:
            attempt = session.get_one(Attempt, self.live.desk.id)
            if attempt.closed_at is None:
                attempt.extra_seconds += minutes * 60
                self.extra += timedelta(minutes=minutes)
                self.extended = True

    @rule()
    def hand_in(self) -> None:
        held = {r["position"]: r["revision"] for r in sorted(self.live.outbox, key=lambda r: r["revision"])}
        reply = self.live.desk.hand_in(held, *self.live.outbox)
        if reply.status == 200:
            for place in reply.json["acknowledged"]:
                record = next(r for r in self.live.outbox if r["revision"] == place["revision"])
                self.acknowledged[place["position"], place["revision"]] = record
            self.live.outbox = []

    @rule()
    def sweep(self) -> None:
        self.site.run("jobs", "work", "--once")

    @invariant()
    def nothing_acknowledged_is_lost(self) -> None:
        """I1 and I2: at every position the acknowledged record of the highest revision stands, or a later one does."""
        if not hasattr(self, "machines"):
            return
        held = self._held()
        for (position, revision), record in self.acknowledged.items():
            assert position in held
            assert held[position].revision >= revision
            if held[position].revision == revision:
                assert (held[position].response, held[position].marked) == (
                    record["response"],
                    record["marked"],
                )

    @invariant()
    def nothing_made_after_the_deadline_counts(self) -> None:
        """I3, and a closed attempt never changes."""
        if not hasattr(self, "machines"):
            return
        held = self._held()
        for row in held.values():
            assert row.made_at <= self.deadline
        attempt = self.live.desk.attempt()
        if attempt.closed_at is not None:
            state = {p: (row.revision, row.response) for p, row in held.items()}
            assert self.closed_state in (None, state)
            self.closed_state = state
            assert attempt.receipt == receipt_hash(attempt.id, held)

    @invariant()
    def time_left_never_grows_by_itself(self) -> None:
        """I5; I4: exactly one lease lives, that of the newest page."""
        if not hasattr(self, "machines"):
            return
        machine = self.live
        said = machine.desk.browse.get(
            machine.desk.url("pulse"), headers={"X-Lease": machine.desk.lease}
        ).json
        assert said["lease_live"]
        for older in self.machines[:-1]:
            reply = machine.desk.browse.get(
                machine.desk.url("pulse"), headers={"X-Lease": older.desk.lease}
            ).json
            assert not reply["lease_live"]
        deadline = from_milliseconds(said["deadline"])
        if self.deadline_before is not None and not self.extended:
            assert deadline == self.deadline_before
        self.deadline_before, self.extended = deadline, False

    @invariant()
    def no_reply_holds_key_material(self) -> None:
        """I8."""
        for machine in getattr(self, "machines", []):
            for page in machine.desk.browse.seen:
                text = page.response.get_data(as_text=True)
                assert "样例解析" not in text
                assert "样例答案" not in text
                assert "样例参考答案" not in text
                assert "东门" not in text
            machine.desk.browse.seen.clear()

    def teardown(self) -> None:
        """I7 and I10: scoring the stored answers gives the same twice, and the total is the exact sum of its parts."""
        if not hasattr(self, "machines"):
            return
        with self.site.reading() as session:
            first, again = (scripts(session, self.sitting.id)[0] for _ in range(2))
            assert first.earned == again.earned
            assert len(first.earned) == len(KINDS) + 2
            assert first.value == sum((points for points in first.earned if points is not None), Decimal(0))
            assert audit.verify(session).broken_at is None
            held = self._held()
            if TRUTH in held and held[TRUTH].response is not None:
                assert first.earned[TRUTH - 1] == (2 if held[TRUTH].response["truth"] else 0)

    def _held(self) -> dict[int, Answer]:
        with self.site.reading() as session:
            rows = session.scalars(select(Answer).where(Answer.attempt_id == self.live.desk.id)).all()
            logged = session.execute(
                select(AnswerLog.position, AnswerLog.revision).where(
                    AnswerLog.attempt_id == self.live.desk.id
                )
            ).all()
        # The newest logged revision of a position is the one that stands, in whatever order they came.
        for row in rows:
            assert row.revision == max(revision for position, revision in logged if position == row.position)
        return {row.position: row for row in rows}


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_the_protocol_keeps_its_promises(dialect: str, request: pytest.FixtureRequest) -> None:
    if dialect == "postgresql":
        request.getfixturevalue("postgres_server")
    machine = type("ProtocolOn" + dialect.title(), (Protocol,), {"dialect": dialect, "request": request})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
