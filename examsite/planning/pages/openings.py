"""Opening sealed papers before their time: ask, answer as the second person, end; and who looked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import IntegerField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.db import reading, writing
from examsite.errors import Invalid
from examsite.planning import policy, queries
from examsite.planning.blueprint import bp
from examsite.planning.models import PaperSet, PaperSetStatus
from examsite.planning.pages.reach import crumbs_to, papers_in_reach
from examsite.planning.printing.orders import count_of, read_numbers
from examsite.planning.sealing import openings
from examsite.planning.sealing.disclosure import is_over
from examsite.planning.sealing.models import Purpose

#: Whoever draws or approves papers of the institution.
ASKS = (Permission.EDIT_PLANS, Permission.APPROVE_PAPERS)


class OpeningForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """What is to be opened, for what and how long."""

    purpose = RadioField(
        lazy("Purpose"),
        choices=[
            SelectChoice(Purpose.PROOFREADING.value, lazy("Proof-reading: look at the papers")),
            SelectChoice(Purpose.PRINTING.value, lazy("Printing: look at the papers and print them")),
            SelectChoice(Purpose.EMERGENCY.value, lazy("Emergency: look at the papers and print them")),
        ],
        default=Purpose.PROOFREADING.value,
    )
    papers = StringField(
        lazy("Numbers of the papers"),
        [DataRequired(lazy("Which papers? Write their numbers, like 1-3, 7.")), Length(max=200)],
        description=lazy("Numbers like 1-3, 7. Only the papers that are needed."),
    )
    hours = IntegerField(
        lazy("Hours, from the moment it is allowed"),
        [InputRequired(lazy("For how many hours?")), NumberRange(1, 24, lazy("From 1 to 24 hours, please."))],
        default=2,
    )
    reason = TextAreaField(
        lazy("Reason"),
        [DataRequired(lazy("Give the reason: it stays in the record.")), Length(max=1000)],
        filters=[lambda value: value.strip() if isinstance(value, str) else value],
    )


class RemarkForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """What the second person says."""

    remark = StringField(
        lazy("Your remark"),
        [Length(max=1000)],
        filters=[lambda value: value.strip() if isinstance(value, str) else value],
    )


@bp.get("/papers/<int:set_id>/openings")
@needs(Permission.SEE_PLANS)
def paper_openings(set_id: int) -> str:
    """Requests with their answers, the form of a new one, and who looked at which paper."""
    with reading() as session:
        return _page(session, papers_in_reach(session, set_id), OpeningForm(formdata=None))


@bp.post("/papers/<int:set_id>/openings")
@needs(*ASKS)
def request_opening(set_id: int) -> Any:
    """Ask for an opening; a second person answers."""
    form = OpeningForm()
    with writing() as session:
        papers = papers_in_reach(session, set_id, policy.may_ask_opening)
        if not form.validate():
            return _page(session, papers, form), 422
        try:
            wish = openings.Wish(
                read_numbers(form.papers.data, count_of(session, set_id)),
                Purpose(form.purpose.data),
                form.reason.data,
                form.hours.data,
            )
            openings.request(session, papers, wish, actor=current_person(), now=clock.now())
        except Invalid as wrong:
            form.papers.errors = [wrong.message]
            return _page(session, papers, form), wrong.status
    flash(_("Your request waits for a second person."), "success")
    return redirect(url_for("planning.paper_openings", set_id=set_id), 303)


@bp.post("/openings/<int:opening_id>/allow")
@needs(Permission.APPROVE_PAPERS)
def allow_opening(opening_id: int) -> Any:
    """The second person opens the papers to the one who asked."""
    return _answered(opening_id, openings.allow, _("The papers are open to the person who asked."))


@bp.post("/openings/<int:opening_id>/refuse")
@needs(Permission.APPROVE_PAPERS)
def refuse_opening(opening_id: int) -> Any:
    """The second person says no, and why."""
    return _answered(opening_id, openings.refuse, _("The request is refused."))


@bp.post("/openings/<int:opening_id>/end")
@needs(*ASKS)
def end_opening(opening_id: int) -> Any:
    """Whoever asked takes it back; whoever may allow closes it."""
    with writing() as session:
        row = openings.opening(session, opening_id)
        papers_in_reach(session, row.set_id, policy.may_ask_opening)
        openings.end(session, row, actor=current_person(), now=clock.now())
        set_id = row.set_id
    flash(_("The opening is closed."), "info")
    return redirect(url_for("planning.paper_openings", set_id=set_id), 303)


def _answered(opening_id: int, act: Callable[..., None], sentence: str) -> Any:
    form = RemarkForm()
    with writing() as session:
        row = openings.opening(session, opening_id)
        papers = papers_in_reach(session, row.set_id, policy.may_approve)
        try:
            act(session, row, remark=form.remark.data or "", actor=current_person(), now=clock.now())
        except openings.NoReason as missing:
            return _page(session, papers, OpeningForm(formdata=None), missing.message, row.id), missing.status
        set_id = row.set_id
    flash(sentence, "success")
    return redirect(url_for("planning.paper_openings", set_id=set_id), 303)


def _page(
    session: Session, papers: PaperSet, form: OpeningForm, refusal: str = "", refused_id: int | None = None
) -> str:
    person, now = current_person(), clock.now()
    institution_id = papers.plan.institution_id
    looks = openings.looks(session, papers.id)
    may_ask = policy.may_ask_opening(person, institution_id)
    return render_template(
        "planning/openings.html",
        crumbs=crumbs_to(
            papers.plan,
            (_("Papers %(number)d", number=papers.id), url_for("planning.paper_set", set_id=papers.id)),
            (_("Openings"), None),
        ),
        papers=papers,
        rows=openings.openings(session, papers.id),
        form=form,
        refusal=refusal,
        refused_id=refused_id,
        person_id=person.id,
        is_approved=papers.status == PaperSetStatus.APPROVED,
        is_over=is_over(session, papers, now=now),
        may_ask=may_ask,
        may_answer=policy.may_approve(person, institution_id),
        is_open=lambda row: openings.is_open(row, now=now),
        spans=_spans,
        looks=looks,
        people=queries.names(session, [look.actor_id for look in looks]),
    )


def _spans(numbers: list[int]) -> str:
    """Numbers as people write them: 1–3、7."""
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][-1] + 1:
            found[-1] = [found[-1][0], number]
        else:
            found.append([number])
    return "、".join("–".join(map(str, span)) for span in found)
