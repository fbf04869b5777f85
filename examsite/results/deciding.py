"""From a script to what is stored: the inputs of its score, and the rule of the standard applied to it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from examsite.planning.figures import theory_rule
from examsite.planning.models import Plan
from examsite.results.scripts import Script
from examsite.sitting.presenting import plain
from question_bank.questions.kinds import MultiplePolicy
from question_bank.rules.decision import RULE_VERSION, Standing, SubjectDecision, decide_subject
from question_bank.standards.model import Subject, SubjectRule, figure_as_document

#: Inputs of schema 1 name keys by plain hashes; they are proven again as they are.
SCHEMA = 2
SUBJECT = Subject.THEORY


class UnknownRule(ValueError):
    """Stored inputs were decided by a rule that this code does not apply."""


def rule_of(plan: Plan) -> SubjectRule:
    """The rule of the subject at the plan's level.  Raises NoTheory, or ValueError where its pass mark is unknown."""
    rule = theory_rule(plan)
    if rule.pass_mark.value is None or rule.total.value is None:
        raise ValueError(f"pass rule of level {plan.level} is unknown")
    return rule


def score_inputs(script: Script, schema: int = SCHEMA) -> dict[str, Any]:
    """Everything that the score follows from, enough to compute and to prove it again.

    earned: points by position as text, null where a person has to mark.  answers: the digest on the receipt.
    A cancelled result names the records that cancel it and no points: it is apart from an absence and from a low score.
    """
    if script.cancelled_by:
        answers = {"answers": script.digest} if script.attempt is not None else {}
        return {
            "schema": schema,
            "standing": Standing.CANCELLED.value,
            "misconducts": list(script.cancelled_by),
            **answers,
        }
    if not script.was_sat:
        return {"schema": schema, "standing": Standing.ABSENT.value}
    assert script.paper is not None
    places = script.paper.places
    # Not named where it is the exact rule: scores of before knew no other.
    rule = {} if script.paper.multiple is MultiplePolicy.EXACT else {"multiple": script.paper.multiple.value}
    return {
        **rule,
        "schema": schema,
        "standing": Standing.SAT.value,
        "paper": script.paper.id,
        "paper_hash": script.paper.content_hash,
        "document_hash": script.paper.document_hash,
        "versions": [place.keyed.version_id for place in places],
        "keys": [place.keyed.plain_key_hash if schema == 1 else place.keyed.key_hash for place in places],
        "possible": [plain(place.points) for place in places],
        "earned": [None if points is None else plain(points) for points in script.earned],
        "answers": script.digest,
    }


def sum_of(inputs: dict[str, Any]) -> Decimal | None:
    """The score that stored inputs add up to; None where the subject was not sat, or the result was cancelled."""
    if inputs["standing"] in (Standing.ABSENT, Standing.CANCELLED):
        return None
    return sum((Decimal(points) for points in inputs["earned"] if points is not None), Decimal(0))


def unmarked(inputs: dict[str, Any]) -> int:
    """How many answers of stored inputs wait for a marker."""
    return sum(points is None for points in inputs.get("earned", ()))


def decision_inputs(plan: Plan, rule: SubjectRule, inputs: dict[str, Any]) -> dict[str, Any]:
    """What the rule looks at: the standard's figures with how far they are verified, and the score."""
    value, waiting = sum_of(inputs), unmarked(inputs)
    standing = Standing.PENDING if waiting else Standing(inputs["standing"])
    return {
        "rule_version": RULE_VERSION,
        "standard": [plan.standard_code, plan.standard_edition],
        "level": str(plan.level),
        "subject": SUBJECT.value,
        "total": figure_as_document(rule.total),
        "pass_mark": figure_as_document(rule.pass_mark),
        "standing": standing.value,
        "score": None if value is None else plain(value),
        "awaits_marker": waiting,
    }


def decide(inputs: dict[str, Any]) -> SubjectDecision:
    """The decision that (stored) inputs lead to.  Raises UnknownRule where another version of the rule made them."""
    if inputs.get("rule_version") != RULE_VERSION:
        raise UnknownRule(str(inputs.get("rule_version")))
    score = inputs["score"]
    return decide_subject(
        None if score is None else Decimal(score),
        pass_mark=Decimal(inputs["pass_mark"]["value"]),
        total=Decimal(inputs["total"]["value"]),
        standing=Standing(inputs["standing"]),
    )
