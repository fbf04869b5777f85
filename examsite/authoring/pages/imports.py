"""Importing a file of questions: upload, preview with every row's fate, confirm, discard, undo, findings."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from examsite import clock, files
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.authoring import imports, policy, queries
from examsite.authoring.blueprint import bp
from examsite.authoring.forms import ConfirmForm, FileForm
from examsite.authoring.imports import FileKind, Take
from examsite.authoring.models import Bank, BatchStatus, ImportBatch
from examsite.authoring.pages.reach import bank_in_reach, batch_in_reach, note_look, whole
from examsite.authoring.pages.sheets import as_it_was
from examsite.authoring.reading import ReadFile, read_workbook
from examsite.authoring.reports import from_document
from examsite.authoring.writing.doubts import with_doubts
from examsite.db import reading, writing
from examsite.errors import NotYours
from question_bank.formats.export import write_findings
from question_bank.formats.imports import Outcome
from question_bank.formats.limits import Unreadable
from question_bank.formats.registry import FORMATS, extensions
from question_bank.outlines.tree import Outline

ROWS_A_PAGE = 50


@bp.get("/<int:bank_id>/imports/new")
@needs(Permission.WRITE_QUESTIONS)
def new_import(bank_id: int) -> str:
    """Choose a file."""
    with reading() as session:
        bank = bank_in_reach(session, bank_id, policy.may_write)
        return _upload_page(bank, FileForm(), queries.outline_in_force(session, bank_id))


@bp.post("/<int:bank_id>/imports/new")
@needs(Permission.WRITE_QUESTIONS)
def stage_import(bank_id: int) -> Any:
    """Read the file and stage it; nothing enters the bank."""
    form = FileForm()
    with reading() as session:
        bank = bank_in_reach(session, bank_id, policy.may_write)
        checked_against = _outline(session, bank_id)
    if not form.validate():
        return _upload_page(bank, form, checked_against), 422
    content = form.file.data.read()
    try:
        # Outside of the writing transaction: a large file takes seconds, and others save meanwhile.
        file = read_workbook(form.file.data.filename or "", content, checked_against)
    except Unreadable as fault:
        form.file.errors = [str(fault.problem)]
        return _upload_page(bank, form, checked_against), 422
    with reading() as session:
        file = _with_doubts(session, bank_in_reach(session, bank_id, policy.may_write), file)
    try:
        with writing() as session:
            bank = bank_in_reach(session, bank_id, policy.may_write)
            batch = imports.stage(session, bank, content, file, actor=current_person(), now=clock.now())
            batch_id = batch.id
    except imports.SameFile as same:
        flash(
            _(
                "This very file was sent to this bank before. Here is what became of it; you can read it again."
            ),
            "warning",
        )
        batch_id = same.details["batch_id"]
    return redirect(url_for("authoring.import_preview", batch_id=batch_id), 303)


@bp.get("/imports/<int:batch_id>")
@needs(Permission.WRITE_QUESTIONS)
def import_preview(batch_id: int) -> Any:
    """What the file holds, row by row, and what can be done with it."""
    with reading() as session:
        batch, bank = batch_in_reach(session, batch_id)
        if batch.kind != FileKind.WORKBOOK:
            return redirect(url_for("authoring.bank", bank_id=bank.id), 303)
        return _preview(session, batch, bank, ConfirmForm(formdata=None))


@bp.post("/imports/<int:batch_id>/confirm")
@needs(Permission.WRITE_QUESTIONS)
def confirm_import(batch_id: int) -> Any:
    """Put the chosen rows into the bank, all in one transaction."""
    form = ConfirmForm()
    with reading() as session:
        batch, bank = batch_in_reach(session, batch_id)
        file = _stored_file(session, batch, bank) if batch.status == BatchStatus.STAGED else None
    try:
        with writing() as session:
            batch, bank = batch_in_reach(session, batch_id)
            if file is None:
                raise imports.Ended(imports.already(batch))
            take = Take(form.take.data) if form.take.data in list(Take) else Take.ALL_OR_NOTHING
            counts = imports.confirm(
                session,
                batch,
                file,
                form.source.data or "",
                take,
                actor=current_person(),
                now=clock.now(),
            )
    except imports.Ended as ended:
        flash(ended.message, "info")
        return redirect(url_for("authoring.import_preview", batch_id=batch_id), 303)
    except (imports.RowsRefused, imports.OutlineChanged, imports.SourceUnknown) as refused:
        with reading() as session:
            batch, bank = batch_in_reach(session, batch_id)
            return _preview(session, batch, bank, form, refused.message), refused.status
    entered = counts["new"] + counts["changed"]
    flash(
        ngettext(
            "%(num)s question is in the bank and waits for review.",
            "%(num)s questions are in the bank and wait for review.",
            entered,
        ),
        "success",
    )
    return redirect(url_for("authoring.import_preview", batch_id=batch_id), 303)


@bp.get("/imports/<int:batch_id>/findings.xlsx")
@needs(Permission.WRITE_QUESTIONS)
def import_findings(batch_id: int) -> Any:
    """The file back with a column of findings, bad cells coloured."""
    with reading() as session:
        batch, bank = batch_in_reach(session, batch_id)
        if batch.kind != FileKind.WORKBOOK:
            raise NotYours()
        file = _with_doubts(session, bank, _stored_file(session, batch, bank))
        note_look(f"import_batches:{batch.id}", purpose="findings")
        name = batch.file_name.rpartition(".")[0] or batch.file_name
    return send_file(
        io.BytesIO(write_findings(file.read)),
        mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        as_attachment=True,
        download_name=f"{name}-{_('findings')}.xlsx",
    )


@bp.post("/imports/<int:batch_id>/again")
@needs(Permission.WRITE_QUESTIONS)
def read_again(batch_id: int) -> Any:
    """Read the stored file once more, against the outline that is in force now."""
    with reading() as session:
        batch, bank = batch_in_reach(session, batch_id)
        file = _with_doubts(session, bank, _stored_file(session, batch, bank))
    with writing() as session:
        batch, bank = batch_in_reach(session, batch_id)
        fresh = imports.stage_again(session, batch, file, actor=current_person(), now=clock.now())
        fresh_id = fresh.id
    return redirect(url_for("authoring.import_preview", batch_id=fresh_id), 303)


@bp.post("/imports/<int:batch_id>/discard")
@needs(Permission.WRITE_QUESTIONS)
def discard_import(batch_id: int) -> Any:
    """Throw a staged file away."""
    with writing() as session:
        batch, bank = batch_in_reach(session, batch_id)
        imports.discard(session, batch, actor=current_person(), now=clock.now())
        bank_id = bank.id
    flash(_("The import was discarded. Nothing entered the bank."), "info")
    return redirect(url_for("authoring.bank", bank_id=bank_id), 303)


@bp.post("/imports/<int:batch_id>/undo")
@needs(Permission.WRITE_QUESTIONS)
def undo_import(batch_id: int) -> Any:
    """Take the whole batch out again, while nothing rests on it."""
    with writing() as session:
        batch, _bank = batch_in_reach(session, batch_id)
        count = imports.undo(session, batch, actor=current_person(), now=clock.now())
    flash(
        ngettext(
            "The import was undone: %(num)s question was taken out.",
            "The import was undone: %(num)s questions were taken out.",
            count,
        ),
        "success",
    )
    return redirect(url_for("authoring.import_preview", batch_id=batch_id), 303)


def _preview(session: Session, batch: ImportBatch, bank: Bank, form: ConfirmForm, error: str = "") -> str:
    session.refresh(batch, ["report"])
    report = from_document(batch.report)
    sources = list(report.counts)
    source = form.source.data if form.source.data in sources else request.args.get("source")
    if source not in sources:
        source = report.result.get("source")
    if source is None:
        source = next((name for name in sources if name == bank.name), None)
    if source is None and len(sources) == 1:
        source = sources[0]
    only_problems = bool(request.values.get("only"))
    troubled = {(p.place.sheet, p.place.row) for p in report.problems}
    rows = [
        row
        for row in report.rows
        if row.bank == source
        and (not only_problems or row.outcome is not Outcome.ACCEPTED or (row.sheet, row.row) in troubled)
    ]
    pages = max(1, -(-len(rows) // ROWS_A_PAGE))
    page = min(whole("page"), pages)
    shown = rows[(page - 1) * ROWS_A_PAGE : page * ROWS_A_PAGE]
    content = files.content_of(session, batch.file_digest)
    if shown:
        note_look(f"import_batches:{batch.id}", rows=len(shown), page=page)
    sheets = as_it_was(batch.file_name, content, report, shown)
    arguments: dict[str, Any] = {"batch_id": batch.id}
    if source is not None:
        arguments["source"] = source
    if only_problems:
        arguments["only"] = 1
    return render_template(
        "authoring/import.html",
        batch=batch,
        bank=bank,
        report=report,
        source=source,
        sources=sources,
        counts=report.counts.get(source) if source is not None else None,
        form=form,
        error=error,
        sheets=sheets,
        only_problems=only_problems,
        page=page,
        pages=pages,
        total=len(rows),
        page_url=lambda number: url_for("authoring.import_preview", **arguments, page=number),
        in_use=imports.versions_in_use(session, batch.id) if batch.status == BatchStatus.CONFIRMED else 0,
        ended_by=queries.person_name(session, batch.ended_by_id),
    )


def _with_doubts(session: Session, bank: Bank, file: ReadFile) -> ReadFile:
    """The file with what the check says of its questions and with what the bank has already."""
    return replace(file, read=with_doubts(session, bank, current_person(), file.read))


def _stored_file(session: Session, batch: ImportBatch, bank: Bank) -> ReadFile:
    content = files.content_of(session, batch.file_digest)
    return read_workbook(batch.file_name, content, _outline(session, bank.id))


def _outline(session: Session, bank_id: int) -> tuple[str, Outline] | None:
    found = queries.published_outline(session, bank_id)
    return (found[0].content_hash, found[1]) if found else None


def _upload_page(bank: Bank, form: FileForm, outline: object) -> str:
    return render_template(
        "authoring/new_import.html",
        bank=bank,
        form=form,
        has_outline=outline is not None,
        formats=FORMATS,
        accept=",".join(f".{suffix}" for suffix in extensions()),
    )
