"""Who is named in a bank, who could be, and which exports were asked for."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from examsite.access.models import Grant, Person
from examsite.access.permissions import ROLES, Permission
from examsite.access.scope import EVERYTHING, institution_scope
from examsite.authoring.models import Bank
from examsite.authoring.secrecy.models import BankExport, Duty, DutyTask

#: A role with one of these permissions makes a person fit for the task.
FIT = {
    DutyTask.WRITE: (Permission.WRITE_QUESTIONS,),
    DutyTask.REVIEW: (Permission.REVIEW_QUESTIONS,),
    DutyTask.MANAGE: (Permission.MANAGE_BANK, Permission.WRITE_QUESTIONS),
}


def fit_for(session: Session, bank: Bank, *tasks: DutyTask) -> list[Person]:
    """Active people whose role lets them do one of these tasks in the bank's institution, by name."""
    wanted = {permission for task in tasks for permission in FIT[task]}
    roles = [role.value for role, permissions in ROLES.items() if permissions & wanted]
    held = select(Grant.person_id).where(
        Grant.role.in_(roles), Grant.scope.in_((EVERYTHING, institution_scope(bank.institution_id)))
    )
    query = select(Person).where(Person.id.in_(held), Person.is_active).order_by(Person.name, Person.id)
    return list(session.scalars(query))


def people(session: Session, bank_id: int) -> list[Duty]:
    """The live duties of a bank with who holds them: by task, then by name."""
    rows = session.scalars(
        select(Duty).where(Duty.bank_id == bank_id, Duty.ended_at.is_(None)).options(joinedload(Duty.person))
    ).all()
    order = list(DutyTask)
    return sorted(rows, key=lambda one: (order.index(DutyTask(one.task)), one.person.name, one.area, one.id))


def former(session: Session, bank_id: int, limit: int = 50) -> list[Duty]:
    """Duties of a bank that ended, the last first."""
    return list(
        session.scalars(
            select(Duty)
            .where(Duty.bank_id == bank_id, Duty.ended_at.is_not(None))
            .options(joinedload(Duty.person))
            .order_by(Duty.ended_at.desc(), Duty.id.desc())
            .limit(limit)
        )
    )


def live(session: Session, bank_id: int, person_id: int, task: DutyTask, area: str) -> Duty | None:
    """This very duty, where the person has it."""
    return session.scalars(
        select(Duty).where(
            Duty.bank_id == bank_id,
            Duty.person_id == person_id,
            Duty.task == task,
            Duty.area == area,
            Duty.ended_at.is_(None),
        )
    ).one_or_none()


def duty(session: Session, bank_id: int, duty_id: int) -> Duty | None:
    """A live duty of this bank with who holds it."""
    return session.scalars(
        select(Duty)
        .where(Duty.id == duty_id, Duty.bank_id == bank_id, Duty.ended_at.is_(None))
        .options(joinedload(Duty.person))
    ).one_or_none()


def exports(session: Session, bank_id: int, limit: int = 50) -> list[BankExport]:
    """What was asked for of a bank, newest first, with who asked and who answered."""
    return list(
        session.scalars(
            select(BankExport)
            .where(BankExport.bank_id == bank_id)
            .options(joinedload(BankExport.requested_by), joinedload(BankExport.answered_by))
            .order_by(BankExport.id.desc())
            .limit(limit)
        )
    )


def export(session: Session, export_id: int) -> BankExport | None:
    """One request with who asked and who answered."""
    return session.scalars(
        select(BankExport)
        .where(BankExport.id == export_id)
        .options(joinedload(BankExport.requested_by), joinedload(BankExport.answered_by))
    ).one_or_none()
