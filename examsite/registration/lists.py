"""A sitting's list of candidates: the page, withdrawing one, the sign-in list as a workbook."""

from __future__ import annotations

import io
from typing import Any

import xlsxwriter
from flask import flash, redirect, render_template, send_file, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.db import reading, writing
from examsite.errors import NotYours
from examsite.pages import moment
from examsite.planning.extensions import SittingLink, add_sitting_link
from examsite.planning.models import Sitting, SittingStatus
from examsite.planning.queries import sitting_for
from examsite.registration import actions, policy, queries
from examsite.registration.blueprint import bp
from examsite.registration.forms import ReasonForm
from examsite.registration.models import Enrolment

add_sitting_link(SittingLink(lazy("Candidates"), "registration.enrolments", Permission.SEE_PLANS))

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/sittings/<int:sitting_id>")
@needs(Permission.SEE_PLANS)
def enrolments(sitting_id: int) -> str:
    """Who sits: ticket, seat, masked identity."""
    with reading() as session:
        sitting = _sitting(session, sitting_id)
        papers = sitting.paper_set
        return render_template(
            "registration/enrolments.html",
            sitting=sitting,
            rows=queries.enrolments(session, sitting_id),
            withdrawn=queries.withdrawn(session, sitting_id),
            papers=papers.count if papers is not None and papers.mode == "unique" else None,
            may_enrol=policy.may_enrol(current_person(), sitting.plan.institution_id) and _is_open(sitting),
        )


@bp.get("/enrolments/<int:enrolment_id>/withdraw")
@needs(Permission.ENROL)
def withdrawal(enrolment_id: int) -> str:
    """Ask for the reason."""
    with reading() as session:
        row, sitting = _enrolment(session, enrolment_id)
        return render_template("registration/withdraw.html", row=row, sitting=sitting, form=ReasonForm())


@bp.post("/enrolments/<int:enrolment_id>/withdraw")
@needs(Permission.ENROL)
def withdraw(enrolment_id: int) -> Any:
    """Take the candidate off the list."""
    form = ReasonForm()
    with writing() as session:
        row, sitting = _enrolment(session, enrolment_id)
        if not form.validate():
            return render_template("registration/withdraw.html", row=row, sitting=sitting, form=form), 422
        actions.withdraw(
            session, row, sitting, reason=form.reason.data, actor=current_person(), now=clock.now()
        )
        name, sitting_id = row.person.name, sitting.id
    flash(_("%(name)s is withdrawn. The seat is free.", name=name), "info")
    return redirect(url_for("registration.enrolments", sitting_id=sitting_id), 303)


@bp.get("/sittings/<int:sitting_id>/sign-in-list.xlsx")
@needs(Permission.SEE_PLANS)
def sign_in_list(sitting_id: int) -> Response:
    """签到表: one row a candidate with a field to sign; identity numbers masked."""
    with reading() as session:
        sitting = _sitting(session, sitting_id)
        content = _workbook(sitting, list(queries.enrolments(session, sitting_id)))
    return send_file(content, mimetype=XLSX, as_attachment=True, download_name=f"签到表-{sitting_id}.xlsx")


def _workbook(sitting: Sitting, rows: list[Enrolment]) -> io.BytesIO:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet("签到表")
        head = workbook.add_format({"bold": True, "border": 1, "align": "center"})
        cell = workbook.add_format({"border": 1})
        title = workbook.add_format({"bold": True, "font_size": 16})
        sheet.write_string(0, 0, f"{sitting.title} 签到表", title)
        sheet.write_string(
            1, 0, f"{sitting.plan.institution.name}　{sitting.place}　{moment(sitting.opens_at)}"
        )
        titles = ("座位号", "准考证号", "姓名", "证件号码", "工作单位", "签名")
        for column, (text, width) in enumerate(zip(titles, (8, 16, 14, 24, 30, 18), strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(2, column, text, head)
        ordered = sorted(rows, key=lambda row: (len(row.seat or ""), row.seat or ""))
        for line, row in enumerate(ordered, start=3):
            texts = (
                row.seat or "",
                row.ticket,
                row.person.name,
                row.person.identity_masked,
                row.person.employer,
                "",
            )
            for column, text in enumerate(texts):
                # As text always: a name that begins with "=" is a name, not a formula.
                sheet.write_string(line, column, text, cell)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.repeat_rows(2)
        sheet.fit_to_pages(1, 0)
    content.seek(0)
    return content


def _is_open(sitting: Sitting) -> bool:
    return sitting.status != SittingStatus.CANCELLED and clock.now() < sitting.opens_at


def _sitting(session: Session, sitting_id: int) -> Sitting:
    sitting = sitting_for(session, sitting_id)
    if not policy.may_see(current_person(), sitting.plan.institution_id):
        raise NotYours
    return sitting


def _enrolment(session: Session, enrolment_id: int) -> tuple[Enrolment, Sitting]:
    row = queries.enrolment_for(session, enrolment_id)
    sitting = sitting_for(session, row.sitting_id)
    if not policy.may_enrol(current_person(), sitting.plan.institution_id):
        raise NotYours
    return row, sitting
