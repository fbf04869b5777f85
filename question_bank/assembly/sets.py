"""Stimulus sets that come whole: which stand on the papers, and what is dealt beside them and the anchors.

Where a specification wants sets whole, questions of sets aren't dealt singly.  As many sets as it asks for stand on every paper
of a drawing like anchors, rather those whose questions were used least; the others stay away.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from question_bank.assembly.specification import Specification
from question_bank.assembly.supply import Supply

_MOST_CHOICES = 60


def choices_of_sets(
    supply: Supply, specification: Specification, anchors: tuple[int, ...]
) -> Iterator[tuple[int, ...]]:
    """Places of what may stand on every paper, anchors and whole sets: the best choice first; just the anchors without a rule."""
    rule = specification.stimulus
    if rule is None or not rule.whole:
        yield anchors
        return
    sets: dict[str, list[int]] = {}
    for place, question in enumerate(supply.questions):
        if question.stimulus:
            sets.setdefault(question.stimulus, []).append(place)
    begun = {supply.questions[place].stimulus for place in anchors} - {""}
    fixed = set(anchors).union(*(sets[name] for name in begun))
    others = sorted(
        (name for name in sets if name not in begun),
        key=lambda name: (sum(supply.questions[place].uses for place in sets[name]), name),
    )
    wanted = max(0, rule.least - len(begun))
    if wanted > len(others):
        return
    for start in range(min(_MOST_CHOICES, len(others)) if wanted else 1):
        names = [others[(start + step) % len(others)] for step in range(wanted)]
        chosen = fixed.union(*(sets[name] for name in names))
        ids = {supply.questions[place].id for place in chosen}
        if not any(supply.questions[place].enemies & ids for place in chosen):
            yield tuple(sorted(chosen))


def dealt_beside(supply: Supply, specification: Specification, anchors: tuple[int, ...]) -> NDArray[np.int64]:
    """Places of what may be dealt to papers that have these questions already."""
    rule = specification.stimulus
    present = {supply.questions[place].id for place in anchors}
    hostile = {enemy for place in anchors for enemy in supply.questions[place].enemies}
    return np.array(
        [
            place
            for place, question in enumerate(supply.questions)
            if question.id not in present
            and question.id not in hostile
            and not question.enemies & present
            and not (rule is not None and rule.whole and question.stimulus)
        ],
        dtype=np.int64,
    )
