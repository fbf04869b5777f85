"""The one table of who may do what.

A role is granted within a scope; `ROLES` says which permissions it carries.  The three administrators exclude one
another and every other role (三员分立): none of them sees a question or a score.
"""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """Something a view may need.  The sentence is what the page about roles shows."""

    SIT = "sit an examination"
    SEE_BANK = "see questions and outlines of a bank"
    SEE_KEYS = "see the keys of questions"
    WRITE_QUESTIONS = "write questions and import workbooks"
    REVIEW_QUESTIONS = "give opinions on questions and approve them"
    MANAGE_BANK = "name a bank's people, assign reviews, suspend questions, ask for exports"
    CONFIRM_BANK = "confirm a bank's questions for use"
    SEE_PLANS = "see plans, specifications, papers' proofs and sittings"
    EDIT_PLANS = "make plans, specifications and sittings, and draw papers"
    APPROVE_PAPERS = "approve papers and confirm unverified figures"
    ENROL = "enrol candidates"
    INVIGILATE = "watch a sitting"
    MARK_PRACTICAL = "give marks at practical stations"
    SEE_SCORES = "see scores and decisions"
    PREPARE_SCORES = "collect scores and propose their release"
    RELEASE_SCORES = "release scores that another person proposed"
    SEE_ANALYSIS = "see item analysis"
    RUN_ANALYSIS = "run item analysis"
    MANAGE_PEOPLE = "create people and grant roles"
    UNLOCK_PEOPLE = "unlock accounts, end logins, reset passwords"
    SEE_AUDIT = "read and verify the audit record"
    SEE_SYSTEM = "see the state of the system and its jobs"


class Role(StrEnum):
    """What a person is to an institution or to the province."""

    CANDIDATE = "candidate"
    WRITER = "writer"
    REVIEWER = "reviewer"
    BANK_MANAGER = "bank_manager"
    EXAMINER = "examiner"
    INVIGILATOR = "invigilator"
    STAFF = "institution_staff"
    PROVINCE = "province"
    SYSTEM_ADMINISTRATOR = "system_administrator"
    SECURITY_ADMINISTRATOR = "security_administrator"
    AUDIT_ADMINISTRATOR = "audit_administrator"


P = Permission

ROLES: dict[Role, frozenset[Permission]] = {
    Role.CANDIDATE: frozenset({P.SIT}),
    Role.WRITER: frozenset({P.SEE_BANK, P.SEE_KEYS, P.WRITE_QUESTIONS}),
    Role.REVIEWER: frozenset({P.SEE_BANK, P.SEE_KEYS, P.REVIEW_QUESTIONS}),
    # Who runs a bank sees its questions, not their keys.
    Role.BANK_MANAGER: frozenset({P.SEE_BANK, P.MANAGE_BANK}),
    Role.EXAMINER: frozenset({P.MARK_PRACTICAL}),
    Role.INVIGILATOR: frozenset({P.INVIGILATE}),
    # Staff see the bank's coverage and the papers' proofs, not questions and keys.
    Role.STAFF: frozenset(
        {
            P.SEE_PLANS,
            P.EDIT_PLANS,
            P.APPROVE_PAPERS,
            P.ENROL,
            P.INVIGILATE,
            P.SEE_SCORES,
            P.PREPARE_SCORES,
            P.RELEASE_SCORES,
            P.SEE_ANALYSIS,
            P.RUN_ANALYSIS,
        }
    ),
    # The province sees everything and confirms; it cannot enter scores.
    Role.PROVINCE: frozenset(
        {P.SEE_BANK, P.SEE_KEYS, P.CONFIRM_BANK, P.SEE_PLANS, P.APPROVE_PAPERS, P.SEE_SCORES, P.SEE_ANALYSIS}
    ),
    Role.SYSTEM_ADMINISTRATOR: frozenset({P.SEE_SYSTEM, P.MANAGE_PEOPLE}),
    Role.SECURITY_ADMINISTRATOR: frozenset({P.UNLOCK_PEOPLE}),
    Role.AUDIT_ADMINISTRATOR: frozenset({P.SEE_AUDIT}),
}

ADMINISTRATORS = frozenset({Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR})


def may_hold_together(roles: frozenset[Role]) -> bool:
    """Whether one person may hold all these roles: an administrator holds no other role."""
    return not roles & ADMINISTRATORS or len(roles) == 1
