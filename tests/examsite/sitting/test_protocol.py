"""The save protocol as a state machine: whatever happens on the way, no acknowledged answer is lost.

Rules: type (with a wrong clock), save, drop, lose the reply, die before the commit, repeat, reorder, delay, reload, sign in
again, a second machine with and without consent, restart the server, let time pass, extend, restore, pause, resume, hand in,
force the hand-in, take it back, sweep, carry an outbox file in, admit and refuse what waits.
EXAMSITE_PROTOCOL_EXAMPLES makes more of it than a run of all tests has time for.
"""

from __future__ import annotations

import os
import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test

from examsite.errors import Refused
from examsite.sitting import carrying, giving, quarantine
from tests.examsite.sitting.protocol_checks import TRUTH, Promises
from tests.examsite.sitting.protocol_hall import GRACE, WHY, Machine

BLANK, PARTS, NUMBER = 5, 7, 8
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
#: A page that believes to be so many days away from the server's time.
SKEWS = st.sampled_from([0, 0, 0, 0, -20_000, 20_000])
PICK = st.integers(0, 2)


class Protocol(Promises):
    """What candidates, networks, machines, servers and invigilators do, in any order."""

    @initialize(takeover=st.sampled_from(["free", "consent"]))
    def start(self, takeover: str) -> None:
        self.set_up(takeover=takeover)
        self.texts = 0

    def picked(self, pick: int) -> Machine:
        return self.machines[pick % len(self.machines)]

    # The candidate.

    @rule(choice=CHOICES, marked=st.booleans(), skew=SKEWS)
    def type(self, choice: tuple[int, Any], marked: bool, skew: int) -> None:
        """The page stops taking input at the deadline and while it knows of a pause."""
        if self.now > self.deadline or self.live.knows_pause:
            return
        position, response = choice
        if response == "text":
            self.texts += 1
            response = {"blanks": [f"答{self.texts}"]}
        made = self.now + timedelta(days=skew)
        self.live.outbox.append(self.live.desk.record(position, response, marked=marked, made_at=made))

    @rule(late=st.integers(1, 600))
    def cheat(self, late: int) -> None:
        """A page that was tampered with makes a record after the deadline."""
        made = self.deadline + timedelta(seconds=late)
        if self.now >= made:
            self.live.outbox.append(self.live.desk.record(TRUTH, {"truth": True}, made_at=made))

    @rule()
    def reload(self) -> None:
        """The page comes again with the same lease, or the receipt does."""
        page = self.live.desk.browse.get(f"/exam/{self.live.desk.id}/paper")
        assert page.status == 200
        if self.is_taking:
            self.live.desk.page = page

    @precondition(lambda self: self.is_taking)
    @rule()
    def sign_in_again_on_the_same_machine(self) -> None:
        self.wake(self.live)

    @precondition(lambda self: self.is_taking and len(self.machines) < 3)
    @rule()
    def move_to_another_machine(self) -> None:
        """With the invigilator's consent where the sitting asks for it."""
        if self.asks_consent:
            self.give(giving.allow_takeover, minutes=5)
        self.machines.append(Machine(self.sit(self.sign_in())))

    @precondition(lambda self: self.is_taking and self.asks_consent)
    @rule()
    def move_without_consent(self) -> None:
        """Refused; signing in there ended the login here, so the first machine signs in again, and needs no consent."""
        waiting = self.sign_in().get(f"/exam/{self.live.desk.id}/wait")
        assert waiting.submit("继续作答").status == 409
        self.wake(self.live)

    @rule()
    def hand_in(self) -> None:
        machine = self.live
        records = list(machine.outbox)
        held = {r["position"]: r["revision"] for r in sorted(records, key=lambda r: int(r["revision"]))}
        was_paused = self.paused_at is not None and self.is_open
        reply = machine.desk.hand_in(held, *records)
        assert not (was_paused and reply.status == 200)
        self.hear(machine, records, reply.json)

    # The network.

    @rule(pick=PICK, order=st.randoms(use_true_random=False), copies=st.integers(1, 2))
    def save(self, pick: int, order: random.Random, copies: int) -> None:
        """A machine sends its outbox, in any order, some of it twice."""
        records = list(self.picked(pick).outbox) * copies
        order.shuffle(records)
        if records:
            self.deliver(self.picked(pick), records)

    @precondition(lambda self: self.live.outbox and len(self.in_flight) < 3)
    @rule()
    def delay(self) -> None:
        """A packet leaves now and arrives later, or never."""
        self.in_flight.append((self.live, list(self.live.outbox)))

    @precondition(lambda self: self.in_flight)
    @rule(pick=PICK)
    def arrive(self, pick: int) -> None:
        self.deliver(*self.in_flight.pop(pick % len(self.in_flight)))

    @precondition(lambda self: self.in_flight)
    @rule(pick=PICK)
    def drop(self, pick: int) -> None:
        self.in_flight.pop(pick % len(self.in_flight))

    def deliver(self, machine: Machine, records: list[dict[str, Any]]) -> None:
        reply = machine.desk.send(*records)
        if reply.status in (401, 409):
            assert machine is not self.live, "the newest page holds the lease"
            return
        assert reply.status == 200, reply.json
        left = self.hear(machine, records, reply.json)
        assert not left, "every record is answered for"

    def hear(
        self, machine: Machine, records: list[dict[str, Any]], said: dict[str, Any]
    ) -> set[tuple[int, int]]:
        """What a reply says of these records; those it says nothing of."""
        assert "revision-taken" not in [refusal["code"] for refusal in said["refused"]]
        places = {kind: {(p["position"], p["revision"]) for p in said[kind]} for kind in _ANSWERS}
        self.note(records, sorted(places["acknowledged"]))
        machine.settle(said)
        return {(r["position"], r["revision"]) for r in records} - set().union(*places.values())

    # The server.

    @precondition(lambda self: self.live.outbox)
    @rule()
    def die_between_commit_and_reply(self) -> None:
        """The server has it, the page doesn't know."""
        self.live.desk.send(*self.live.outbox)

    @precondition(lambda self: self.live.outbox and self.is_taking)
    @rule()
    def die_before_the_commit(self) -> None:
        before = self.log()
        assert self.send_and_die_before_the_commit(self.live) >= 500
        assert self.log() == before

    @rule()
    def restart_the_server(self) -> None:
        if len(self.later_apps) < 1:
            self.restart()

    @rule()
    def sweep(self) -> None:
        over = self.now >= self.deadline + GRACE
        self.site.run("jobs", "work", "--once")
        assert self.is_open or over or self.closed_state is not None

    # Time.

    @rule(seconds=st.sampled_from([0.3, 60, 1200, 3600]))
    def time_passes(self, seconds: float) -> None:
        self.site.clock.advance(seconds=seconds)

    @rule()
    def come_close_to_the_deadline(self) -> None:
        if self.paused_at is None and self.now < self.deadline - timedelta(seconds=2):
            self.site.clock.set(self.deadline - timedelta(seconds=2))

    # The invigilator.

    @precondition(lambda self: self.is_open)
    @rule(minutes=st.sampled_from([5, 30]))
    def extend(self, minutes: int) -> None:
        self.give(giving.give_extra, minutes)
        self.given += timedelta(minutes=minutes)

    @precondition(lambda self: self.is_open)
    @rule(seconds=st.sampled_from([1, 600]))
    def restore(self, seconds: int) -> None:
        self.give(giving.restore, seconds)
        self.given += timedelta(seconds=seconds)

    @precondition(lambda self: self.is_open and self.paused_at is None and self.now < self.deadline)
    @rule()
    def pause(self) -> None:
        self.give(giving.pause)
        self.paused_at = self.now

    @precondition(lambda self: self.paused_at is not None)
    @rule()
    def resume(self) -> None:
        self.give(giving.resume)
        self.end_pause()

    @precondition(lambda self: self.is_open)
    @rule()
    def force_hand_in(self) -> None:
        self.give(giving.force_hand_in)
        if self.paused_at is not None:
            self.end_pause()

    @precondition(lambda self: not self.is_open)
    @rule()
    def take_the_hand_in_back(self) -> None:
        if self.now < self.deadline:
            self.give(giving.reopen)
            self.closed_state = None
        else:
            with pytest.raises(Refused):
                self.give(giving.reopen)

    @rule(pick=PICK)
    def carry_the_outbox_in(self, pick: int) -> None:
        """The file of a machine; the machine itself learns nothing of it."""
        machine = self.picked(pick)
        if not machine.outbox:
            return
        with self.site.writing() as session:
            carried = carrying.read_outbox(machine.file())
            outcome = carrying.carry_in(session, carried, actor=self.invigilator, now=self.now)
        self.note(machine.outbox, outcome.acknowledged)
        assert "revision-taken" not in [refusal.code for refusal in outcome.refused]

    @rule(admits=st.booleans())
    def decide_about_what_waits(self, admits: bool) -> None:
        with self.site.writing() as session:
            waits = quarantine.waiting(session, self.sitting.id)
            if not waits:
                return
            verb = quarantine.admit if admits else quarantine.refuse
            verb(session, [waits[0].id], reason=WHY, actor=self.invigilator, now=self.now)
        if admits:
            self.admitted.add((waits[0].position, waits[0].revision))
            self.closed_state = None

    def teardown(self) -> None:
        if hasattr(self, "machines"):
            try:
                self.at_the_end()
            finally:
                self.put_back()


_ANSWERS = ("acknowledged", "refused", "quarantined")


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_the_protocol_keeps_its_promises(dialect: str, request: pytest.FixtureRequest) -> None:
    if dialect == "postgresql":
        request.getfixturevalue("postgres_server")
    machine = type("ProtocolOn" + dialect.title(), (Protocol,), {"dialect": dialect, "request": request})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=int(os.environ.get("EXAMSITE_PROTOCOL_EXAMPLES", "9")),
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
