"""Who may judge which version, and the rule that chooses among them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from examsite.access.models import Grant, Person
from examsite.access.permissions import ROLES, Permission
from examsite.access.scope import EVERYTHING, institution_scope
from examsite.authoring.models import Bank, ImportBatch, Opinion, QuestionVersion
from examsite.authoring.secrecy.models import Duty, DutyTask
from examsite.authoring.versions import chunks
from examsite.authoring.vetting.models import Recusal, ReviewTask


class Obstacle(StrEnum):
    """Why a person can't judge a version."""

    OUTSIDE = "outside"
    """No reviewer of this bank and area."""
    OWN = "own"
    RECUSED = "recused"
    JUDGED = "judged"
    ASSIGNED = "assigned"
    """Has a task for it already."""
    NOBODY = "nobody"
    """Of everybody who reviews here, nobody else is free."""


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Somebody who reviews in a bank.  areas: codes, each with all below it; "" = everywhere."""

    id: int
    name: str
    areas: frozenset[str]

    def covers(self, point: str) -> bool:
        return any(not area or point == area or point.startswith(f"{area}-") for area in self.areas)


@dataclass(frozen=True, slots=True)
class Judged:
    """A version as the choice of its reviewer needs it."""

    id: int
    question_id: int
    bank_id: int
    point: str


def reviewers(session: Session, bank: Bank) -> list[Reviewer]:
    """Everybody who may review in a bank, by id: the active reviewers whose role reaches the institution.

    In a restricted bank only those of them who are named for it, in their areas.
    """
    roles = [role.value for role, held in ROLES.items() if Permission.REVIEW_QUESTIONS in held]
    people = session.execute(
        select(Person.id, Person.name)
        .join(Grant, Grant.person_id == Person.id)
        .where(
            Person.is_active,
            Grant.role.in_(roles),
            Grant.scope.in_((EVERYTHING, institution_scope(bank.institution_id))),
        )
        .distinct()
        .order_by(Person.id)
    ).all()
    if not bank.is_restricted:
        return [Reviewer(row.id, row.name, frozenset({""})) for row in people]
    areas: dict[int, set[str]] = {}
    duties = session.execute(
        select(Duty.person_id, Duty.area).where(
            Duty.bank_id == bank.id, Duty.task == DutyTask.REVIEW, Duty.ended_at.is_(None)
        )
    )
    for person_id, area in duties:
        areas.setdefault(person_id, set()).add(area)
    return [Reviewer(row.id, row.name, frozenset(areas[row.id])) for row in people if row.id in areas]


def loads(session: Session) -> Counter[int]:
    """How many open tasks every reviewer has, in all banks."""
    rows = session.execute(
        select(ReviewTask.reviewer_id, func.count())
        .where(ReviewTask.ended_at.is_(None), ReviewTask.reviewer_id.is_not(None))
        .group_by(ReviewTask.reviewer_id)
    )
    return Counter({person_id: count for person_id, count in rows if person_id is not None})


def judged(session: Session, version_ids: Collection[int]) -> dict[int, Judged]:
    """These versions by id."""
    found: dict[int, Judged] = {}
    for part in chunks(list(version_ids), 1000):
        rows = session.execute(
            select(
                QuestionVersion.id,
                QuestionVersion.question_id,
                QuestionVersion.bank_id,
                QuestionVersion.point,
            ).where(QuestionVersion.id.in_(part))
        )
        found.update({row.id: Judged(*row) for row in rows})
    return found


class Obstacles:
    """Who can't judge each of these versions, and why; loaded at once, kept up to date by `note`."""

    def __init__(self, session: Session, versions: Mapping[int, Judged]) -> None:
        self._of: dict[int, dict[int, Obstacle]] = {version_id: {} for version_id in versions}
        for part in chunks(list(versions.values()), 500):
            self._load(session, part)

    def why_not(self, version: Judged, person: Reviewer) -> Obstacle | None:
        """Why this person can't judge this version; None where they can."""
        if not person.covers(version.point):
            return Obstacle.OUTSIDE
        return self._of[version.id].get(person.id)

    def note(self, version_id: int, person_id: int) -> None:
        """The person has a task for the version from now on."""
        self._of[version_id][person_id] = Obstacle.ASSIGNED

    def _load(self, session: Session, part: Sequence[Judged]) -> None:
        ids = [one.id for one in part]
        by_question: dict[int, list[int]] = {}
        for one in part:
            by_question.setdefault(one.question_id, []).append(one.id)

        def put(question_id: int, person_id: int | None, why: Obstacle) -> None:
            if person_id is not None:
                for version_id in by_question[question_id]:
                    self._of[version_id].setdefault(person_id, why)

        tasks = select(ReviewTask.version_id, ReviewTask.reviewer_id).where(
            ReviewTask.version_id.in_(ids), ReviewTask.ended_at.is_(None), ReviewTask.reviewer_id.is_not(None)
        )
        for version_id, reviewer_id in session.execute(tasks):
            if reviewer_id is not None:
                self._of[version_id][reviewer_id] = Obstacle.ASSIGNED
        opinions = select(Opinion.version_id, Opinion.reviewer_id).where(Opinion.version_id.in_(ids))
        for version_id, judge_id in session.execute(opinions):
            self._of[version_id][judge_id] = Obstacle.JUDGED
        authors = (
            select(QuestionVersion.question_id, QuestionVersion.author_id, ImportBatch.uploaded_by_id)
            .outerjoin(ImportBatch, ImportBatch.id == QuestionVersion.batch_id)
            .where(QuestionVersion.question_id.in_(by_question))
            .distinct()
        )
        written: dict[int, set[int]] = {}
        for question_id, author_id, uploader_id in session.execute(authors):
            put(question_id, author_id, Obstacle.OWN)
            put(question_id, uploader_id, Obstacle.OWN)
            people = written.setdefault(question_id, set())
            people.update(one for one in (author_id, uploader_id) if one is not None)
        recusals = select(Recusal.question_id, Recusal.author_id, Recusal.person_id).where(
            or_(Recusal.question_id.in_(by_question), Recusal.author_id.is_not(None)),
            Recusal.ended_at.is_(None),
        )
        for recusal in session.execute(recusals):
            if recusal.question_id is not None:
                put(recusal.question_id, recusal.person_id, Obstacle.RECUSED)
                continue
            for written_id, people in written.items():
                if recusal.author_id in people:
                    put(written_id, recusal.person_id, Obstacle.RECUSED)
