"""What waits for the province, and what was said and done about a version after its review."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session, joinedload

from examsite.authoring.models import Bank, QuestionVersion, VersionStatus
from examsite.authoring.textbooks.models import Textbook, TextbookAct, TextbookActKind, TextbookStatus
from examsite.authoring.vetting.models import Confirmation, KeyCorrection, Suspension

PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class Gate:
    """题库审验关 of one bank in figures: versions that wait, that are confirmed, and acts of refusing."""

    bank: Bank
    waiting: int
    confirmed: int
    refused: int


def gates(session: Session, reach: frozenset[int] | None) -> list[Gate]:
    """Every bank within reach that asks for confirmation, those with most waiting first."""
    query = select(Bank).where(Bank.needs_confirmation).options(joinedload(Bank.institution))
    if reach is not None:
        query = query.where(Bank.institution_id.in_(reach))
    banks = session.scalars(query).all()
    ids = [bank.id for bank in banks]
    counts = {
        (bank_id, status): count
        for bank_id, status, count in session.execute(
            select(QuestionVersion.bank_id, QuestionVersion.status, func.count())
            .where(QuestionVersion.bank_id.in_(ids))
            .group_by(QuestionVersion.bank_id, QuestionVersion.status)
        )
    }
    refused = dict(
        session.execute(
            select(QuestionVersion.bank_id, func.count())
            .join(Confirmation, Confirmation.version_id == QuestionVersion.id)
            .where(~Confirmation.accepted, QuestionVersion.bank_id.in_(ids))
            .group_by(QuestionVersion.bank_id)
        ).all()
    )
    found = [
        Gate(
            bank,
            counts.get((bank.id, VersionStatus.APPROVED), 0),
            counts.get((bank.id, VersionStatus.CONFIRMED), 0),
            refused.get(bank.id, 0),
        )
        for bank in banks
    ]
    return sorted(found, key=lambda one: (-one.waiting, one.bank.name))


@dataclass(frozen=True, slots=True)
class TextbookGate:
    """教材审验关 in figures: textbooks that wait, that are in use, and acts of refusing."""

    waiting: int
    confirmed: int
    refused: int


def textbook_gate(session: Session, reach: frozenset[int] | None) -> TextbookGate:
    """The textbooks that somebody with this reach decides about: those for all institutions only with reach to all."""
    mine = Textbook.institution_id.in_(reach) if reach is not None else true()
    counts = dict(
        session.execute(select(Textbook.status, func.count()).where(mine).group_by(Textbook.status)).all()
    )
    refused = session.scalar(
        select(func.count())
        .select_from(TextbookAct)
        .join(Textbook, Textbook.id == TextbookAct.textbook_id)
        .where(TextbookAct.act == TextbookActKind.REFUSED, mine)
    )
    return TextbookGate(
        counts.get(TextbookStatus.SUBMITTED, 0), counts.get(TextbookStatus.CONFIRMED, 0), refused or 0
    )


def waiting_counts(session: Session, bank_id: int) -> list[tuple[str, str, int]]:
    """(point, kind, how many) of the approved versions of a bank."""
    rows = session.execute(
        select(QuestionVersion.point, QuestionVersion.kind, func.count())
        .where(QuestionVersion.bank_id == bank_id, QuestionVersion.status == VersionStatus.APPROVED)
        .group_by(QuestionVersion.point, QuestionVersion.kind)
    )
    return [(point, kind, count) for point, kind, count in rows]


def waiting_versions(
    session: Session, bank_id: int, area: str, kind: str, page: int, size: int = PAGE_SIZE
) -> tuple[list[QuestionVersion], int]:
    """One page (from 1) of the approved versions of a bank, by point; and how many there are."""
    conditions = waiting_conditions(bank_id, area, kind)
    total = session.scalar(select(func.count()).select_from(QuestionVersion).where(*conditions)) or 0
    rows = session.scalars(
        select(QuestionVersion)
        .where(*conditions)
        .options(joinedload(QuestionVersion.question), joinedload(QuestionVersion.author))
        .order_by(QuestionVersion.point, QuestionVersion.id)
        .limit(size)
        .offset((page - 1) * size)
    )
    return list(rows), total


def waiting_conditions(bank_id: int, area: str = "", kind: str = "") -> list[ColumnElement[bool]]:
    """Approved versions of a bank, in an area ("" = all) and of a kind ("" = all)."""
    found = [QuestionVersion.bank_id == bank_id, QuestionVersion.status == VersionStatus.APPROVED]
    if area:
        inside = QuestionVersion.point.startswith(f"{area}-", autoescape=True)
        found.append((QuestionVersion.point == area) | inside)
    if kind:
        found.append(QuestionVersion.kind == kind)
    return found


def confirmations(session: Session, version_ids: Sequence[int]) -> list[Confirmation]:
    """What the province said of these versions, newest first."""
    return list(
        session.scalars(
            select(Confirmation)
            .where(Confirmation.version_id.in_(version_ids))
            .options(joinedload(Confirmation.person))
            .order_by(Confirmation.id.desc())
        )
    )


def suspensions(session: Session, version_ids: Sequence[int]) -> list[Suspension]:
    """When and why these versions were suspended, newest first."""
    return list(
        session.scalars(
            select(Suspension)
            .where(Suspension.version_id.in_(version_ids))
            .options(joinedload(Suspension.by), joinedload(Suspension.ended_by))
            .order_by(Suspension.id.desc())
        )
    )


def corrections(session: Session, version_ids: Sequence[int]) -> list[KeyCorrection]:
    """Corrections of the keys of these versions, newest first, without the keys."""
    return list(
        session.scalars(
            select(KeyCorrection)
            .where(KeyCorrection.version_id.in_(version_ids))
            .options(joinedload(KeyCorrection.proposed_by), joinedload(KeyCorrection.decided_by))
            .order_by(KeyCorrection.id.desc())
        )
    )
