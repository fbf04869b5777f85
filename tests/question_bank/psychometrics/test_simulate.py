"""The simulated sitting follows its model and its seed."""

import numpy as np
import pytest
from scipy.special import expit

from question_bank.psychometrics.simulate import (
    ItemParameters,
    draw_papers,
    draw_parameters,
    simulate_choices,
    simulate_responses,
)


def make_parameters(slope=(1.0, 2.0, 0.5), difficulty=(0.0, 1.0, -2.0)):
    return ItemParameters(np.array(slope), np.array(difficulty))


def test_the_share_of_right_answers_is_the_models():
    parameters = make_parameters()
    for theta in (-1.0, 0.0, 1.5):
        scores = simulate_responses(np.full(20_000, theta), parameters, np.random.default_rng(1)).scores
        expected = expit(parameters.slope * (theta - parameters.difficulty))
        error = np.sqrt(expected * (1 - expected) / 20_000)
        assert (np.abs(scores.mean(axis=0) - expected) < 4 * error).all()


def test_a_seed_gives_the_same_sitting_and_another_seed_another():
    def sitting(seed):
        rng = np.random.default_rng(seed)
        responses = simulate_responses(rng.normal(size=50), draw_parameters(10, rng), rng)
        return simulate_choices(responses, ["A"] * 10, "ABCD", rng, omitted=0.1).codes

    np.testing.assert_array_equal(sitting(1), sitting(1))
    assert (sitting(1) != sitting(2)).any()


def test_answers_do_not_depend_on_what_else_is_presented():
    papers = draw_papers(40, 3, 2, np.random.default_rng(3))
    complete = simulate_responses(np.zeros(40), make_parameters(), np.random.default_rng(4))
    partial = simulate_responses(np.zeros(40), make_parameters(), np.random.default_rng(4), presented=papers)
    np.testing.assert_array_equal(partial.scores, np.where(papers, complete.scores, np.nan))


def test_papers_have_their_length_and_use_all_items_alike():
    papers = draw_papers(6000, 12, 4, np.random.default_rng(5))
    assert (papers.sum(axis=1) == 4).all()
    assert np.abs(papers.mean(axis=0) - 1 / 3).max() < 4 * np.sqrt(2 / 9 / 6000)
    assert draw_papers(3, 5, 5, np.random.default_rng(5)).all()


def test_choices_score_back_to_the_responses():
    rng = np.random.default_rng(6)
    presented = draw_papers(300, 10, 6, rng)
    responses = simulate_responses(rng.normal(size=300), draw_parameters(10, rng), rng, presented=presented)
    key = list("ABCDABCDAB")
    choices = simulate_choices(responses, key, "ABCD", rng, omitted=0.2)
    np.testing.assert_array_equal(choices.score(key).scores, responses.scores)


def test_the_wrong_go_where_they_are_attracted():
    rng = np.random.default_rng(7)
    responses = simulate_responses(np.full(8000, -9.0), make_parameters(slope=(1.0,), difficulty=(9.0,)), rng)
    attraction = np.array([[5.0, 1.0, 3.0, 0.0]])  # the key's own 5 does not count
    codes = simulate_choices(responses, ["A"], "ABCD", rng, attraction=attraction, omitted=0.2).codes
    shares = np.bincount(codes[:, 0] + 1, minlength=5) / 8000
    np.testing.assert_allclose(shares, [0.2, 0, 0.2, 0.6, 0], atol=0.02)


@pytest.mark.parametrize(
    ("key", "attraction", "message"),
    [
        (["A", "B", "X"], None, "one of the options"),
        (["A", "B"], None, "one of the options"),
        (["A", "B", "C"], np.zeros((3, 4)), "a wrong option that attracts"),
        (["A", "B", "C"], np.ones((3, 2)), r"shape \(3, 4\)"),
    ],
)
def test_a_sitting_that_cannot_be_drawn_is_refused(key, attraction, message):
    rng = np.random.default_rng(8)
    responses = simulate_responses(np.zeros(5), make_parameters(), rng)
    with pytest.raises(ValueError, match=message):
        simulate_choices(responses, key, "ABCD", rng, attraction=attraction)


def test_a_paper_longer_than_the_bank_is_refused():
    with pytest.raises(ValueError, match="paper of 6 items cannot be drawn from 5"):
        draw_papers(3, 5, 6, np.random.default_rng(9))


def test_choices_are_drawn_for_right_and_wrong_only():
    rng = np.random.default_rng(10)
    responses = simulate_responses(np.zeros(5), make_parameters(), rng)
    halves = type(responses).from_scores(responses.scores / 2, maximum=np.ones(3))
    with pytest.raises(ValueError, match="0/1 scores"):
        simulate_choices(halves, ["A"] * 3, "ABCD", rng)
