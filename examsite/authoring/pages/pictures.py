"""Pictures of a bank, as its pages show them."""

from __future__ import annotations

from collections.abc import Callable

from flask import url_for
from werkzeug.wrappers import Response

from examsite.access.guard import needs
from examsite.access.permissions import Permission
from examsite.authoring.blueprint import bp
from examsite.authoring.pages.reach import bank_in_reach
from examsite.authoring.pictures.queries import picture as find
from examsite.authoring.pictures.sending import answer_with
from examsite.db import reading
from examsite.errors import NotYours


@bp.get("/<int:bank_id>/pictures/<string(length=64):picture>")
@needs(Permission.SEE_BANK)
def picture(bank_id: int, picture: str) -> Response:
    """The picture with this digest, where the person may see the bank."""
    with reading() as session:
        bank_in_reach(session, bank_id)
        found = find(session, picture, [bank_id])
    if found is None:
        raise NotYours()
    return answer_with(found)


@bp.app_template_global("pictures_of")
def pictures_of(bank_id: int) -> Callable[[str], str]:
    """The addresses of a bank's pictures by digest, for the filter `marked`."""
    return lambda digest: url_for("authoring.picture", bank_id=bank_id, picture=digest)
