"""What a person should look at first: items whose figures are out of the ordinary.  Reasons to look, never verdicts."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from question_bank.psychometrics.options import OptionStatistics


class Flag(StrEnum):
    NOT_PRESENTED = "not_presented"
    """Nobody saw the item."""
    FEW_PERSONS = "few_persons"
    """Too few saw it for its figures to mean much."""
    CONSTANT = "constant"
    """Everybody earned the same on it."""
    TOO_HARD = "too_hard"
    TOO_EASY = "too_easy"
    NEGATIVE_DISCRIMINATION = "negative_discrimination"
    """The able did worse on it: look for a wrong key."""
    LOW_DISCRIMINATION = "low_discrimination"
    OPTION_BEATS_KEY = "option_beats_key"
    """See `options.option_tables`."""


@dataclass(frozen=True)
class Limits:
    """Where the ordinary ends.  The defaults are those in common use: Ebel & Frisbie (1991), chapter 13, for .20."""

    fewest_persons: int = 30
    hardest: float = 0.2
    easiest: float = 0.95
    lowest_discrimination: float = 0.2


def flag_items(
    n: NDArray[np.int64],
    difficulty: NDArray[np.float64],
    discrimination: NDArray[np.float64],
    is_constant: NDArray[np.bool_],
    options: Sequence[Sequence[OptionStatistics]] = (),
    *,
    limits: Limits | None = None,
) -> tuple[tuple[Flag, ...], ...]:
    """The flags of each item, from figures (items,); `options` is empty where the choices are not known."""
    limits = limits or Limits()
    # In the order of Flag; comparisons with NaN are False, so a figure that does not exist raises no flag.
    raised = {
        Flag.NOT_PRESENTED: n == 0,
        Flag.FEW_PERSONS: (n > 0) & (n < limits.fewest_persons),
        Flag.CONSTANT: is_constant & (n > 1),
        Flag.TOO_HARD: difficulty < limits.hardest,
        Flag.TOO_EASY: difficulty > limits.easiest,
        Flag.NEGATIVE_DISCRIMINATION: discrimination < 0,
        Flag.LOW_DISCRIMINATION: (discrimination >= 0) & (discrimination < limits.lowest_discrimination),
    }
    flags = []
    for item in range(len(n)):
        found = [flag for flag, where in raised.items() if where[item]]
        if options and any(option.beats_key for option in options[item]):
            found.append(Flag.OPTION_BEATS_KEY)
        flags.append(tuple(found))
    return tuple(flags)
