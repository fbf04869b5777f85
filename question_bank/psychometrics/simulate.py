"""A past sitting that never took place: responses drawn from a known model, for samples and for tests.

Two-parameter logistic, D = 1: P(right) = 1 / (1 + exp(-a * (theta - b))).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from question_bank.psychometrics.options import NOT_PRESENTED, OMITTED, Choices
from question_bank.psychometrics.responses import ResponseMatrix


@dataclass(frozen=True, eq=False)
class ItemParameters:
    """slope: (items,) a, above 0.  difficulty: (items,) b, on the scale of ability (mean 0, SD 1)."""

    slope: NDArray[np.float64]
    difficulty: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.slope.ndim != 1 or self.slope.shape != self.difficulty.shape:
            raise ValueError("slope and difficulty must be vectors of the same length")
        if not (np.isfinite(self.slope).all() and np.isfinite(self.difficulty).all()):
            raise ValueError("slope and difficulty must be finite")


def draw_parameters(items: int, rng: Generator) -> ItemParameters:
    """Plausible parameters: log slope ~ N(0, 0.3), difficulty ~ N(-0.5, 1), the test being easier than the average."""
    return ItemParameters(
        slope=rng.lognormal(0.0, 0.3, size=items), difficulty=rng.normal(-0.5, 1.0, size=items)
    )


def draw_papers(persons: int, items: int, length: int, rng: Generator) -> NDArray[np.bool_]:
    """(persons, items) a randomised paper of `length` items for each person, every item as likely as another.

    Raises ValueError unless 0 < length <= items.
    """
    if not 0 < length <= items:
        raise ValueError(f"a paper of {length} items cannot be drawn from {items}")
    order = rng.random((persons, items)).argpartition(length - 1, axis=1)
    papers = np.zeros((persons, items), dtype=np.bool_)
    np.put_along_axis(papers, order[:, :length], True, axis=1)
    return papers


def simulate_responses(
    abilities: ArrayLike,
    parameters: ItemParameters,
    rng: Generator,
    *,
    presented: NDArray[np.bool_] | None = None,
    items: Sequence[str] | None = None,
) -> ResponseMatrix:
    """0/1 scores of persons with these abilities; NaN where `presented` (persons, items) is False.

    The same draws are spent whether an item is presented or not: the same seed gives the same answers on any design.
    """
    theta = np.asarray(abilities, dtype=np.float64)
    if theta.ndim != 1:
        raise ValueError("abilities must be a vector")
    right = expit(parameters.slope * (theta[:, None] - parameters.difficulty))
    scores = (rng.random(right.shape) < right).astype(np.float64)
    if presented is not None:
        if presented.shape != scores.shape:
            raise ValueError(f"presented of shape {presented.shape} for scores of shape {scores.shape}")
        scores[~presented] = np.nan
    return ResponseMatrix.from_scores(scores, items=items, maximum=np.ones(scores.shape[1]))


def simulate_choices(
    responses: ResponseMatrix,
    key: Sequence[str],
    options: Sequence[str],
    rng: Generator,
    *,
    attraction: NDArray[np.float64] | None = None,
    omitted: float = 0.0,
) -> Choices:
    """An option for every response: the key for a right answer, else a wrong option, or now and then none.

    responses: of 0/1 scores.  key: (items,) each one of `options`.
    attraction: (items, options) how much each option attracts those who are wrong; only its proportions among the
        wrong options count.  Drawn from rng where not given, so that some distractors work and some do not.
    omitted: share of the wrong answers that are left blank.

    Raises ValueError for other scores, keys that are not options, or attractions that leave no wrong option.
    """
    right = np.array([list(options).index(k) if k in options else -1 for k in key])
    if len(right) != responses.number_of_items or (right < 0).any():
        raise ValueError("key must name one of the options for every item")
    if not np.isin(responses.scores[responses.presented], (0.0, 1.0)).all():
        raise ValueError("choices can only be drawn for 0/1 scores")
    shape = responses.number_of_items, len(options)
    weights = rng.dirichlet(np.ones(len(options)), size=shape[0]) if attraction is None else attraction.copy()
    if weights.shape != shape or not (weights >= 0).all():
        raise ValueError(f"attraction must be of shape {shape} and not negative")
    weights[np.arange(shape[0]), right] = 0.0
    if not (weights.sum(axis=1) > 0).all():
        raise ValueError("every item needs a wrong option that attracts")
    cumulative = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)

    codes = np.empty(responses.scores.shape, dtype=np.int32)
    draws, blanks = rng.random(codes.shape), rng.random(codes.shape)
    for item in range(shape[0]):
        # side="right" so that options without attraction, of width 0, are never drawn.
        wrong = np.searchsorted(cumulative[item], draws[:, item], side="right")
        last = int(np.flatnonzero(weights[item])[-1])  # rounding may leave the sum a little below 1
        chosen = np.where(blanks[:, item] < omitted, OMITTED, np.minimum(wrong, last))
        codes[:, item] = np.where(responses.scores[:, item] == 1, right[item], chosen)
    codes[~responses.presented] = NOT_PRESENTED
    return Choices(codes=codes, labels=tuple(options), items=responses.items)
