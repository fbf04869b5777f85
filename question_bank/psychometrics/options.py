"""Who chose what: every option of an item with its share, and how its choosers did on the rest of the test."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from question_bank.psychometrics.responses import ResponseMatrix

NOT_PRESENTED = -2
OMITTED = -1

_SEVERAL_OPTIONS = re.compile(r"[A-H]{2,}")


@dataclass(frozen=True, eq=False)
class Choices:
    """What each person answered on each item.

    codes: (persons, items) int32: a position in `labels`, or OMITTED, or NOT_PRESENTED.
    labels: the distinct answers given anywhere; for items with several right options an answer is all the letters
        ticked, such as "ABD".
    """

    codes: NDArray[np.int32]
    labels: tuple[str, ...]
    items: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.codes.ndim != 2 or self.codes.shape[1] != len(self.items):
            raise ValueError(f"codes of shape {self.codes.shape} for {len(self.items)} items")
        if self.codes.size and not NOT_PRESENTED <= self.codes.min() <= self.codes.max() < len(self.labels):
            raise ValueError("codes must be positions in labels, OMITTED or NOT_PRESENTED")

    @classmethod
    def from_labels(
        cls,
        labels: Sequence[Sequence[str | None]],
        items: Sequence[str],
        presented: NDArray[np.bool_] | None = None,
    ) -> "Choices":
        """Choices from rows of labels.  None or "" = omitted; where `presented` is False, not presented."""
        codes: dict[str | None, int] = {None: OMITTED, "": OMITTED}
        known: list[str] = []
        rows = np.empty((len(labels), len(items)), dtype=np.int32)
        for i, row in enumerate(labels):
            if len(row) != len(items):
                raise ValueError(f"row {i + 1} has {len(row)} answers for {len(items)} items")
            for label in row:
                if label not in codes and label is not None:
                    codes[label] = len(known)
                    known.append(label)
            rows[i] = [codes[label] for label in row]
        if presented is not None:
            if presented.shape != rows.shape:
                raise ValueError(f"presented of shape {presented.shape} for choices of shape {rows.shape}")
            rows[~presented] = NOT_PRESENTED
        return cls(codes=rows, labels=tuple(known), items=tuple(items))

    @property
    def presented(self) -> NDArray[np.bool_]:
        """(persons, items) True where the person was presented with the item, answered or not."""
        presented: NDArray[np.bool_] = self.codes != NOT_PRESENTED
        return presented

    def score(self, key: Sequence[str], persons: Sequence[str] | None = None) -> ResponseMatrix:
        """1 for the key, 0 for anything else and for omissions, NaN where not presented.

        An item with several right options ("ABD") earns its point only for exactly these.
        """
        _check_key(self, key)
        position = {label: code for code, label in enumerate(self.labels)}
        right = np.array([position.get(label, len(self.labels)) for label in key])
        scores = (self.codes == right).astype(np.float64)
        scores[~self.presented] = np.nan
        return ResponseMatrix(
            scores=scores,
            items=self.items,
            maximum=np.ones(len(self.items)),
            persons=tuple(persons) if persons is not None else None,
        )


@dataclass(frozen=True)
class OptionStatistics:
    """One option of one item.

    label: the option, or None for the omissions.
    is_key: whether it is (one of) the right option(s).
    count, share: of the persons presented with the item.  Where several options may be ticked the shares add up to
        more than 1.
    mean_rest: mean proportion, 0 to 1, that its choosers reached on the rest of the test; NaN without choosers.
    discrimination: correlation of choosing it with that proportion; NaN where either does not vary.
    share_of_best_fifth: share of the best fifth (by the rest; ties taken whole) who chose it.
    beats_key: see `option_tables`.
    """

    label: str | None
    is_key: bool
    count: int
    share: float
    mean_rest: float
    discrimination: float
    share_of_best_fifth: float
    beats_key: bool


def option_tables(
    choices: Choices, key: Sequence[str], responses: ResponseMatrix, *, minimum_count: int = 5
) -> tuple[tuple[OptionStatistics, ...], ...]:
    """The table of options of each item, in the order of the labels, key included even if nobody chose it; omissions last.

    The rest is the *proportion* of points on the other items presented, so complete and randomised papers read alike;
    on complete papers the key's discrimination is the item's item-rest correlation.  A person presented with no
    other item is counted but has no rest.

    A wrong option beats the key when at least `minimum_count` persons chose it, its discrimination is positive, and
    either that exceeds the key's or more of the best fifth chose it than the key.  Either points to a wrong key.
    Where several options are right, it is compared with the weakest of them.

    Raises ValueError if choices, key and responses are not about the same persons and items.
    """
    _check_key(choices, key)
    if choices.items != responses.items or choices.codes.shape != responses.scores.shape:
        raise ValueError("choices and responses must be about the same persons and items")
    return tuple(
        _with_flags(_item_options(choices, key[item], responses, item), minimum_count)
        for item in range(len(key))
    )


def _item_options(choices: Choices, key: str, responses: ResponseMatrix, item: int) -> list[OptionStatistics]:
    presented = choices.codes[:, item] != NOT_PRESENTED
    codes = choices.codes[presented, item].astype(np.int64) - OMITTED  # omitted 0, labels from 1
    rest = _rest_proportion(responses, item)[presented]
    ranked = ~np.isnan(rest)
    size = len(choices.labels) + 1
    counts = np.bincount(codes, minlength=size).astype(np.float64)
    with_rest = np.bincount(codes[ranked], minlength=size).astype(np.float64)
    sums = np.bincount(codes[ranked], weights=rest[ranked], minlength=size)
    best = _best_fifth(rest)
    in_best = np.bincount(codes[best], minlength=size).astype(np.float64)
    mean, deviation = (rest[ranked].mean(), rest[ranked].std()) if ranked.any() else (np.nan, np.nan)

    rows = []
    for label, members in _members(choices.labels, counts, key):
        count, n, among_best = counts[members].sum(), with_rest[members].sum(), in_best[members].sum()
        part = n / ranked.sum() if ranked.any() else np.nan
        mean_rest = sums[members].sum() / n if n else np.nan
        varies = 0 < part < 1 and deviation > 1e-7
        rows.append(
            OptionStatistics(
                label=label,
                is_key=label is not None and label in _right_options(key),
                count=int(count),
                share=float(count / len(codes)) if len(codes) else np.nan,
                mean_rest=float(mean_rest),
                # The point-biserial correlation, from means: (m1 - m) / s * sqrt(p / (1 - p)).
                discrimination=float((mean_rest - mean) / deviation * np.sqrt(part / (1 - part)))
                if varies
                else np.nan,
                share_of_best_fifth=float(among_best / best.sum()) if best.any() else np.nan,
                beats_key=False,
            )
        )
    return rows


def _members(
    labels: tuple[str, ...], counts: NDArray[np.float64], key: str
) -> list[tuple[str | None, list[int]]]:
    """Each option of an item with the codes (omitted 0, labels from 1) of the answers that contain it."""
    answers = {label: code for code, label in enumerate(labels, start=1) if counts[code] > 0}
    if _SEVERAL_OPTIONS.fullmatch(key):
        ticked = sorted({letter for answer in answers for letter in answer} | set(key))
        options = [
            (letter, [code for answer, code in answers.items() if letter in answer]) for letter in ticked
        ]
    else:
        options = [(label, [answers[label]] if label in answers else []) for label in sorted({*answers, key})]
    return [*options, (None, [0])]


def _right_options(key: str) -> frozenset[str]:
    return frozenset(key) if _SEVERAL_OPTIONS.fullmatch(key) else frozenset({key})


def _rest_proportion(responses: ResponseMatrix, item: int) -> NDArray[np.float64]:
    """(persons,) proportion of points on the other items presented; NaN where there are none, or not this one."""
    rest_maximum = responses.presented_maximum - responses.maximum[item]
    rest = np.full(responses.number_of_persons, np.nan)
    points = responses.totals - responses.scores[:, item]
    np.divide(points, rest_maximum, out=rest, where=(rest_maximum > 1e-9) & ~np.isnan(points))
    return rest


def _best_fifth(rest: NDArray[np.float64]) -> NDArray[np.bool_]:
    known = np.round(rest[~np.isnan(rest)], 9)
    if known.size == 0:
        return np.zeros(len(rest), dtype=np.bool_)
    place = known.size - max(1, int(np.ceil(known.size / 5)))
    best: NDArray[np.bool_] = np.round(rest, 9) >= np.partition(known, place)[place]
    return best


def _with_flags(rows: list[OptionStatistics], minimum_count: int) -> tuple[OptionStatistics, ...]:
    keys = [row for row in rows if row.is_key]
    # A key that nobody chose, or everybody, discriminates as little as 0.
    weakest = min(0.0 if np.isnan(row.discrimination) else row.discrimination for row in keys)
    favoured = min(row.share_of_best_fifth for row in keys)

    def beats_key(row: OptionStatistics) -> bool:
        if row.is_key or row.label is None or row.count < minimum_count:
            return False
        return row.discrimination > 0 and (row.discrimination > weakest or row.share_of_best_fifth > favoured)

    return tuple(replace(row, beats_key=beats_key(row)) for row in rows)


def _check_key(choices: Choices, key: Sequence[str]) -> None:
    if len(key) != len(choices.items):
        raise ValueError(f"{len(key)} keys for {len(choices.items)} items")
    if not all(key):
        missing = choices.items[[bool(k) for k in key].index(False)]
        raise ValueError(f"item {missing!r} has no key")
