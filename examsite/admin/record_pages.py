"""The audit record: read, verify, take away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, stream_with_context, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from examsite import audit, clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.admin import records
from examsite.admin.acts import ACTS
from examsite.admin.blueprint import bp
from examsite.admin.forms import RecordFilter
from examsite.db import reading, writing
from examsite.pages import from_local_input


@bp.get("/audit")
@needs(Permission.SEE_AUDIT)
def audit_record() -> str | tuple[str, int]:
    form = RecordFilter(request.args)
    is_valid = form.validate()
    wanted = _wanted(form) if is_valid else records.Wanted()
    page = max(1, request.args.get("page", 1, type=int))
    with reading() as rows:
        found = records.record_page(rows, wanted, page=page)
        acts = records.acts(rows)
    kept = {name: value for name, value in request.args.items() if name != "page" and value}
    content = render_template(
        "admin/audit_record.html",
        form=form,
        found=found,
        acts=acts,
        act_words=ACTS,
        page=page,
        kept=kept,
        address=lambda number: f"{url_for('admin.audit_record')}?{urlencode({**kept, 'page': number})}",
    )
    return content if is_valid else (content, 422)


@bp.post("/audit/verify")
@needs(Permission.SEE_AUDIT)
def verify_record() -> Response:
    """Walk the chain, and record what was found: that somebody looked is part of the record too."""
    me = current_person()
    with reading() as rows:
        verdict = audit.verify(rows)
    with writing() as rows:
        audit.record(
            rows,
            "audit.verify",
            of="audit_records",
            actor=me,
            now=clock.now(),
            records=verdict.records,
            head=verdict.head,
            broken_at=verdict.broken_at,
        )
    if verdict.broken_at is None:
        flash(
            _(
                "The record is whole: %(count)s records, unbroken; head %(head)s",
                count=verdict.records,
                head=verdict.head,
            ),
            "success",
        )
    else:
        flash(
            _(
                "The record was tampered with at no. %(number)s. Keep the database as it is and tell whoever is responsible for security; the %(count)s records before it are whole.",
                number=verdict.broken_at,
                count=verdict.records,
            ),
            "danger",
        )
    return redirect(url_for("admin.audit_record"), 303)


@bp.post("/audit/export")
@needs(Permission.SEE_AUDIT)
def export_record() -> Response:
    """The filtered records as CSV.  A POST, because that the record was taken away is recorded."""
    me = current_person()
    form = RecordFilter(request.form)
    wanted = _wanted(form) if form.validate() else records.Wanted()
    now = clock.now()
    with writing() as rows:
        audit.record(
            rows,
            "audit.export",
            of="audit_records",
            actor=me,
            now=now,
            wanted_act=wanted.act,
            wanted_person=wanted.who,
        )
    header = [
        str(_("No.")),
        str(_("Instant (UTC)")),
        str(_("Person no.")),
        str(_("Person")),
        str(_("Act")),
        str(_("Object")),
        str(_("Detail")),
        str(_("Hash")),
    ]

    def lines() -> Iterator[str]:
        with reading() as rows:
            yield from records.csv_lines(rows, wanted, header=header)

    name = f"audit-{now:%Y%m%d-%H%M%S}.csv"
    return FlaskResponse(
        stream_with_context(lines()),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _wanted(form: RecordFilter) -> records.Wanted:
    return records.Wanted(
        form.act.data or "",
        form.who.data or "",
        _midnight(form.first.data),
        # The last day is included whole.
        _midnight(form.last.data + timedelta(days=1) if form.last.data else None),
    )


def _midnight(day: date | None) -> datetime | None:
    return from_local_input(datetime.combine(day, time())) if day else None
