"""What pages and later stages ask of plans, specifications, papers and sittings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload, undefer

from examsite.access.models import Person
from examsite.audit import AuditRecord
from examsite.authoring.models import Bank, QuestionRow, QuestionVersion
from examsite.authoring.queries import usable
from examsite.errors import NotYours
from examsite.planning.models import (
    Paper,
    PaperSet,
    PaperSetStatus,
    Plan,
    Sitting,
    SittingStatus,
    SpecificationRow,
)
from question_bank.rules.timing import Window

Row = TypeVar("Row")


def plans(session: Session, institutions: Collection[int] | None) -> Sequence[Plan]:
    """Plans of these institutions (None = all), newest first, with institution and bank."""
    query = select(Plan).options(joinedload(Plan.institution), joinedload(Plan.bank))
    return session.scalars(
        _within(query, institutions).order_by(Plan.created_at.desc(), Plan.id.desc())
    ).all()


def banks(session: Session, institutions: Collection[int] | None) -> Sequence[Bank]:
    """Banks of these institutions (None = all) by name, with their institution."""
    query = select(Bank).options(joinedload(Bank.institution)).order_by(Bank.name, Bank.id)
    if institutions is not None:
        query = query.where(Bank.institution_id.in_(institutions))
    return session.scalars(query).all()


def plan_for(session: Session, plan_id: int) -> Plan:
    """A plan with its institution and bank.  Raises NotYours where there is none."""
    query = (
        select(Plan).where(Plan.id == plan_id).options(joinedload(Plan.institution), joinedload(Plan.bank))
    )
    return _one(session, query)


def specification_for(session: Session, specification_id: int) -> SpecificationRow:
    """A specification with its bank.  Raises NotYours where there is none."""
    query = select(SpecificationRow).where(SpecificationRow.id == specification_id)
    return _one(session, query.options(joinedload(SpecificationRow.bank)))


def specifications(session: Session, bank_id: int) -> Sequence[SpecificationRow]:
    """Specifications of a bank, newest first."""
    query = select(SpecificationRow).where(SpecificationRow.bank_id == bank_id)
    return session.scalars(query.order_by(SpecificationRow.id.desc())).all()


def paper_set_for(session: Session, set_id: int) -> PaperSet:
    """A set of papers with its proof, plan, bank and specification.  Raises NotYours where there is none."""
    plan = joinedload(PaperSet.plan)
    return _one(
        session,
        select(PaperSet)
        .where(PaperSet.id == set_id)
        .options(
            undefer(PaperSet.proof),
            plan.joinedload(Plan.institution),
            plan.joinedload(Plan.bank),
            joinedload(PaperSet.specification),
        ),
    )


def paper_sets(session: Session, plan_id: int) -> Sequence[PaperSet]:
    """Sets of papers of a plan, newest first, discarded ones too, with their specification."""
    query = select(PaperSet).where(PaperSet.plan_id == plan_id).options(joinedload(PaperSet.specification))
    return session.scalars(query.order_by(PaperSet.id.desc())).all()


def paper_hashes(session: Session, set_id: int) -> Sequence[tuple[int, str]]:
    """Number and hash of every paper of a set, in order."""
    rows = session.execute(
        select(Paper.number, Paper.content_hash).where(Paper.set_id == set_id).order_by(Paper.number)
    )
    return [(row.number, row.content_hash) for row in rows]


def paper_ids(session: Session, set_id: int) -> list[int]:
    """Ids of the papers of a set, by number."""
    return list(session.scalars(select(Paper.id).where(Paper.set_id == set_id).order_by(Paper.number)))


def sitting_for(session: Session, sitting_id: int) -> Sitting:
    """A sitting with its plan (institution, bank), papers' set and who confirmed.  Raises NotYours where there is none."""
    plan = joinedload(Sitting.plan)
    return _one(
        session,
        select(Sitting)
        .where(Sitting.id == sitting_id)
        .options(
            plan.joinedload(Plan.institution),
            plan.joinedload(Plan.bank),
            joinedload(Sitting.paper_set),
            joinedload(Sitting.unverified_confirmed_by),
        ),
    )


def sittings(session: Session, plan_id: int) -> Sequence[Sitting]:
    """Sittings of a plan by their opening, with their papers' set."""
    query = select(Sitting).where(Sitting.plan_id == plan_id).options(joinedload(Sitting.paper_set))
    return session.scalars(query.order_by(Sitting.opens_at, Sitting.id)).all()


def sittings_within(session: Session, institutions: Collection[int] | None) -> Sequence[Sitting]:
    """Sittings of these institutions (None = all) that are not cancelled, newest first, with plan and institution."""
    query = (
        select(Sitting)
        .join(Sitting.plan)
        .where(Sitting.status != SittingStatus.CANCELLED)
        .options(joinedload(Sitting.plan).joinedload(Plan.institution))
    )
    if institutions is not None:
        query = query.where(Plan.institution_id.in_(institutions))
    return session.scalars(query.order_by(Sitting.opens_at.desc(), Sitting.id.desc())).all()


def usable_paper_sets(session: Session, sitting: Sitting) -> Sequence[PaperSet]:
    """Approved papers that this sitting may use: its plan's, unique ones only where no other sitting gives them out."""
    taken = select(Sitting.paper_set_id).where(
        Sitting.paper_set_id.is_not(None),
        Sitting.id != sitting.id,
        Sitting.status != SittingStatus.CANCELLED,
    )
    query = select(PaperSet).where(
        PaperSet.plan_id == sitting.plan_id,
        PaperSet.status == PaperSetStatus.APPROVED,
        (PaperSet.mode == "fixed") | PaperSet.id.not_in(taken),
    )
    return session.scalars(
        query.options(joinedload(PaperSet.specification)).order_by(PaperSet.id.desc())
    ).all()


def approved_questions(session: Session, bank_id: int) -> int:
    """How many versions of a bank papers may draw."""
    query = select(func.count()).select_from(QuestionVersion).join(Bank, Bank.id == QuestionVersion.bank_id)
    query = query.where(QuestionVersion.bank_id == bank_id, usable())
    return session.scalar(query) or 0


def earlier_uses(session: Session, bank_id: int) -> Counter[int]:
    """How many papers each version of the bank stands on, sets that were discarded apart."""
    artefacts = session.scalars(
        select(PaperSet.artefact["times"])
        .join(SpecificationRow, SpecificationRow.id == PaperSet.specification_id)
        .where(SpecificationRow.bank_id == bank_id, PaperSet.status != PaperSetStatus.DISCARDED)
    )
    uses: Counter[int] = Counter()
    for times in artefacts:
        uses.update(dict(times))
    return uses


def questions_called(session: Session, bank_id: int, names: Sequence[str]) -> dict[str, int]:
    """Ids of the questions of a bank that have these external IDs and a version that papers may draw."""
    if not names:
        return {}
    query = (
        select(QuestionRow.external_id, QuestionRow.id)
        .join(QuestionVersion, QuestionVersion.question_id == QuestionRow.id)
        .join(Bank, Bank.id == QuestionVersion.bank_id)
        .where(QuestionVersion.bank_id == bank_id, QuestionRow.external_id.in_(names), usable())
    )
    return {row.external_id: row.id for row in session.execute(query)}


def called(session: Session, question_ids: Sequence[str]) -> dict[str, str]:
    """External IDs of these questions by id, where they have one."""
    if not question_ids:
        return {}
    query = select(QuestionRow.id, QuestionRow.external_id).where(
        QuestionRow.id.in_([int(one) for one in question_ids])
    )
    return {str(row.id): row.external_id or str(row.id) for row in session.execute(query)}


def window_of(sitting: Sitting) -> Window:
    """The sitting's timing rules, as `question_bank.rules.timing` reads them."""
    return Window(
        sitting.opens_at,
        sitting.closes_at,
        timedelta(minutes=sitting.allowed_minutes),
        timedelta(seconds=sitting.grace_seconds),
        _minutes(sitting.late_limit_minutes),
        _minutes(sitting.earliest_hand_in_minutes),
    )


def names(session: Session, person_ids: Collection[int | None]) -> dict[int, str]:
    """Names of these people, by id."""
    wanted = {person_id for person_id in person_ids if person_id is not None}
    if not wanted:
        return {}
    return {
        row.id: row.name
        for row in session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted)))
    }


def reason_of(session: Session, act: str, of: str) -> str:
    """The reason that the audit record keeps of the newest such act on an object ("sittings:7")."""
    detail = session.scalars(
        select(AuditRecord.detail)
        .where(AuditRecord.act == act, AuditRecord.object == of)
        .order_by(AuditRecord.sequence.desc())
        .limit(1)
    ).first()
    return str(detail.get("reason", "")) if detail else ""


def _minutes(count: int | None) -> timedelta | None:
    return None if count is None else timedelta(minutes=count)


def _within(query: Select[Plan], institutions: Collection[int] | None) -> Select[Plan]:
    return query if institutions is None else query.where(Plan.institution_id.in_(institutions))


def _one(session: Session, query: Select[Row]) -> Row:
    row = session.scalars(query).one_or_none()
    if row is None:
        raise NotYours
    return row
