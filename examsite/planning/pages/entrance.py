"""The entrance of a sitting: change of machine, network, Safe Exam Browser."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.db import reading, writing
from examsite.planning import entrance as entrances
from examsite.planning import policy
from examsite.planning.blueprint import bp
from examsite.planning.entrance_form import EntranceForm
from examsite.planning.extensions import SittingLink, add_sitting_link
from examsite.planning.models import SignalPolicy, Sitting, TakeoverPolicy
from examsite.planning.networks import networks_of
from examsite.planning.pages.reach import crumbs_to, sitting_in_reach

add_sitting_link(SittingLink(lazy("Entrance"), "planning.entrance", Permission.EDIT_PLANS))


@bp.get("/sittings/<int:sitting_id>/entrance")
@needs(Permission.EDIT_PLANS)
def entrance(sitting_id: int) -> str:
    """What machines must show, as it stands."""
    with reading() as session:
        sitting = sitting_in_reach(session, sitting_id, policy.may_edit)
        form = EntranceForm(
            formdata=None,
            takeover=sitting.takeover_policy,
            network=sitting.network_policy,
            networks="\n".join(sitting.networks),
            seb=sitting.seb_policy,
            config_keys="\n".join(sitting.seb_config_keys),
            browser_keys="\n".join(sitting.seb_browser_keys),
        )
        return _page(sitting, form)


@bp.post("/sittings/<int:sitting_id>/entrance")
@needs(Permission.EDIT_PLANS)
def set_entrance(sitting_id: int) -> Any:
    """Keep it."""
    form = EntranceForm()
    with writing() as session:
        sitting = sitting_in_reach(session, sitting_id, policy.may_edit)
        if not form.validate():
            return _page(sitting, form), 422
        asked = entrances.Entrance(
            TakeoverPolicy(form.takeover.data),
            SignalPolicy(form.network.data),
            tuple(networks_of(form.networks.data or "")),
            SignalPolicy(form.seb.data),
            tuple(entrances.keys_of(form.config_keys.data or "")),
            tuple(entrances.keys_of(form.browser_keys.data or "")),
        )
        try:
            entrances.set_entrance(session, sitting, asked, actor=current_person(), now=clock.now())
        except entrances.KeysMissing as fault:
            form.config_keys.errors = [fault.message]
            return _page(sitting, form), 422
    flash(_("The entrance of the sitting is kept."), "success")
    return redirect(url_for("planning.sitting", sitting_id=sitting_id), 303)


def _page(sitting: Sitting, form: EntranceForm) -> str:
    return render_template(
        "planning/entrance.html",
        crumbs=crumbs_to(
            sitting.plan,
            (sitting.title, url_for("planning.sitting", sitting_id=sitting.id)),
            (_("Entrance"), None),
        ),
        sitting=sitting,
        form=form,
    )
