"""What other stages and the pages ask of the bank.  Nothing here holds a key but `keys`, which says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session, joinedload

from examsite.access.models import Person
from examsite.authoring.catalogue.queries import enemies_of_versions, tags_of_bank
from examsite.authoring.keys import keys
from examsite.authoring.models import (
    VETTED,
    Bank,
    ImportBatch,
    OutlineRow,
    OutlineStatus,
    QuestionRow,
    QuestionVersion,
    VersionStatus,
)
from examsite.authoring.versions import chunks
from question_bank.outlines.tree import Area, Outline, area_code, outline_from_document
from question_bank.problems import Place, Problem, Severity
from question_bank.psychometrics.flags import Flag
from question_bank.questions.kinds import Kind
from question_bank.questions.model import Question, question_from_document

__all__ = ["approved_pool", "keys", "outline_in_force", "published_outline", "questions"]


@dataclass(frozen=True, slots=True)
class PooledVersion:
    """An approved version as the assembler sees it.

    options: ids in the author's order.  enemies: ids of versions not to be on one paper.  tags: industries.  stimulus: its set.
    facility: of those who sat last, how many per mille had it right; None where too few sat.
    """

    version_id: int
    question_id: int
    external_id: str | None
    point: str
    kind: Kind
    difficulty: int | None
    options: tuple[str, ...]
    content_hash: str
    enemies: frozenset[int] = frozenset()
    tags: tuple[str, ...] = ()
    stimulus: str = ""
    facility: int | None = None


def approved_pool(session: Session, bank_id: int) -> list[PooledVersion]:
    """Every version of a bank that papers may draw, by id, without keys."""
    rows = session.execute(
        select(
            QuestionVersion.id,
            QuestionVersion.question_id,
            QuestionRow.external_id,
            QuestionVersion.point,
            QuestionVersion.kind,
            QuestionVersion.difficulty,
            QuestionVersion.document["options"],
            QuestionVersion.content_hash,
            QuestionVersion.stimulus,
            QuestionVersion.proportion_right,
            QuestionVersion.flags,
        )
        .join(QuestionRow, QuestionRow.id == QuestionVersion.question_id)
        .join(Bank, Bank.id == QuestionVersion.bank_id)
        .where(QuestionVersion.bank_id == bank_id, usable())
        .order_by(QuestionVersion.id)
    ).all()
    kept_apart = enemies_of_versions(session, bank_id, [(row[0], row[1]) for row in rows])
    tags = tags_of_bank(session, bank_id)
    return [
        PooledVersion(
            version_id,
            question_id,
            external_id,
            point,
            Kind(kind),
            difficulty,
            tuple(option["id"] for option in options),
            digest,
            kept_apart.get(version_id, frozenset()),
            tags.get(question_id, ()),
            stimulus,
            None if right is None or Flag.FEW_PERSONS in flags.split() else round(1000 * right),
        )
        for version_id, question_id, external_id, point, kind, difficulty, options, digest, stimulus, right, flags in rows
    ]


def filed_elsewhere(session: Session, bank_id: int) -> dict[str, str]:
    """Where versions stand that a later edition of the outline files under another code than they were written for."""
    rows = session.execute(
        select(QuestionVersion.id, QuestionVersion.point).where(
            QuestionVersion.bank_id == bank_id,
            QuestionVersion.document["point"].as_string() != QuestionVersion.point,
        )
    )
    return {str(row.id): row.point for row in rows}


def usable() -> ColumnElement[bool]:
    """Whether papers may draw a version: vetted, and confirmed where its bank asks for it.  The statement joins Bank."""
    return or_(
        QuestionVersion.status == VersionStatus.CONFIRMED,
        and_(QuestionVersion.status == VersionStatus.APPROVED, ~Bank.needs_confirmation),
    )


def questions(session: Session, version_ids: Sequence[int]) -> dict[int, Question]:
    """The questions of these versions by version id, without keys."""
    found: dict[int, Question] = {}
    for part in chunks(list(dict.fromkeys(version_ids)), 5000):
        rows = session.execute(
            select(QuestionVersion.id, QuestionVersion.document).where(QuestionVersion.id.in_(part))
        )
        found.update({row.id: question_from_document(row.document) for row in rows})
    return found


def outline_in_force(session: Session, bank_id: int) -> OutlineRow | None:
    """The newest published outline of a bank."""
    return session.scalars(
        select(OutlineRow)
        .where(OutlineRow.bank_id == bank_id, OutlineRow.status == OutlineStatus.PUBLISHED)
        .order_by(OutlineRow.published_at.desc(), OutlineRow.id.desc())
        .limit(1)
    ).one_or_none()


def outline_of(row: OutlineRow) -> Outline:
    """The tree of a row; `verified` says whether a person vouched for its figures."""
    return replace(outline_from_document(row.document), verified=row.verified_at is not None)


def published_outline(session: Session, bank_id: int) -> tuple[OutlineRow, Outline] | None:
    """The outline in force with its row, or None where none was published."""
    row = outline_in_force(session, bank_id)
    return None if row is None else (row, outline_of(row))


# ---- pages ----


@dataclass(frozen=True, slots=True)
class BankLine:
    """A bank as the list shows it; counts of questions by status."""

    bank: Bank
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Approved questions of one leaf area: by kind, and how many of its points have at least one."""

    area: Area
    by_kind: dict[str, int]
    points_covered: int

    @property
    def total(self) -> int:
        return sum(self.by_kind.values())


def banks_within(
    session: Session,
    institutions: frozenset[int] | None,
    reachable: ColumnElement[bool] | None = None,
    only: ColumnElement[bool] | None = None,
) -> list[BankLine]:
    """The banks of these institutions (None = all), by institution and name.

    reachable: which banks, only: which versions count (`secrecy.need_to_know`; the statement joins Bank); None = all.
    """
    query = select(Bank).options(joinedload(Bank.institution)).order_by(Bank.institution_id, Bank.name)
    if reachable is not None:
        query = query.where(reachable)
    if institutions is not None:
        query = query.where(Bank.institution_id.in_(institutions))
    banks = session.scalars(query).all()
    counts: dict[int, dict[str, int]] = {bank.id: {} for bank in banks}
    rows = session.execute(
        select(QuestionVersion.bank_id, QuestionVersion.status, func.count())
        .join(Bank, Bank.id == QuestionVersion.bank_id)
        .where(QuestionVersion.bank_id.in_(counts), is_current(), true() if only is None else only)
        .group_by(QuestionVersion.bank_id, QuestionVersion.status)
    )
    for bank_id, status, count in rows:
        counts[bank_id][status] = count
    return [BankLine(bank, counts[bank.id]) for bank in banks]


def bank(session: Session, bank_id: int) -> Bank | None:
    """A bank with its institution."""
    return session.scalars(
        select(Bank).where(Bank.id == bank_id).options(joinedload(Bank.institution))
    ).one_or_none()


def is_current() -> ColumnElement[bool]:
    """The newest version of a question, and the vetted one that papers use (or would) until the newest is vetted."""
    return or_(QuestionVersion.is_newest, QuestionVersion.status.in_((*VETTED, VersionStatus.SUSPENDED)))


def kinds_by_status(
    session: Session, bank_id: int, only: ColumnElement[bool] | None = None
) -> dict[str, dict[str, int]]:
    """How many current versions (of these only): by kind letter, then by status."""
    counts: dict[str, dict[str, int]] = {}
    rows = session.execute(
        select(QuestionVersion.kind, QuestionVersion.status, func.count())
        .where(QuestionVersion.bank_id == bank_id, is_current(), true() if only is None else only)
        .group_by(QuestionVersion.kind, QuestionVersion.status)
    )
    for kind, status, count in rows:
        counts.setdefault(kind, {})[status] = count
    return {kind.value: counts[kind.value] for kind in Kind if kind.value in counts}


def coverage(
    session: Session, bank_id: int, outline: Outline, only: ColumnElement[bool] | None = None
) -> list[Coverage]:
    """Approved questions (of these only) of every leaf area, in the outline's order."""
    rows = session.execute(
        select(QuestionVersion.point, QuestionVersion.kind, func.count())
        .where(
            QuestionVersion.bank_id == bank_id,
            QuestionVersion.status.in_(VETTED),
            true() if only is None else only,
        )
        .group_by(QuestionVersion.point, QuestionVersion.kind)
    ).all()
    by_area: dict[str, dict[str, int]] = {}
    covered: dict[str, set[str]] = {}
    for point, kind, count in rows:
        area = area_code(point)
        kinds = by_area.setdefault(area, {})
        kinds[kind] = kinds.get(kind, 0) + count
        covered.setdefault(area, set()).add(point)
    return [
        Coverage(
            leaf,
            by_area.get(leaf.code, {}),
            len(covered.get(leaf.code, set()) & {point.code for point in leaf.points}),
        )
        for leaf in outline.leaves
    ]


def batches(
    session: Session, bank_id: int, limit: int = 10, *, sent_by: int | None = None
) -> list[ImportBatch]:
    """The last imports of a bank (sent_by: of this person), newest first, with who sent them."""
    query = select(ImportBatch).where(ImportBatch.bank_id == bank_id)
    if sent_by is not None:
        query = query.where(ImportBatch.uploaded_by_id == sent_by)
    return list(
        session.scalars(
            query.options(joinedload(ImportBatch.uploaded_by)).order_by(ImportBatch.id.desc()).limit(limit)
        )
    )


def outlines(session: Session, bank_id: int) -> list[OutlineRow]:
    """Every outline of a bank, newest first."""
    return list(
        session.scalars(
            select(OutlineRow).where(OutlineRow.bank_id == bank_id).order_by(OutlineRow.id.desc())
        )
    )


def person_name(session: Session, person_id: int | None) -> str:
    """The name of a person, "" where there is none."""
    return (session.scalar(select(Person.name).where(Person.id == person_id)) or "") if person_id else ""


def batch(session: Session, batch_id: int) -> ImportBatch | None:
    """An import with who sent it, without its report."""
    return session.scalars(
        select(ImportBatch).where(ImportBatch.id == batch_id).options(joinedload(ImportBatch.uploaded_by))
    ).one_or_none()


def outside_outline(session: Session, bank_id: int, outline: Outline) -> int:
    """How many approved questions lie in no leaf area of the outline, so that no paper can draw them."""
    leaves = {leaf.code for leaf in outline.leaves}
    rows = session.execute(
        select(QuestionVersion.point, func.count())
        .where(QuestionVersion.bank_id == bank_id, QuestionVersion.status.in_(VETTED))
        .group_by(QuestionVersion.point)
    )
    return sum(count for point, count in rows if area_code(point) not in leaves)


def problems_of_outline(session: Session, row: OutlineRow) -> list[Problem]:
    """What the reader found in the rule workbook that this outline came from."""
    reports = session.scalars(
        select(ImportBatch.report)
        .where(ImportBatch.bank_id == row.bank_id, ImportBatch.kind == "rules")
        .order_by(ImportBatch.id.desc())
    )
    for report in reports:
        if row.id in report.get("outlines", []):
            return [
                Problem(
                    Place(one["sheet"], one["row"], one["column"]),
                    one["code"],
                    one["message"],
                    Severity(one["severity"]),
                )
                for one in report["problems"]
            ]
    return []
