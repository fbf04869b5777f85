"""Who may do what with a textbook: its institution's people; where it is for all institutions, who reaches them all."""

from __future__ import annotations

from examsite.access.permissions import Permission
from examsite.access.scope import SignedIn
from examsite.authoring.textbooks.models import Textbook


def may_see(person: SignedIn, textbook: Textbook) -> bool:
    """Open its page."""
    if textbook.institution_id is None:
        return person.may(Permission.SEE_BANK)
    return person.may_in(Permission.SEE_BANK, textbook.institution_id)


def may_enter_for(person: SignedIn, institution_id: int | None) -> bool:
    """Enter textbooks of this institution; None = of all, which is the province's."""
    if institution_id is None:
        return person.institutions(Permission.CONFIRM_BANK) is None
    return any(
        person.may_in(permission, institution_id)
        for permission in (Permission.MANAGE_BANK, Permission.WRITE_QUESTIONS)
    )


def may_write(person: SignedIn, textbook: Textbook) -> bool:
    """Change, delete and replace the entry, as far as its status lets anybody."""
    return may_enter_for(person, textbook.institution_id)


def may_confirm(person: SignedIn, textbook: Textbook) -> bool:
    """Confirm or refuse it (教材审验); that it is another person than who entered it is the action's rule."""
    if textbook.institution_id is None:
        return person.institutions(Permission.CONFIRM_BANK) is None
    return person.may_in(Permission.CONFIRM_BANK, textbook.institution_id)


def may_withdraw(person: SignedIn, textbook: Textbook) -> bool:
    """Take a confirmed textbook out of use: whoever runs the institution's banks, and the province."""
    if may_confirm(person, textbook):
        return True
    institution_id = textbook.institution_id
    return institution_id is not None and person.may_in(Permission.MANAGE_BANK, institution_id)
