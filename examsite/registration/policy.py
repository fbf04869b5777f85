"""Who may do what with a sitting's list, rooms and seats."""

from __future__ import annotations

from collections.abc import Callable

from examsite.access.permissions import Permission
from examsite.access.scope import SignedIn

May = Callable[[SignedIn, int], bool]


def may_see(person: SignedIn, institution_id: int) -> bool:
    """Whether this person sees the lists of this institution."""
    return person.may_in(Permission.SEE_PLANS, institution_id)


def may_enrol(person: SignedIn, institution_id: int) -> bool:
    """Whether this person enrols, seats and withdraws candidates of this institution."""
    return person.may_in(Permission.ENROL, institution_id)
