"""Sheets to print for rooms: what a door says of its candidates."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.registration.models import Enrolment
from tests.browse import text_of
from tests.conftest import Site
from tests.examsite.registration.test_rooms import hall
from tests.factories import draw_seats


def test_a_door_names_a_span_of_tickets_only_where_no_other_room_shares_it(site: Site) -> None:
    sitting, staff = hall(site)
    with site.writing() as session:
        draw_seats(session, sitting)
        rows = session.scalars(select(Enrolment).order_by(Enrolment.ticket)).all()
        seats = sorted((row.room_id, row.seat) for row in rows)
        ordered = [row.ticket for row in rows]
        # Seats in the order of tickets: rooms hold neighbouring numbers.
        _seat(session, rows, seats)
    address = f"/registration/sittings/{sitting.id}/sheets/door"
    spans = [text_of(found) for found in staff.get(address).find_all("p", class_="door-range")]
    in_first = sum(room == seats[0][0] for room, _seat_label in seats)
    assert len(spans) == 2
    assert f"{ordered[0]} – {ordered[in_first - 1]}" in spans[0]
    with site.writing() as session:
        rows = session.scalars(select(Enrolment).order_by(Enrolment.ticket)).all()
        # The first and the last change rooms: both spans would hold tickets of the other.
        _seat(session, rows, [seats[-1], *seats[1:-1], seats[0]])
    page = staff.get(address)
    assert not page.find_all("p", class_="door-range")
    assert ordered[0] in page.text


def _seat(session: Session, rows: Sequence[Enrolment], seats: list[tuple[int, str]]) -> None:
    """Give these seats in this order; first none, because a seat is held once."""
    for row in rows:
        row.room_id = row.seat = None
    session.flush()
    for row, (room_id, seat) in zip(rows, seats, strict=True):
        row.room_id, row.seat = room_id, seat
