"""Pages of the registration stage: a sitting's list of candidates, and enrolling; `sign_in` is the candidates' door."""

from __future__ import annotations

from examsite.registration import enrolling, lists, room_pages, seat_pages, sheets
from examsite.registration.blueprint import bp

__all__ = ["bp", "enrolling", "lists", "room_pages", "seat_pages", "sheets"]
