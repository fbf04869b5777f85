"""The sample bank's way through its three stages and the province; some questions are left waiting at each step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.access.models import Person
from examsite.authoring.models import Bank, Code, QuestionVersion, VersionStatus
from examsite.authoring.vetting import actions
from examsite.authoring.vetting.actions import Judgement
from examsite.authoring.vetting.models import ReviewTask
from examsite.authoring.vetting.stages import Stage, stages_from_document
from examsite.demonstration.people import Staff

#: Long enough in the first stages that not everything left waiting is overdue.
STAGES = (Stage("first", "初审", days=21), Stage("second", "复审", days=21), Stage("final", "终审"))
REVIEWERS = ("reviewer", "reviewer2", "reviewer3")
#: Of every 61 questions (no multiple of the number of reviewers) one waits in each stage, one for the province, and two were returned.
EVERY = 61
WAITS_FOR_PROVINCE, RETURNED, CHANGES = 3, 4, 5


def vet(session: Session, bank: Bank, staff: Staff, *, now: datetime) -> None:
    """Three people adopt each question, the province confirms it; each stage takes some days."""
    ids = session.scalars(
        select(QuestionVersion.id).where(QuestionVersion.bank_id == bank.id).order_by(QuestionVersion.id)
    ).all()
    place = {version_id: n % EVERY for n, version_id in enumerate(ids)}
    people = [staff[name] for name in REVIEWERS]
    for stage in range(len(stages_from_document(bank.vetting))):
        at = now + timedelta(days=stage, hours=3)
        held = {i for i in ids if place[i] <= stage}
        if stage == 0:
            _return_some(session, bank, people, place, at)
        _adopt(session, bank, people, stage, but=held, at=at)
    waiting = session.scalars(
        select(QuestionVersion.id).where(
            QuestionVersion.bank_id == bank.id, QuestionVersion.status == VersionStatus.APPROVED
        )
    ).all()
    chosen = [i for i in waiting if place[i] != WAITS_FOR_PROVINCE]
    actions.confirm_versions(
        session,
        bank,
        sorted(chosen),
        "样例文号〔2026〕1 号（虚构）",
        actor=staff["province"],
        now=now + timedelta(days=4),
    )


def _adopt(
    session: Session, bank: Bank, people: list[Person], stage: int, *, but: Collection[int], at: datetime
) -> None:
    """Everybody signs A on what they were asked for at this stage, in a few goes with their own Angoff ratings."""
    for number, person in enumerate(people):
        mine = [i for i in _tasks(session, bank, person, stage) if i not in but]
        by_rating: defaultdict[int, list[int]] = defaultdict(list)
        for version_id in mine:
            by_rating[version_id % 4].append(version_id)
        for rating, ids in sorted(by_rating.items()):
            said = Judgement(
                Code.ADOPT,
                consistency=4 + rating % 2,
                difficulty=2 + rating % 3,
                angoff=55 + 10 * rating - 5 * number,
            )
            actions.give_opinions(
                session, ids, said, actor=person, now=at + timedelta(hours=5 * number + rating)
            )


def _return_some(
    session: Session, bank: Bank, people: list[Person], place: dict[int, int], at: datetime
) -> None:
    for person in people:
        for wanted, said in (
            (RETURNED, Judgement(Code.RETURN, "样例意见：请补充依据的条款号。")),
            (CHANGES, Judgement(Code.CHANGE, "样例意见：题干请改为完整陈述。")),
        ):
            ids = [i for i in _tasks(session, bank, person, 0) if place[i] == wanted]
            if ids:
                actions.give_opinions(session, ids, said, actor=person, now=at)


def _tasks(session: Session, bank: Bank, person: Person, stage: int) -> list[int]:
    """What this person was asked for in the bank at this stage."""
    return list(
        session.scalars(
            select(ReviewTask.version_id)
            .where(
                ReviewTask.bank_id == bank.id,
                ReviewTask.reviewer_id == person.id,
                ReviewTask.stage == stage,
                ReviewTask.ended_at.is_(None),
            )
            .order_by(ReviewTask.version_id)
        )
    )
