"""The table of options: shares, rest scores, and a key that another option beats."""

import math

import numpy as np
import pytest

from question_bank.psychometrics.classical import difficulty, discrimination
from question_bank.psychometrics.options import Choices, option_tables
from question_bank.psychometrics.simulate import (
    draw_papers,
    draw_parameters,
    simulate_choices,
    simulate_responses,
)

LETTERS = "ABCD"


def make_sitting(persons=500, items=20, *, length=None, omitted=0.05, seed=1):
    """Choices, the key and the scores of a simulated sitting."""
    rng = np.random.default_rng(seed)
    presented = None if length is None else draw_papers(persons, items, length, rng)
    responses = simulate_responses(
        rng.normal(size=persons), draw_parameters(items, rng), rng, presented=presented
    )
    key = tuple(rng.choice(list(LETTERS), size=items).tolist())
    return simulate_choices(responses, key, LETTERS, rng, omitted=omitted), key, responses


def by_label(table):
    return {option.label: option for option in table}


def test_options_by_hand():
    choices = Choices.from_labels(
        [["A", "B", "C"], ["A", "B", "D"], ["B", "B", "C"], [None, "A", ""], ["C", "A", "C"]], ["x", "y", "z"]
    )
    key = ("A", "B", "C")
    responses = choices.score(key)
    assert responses.scores.tolist() == [[1, 1, 1], [1, 1, 0], [0, 1, 1], [0, 0, 0], [0, 0, 1]]
    options = by_label(option_tables(choices, key, responses)[0])
    # The rests of x are 1, 1/2, 1, 0, 1/2 of two points.
    assert list(options) == ["A", "B", "C", None]
    assert {label: option.count for label, option in options.items()} == {"A": 2, "B": 1, "C": 1, None: 1}
    assert {label: option.share for label, option in options.items()} == {
        "A": 0.4,
        "B": 0.2,
        "C": 0.2,
        None: 0.2,
    }
    assert {label: option.mean_rest for label, option in options.items()} == {
        "A": 0.75,
        "B": 1,
        "C": 0.5,
        None: 0,
    }
    assert [label for label, option in options.items() if option.is_key] == ["A"]
    rest = [1, 0.5, 1, 0, 0.5]
    assert options["B"].discrimination == pytest.approx(np.corrcoef([0, 0, 1, 0, 0], rest)[0, 1])
    # The best fifth of five is one person, and two tie for it: the first chose A, the third B.
    assert (options["A"].share_of_best_fifth, options["B"].share_of_best_fifth) == (0.5, 0.5)


@pytest.mark.parametrize("length", [None, 8], ids=["complete", "randomised"])
def test_the_key_agrees_with_the_item(length):
    choices, key, responses = make_sitting(length=length)
    keys = [by_label(table)[k] for table, k in zip(option_tables(choices, key, responses), key, strict=True)]
    np.testing.assert_allclose([option.share for option in keys], difficulty(responses))
    np.testing.assert_allclose(
        [option.discrimination for option in keys], discrimination(responses), rtol=1e-8
    )


@pytest.mark.parametrize("length", [None, 8], ids=["complete", "randomised"])
def test_every_person_presented_with_an_item_is_in_one_option(length):
    choices, key, responses = make_sitting(length=length)
    for j, table in enumerate(option_tables(choices, key, responses)):
        assert sum(option.count for option in table) == responses.presented[:, j].sum()
        assert sum(option.share for option in table) == pytest.approx(1)
        assert table[-1].label is None


def test_a_wrong_key_is_beaten_by_the_right_option_and_no_sound_key_is():
    choices, key, responses = make_sitting(persons=1000)
    sound = option_tables(choices, key, responses)
    assert not any(option.beats_key for table in sound for option in table)
    item = int(np.argmax(discrimination(responses)))
    wrong = tuple(
        next(x for x in LETTERS if x != right) if j == item else right for j, right in enumerate(key)
    )
    tables = option_tables(choices, wrong, choices.score(wrong))
    assert by_label(tables[item])[key[item]].beats_key
    assert [j for j, table in enumerate(tables) if any(option.beats_key for option in table)] == [item]


def test_an_option_chosen_by_hardly_anybody_beats_no_key():
    labels = [["B", "B"]] * 4 + [["A", "A"]] * 30 + [["C", "B"]] * 30
    choices = Choices.from_labels(labels, ["x", "y"])
    responses = choices.score(["A", "B"])
    assert not by_label(option_tables(choices, ["A", "B"], responses)[0])["B"].beats_key
    assert by_label(option_tables(choices, ["A", "B"], responses, minimum_count=4)[0])["B"].beats_key


def test_a_key_nobody_chose_is_shown_all_the_same():
    choices = Choices.from_labels([["A", "A"], ["B", "B"]], ["x", "y"])
    option = by_label(option_tables(choices, ["D", "A"], choices.score(["D", "A"]))[0])["D"]
    assert (option.count, option.share, option.is_key) == (0, 0, True)
    assert math.isnan(option.mean_rest)
    assert math.isnan(option.discrimination)


def test_each_letter_of_an_item_with_several_right_options_is_an_option():
    choices = Choices.from_labels([["AB", "A"], ["ABC", "A"], ["B", "B"], [None, "B"]], ["x", "y"])
    responses = choices.score(["AB", "A"])
    assert responses.scores[:, 0].tolist() == [1, 0, 0, 0]
    options = by_label(option_tables(choices, ["AB", "A"], responses)[0])
    assert {label: option.count for label, option in options.items()} == {"A": 2, "B": 3, "C": 1, None: 1}
    assert [label for label, option in options.items() if option.is_key] == ["A", "B"]


def test_words_are_options_as_a_whole():
    choices = Choices.from_labels([["对", "错"], ["错", "错"]], ["x", "y"])
    tables = option_tables(choices, ["对", "错"], choices.score(["对", "错"]))
    assert [option.label for option in tables[0]] == ["对", "错", None]


def test_omitted_is_wrong_and_not_presented_is_not_scored():
    presented = np.array([[True, False], [True, True]])
    choices = Choices.from_labels([["", ""], ["A", None]], ["x", "y"], presented)
    np.testing.assert_array_equal(choices.score(["A", "A"]).scores, [[0, np.nan], [1, 0]])
    tables = option_tables(choices, ["A", "A"], choices.score(["A", "A"]))
    assert by_label(tables[1])[None].count == 1
    assert by_label(tables[1])[None].share == 1


def test_an_item_nobody_saw_has_a_table_of_nothing():
    choices = Choices.from_labels([["A", ""]], ["x", "y"], np.array([[True, False]]))
    table = option_tables(choices, ["A", "B"], choices.score(["A", "B"]))[1]
    assert [(option.label, option.count) for option in table] == [("B", 0), (None, 0)]
    assert all(math.isnan(option.share) for option in table)


def test_renaming_the_options_changes_no_figure():
    choices, key, responses = make_sitting()
    renamed = Choices(choices.codes, tuple("甲乙丙丁"), choices.items)
    new_key = ["甲乙丙丁"[LETTERS.index(k)] for k in key]
    before = option_tables(choices, key, responses)
    after = option_tables(renamed, new_key, responses)
    for old, new in zip(before, after, strict=True):
        old_rows = {("甲乙丙丁"[LETTERS.index(o.label)] if o.label else None): o.mean_rest for o in old}
        assert {option.label: option.mean_rest for option in new} == pytest.approx(old_rows)


@pytest.mark.parametrize(
    ("key", "message"), [(["A"], "1 keys for 2 items"), (["A", ""], "item 'y' has no key")]
)
def test_a_key_that_does_not_fit_is_refused(key, message):
    choices = Choices.from_labels([["A", "A"]], ["x", "y"])
    with pytest.raises(ValueError, match=message):
        choices.score(key)


def test_choices_and_scores_of_different_persons_are_refused():
    choices, key, responses = make_sitting(persons=20)
    with pytest.raises(ValueError, match="same persons and items"):
        option_tables(choices, key, responses.select(persons=slice(10)))


def test_rows_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="row 2 has 1 answers for 2 items"):
        Choices.from_labels([["A", "B"], ["A"]], ["x", "y"])
