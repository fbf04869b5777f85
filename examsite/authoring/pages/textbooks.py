"""教材审验: the register of textbooks, an entry and its history, and the province's word about it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms.fields import SelectChoice

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.authoring import invisible
from examsite.authoring.blueprint import bp
from examsite.authoring.pages.labels import level_label
from examsite.authoring.pages.reach import whole
from examsite.authoring.textbooks import actions, policy, queries
from examsite.authoring.textbooks.actions import Content
from examsite.authoring.textbooks.forms import TextbookForm
from examsite.authoring.textbooks.models import OPEN, Textbook, TextbookStatus
from examsite.db import reading, writing
from examsite.errors import DomainError, NotYours
from examsite.registry.models import Institution
from question_bank.questions.industries import INDUSTRIES
from question_bank.standards.loading import editions, load

WRITERS = (Permission.MANAGE_BANK, Permission.WRITE_QUESTIONS, Permission.CONFIRM_BANK)
#: The choice that stands for all institutions.
ALL = "all"


@bp.get("/textbooks")
@needs(Permission.SEE_BANK)
def textbooks() -> str:
    """The register within reach, narrowed by what the address says."""
    person = current_person()
    wanted = _wanted()
    page = whole("page")
    arguments: dict[str, Any] = {name: value or None for name, value in asdict(wanted).items()}
    with reading() as session:
        rows, total = queries.find(session, person.institutions(Permission.SEE_BANK), wanted, page)
        return render_template(
            "authoring/textbooks.html",
            rows=rows,
            total=total,
            page=page,
            pages=max(1, -(-total // queries.PAGE_SIZE)),
            page_url=lambda n: url_for("authoring.textbooks", page=n, **arguments),
            wanted=wanted,
            statuses=list(TextbookStatus),
            levels=_levels(),
            industries=INDUSTRIES,
            may_enter=_may_enter(),
        )


@bp.get("/textbooks/new")
@needs(*WRITERS)
def new_textbook() -> str:
    """The form of a new entry; `replaces` names the textbook of which it is the new edition."""
    with reading() as session:
        before = _replaced(session)
        return _form_page(_form(session, _as_new(before), before), before=before)


@bp.post("/textbooks/new")
@needs(*WRITERS)
def enter_textbook() -> Any:
    """Enter it; it waits for the province."""
    with writing() as session:
        before = _replaced(session)
        form = _form(session, {}, before)
        if not form.validate():
            return _form_page(form, before=before), 422
        institution_id = before.institution_id if before else _chosen(form)
        if not policy.may_enter_for(current_person(), institution_id):
            raise NotYours()
        try:
            row = actions.enter(
                session,
                institution_id,
                _content(form),
                replaces=before,
                actor=current_person(),
                now=clock.now(),
            )
        except (actions.AlreadyEntered, actions.Moved) as refusal:
            return _refused(form, refusal, before=before), refusal.status
        textbook_id = row.id
    flash(_("Entered. The province confirms it before questions can cite it from the list."), "success")
    return redirect(url_for("authoring.textbook", textbook_id=textbook_id), 303)


@bp.get("/textbooks/<int:textbook_id>")
@needs(Permission.SEE_BANK)
def textbook(textbook_id: int) -> str:
    """One entry: what it says, who cites it, what was done to it, and what can be done now."""
    with reading() as session:
        return _page(session, _in_reach(session, textbook_id))


@bp.get("/textbooks/<int:textbook_id>/edit")
@needs(*WRITERS)
def edit_textbook(textbook_id: int) -> Any:
    """The form of an entry that is not confirmed."""
    with reading() as session:
        row = _in_reach(session, textbook_id, policy.may_write)
        if row.status not in OPEN:
            return redirect(url_for("authoring.textbook", textbook_id=textbook_id))
        return _form_page(_form(session, _as_stands(row), row), row=row)


@bp.post("/textbooks/<int:textbook_id>/edit")
@needs(*WRITERS)
def change_textbook(textbook_id: int) -> Any:
    """Correct the entry and send it again."""
    with writing() as session:
        row = _in_reach(session, textbook_id, policy.may_write)
        form = _form(session, {}, row)
        if not form.validate():
            return _form_page(form, row=row), 422
        try:
            actions.change(session, row, _content(form), _seen(), actor=current_person(), now=clock.now())
        except (actions.AlreadyEntered, actions.Moved) as refusal:
            return _refused(form, refusal, row=row), refusal.status
    flash(_("Saved and sent for confirmation."), "success")
    return redirect(url_for("authoring.textbook", textbook_id=textbook_id), 303)


@bp.post("/textbooks/<int:textbook_id>/decision")
@needs(Permission.CONFIRM_BANK)
def decide_textbook(textbook_id: int) -> Any:
    """The province confirms or refuses it."""
    verdict = actions.refuse if request.form.get("verdict") == "refuse" else actions.confirm
    reason, person, now = _reason(), current_person(), clock.now()
    try:
        with writing() as session:
            row = _in_reach(session, textbook_id, policy.may_confirm)
            verdict(session, row, _seen(), reason, actor=person, now=now)
    except (actions.ReasonNeeded, actions.Moved, actions.SamePerson) as refusal:
        return _page_after(textbook_id, refusal, reason)
    refused = verdict is actions.refuse
    text = _("Refused and returned to who entered it.") if refused else _("Confirmed for use.")
    flash(text, "success")
    return redirect(url_for("authoring.textbook", textbook_id=textbook_id), 303)


@bp.post("/textbooks/<int:textbook_id>/withdrawal")
@needs(Permission.MANAGE_BANK, Permission.CONFIRM_BANK)
def withdraw_textbook(textbook_id: int) -> Any:
    """Take a confirmed textbook out of use."""
    reason = _reason()
    try:
        with writing() as session:
            row = _in_reach(session, textbook_id, policy.may_withdraw)
            count = actions.withdraw(session, row, reason, actor=current_person(), now=clock.now())
    except (actions.ReasonNeeded, actions.Moved) as refusal:
        return _page_after(textbook_id, refusal, reason)
    text = ngettext(
        "Withdrawn. %(num)s question cites it and keeps its source; look whether it still holds.",
        "Withdrawn. %(num)s questions cite it and keep their sources; look whether they still hold.",
        count,
    )
    flash(text if count else _("Withdrawn. No question cites it."), "warning" if count else "success")
    return redirect(url_for("authoring.textbook", textbook_id=textbook_id), 303)


@bp.post("/textbooks/<int:textbook_id>/delete")
@needs(*WRITERS)
def remove_textbook(textbook_id: int) -> Any:
    """Delete an entry that was never confirmed or cited."""
    try:
        with writing() as session:
            row = _in_reach(session, textbook_id, policy.may_write)
            actions.remove(session, row, actor=current_person(), now=clock.now())
    except (actions.Moved, actions.Cited) as refusal:
        return _page_after(textbook_id, refusal, "")
    flash(_("The entry is deleted."), "success")
    return redirect(url_for("authoring.textbooks"), 303)


def _in_reach(session: Session, textbook_id: int, may: Any = policy.may_see) -> Textbook:
    row = queries.textbook(session, textbook_id)
    if row is None or not policy.may_see(current_person(), row) or not may(current_person(), row):
        raise NotYours()
    return row


def _may_enter() -> bool:
    """Whether there is an institution, or all of them, that the person may enter textbooks for."""
    person = current_person()
    return (
        person.may(Permission.MANAGE_BANK)
        or person.may(Permission.WRITE_QUESTIONS)
        or policy.may_enter_for(person, None)
    )


def _replaced(session: Session) -> Textbook | None:
    """The textbook that `replaces` names.  Raises NotYours where nobody enters anything here, or it is out of reach."""
    if not _may_enter():
        raise NotYours()
    text = request.args.get("replaces", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise NotYours()
    row = _in_reach(session, int(text), policy.may_write)
    if row.status != TextbookStatus.CONFIRMED:
        raise NotYours()
    return row


def _page(session: Session, row: Textbook, error: str = "", reason: str = "") -> str:
    person = current_person()
    is_open = row.status in OPEN
    newer = queries.replacement(session, row)
    cited = queries.citing(session, row, person.institutions(Permission.SEE_BANK))
    is_confirmed = row.status == TextbookStatus.CONFIRMED
    return render_template(
        "authoring/textbook.html",
        row=row,
        cited=cited,
        steps=queries.history(session, row),
        older=queries.textbook(session, row.replaces_id) if row.replaces_id else None,
        newer=newer,
        may_change=is_open and policy.may_write(person, row),
        may_replace=is_confirmed and newer is None and policy.may_write(person, row),
        may_confirm=row.status == TextbookStatus.SUBMITTED and policy.may_confirm(person, row),
        may_withdraw=is_confirmed and policy.may_withdraw(person, row),
        error=error,
        reason=reason,
    )


def _page_after(textbook_id: int, refusal: DomainError, reason: str) -> tuple[str, int]:
    """The page with what went wrong and the reason that was typed."""
    with reading() as session:
        row = _in_reach(session, textbook_id)
        return _page(session, row, refusal.message, reason), refusal.status


def _form_page(form: TextbookForm, *, row: Textbook | None = None, before: Textbook | None = None) -> str:
    return render_template("authoring/textbook_form.html", form=form, row=row, before=before)


def _refused(form: TextbookForm, refusal: DomainError, **about: Textbook | None) -> str:
    """The form with what was typed; an entry that stands in the way is about the edition."""
    if isinstance(refusal, actions.AlreadyEntered):
        form.edition.errors = [*form.edition.errors, refusal.message]
    else:
        form.form_errors = [refusal.message]
    return _form_page(form, **about)


def _form(session: Session, initial: dict[str, Any], about: Textbook | None) -> TextbookForm:
    """The form as sent, or with these values.  about: the entry whose institution it keeps, None = it is asked for."""
    person, now = current_person(), clock.now()
    form = TextbookForm(request.form if request.method == "POST" else None, data=initial)
    form.latest_year = now.year + 1
    form.levels.choices = _levels()
    known = (*INDUSTRIES, *((about.industry,) if about and about.industry not in ("", *INDUSTRIES) else ()))
    form.industry.choices = [SelectChoice("", _("all")), *(SelectChoice(tag, tag) for tag in known)]
    if about is not None:
        del form.institution
        return form
    choices = [SelectChoice(str(one.id), one.name) for one in _institutions(session)]
    if policy.may_enter_for(person, None):
        choices.append(SelectChoice(ALL, _("all institutions")))
    form.institution.choices = choices
    return form


def _as_stands(row: Textbook) -> dict[str, Any]:
    """The form's values of an entry."""
    names = ("title", "authors", "publisher", "edition", "year", "isbn", "industry", "note")
    return {name: getattr(row, name) for name in names} | {"levels": row.level_codes, "seen": row.revision}


def _as_new(before: Textbook | None) -> dict[str, Any]:
    """The form's values of a new entry: what a new edition has in common with the one before it."""
    if before is None:
        return {"year": clock.now().year}
    return _as_stands(before) | {"edition": "", "year": clock.now().year, "isbn": "", "note": "", "seen": ""}


def _institutions(session: Session) -> list[Institution]:
    """Those that the person may enter textbooks for."""
    person = current_person()
    query = select(Institution).order_by(Institution.name)
    reaches = [person.institutions(one) for one in (Permission.MANAGE_BANK, Permission.WRITE_QUESTIONS)]
    if None not in reaches:
        query = query.where(Institution.id.in_(frozenset().union(*(one for one in reaches if one))))
    return list(session.scalars(query))


def _chosen(form: TextbookForm) -> int | None:
    return None if form.institution.data == ALL else int(form.institution.data)


def _content(form: TextbookForm) -> Content:
    return Content(
        title=form.title.data,
        authors=form.authors.data,
        publisher=form.publisher.data,
        edition=form.edition.data,
        year=form.year.data,
        isbn=form.isbn.data or "",
        levels=tuple(sorted(form.levels.data)),
        industry=form.industry.data or "",
        note=form.note.data or "",
    )


def _levels() -> list[tuple[int, str]]:
    """Levels of every standard here, the lowest first."""
    codes = {level.code for code, edition in editions() for level in load(code, edition).levels}
    return [(code, level_label(code)) for code in sorted((int(code) for code in codes), reverse=True)]


def _wanted() -> queries.Wanted:
    status, industry = request.args.get("status", ""), request.args.get("industry", "")
    level = request.args.get("level", "")
    return queries.Wanted(
        search=invisible.without(request.args.get("search", "")).strip()[:200],
        status=status if status in list(TextbookStatus) else "",
        level=int(level) if level in {str(code) for code, _name in _levels()} else None,
        industry=industry if industry in INDUSTRIES else "",
    )


def _reason() -> str:
    return invisible.without(request.form.get("reason", "")).strip()[:1000]


def _seen() -> int:
    """The revision of the entry that the page showed; 0 where it says none."""
    text = request.form.get("seen", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


@bp.app_template_filter("textbook_status")
def textbook_status(status: str) -> tuple[str, str]:
    """The name of a status, and the tone of its badge."""
    return {
        TextbookStatus.SUBMITTED: (str(_("waits for confirmation")), "info"),
        TextbookStatus.REFUSED: (str(_("refused, to be corrected")), "danger"),
        TextbookStatus.CONFIRMED: (str(_("confirmed")), "success"),
        TextbookStatus.SUPERSEDED: (str(_("replaced by a new edition")), "neutral"),
        TextbookStatus.WITHDRAWN: (str(_("withdrawn")), "warning"),
    }[TextbookStatus(status)]
