"""Neighbours share as little as possible."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from question_bank.assembly import streams
from question_bank.assembly.seating import Seat, deal_out, shared_by_neighbours


def room(rows, columns, number=1):
    return [Seat(row, column, number) for row in range(rows) for column in range(columns)]


def papers_of(count, bank=400, length=40):
    """Papers of random questions."""
    return [
        frozenset(f"q{place}" for place in streams.permutation(bank, "papers", number)[:length])
        for number in range(count)
    ]


def neighbours(seats):
    return [
        (a, b)
        for a in range(len(seats))
        for b in range(a)
        if seats[a].room == seats[b].room
        and abs(seats[a].row - seats[b].row) <= 1
        and abs(seats[a].column - seats[b].column) <= 1
    ]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(4, 12),
    st.integers(0, 10**6),
    st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7), st.integers(1, 3)), min_size=13),
)
def test_from_four_papers_on_no_neighbour_has_the_same_however_the_seats_lie(count, seed, places):
    seats = [Seat(*place) for place in sorted(places)]
    papers = [frozenset({f"q{number}"}) for number in range(count)]
    dealt = deal_out(papers, seats, str(seed))
    assert all(dealt[a] != dealt[b] for a, b in neighbours(seats))


def test_two_papers_alternate_beside_and_before():
    seats = room(6, 5)
    dealt = deal_out([frozenset("a"), frozenset("b")], seats, "s")
    for a, b in neighbours(seats):
        if seats[a].row == seats[b].row or seats[a].column == seats[b].column:
            assert dealt[a] != dealt[b]


def test_few_papers_are_used_evenly():
    uses = Counter(deal_out(papers_of(4), room(6, 10), "s"))
    assert set(uses.values()) == {15}


def test_one_paper_goes_to_everybody_and_no_paper_to_nobody():
    assert deal_out([frozenset("a")], room(2, 2), "s") == [0, 0, 0, 0]
    assert deal_out(papers_of(2), [], "s") == []
    with pytest.raises(ValueError, match="no papers"):
        deal_out([], room(1, 1), "s")
    with pytest.raises(ValueError, match="same place"):
        deal_out([frozenset("a")], [Seat(1, 1, 1), Seat(1, 1, 1)], "s")


def test_everybody_has_a_paper_of_their_own_where_there_are_enough():
    seats = room(5, 6, 1) + room(5, 6, 2)
    dealt = deal_out(papers_of(65), seats, "s")
    assert len(set(dealt)) == 60


def test_neighbours_share_much_less_than_by_chance():
    seats = room(6, 5, 1) + room(6, 5, 2) + room(8, 5, 3)
    papers = papers_of(100)
    by_chance = shared_by_neighbours(papers, seats, streams.permutation(100, "chance").tolist())
    dealt = shared_by_neighbours(papers, seats, deal_out(papers, seats, "s"))
    assert len(dealt) == len(neighbours(seats))
    assert sum(dealt) < 0.7 * sum(by_chance)


def test_neighbours_are_counted_as_they_are():
    seats = [Seat(1, 1, 1), Seat(1, 2, 1), Seat(2, 3, 1), Seat(1, 2, 2)]
    papers = [frozenset("ab"), frozenset("bc"), frozenset("bc"), frozenset("ab")]
    assert shared_by_neighbours(papers, seats, [0, 1, 2, 3]) == [1, 2]


def test_the_seed_decides():
    papers, seats = papers_of(40), room(5, 6)
    assert deal_out(papers, seats, "s") == deal_out(papers, seats, "s")
    assert deal_out(papers, seats, "s") != deal_out(papers, seats, "t")
