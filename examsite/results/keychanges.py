"""What a corrected key does to results: who would change, shown before it is approved, and scoring anew afterwards.

Scores have versions: a sitting that was released keeps what candidates see until two persons release the new scores.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from examsite import audit
from examsite.audit import Actor
from examsite.authoring.keys import proposed_key
from examsite.authoring.models import QuestionVersion
from examsite.authoring.vetting.keychanges import decide as decide_correction
from examsite.authoring.vetting.models import CorrectionStatus, KeyCorrection
from examsite.errors import NotYours
from examsite.planning.models import Paper, PaperSet, Plan, Sitting
from examsite.registration.models import Enrolment
from examsite.results import actions, queries
from examsite.results.deciding import decide, decision_inputs, rule_of, score_inputs, sum_of
from examsite.results.models import ReleaseStatus
from examsite.results.scripts import scripts
from examsite.sitting.models import Attempt
from question_bank.rules.decision import Outcome


@dataclass(frozen=True, slots=True)
class Effect:
    """One candidate whose paper holds the version: score and decision now, and with the new key."""

    enrolment: Enrolment
    before: Decimal | None
    after: Decimal | None
    decided: Outcome
    would_be: Outcome

    @property
    def changes_result(self) -> bool:
        return self.decided is not self.would_be

    @property
    def changes_score(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class SittingEffect:
    """A sitting with scores whose papers hold the version.  is_released: candidates see scores of it."""

    sitting: Sitting
    plan: Plan
    is_released: bool
    effects: list[Effect]

    @property
    def scores_changed(self) -> int:
        return sum(one.changes_score for one in self.effects)

    @property
    def results_changed(self) -> int:
        return sum(one.changes_result for one in self.effects)


def correction_for(session: Session, change_id: int) -> KeyCorrection:
    """A correction with its people.  Raises NotYours where there is none."""
    row = session.scalars(
        select(KeyCorrection)
        .where(KeyCorrection.id == change_id)
        .options(joinedload(KeyCorrection.proposed_by), joinedload(KeyCorrection.decided_by))
    ).one_or_none()
    if row is None:
        raise NotYours()
    return row


def waiting(session: Session) -> list[tuple[KeyCorrection, QuestionVersion]]:
    """Every proposed correction with its version, the oldest first."""
    rows = session.execute(
        select(KeyCorrection, QuestionVersion)
        .join(QuestionVersion, QuestionVersion.id == KeyCorrection.version_id)
        .where(KeyCorrection.status == CorrectionStatus.PROPOSED)
        .options(joinedload(KeyCorrection.proposed_by), joinedload(QuestionVersion.question))
        .order_by(KeyCorrection.id)
    )
    return [(correction, version) for correction, version in rows]


def papers_with(session: Session, version: QuestionVersion) -> int:
    """On how many papers the version stands."""
    return sum(1 for _paper in _papers(session, version))


def effects(session: Session, row: KeyCorrection) -> list[SittingEffect]:
    """What approving a correction would do to every sitting that has scores, in order."""
    version = session.get_one(QuestionVersion, row.version_id)
    key = proposed_key(session, row.id)
    found = []
    for sitting, plan in _sittings(session, version):
        rule = rule_of(plan)
        in_force = queries.scores_in_force(session, sitting.id)
        lines = []
        for script in scripts(session, sitting.id, instead={version.id: key}):
            held = in_force.get(script.enrolment.id)
            if held is None or script.paper is None or not script.was_sat:
                continue
            if all(place.keyed.version_id != version.id for place in script.paper.places):
                continue
            inputs = score_inputs(script)
            outcome = decide(decision_inputs(plan, rule, inputs)).outcome
            score, decision = held
            lines.append(
                Effect(script.enrolment, score.value, sum_of(inputs), Outcome(decision.outcome), outcome)
            )
        released = queries.in_force(queries.releases(session, sitting.id))
        found.append(SittingEffect(sitting, plan, released is not None, lines))
    return found


def approve(
    session: Session, row: KeyCorrection, note: str, *, actor: Actor, now: datetime
) -> list[SittingEffect]:
    """Put the new key in force and score every affected sitting anew; what changed.

    Raises as `authoring.vetting.keychanges.decide` and as `actions.collect`: all or nothing.
    """
    done = effects(session, row)
    decide_correction(session, row, CorrectionStatus.APPROVED, note, actor=actor, now=now)
    for one in done:
        actions.collect(session, one.sitting, one.plan, actor=actor, now=now)
        audit.record(
            session,
            "scores.rescore",
            of=one.sitting,
            actor=actor,
            now=now,
            correction=row.id,
            scores=one.scores_changed,
            results=one.results_changed,
            released=one.is_released,
        )
    return done


def refuse(session: Session, row: KeyCorrection, note: str, *, actor: Actor, now: datetime) -> None:
    """Leave the key as it is."""
    decide_correction(session, row, CorrectionStatus.REFUSED, note, actor=actor, now=now)


def is_stale_release(session: Session, sitting: Sitting) -> bool:
    """Whether candidates see other scores than are in force (they were scored anew after the release)."""
    released = queries.releases(session, sitting.id)
    newest = queries.in_force(released)
    if newest is None or newest.status != ReleaseStatus.RELEASED:
        return False
    return queries.digest(queries.lines(session, sitting.id)) != newest.digest


def _papers(session: Session, version: QuestionVersion) -> Iterator[tuple[int, int]]:
    """(paper, set) of every paper that holds the version, of plans over its bank."""
    rows = session.execute(
        select(Paper.id, Paper.set_id, Paper.document)
        .join(PaperSet, PaperSet.id == Paper.set_id)
        .join(Plan, Plan.id == PaperSet.plan_id)
        .where(Plan.bank_id == version.bank_id)
        .execution_options(yield_per=200)
    )
    for paper_id, set_id, document in rows:
        if any(entry["version"] == version.id for entry in document["questions"]):
            yield paper_id, set_id


def _sittings(session: Session, version: QuestionVersion) -> list[tuple[Sitting, Plan]]:
    """Sittings with scores in which somebody's paper holds the version, in order."""
    paper_ids = {paper_id for paper_id, _set_id in _papers(session, version)}
    scored = set(queries.sittings_with_scores(session))
    rows = session.execute(
        select(Attempt.paper_id, Enrolment.sitting_id)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .where(Enrolment.sitting_id.in_(scored))
        .distinct()
    )
    ids = sorted({sitting_id for paper_id, sitting_id in rows if paper_id in paper_ids})
    return [
        (sitting, session.get_one(Plan, sitting.plan_id))
        for sitting in (session.get_one(Sitting, i) for i in ids)
    ]
