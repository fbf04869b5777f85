"""Rows for tests: plain functions with defaults, named make_…; arrange only what matters.

Each takes the session first and returns the row.  They go through the actions where an action exists.
"""

from __future__ import annotations

import io
import itertools
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from examsite.access import people
from examsite.access.models import Grant, Person
from examsite.access.permissions import ADMINISTRATORS, ROLES, Permission, Role
from examsite.access.scope import EVERYTHING, SELF, institution_scope
from examsite.authoring import actions as authoring
from examsite.authoring import outlines
from examsite.authoring.models import Bank, Code, OutlineRow, QuestionRow, QuestionVersion, VersionStatus
from examsite.authoring.queries import published_outline
from examsite.authoring.secrecy import undertakings
from examsite.authoring.versions import NewVersion, insert_versions
from examsite.authoring.vetting import actions as vetting
from examsite.authoring.vetting.actions import Judgement
from examsite.authoring.vetting.models import ReviewTask
from examsite.planning import actions as planning
from examsite.planning import papers, specifications
from examsite.planning.models import PaperMode, PaperSet, Plan, Sitting, SpecificationRow
from examsite.registration import actions as registration
from examsite.registration import rooms, seating
from examsite.registration.models import Enrolment, Room, SeatDraw
from examsite.registry.models import Institution, InstitutionKind
from question_bank.assembly.specification import Section, Specification
from question_bank.outlines.tree import Area, Importance, Outline, Point, outline_from_document
from question_bank.questions.kinds import Kind
from question_bank.questions.model import Key, Part, Quantity, Question, make_options
from tests.conftest import START

_numbers = itertools.count(1)
PASSWORD = "Sample-2026-pass"


def make_institution(session: Session, name: str = "样例认定中心") -> Institution:
    """The institution of this name, made once."""
    row = session.scalars(select(Institution).where(Institution.name == name)).one_or_none()
    if row is None:
        row = Institution(name=name, kind=InstitutionKind.ORGANISATION, created_at=START)
        session.add(row)
        session.flush()
    return row


def make_person(
    session: Session,
    *roles: Role,
    name: str = "",
    institution: Institution | None = None,
    username: str | None = None,
    password: str | None = None,
    identity: str | None = None,
    **fields: Any,
) -> Person:
    """A person with these roles: candidates in scope self, the province and administrators everywhere, others here."""
    number = next(_numbers)
    person = people.create(
        session,
        name=name or f"样例人员{number}",
        username=username or f"user{number}",
        password=password,
        identity=identity,
        actor=None,
        now=START,
    )
    for role in roles:
        people.grant(session, person, role, _scope(session, role, institution), actor=None, now=START)
    for field, value in fields.items():
        setattr(person, field, value)
    session.flush()
    sign_undertakings(session, person)
    return person


def sign_undertakings(session: Session, person: Person) -> None:
    """The person signs wherever their roles let them see questions, so that no page sends them there first."""
    for grant in session.scalars(select(Grant).where(Grant.person_id == person.id)):
        if Permission.SEE_BANK in ROLES[Role(grant.role)]:
            everywhere = grant.scope == EVERYTHING
            institution_id = None if everywhere else int(grant.scope.partition(":")[2])
            undertakings.sign(session, institution_id, person.name, actor=person, now=START)


def _scope(session: Session, role: Role, institution: Institution | None) -> str:
    if role is Role.CANDIDATE:
        return SELF
    if role is Role.PROVINCE or role in ADMINISTRATORS:
        return EVERYTHING
    return institution_scope((institution or make_institution(session)).id)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


# ---- the bank ----


def make_bank(session: Session, name: str = "样题库（三级）理论", **fields: Any) -> Bank:
    """The bank of this name in the sample institution, made once."""
    institution = fields.pop("institution", None) or make_institution(session)
    row = session.scalars(
        select(Bank).where(Bank.name == name, Bank.institution_id == institution.id)
    ).one_or_none()
    if row is None:
        values = {"level": 3, "standard_code": "3-02-02-00", "standard_edition": "2020", **fields}
        row = authoring.create_bank(
            session, institution.id, name=name, is_sample=True, actor=None, now=START, **values
        )
    return row


def make_outline(
    session: Session, bank: Bank, *, areas: int = 4, points: int = 5, published: bool = True
) -> OutlineRow:
    """An outline of level-one areas A, B, … of (nearly) equal weights, each one leaf A-A with these many points."""
    shares = [100 // areas + (1 if place < 100 % areas else 0) for place in range(areas)]
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[:areas]
    tree = tuple(
        Area(
            letter,
            f"样例范围{letter}",
            Fraction(share),
            (
                Area(
                    f"{letter}-A",
                    f"样例范围{letter}之一",
                    Fraction(share),
                    points=tuple(
                        Point(f"{letter}-A-{n:03}", f"样例认定点{letter}{n}", tuple(Importance)[(n - 1) % 3])
                        for n in range(1, points + 1)
                    ),
                ),
            ),
        )
        for letter, share in zip(letters, shares, strict=True)
    )
    outline = Outline("样例细目表", tree, "为测试编写")
    row = outlines.draft_outline(session, bank, outline, actor=None, now=START)
    if published:
        outlines.publish(session, row, actor=None, now=START)
    return row


def question_of(
    kind: Kind = Kind.SINGLE,
    *,
    point: str = "A-A-001",
    stem: str = "",
    right: Any = None,
    difficulty: int | None = 3,
    explanation: str = "样例解析",
    made: tuple[Question, Key] | None = None,
) -> tuple[Question, Key]:
    """A question with its key.  right: places of the right options (0 = A), a truth value, or texts of blanks.

    made: this one, at the point; for what the other arguments can't say.
    """
    if made is not None:
        return replace(made[0], point=point), made[1]
    number = next(_numbers)
    options = make_options([f"样例选项{number}之{n}" for n in range(1, 5)]) if kind.has_options else ()
    stem = stem or (f"样题{number}的空是____。" if kind is Kind.BLANK else f"样题{number}（ ）。")
    key = Key(explanation=explanation)
    if kind.has_options:
        places = right if right is not None else ([0] if kind is Kind.SINGLE else [0, 1])
        key = Key(frozenset(options[place].id for place in places), explanation=explanation)
    elif kind is Kind.JUDGEMENT:
        key = Key(truth=True if right is None else right, explanation=explanation)
    elif kind is Kind.BLANK:
        texts = right or ["样例答案"] * stem.count("____")
        key = Key(blanks=tuple((text,) for text in texts), explanation=explanation)
    else:
        key = Key(model_answer=right or "样例参考答案", explanation=explanation)
    return Question(kind, stem, options, point, difficulty, sources=("样例依据",)), key


def make_question(
    session: Session,
    bank: Bank,
    *,
    kind: Kind = Kind.SINGLE,
    point: str = "A-A-001",
    status: VersionStatus = VersionStatus.APPROVED,
    author: Person | None = None,
    reviewer: Person | None = None,
    external_id: str | None = None,
    **content: Any,
) -> QuestionVersion:
    """A version in this status, written and judged by two people.  `content` goes to `question_of`."""
    question, key = question_of(kind, point=point, **content)
    author = author or _colleague(session, Role.WRITER, bank)
    version = authoring.write_question(
        session, bank, question, key, actor=author, now=START, external_id=external_id
    )
    if status is VersionStatus.DRAFT:
        return version
    authoring.submit(session, version, actor=author, now=START)
    if status is VersionStatus.IN_REVIEW:
        return version
    reviewer = reviewer or _colleague(session, Role.REVIEWER, bank)
    if status is VersionStatus.RETURNED:
        _judge(session, version, reviewer, Judgement(Code.RETURN, "样例意见：请修改"))
        return version
    if status is VersionStatus.REJECTED:
        _judge(session, version, reviewer, Judgement(Code.REJECT, "样例意见：不宜采用"))
        return version
    vet(session, version, reviewer)
    if status is VersionStatus.RETIRED:
        authoring.retire(session, version, "样例原因", actor=reviewer, now=START)
    elif status in (VersionStatus.CONFIRMED, VersionStatus.SUSPENDED):
        vetting.confirm_versions(session, bank, [version.id], "样例文号", actor=_province(session), now=START)
        session.refresh(version, ["status"])
        if status is VersionStatus.SUSPENDED:
            vetting.suspend(session, version, "样例原因", actor=reviewer, now=START)
    elif status is VersionStatus.SUPERSEDED:
        row = session.get_one(QuestionRow, version.question_id)
        changed = authoring.write_version(
            session, row, *question_of(kind, point=point), actor=author, now=START
        )
        authoring.submit(session, changed, actor=author, now=START)
        vet(session, changed, reviewer)
        session.refresh(version, ["status"])
    return version


def vet(session: Session, version: QuestionVersion, reviewer: Person | None = None) -> None:
    """Adopt a version in review at every one of its stages: the reviewer first, then colleagues, as many as it takes."""
    bank = session.get_one(Bank, version.bank_id)
    number = 0
    while version.status == VersionStatus.IN_REVIEW:
        person = reviewer if number == 0 else None
        person = person or _colleague(session, Role.REVIEWER, bank, number=number)
        _judge(session, version, person, Judgement(Code.ADOPT))
        number += 1


def asked_for(session: Session, version: QuestionVersion) -> Person:
    """Who was asked for an opinion on a version: the first of them."""
    task = session.scalars(
        select(ReviewTask)
        .where(
            ReviewTask.version_id == version.id,
            ReviewTask.ended_at.is_(None),
            ReviewTask.reviewer_id.is_not(None),
        )
        .order_by(ReviewTask.id)
    ).first()
    assert task is not None, "nobody was asked"
    return session.get_one(Person, task.reviewer_id)


def _judge(session: Session, version: QuestionVersion, reviewer: Person, said: Judgement) -> None:
    """An opinion of this person, to whom the task goes first where somebody else has it."""
    tasks = session.scalars(
        select(ReviewTask)
        .where(ReviewTask.version_id == version.id, ReviewTask.ended_at.is_(None))
        .order_by(ReviewTask.id)
    ).all()
    if tasks and all(task.reviewer_id != reviewer.id for task in tasks):
        tasks[0].reviewer_id, tasks[0].unassigned = reviewer.id, None
        session.flush()
    vetting.give_opinion(session, version, said, actor=reviewer, now=START)


def make_approved_bank(
    session: Session,
    n: int = 40,
    *,
    kinds: tuple[Kind, ...] = (Kind.SINGLE, Kind.MULTIPLE, Kind.JUDGEMENT, Kind.BLANK),
    areas: int = 4,
    points: int = 5,
    name: str = "样题库（三级）理论",
    institution: Institution | None = None,
) -> Bank:
    """A bank with a published outline and n approved questions: each kind in turn, spread over the points."""
    bank = make_bank(session, name, institution=institution)
    outline = outline_from_document(make_outline(session, bank, areas=areas, points=points).document)
    codes = [point.code for point in outline.points]
    versions = []
    for place in range(n):
        kind = kinds[place % len(kinds)]
        point = codes[(place // len(kinds)) % len(codes)]
        question, key = question_of(kind, point=point, difficulty=place % 5 + 1)
        versions.append(NewVersion(question, key, f"{kind.value}-{point}-{place + 1:05}"))
    author = _colleague(session, Role.WRITER, bank)
    ids = insert_versions(
        session, bank.id, versions, author_id=author.id, status=VersionStatus.IN_REVIEW, now=START
    )
    authoring.approve_several(session, ids, actor=_colleague(session, Role.REVIEWER, bank), now=START)
    return bank


def _colleague(session: Session, role: Role, bank: Bank, *, number: int = 0) -> Person:
    """One person of this role at the bank's institution, made once; further ones by number."""
    username = f"{role.value}-{bank.institution_id}" + (f"-{number}" if number else "")
    row = session.scalars(select(Person).where(Person.username == username)).one_or_none()
    if row is None:
        institution = session.get_one(Institution, bank.institution_id)
        row = make_person(session, role, institution=institution, username=username)
    return row


# ---- plans, papers, sittings, candidates ----

#: What `make_approved_bank(n=160)` can meet: 20 questions, 5 of each kind, 100 points.
SECTIONS = ((Kind.SINGLE, 5, "5"), (Kind.MULTIPLE, 5, "5"), (Kind.JUDGEMENT, 5, "5"), (Kind.BLANK, 5, "5"))


def make_plan(
    session: Session, bank: Bank | None = None, *, number: str = "", name: str = "样例认定计划"
) -> Plan:
    """A plan over a bank; by default the sample bank, made with 160 approved questions over four areas if need be."""
    if bank is None:
        bank = session.scalars(select(Bank).where(Bank.name == "样题库（三级）理论")).first()
    bank = bank or make_approved_bank(session, 160)
    return planning.create_plan(
        session,
        bank,
        number=number or f"样例-2026-{next(_numbers):03}",
        name=name,
        actor=_colleague(session, Role.STAFF, bank),
        now=START,
    )


def make_specification(
    session: Session,
    bank: Bank,
    sections: tuple[tuple[Kind, int, str], ...] = SECTIONS,
    *,
    name: str = "样例组题规则",
    approved: bool = True,
) -> SpecificationRow:
    """A specification with the shares of the bank's outline in force, approved by the province unless told."""
    published = published_outline(session, bank.id)
    specification = Specification(
        name, tuple(Section(kind, count, Decimal(points)) for kind, count, points in sections), ()
    )
    row = specifications.draft(
        session,
        bank,
        specification,
        published[1] if published else None,
        actor=_colleague(session, Role.STAFF, bank),
        now=START,
    )
    if approved:
        specifications.approve(session, row, actor=_province(session), now=START)
    return row


def make_paper_set(
    session: Session,
    plan: Plan | None = None,
    specification: SpecificationRow | None = None,
    *,
    mode: PaperMode = PaperMode.FIXED,
    count: int = 2,
    spare: int = 0,
    seed: str = "样例种子",
    approved: bool = True,
) -> PaperSet:
    """Papers really drawn from the plan's bank by staff, approved by the province unless told."""
    plan = plan or make_plan(session)
    bank = session.get_one(Bank, plan.bank_id)
    specification = specification or make_specification(session, bank)
    order = papers.Order(mode, count, spare, seed)
    row = papers.draw_papers(
        session, plan, specification, order, actor=_colleague(session, Role.STAFF, bank), now=START
    )
    if approved:
        papers.approve(session, row, actor=_province(session), now=START)
    return row


def make_sitting(
    session: Session,
    plan: Plan | None = None,
    paper_set: PaperSet | None = None,
    *,
    opens_at: datetime = START + timedelta(hours=1),
    closes_at: datetime | None = None,
    allowed_minutes: int = 90,
    grace_seconds: int = 5,
    late_limit_minutes: int | None = 30,
    earliest_hand_in_minutes: int | None = 30,
    title: str = "样例场次",
    place: str = "样例考场",
    ready: bool = True,
) -> Sitting:
    """A sitting of two hours from `opens_at` with approved papers and confirmed figures, ready unless told.

    It is made a day before it opens, so `opens_at` may lie in the past of the test.
    """
    if paper_set is None:
        paper_set = make_paper_set(session, plan)
    paper_set = session.get_one(PaperSet, paper_set.id)  # it may come from a transaction that has ended
    plan = session.get_one(Plan, paper_set.plan_id)
    bank = session.get_one(Bank, plan.bank_id)
    staff, before = _colleague(session, Role.STAFF, bank), opens_at - timedelta(days=1)
    times = planning.SittingTimes(
        opens_at,
        closes_at or opens_at + timedelta(hours=2),
        allowed_minutes,
        grace_seconds,
        late_limit_minutes,
        earliest_hand_in_minutes,
    )
    row = planning.create_sitting(session, plan, times, title=title, place=place, actor=staff, now=before)
    if ready:
        planning.choose_papers(session, row, paper_set, actor=staff, now=before)
        planning.confirm_unverified(
            session, row, plan, reason="样例：按机构考务规则执行", actor=staff, now=before
        )
        planning.make_ready(session, row, plan, candidates=0, actor=staff, now=before)
    return row


def make_enrolment(
    session: Session, sitting: Sitting, *, name: str = "", identity: str = "", employer: str = "样例单位"
) -> Enrolment:
    """A candidate enrolled before the sitting opens; the identity number is obviously invalid."""
    number = next(_numbers)
    sitting = session.get_one(Sitting, sitting.id)
    plan = session.get_one(Plan, sitting.plan_id)
    bank = session.get_one(Bank, plan.bank_id)
    candidate = registration.Candidate(
        name or f"样例考生{number}", identity or f"000000199001{number:06}", employer
    )
    [row] = registration.enrol(
        session,
        sitting,
        plan,
        [candidate],
        actor=_colleague(session, Role.STAFF, bank),
        now=min(START, sitting.opens_at - timedelta(hours=1)),
    )
    return row


def _province(session: Session) -> Person:
    """One person of the province, made once."""
    row = session.scalars(select(Person).where(Person.username == "province-0")).one_or_none()
    return row or make_person(session, Role.PROVINCE, username="province-0")


# ---- pictures ----


def picture_bytes(
    colour: tuple[int, int, int] = (200, 40, 40), *, size: tuple[int, int] = (64, 48), form: str = "PNG"
) -> bytes:
    """A picture of one colour as a file of this form."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, form)
    return out.getvalue()


# ---- questions of more than one part ----


def numeric_question(stem: str = "求功率。") -> tuple[Question, Key]:
    """A 计算题 answered by 12.5 kW, within one per cent, in W or kW."""
    quantity = Quantity(Decimal(12500), Decimal("0.01"), True, "W", (("kW", Decimal(1000)),), True)
    question = Question(Kind.CALCULATION, stem, difficulty=3, sources=("样例依据",), numeric=True)
    return question, Key(quantity=quantity, explanation="样例解析：$P=UI$")


def compound_question(*, picture: str = "", written: bool = True) -> tuple[Question, Key]:
    """A 综合题 over material with a table and a formula (and a picture): 单选, 多选, 判断, 填空, 计算, and 简答 if `written`."""
    single, multiple = make_options(["样例甲", "样例乙 $x^2$"]), make_options(["样例子", "样例丑", "样例寅"])
    parts = [
        (Part(Kind.SINGLE, "样例小题一（ ）。", single), Key(frozenset({single[1].id}))),
        (Part(Kind.MULTIPLE, "样例小题二（ ）。", multiple), Key(frozenset(o.id for o in multiple[:2]))),
        (Part(Kind.JUDGEMENT, "样例小题三。"), Key(truth=False)),
        (
            Part(Kind.BLANK, "样例小题四：____和____。"),
            Key(blanks=(("东门",), ("西门",)), any_order=((0, 1),)),
        ),
        (Part(Kind.CALCULATION, "样例小题五。", numeric=True), Key(quantity=Quantity(Decimal(6), unit="次"))),
    ]
    if written:
        parts.append((Part(Kind.SHORT, "样例小题六，为什么？"), Key(model_answer="样例参考答案")))
    shown = f"\n\n![样例平面图](picture:{picture})" if picture else ""
    material = f"样例材料，时长 $t=\\frac{{s}}{{v}}$。\n\n| 时段 | 次数 |\n|---|---|\n| 样例白天 | 2 |\n| 样例夜间 | 4 |{shown}"
    question = Question(
        Kind.COMPOUND,
        "根据材料回答下列各题。",
        difficulty=3,
        sources=("样例依据",),
        material=material,
        parts=tuple(part for part, _ in parts),
    )
    return question, Key(parts=tuple(key for _, key in parts), explanation="样例解析")


# ---- rooms ----


def make_room(
    session: Session, sitting: Sitting, number: int = 0, *, rows: int = 5, columns: int = 6, **facts: Any
) -> Room:
    """A room of the sitting with this grid, numbered after the last unless told, added an hour before the opening."""
    sitting = session.get_one(Sitting, sitting.id)
    last = session.scalar(select(func.max(Room.number)).where(Room.sitting_id == sitting.id)) or 0
    return rooms.add_room(
        session,
        sitting,
        rooms.RoomFacts(number or last + 1, rows, columns, **facts),
        actor=session.get_one(Person, sitting.created_by_id),
        now=sitting.opens_at - timedelta(hours=1),
    )


def draw_seats(
    session: Session, sitting: Sitting, *, seed: str = "样例座位种子", reason: str = ""
) -> SeatDraw:
    """Seats drawn for everybody on the list, an hour before the opening."""
    sitting = session.get_one(Sitting, sitting.id)
    staff = session.get_one(Person, sitting.created_by_id)
    now = sitting.opens_at - timedelta(hours=1)
    return seating.draw_seats(session, sitting, reason=reason, seed=seed, actor=staff, now=now)
