"""What a candidate sees of a released result: score, decision, and points by area and kind.  No question, no key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.authoring.models import OutlineRow, QuestionVersion
from examsite.authoring.queries import outline_in_force
from examsite.planning.models import Paper, PaperSet, Plan, Sitting
from examsite.registration.models import Enrolment
from examsite.results import queries
from examsite.results.models import Decision, Release, ReleaseStatus, SubjectScore
from examsite.sitting.presenting import plain
from question_bank.outlines.tree import Outline, area_code, outline_from_document
from question_bank.questions.kinds import Kind
from question_bank.rules.decision import Outcome, Reason


@dataclass(frozen=True, slots=True)
class Share:
    """Points earned of those possible in one area or kind.  depth: 1 or 2 in the outline, 0 for kinds."""

    code: str
    name: str
    depth: int
    questions: int
    earned: Decimal
    possible: Decimal

    @property
    def percent(self) -> int:
        return round(100 * self.earned / self.possible) if self.possible else 0


@dataclass(frozen=True, slots=True)
class Result:
    """One sitting of a candidate.  outcome None: not released yet, and then nothing else is filled in."""

    sitting: Sitting
    plan: Plan
    ticket: str
    outcome: Outcome | None = None
    reasons: tuple[Reason, ...] = ()
    score: Decimal | None = None
    pass_mark: str = ""
    total: str = ""
    is_verified: bool = False
    standard: str = ""
    released_at: datetime | None = None
    areas: tuple[Share, ...] = ()
    kinds: tuple[Share, ...] = ()


def my_results(session: Session, person_id: int, *, now: datetime) -> list[Result]:
    """Every sitting of this person that has opened, the latest first."""
    rows = session.execute(
        select(Enrolment, Sitting, Plan)
        .join(Sitting, Sitting.id == Enrolment.sitting_id)
        .join(Plan, Plan.id == Sitting.plan_id)
        .where(
            Enrolment.person_id == person_id,
            Enrolment.withdrawn_at.is_(None),
            Sitting.opens_at <= now,
            Sitting.status == "ready",
        )
        .order_by(Sitting.opens_at.desc(), Sitting.id.desc())
    ).all()
    released = _releases(session, [sitting.id for _, sitting, _ in rows])
    return [
        _result(session, enrolment, sitting, plan, released.get(sitting.id))
        for enrolment, sitting, plan in rows
    ]


def _releases(session: Session, sitting_ids: Sequence[int]) -> dict[int, Release]:
    """The newest release of each sitting."""
    rows = session.scalars(
        select(Release)
        .where(Release.sitting_id.in_(sitting_ids), Release.status == ReleaseStatus.RELEASED)
        .order_by(Release.id)
    )
    return {row.sitting_id: row for row in rows}


def _result(
    session: Session, enrolment: Enrolment, sitting: Sitting, plan: Plan, release: Release | None
) -> Result:
    pending = Result(sitting, plan, enrolment.ticket)
    if release is None:
        return pending
    # What was made after the proposal is not what two persons released.
    found = session.execute(
        select(SubjectScore, Decision)
        .join(Decision, Decision.score_id == SubjectScore.id)
        .where(SubjectScore.enrolment_id == enrolment.id, queries.is_newest(release.proposed_at))
    ).one_or_none()
    if found is None:
        return pending
    score, decision = found
    looked_at = decision.inputs
    outline = _outline(session, score, plan)
    places = _places(session, score.inputs)
    return Result(
        sitting,
        plan,
        enrolment.ticket,
        Outcome(decision.outcome),
        tuple(Reason(code) for code in decision.reasons),
        score.value,
        looked_at["pass_mark"]["value"],
        looked_at["total"]["value"],
        looked_at["pass_mark"]["verified"] and looked_at["total"]["verified"],
        "（".join(looked_at["standard"]) + "）",
        release.ended_at,
        by_area(places, outline),
        by_kind(places),
    )


@dataclass(frozen=True, slots=True)
class Earned:
    """Points at one position, filed under point and kind."""

    point: str
    kind: Kind
    earned: Decimal
    possible: Decimal


def by_area(places: Sequence[Earned], outline: Outline | None) -> tuple[Share, ...]:
    """Points by the first and second levels of the outline, in its order; areas without questions are left out."""
    names = {area.code: area.name for area in outline.walk()} if outline else {}
    order = {code: rank for rank, code in enumerate(names)}
    totals: dict[str, list[Earned]] = {}
    for place in places:
        parts = area_code(place.point).split("-")
        for depth in range(1, min(2, len(parts)) + 1):
            totals.setdefault("-".join(parts[:depth]), []).append(place)
    codes = sorted(totals, key=lambda code: (order.get(code, len(order)), code))
    return tuple(_share(code, names.get(code, ""), code.count("-") + 1, totals[code]) for code in codes)


def by_kind(places: Sequence[Earned]) -> tuple[Share, ...]:
    """Points by kind, in the order of papers."""
    found: dict[Kind, list[Earned]] = {}
    for place in places:
        found.setdefault(place.kind, []).append(place)
    return tuple(_share(kind.value, kind.label, 0, found[kind]) for kind in Kind if kind in found)


def _share(code: str, name: str, depth: int, places: list[Earned]) -> Share:
    earned = sum((place.earned for place in places), Decimal(0))
    possible = sum((place.possible for place in places), Decimal(0))
    return Share(code, name, depth, len(places), earned, possible)


def _places(session: Session, inputs: dict[str, Any]) -> list[Earned]:
    versions = inputs.get("versions", [])
    filed = {
        row.id: row
        for row in session.execute(
            select(QuestionVersion.id, QuestionVersion.point, QuestionVersion.kind).where(
                QuestionVersion.id.in_(versions)
            )
        )
    }
    return [
        Earned(filed[version].point, Kind(filed[version].kind), Decimal(earned or 0), Decimal(possible))
        for version, earned, possible in zip(
            versions, inputs.get("earned", []), inputs.get("possible", []), strict=True
        )
    ]


def _outline(session: Session, score: SubjectScore, plan: Plan) -> Outline | None:
    """The outline that the paper was drawn by, else the bank's in force."""
    row = session.scalars(
        select(OutlineRow)
        .join(PaperSet, PaperSet.outline_id == OutlineRow.id)
        .join(Paper, Paper.set_id == PaperSet.id)
        .where(Paper.id == score.inputs.get("paper"))
    ).one_or_none()
    row = row or outline_in_force(session, plan.bank_id)
    return outline_from_document(row.document) if row else None


def points(value: Decimal | None) -> str:
    """Points as pages write them: 60, 0.5; a dash where there are none."""
    return "–" if value is None else plain(value)
