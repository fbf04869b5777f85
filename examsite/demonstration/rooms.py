"""The rooms of the sitting about to open: two ordinary ones, one for a candidate with more time, and who invigilates."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from examsite.demonstration.people import Staff
from examsite.invigilation.duties import actions as duties
from examsite.planning.models import Sitting
from examsite.registration import rooms, seating
from examsite.registration.models import Enrolment
from examsite.registration.rooms import RoomFacts

ROOMS = (
    RoomFacts(1, rows=4, columns=3, name="样例第一机房"),
    RoomFacts(2, rows=4, columns=3, name="样例第二机房"),
    RoomFacts(3, rows=1, columns=2, name="样例特殊考场", is_special=True),
)
MORE_TIME = 130
REASON = "样例：右手受伤，凭医院证明延长三成时间（虚构）"


def arrange(
    session: Session, sitting: Sitting, enrolled: list[Enrolment], staff: Staff, *, seed: str, now: datetime
) -> None:
    """Rooms, more time for one candidate, seats by a draw, and the invigilator's duty."""
    clerk = staff["staff"]
    for facts in ROOMS:
        rooms.add_room(session, sitting, facts, actor=clerk, now=now)
    seating.set_needs(
        session,
        enrolled[-1],
        sitting,
        factor_percent=MORE_TIME,
        needs_special_room=True,
        reason=REASON,
        actor=clerk,
        now=now,
    )
    seating.draw_seats(session, sitting, seed=seed, actor=clerk, now=now)
    duties.give_duty(session, sitting, None, staff["invigilator"], actor=clerk, now=now)
