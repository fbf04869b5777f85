"""Every score is counted once, in the right bin."""

import numpy as np
import pytest

from question_bank.psychometrics.histogram import score_histogram


def test_a_score_on_an_edge_belongs_to_the_bin_above_and_full_marks_to_the_last():
    found = score_histogram(np.array([0, 4.5, 5, 59.5, 60, 95, 100, np.nan]), maximum=100, bins=20)
    assert found.edges.tolist() == list(range(0, 101, 5))
    assert {int(found.edges[i]): int(c) for i, c in enumerate(found.counts) if c} == {
        0: 2,
        5: 1,
        55: 1,
        60: 1,
        95: 2,
    }
    assert found.missing == 1


def test_edges_that_are_no_binary_fractions_are_kept():
    scores = np.arange(11) / 10  # 0.3 / 0.1 is 2.9999999999999996
    assert score_histogram(scores, maximum=1, bins=10).counts.tolist() == [1] * 9 + [2]


def test_without_scores_every_bin_is_empty():
    found = score_histogram(np.array([np.nan]), maximum=10, bins=2)
    assert (found.counts.tolist(), found.missing) == ([0, 0], 1)


@pytest.mark.parametrize(
    ("scores", "options", "message"),
    [
        ([101], {"maximum": 100}, "between 0 and 100"),
        ([-1], {"maximum": 100}, "between 0 and 100"),
        ([1], {"maximum": 0}, "maximum must be above 0"),
        ([1], {"maximum": 10, "bins": 0}, "at least one bin"),
    ],
)
def test_what_cannot_be_counted_is_refused(scores, options, message):
    with pytest.raises(ValueError, match=message):
        score_histogram(np.array(scores, dtype=float), **options)
