"""Who may do what with plans, specifications, papers and sittings."""

from __future__ import annotations

from examsite.access.permissions import Permission
from examsite.access.scope import SignedIn
from examsite.planning.models import PaperSet, PaperSetStatus, SpecificationRow, SpecificationStatus


def may_see(person: SignedIn, institution_id: int) -> bool:
    """Whether the plans of this institution are in this person's sight."""
    return person.may_in(Permission.SEE_PLANS, institution_id)


def may_edit(person: SignedIn, institution_id: int) -> bool:
    """Whether this person makes plans, specifications, papers and sittings of this institution."""
    return person.may_in(Permission.EDIT_PLANS, institution_id)


def may_approve(person: SignedIn, institution_id: int) -> bool:
    """Whether this person approves papers and confirms figures of this institution, their own work apart."""
    return person.may_in(Permission.APPROVE_PAPERS, institution_id)


def may_ask_opening(person: SignedIn, institution_id: int) -> bool:
    """Whether this person may ask to see sealed papers of this institution, and print them once that is allowed."""
    return may_edit(person, institution_id) or may_approve(person, institution_id)


def may_approve_specification(person: SignedIn, specification: SpecificationRow, institution_id: int) -> bool:
    """A draft is approved by another person than wrote it."""
    return (
        specification.status == SpecificationStatus.DRAFT
        and specification.created_by_id != person.id
        and may_approve(person, institution_id)
    )


def may_approve_papers(person: SignedIn, papers: PaperSet, institution_id: int) -> bool:
    """Papers are approved by another person than drew them."""
    return (
        papers.status == PaperSetStatus.DRAWN
        and papers.drawn_by_id != person.id
        and may_approve(person, institution_id)
    )
