"""What stands beside questions: enemies, tags, uses, stimulus sets, saved filters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, joinedload

from examsite.authoring.catalogue.distinct import distinct_values
from examsite.authoring.catalogue.models import EnemyPair, QuestionTag, SavedFilter, VersionUse
from examsite.authoring.models import VETTED, QuestionRow, QuestionVersion

#: A stimulus set is read as a whole; one of more questions is a mistake of coding.
MOST_OF_A_SET = 200


def enemies_of_versions(
    session: Session, bank_id: int, versions: Iterable[tuple[int, int]]
) -> dict[int, frozenset[int]]:
    """For these (version id, question id): the ids among them that may not stand on the same paper.

    Versions of one question are enemies of each other: a reworded question would give itself away.
    """
    by_question: dict[int, list[int]] = {}
    for version_id, question_id in versions:
        by_question.setdefault(question_id, []).append(version_id)
    apart: dict[int, set[int]] = {}
    for ids in by_question.values():
        if len(ids) > 1:
            for one in ids:
                apart.setdefault(one, set()).update(other for other in ids if other != one)
    pairs = session.execute(
        select(EnemyPair.one_id, EnemyPair.other_id).where(
            EnemyPair.bank_id == bank_id, EnemyPair.ended_at.is_(None)
        )
    )
    for first, second in pairs:
        for one in by_question.get(first, ()):
            for other in by_question.get(second, ()):
                apart.setdefault(one, set()).add(other)
                apart.setdefault(other, set()).add(one)
    return {version_id: frozenset(others) for version_id, others in apart.items()}


def tags_of_bank(session: Session, bank_id: int) -> dict[int, tuple[str, ...]]:
    """The industries of every tagged question of a bank, by question id."""
    tags: dict[int, list[str]] = {}
    rows = session.execute(
        select(QuestionTag.question_id, QuestionTag.tag)
        .where(QuestionTag.bank_id == bank_id)
        .order_by(QuestionTag.tag)
    )
    for question_id, tag in rows:
        tags.setdefault(question_id, []).append(tag)
    return {question_id: tuple(found) for question_id, found in tags.items()}


def tags_of(session: Session, question_id: int) -> list[str]:
    """The industries of a question."""
    return list(
        session.scalars(
            select(QuestionTag.tag).where(QuestionTag.question_id == question_id).order_by(QuestionTag.tag)
        )
    )


def tags_in_use(session: Session, bank_id: int) -> list[str]:
    """Every industry that some question of the bank has."""
    return list(session.scalars(distinct_values(QuestionTag.tag, QuestionTag.bank_id == bank_id)))


def uses(session: Session, version_ids: Sequence[int]) -> list[VersionUse]:
    """Where these versions were used, newest first."""
    return list(
        session.scalars(
            select(VersionUse)
            .where(VersionUse.version_id.in_(version_ids))
            .order_by(VersionUse.at.desc(), VersionUse.id.desc())
        )
    )


# ---- enemies of one question


@dataclass(frozen=True, slots=True)
class Enemy:
    """A pair as the page of one of the two shows it.  version: of the other one, None where the person may not see it."""

    pair: EnemyPair
    version: QuestionVersion | None


def enemies(session: Session, question_id: int, sight: ColumnElement[bool]) -> list[Enemy]:
    """The live pairs of a question, oldest first, with the other question where it is in sight."""
    pairs = session.scalars(
        select(EnemyPair)
        .where(
            or_(EnemyPair.one_id == question_id, EnemyPair.other_id == question_id),
            EnemyPair.ended_at.is_(None),
        )
        .options(joinedload(EnemyPair.said_by))
        .order_by(EnemyPair.id)
    ).all()
    others = [pair.other_id if pair.one_id == question_id else pair.one_id for pair in pairs]
    seen = current_of(session, others, sight)
    return [Enemy(pair, seen.get(other)) for pair, other in zip(pairs, others, strict=True)]


def current_of(
    session: Session, question_ids: Sequence[int], sight: ColumnElement[bool]
) -> dict[int, QuestionVersion]:
    """The newest version of each of these questions that is in sight, by question id."""
    rows = session.scalars(
        select(QuestionVersion).where(
            QuestionVersion.question_id.in_(question_ids), QuestionVersion.is_newest, sight
        )
    )
    return {row.question_id: row for row in rows}


def question_named(
    session: Session, bank_id: int, name: str, sight: ColumnElement[bool]
) -> QuestionRow | None:
    """The question of a bank that a person means: by its ID, or by "#" and its number; None out of sight."""
    query = (
        select(QuestionRow)
        .join(QuestionVersion, QuestionVersion.question_id == QuestionRow.id)
        .where(QuestionRow.bank_id == bank_id, QuestionVersion.is_newest, sight)
    )
    number = name.removeprefix("#")
    if name.startswith("#") and number.isascii() and number.isdigit() and len(number) < 10:
        return session.scalars(query.where(QuestionRow.id == int(number))).first()
    return session.scalars(query.where(QuestionRow.external_id == name)).first()


def pair(session: Session, pair_id: int) -> EnemyPair | None:
    """A pair of enemies, ended or not."""
    return session.get(EnemyPair, pair_id)


# ---- stimulus sets


@dataclass(frozen=True, slots=True)
class StimulusSet:
    """Questions that share a material, as a list shows them."""

    code: str
    questions: int
    usable: int


def stimulus_sets(session: Session, bank_id: int, sight: ColumnElement[bool]) -> list[StimulusSet]:
    """The stimulus sets of a bank by code, with how many questions they have and how many of them are approved."""
    rows = session.execute(
        select(
            QuestionVersion.stimulus,
            func.count(),
            func.count().filter(QuestionVersion.status.in_(VETTED)),
        )
        .where(QuestionVersion.bank_id == bank_id, QuestionVersion.stimulus != "", QuestionVersion.is_newest)
        .where(sight)
        .group_by(QuestionVersion.stimulus)
        .order_by(QuestionVersion.stimulus)
    )
    return [StimulusSet(code, questions, usable) for code, questions, usable in rows]


def of_stimulus(
    session: Session, bank_id: int, code: str, sight: ColumnElement[bool]
) -> list[QuestionVersion]:
    """The newest versions of the questions of one stimulus set, by ID."""
    return list(
        session.scalars(
            select(QuestionVersion)
            .where(
                QuestionVersion.bank_id == bank_id,
                QuestionVersion.stimulus == code,
                QuestionVersion.is_newest,
                sight,
            )
            .order_by(QuestionVersion.external_id, QuestionVersion.id)
            .limit(MOST_OF_A_SET)
        )
    )


# ---- saved filters


def saved_filters(session: Session, bank_id: int, person_id: int) -> list[SavedFilter]:
    """A person's saved lists of a bank, and those that others share, with their owners."""
    return list(
        session.scalars(
            select(SavedFilter)
            .where(
                SavedFilter.bank_id == bank_id,
                or_(SavedFilter.owner_id == person_id, SavedFilter.is_shared),
            )
            .options(joinedload(SavedFilter.owner))
            .order_by(SavedFilter.owner_id != person_id, SavedFilter.name, SavedFilter.id)
        )
    )


def saved_filter(session: Session, filter_id: int) -> SavedFilter | None:
    """One saved list."""
    return session.get(SavedFilter, filter_id)
