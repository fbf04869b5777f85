"""Who may do what with scores."""

from __future__ import annotations

from examsite.access.permissions import Permission
from examsite.access.scope import SignedIn
from examsite.results.models import Release, ReleaseStatus


def may_see(person: SignedIn, institution_id: int) -> bool:
    """Whether scores of this institution are in this person's sight."""
    return person.may_in(Permission.SEE_SCORES, institution_id)


def may_prepare(person: SignedIn, institution_id: int) -> bool:
    """Whether this person collects scores and proposes their release."""
    return person.may_in(Permission.PREPARE_SCORES, institution_id)


def may_release(person: SignedIn, institution_id: int) -> bool:
    """Whether this person releases what somebody else proposed."""
    return person.may_in(Permission.RELEASE_SCORES, institution_id)


def may_end(person: SignedIn, release: Release, institution_id: int) -> bool:
    """An open proposal is released or returned by another person than proposed it."""
    return (
        release.status == ReleaseStatus.PROPOSED
        and release.proposed_by_id != person.id
        and may_release(person, institution_id)
    )
