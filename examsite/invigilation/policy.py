"""Who may do what while a sitting is watched."""

from __future__ import annotations

from collections.abc import Collection

from examsite.access.permissions import Permission
from examsite.access.scope import SignedIn


def may_watch(person: SignedIn, institution_id: int) -> bool:
    """Whether this person watches sittings of this institution at all: duties say which."""
    return person.may_in(Permission.INVIGILATE, institution_id)


def sees_every_sitting(person: SignedIn, institution_id: int) -> bool:
    """Staff see every sitting of their institution; an invigilator only those they have a duty for."""
    return may_watch(person, institution_id) and person.may_in(Permission.SEE_PLANS, institution_id)


def may_give_duties(person: SignedIn, institution_id: int) -> bool:
    """Whether this person says who watches the sittings of this institution."""
    return person.may_in(Permission.EDIT_PLANS, institution_id)


def watches_room(rooms: Collection[int] | None, room_id: int | None) -> bool:
    """Whether somebody who watches these rooms (None = all) watches a candidate who sits in this one."""
    return rooms is None or room_id in rooms
