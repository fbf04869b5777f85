"""Pictures of a candidate's own paper, while the paper may be seen."""

from __future__ import annotations

from flask import url_for
from werkzeug.wrappers import Response

from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.authoring.pictures.queries import picture as find
from examsite.authoring.pictures.sending import answer_with
from examsite.clock import now
from examsite.db import reading
from examsite.errors import NotYours
from examsite.sitting import queries
from examsite.sitting.blueprint import bp
from examsite.sitting.leases import lease_of
from examsite.sitting.presenting import presented_paper
from question_bank.questions.markup import pictures
from question_bank.rules.timing import Phase


@bp.get("/<attempt>/pictures/<string(length=64):picture>")
@needs(Permission.SIT)
def picture(attempt: str, picture: str) -> Response:
    """The picture with this digest, where it is on the paper that this browser has open."""
    with reading() as session:
        place = queries.my_place(session, current_person(), attempt)
        if place.attempt is None or place.phase(now()) is Phase.CLOSED or lease_of(place.attempt) is None:
            raise NotYours()
        questions = presented_paper(session, place.attempt.paper_id)
        if not any(picture in pictures(text) for question in questions for text in question.texts):
            raise NotYours()
        found = find(session, picture, [queries.plan_of(session, place.sitting).bank_id])
    if found is None:
        raise NotYours()
    return answer_with(found)


def pictures_at(attempt: str) -> str:
    """What stands before the digest in the addresses of this attempt's pictures."""
    return url_for("sitting.picture", attempt=attempt, picture="0" * 64)[:-64]
