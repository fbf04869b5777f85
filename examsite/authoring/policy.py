"""Who may do what with a bank.  Every object of this stage belongs to the institution of its bank."""

from __future__ import annotations

from examsite.access.permissions import Permission
from examsite.access.scope import SignedIn
from examsite.authoring.models import Bank


def may_see(person: SignedIn, bank: Bank) -> bool:
    """See the bank's questions and outlines."""
    return person.may_in(Permission.SEE_BANK, bank.institution_id)


def may_write(person: SignedIn, bank: Bank) -> bool:
    """Write questions and import workbooks."""
    return person.may_in(Permission.WRITE_QUESTIONS, bank.institution_id)


def may_review(person: SignedIn, bank: Bank) -> bool:
    """Give opinions; that nobody judges their own work is the action's rule."""
    return person.may_in(Permission.REVIEW_QUESTIONS, bank.institution_id)


def may_see_keys(person: SignedIn, bank: Bank) -> bool:
    """See right answers and explanations."""
    return person.may_in(Permission.SEE_KEYS, bank.institution_id)


def may_verify(person: SignedIn, bank: Bank) -> bool:
    """Confirm that an outline's figures are those of the printed standard."""
    return person.may_in(Permission.APPROVE_PAPERS, bank.institution_id)


def may_edit_outline(person: SignedIn, bank: Bank) -> bool:
    """Write outlines, publish them, say where points went."""
    return may_write(person, bank) or person.may_in(Permission.MANAGE_BANK, bank.institution_id)


def may_manage(person: SignedIn, bank: Bank) -> bool:
    """Assign reviews, suspend questions, set the stages of vetting."""
    return person.may_in(Permission.MANAGE_BANK, bank.institution_id)


def may_confirm(person: SignedIn, bank: Bank) -> bool:
    """Confirm the bank's questions for use (题库审验)."""
    return person.may_in(Permission.CONFIRM_BANK, bank.institution_id)


def may_oversee_vetting(person: SignedIn, bank: Bank) -> bool:
    """See how reviewers agree and how long they take."""
    return may_manage(person, bank) or may_confirm(person, bank)


def may_suspend(person: SignedIn, bank: Bank) -> bool:
    """Suspend and reinstate questions."""
    return may_manage(person, bank) or may_review(person, bank)
