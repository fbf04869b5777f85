"""Where right options stand on papers, counted over many of them: no key of a question leaves this module."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from examsite.authoring.keys import keys

#: With fewer questions than this a count could give keys away.
FEWEST_QUESTIONS = 20


@dataclass(frozen=True, slots=True)
class KeyBalance:
    """Of questions with one right option: times it stood first, second, …; of 判断题: times right and wrong.

    positions: over all papers.  most: the largest share that one position has on any paper, of those with ten such
    questions or more; None where there is none.  truths: (right, wrong).
    """

    positions: tuple[int, ...]
    most: float | None
    truths: tuple[int, int]


def key_balance(session: Session, papers: Iterable[Sequence[tuple[int, Sequence[str]]]]) -> KeyBalance | None:
    """Counts over papers, each its (version, ids of the options in the order shown).

    None where papers hold too few different questions to be counted without giving a key away.
    """
    shown = [list(paper) for paper in papers]
    versions = sorted({version for paper in shown for version, _ in paper})
    if len(versions) < FEWEST_QUESTIONS:
        return None
    found = keys(session, versions)
    places: Counter[int] = Counter()
    truths: Counter[bool] = Counter()
    shares = []
    for paper in shown:
        here: Counter[int] = Counter()
        for version, options in paper:
            key = found[version]
            if key.truth is not None:
                truths[key.truth] += 1
            elif len(key.options) == 1:
                (right,) = key.options
                if right in options:
                    here[list(options).index(right)] += 1
        places.update(here)
        if (count := sum(here.values())) >= 10:
            shares.append(max(here.values()) / count)
    widest = max(places, default=-1) + 1
    return KeyBalance(
        tuple(places[place] for place in range(widest)),
        max(shares, default=None),
        (truths[True], truths[False]),
    )
