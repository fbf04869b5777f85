"""The sample bank and the two sample sittings, made with the actions that the pages use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from examsite.access.models import Person
from examsite.authoring import actions as authoring
from examsite.authoring import imports, outlines
from examsite.authoring.models import Bank
from examsite.authoring.queries import published_outline
from examsite.authoring.secrecy import actions as secrecy
from examsite.authoring.secrecy.models import DutyTask
from examsite.demonstration.people import Staff, candidate_name, identity
from examsite.demonstration.vetting import STAGES, vet
from examsite.planning import actions as planning
from examsite.planning import papers, specifications
from examsite.planning.actions import SittingTimes
from examsite.planning.models import PaperMode, Plan, Sitting, SpecificationRow
from examsite.registration import actions as registration
from examsite.registration.models import Enrolment
from question_bank.outlines.tree import Outline
from question_bank.samples import build

#: The candidate whose ticket `./run demo` prints; sits in both sittings.
GUEST = 0
#: Neighbours of one employer are told apart by the draw of seats, so there are several.
EMPLOYERS = tuple(f"样例单位{letter}（虚构）" for letter in "甲乙丙丁戊己庚")


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the sittings are made from."""

    bank: Bank
    plan: Plan
    specification: SpecificationRow


def make_bank(session: Session, staff: Staff, *, now: datetime) -> Prepared:
    """Bank, outline, specification and plan of level 3, from which both sittings are made."""
    bank, outline = fill_bank(session, staff, 3, now=now)
    row = specifications.draft(session, bank, build.specification(), outline, actor=staff["staff"], now=now)
    specifications.approve(session, row, actor=staff["staff2"], now=now)
    plan = planning.create_plan(
        session, bank, number=f"YL-{now.year}-001", name="样例认定计划（三级）", actor=staff["staff"], now=now
    )
    return Prepared(bank, plan, row)


def fill_bank(session: Session, staff: Staff, level: int, *, now: datetime) -> tuple[Bank, Outline]:
    """A level's bank with its outline in force: the sample workbook imported, vetted in three stages and confirmed."""
    writer = staff["writer"]
    name, workbook = build.bank_name(level), build.bank_file(level)
    bank = authoring.create_bank(
        session,
        staff.institution.id,
        name=name,
        standard_code="3-02-02-00",
        standard_edition="2020",
        level=level,
        is_sample=True,
        stages=STAGES,
        needs_confirmation=True,
        actor=writer,
        now=now,
    )
    outlines.publish(
        session,
        outlines.draft_outline(session, bank, build.outline(level), actor=writer, now=now),
        actor=writer,
        now=now,
    )
    content = workbook.read_bytes()
    in_force = published_outline(session, bank.id)
    assert in_force is not None
    known = (in_force[0].content_hash, in_force[1])
    file = imports.read_workbook(workbook.name, content, known)
    batch = imports.stage(session, bank, content, file, actor=writer, now=now)
    session.flush()
    imports.confirm(session, batch, file, name, imports.Take.GOOD_ROWS, actor=writer, now=now)
    _name_people(session, bank, staff, now=now)
    vet(session, bank, staff, now=now)
    return bank, in_force[1]


def _name_people(session: Session, bank: Bank, staff: Staff, *, now: datetime) -> None:
    """Close the bank to all but its writer, its reviewers and who runs it."""
    manager = staff["manager"]
    secrecy.restrict(session, bank, actor=manager, now=now)
    tasks = {
        "writer": DutyTask.WRITE,
        "reviewer": DutyTask.REVIEW,
        "reviewer2": DutyTask.REVIEW,
        "reviewer3": DutyTask.REVIEW,
        "manager": DutyTask.MANAGE,
    }
    for username, task in tasks.items():
        secrecy.name_person(session, bank, staff[username], task, "", None, actor=manager, now=now)


def make_sitting(
    session: Session,
    prepared: Prepared,
    staff: Staff,
    times: SittingTimes,
    *,
    title: str,
    candidates: range,
    seed: str,
    now: datetime,
) -> tuple[Sitting, list[Enrolment]]:
    """A ready sitting with a paper for each of these candidates, the guest among them."""
    clerk, second = staff["staff"], staff["staff2"]
    order = papers.Order(PaperMode.UNIQUE, len(candidates) + 1, 5, seed)
    drawn = papers.draw_papers(session, prepared.plan, prepared.specification, order, actor=clerk, now=now)
    papers.approve(session, drawn, actor=second, now=now)
    sitting = planning.create_sitting(
        session, prepared.plan, times, title=title, place="样例考点", actor=clerk, now=now
    )
    people = [_candidate(n) for n in (GUEST, *candidates)]
    enrolled = registration.enrol(session, sitting, prepared.plan, people, actor=clerk, now=now)
    planning.choose_papers(session, sitting, drawn, actor=clerk, now=now)
    reason = "演示环境：数值取自样题，未与标准原文核对。"
    planning.confirm_unverified(session, sitting, prepared.plan, reason=reason, actor=second, now=now)
    planning.make_ready(session, sitting, prepared.plan, candidates=len(people), actor=clerk, now=now)
    return sitting, enrolled


def _candidate(number: int) -> registration.Candidate:
    employer = EMPLOYERS[number % len(EMPLOYERS)]
    return registration.Candidate(candidate_name(number), identity(number), employer)


def times_from(opens: datetime, *, minutes: int = 90, hours_open: float = 2) -> SittingTimes:
    """A window that opens now and then, without a limit for latecomers: visitors come when they come."""
    return SittingTimes(
        opens_at=opens,
        closes_at=opens + timedelta(hours=hours_open),
        allowed_minutes=minutes,
        late_limit_minutes=None,
        earliest_hand_in_minutes=None,
    )


def person_of(session: Session, enrolment: Enrolment) -> Person:
    """The candidate of an enrolment."""
    return session.get_one(Person, enrolment.person_id)
