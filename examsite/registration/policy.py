"""Who may do what with a sitting's list."""

from __future__ import annotations

from examsite.access.permissions import Permission
from examsite.access.scope import SignedIn


def may_see(person: SignedIn, institution_id: int) -> bool:
    """Whether this person sees the lists of this institution."""
    return person.may_in(Permission.SEE_PLANS, institution_id)


def may_enrol(person: SignedIn, institution_id: int) -> bool:
    """Whether this person enrols and withdraws candidates of this institution."""
    return person.may_in(Permission.ENROL, institution_id)
