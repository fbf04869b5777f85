"""From scores to a decision: each subject on its own, then the level.  Pure, versioned, and provable again.

Subjects are never averaged.  A subject that was not sat, or was cancelled, isn't passed; while a subject has no
result the level is incomplete, which is not the same as failed.  A single pass may count for a limited time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from question_bank.questions.model import canonical_hash
from question_bank.standards.model import Standard, Subject

#: Changes whenever the same inputs would give another decision.
RULE_VERSION = "decision-1"


class Outcome(StrEnum):
    """INCOMPLETE: something is still missing, nothing is decided against the candidate."""

    PASSED = "passed"
    FAILED = "failed"
    INCOMPLETE = "incomplete"

    @property
    def label(self) -> str:
        return {"passed": "合格", "failed": "不合格", "incomplete": "未完成"}[self.value]


class Standing(StrEnum):
    """What became of a candidate's attempt at a subject.  PENDING: not sat yet or not fully marked."""

    SAT = "sat"
    PENDING = "pending"
    ABSENT = "absent"
    CANCELLED = "cancelled"


class Reason(StrEnum):
    """Why, in codes; `label` for people."""

    REACHED = "pass-mark-reached"
    BELOW = "below-pass-mark"
    ABSENT = "absent"
    CANCELLED = "cancelled"
    NO_SCORE = "no-score"
    EXPIRED = "pass-expired"

    @property
    def label(self) -> str:
        return _REASONS[self]


_REASONS = {
    Reason.REACHED: "达到合格分",
    Reason.BELOW: "未达到合格分",
    Reason.ABSENT: "缺考",
    Reason.CANCELLED: "成绩取消",
    Reason.NO_SCORE: "尚无成绩",
    Reason.EXPIRED: "单科合格已过保留期",
}


@dataclass(frozen=True, slots=True)
class SubjectResult:
    """One attempt at a subject.  score: None where there is none.  on: the day it was sat, None where it wasn't."""

    standing: Standing
    score: Decimal | None = None
    on: date | None = None


PENDING = SubjectResult(Standing.PENDING)


@dataclass(frozen=True, slots=True)
class SubjectDecision:
    """The outcome of one attempt, and why."""

    outcome: Outcome
    reasons: tuple[Reason, ...]
    score: Decimal | None
    pass_mark: Decimal


@dataclass(frozen=True, slots=True)
class LevelDecision:
    """The outcome of a level.  subjects: the attempt that counts of each subject, in the standard's order.

    inputs: a JSON-ready document of everything the rule looked at; `redecide(inputs)` gives this decision again.
    """

    outcome: Outcome
    subjects: tuple[tuple[Subject, SubjectDecision], ...]
    inputs: dict[str, Any]
    rule_version: str = RULE_VERSION

    @property
    def digest(self) -> str:
        """SHA-256 over inputs and outcome: what an audit stores."""
        return canonical_hash(decision_as_document(self))


def decide_subject(
    score: Decimal | None,
    *,
    pass_mark: Decimal,
    total: Decimal = Decimal(100),
    standing: Standing = Standing.SAT,
) -> SubjectDecision:
    """PASSED from the pass mark on.  Absent and cancelled attempts fail whatever their score.

    Raises ValueError for a score outside 0 … total.
    """
    if score is not None and not (score.is_finite() and 0 <= score <= total):
        raise ValueError(f"score {score} is not between 0 and {total}")
    if standing is Standing.ABSENT:
        return SubjectDecision(Outcome.FAILED, (Reason.ABSENT,), None, pass_mark)
    if standing is Standing.CANCELLED:
        return SubjectDecision(Outcome.FAILED, (Reason.CANCELLED,), None, pass_mark)
    if standing is Standing.PENDING or score is None:
        return SubjectDecision(Outcome.INCOMPLETE, (Reason.NO_SCORE,), None, pass_mark)
    if score >= pass_mark:
        return SubjectDecision(Outcome.PASSED, (Reason.REACHED,), score, pass_mark)
    return SubjectDecision(Outcome.FAILED, (Reason.BELOW,), score, pass_mark)


def decide_level(
    standard: Standard,
    level: str,
    results: Mapping[Subject, Sequence[SubjectResult]],
    *,
    on: date,
    pass_valid_days: int | None = None,
) -> LevelDecision:
    """The decision on a level on this day from every attempt at every subject, in any order.

    PASSED where every subject of the level has a pass that still counts; else INCOMPLETE where a subject has no
    result yet, or its pass has expired (it may be sat again); else FAILED.  Of a subject's attempts a valid pass
    counts before an undecided one, and that before a failure; among equals the latest.
    pass_valid_days: for how many days after the sitting a single pass is kept; None = for ever.

    Raises ValueError where the standard has no such level, a subject doesn't belong to it, or a pass mark is unknown.
    """
    rules = standard.level(level)
    if rules is None or not rules.subjects:
        raise ValueError(f"standard {standard.code} {standard.edition} has no rule for level {level!r}")
    strange = set(results) - {rule.subject for rule in rules.subjects}
    if strange:
        raise ValueError(f"level {level} has no subject {', '.join(sorted(strange))}")
    subjects = []
    for rule in rules.subjects:
        if rule.total.value is None or rule.pass_mark.value is None:
            raise ValueError(f"pass rule of {rule.subject.value} at level {level} is unknown")
        subjects.append(
            {
                "subject": rule.subject.value,
                "total": str(rule.total.value),
                "pass_mark": str(rule.pass_mark.value),
                "attempts": [_attempt_as_document(one) for one in results.get(rule.subject, ())],
            }
        )
    return redecide(
        {
            "rule_version": RULE_VERSION,
            "standard": [standard.code, standard.edition],
            "level": level,
            "on": on.isoformat(),
            "pass_valid_days": pass_valid_days,
            "subjects": subjects,
        }
    )


def redecide(inputs: dict[str, Any]) -> LevelDecision:
    """The decision that stored inputs lead to.  ValueError where another version of the rule made them."""
    if inputs.get("rule_version") != RULE_VERSION:
        raise ValueError(f"inputs of rule {inputs.get('rule_version')!r}; this code applies {RULE_VERSION}")
    today, valid_days = date.fromisoformat(inputs["on"]), inputs["pass_valid_days"]
    decisions = []
    for entry in inputs["subjects"]:
        total, pass_mark = Decimal(entry["total"]), Decimal(entry["pass_mark"])
        attempts = [_attempt_from_document(one) for one in entry["attempts"]] or [PENDING]
        ranked = sorted(
            (
                (_rank(decision), attempt.on or date.min, number, decision)
                for number, attempt in enumerate(attempts)
                for decision in [_aged(attempt, total, pass_mark, today, valid_days)]
            ),
            key=lambda entry: entry[:3],
        )
        decisions.append((Subject(entry["subject"]), ranked[-1][3]))
    outcomes = {decision.outcome for _, decision in decisions}
    if outcomes == {Outcome.PASSED}:
        outcome = Outcome.PASSED
    elif Outcome.INCOMPLETE in outcomes:
        outcome = Outcome.INCOMPLETE
    else:
        outcome = Outcome.FAILED
    return LevelDecision(outcome, tuple(decisions), inputs)


def decision_as_document(decision: LevelDecision) -> dict[str, Any]:
    """A JSON-ready dictionary with inputs, outcome and reasons."""
    return {
        "rule_version": decision.rule_version,
        "outcome": decision.outcome.value,
        "subjects": [
            {
                "subject": subject.value,
                "outcome": one.outcome.value,
                "reasons": [reason.value for reason in one.reasons],
                "score": None if one.score is None else str(one.score),
                "pass_mark": str(one.pass_mark),
            }
            for subject, one in decision.subjects
        ],
        "inputs": decision.inputs,
    }


def _rank(decision: SubjectDecision) -> int:
    """Which attempts count before others.  An expired pass is no better than a failure: the later of them counts."""
    if decision.outcome is Outcome.PASSED:
        return 2
    return 1 if Reason.NO_SCORE in decision.reasons else 0


def _aged(
    attempt: SubjectResult, total: Decimal, pass_mark: Decimal, today: date, valid_days: int | None
) -> SubjectDecision:
    """The decision on an attempt today: a pass kept too long is undecided, for the subject may be sat again."""
    decision = decide_subject(attempt.score, pass_mark=pass_mark, total=total, standing=attempt.standing)
    if decision.outcome is not Outcome.PASSED or valid_days is None or attempt.on is None:
        return decision
    if (today - attempt.on).days <= valid_days:
        return decision
    return SubjectDecision(Outcome.INCOMPLETE, (Reason.EXPIRED,), attempt.score, pass_mark)


def _attempt_as_document(result: SubjectResult) -> dict[str, Any]:
    return {
        "standing": result.standing.value,
        "score": None if result.score is None else str(result.score),
        "on": result.on.isoformat() if result.on else None,
    }


def _attempt_from_document(document: dict[str, Any]) -> SubjectResult:
    return SubjectResult(
        Standing(document["standing"]),
        None if document["score"] is None else Decimal(document["score"]),
        date.fromisoformat(document["on"]) if document["on"] else None,
    )
