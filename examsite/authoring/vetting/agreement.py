"""How a bank's reviewers agree, how long they take, and what they rated: from opinions to the page's figures."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.access.models import Person
from examsite.authoring.models import Code, Opinion, QuestionVersion
from examsite.authoring.vetting.models import ReviewTask, TaskEnd
from examsite.authoring.vetting.stages import stages_from_document
from question_bank.psychometrics.agreement import (
    Kappa,
    Weights,
    cohen_kappa,
    fleiss_kappa,
    table_of_pairs,
)

#: Below this many questions rated in common a coefficient says little; the page says so.
FEW = 30


@dataclass(frozen=True, slots=True)
class StageAgreement:
    """Fleiss's kappa of a stage with several opinions: adopt or not, and over the four codes.  raters a question."""

    name: str
    raters: int
    adopted: Kappa
    codes: Kappa


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """Two reviewers on the versions that both judged.  weighted: linear over A to D."""

    first: str
    second: str
    adopted: Kappa
    weighted: Kappa


@dataclass(frozen=True, slots=True)
class ReviewerFigures:
    """One reviewer: share of each code; time from being asked to the opinion; Angoff ratings.

    quartiles: 25 %, 50 %, 75 %; None where no opinion answered a task.  angoff: (how many, mean, SD) in per cent.
    """

    name: str
    codes: Counter[Code]
    quartiles: tuple[timedelta, timedelta, timedelta] | None
    angoff: tuple[int, float, float] | None


@dataclass(frozen=True, slots=True)
class Figures:
    """What the page shows."""

    stages: list[StageAgreement]
    pairs: list[PairAgreement]
    reviewers: list[ReviewerFigures]
    opinions: int


@dataclass(frozen=True, slots=True)
class _Given:
    version_id: int
    reviewer_id: int
    stage: str
    code: Code


def figures(session: Session, bank_id: int) -> Figures:
    """Everything about the reviewers of a bank."""
    names: dict[int, str] = {}
    given: list[_Given] = []
    angoff: defaultdict[int, list[int]] = defaultdict(list)
    rows = session.execute(
        select(
            Opinion.version_id,
            Opinion.reviewer_id,
            Person.name,
            Opinion.stage,
            Opinion.code,
            Opinion.angoff,
            QuestionVersion.vetting,
        )
        .join(QuestionVersion, QuestionVersion.id == Opinion.version_id)
        .join(Person, Person.id == Opinion.reviewer_id)
        .where(QuestionVersion.bank_id == bank_id)
        .order_by(Opinion.id)
    )
    for version_id, reviewer_id, name, place, code, rating, document in rows:
        names[reviewer_id] = name
        stages = stages_from_document(document)
        given.append(_Given(version_id, reviewer_id, stages[min(place, len(stages) - 1)].name, Code(code)))
        if rating is not None:
            angoff[reviewer_id].append(rating)
    taken = _turnaround(session, bank_id)
    reviewers = [
        ReviewerFigures(
            name,
            Counter(one.code for one in given if one.reviewer_id == reviewer_id),
            _quartiles(taken.get(reviewer_id, [])),
            _summary(angoff[reviewer_id]),
        )
        for reviewer_id, name in sorted(names.items(), key=lambda pair: (pair[1], pair[0]))
    ]
    return Figures(_by_stage(given), _by_pair(given, names), reviewers, len(given))


def _by_stage(given: Sequence[_Given]) -> list[StageAgreement]:
    """Stages in which versions have two opinions or more; those with another number of raters stand apart."""
    of_version: defaultdict[tuple[str, int], list[Code]] = defaultdict(list)
    for one in given:
        of_version[one.stage, one.version_id].append(one.code)
    groups: defaultdict[tuple[str, int], list[list[Code]]] = defaultdict(list)
    for (stage, _version), codes in of_version.items():
        if len(codes) >= 2:
            groups[stage, len(codes)].append(codes)
    return [
        StageAgreement(
            stage,
            raters,
            fleiss_kappa(
                np.array([[codes.count(Code.ADOPT), raters - codes.count(Code.ADOPT)] for codes in rated])
            ),
            fleiss_kappa(np.array([[codes.count(code) for code in Code] for codes in rated])),
        )
        for (stage, raters), rated in sorted(groups.items())
    ]


def _by_pair(given: Sequence[_Given], names: dict[int, str]) -> list[PairAgreement]:
    by_version: defaultdict[int, dict[int, Code]] = defaultdict(dict)
    for one in given:
        by_version[one.version_id][one.reviewer_id] = one.code
    pairs: defaultdict[tuple[int, int], list[tuple[Code, Code]]] = defaultdict(list)
    for codes in by_version.values():
        for first, second in combinations(sorted(codes), 2):
            pairs[first, second].append((codes[first], codes[second]))
    return [
        PairAgreement(
            names[first],
            names[second],
            cohen_kappa(
                table_of_pairs([(a is Code.ADOPT, b is Code.ADOPT) for a, b in rated], (True, False))
            ),
            cohen_kappa(table_of_pairs(rated, _codes()), Weights.LINEAR),
        )
        for (first, second), rated in sorted(pairs.items())
    ]


def _codes() -> list[Hashable]:
    return list(Code)


def _turnaround(session: Session, bank_id: int) -> dict[int, list[timedelta]]:
    """From being asked to the opinion, by reviewer."""
    found: defaultdict[int, list[timedelta]] = defaultdict(list)
    rows = session.execute(
        select(ReviewTask.reviewer_id, ReviewTask.assigned_at, ReviewTask.ended_at).where(
            ReviewTask.bank_id == bank_id, ReviewTask.ended == TaskEnd.DONE
        )
    )
    for reviewer_id, assigned_at, ended_at in rows:
        if reviewer_id is not None and ended_at is not None:
            found[reviewer_id].append(ended_at - assigned_at)
    return found


def _quartiles(taken: Sequence[timedelta]) -> tuple[timedelta, timedelta, timedelta] | None:
    if not taken:
        return None
    seconds = np.quantile([one.total_seconds() for one in taken], [0.25, 0.5, 0.75])
    low, middle, high = (timedelta(seconds=float(one)) for one in seconds)
    return low, middle, high


def _summary(ratings: Sequence[int]) -> tuple[int, float, float] | None:
    """How many, mean and standard deviation (n - 1; NaN for one)."""
    if not ratings:
        return None
    spread = float(np.std(ratings, ddof=1)) if len(ratings) > 1 else float("nan")
    return len(ratings), float(np.mean(ratings)), spread
