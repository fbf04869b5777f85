"""The heat map of a bank: where it is thin for the papers that are to be drawn."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask_babel import gettext as _

from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.authoring import policy as authoring_policy
from examsite.authoring.queries import bank as bank_for
from examsite.authoring.queries import published_outline
from examsite.db import reading
from examsite.errors import NotYours
from examsite.planning import policy
from examsite.planning.blueprint import bp
from examsite.planning.coverage import LEAST_A_POINT, heat_map


@bp.get("/coverage/<int:bank_id>")
@needs(Permission.SEE_PLANS, Permission.SEE_BANK)
def coverage(bank_id: int) -> str:
    """Usable questions a point and kind against what the specifications in force need."""
    person = current_person()
    with reading() as session:
        bank = bank_for(session, bank_id)
        if bank is None or not (
            policy.may_see(person, bank.institution_id) or authoring_policy.may_see(person, bank)
        ):
            raise NotYours
        found = published_outline(session, bank_id)
        may_see_bank = authoring_policy.may_see(person, bank)
        crumbs = (
            [
                (_("Question banks"), url_for("authoring.banks")),
                (bank.name, url_for("authoring.bank", bank_id=bank_id)),
            ]
            if may_see_bank
            else [(_("Plans"), url_for("planning.plans"))]
        )
        return render_template(
            "planning/coverage.html",
            bank=bank,
            outline=found[1] if found else None,
            map=heat_map(session, bank, found[1]) if found else None,
            least=LEAST_A_POINT,
            only_areas=request.args.get("rows") == "areas",
            may_see_bank=may_see_bank,
            crumbs=[*crumbs, (_("Coverage"), None)],
        )
