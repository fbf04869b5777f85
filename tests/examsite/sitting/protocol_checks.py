"""The invariants I1 to I10 of the answer protocol, each a check of its own, on what the hall's observer knows."""

from __future__ import annotations

from decimal import Decimal

from hypothesis.stateful import invariant
from sqlalchemy import select

from examsite import audit
from examsite.clock import as_milliseconds
from examsite.planning.models import Paper
from examsite.results.scripts import scripts
from examsite.sitting.closing import receipt_hash
from examsite.sitting.records import Record
from question_bank.questions.model import canonical_hash
from tests.examsite.sitting.arrange import KINDS
from tests.examsite.sitting.protocol_hall import Hall

TRUTH = 4
SECRETS = ("样例解析", "样例答案", "样例参考答案", "东门")


class Promises(Hall):
    """What holds after every step; `at_the_end` holds once nothing more happens."""

    @invariant()
    def i1_nothing_acknowledged_is_lost(self) -> None:
        """Every acknowledged response stands, or a later one does; and the log has it for ever."""
        held, log = self.held(), self.log()
        for (position, revision), record in self.acknowledged.items():
            assert (position, revision) in log
            assert held[position].revision >= revision
            if held[position].revision == revision:
                said = (held[position].response, held[position].marked)
                assert said == (record["response"], record["marked"])

    @invariant()
    def i2_the_state_depends_on_the_set_of_events_alone(self) -> None:
        """At every position the newest revision that was ever taken stands, in whatever order they came."""
        held, log = self.held(), self.log()
        newest: dict[int, int] = {}
        for position, revision in log:
            newest[position] = max(revision, newest.get(position, 0))
        assert {position: row.revision for position, row in held.items()} == newest
        for position, row in held.items():
            said = Record(position, row.revision, row.response, row.marked, row.made_at)
            assert log[position, row.revision] == said.digest

    @invariant()
    def i3_nothing_late_counts_without_a_decision(self) -> None:
        """What was taken since the last look came in time, or a person admitted it; a closed attempt stands still."""
        held, log = self.held(), set(self.log())
        new = log - self.logged
        if not self.was_taking and not self.is_taking:
            assert new <= self.admitted
        self.logged, self.was_taking = log, self.is_taking
        for row in held.values():
            assert row.made_at <= self.deadline
        attempt = self.live.desk.attempt()
        if attempt.closed_at is not None:
            assert attempt.receipt == receipt_hash(attempt.id, held)
            state = {p: (row.revision, row.response) for p, row in held.items()}
            assert self.closed_state in (None, state)
            self.closed_state = state

    @invariant()
    def i4_one_lease_lives(self) -> None:
        """The newest page's, and no other."""
        for machine in self.machines:
            assert self.pulse(machine.desk.lease)["lease_live"] == (machine is self.live)

    @invariant()
    def i5_time_grows_by_acts_of_people_alone(self) -> None:
        """The deadline that the page is told is the one that the observer works out from the acts."""
        said = self.pulse(self.live.desk.lease)
        assert said["deadline"] == as_milliseconds(self.deadline)
        assert said["paused"] == (self.paused_at is not None)

    def i6_the_record_is_unbroken(self) -> None:
        with self.site.reading() as session:
            assert audit.verify(session).broken_at is None

    def i7_scoring_again_gives_the_same(self) -> None:
        with self.site.reading() as session:
            first, again = (scripts(session, self.sitting.id)[0] for _ in range(2))
        assert first.earned == again.earned
        assert len(first.earned) == len(KINDS) + 2
        held = self.held()
        if TRUTH in held and held[TRUTH].response is not None:
            assert first.earned[TRUTH - 1] == (2 if held[TRUTH].response["truth"] else 0)

    @invariant()
    def i8_no_reply_holds_key_material(self) -> None:
        for machine in self.machines:
            for page in machine.desk.browse.seen:
                text = page.response.get_data(as_text=True)
                assert not [secret for secret in SECRETS if secret in text]
            machine.desk.browse.seen.clear()

    def i9_the_paper_is_the_one_that_was_drawn(self) -> None:
        """Whole, as hashed when it was frozen, and shown in the order of the first time."""
        assert self.paper_as_shown() == self.first_paper
        with self.site.reading() as session:
            paper = session.scalars(select(Paper).where(Paper.id == self.live.desk.attempt().paper_id)).one()
        assert canonical_hash(paper.document) == paper.content_hash
        assert len(paper.document["questions"]) == len(KINDS) + 2

    def i10_the_total_is_the_sum_of_its_parts(self) -> None:
        with self.site.reading() as session:
            (script,) = scripts(session, self.sitting.id)
        assert script.value == sum((points for points in script.earned if points is not None), Decimal(0))

    def at_the_end(self) -> None:
        self.i6_the_record_is_unbroken()
        self.i7_scoring_again_gives_the_same()
        self.i9_the_paper_is_the_one_that_was_drawn()
        self.i10_the_total_is_the_sum_of_its_parts()
