"""Seats in an S, neighbours, and the draw: nobody twice, special rooms honoured, the same seats from the same seed."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examsite.registration.arranging import Sitter, Space, TooFewSeats, arrange, still_beside
from examsite.registration.rooms import capacity, grid, neighbours, position, seat_label, seat_number

SIDES = st.integers(1, 9)


def room(rows: int, columns: int, id_: int = 1, *, special: bool = False) -> Space:
    return Space(id_, rows, columns, special)


def test_seats_run_down_the_first_column_and_up_the_second() -> None:
    assert grid(room(3, 3)) == [[1, 6, 7], [2, 5, 8], [3, 4, 9]]


@given(SIDES, SIDES)
def test_every_seat_stands_once_and_follows_its_predecessor_without_a_jump(rows: int, columns: int) -> None:
    here = room(rows, columns)
    assert sorted(n for line in grid(here) for n in line) == list(range(1, rows * columns + 1))
    places = [position(here, n) for n in range(1, capacity(here) + 1)]
    assert all(grid(here)[r][c] == n for n, (r, c) in enumerate(places, start=1))
    assert all(abs(a[0] - b[0]) + abs(a[1] - b[1]) == 1 for a, b in pairwise(places))


@given(SIDES, SIDES)
def test_neighbours_are_exactly_the_pairs_one_step_apart(rows: int, columns: int) -> None:
    here = room(rows, columns)
    at = {n: position(here, n) for n in range(1, capacity(here) + 1)}
    close = [
        (a, b)
        for a, b in combinations(sorted(at), 2)
        if max(abs(at[a][0] - at[b][0]), abs(at[a][1] - at[b][1])) == 1
    ]
    assert neighbours(here) == close


def test_a_seat_outside_the_room_has_no_place() -> None:
    with pytest.raises(ValueError, match="no seat 7"):
        position(room(2, 3), 7)


def test_labels_name_room_and_seat() -> None:
    assert seat_label(1, 7) == "01-07"
    assert seat_number("01-07") == 7
    assert seat_number("12") is None
    assert seat_number(None) is None


@st.composite
def halls(draw: st.DrawFn) -> tuple[list[Sitter], list[Space]]:
    spaces = [
        room(draw(st.integers(1, 5)), draw(st.integers(1, 5)), id_, special=draw(st.booleans()))
        for id_ in range(1, draw(st.integers(1, 4)) + 1)
    ]
    seats = {kind: sum(capacity(s) for s in spaces if s.is_special is kind) for kind in (True, False)}
    people = [
        Sitter(id_, draw(st.sampled_from(["", "甲公司", "乙公司", "丙 公司"])), kind)
        for id_, kind in enumerate(
            [True] * draw(st.integers(0, seats[True])) + [False] * draw(st.integers(0, seats[False])), start=1
        )
    ]
    return people, spaces


@settings(max_examples=80, deadline=None)
@given(halls(), st.text(max_size=8))
def test_everybody_sits_once_in_a_room_of_their_kind_and_the_seed_alone_decides(
    hall: tuple[list[Sitter], list[Space]], seed: str
) -> None:
    people, spaces = hall
    arranged = arrange(people, spaces, seed)
    assert set(arranged.seats) == {sitter.id for sitter in people}
    assert len(set(arranged.seats.values())) == len(people)
    by_id = {space.id: space for space in spaces}
    for sitter in people:
        room_id, number = arranged.seats[sitter.id]
        assert 1 <= number <= capacity(by_id[room_id])
        assert by_id[room_id].is_special is sitter.is_special
    assert arrange(list(reversed(people)), spaces, seed) == arranged
    employers = {sitter.id: sitter.employer for sitter in people}
    assert sorted(map(sorted, still_beside(arranged.seats, employers, spaces))) == sorted(
        map(sorted, arranged.beside)
    )


@settings(max_examples=40, deadline=None)
@given(halls())
def test_rooms_of_one_kind_are_filled_evenly(hall: tuple[list[Sitter], list[Space]]) -> None:
    people, spaces = hall
    arranged = arrange(people, spaces, "样例")
    for kind in (True, False):
        here = [space for space in spaces if space.is_special is kind]
        seats = sum(capacity(space) for space in here)
        count = sum(sitter.is_special is kind for sitter in people)
        for space in here:
            seated = sum(room_id == space.id for room_id, _number in arranged.seats.values())
            assert abs(seated - count * capacity(space) / seats) < 1


def test_colleagues_are_kept_apart_where_that_can_be() -> None:
    """Seven of thirty in a room are of one employer: they need not touch one another, and don't."""
    people = [Sitter(n, "同一公司" if n <= 7 else "") for n in range(1, 31)]
    for seed in ("a", "b", "c"):
        assert arrange(people, [room(5, 6)], seed).beside == ()


def test_two_rooms_share_an_employers_people() -> None:
    people = [Sitter(n, "同一公司" if n <= 20 else f"公司{n}") for n in range(1, 41)]
    seats = arrange(people, [room(5, 4, 1), room(5, 4, 2)], "样例").seats
    assert sum(seats[n][0] == 1 for n in range(1, 21)) == 10


def test_those_of_one_employer_who_remain_together_are_told() -> None:
    arranged = arrange([Sitter(1, "同一公司"), Sitter(2, "同一公司")], [room(1, 2)], "样例")
    assert [sorted(pair) for pair in arranged.beside] == [[1, 2]]


def test_unknown_employers_are_not_one_employer() -> None:
    assert arrange([Sitter(1, ""), Sitter(2, " ")], [room(1, 2)], "样例").beside == ()


def test_without_a_special_room_everybody_sits_together() -> None:
    seats = arrange([Sitter(1, is_special=True), Sitter(2)], [room(1, 2)], "样例").seats
    assert {room_id for room_id, _number in seats.values()} == {1}


@pytest.mark.parametrize("special", [True, False])
def test_rooms_that_are_too_small_say_by_how_much(special: bool) -> None:
    people = [Sitter(n, is_special=special) for n in range(1, 6)]
    with pytest.raises(TooFewSeats) as refused:
        arrange(people, [room(1, 2, 1, special=special), room(1, 9, 2, special=not special)], "样例")
    assert (refused.value.short, refused.value.is_special) == (3, special)


def test_another_seed_gives_other_seats() -> None:
    people = [Sitter(n) for n in range(1, 31)]
    assert arrange(people, [room(5, 6)], "a").seats != arrange(people, [room(5, 6)], "b").seats
