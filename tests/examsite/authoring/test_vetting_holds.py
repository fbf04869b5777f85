"""Whatever writers, reviewers and the province do in whatever order, the rules of vetting hold."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.access.models import Person
from examsite.access.permissions import Role
from examsite.authoring import actions as authoring
from examsite.authoring.models import Bank, Code, Opinion, QuestionRow, QuestionVersion, VersionStatus
from examsite.authoring.vetting import actions, assignment
from examsite.authoring.vetting.actions import Judgement
from examsite.authoring.vetting.models import Confirmation, ReviewTask, Suspension
from examsite.authoring.vetting.stages import Stage, stages_from_document
from examsite.errors import DomainError
from tests.conftest import START, Site
from tests.factories import make_bank, make_person, make_question, question_of

VETTED = (VersionStatus.APPROVED, VersionStatus.CONFIRMED, VersionStatus.SUSPENDED)
RARELY = st.sampled_from([False] * 5 + [True])
SCHEMES = (
    (Stage("final", "终审"),),
    (Stage("first", "初审"), Stage("second", "复审"), Stage("final", "终审")),
    (Stage("first", "初审", opinions=2), Stage("final", "终审", opinions=2, blind=False)),
)


@pytest.mark.slow
def test_the_rules_hold_in_every_order(sqlite_site: Site) -> None:
    """One database for all runs; each run begins with a bank of its own, on which the invariants look."""

    reached: set[str] = set()

    class Vetting(RuleBasedStateMachine):
        count = 0
        status = ""

        @initialize(scheme=st.sampled_from(SCHEMES), needs_confirmation=st.booleans())
        def begin(self, scheme: tuple[Stage, ...], needs_confirmation: bool) -> None:
            Vetting.count += 1
            self.now = START
            with sqlite_site.writing() as session:
                bank = make_bank(session, f"样题库{Vetting.count}")
                bank.needs_confirmation = needs_confirmation
                people = session.scalars(select(Person).where(Person.username.like("machine-%"))).all()
                if not people:
                    people = [
                        make_person(session, Role.WRITER, Role.REVIEWER, username=f"machine-{n}")
                        for n in range(6)
                    ]
                    people.append(make_person(session, Role.PROVINCE, username="machine-6"))
                self.people = list(people)
                self.bank_id = bank.id
                actions.set_stages(session, bank, scheme, actor=people[0], now=START)
                make_question(session, bank, author=people[0], status=VersionStatus.DRAFT)

        def attempt(self, act: object) -> None:
            """Do it as a page would: what is refused changes nothing."""
            self.now += timedelta(minutes=1)
            try:
                with sqlite_site.writing() as session:
                    act(session)  # type: ignore[operator]
            except DomainError:
                pass

        def newest(self, session: Session) -> QuestionVersion:
            return session.scalars(
                select(QuestionVersion)
                .where(QuestionVersion.bank_id == self.bank_id)
                .order_by(QuestionVersion.number.desc())
                .limit(1)
            ).one()

        @rule(author=st.integers(0, 2), anyway=RARELY)
        def revise(self, author: int, anyway: bool) -> None:
            def act(session: Session) -> None:
                newest = self.newest(session)
                if newest.status in (VersionStatus.DRAFT, VersionStatus.IN_REVIEW) and not anyway:
                    return
                row = session.get_one(QuestionRow, newest.question_id)
                question, key = question_of()
                authoring.write_version(session, row, question, key, actor=self.people[author], now=self.now)

            self.attempt(act)

        @precondition(lambda self: self.status == VersionStatus.DRAFT)
        @rule()
        def submit(self) -> None:
            self.attempt(
                lambda session: actions.submit(
                    session, self.newest(session), actor=self.people[0], now=self.now
                )
            )

        @rule(
            who=st.integers(0, 5),
            code=st.sampled_from([Code.ADOPT] * 5 + list(Code)),
            comment=st.sampled_from(["请改", ""]),
        )
        def judge(self, who: int, code: Code, comment: str) -> None:
            self.attempt(
                lambda session: actions.give_opinion(
                    session,
                    self.newest(session),
                    Judgement(code, comment),
                    actor=self.people[who],
                    now=self.now,
                )
            )

        @precondition(lambda self: self.status == VersionStatus.IN_REVIEW)
        @rule(code=st.sampled_from([Code.ADOPT] * 5 + [Code.CHANGE, Code.REJECT]))
        def whoever_was_asked_judges(self, code: Code) -> None:
            for _n in range(3):
                self.next_judges(code)

        def next_judges(self, code: Code) -> None:
            def act(session: Session) -> None:
                task = session.scalars(
                    select(ReviewTask).where(
                        ReviewTask.bank_id == self.bank_id,
                        ReviewTask.ended_at.is_(None),
                        ReviewTask.reviewer_id.is_not(None),
                    )
                ).first()
                if task is not None:
                    person = session.get_one(Person, task.reviewer_id)
                    version = session.get_one(QuestionVersion, task.version_id)
                    said = Judgement(code, "请改")
                    actions.give_opinion(session, version, said, actor=person, now=self.now)

            self.attempt(act)

        @rule(who=st.integers(0, 5), really=RARELY)
        def recuse(self, who: int, really: bool) -> None:
            if not really:
                return
            self.attempt(
                lambda session: actions.recuse(
                    session, self.newest(session), "有利害关系", actor=self.people[who], now=self.now
                )
            )

        @rule(who=st.integers(0, 5))
        def assign(self, who: int) -> None:
            def act(session: Session) -> None:
                bank = session.get_one(Bank, self.bank_id)
                ids = session.scalars(select(ReviewTask.id).where(ReviewTask.bank_id == bank.id)).all()
                tasks = assignment.live_tasks(session, bank.id, ids)
                planned = assignment.plan_assignment(session, bank, tasks, self.people[who].id)
                actions.arrange(session, bank, planned, actor=self.people[0], now=self.now)

            self.attempt(act)

        @precondition(lambda self: self.status in VETTED)
        @rule(who=st.sampled_from([0, 1, 2, 3, 4, 5, 6, 6, 6]), accept=st.sampled_from([True, True, False]))
        def confirm(self, who: int, accept: bool) -> None:
            verb = actions.confirm_versions if accept else actions.refuse_versions
            self.attempt(
                lambda session: verb(
                    session,
                    session.get_one(Bank, self.bank_id),
                    [self.newest(session).id],
                    "样例文号",
                    actor=self.people[who],
                    now=self.now,
                )
            )

        @precondition(lambda self: self.status in VETTED)
        @rule(who=st.integers(0, 5), verb=st.sampled_from([actions.suspend, actions.reinstate]))
        def suspend_or_reinstate(self, who: int, verb: object) -> None:
            self.attempt(
                lambda session: verb(  # type: ignore[operator]
                    session, self.newest(session), "样例理由", actor=self.people[who], now=self.now
                )
            )

        @precondition(lambda self: hasattr(self, "bank_id"))
        @invariant()
        def rules_hold(self) -> None:
            with sqlite_site.reading() as session:
                versions = session.scalars(
                    select(QuestionVersion).where(QuestionVersion.bank_id == self.bank_id)
                ).all()
                authors = {version.author_id for version in versions}
                self.status = max(versions, key=lambda version: version.number).status
                for version in versions:
                    reached.add(version.status)
                    self.version_holds(session, version, authors)
                usable = [
                    v for v in versions if v.status in (VersionStatus.APPROVED, VersionStatus.CONFIRMED)
                ]
                assert len({v.status for v in usable}) == len(usable), "one of each at most"

        def version_holds(self, session: Session, version: QuestionVersion, authors: set[int]) -> None:
            given = session.scalars(select(Opinion).where(Opinion.version_id == version.id)).all()
            people = [one.reviewer_id for one in given]
            assert len(set(people)) == len(people), "nobody judges twice"
            assert all(one.comment or one.code == "A" for one in given)
            before = {
                v.author_id
                for v in session.scalars(
                    select(QuestionVersion).where(
                        QuestionVersion.question_id == version.question_id,
                        QuestionVersion.number <= version.number,
                    )
                )
            }
            assert not set(people) & before, "the author never"
            if version.status in VETTED:
                assert [one.code for one in given].count("A") == version.opinions_needed
                assert all(one.code == "A" for one in given)
            if version.status == VersionStatus.CONFIRMED:
                by = session.scalars(
                    select(Confirmation.person_id).where(
                        Confirmation.version_id == version.id, Confirmation.accepted
                    )
                ).all()
                assert by
                assert not set(by) & {*people, *before}
            tasks = session.scalars(
                select(ReviewTask).where(ReviewTask.version_id == version.id, ReviewTask.ended_at.is_(None))
            ).all()
            if version.status == VersionStatus.IN_REVIEW and tasks:
                stage = stages_from_document(version.vetting)[version.stage or 0]
                here = [one for one in given if one.stage == version.stage]
                assert len(here) + len(tasks) == stage.opinions, "as many tasks as opinions are wanted"
            elif version.status != VersionStatus.IN_REVIEW:
                assert not tasks
            for one in session.scalars(select(Suspension).where(Suspension.version_id == version.id)):
                assert one.ended_by_id != one.by_id

    Vetting.TestCase.settings = settings(
        max_examples=120,
        stateful_step_count=30,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    case = Vetting.TestCase()
    case.runTest()
    needed = {
        VersionStatus.IN_REVIEW,
        VersionStatus.APPROVED,
        VersionStatus.RETURNED,
        VersionStatus.CONFIRMED,
    }
    assert reached >= needed, "the machine never came to what it is about"
