"""What of a bank a person may see: one condition that every list, search and page asks.

A bank that is not restricted is open to everybody whose role reaches its institution.  Of a restricted bank a person
sees the areas of their duties and what they wrote; keys only of what they wrote or have to judge; whoever runs the bank
sees no key at all; the province sees everything, and keys while it confirms.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, and_, false, or_, select, true
from sqlalchemy.orm import Session

from examsite.access.permissions import Permission
from examsite.access.scope import EVERYTHING, SignedIn
from examsite.authoring.models import Bank, ImportBatch, Opinion, QuestionVersion, VersionStatus
from examsite.authoring.secrecy.models import Duty, DutyTask
from examsite.authoring.vetting.queue import asked_or_free


@dataclass(frozen=True, slots=True)
class Held:
    """What a person is named for in a restricted bank, or, on the page of a version, as far as it covers that version.

    sees_all: oversees every institution.  is_own: they wrote the question or sent its file.  sees_key: the version's
    key is theirs to see.
    """

    person_id: int
    duties: tuple[tuple[DutyTask, str], ...]
    sees_all: bool = False
    is_own: bool = False
    sees_key: bool = False

    def has(self, task: DutyTask) -> bool:
        """Whether they are named for the task anywhere."""
        return any(held is task for held, _area in self.duties)

    def covers(self, task: DutyTask, point: str) -> bool:
        """Whether a duty of this task reaches the point."""
        return any(held is task and inside(point, area) for held, area in self.duties)

    def areas(self) -> frozenset[str]:
        """The areas of all duties; "" is everywhere."""
        return frozenset(area for _task, area in self.duties)

    def condition(self) -> ColumnElement[bool]:
        """Which versions they see."""
        if self.sees_all or "" in self.areas():
            return true()
        return or_(QuestionVersion.author_id == self.person_id, *_within(self.areas()))

    def sees(self, version: QuestionVersion) -> bool:
        """`condition` for one version at hand."""
        own = version.author_id == self.person_id
        return self.sees_all or own or any(inside(version.point, area) for area in self.areas())


def inside(point: str, area: str) -> bool:
    """Whether a code is an area ("" = everywhere) or lies in it."""
    return not area or point == area or point.startswith(f"{area}-")


def load(session: Session, person: SignedIn, bank: Bank) -> None:
    """Put on the bank what this person holds there, for the policies to look at."""
    if bank.is_restricted:
        bank.held = _held(session, person, bank)


def load_for(session: Session, person: SignedIn, bank: Bank, version: QuestionVersion) -> bool:
    """`load`, narrowed to what covers this version; whether the person may see it at all."""
    load(session, person, bank)
    if not bank.is_restricted:
        return True
    held: Held = bank.held
    own = _is_own(session, version, person.id)
    covering = tuple(
        (task, area)
        for task, area in held.duties
        if inside(version.point, area) or (own and task is DutyTask.WRITE)
    )
    bank.held = replace(
        held, duties=covering, is_own=own, sees_key=own or _has_to_judge(session, person, bank, version, held)
    )
    return held.sees(version) or own


def duties(session: Session, person_id: int, bank_id: int) -> list[Duty]:
    """The live duties of a person in a bank."""
    return list(
        session.scalars(
            select(Duty).where(Duty.bank_id == bank_id, Duty.person_id == person_id, Duty.ended_at.is_(None))
        )
    )


def visible(session: Session, person: SignedIn, bank: Bank) -> ColumnElement[bool]:
    """Which versions of this bank the person may see."""
    if not person.may_in(Permission.SEE_BANK, bank.institution_id):
        return false()
    if not bank.is_restricted:
        return true()
    # Asked anew: on the page of a version what stands on the bank is narrowed to that version.
    return _held(session, person, bank).condition()


def visible_anywhere(session: Session, person: SignedIn) -> ColumnElement[bool]:
    """Which versions of all banks the person may see, as far as duties go.  The statement joins Bank."""
    if oversees(person):
        return true()
    return or_(
        ~Bank.is_restricted, QuestionVersion.author_id == person.id, *_of_duties(session, person.id, None)
    )


def countable(session: Session, person: SignedIn) -> ColumnElement[bool]:
    """Which versions of all banks the person may count: what they see, and all of the banks that they run."""
    managed = person.institutions(Permission.MANAGE_BANK)
    runs = true() if managed is None else Bank.institution_id.in_(managed)
    return or_(visible_anywhere(session, person), runs)


def reachable(session: Session, person: SignedIn) -> ColumnElement[bool]:
    """Which banks the person may open at all, as far as duties go."""
    if oversees(person):
        return true()
    named = select(Duty.bank_id).where(Duty.person_id == person.id, Duty.ended_at.is_(None))
    managed = person.institutions(Permission.MANAGE_BANK)
    runs = true() if managed is None else Bank.institution_id.in_(managed)
    return or_(~Bank.is_restricted, runs, Bank.id.in_(named))


def oversees(person: SignedIn) -> bool:
    """Whether the person's sight of banks reaches every institution (the province)."""
    return person.institutions(Permission.SEE_BANK) is None and any(
        grant.scope == EVERYTHING for grant in person.grants
    )


def writable_areas(session: Session, person_id: int, bank: Bank) -> frozenset[str]:
    """The areas in which a person may write in this bank; {""} = everywhere, empty = nowhere."""
    if not bank.is_restricted:
        return frozenset({""})
    return frozenset(one.area for one in duties(session, person_id, bank.id) if one.task == DutyTask.WRITE)


def known_to_writer(session: Session, person_id: int, bank: Bank) -> ColumnElement[bool]:
    """Which versions an import of this person is compared with: what they may see, so that nothing else shows through."""
    if not bank.is_restricted:
        return true()
    named = tuple((DutyTask(one.task), one.area) for one in duties(session, person_id, bank.id))
    return Held(person_id, named).condition()


def _held(session: Session, person: SignedIn, bank: Bank) -> Held:
    named = tuple((DutyTask(one.task), one.area) for one in duties(session, person.id, bank.id))
    return Held(person.id, named, oversees(person))


def _has_to_judge(
    session: Session, person: SignedIn, bank: Bank, version: QuestionVersion, held: Held
) -> bool:
    """Whether the person needs the key to judge: a reviewer what they are asked to judge or may take, and what they judged; the province
    what waits for its confirmation."""
    if oversees(person):
        return bank.needs_confirmation and version.status == VersionStatus.APPROVED
    if not held.covers(DutyTask.REVIEW, version.point):
        return False
    if version.status == VersionStatus.IN_REVIEW:
        asked = select(QuestionVersion.id).join(Bank, Bank.id == QuestionVersion.bank_id)
        return (
            session.scalar(asked.where(QuestionVersion.id == version.id, asked_or_free(person.id)))
            is not None
        )
    judged = select(Opinion.id).where(Opinion.version_id == version.id, Opinion.reviewer_id == person.id)
    return session.scalar(judged.limit(1)) is not None


def _is_own(session: Session, version: QuestionVersion, person_id: int) -> bool:
    query = (
        select(QuestionVersion.id)
        .outerjoin(ImportBatch, ImportBatch.id == QuestionVersion.batch_id)
        .where(
            QuestionVersion.question_id == version.question_id,
            or_(QuestionVersion.author_id == person_id, ImportBatch.uploaded_by_id == person_id),
        )
    )
    return session.scalar(query.limit(1)) is not None


def _of_duties(session: Session, person_id: int, task: DutyTask | None) -> list[ColumnElement[bool]]:
    """A condition for each bank in which the person has duties (of this task)."""
    query = select(Duty.bank_id, Duty.area).where(Duty.person_id == person_id, Duty.ended_at.is_(None))
    if task is not None:
        query = query.where(Duty.task == task)
    areas: dict[int, set[str]] = {}
    for bank_id, area in session.execute(query):
        areas.setdefault(bank_id, set()).add(area)
    return [
        QuestionVersion.bank_id == bank_id
        if "" in held
        else and_(QuestionVersion.bank_id == bank_id, or_(*_within(held)))
        for bank_id, held in sorted(areas.items())
    ]


def _within(areas: Iterable[str]) -> list[ColumnElement[bool]]:
    return [
        or_(
            QuestionVersion.point == area,
            QuestionVersion.point.startswith(f"{area}-", autoescape=True),
        )
        for area in sorted(areas)
    ]
