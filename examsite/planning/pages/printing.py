"""Looking at papers and printing them.  Every look is on the record; before the sittings are over it needs an opening."""

from __future__ import annotations

import io
from typing import Any

from flask import render_template, request, send_file, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.authoring.models import Bank
from examsite.authoring.pictures.queries import picture as find
from examsite.authoring.pictures.sending import answer_with
from examsite.db import database, reading
from examsite.errors import Invalid, NotYours, Refused
from examsite.pages import moment
from examsite.planning import policy
from examsite.planning.blueprint import bp
from examsite.planning.models import PaperSet, PaperSetStatus
from examsite.planning.pages.reach import crumbs_to, papers_in_reach
from examsite.planning.printing import keys as printed_keys
from examsite.planning.printing.contents import paper_as_data
from examsite.planning.printing.loading import LoadedPaper, load_papers, pictures_on
from examsite.planning.printing.orders import (
    MOST,
    Product,
    answer_sheets_pdf,
    count_of,
    keys_pdf,
    papers_pdf,
    read_numbers,
    sheet_of,
)
from examsite.planning.sealing import openings
from examsite.planning.sealing.disclosure import is_over
from question_bank.questions.markup import pictures

#: Whoever draws or approves papers of the institution.
LOOKS = (Permission.EDIT_PLANS, Permission.APPROVE_PAPERS)


class PrintForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """What is to be printed."""

    product = RadioField(
        lazy("What to print"),
        choices=[
            SelectChoice(Product.PAPER.value, lazy("Papers")),
            SelectChoice(Product.SHEET.value, lazy("Answer sheets")),
            SelectChoice(Product.KEYS.value, lazy("Reference answers and marking rules")),
        ],
        default=Product.PAPER.value,
    )
    papers = StringField(
        lazy("Numbers of the papers"),
        [Length(max=200)],
        description=lazy("Numbers like 1-3, 7; empty = all. At most 200 in one file."),
    )


@bp.get("/papers/<int:set_id>/print")
@needs(*LOOKS)
def print_page(set_id: int) -> str:
    """What can be looked at and printed now."""
    with reading() as session:
        papers = papers_in_reach(session, set_id, policy.may_ask_opening)
        return _page(session, papers, PrintForm(formdata=None))


@bp.post("/papers/<int:set_id>/print")
@needs(*LOOKS)
def print_papers(set_id: int) -> Any:
    """The file.  It leaves the house here, so this is no GET; the record is written before it is made."""
    form, person, now = PrintForm(), current_person(), clock.now()
    with reading() as session:
        papers = papers_in_reach(session, set_id, policy.may_ask_opening)
        if not form.validate():
            return _page(session, papers, form), 422
        product = Product(form.product.data)
        try:
            numbers = read_numbers(form.papers.data or "", count_of(session, set_id))
            if len(numbers) > MOST:
                raise Invalid(_("At most %(most)d papers in one file. Name fewer of them.", most=MOST))
        except Invalid as wrong:
            form.papers.errors = [wrong.message]
            return _page(session, papers, form), wrong.status
        opening_id = _allowed(session, papers, numbers, prints=True)
        sheet, loaded = sheet_of(session, papers), load_papers(session, set_id, numbers)
        images = pictures_on(session, papers, loaded)
        answers: list[dict[str, Any]] = []
        if product is Product.KEYS:
            answers, images = _answers(session, papers, loaded, sheet)
    with database().writing() as session:
        openings.note_look(
            session, papers, numbers, what=product.value, opening_id=opening_id, actor=person, now=now
        )
    if product is Product.PAPER:
        content = papers_pdf(sheet, loaded, images)
    elif product is Product.SHEET:
        content = answer_sheets_pdf(sheet, loaded)
    else:
        note = _("%(name)s · %(when)s", name=person.name, when=moment(now))
        content = keys_pdf(sheet, answers, images, note)
    words = {Product.PAPER: "试卷", Product.SHEET: "答题卡", Product.KEYS: "参考答案"}
    span = f"{numbers[0]}" if len(numbers) == 1 else f"{numbers[0]}-{numbers[-1]}"
    name = f"{sheet.title}-{words[product]}-{set_id}-{span}.pdf"
    return send_file(io.BytesIO(content), mimetype="application/pdf", as_attachment=True, download_name=name)


@bp.get("/papers/<int:set_id>/papers/<int:number>")
@needs(*LOOKS)
def paper(set_id: int, number: int) -> str:
    """One paper as candidates see it, without keys, under the reader's name."""
    person, now = current_person(), clock.now()
    with reading() as session:
        papers = papers_in_reach(session, set_id, policy.may_ask_opening)
        loaded = load_papers(session, set_id, [number])
        if not loaded:
            raise NotYours
        opening_id = _allowed(session, papers, [number], prints=False)
        # Not `writing()`: a paper is fetched by GET, and the look counts all the same.
        with database().writing() as record:
            openings.note_look(
                record, papers, [number], what="view", opening_id=opening_id, actor=person, now=now
            )
        [one] = loaded
        return render_template(
            "planning/paper.html",
            crumbs=crumbs_to(
                papers.plan,
                (_("Papers %(number)d", number=papers.id), url_for("planning.paper_set", set_id=set_id)),
                (_("Paper %(number)d", number=number), None),
            ),
            papers=papers,
            paper=one,
            sections=paper_as_data(sheet_of(session, papers), one)["sections"],
            questions={question.position: question for question in one.questions},
            picture_url=lambda digest: url_for(
                "planning.paper_picture", set_id=set_id, number=number, picture=digest
            ),
            watermark=f"{person.name} {moment(now)}",
            last=count_of(session, set_id),
        )


@bp.get("/papers/<int:set_id>/papers/<int:number>/pictures/<string(length=64):picture>")
@needs(*LOOKS)
def paper_picture(set_id: int, number: int, picture: str) -> Response:
    """A picture of a paper that the person may look at now."""
    with reading() as session:
        papers = papers_in_reach(session, set_id, policy.may_ask_opening)
        loaded = load_papers(session, set_id, [number])
        texts = [text for one in loaded for question in one.questions for text in question.texts]
        if not any(picture in pictures(text) for text in texts):
            raise NotYours
        _allowed(session, papers, [number], prints=False)
        found = find(session, picture, [papers.plan.bank_id])
    if found is None:
        raise NotYours
    return answer_with(found)


def _allowed(session: Session, papers: PaperSet, numbers: Any, *, prints: bool) -> int | None:
    """The opening under which the person looks now; None where the sittings are over."""
    if papers.status != PaperSetStatus.APPROVED:
        raise Refused(_("Papers are looked at after they are approved and sealed."))
    return openings.needed_opening(
        session, papers, numbers, prints=prints, actor=current_person(), now=clock.now()
    )


def _answers(
    session: Session, papers: PaperSet, loaded: list[LoadedPaper], sheet: Any
) -> tuple[list[dict[str, Any]], dict[str, bytes]]:
    bank = session.get_one(Bank, papers.plan.bank_id)
    if not printed_keys.may_see_all(session, current_person(), bank, loaded):
        raise Refused(
            _(
                "Reference answers are printed by whoever may see the key of every question on these papers. "
                "Ask the province, or a person of the bank with that right and an opening of their own."
            )
        )
    keyed = printed_keys.with_keys(session, loaded)
    return [printed_keys.keys_as_data(sheet, one) for one in keyed], printed_keys.pictures_in(
        session, bank, keyed
    )


def _page(session: Session, papers: PaperSet, form: PrintForm) -> str:
    person, now = current_person(), clock.now()
    is_past = is_over(session, papers, now=now)
    total = count_of(session, papers.id)
    seen = (
        set(range(1, total + 1))
        if is_past
        else openings.open_papers(session, papers.id, actor=person, now=now)
    )
    return render_template(
        "planning/print.html",
        crumbs=crumbs_to(
            papers.plan,
            (_("Papers %(number)d", number=papers.id), url_for("planning.paper_set", set_id=papers.id)),
            (_("Look and print"), None),
        ),
        papers=papers,
        form=form,
        is_approved=papers.status == PaperSetStatus.APPROVED,
        is_over=is_past,
        seen=sorted(seen)[:MOST],
        further=max(0, len(seen) - MOST),
        asked=request.method == "POST",
    )
