"""Proving every score and decision again from what is stored: answers, papers, keys, inputs.

`recheck` trusts nothing but the rows: it scores the stored answers anew, compares them with the receipts, adds up the
parts, decides again, and compares the digests that were released.  It changes nothing.  A score is proved with the keys
that were in force when it was made; a key corrected since that has not been scored anew is a difference of its own.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.authoring.keys import correction_instants
from examsite.authoring.secrecy.sealing import KeyUnreadable
from examsite.planning.models import Plan, Sitting
from examsite.registration.models import Enrolment
from examsite.results import queries
from examsite.results.deciding import (
    UnknownRule,
    decide,
    decision_inputs,
    rule_of,
    score_inputs,
    sum_of,
    unmarked,
)
from examsite.results.models import Decision, SubjectScore
from examsite.results.scripts import Script, Unscorable, scripts
from question_bank.questions.model import canonical_hash


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as stored.  ticket: the candidate's, "" where the sitting as a whole is meant."""

    sitting_id: int
    ticket: str
    what: str
    stored: str
    found: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What was looked at, and everything that differs."""

    sittings: int
    scores: int
    differences: tuple[Difference, ...]


def recheck(session: Session, sitting_ids: list[int] | None = None) -> Proof:
    """Prove the scores and decisions of these sittings (None = all that have any)."""
    ids = queries.sittings_with_scores(session) if sitting_ids is None else sitting_ids
    differences: list[Difference] = []
    scores = 0
    for sitting_id in ids:
        sitting = session.get_one(Sitting, sitting_id)
        plan = session.get_one(Plan, sitting.plan_id)
        scores += sum(1 for _ in _rows(session, sitting_id))
        differences += _of_rows(session, sitting_id)
        try:
            differences += list(_of_scripts(session, sitting, plan))
        except KeyUnreadable as fault:
            version = f"version {fault.details['version_id']}"
            differences.append(Difference(sitting_id, "", "question-or-key", version, "key can't be read"))
        differences += _of_release(session, sitting_id)
        session.expunge_all()
    return Proof(len(ids), scores, tuple(differences))


def _rows(session: Session, sitting_id: int) -> Iterator[tuple[str, SubjectScore, Decision | None]]:
    query = (
        select(Enrolment.ticket, SubjectScore, Decision)
        .join(SubjectScore, SubjectScore.enrolment_id == Enrolment.id)
        .outerjoin(Decision, Decision.score_id == SubjectScore.id)
        .where(Enrolment.sitting_id == sitting_id)
        .order_by(SubjectScore.id)
    )
    for row in session.execute(query):
        yield row[0], row[1], row[2]


def _of_rows(session: Session, sitting_id: int) -> Iterator[Difference]:
    """Every version of every score, superseded ones too: is it the sum of its parts, and its decision the rule's?"""
    for ticket, score, decision in _rows(session, sitting_id):

        def differs(what: str, stored: object, found: object, ticket: str = ticket) -> Difference:
            return Difference(sitting_id, ticket, what, str(stored), str(found))

        again = canonical_hash(score.inputs)
        if again != score.inputs_hash:
            yield differs("inputs-hash", score.inputs_hash, again)
        if score.value != sum_of(score.inputs):
            yield differs("sum-of-parts", score.value, sum_of(score.inputs))
        if score.awaits_marker != unmarked(score.inputs):
            yield differs("awaits-marker", score.awaits_marker, unmarked(score.inputs))
        if decision is None:
            yield differs("decision-missing", score.id, "")
            continue
        try:
            redone = decide(decision.inputs)
        except (UnknownRule, ValueError, KeyError) as error:
            yield differs("decision-inputs", decision.id, f"{type(error).__name__}: {error}")
            continue
        outcome = [redone.outcome.value, *(reason.value for reason in redone.reasons)]
        if outcome != [decision.outcome, *decision.reasons]:
            yield differs("decision", [decision.outcome, *decision.reasons], outcome)


def _of_scripts(session: Session, sitting: Sitting, plan: Plan) -> Iterator[Difference]:
    """Scores in force: do the stored answers still earn them, and is the decision about this score by this standard?"""
    in_force = queries.scores_in_force(session, sitting.id)
    rule = rule_of(plan)
    damaged: set[int] = set()
    for script, now_in_force in _with_keys_of_then(session, sitting.id, in_force):
        score, decision = in_force[script.enrolment.id]
        ticket = script.enrolment.ticket
        yield from _corrected_since(sitting.id, script, now_in_force)
        if script.paper is not None:
            for place in script.paper.places:
                version_id = place.keyed.version_id
                if not place.keyed.is_intact and version_id not in damaged:
                    damaged.add(version_id)
                    yield Difference(
                        sitting.id, "", "question-or-key", f"version {version_id}", "hash differs"
                    )
        if script.attempt is not None and script.attempt.receipt not in (None, script.digest):
            yield Difference(sitting.id, ticket, "receipt", str(script.attempt.receipt), script.digest)
        try:
            inputs = score_inputs(script, score.inputs["schema"])
        except Unscorable as fault:
            yield Difference(sitting.id, ticket, f"answer {fault.position}", "", "does not fit its question")
            continue
        yield from _inputs_differ(sitting.id, script, score, inputs)
        looked_at = decision_inputs(plan, rule, score.inputs)
        for name, value in looked_at.items():
            # Whether somebody has verified a figure since does not change what it was.
            now, then = _figure(value), _figure(decision.inputs.get(name))
            if now != then:
                yield Difference(sitting.id, ticket, f"decision-inputs {name}", str(then), str(now))


def _with_keys_of_then(
    session: Session, sitting_id: int, in_force: dict[int, tuple[SubjectScore, Decision]]
) -> Iterator[tuple[Script, Script]]:
    """The scripts that have a score, with the keys of when it was made, and with those in force now."""
    instants = correction_instants(session)
    periods: dict[int, datetime] = {}
    for score, _decision in in_force.values():
        period = bisect_right(instants, score.scored_at)
        periods[period] = max(score.scored_at, periods.get(period, score.scored_at))
    latest = scripts(session, sitting_id)
    then = {
        period: latest if period == len(instants) else scripts(session, sitting_id, at=instant)
        for period, instant in periods.items()
    }
    for place, script in enumerate(latest):
        held = in_force.get(script.enrolment.id)
        if held is not None:
            yield then[bisect_right(instants, held[0].scored_at)][place], script


def _corrected_since(sitting_id: int, then: Script, now: Script) -> Iterator[Difference]:
    """Keys that two persons corrected after this score was made, and that were not scored anew."""
    if then is now or then.paper is None or now.paper is None:
        return
    for position, (old, new) in enumerate(zip(then.paper.places, now.paper.places, strict=True), start=1):
        if old.keyed.key_hash != new.keyed.key_hash:
            yield Difference(
                sitting_id,
                then.enrolment.ticket,
                f"key-corrected-since {position}",
                old.keyed.key_hash,
                new.keyed.key_hash,
            )


def _inputs_differ(
    sitting_id: int, script: Script, score: SubjectScore, inputs: dict[str, object]
) -> Iterator[Difference]:
    ticket = script.enrolment.ticket
    for name in sorted({*inputs, *score.inputs}):
        stored, found = score.inputs.get(name), inputs.get(name)
        if stored == found:
            continue
        if isinstance(stored, list) and isinstance(found, list) and len(stored) == len(found):
            for position, (before, after) in enumerate(zip(stored, found, strict=True), start=1):
                if before != after:
                    yield Difference(sitting_id, ticket, f"{name} {position}", str(before), str(after))
        else:
            yield Difference(sitting_id, ticket, name, str(stored), str(found))
    if sum_of(inputs) != score.value:
        yield Difference(sitting_id, ticket, "score", str(score.value), str(sum_of(inputs)))


def _figure(value: object) -> object:
    return value["value"] if isinstance(value, dict) and "value" in value else value


def _of_release(session: Session, sitting_id: int) -> Iterator[Difference]:
    """Is what candidates see what two persons agreed on?"""
    released = queries.in_force(queries.releases(session, sitting_id))
    if released is None:
        return
    found = queries.digest(queries.lines(session, sitting_id, by=released.proposed_at))
    if found != released.digest:
        yield Difference(sitting_id, "", "release", released.digest, found)
