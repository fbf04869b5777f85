"""Verbs on scores: collect them, propose their release, release or return what somebody else proposed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from examsite import audit
from examsite.audit import Actor
from examsite.errors import Broken, Invalid, Refused
from examsite.planning.models import Plan, Sitting, SittingStatus
from examsite.registration.models import Enrolment
from examsite.results import queries
from examsite.results.blockers import blocker_of_conduct, blocker_of_proposal
from examsite.results.deciding import (
    SUBJECT,
    decide,
    decision_inputs,
    rule_of,
    score_inputs,
    sum_of,
    unmarked,
)
from examsite.results.exposure import note_exposure
from examsite.results.models import Decision, Release, ReleaseStatus, SubjectScore
from examsite.results.scripts import Script, Unscorable, scripts
from examsite.sitting.closing import close_overdue
from examsite.sitting.presenting import plain
from question_bank.questions.model import canonical_hash
from question_bank.standards.model import SubjectRule


class NotEnded(Refused):
    """Candidates are still answering, or may still come."""

    code = "not-ended"


class OnlyRehearsed(Refused):
    """A rehearsal is never scored."""

    code = "only-rehearsed"


class WrongTotal(Refused):
    """A paper does not hold as many points as the standard demands."""

    code = "wrong-total"


class NotReady(Refused):
    """Something is missing before scores can be proposed."""

    code = "not-ready"


class AlreadyProposed(Refused):
    """A proposal is open, or these very results are released."""

    code = "already-proposed"


class OwnProposal(Refused):
    """Nobody releases or returns what they proposed."""

    code = "own-proposal"


class ScoresChanged(Refused):
    """Scores or decisions are not those that were proposed."""

    code = "scores-changed"


class NoReason(Invalid):
    """A proposal is returned with a reason."""

    code = "no-reason"


@dataclass(frozen=True, slots=True)
class Collected:
    """What collecting did: candidates with a score, and for how many it is new or another than before."""

    candidates: int
    changed: int


def collect(session: Session, sitting: Sitting, plan: Plan, *, actor: Actor, now: datetime) -> Collected:
    """Score every script of an ended sitting and decide; what did not change stays as it is.

    Raises OnlyRehearsed, NotEnded, WrongTotal, Broken.
    """
    if sitting.is_rehearsal:
        raise OnlyRehearsed(_("This was a rehearsal with sample questions. Rehearsals are not scored."))
    _lock(session, sitting)
    close_overdue(session, now=now)
    session.flush()
    found = scripts(session, sitting.id)
    rule = rule_of(plan)
    _check_ended(sitting, found, now)
    _check_totals(found, rule)
    before = queries.scores_in_force(session, sitting.id)
    new: list[dict[str, Any]] = []
    looks: dict[int, dict[str, Any]] = {}
    for script in found:
        inputs = _inputs(script)
        looked_at = decision_inputs(plan, rule, inputs)
        held = before.get(script.enrolment.id)
        inputs_hash = canonical_hash(inputs)
        if held and held[0].inputs_hash == inputs_hash and held[1].inputs == looked_at:
            continue
        looks[script.enrolment.id] = looked_at
        new.append(
            {
                "enrolment_id": script.enrolment.id,
                "attempt_id": script.attempt.id if script.attempt else None,
                "subject": SUBJECT.value,
                "number": held[0].number + 1 if held else 1,
                "value": sum_of(inputs),
                "awaits_marker": unmarked(inputs),
                "inputs": inputs,
                "inputs_hash": inputs_hash,
                "scored_at": now,
            }
        )
    if new:
        session.execute(insert(SubjectScore), new)
        session.execute(insert(Decision), _decisions(session, sitting, looks, now))
    if new:
        audit.record(
            session,
            "scores.collect",
            of=sitting,
            actor=actor,
            now=now,
            candidates=len(found),
            changed=len(new),
            digest=queries.digest(queries.lines(session, sitting.id)),
        )
        note_exposure(session, sitting, found, now=now)
    return Collected(len(found), len(new))


def _decisions(
    session: Session, sitting: Sitting, looks: dict[int, dict[str, Any]], now: datetime
) -> list[dict[str, Any]]:
    """The decision on the newest score of each of these enrolments."""
    rows = session.execute(
        select(SubjectScore.id, SubjectScore.enrolment_id)
        .join(Enrolment, Enrolment.id == SubjectScore.enrolment_id)
        .where(Enrolment.sitting_id == sitting.id, queries.is_newest())
        .order_by(SubjectScore.id)
    )
    made = []
    for score_id, enrolment_id in rows:
        if enrolment_id in looks:
            decision = decide(looks[enrolment_id])
            made.append(
                {
                    "score_id": score_id,
                    "outcome": decision.outcome.value,
                    "rule_version": looks[enrolment_id]["rule_version"],
                    "inputs": looks[enrolment_id],
                    "reasons": [reason.value for reason in decision.reasons],
                    "decided_at": now,
                }
            )
    return made


def propose(session: Session, sitting: Sitting, *, actor: Actor, now: datetime) -> Release:
    """Propose these scores and decisions for release.  Raises NotReady, AlreadyProposed."""
    _lock(session, sitting)
    found = queries.lines(session, sitting.id)
    if blocker := blocker_of_proposal(found):
        raise NotReady(blocker)
    seen, earlier = queries.digest(found), queries.releases(session, sitting.id)
    if earlier and earlier[0].status == ReleaseStatus.PROPOSED:
        raise AlreadyProposed(_("A proposal already waits for a second person. It must be ended first."))
    released = queries.in_force(earlier)
    if released is not None and released.digest == seen:
        raise AlreadyProposed(_("These very results are released already."))
    row = Release(
        sitting_id=sitting.id,
        status=ReleaseStatus.PROPOSED,
        digest=seen,
        proposed_by_id=actor.id,
        proposed_at=now,
    )
    session.add(row)
    session.flush()
    audit.record(session, "scores.propose", of=row, actor=actor, now=now, sitting=sitting.id, digest=seen)
    return row


def release(session: Session, row: Release, sitting: Sitting, *, actor: Actor, now: datetime) -> None:
    """Let candidates see what was proposed.  Raises OwnProposal, NotReady, ScoresChanged."""
    _lock(session, sitting)
    _check_open(session, row, actor)
    found = queries.lines(session, sitting.id)
    if blocker := blocker_of_conduct(found):
        raise ScoresChanged(blocker)
    if queries.digest(found) != row.digest:
        raise ScoresChanged(
            _(
                "Scores or decisions changed after they were proposed, so what you would release is not what "
                "was proposed. Return the proposal; it can be made again with the present scores."
            )
        )
    _end(row, ReleaseStatus.RELEASED, actor=actor, now=now)
    audit.record(
        session, "scores.release", of=row, actor=actor, now=now, sitting=sitting.id, digest=row.digest
    )


def send_back(
    session: Session, row: Release, sitting: Sitting, note: str, *, actor: Actor, now: datetime
) -> None:
    """Return a proposal with the reason.  Raises OwnProposal, NotReady, NoReason."""
    _lock(session, sitting)
    _check_open(session, row, actor)
    if not note.strip():
        raise NoReason(_("Say why you return the scores, so that they can be put right."))
    row.note = note.strip()
    _end(row, ReleaseStatus.RETURNED, actor=actor, now=now)
    audit.record(session, "scores.return", of=row, actor=actor, now=now, sitting=sitting.id, reason=row.note)


def note_export(session: Session, sitting: Sitting, rows: int, *, actor: Actor, now: datetime) -> None:
    """Scores that leave the system as a file are on the record."""
    audit.record(session, "scores.export", of=sitting, actor=actor, now=now, rows=rows)


def _lock(session: Session, sitting: Sitting) -> None:
    """One at a time for each sitting: who comes second sees what the first did."""
    session.execute(select(Sitting.id).where(Sitting.id == sitting.id).with_for_update())


def _check_ended(sitting: Sitting, found: list[Script], now: datetime) -> None:
    if sitting.status != SittingStatus.READY:
        raise NotEnded(_("This sitting did not take place, so it has no scores."))
    answering = sum(s.attempt is not None and s.attempt.closed_at is None and s.was_sat for s in found)
    if answering:
        raise NotEnded(
            ngettext(
                "%(num)s candidate is still answering. Wait until the paper is handed in.",
                "%(num)s candidates are still answering. Wait until all papers are handed in.",
                answering,
            )
        )
    if now < sitting.closes_at and not all(script.was_sat for script in found):
        raise NotEnded(_("Not everybody has come, and the sitting has not ended. Collect after its end."))


def _check_totals(found: list[Script], rule: SubjectRule) -> None:
    demanded = rule.total.value
    for script in found:
        if script.paper is not None and script.paper.total != demanded:
            assert demanded is not None
            raise WrongTotal(
                _(
                    "The paper of %(ticket)s holds %(found)s points; the standard demands %(demanded)s. "
                    "Such a score can't be compared with the pass mark.",
                    ticket=script.enrolment.ticket,
                    found=plain(script.paper.total),
                    demanded=plain(demanded),
                )
            )


def _inputs(script: Script) -> dict[str, Any]:
    try:
        inputs = score_inputs(script)
    except Unscorable as fault:
        raise Broken(
            f"stored answer {fault.position} of {script.enrolment.ticket} does not fit its question"
        ) from fault
    if script.attempt is not None and script.attempt.receipt not in (None, inputs.get("answers")):
        raise Broken(f"stored answers of {script.enrolment.ticket} are not those of the receipt")
    return inputs


def _check_open(session: Session, row: Release, actor: Actor) -> None:
    session.refresh(row, ["status"])
    if row.status != ReleaseStatus.PROPOSED:
        raise NotReady(_("This proposal was ended already. Reload the page to see how."))
    if row.proposed_by_id == actor.id:
        raise OwnProposal(
            _("You proposed these scores yourself. Another person has to release or return them.")
        )


def _end(row: Release, status: ReleaseStatus, *, actor: Actor, now: datetime) -> None:
    row.status, row.ended_by_id, row.ended_at = status, actor.id, now
