"""Verbs on plans and sittings.  Specifications, papers and their drawing have modules of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite import audit
from examsite.audit import Actor
from examsite.authoring.models import Bank
from examsite.errors import Invalid, Refused
from examsite.planning import figures, repeats
from examsite.planning.extensions import made_ready
from examsite.planning.models import (
    PaperMode,
    PaperSet,
    PaperSetStatus,
    Plan,
    PlanStatus,
    Sitting,
    SittingStatus,
)
from examsite.planning.sealing.disclosure import is_over


class NumberTaken(Invalid):
    """Another plan has this number."""

    code = "number-taken"


class BadWindow(Invalid):
    """The window closes before it opens, or is shorter than what it must hold."""

    code = "bad-window"


class ReasonMissing(Invalid):
    """The act needs a reason."""

    code = "reason-missing"


class NotOpen(Refused):
    """The sitting or its plan is not in a state that allows this."""

    code = "not-open"


class PapersNotUsable(Refused):
    """These papers are not approved, belong to another plan, or are given out elsewhere."""

    code = "papers-not-usable"


class NotReady(Refused):
    """Something keeps the sitting from opening; `blockers` are sentences."""

    code = "not-ready"

    def __init__(self, blockers: Sequence[str]) -> None:
        super().__init__(" ".join(blockers))
        self.blockers = tuple(blockers)


@dataclass(frozen=True, slots=True)
class SittingTimes:
    """When and how long.  late_limit, earliest_hand_in: None = no such rule."""

    opens_at: datetime
    closes_at: datetime
    allowed_minutes: int
    grace_seconds: int = figures.GRACE_SECONDS
    late_limit_minutes: int | None = figures.LATE_LIMIT_MINUTES
    earliest_hand_in_minutes: int | None = figures.EARLIEST_HAND_IN_MINUTES


def create_plan(session: Session, bank: Bank, *, number: str, name: str, actor: Actor, now: datetime) -> Plan:
    """A plan of the bank's institution, level and standard.  Raises NumberTaken."""
    number = number.strip()
    if session.scalars(select(Plan.id).where(Plan.number == number)).first() is not None:
        raise NumberTaken(_("Another plan has the number %(number)s. Choose another one.", number=number))
    plan = Plan(
        number=number,
        name=name.strip(),
        institution_id=bank.institution_id,
        bank_id=bank.id,
        standard_code=bank.standard_code,
        standard_edition=bank.standard_edition,
        level=bank.level,
        status=PlanStatus.OPEN,
        created_by_id=actor.id,
        created_at=now,
    )
    session.add(plan)
    session.flush()
    audit.record(session, "plan.create", of=plan, actor=actor, now=now, number=number, bank=bank.id)
    return plan


def cancel_plan(session: Session, plan: Plan, *, reason: str, actor: Actor, now: datetime) -> None:
    """End a plan; it keeps its record.  Raises NotOpen while one of its sittings is not cancelled."""
    session.flush()
    session.refresh(plan, ["status"], with_for_update=True)
    if plan.status != PlanStatus.OPEN:
        raise NotOpen(_("This plan was cancelled before."))
    _need(reason)
    live = select(Sitting.id).where(Sitting.plan_id == plan.id, Sitting.status != SittingStatus.CANCELLED)
    if session.scalars(live.limit(1)).first() is not None:
        raise NotOpen(_("The plan has sittings. Cancel them first, one by one, each with its reason."))
    plan.status = PlanStatus.CANCELLED
    audit.record(session, "plan.cancel", of=plan, actor=actor, now=now, reason=reason.strip())


def create_sitting(
    session: Session,
    plan: Plan,
    times: SittingTimes,
    *,
    title: str,
    place: str,
    actor: Actor,
    now: datetime,
) -> Sitting:
    """A sitting in planning; the one that has this title and these times already, where there is one.

    Raises BadWindow, NotOpen where the plan is cancelled.
    """
    if plan.status != PlanStatus.OPEN:
        raise NotOpen(_("This plan is cancelled, so it takes no sittings."))
    check_times(times, now=now)
    if (
        known := repeats.sitting_of(session, plan, times.opens_at, times.closes_at, title, place)
    ) is not None:
        return known
    sitting = Sitting(
        plan_id=plan.id,
        title=title.strip(),
        place=place.strip(),
        opens_at=times.opens_at,
        closes_at=times.closes_at,
        allowed_minutes=times.allowed_minutes,
        grace_seconds=times.grace_seconds,
        late_limit_minutes=times.late_limit_minutes,
        earliest_hand_in_minutes=times.earliest_hand_in_minutes,
        status=SittingStatus.PLANNED,
        created_by_id=actor.id,
        created_at=now,
    )
    session.add(sitting)
    session.flush()
    audit.record(session, "sitting.create", of=sitting, actor=actor, now=now, **_as_detail(sitting))
    return sitting


def check_times(times: SittingTimes, *, now: datetime) -> None:
    """Raises BadWindow where nobody could sit like this."""
    if times.closes_at <= times.opens_at:
        raise BadWindow(_("The sitting closes before it opens. Correct one of the two times."))
    if times.closes_at <= now:
        raise BadWindow(_("The sitting would be over already. Choose a closing time that is still to come."))
    minutes = (times.closes_at - times.opens_at).total_seconds() / 60
    if minutes < times.allowed_minutes:
        raise BadWindow(
            _(
                "The window is %(window)d minutes long, the examination lasts %(allowed)d. Close later or allow less.",
                window=minutes,
                allowed=times.allowed_minutes,
            )
        )
    if times.earliest_hand_in_minutes is not None and times.earliest_hand_in_minutes > times.allowed_minutes:
        raise BadWindow(_("The earliest hand-in lies after the end of the examination. Make it earlier."))


def choose_papers(
    session: Session, sitting: Sitting, papers: PaperSet, *, actor: Actor, now: datetime
) -> None:
    """Let the sitting use these papers; figures confirmed before are to be confirmed again.

    Raises PapersNotUsable where they are not approved, of another plan, unique ones that another sitting gives out,
    or known since the sitting that used them.
    """
    _lock(session, sitting)
    _only_planned(sitting)
    session.flush()
    session.refresh(papers, ["status"], with_for_update=True)
    if papers.status != PaperSetStatus.APPROVED or papers.plan_id != sitting.plan_id:
        raise PapersNotUsable(_("Only approved papers of the same plan can be used."))
    if is_over(session, papers, now=now):
        raise PapersNotUsable(
            _("The sitting that used these papers is over, and they are no secret any more. Draw new papers.")
        )
    elsewhere = select(Sitting.id).where(
        Sitting.paper_set_id == papers.id,
        Sitting.id != sitting.id,
        Sitting.status != SittingStatus.CANCELLED,
    )
    if papers.mode == PaperMode.UNIQUE and session.scalars(elsewhere.limit(1)).first() is not None:
        raise PapersNotUsable(
            _(
                "Another sitting gives these papers out, one to each candidate. Draw further papers for this one."
            )
        )
    sitting.paper_set_id = papers.id
    sitting.unverified_confirmed_by_id = None
    sitting.unverified_confirmed_at = None
    sitting.unverified_reason = ""
    audit.record(session, "sitting.choose_papers", of=sitting, actor=actor, now=now, papers=papers.id)


def confirm_unverified(
    session: Session, sitting: Sitting, plan: Plan, *, reason: str, actor: Actor, now: datetime
) -> None:
    """Answer by name for the figures that nobody compared with the printed standard.

    Raises ReasonMissing; NotOpen unless the sitting is in planning and has its papers.
    """
    _lock(session, sitting)
    _only_planned(sitting)
    if sitting.paper_set_id is None:
        raise NotOpen(_("Choose the papers first: what is confirmed depends on them."))
    _need(reason)
    papers = session.get_one(PaperSet, sitting.paper_set_id)
    names = [figure.name for figure in figures.unverified(plan, papers)]
    sitting.unverified_confirmed_by_id = actor.id
    sitting.unverified_confirmed_at = now
    sitting.unverified_reason = reason.strip()
    audit.record(
        session,
        "sitting.confirm_unverified",
        of=sitting,
        actor=actor,
        now=now,
        figures=names,
        reason=sitting.unverified_reason,
    )


def blockers(
    sitting: Sitting, plan: Plan, papers: PaperSet | None, *, candidates: int, now: datetime
) -> list[str]:
    """Sentences, each naming one thing that keeps this sitting from being made ready, and what to do about it."""
    found = []
    if papers is None or papers.status != PaperSetStatus.APPROVED:
        found.append(_("It has no approved papers. Choose approved papers of the plan."))
    if figures.unverified(plan, papers) and sitting.unverified_confirmed_by_id is None:
        found.append(
            _("It rests on unverified figures that nobody has confirmed. A named person must confirm them.")
        )
    if papers is not None and papers.mode == PaperMode.UNIQUE and papers.count < candidates:
        found.append(
            _(
                "There are %(papers)d papers for %(candidates)d candidates, %(short)d too few. Draw more papers.",
                papers=papers.count,
                candidates=candidates,
                short=candidates - papers.count,
            )
        )
    if sitting.closes_at <= now:
        found.append(_("Its window is over. Make a new sitting."))
    return found


def make_ready(
    session: Session, sitting: Sitting, plan: Plan, *, candidates: int, actor: Actor, now: datetime
) -> None:
    """Let the sitting run when its time comes.  Raises NotReady with everything that keeps it from it."""
    _lock(session, sitting)
    _only_planned(sitting)
    papers = session.get(PaperSet, sitting.paper_set_id) if sitting.paper_set_id else None
    found = blockers(sitting, plan, papers, candidates=candidates, now=now)
    if found:
        raise NotReady(found)
    sitting.status = SittingStatus.READY
    audit.record(session, "sitting.ready", of=sitting, actor=actor, now=now, candidates=candidates)
    made_ready(session, sitting, actor=actor, now=now)


def cancel_sitting(session: Session, sitting: Sitting, *, reason: str, actor: Actor, now: datetime) -> None:
    """Call a sitting off before it opens.  Raises ReasonMissing, NotOpen once it has opened or was cancelled."""
    _lock(session, sitting)
    if sitting.status == SittingStatus.CANCELLED:
        raise NotOpen(_("This sitting was cancelled before."))
    if sitting.status == SittingStatus.READY and now >= sitting.opens_at:
        raise NotOpen(_("This sitting has opened, so it can't be cancelled any more."))
    _need(reason)
    sitting.status = SittingStatus.CANCELLED
    audit.record(session, "sitting.cancel", of=sitting, actor=actor, now=now, reason=reason.strip())


def _lock(session: Session, sitting: Sitting) -> None:
    session.flush()
    session.refresh(sitting, ["status", "paper_set_id", "unverified_confirmed_by_id"], with_for_update=True)


def _only_planned(sitting: Sitting) -> None:
    if sitting.status == SittingStatus.READY:
        raise NotOpen(_("This sitting is ready, so its papers and figures are fixed."))
    if sitting.status == SittingStatus.CANCELLED:
        raise NotOpen(_("This sitting is cancelled."))


def _need(reason: str) -> None:
    if len(reason.strip()) < 2:
        raise ReasonMissing(_("Give the reason: it stays in the record."))


def _as_detail(sitting: Sitting) -> dict[str, str | int | None]:
    return {
        "opens_at": sitting.opens_at.isoformat(),
        "closes_at": sitting.closes_at.isoformat(),
        "allowed_minutes": sitting.allowed_minutes,
        "grace_seconds": sitting.grace_seconds,
        "late_limit_minutes": sitting.late_limit_minutes,
        "earliest_hand_in_minutes": sitting.earliest_hand_in_minutes,
    }
