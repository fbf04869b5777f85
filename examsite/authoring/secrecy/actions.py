"""Verbs on a bank's people: restrict the bank to them, name them, end a duty; and looks at questions on the record."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from examsite import audit
from examsite.access.models import Person
from examsite.audit import Actor
from examsite.authoring.models import Bank, VersionStatus
from examsite.authoring.secrecy import queries
from examsite.authoring.secrecy.models import Duty, DutyTask
from examsite.errors import Invalid, Refused

#: A look at a version in one of these is not noted: it never was what papers may hold.
BEFORE_VETTING = (VersionStatus.DRAFT, VersionStatus.IN_REVIEW, VersionStatus.RETURNED)
_CODE = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)*")
LONGEST_AREA = 40


class Unfit(Invalid):
    """The person's role does not let them do this task in the bank's institution."""

    code = "unfit"


class UnknownArea(Invalid):
    """The area is no code, or the outline in force does not have it."""

    code = "unknown-area"


class NamedAlready(Refused):
    """The person has this very duty."""

    code = "named-already"


class LastManager(Refused):
    """Nobody else is named to run the bank."""

    code = "last-manager"


def restrict(session: Session, bank: Bank, *, actor: Actor, now: datetime) -> None:
    """From now on only named people see the bank's questions; whoever writes here and is the first also runs it."""
    if bank.is_restricted:
        return
    bank.is_restricted = True
    audit.record(session, "bank.restrict", of=bank, actor=actor, now=now)


def name_creator(session: Session, bank: Bank, *, actor: Actor, now: datetime) -> None:
    """Whoever made a restricted bank writes in it, and runs it until others are named."""
    for task in (DutyTask.WRITE, DutyTask.MANAGE):
        _add(session, bank, actor.id, task, "", actor=actor, now=now)


def name_person(
    session: Session,
    bank: Bank,
    person: Person,
    task: DutyTask,
    area: str,
    known: frozenset[str] | None,
    *,
    actor: Actor,
    now: datetime,
) -> Duty:
    """Name a person for a task, in an area or everywhere ("").  known: codes of the outline in force, None = there is none.

    Raises Unfit, UnknownArea, NamedAlready.
    """
    # The bank's row is the lock: two managers naming at once must not both add the same duty.
    session.execute(select(Bank.id).where(Bank.id == bank.id).with_for_update())
    if person.id not in {one.id for one in queries.fit_for(session, bank, task)}:
        raise Unfit(
            _("This person's role does not allow this task. Ask the system administrator for the role first.")
        )
    area = area.strip().upper()
    if area and (
        len(area) > LONGEST_AREA or not _CODE.fullmatch(area) or (known is not None and area not in known)
    ):
        raise UnknownArea(
            _("This area is not in the outline. Choose one from the list, or leave the field empty.")
        )
    if queries.live(session, bank.id, person.id, task, area) is not None:
        raise NamedAlready(_("This person is named for this task in this area already."))
    return _add(session, bank, person.id, task, area, actor=actor, now=now)


def end_duty(session: Session, duty: Duty, *, actor: Actor, now: datetime) -> None:
    """The person is no longer named; what they wrote stays theirs to see.  Raises LastManager."""
    session.execute(select(Bank.id).where(Bank.id == duty.bank_id).with_for_update())
    session.refresh(duty, ["ended_at"])
    if duty.ended_at is not None:
        raise Refused(_("This duty has ended already."))
    if duty.task == DutyTask.MANAGE:
        managers = session.scalar(
            select(func.count())
            .select_from(Duty)
            .where(Duty.bank_id == duty.bank_id, Duty.task == DutyTask.MANAGE, Duty.ended_at.is_(None))
        )
        if managers == 1:
            raise LastManager(
                _("Nobody else is named to run this bank. Name another person to manage it first.")
            )
    duty.ended_at, duty.ended_by_id = now, actor.id
    audit.record(
        session,
        "duty.end",
        of=f"banks:{duty.bank_id}",
        actor=actor,
        now=now,
        person=duty.person_id,
        task=duty.task,
        area=duty.area,
    )


def note_questions_seen(
    session: Session, of: object, versions: Sequence[int], *, actor: Actor, now: datetime, **detail: Any
) -> None:
    """Every look at vetted questions is on the record, one record a page (source: secrecy rules of the trade)."""
    audit.record(session, "question.view", of=of, actor=actor, now=now, versions=list(versions), **detail)


def _add(
    session: Session, bank: Bank, person_id: int, task: DutyTask, area: str, *, actor: Actor, now: datetime
) -> Duty:
    row = Duty(
        bank_id=bank.id, person_id=person_id, task=task.value, area=area, given_by_id=actor.id, given_at=now
    )
    session.add(row)
    session.flush()
    audit.record(
        session, "duty.give", of=bank, actor=actor, now=now, person=person_id, task=task.value, area=area
    )
    return row
