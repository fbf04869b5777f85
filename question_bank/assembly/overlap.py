"""Questions that two papers have in common."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

#: Greatest overlap is taken over all pairs of the first so many papers; it grows with the square.
MOST_COMPARED = 1_000


def mean_overlap(uses: NDArray[np.int64], papers: int) -> float | None:
    """Averaged over all pairs of papers: exact from how often each question is used; None for one paper."""
    if papers < 2:
        return None
    shared = sum(count * n * (n - 1) for n, count in Counter(uses.tolist()).items())
    return float(Fraction(shared, papers * (papers - 1)))


def greatest_overlap(hands: NDArray[np.integer], size: int) -> int | None:
    """Over the pairs of the first MOST_COMPARED papers; None for one paper.

    hands: (papers, length) places of questions below `size`.
    """
    hands = hands[:MOST_COMPARED]
    papers = len(hands)
    if papers < 2:
        return None
    common = shared_questions(hands, size)
    np.fill_diagonal(common, 0)
    return int(common.max())


def shared_questions(hands: NDArray[np.integer], size: int) -> NDArray[np.int32]:
    """(papers, papers): how many questions each two have in common, on the diagonal how many each has."""
    papers, length = hands.shape
    ones = np.ones(papers * length, dtype=np.int32)
    starts = np.arange(papers + 1) * length
    member = sparse.csr_array((ones, hands.ravel().astype(np.int64), starts), shape=(papers, size))
    return np.asarray((member @ member.T).toarray(), dtype=np.int32)
