"""What a rehearsal needs: a bank of sample questions, papers, a sitting that is marked as a rehearsal, made-up candidates.

Real questions are never used: whoever can look over a shoulder the day before would have seen them.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.access import people
from examsite.access.models import Person
from examsite.access.permissions import ROLES, Permission, Role
from examsite.access.scope import institution_scope
from examsite.authoring.models import Bank
from examsite.authoring.queries import published_outline
from examsite.authoring.secrecy import undertakings
from examsite.demonstration.people import Staff
from examsite.demonstration.sittings import fill_bank
from examsite.planning import actions as planning
from examsite.planning import papers, specifications
from examsite.planning.actions import SittingTimes
from examsite.planning.models import PaperMode, Plan, SpecificationRow, SpecificationStatus
from examsite.registration import actions as registration
from examsite.registry.models import Institution
from question_bank.outlines.tree import Outline
from question_bank.samples import build

PLAN_NUMBER = "YANLIAN"
LEVEL = 3
#: Everybody who acts in a rehearsal; none of them can sign in.
OPERATORS = {
    "writer": Role.WRITER,
    "reviewer": Role.REVIEWER,
    "reviewer2": Role.REVIEWER,
    "reviewer3": Role.REVIEWER,
    "manager": Role.BANK_MANAGER,
    "staff": Role.STAFF,
    "staff2": Role.STAFF,
    "province": Role.PROVINCE,
}
REASON = "考前演练：使用样题，不计成绩，数值未与标准原文核对。"
MOST_CANDIDATES = 2_000


@dataclass(frozen=True, slots=True)
class Arranged:
    """A rehearsal's sitting, and ticket and identity number of each simulated candidate."""

    sitting_id: int
    tickets: tuple[tuple[str, str], ...]


def identity(number: int) -> str:
    """The invalid identity number of the so-manieth simulated candidate."""
    return f"000000190002{number:06}"


def prepare(session: Session, institution: Institution, *, now: datetime) -> None:
    """Bank, plan and people of this institution's rehearsals; takes some seconds the first time, nothing afterwards."""
    _plan(session, institution, _operators(session, institution, now=now), now=now)


def arrange(
    session: Session,
    institution: Institution,
    *,
    candidates: int,
    opens: datetime,
    minutes: int,
    now: datetime,
) -> Arranged:
    """A ready sitting of this institution, marked as a rehearsal, with so many simulated candidates.

    ValueError where there are none, or more than one machine should simulate.
    """
    if not 1 <= candidates <= MOST_CANDIDATES:
        raise ValueError(f"between 1 and {MOST_CANDIDATES} candidates")
    staff = _operators(session, institution, now=now)
    plan, specification = _plan(session, institution, staff, now=now)
    order = papers.Order(PaperMode.UNIQUE, candidates, 0, secrets.token_hex(16))
    clerk, second = staff["staff"], staff["staff2"]
    drawn = papers.draw_papers(session, plan, specification, order, actor=clerk, now=now)
    papers.approve(session, drawn, actor=second, now=now)
    times = SittingTimes(
        opens_at=opens,
        closes_at=opens + timedelta(minutes=minutes),
        allowed_minutes=minutes,
        late_limit_minutes=None,
        earliest_hand_in_minutes=None,
    )
    title = f"考前演练 {now.astimezone():%m-%d %H:%M}（不计成绩）"
    sitting = planning.create_sitting(session, plan, times, title=title, place="", actor=clerk, now=now)
    sitting.is_rehearsal = True
    enrolled = registration.enrol(
        session,
        sitting,
        plan,
        [registration.Candidate(f"演练考生{n:04}", identity(n)) for n in range(1, candidates + 1)],
        actor=clerk,
        now=now,
    )
    planning.choose_papers(session, sitting, drawn, actor=clerk, now=now)
    planning.confirm_unverified(session, sitting, plan, reason=REASON, actor=second, now=now)
    planning.make_ready(session, sitting, plan, candidates=candidates, actor=clerk, now=now)
    by_person = {row.person_id: row.ticket for row in enrolled}
    tickets = []
    for number in range(1, candidates + 1):
        person = people.by_identity(session, identity(number))
        assert person is not None
        tickets.append((by_person[person.id], identity(number)))
    return Arranged(sitting.id, tuple(tickets))


def _operators(session: Session, institution: Institution, *, now: datetime) -> Staff:
    """Names for the acts of a rehearsal in the record: people without a way to sign in, made the first time."""
    made = {}
    scope = institution_scope(institution.id)
    for name, role in OPERATORS.items():
        said = f"演练操作（系统，{institution.id}-{name}）"
        person = session.scalars(select(Person).where(Person.name == said).limit(1)).first()
        if person is None:
            person = people.create(session, name=said, actor=None, now=now)
            people.grant(session, person, role, scope, actor=None, now=now)
            if Permission.SEE_BANK in ROLES[role]:
                undertakings.sign(session, institution.id, person.name, actor=person, now=now)
        made[name] = person
    return Staff(institution, made)


def _plan(
    session: Session, institution: Institution, staff: Staff, *, now: datetime
) -> tuple[Plan, SpecificationRow]:
    number = f"{PLAN_NUMBER}-{institution.id}"
    plan = session.scalars(select(Plan).where(Plan.number == number)).one_or_none()
    if plan is not None:
        row = session.scalars(
            select(SpecificationRow)
            .where(
                SpecificationRow.bank_id == plan.bank_id,
                SpecificationRow.status == SpecificationStatus.APPROVED,
            )
            .order_by(SpecificationRow.id.desc())
            .limit(1)
        ).one()
        return plan, row
    bank, outline = _bank(session, staff, now=now)
    row = specifications.draft(session, bank, build.specification(), outline, actor=staff["staff"], now=now)
    specifications.approve(session, row, actor=staff["staff2"], now=now)
    plan = planning.create_plan(
        session, bank, number=number, name="考前演练（样题，不计成绩）", actor=staff["staff"], now=now
    )
    return plan, row


def _bank(session: Session, staff: Staff, *, now: datetime) -> tuple[Bank, Outline]:
    """The institution's sample bank, where it has one that papers can be drawn from; else a new one."""
    for bank in session.scalars(
        select(Bank).where(Bank.institution_id == staff.institution.id, Bank.is_sample, Bank.level == LEVEL)
    ):
        published = published_outline(session, bank.id)
        if published is not None:
            return bank, published[1]
    return fill_bank(session, staff, LEVEL, now=now)
