"""Sittings that are over, with answers in the rows, and what each candidate did told in a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from examsite.access.models import Person
from examsite.access.permissions import Role
from examsite.authoring.keys import keys
from examsite.authoring.models import QuestionVersion
from examsite.planning.models import Paper, PaperSet, Plan, Sitting, SpecificationRow
from examsite.registration.models import Enrolment
from examsite.sitting import closing
from examsite.sitting.models import Answer, Attempt
from examsite.sitting.queries import attempt_id
from question_bank.questions.kinds import Kind, MultiplePolicy
from question_bank.questions.model import Key, Question, canonical_hash
from tests.browse import Browse
from tests.conftest import START, Site
from tests.factories import make_bank, make_outline, make_person, make_question

OPENS = START + timedelta(minutes=10)
CLOSES = OPENS + timedelta(hours=2)
AFTER = CLOSES + timedelta(minutes=10)

#: (kind, points): 100 points in five questions of twenty.
FIVE = (
    (Kind.SINGLE, "20"),
    (Kind.MULTIPLE, "20"),
    (Kind.JUDGEMENT, "20"),
    (Kind.BLANK, "20"),
    (Kind.SINGLE, "20"),
)

RIGHT, WRONG, NOTHING = True, False, None


@dataclass(frozen=True)
class Over:
    """A sitting that is over."""

    sitting: Sitting
    plan: Plan
    versions: list[QuestionVersion]
    enrolments: list[Enrolment]

    def attempt(self, seat: int) -> str:
        return attempt_id(self.enrolments[seat - 1].id)


def make_sat_sitting(
    session: Session,
    scripts: Sequence[Sequence[bool | dict[str, Any] | None] | None],
    *,
    parts: Sequence[tuple[Kind | tuple[Question, Key], str]] = FIVE,
    presented: Sequence[Sequence[int]] | None = None,
    by: str = "candidate",
    closed: bool = True,
    multiple: MultiplePolicy = MultiplePolicy.EXACT,
) -> Over:
    """One script a candidate: for each question RIGHT, WRONG, NOTHING or a response; None = never came.

    parts: of each question its kind, or itself with its key, and its points.
    presented: for each candidate the places (from 0) of the questions on the own paper; by default all of them.
    """
    bank = make_bank(session)
    make_outline(session, bank, areas=2, points=5)
    codes = ["A-A-001", "B-A-001", "A-A-002", "B-A-002"]
    versions = [
        make_question(session, bank, point=codes[place % 4], **_content(asked))
        for place, (asked, _) in enumerate(parts)
    ]
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
    designs = sorted({tuple(one) for one in presented or [range(len(parts))]})
    paper_set = PaperSet(
        plan_id=plan.id,
        specification_id=rule.id,
        mode="fixed",
        count=len(designs),
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
    papers = {}
    for number, design in enumerate(designs, start=1):
        document = {
            "questions": [
                {
                    "version": versions[place].id,
                    "points": parts[place][1],
                    "options": [option["id"] for option in versions[place].document["options"]],
                }
                for place in design
            ]
        }
        paper = Paper(
            set_id=paper_set.id, number=number, document=document, content_hash=canonical_hash(document)
        )
        session.add(paper)
        papers[design] = paper
    sitting = Sitting(
        plan_id=plan.id,
        paper_set_id=paper_set.id,
        title=f"样例场次{plan.id}",
        opens_at=OPENS,
        closes_at=CLOSES,
        allowed_minutes=90,
        status="ready",
        created_by_id=staff.id,
        created_at=START,
    )
    session.add(sitting)
    session.flush()
    keys = _keys(session, versions)
    enrolments, answers = [], []
    first = (session.scalar(select(func.max(Enrolment.id))) or 0) + 1
    for seat, script in enumerate(scripts, start=1):
        person = make_person(session, Role.CANDIDATE)
        row = Enrolment(
            sitting_id=sitting.id,
            person_id=person.id,
            ticket=f"2026{first:05}{seat:05}",
            seat=str(seat),
            enrolled_by_id=staff.id,
            enrolled_at=START,
        )
        session.add(row)
        session.flush()
        enrolments.append(row)
        if script is None:
            continue
        design = tuple(presented[seat - 1]) if presented else designs[0]
        attempt = Attempt(
            id=attempt_id(row.id),
            enrolment_id=row.id,
            paper_id=papers[design].id,
            started_at=OPENS,
            settings={},
        )
        session.add(attempt)
        for position, (place, told) in enumerate(zip(design, script, strict=True), start=1):
            response = told if isinstance(told, dict) else response_of(versions[place], keys[place], told)
            if response is not None:
                answers.append(
                    {
                        "attempt_id": attempt.id,
                        "position": position,
                        "revision": position,
                        "response": response,
                        "marked": False,
                        "made_at": OPENS,
                        "saved_at": OPENS,
                    }
                )
    session.flush()
    if answers:
        session.execute(insert(Answer), answers)
    if closed:
        for row in enrolments:
            attempt = session.get(Attempt, attempt_id(row.id))
            if attempt is not None:
                closing.close(session, attempt, by=by, now=OPENS + timedelta(hours=1))
    return Over(sitting, plan, versions, enrolments)


def _content(asked: Kind | tuple[Question, Key]) -> dict[str, Any]:
    return {"kind": asked} if isinstance(asked, Kind) else {"kind": asked[0].kind, "made": asked}


def response_of(version: QuestionVersion, key: Any, told: bool | None) -> dict[str, Any] | None:
    """The response that is right, wrong or absent."""
    if told is None:
        return None
    kind = Kind(version.kind)
    if kind.has_options:
        others = [option["id"] for option in version.document["options"] if option["id"] not in key.options]
        return {"options": sorted(key.options) if told else others[:1]}
    if kind is Kind.JUDGEMENT:
        return {"truth": key.truth if told else not key.truth}
    if kind is Kind.BLANK:
        return {"blanks": [accepted[0] if told else "样例错误" for accepted in key.blanks]}
    return {"text": "样例作答" if told else "样例离题作答"}


def _keys(session: Session, versions: Sequence[QuestionVersion]) -> list[Any]:
    by_id = keys(session, [version.id for version in versions])
    return [by_id[version.id] for version in versions]


def sat(site: Site, *scripts: Sequence[bool | dict[str, Any] | None] | None, **more: Any) -> Over:
    """A sitting that is over, ten minutes after its end."""
    with site.writing() as session:
        over = make_sat_sitting(session, scripts, **more)
    site.clock.set(AFTER)
    return over


def staff_of(site: Site, *, role: Role = Role.STAFF) -> Browse:
    """A member of the institution (or another role), signed in."""
    with site.writing() as session:
        person = make_person(session, role)
    return site.browse_as(person)


def candidate_of(site: Site, over: Over, seat: int = 1) -> Browse:
    with site.reading() as session:
        person = session.get_one(Person, over.enrolments[seat - 1].person_id)
    return site.browse_as(person, as_candidate=True)


def score_page(over: Over) -> str:
    return f"/results/sittings/{over.sitting.id}"


def collected(site: Site, over: Over, browse: Browse | None = None) -> Browse:
    browse = browse or staff_of(site)
    page = browse.get(score_page(over)).submit("汇总成绩")
    assert page.status == 200, page.text
    return browse


def released(site: Site, over: Over) -> None:
    """Collected and proposed by one member of staff, released by another."""
    collected(site, over).get(score_page(over)).submit("提交发布")
    site.clock.advance(minutes=1)
    page = staff_of(site).get(score_page(over)).submit("发布成绩")
    assert "已发布" in page.text
