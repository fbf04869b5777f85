"""Accounts: the list, one person, and what the system and the security administrator do to them."""

from __future__ import annotations

from typing import TypeVar

from flask import abort, current_app, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms.fields import SelectChoice

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.models import Grant
from examsite.access.people import RolesExclude
from examsite.access.permissions import ROLES, Permission, Role
from examsite.access.scope import SignedIn
from examsite.accounts.words import ROLE_NAMES, permission_in_words
from examsite.admin import actions, queries
from examsite.admin.blueprint import bp
from examsite.admin.forms import Choices, GrantForm, NewPersonForm
from examsite.admin.scopes import institution_names, scope_choices, scope_in_words
from examsite.db import reading, writing

AnyGrantForm = TypeVar("AnyGrantForm", bound=GrantForm)
EITHER = (Permission.MANAGE_PEOPLE, Permission.UNLOCK_PEOPLE)


@bp.get("/people")
@needs(*EITHER)
def people() -> str:
    me = current_person()
    role = _chosen_role()
    page = max(1, request.args.get("page", 1, type=int))
    search = request.args.get("search", "")[:80]
    with reading() as rows:
        found = queries.people_page(rows, _reach(me), search=search, role=role, page=page)
        names = institution_names(rows)
    return render_template(
        "admin/people.html",
        found=found,
        page=page,
        search=search,
        role=role,
        role_choices=_role_choices(),
        role_names=ROLE_NAMES,
        in_words=lambda scope: scope_in_words(scope, names),
        address=lambda number: url_for("admin.people", search=search or None, role=role, page=number),
    )


@bp.get("/people/new")
@needs(Permission.MANAGE_PEOPLE)
def new_person() -> str:
    return _new_person_page(_offer(NewPersonForm()))


@bp.post("/people/new")
@needs(Permission.MANAGE_PEOPLE)
def create_person() -> Response | tuple[str, int]:
    form = _offer(NewPersonForm())
    if not form.validate():
        return _new_person_page(form), 422
    try:
        with writing() as rows:
            person, password = actions.create_staff(
                rows,
                name=form.name.data,
                username=form.username.data,
                role=Role(form.role.data),
                scope=form.scope.data,
                actor=current_person(),
                now=clock.now(),
            )
    except actions.UsernameTaken as error:
        form.username.errors = [error.message]
        return _new_person_page(form), error.status
    except actions.ScopeUnfit as error:
        form.scope.errors = [error.message]
        return _new_person_page(form), error.status
    # Shown here and nowhere again: a redirect would have to keep the password somewhere.
    return make_response(render_template("admin/password_shown.html", person=person, password=password))


@bp.get("/people/<int:person_id>")
@needs(*EITHER)
def person(person_id: int) -> str:
    return _person_page(person_id, _offer(GrantForm()))


@bp.post("/people/<int:person_id>/roles")
@needs(Permission.MANAGE_PEOPLE)
def grant_role(person_id: int) -> Response | tuple[str, int]:
    form = _offer(GrantForm())
    me = current_person()
    if not form.validate():
        return _person_page(person_id, form), 422
    try:
        with writing() as rows:
            whom = queries.reachable_person(rows, person_id, me.institutions(Permission.MANAGE_PEOPLE))
            actions.grant_role(rows, whom, Role(form.role.data), form.scope.data, actor=me, now=clock.now())
    except (RolesExclude, actions.ScopeUnfit) as error:
        form.role.errors = [error.message]
        return _person_page(person_id, form), error.status
    flash(_("The role was granted."), "success")
    return _to(person_id)


@bp.post("/people/<int:person_id>/roles/<int:grant_id>/revoke")
@needs(Permission.MANAGE_PEOPLE)
def revoke_role(person_id: int, grant_id: int) -> Response:
    me = current_person()
    with writing() as rows:
        whom = queries.reachable_person(rows, person_id, me.institutions(Permission.MANAGE_PEOPLE))
        query = select(Grant).where(Grant.id == grant_id, Grant.person_id == person_id)
        row = rows.scalars(query).one_or_none()
        if row is None:
            abort(404)
        actions.revoke_role(rows, whom, row, actor=me, now=clock.now())
    flash(_("The role was taken back."), "success")
    return _to(person_id)


@bp.post("/people/<int:person_id>/deactivate")
@needs(Permission.MANAGE_PEOPLE)
def deactivate_person(person_id: int) -> Response:
    me = current_person()
    with writing() as rows:
        whom = queries.reachable_person(rows, person_id, me.institutions(Permission.MANAGE_PEOPLE))
        actions.deactivate(rows, whom, actor=me, now=clock.now())
    flash(_("The account was closed and signed out."), "success")
    return _to(person_id)


@bp.post("/people/<int:person_id>/activate")
@needs(Permission.MANAGE_PEOPLE)
def activate_person(person_id: int) -> Response:
    me = current_person()
    with writing() as rows:
        whom = queries.reachable_person(rows, person_id, me.institutions(Permission.MANAGE_PEOPLE))
        actions.activate(rows, whom, actor=me, now=clock.now())
    flash(_("The account was opened again."), "success")
    return _to(person_id)


@bp.post("/people/<int:person_id>/unlock")
@needs(Permission.UNLOCK_PEOPLE)
def unlock_person(person_id: int) -> Response:
    me = current_person()
    with writing() as rows:
        whom = queries.reachable_person(rows, person_id, me.institutions(Permission.UNLOCK_PEOPLE))
        actions.unlock(rows, whom, actor=me, now=clock.now())
    flash(_("The account was unlocked."), "success")
    return _to(person_id)


@bp.post("/people/<int:person_id>/logins/end")
@needs(Permission.UNLOCK_PEOPLE)
def end_logins(person_id: int) -> Response:
    me = current_person()
    with writing() as rows:
        whom = queries.reachable_person(rows, person_id, me.institutions(Permission.UNLOCK_PEOPLE))
        actions.end_logins(rows, whom, actor=me, now=clock.now())
    flash(_("All logins of this person were ended."), "success")
    return _to(person_id)


@bp.post("/people/<int:person_id>/password")
@needs(Permission.UNLOCK_PEOPLE)
def reset_password(person_id: int) -> Response:
    me = current_person()
    with writing() as rows:
        whom = queries.reachable_person(rows, person_id, me.institutions(Permission.UNLOCK_PEOPLE))
        password = actions.reset_password(rows, whom, actor=me, now=clock.now())
    return make_response(render_template("admin/password_shown.html", person=whom, password=password))


@bp.get("/roles")
@needs(*EITHER, Permission.SEE_AUDIT, Permission.SEE_SYSTEM)
def roles() -> str:
    """Who may do what, for everybody who administers: the table of access/permissions.py."""
    sentences = [(permission, permission_in_words(permission)) for permission in Permission]
    return render_template("admin/roles.html", roles=ROLES, role_names=ROLE_NAMES, sentences=sentences)


def _reach(me: SignedIn) -> frozenset[int] | None:
    """The two administrators exclude one another, so one of the permissions decides."""
    held = next(permission for permission in EITHER if me.may(permission))
    return me.institutions(held)


def _to(person_id: int) -> Response:
    return redirect(url_for("admin.person", person_id=person_id), 303)


def _person_page(person_id: int, form: GrantForm) -> str:
    me = current_person()
    config = current_app.extensions["examsite-config"]
    with reading() as rows:
        whom = queries.reachable_person(rows, person_id, _reach(me))
        sheet = queries.person_sheet(rows, whom, config=config, now=clock.now())
        names = institution_names(rows)
    return render_template(
        "admin/person.html",
        sheet=sheet,
        person=sheet.person,
        form=form,
        role_names=ROLE_NAMES,
        in_words=lambda scope: scope_in_words(scope, names),
        own=whom.id == me.id,
        may_manage=me.may(Permission.MANAGE_PEOPLE),
        may_unlock=me.may(Permission.UNLOCK_PEOPLE),
    )


def _new_person_page(form: NewPersonForm) -> str:
    return render_template("admin/new_person.html", form=form)


def _offer(form: AnyGrantForm) -> AnyGrantForm:
    institutions = current_person().institutions(Permission.MANAGE_PEOPLE)
    with reading() as rows:
        names = institution_names(rows, institutions)
    scopes = scope_choices(names, everywhere=institutions is None)
    roles = _role_choices()
    if isinstance(form, NewPersonForm):
        # Candidates come in by their tickets and need no account.
        roles = [choice for choice in roles if choice.value != Role.CANDIDATE.value]
    form.offer(roles, [SelectChoice(scope, words) for scope, words in scopes])
    return form


def _role_choices() -> Choices:
    return [SelectChoice(role.value, str(name)) for role, name in ROLE_NAMES.items()]


def _chosen_role() -> Role | None:
    try:
        return Role(request.args.get("role", ""))
    except ValueError:
        return None
