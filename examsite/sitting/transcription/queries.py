"""What the pages of paper answer sheets need to know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from examsite.access.models import Person
from examsite.errors import NotYours
from examsite.planning.models import Plan, Sitting
from examsite.registration.models import Enrolment
from examsite.sitting.models import Attempt
from examsite.sitting.queries import attempts_of
from examsite.sitting.transcription.models import (
    PaperEntry,
    PaperScript,
    PaperSettlement,
    ScriptStatus,
)
from examsite.sitting.windows import given_of, window_of
from question_bank.rules import timing
from question_bank.rules.timing import Phase


@dataclass(frozen=True, slots=True)
class Line:
    """One candidate of a sitting: attempt at the machine and sheet of paper, each None where there is none."""

    enrolment: Enrolment
    attempt: Attempt | None
    script: PaperScript | None
    entries: int


def lines(session: Session, sitting_id: int) -> list[Line]:
    """Everybody enrolled, with what there is of them."""
    query = (
        select(PaperScript)
        .join(Enrolment, Enrolment.id == PaperScript.enrolment_id)
        .where(Enrolment.sitting_id == sitting_id, PaperScript.status != ScriptStatus.VOID)
        .options(joinedload(PaperScript.paper))
    )
    scripts = {script.enrolment_id: script for script in session.scalars(query)}
    entered: dict[int, int] = {}
    ids = [script.id for script in scripts.values()]
    for script_id in session.scalars(select(PaperEntry.script_id).where(PaperEntry.script_id.in_(ids))):
        entered[script_id] = entered.get(script_id, 0) + 1
    found = []
    for enrolment, attempt in attempts_of(session, sitting_id):
        script = scripts.get(enrolment.id)
        found.append(Line(enrolment, attempt, script, entered.get(script.id, 0) if script else 0))
    return found


def sitting(session: Session, sitting_id: int) -> Sitting:
    """A sitting with its plan and papers' set.  Raises NotYours."""
    query = select(Sitting).where(Sitting.id == sitting_id)
    query = query.options(
        joinedload(Sitting.plan).joinedload(Plan.institution), joinedload(Sitting.paper_set)
    )
    row = session.scalars(query).one_or_none()
    if row is None:
        raise NotYours
    return row


def enrolment(session: Session, enrolment_id: int) -> Enrolment:
    """A standing enrolment with its person.  Raises NotYours."""
    query = select(Enrolment).where(Enrolment.id == enrolment_id, Enrolment.withdrawn_at.is_(None))
    row = session.scalars(query.options(joinedload(Enrolment.person))).one_or_none()
    if row is None:
        raise NotYours
    return row


def script(session: Session, script_id: int) -> PaperScript:
    """A sheet with its paper, candidate and sitting.  Raises NotYours."""
    query = select(PaperScript).where(PaperScript.id == script_id)
    row = session.scalars(
        query.options(
            joinedload(PaperScript.paper), joinedload(PaperScript.enrolment).joinedload(Enrolment.person)
        )
    ).one_or_none()
    if row is None:
        raise NotYours
    return row


def entries(session: Session, script_id: int) -> Sequence[PaperEntry]:
    """What was typed in, the first before the second, with who did."""
    query = select(PaperEntry).where(PaperEntry.script_id == script_id).options(joinedload(PaperEntry.person))
    return session.scalars(query.order_by(PaperEntry.place)).all()


def settlement(session: Session, script_id: int) -> tuple[PaperSettlement, str] | None:
    """How differences were settled, and the name of who did; None where there was nothing to settle."""
    row = session.get(PaperSettlement, script_id)
    if row is None:
        return None
    name = session.scalars(select(Person.name).where(Person.id == row.settled_by_id)).one()
    return row, name


def attempt_of(session: Session, enrolment_id: int) -> Attempt | None:
    """The attempt at the machine, None where the candidate never opened the paper there."""
    return session.scalars(select(Attempt).where(Attempt.enrolment_id == enrolment_id)).one_or_none()


def still_answers(
    sitting: Sitting, enrolment: Enrolment, attempt: Attempt | None, *, now: datetime
) -> datetime | None:
    """Until when the candidate may still answer at the machine; None where that is over, or never began."""
    if attempt is None or attempt.closed_at is not None or attempt.started_at is None:
        return None
    window, given = window_of(sitting), given_of(attempt, enrolment.time_factor_percent)
    if timing.phase(window, attempt.started_at, now, given) is Phase.CLOSED:
        return None
    return timing.effective_deadline(window, attempt.started_at, given, now=now)
