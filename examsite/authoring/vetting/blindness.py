"""What a blind stage hides: the others' opinions until one's own is given, and the author's name from reviewers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from examsite.access.permissions import Permission
from examsite.access.scope import SignedIn
from examsite.authoring.models import Bank, Opinion, QuestionVersion, VersionStatus
from examsite.authoring.vetting.stages import Stage, stages_from_document


@dataclass(frozen=True, slots=True)
class Sight:
    """What of a question's vetting a person sees.  hidden: ids of versions whose opinions they don't see yet."""

    hides_author: bool
    hidden: frozenset[int]

    def opinions(self, found: Sequence[Opinion]) -> list[Opinion]:
        return [one for one in found if one.version_id not in self.hidden]


def stage_of(version: QuestionVersion) -> Stage:
    """The stage at which a version stands or ended."""
    return stages_from_document(version.vetting)[version.stage or 0]


def is_blind(version: QuestionVersion) -> bool:
    """Whether the version is in review at a blind stage."""
    return version.status == VersionStatus.IN_REVIEW and stage_of(version).blind


def sight(
    person: SignedIn,
    bank: Bank,
    versions: Collection[QuestionVersion],
    opinions: Collection[Opinion],
    *,
    is_own: bool,
) -> Sight:
    """What a person sees of a question with these versions and all their opinions.

    Who manages or oversees the bank sees everything; who wrote it reads opinions once the review has ended.
    """
    if person.may_in(Permission.MANAGE_BANK, bank.institution_id) or person.may_in(
        Permission.CONFIRM_BANK, bank.institution_id
    ):
        return Sight(False, frozenset())
    blind = [version for version in versions if is_blind(version)]
    given = {one.version_id for one in opinions if one.reviewer_id == person.id}
    reviews = person.may_in(Permission.REVIEW_QUESTIONS, bank.institution_id)
    hidden = frozenset(version.id for version in blind if version.id not in given)
    return Sight(bool(blind) and reviews and not is_own, hidden)
