"""How fair are papers of a specification to those who get them?  Figures over a drawing, real or tried out.

Names no question.  What papers are equal in is what the bank knows of its questions; `true_sd` says how much more papers may
differ in truth, by how good that knowledge is.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev

import numpy as np

from question_bank.assembly.features import EXPECTED, UNITS, Source
from question_bank.assembly.overlap import MOST_COMPARED, shared_questions
from question_bank.assembly.parallel import ParallelFigures, figures_of
from question_bank.assembly.pool import Pool
from question_bank.assembly.seating import Seat, deal_out, shared_by_neighbours
from question_bank.assembly.select import Drawn

#: Standard deviation of papers' true expected scores (points of 100) where all their questions' figures are of one source: of
#: simulated banks with 100 points on 90 questions, calibrated on some 500 responses, with the share right of some 200
#: people, with nothing but the difficulty code, and (no better than the code) with no data of any code.
TRUE_SD = {Source.CALIBRATION: 0.22, Source.FACILITY: 0.34, Source.CODE: 0.97, Source.NOMINAL: 0.97}
CHARACTERS_A_MINUTE = 300
#: The room in which neighbours are tried out.
_COLUMNS, _SEATS = 6, 30


@dataclass(frozen=True, slots=True)
class Spread:
    """Of one figure over papers: a number for each paper."""

    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        return fmean(self.values)

    @property
    def sd(self) -> float:
        return pstdev(self.values)

    @property
    def lowest(self) -> float:
        return min(self.values)

    @property
    def highest(self) -> float:
        return max(self.values)

    @property
    def width(self) -> float:
        return self.highest - self.lowest


@dataclass(frozen=True, slots=True)
class Fairness:
    """expected: points that somebody exactly at the cut is expected to get.  cut: that score.

    sources: questions of the supply by where their figures come from.  true_sd: points by which true expected scores
    differ at least, as a standard deviation.  difficulty: mean code of a paper's questions, None where none has one.
    overlaps: pairs of papers by how many questions they share, of the first MOST_COMPARED papers.  neighbours: the same
    of pairs of neighbours in a room of 30 seats whose papers were dealt out by seat; empty with one paper.
    exposure: part of the papers that the most used question stands on, anchors apart; exposure_bound: the least possible.
    used, available: questions.  doubled: by paper, questions on a point that the paper asks already.
    characters: by paper, what candidates read.
    """

    papers: int
    questions: int
    cut: float
    expected: Spread
    sources: Mapping[str, int]
    true_sd: float
    difficulty: Spread | None
    overlaps: Mapping[int, int]
    overlap_bound: float
    neighbours: Mapping[int, int]
    exposure: float
    exposure_bound: float
    used: int
    available: int
    doubled: Spread
    characters: Spread
    parallel: ParallelFigures

    @property
    def minutes(self) -> float:
        """Reading the longest paper once, at CHARACTERS_A_MINUTE: an estimate."""
        return self.characters.highest / CHARACTERS_A_MINUTE


def fairness_of(drawn: Drawn, pool: Pool, cut: float, characters: Mapping[str, int], seed: str) -> Fairness:
    """The figures of a drawing.  characters: how long each question is, by id; seed: of the room tried out."""
    hands, plan = drawn.hands, drawn.plan
    card = {question.id: question for question in pool.questions}
    papers = [[card[place.question_id] for place in paper.questions] for paper in drawn.papers]
    levels = [[q.difficulty for q in paper if q.difficulty is not None] for paper in papers]
    uses = np.bincount(hands.ravel(), minlength=len(plan.features.values))
    figures = figures_of(hands, plan)
    shared = shared_questions(hands[:MOST_COMPARED], len(uses))
    pairs = shared[np.triu_indices(len(shared), 1)]
    points = plan.features.values[:, EXPECTED][hands].sum(axis=1) / UNITS[EXPECTED]
    return Fairness(
        len(papers),
        hands.shape[1],
        cut,
        Spread(tuple(points.tolist())),
        plan.features.sources,
        true_sd(plan.features.sources),
        Spread(tuple(fmean(one) for one in levels)) if all(levels) else None,
        Counter(pairs.tolist()),
        plan.load.overlap + len(plan.anchors),
        _neighbours([frozenset(q.id for q in paper) for paper in papers], seed),
        figures.exposure,
        plan.load.exposure,
        int(np.count_nonzero(uses)),
        len(uses),
        Spread(tuple(float(len(paper) - len({q.point for q in paper})) for paper in papers)),
        Spread(tuple(float(sum(characters.get(q.id, 0) for q in paper)) for paper in papers)),
        figures,
    )


def true_sd(sources: Mapping[str, int]) -> float:
    """How far papers' true expected scores differ beside what is known, as a standard deviation in points."""
    total = sum(sources.values())
    if not total:
        return TRUE_SD[Source.NOMINAL]
    return math.sqrt(sum(n * TRUE_SD[Source(name)] ** 2 for name, n in sources.items()) / total)


def _neighbours(papers: Sequence[frozenset[str]], seed: str) -> Mapping[int, int]:
    if len(papers) < 2:
        return {}
    seats = [Seat(place // _COLUMNS, place % _COLUMNS, 0) for place in range(_SEATS)]
    dealt = deal_out(papers, seats, seed)
    return Counter(shared_by_neighbours(papers, seats, dealt))
