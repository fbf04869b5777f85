"""What a candidate's pages need to know."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import and_, bindparam, func, or_, select
from sqlalchemy.orm import Session, joinedload

from examsite.access.models import Person
from examsite.access.scope import SignedIn
from examsite.errors import NotYours
from examsite.planning.models import Paper, PaperSet, Plan, Sitting
from examsite.registration.models import Enrolment
from examsite.sitting.models import Answer, Attempt, DealtPaper, QuarantinedAnswer, QuarantineDecision
from examsite.sitting.windows import given_of, given_to, window_of
from question_bank.questions.present import is_answered
from question_bank.rules import timing
from question_bank.rules.timing import Given, Phase


@dataclass(frozen=True, slots=True)
class Place:
    """One candidate's place in one sitting.  `attempt` is None until the paper was opened for the first time.

    dealt_paper_id: the paper that was given to them before the start, where one was.
    """

    id: str
    enrolment: Enrolment
    sitting: Sitting
    attempt: Attempt | None
    dealt_paper_id: int | None = None

    def phase(self, now: datetime) -> Phase:
        """Where the candidate stands by the clock."""
        attempt = self.attempt
        if attempt is None or attempt.started_at is None:
            return timing.phase(window_of(self.sitting), None, now)
        return timing.phase(
            window_of(self.sitting),
            attempt.started_at,
            now,
            self.given,
            handed_in=attempt.closed_at is not None,
        )

    @property
    def given(self) -> Given:
        """The time that people gave this candidate."""
        assert self.attempt is not None
        return given_of(self.attempt, self.enrolment.time_factor_percent)

    def deadline(self, now: datetime) -> datetime | None:
        """When this candidate's time ends, as it stands now; None before the start."""
        if self.attempt is None or self.attempt.started_at is None:
            return None
        return timing.effective_deadline(
            window_of(self.sitting), self.attempt.started_at, self.given, now=now
        )


def attempt_id(enrolment_id: int) -> str:
    """The id of the attempt that this enrolment has or will have: known before the row is made, and not guessable."""
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(secret, f"attempt:{enrolment_id}".encode(), hashlib.sha256).hexdigest()[:32]


def my_places(session: Session, person_id: int) -> list[Place]:
    """Every sitting in which this person is enrolled, the latest first."""
    rows = session.execute(
        select(Enrolment, Sitting, Attempt, DealtPaper.paper_id)
        .join(Sitting, Sitting.id == Enrolment.sitting_id)
        .outerjoin(Attempt, Attempt.enrolment_id == Enrolment.id)
        .outerjoin(DealtPaper, DealtPaper.enrolment_id == Enrolment.id)
        .where(Enrolment.person_id == person_id, Enrolment.withdrawn_at.is_(None))
        .options(joinedload(Enrolment.person))
        .order_by(Sitting.opens_at.desc())
    )
    return [Place(a.id if a else attempt_id(e.id), e, s, a, dealt) for e, s, a, dealt in rows]


def my_place(session: Session, person: SignedIn, id_: str) -> Place:
    """This person's place of this id.  Raises NotYours."""
    for place in my_places(session, person.id):
        if hmac.compare_digest(place.id, id_):
            return place
    raise NotYours


_OPEN = (
    select(
        Attempt.id,
        Attempt.paper_id,
        Attempt.lease,
        Attempt.started_at,
        Attempt.closed_at,
        Attempt.extra_seconds,
        Attempt.restored_seconds,
        Attempt.paused_at,
        Attempt.revision,
        Attempt.settings,
        Enrolment.time_factor_percent,
        Enrolment.seat,
        Enrolment.ticket,
        Person.name,
        Sitting.title,
        Sitting.opens_at,
        Sitting.closes_at,
        Sitting.allowed_minutes,
        Sitting.grace_seconds,
        Sitting.late_limit_minutes,
        Sitting.earliest_hand_in_minutes,
        Paper.content_hash.label("paper_hash"),
        PaperSet.is_verified,
        PaperSet.multiple,
    )
    .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
    .join(Person, Person.id == Enrolment.person_id)
    .join(Sitting, Sitting.id == Enrolment.sitting_id)
    .join(Paper, Paper.id == Attempt.paper_id)
    .outerjoin(PaperSet, PaperSet.id == Sitting.paper_set_id)
    .where(
        Attempt.id == bindparam("attempt"),
        Enrolment.person_id == bindparam("person"),
        Enrolment.withdrawn_at.is_(None),
        Attempt.started_at.is_not(None),
    )
)
_HELD = (
    select(Answer.position, Answer.revision, Answer.response, Answer.marked)
    .where(Answer.attempt_id == bindparam("attempt"))
    .order_by(Answer.position)
)


def started(session: Session, person: SignedIn, attempt_id: str) -> Any:
    """All that the paper's page needs of this person's started attempt, in one row; None where there is none."""
    return session.connection().execute(_OPEN, {"attempt": attempt_id, "person": person.id}).one_or_none()


def held(session: Session, attempt_id: str) -> dict[int, Any]:
    """(position, revision, response, marked) of the newest answer at every position that has one."""
    return {row.position: row for row in session.connection().execute(_HELD, {"attempt": attempt_id})}


def answers(session: Session, attempt_id: str) -> dict[int, Answer]:
    """The newest answer at every position that has one."""
    rows = session.scalars(select(Answer).where(Answer.attempt_id == attempt_id).order_by(Answer.position))
    return {row.position: row for row in rows}


def answered(held: dict[int, Answer]) -> int:
    """How many positions have something entered."""
    return sum(is_answered(row.response) for row in held.values())


def quarantined(session: Session, attempt_id: str) -> int:
    """How many answers came too late and wait for a person's decision."""
    decided = select(QuarantineDecision.quarantined_id)
    waiting = QuarantinedAnswer.id.not_in(decided)
    return session.scalars(
        select(func.count()).where(QuarantinedAnswer.attempt_id == attempt_id, waiting)
    ).one()


def paper_set_of(session: Session, sitting: Sitting) -> PaperSet | None:
    """The papers of this sitting."""
    return session.get(PaperSet, sitting.paper_set_id) if sitting.paper_set_id else None


def rank(session: Session, enrolment: Enrolment) -> int:
    """How many were enrolled in this sitting before: what a paper is dealt by."""
    before = select(func.count()).where(
        Enrolment.sitting_id == enrolment.sitting_id, Enrolment.id < enrolment.id
    )
    return session.scalars(before).one()


def attempts_of(session: Session, sitting_id: int) -> Sequence[Any]:
    """(Enrolment, Attempt or None) for everyone in a sitting, by seat: what later stages pull."""
    return session.execute(
        select(Enrolment, Attempt)
        .outerjoin(Attempt, Attempt.enrolment_id == Enrolment.id)
        .where(Enrolment.sitting_id == sitting_id, Enrolment.withdrawn_at.is_(None))
        .options(joinedload(Enrolment.person))
        .order_by(Enrolment.id)
    ).all()


def plan_of(session: Session, sitting: Sitting) -> Plan:
    """The plan that this sitting belongs to."""
    return session.get_one(Plan, sitting.plan_id)


def overdue(session: Session, *, now: datetime) -> list[str]:
    """Ids of started attempts that are open though their time and grace have passed."""
    allowed = session.scalars(
        select(Sitting.allowed_minutes).where(Sitting.opens_at <= now, Sitting.closes_at > now).distinct()
    )
    # Nobody's time is shorter than the rules say, so who started later than that is not looked at.
    may_be_over = or_(
        Sitting.closes_at <= now,
        *(
            and_(Sitting.allowed_minutes == minutes, Attempt.started_at <= now - timedelta(minutes=minutes))
            for minutes in allowed
        ),
    )
    rows = session.execute(
        select(
            Attempt.id,
            Attempt.started_at,
            Attempt.extra_seconds,
            Attempt.paused_at,
            Enrolment.time_factor_percent,
            Attempt.restored_seconds,
            Sitting.opens_at,
            Sitting.closes_at,
            Sitting.allowed_minutes,
            Sitting.grace_seconds,
            Sitting.late_limit_minutes,
            Sitting.earliest_hand_in_minutes,
        )
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .join(Sitting, Sitting.id == Enrolment.sitting_id)
        .where(Attempt.closed_at.is_(None), Attempt.started_at.is_not(None), may_be_over)
        .order_by(Attempt.id)
    )
    return [
        row.id
        for row in rows
        if timing.phase(window_of(row), row.started_at, now, given_to(row)) is Phase.CLOSED
    ]
