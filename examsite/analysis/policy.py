"""Who may do what with item analysis."""

from __future__ import annotations

from examsite.access.permissions import Permission
from examsite.access.scope import SignedIn


def may_see(person: SignedIn, institution_id: int) -> bool:
    """Whether the analyses of this institution are in this person's sight."""
    return person.may_in(Permission.SEE_ANALYSIS, institution_id)


def may_run(person: SignedIn, institution_id: int) -> bool:
    """Whether this person starts runs."""
    return person.may_in(Permission.RUN_ANALYSIS, institution_id)


def may_see_keys(person: SignedIn, institution_id: int) -> bool:
    """Whether this person sees the question and which option is right; others see letters and figures."""
    return person.may_in(Permission.SEE_KEYS, institution_id)
