"""Where a version stands after its review, and what this person may do about it: for the version's page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from examsite.access.permissions import Permission
from examsite.access.scope import SignedIn
from examsite.authoring import policy
from examsite.authoring.models import VETTED, Bank, QuestionVersion, VersionStatus
from examsite.authoring.vetting import gate
from examsite.authoring.vetting.blindness import stage_of
from examsite.authoring.vetting.models import Confirmation, KeyCorrection, Suspension
from examsite.authoring.vetting.suspending import is_usable


@dataclass(frozen=True, slots=True)
class Standing:
    """What the version's page says of its vetting, and which acts it offers.  versions: of the question, by id."""

    stage: str
    awaits_confirmation: bool
    confirmations: list[Confirmation]
    suspensions: list[Suspension]
    corrections: list[KeyCorrection]
    versions: dict[int, QuestionVersion]
    may_suspend: bool
    may_reinstate: bool
    may_retire: bool
    may_correct: bool


def standing(
    session: Session,
    person: SignedIn,
    bank: Bank,
    version: QuestionVersion,
    versions: Sequence[QuestionVersion],
) -> Standing:
    """Where this version stands for this person."""
    held = gate.suspensions(session, [version.id])
    open_one = next((one for one in held if one.ended_at is None), None)
    is_suspended = version.status == VersionStatus.SUSPENDED
    was_vetted = version.approved_at is not None
    may = policy.may_suspend(person, bank)
    return Standing(
        stage_of(version).name if version.status == VersionStatus.IN_REVIEW else "",
        bank.needs_confirmation and version.status == VersionStatus.APPROVED,
        gate.confirmations(session, [version.id]),
        held,
        gate.corrections(session, [version.id]),
        {one.id: one for one in versions},
        may and is_usable(session, version),
        may and is_suspended and open_one is not None and open_one.by_id != person.id,
        policy.may_review(person, bank) and (version.status in VETTED or is_suspended),
        was_vetted
        and (
            (policy.may_review(person, bank) and policy.may_see_keys(person, bank))
            or person.may_in(Permission.CONFIRM_BANK, bank.institution_id)
        ),
    )
