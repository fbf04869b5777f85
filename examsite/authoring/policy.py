"""Who may do what with a bank.  Every object of this stage belongs to the institution of its bank.

Of a restricted bank the role is not enough: the person is also named for the task.  What they are named for stands on
the bank (`Bank.held`), put there by `pages.reach`, on the page of a version as far as it covers that version; where
nobody put it there the answer is no.
"""

from __future__ import annotations

from examsite.access.permissions import Permission
from examsite.access.scope import SignedIn
from examsite.authoring.models import Bank
from examsite.authoring.secrecy.models import DutyTask


def may_see(person: SignedIn, bank: Bank) -> bool:
    """Open the bank: its counts and outlines, and of its questions those that `need_to_know.visible` names."""
    if not person.may_in(Permission.SEE_BANK, bank.institution_id):
        return False
    if not bank.is_restricted or may_manage(person, bank):
        return True
    return bank.held is not None and (bank.held.sees_all or bank.held.is_own or bool(bank.held.duties))


def may_write(person: SignedIn, bank: Bank) -> bool:
    """Write questions and import workbooks."""
    return person.may_in(Permission.WRITE_QUESTIONS, bank.institution_id) and _is_named(bank, DutyTask.WRITE)


def may_revise(person: SignedIn, bank: Bank) -> bool:
    """Write the next version of a question: the form shows its key, so of a restricted bank it is one's own question."""
    return may_write(person, bank) and (not bank.is_restricted or bool(bank.held.is_own))


def may_review(person: SignedIn, bank: Bank) -> bool:
    """Give opinions; that nobody judges their own work is the action's rule."""
    return person.may_in(Permission.REVIEW_QUESTIONS, bank.institution_id) and _is_named(
        bank, DutyTask.REVIEW
    )


def may_see_keys(person: SignedIn, bank: Bank) -> bool:
    """See right answers and explanations; of a restricted bank those of one version, on its page."""
    if not person.may_in(Permission.SEE_KEYS, bank.institution_id):
        return False
    return not bank.is_restricted or (bank.held is not None and bank.held.sees_key)


def may_judge(person: SignedIn, bank: Bank) -> bool:
    """See a question with its key to judge it: of a restricted bank what one was asked to judge, may take, or judged."""
    return may_review(person, bank) and may_see_keys(person, bank)


def may_see_import(person: SignedIn, bank: Bank, uploaded_by_id: int) -> bool:
    """See a file that was sent to the bank, with its keys: of a restricted bank only whoever sent it."""
    return may_write(person, bank) and (not bank.is_restricted or uploaded_by_id == person.id)


def may_see_counts(person: SignedIn, bank: Bank) -> bool:
    """See how many questions stand in every area, and every import in the list: whoever runs the bank or oversees it."""
    return not bank.is_restricted or may_manage(person, bank) or bool(bank.held and bank.held.sees_all)


def may_manage(person: SignedIn, bank: Bank) -> bool:
    """Name the bank's people, assign reviews, set the stages of vetting: bank managers, and who is named to run it."""
    if person.may_in(Permission.MANAGE_BANK, bank.institution_id):
        return True
    return (
        bank.is_restricted
        and person.may_in(Permission.SEE_BANK, bank.institution_id)
        and _is_named(bank, DutyTask.MANAGE)
    )


def may_export(person: SignedIn, bank: Bank) -> bool:
    """Ask for questions to leave the bank: whoever runs it, and the province."""
    return may_manage(person, bank) or person.may_in(Permission.CONFIRM_BANK, bank.institution_id)


def may_answer_export(person: SignedIn, bank: Bank) -> bool:
    """Be the second person of an export: a bank manager of the institution, or the province."""
    return any(
        person.may_in(permission, bank.institution_id)
        for permission in (Permission.MANAGE_BANK, Permission.CONFIRM_BANK)
    )


def may_verify(person: SignedIn, bank: Bank) -> bool:
    """Confirm that an outline's figures are those of the printed standard."""
    return person.may_in(Permission.APPROVE_PAPERS, bank.institution_id)


def may_edit_outline(person: SignedIn, bank: Bank) -> bool:
    """Write outlines, publish them, say where points went: of a restricted bank whoever runs it or writes everywhere."""
    if may_manage(person, bank):
        return True
    everywhere = not bank.is_restricted or (DutyTask.WRITE, "") in (bank.held.duties if bank.held else ())
    return everywhere and may_write(person, bank)


def may_confirm(person: SignedIn, bank: Bank) -> bool:
    """Confirm the bank's questions for use (题库审验)."""
    return person.may_in(Permission.CONFIRM_BANK, bank.institution_id)


def may_oversee_vetting(person: SignedIn, bank: Bank) -> bool:
    """See how reviewers agree and how long they take."""
    return may_manage(person, bank) or may_confirm(person, bank)


def may_suspend(person: SignedIn, bank: Bank) -> bool:
    """Suspend and reinstate questions."""
    return may_manage(person, bank) or may_review(person, bank)


def _is_named(bank: Bank, task: DutyTask) -> bool:
    return not bank.is_restricted or (bank.held is not None and bank.held.has(task))
