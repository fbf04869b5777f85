"""Questions that may not stand together, as a graph over places in a supply."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from question_bank.assembly.supply import Supply


class Enemies:
    """pairs: each pair once, in order of places."""

    def __init__(self, supply: Supply):
        place_of = {question.id: place for place, question in enumerate(supply.questions)}
        self.of: dict[int, set[int]] = {}
        for place, question in enumerate(supply.questions):
            for enemy in question.enemies:
                other = place_of.get(enemy)
                if other is not None and other != place:
                    self.of.setdefault(place, set()).add(other)
                    self.of.setdefault(other, set()).add(place)
        self.pairs = tuple(sorted((a, b) for a, others in self.of.items() for b in others if a < b))
        self._has_any = np.zeros(len(supply.questions), dtype=bool)
        self._has_any[list(self.of)] = True

    def clash(self, hand: NDArray[np.int64]) -> tuple[int, int] | None:
        """The first pair of enemies in a hand, or None."""
        if not self.pairs:
            return None
        touchy = np.sort(hand[self._has_any[hand]]).tolist()
        present = set(touchy)
        for place in touchy:
            together = self.of[place] & present
            if together:
                return place, min(together)
        return None

    def allows(self, place: int, hand: Sequence[int]) -> bool:
        """Whether a question may join these."""
        return not (self.of.get(place, set()) & set(hand))
