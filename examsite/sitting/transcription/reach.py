"""Loading what an address names, or 404, for whoever may type in what candidates wrote on paper."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from examsite.access.guard import current_person
from examsite.access.permissions import Permission
from examsite.errors import NotYours
from examsite.planning.models import Sitting
from examsite.registration.models import Enrolment
from examsite.sitting.transcription import queries
from examsite.sitting.transcription.models import PaperScript

#: Whoever enrols or watches candidates of the institution.
TYPES = (Permission.ENROL, Permission.INVIGILATE)

#: Raises NotYours where this person, who may watch, has no duty in the sitting.
DutyCheck = Callable[[Session, int], object]
_CHECKS: list[DutyCheck] = []


def check_duty_with(check: DutyCheck) -> DutyCheck:
    """Register how a later stage narrows invigilators to the sittings of their duties (a decorator)."""
    _CHECKS[:] = [check]
    return check


def sitting_in_reach(session: Session, sitting_id: int) -> Sitting:
    """The sitting, where the person enrols at its institution, or has a duty in it."""
    sitting = queries.sitting(session, sitting_id)
    person, institution_id = current_person(), sitting.plan.institution_id
    if person.may_in(Permission.ENROL, institution_id):
        return sitting
    if not person.may_in(Permission.INVIGILATE, institution_id):
        raise NotYours
    for check in _CHECKS:
        check(session, sitting_id)
    return sitting


def enrolment_in_reach(session: Session, enrolment_id: int) -> tuple[Sitting, Enrolment]:
    """A standing enrolment with its sitting."""
    enrolment = queries.enrolment(session, enrolment_id)
    return sitting_in_reach(session, enrolment.sitting_id), enrolment


def script_in_reach(session: Session, script_id: int) -> tuple[Sitting, PaperScript]:
    """A sheet with its sitting."""
    script = queries.script(session, script_id)
    return sitting_in_reach(session, script.enrolment.sitting_id), script
