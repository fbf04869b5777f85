"""A sitting under way, for tests of the candidate's side: real rows, one paper of every kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.access.models import Person
from examsite.access.permissions import Role
from examsite.authoring.models import QuestionVersion
from examsite.clock import as_milliseconds
from examsite.planning.models import Paper, PaperSet, Plan, Sitting, SpecificationRow
from examsite.registration.models import Enrolment
from examsite.sitting.models import Answer, Attempt
from examsite.sitting.queries import attempt_id
from question_bank.questions.kinds import Kind, MultiplePolicy
from question_bank.questions.model import Key, Question, canonical_hash
from tests.browse import Browse, Page, data_block
from tests.conftest import START, Site
from tests.factories import make_bank, make_person, make_question

KINDS = (Kind.SINGLE, Kind.SINGLE, Kind.MULTIPLE, Kind.JUDGEMENT, Kind.BLANK, Kind.SHORT)
OPENS = START + timedelta(minutes=10)


def make_running_sitting(
    session: Session,
    *,
    candidates: int = 1,
    papers: int = 2,
    allowed: int = 90,
    questions: int = 0,
    made: Sequence[tuple[Question, Key]] = (),
    multiple: MultiplePolicy = MultiplePolicy.EXACT,
    opens_at: datetime = OPENS,
    **rules: Any,
) -> Sitting:
    """A ready sitting that opens ten minutes after START with these many candidates, seats 1…n.

    The paper holds one question of every kind in KINDS, or so many 判断 where `questions` says so, or those `made`.
    """
    bank = make_bank(session)
    kinds = [Kind.JUDGEMENT] * questions or KINDS
    versions = [make_question(session, bank, kind=kind) for kind in kinds if not made]
    versions += [make_question(session, bank, kind=one[0].kind, made=one) for one in made]
    staff = make_person(session, Role.STAFF)
    plan = Plan(
        number=f"P{staff.id}",
        name="样例计划",
        institution_id=bank.institution_id,
        bank_id=bank.id,
        standard_code="3-02-02-00",
        standard_edition="2020",
        level=3,
        status="open",
        created_by_id=staff.id,
        created_at=START,
    )
    rule = SpecificationRow(
        bank_id=bank.id,
        name="样例规则",
        status="approved",
        document={},
        content_hash="0" * 64,
        created_by_id=staff.id,
        created_at=START,
    )
    session.add_all([plan, rule])
    session.flush()
    paper_set = PaperSet(
        plan_id=plan.id,
        specification_id=rule.id,
        mode="fixed",
        count=papers,
        seed="样例种子",
        engine="test",
        bank_digest="0" * 64,
        is_verified=False,
        multiple=multiple.value,
        artefact={"times": []},
        proof={},
        status="approved",
        drawn_by_id=staff.id,
        drawn_at=START,
    )
    session.add(paper_set)
    session.flush()
    for number in range(1, papers + 1):
        session.add(_paper(paper_set, number, versions))
    sitting = Sitting(
        plan_id=plan.id,
        paper_set_id=paper_set.id,
        title=f"样例场次{plan.id}",
        opens_at=opens_at,
        closes_at=opens_at + timedelta(hours=2),
        allowed_minutes=allowed,
        status="ready",
        created_by_id=staff.id,
        created_at=START,
        **rules,
    )
    session.add(sitting)
    session.flush()
    for seat in range(1, candidates + 1):
        enrol(session, sitting, seat=seat, staff=staff)
    return sitting


def enrol(session: Session, sitting: Sitting, *, seat: int, staff: Person) -> Enrolment:
    person = make_person(session, Role.CANDIDATE)
    row = Enrolment(
        sitting_id=sitting.id,
        person_id=person.id,
        ticket=f"2026{sitting.id:03}{seat:04}",
        seat=str(seat),
        enrolled_by_id=staff.id,
        enrolled_at=START,
    )
    session.add(row)
    session.flush()
    return row


def _paper(paper_set: PaperSet, number: int, versions: list[QuestionVersion]) -> Paper:
    # The second paper shows the options the other way round.
    turn = -1 if number % 2 == 0 else 1
    document = {
        "questions": [
            {
                "version": v.id,
                "points": "1" if len(versions) == 100 else "2",
                "options": [o["id"] for o in v.document["options"]][::turn],
            }
            for v in versions
        ]
    }
    return Paper(set_id=paper_set.id, number=number, document=document, content_hash=canonical_hash(document))


@dataclass
class Desk:
    """A candidate at a machine with the paper open: what its page knows."""

    site: Site
    browse: Browse
    page: Page
    data: dict[str, Any]
    revision: int

    @property
    def id(self) -> str:
        return str(self.data["attempt"])

    @property
    def lease(self) -> str:
        return str(self.data["lease"])

    def url(self, name: str) -> str:
        return str(self.data["urls"][name])

    def record(
        self, position: int, response: Any, *, revision: int | None = None, **more: Any
    ) -> dict[str, Any]:
        """A record as the outbox keeps it, with the next revision."""
        if revision is None:
            self.revision += 1
            revision = self.revision
        made_at = more.pop("made_at", self.site.now)
        made = as_milliseconds(made_at) if isinstance(made_at, datetime) else made_at
        return {
            "position": position,
            "revision": revision,
            "response": response,
            "marked": False,
            "made_at": made,
        } | more

    def send(self, *records: dict[str, Any], lease: str | None = None) -> Page:
        return self.browse.post_json(
            self.url("answers"), {"lease": lease or self.lease, "records": list(records)}
        )

    def hand_in(self, held: dict[int, int] | None = None, *records: dict[str, Any]) -> Page:
        body = {"lease": self.lease, "held": held or {}, "records": list(records), "by": "candidate"}
        return self.browse.post_json(self.url("hand_in"), body)

    def options(self, position: int) -> list[str]:
        """Option ids of a question as the page shows them."""
        inputs = [e for tag in ("input",) for e in self.page.find_all(tag, name=f"q{position}")]
        return [e.get("value", "") for e in inputs]

    def held(self) -> dict[int, Any]:
        """What the database holds: position → (revision, response)."""
        with self.site.reading() as session:
            rows = session.scalars(select(Answer).where(Answer.attempt_id == self.id))
            return {row.position: (row.revision, row.response) for row in rows}

    def attempt(self) -> Attempt:
        with self.site.reading() as session:
            return session.get_one(Attempt, self.id)


def candidate(site: Site, sitting: Sitting, seat: int = 1) -> Person:
    with site.reading() as session:
        query = select(Enrolment.person_id).where(
            Enrolment.sitting_id == sitting.id, Enrolment.seat == str(seat)
        )
        return session.get_one(Person, session.scalars(query).one())


def attempt_of(site: Site, sitting: Sitting, seat: int = 1) -> str:
    with site.reading() as session:
        query = select(Enrolment.id).where(Enrolment.sitting_id == sitting.id, Enrolment.seat == str(seat))
        return attempt_id(session.scalars(query).one())


def sit_down(site: Site, sitting: Sitting, seat: int = 1, *, browse: Browse | None = None) -> Desk:
    """The candidate of this seat opens the paper, in a browser of their own unless one is given."""
    browse = browse or site.browse_as(candidate(site, sitting, seat), as_candidate=True)
    waiting = browse.get(f"/exam/{attempt_of(site, sitting, seat)}/wait")
    button = "进入试卷" if "进入试卷" in waiting.text else "继续作答"
    page = waiting.submit(button)
    data = data_block(page, "paper-data")
    return Desk(site, browse, page, data, int(data["revision"]))
