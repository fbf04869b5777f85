"""Rooms (考场) of a sitting: their grid of seats, who sits beside whom, and the verbs that add, change and delete them."""

from __future__ import annotations

from typing import Protocol


class HasGrid(Protocol):
    """Anything with rows (front to back) and columns (left to right, seen from the back)."""

    @property
    def rows(self) -> int: ...

    @property
    def columns(self) -> int: ...


def capacity(room: HasGrid) -> int:
    """How many seats the room has."""
    return room.rows * room.columns


def grid(room: HasGrid) -> list[list[int]]:
    """Seat numbers row by row from the front, in an S: down the first column, up the second, down the third."""
    return [
        [
            column * room.rows + (row + 1 if column % 2 == 0 else room.rows - row)
            for column in range(room.columns)
        ]
        for row in range(room.rows)
    ]


def position(room: HasGrid, number: int) -> tuple[int, int]:
    """(row, column) of a seat, both from 0.  ValueError where the room has no such seat."""
    if not 1 <= number <= capacity(room):
        raise ValueError(f"no seat {number} in a room of {room.rows} x {room.columns}")
    column, along = divmod(number - 1, room.rows)
    return (along if column % 2 == 0 else room.rows - 1 - along), column


def neighbours(room: HasGrid) -> list[tuple[int, int]]:
    """Pairs of seat numbers, the lower first, that are beside, before or behind, or diagonal to one another."""
    numbers = grid(room)
    pairs = []
    for row in range(room.rows):
        for column in range(room.columns):
            for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
                if row + down < room.rows and 0 <= column + right < room.columns:
                    one, other = numbers[row][column], numbers[row + down][column + right]
                    pairs.append((min(one, other), max(one, other)))
    return sorted(pairs)


def seat_label(room_number: int, number: int) -> str:
    """01-07: number of the room and of the seat, as tickets and desks show it."""
    return f"{room_number:02d}-{number:02d}"


def seat_number(seat: str | None) -> int | None:
    """The number within the room that a label of an arranged seat names; None before rooms are arranged."""
    _room, dash, number = (seat or "").partition("-")
    return int(number) if dash else None
