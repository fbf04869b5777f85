"""Outlines by hand: begin a draft, write its areas and points, say where the points of the edition before went."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.authoring import editions, outlines, policy, queries
from examsite.authoring.blueprint import bp
from examsite.authoring.forms import AreaForm, BeginOutlineForm, TopForm
from examsite.authoring.models import Bank, OutlineRow, OutlineStatus
from examsite.authoring.pages.reach import bank_in_reach, outline_in_reach
from examsite.db import reading, writing
from examsite.errors import NotYours, Refused
from question_bank.outlines import editing
from question_bank.outlines.editions import Fate, passages
from question_bank.outlines.tree import Outline, outline_from_document
from question_bank.problems import Problem

#: What a person writes for a point that was given up.
GIVEN_UP = "-"


@bp.post("/<int:bank_id>/outlines/begin")
@needs(Permission.WRITE_QUESTIONS, Permission.MANAGE_BANK)
def begin_outline(bank_id: int) -> Any:
    """A draft to write by hand: empty, or a copy of the outline in force."""
    form = BeginOutlineForm()
    with writing() as session:
        bank = bank_in_reach(session, bank_id, policy.may_edit_outline)
        following = queries.outline_in_force(session, bank_id) if form.copy.data == "yes" else None
        name = form.name.data or (following.name if following else bank.name)
        row = editions.begin(session, bank, name[:120], following, actor=current_person(), now=clock.now())
        outline_id = row.id
    return redirect(url_for("authoring.edit_outline", outline_id=outline_id), 303)


@bp.get("/outlines/<int:outline_id>/edit")
@needs(Permission.WRITE_QUESTIONS, Permission.MANAGE_BANK)
def edit_outline(outline_id: int) -> str:
    """The form of name, source and first level; with ?area=CODE, that of one area."""
    with reading() as session:
        row, bank, outline = _draft(session, outline_id)
        code = request.args.get("area", "")
        return _form_page(row, bank, outline, code, _filled(outline, code, row.content_hash), [])


@bp.post("/outlines/<int:outline_id>/edit")
@needs(Permission.WRITE_QUESTIONS, Permission.MANAGE_BANK)
def write_outline(outline_id: int) -> Any:
    """Keep what the form says, or show it again with every fault by its line."""
    code = request.args.get("area", "")
    with reading() as session:
        row, bank, outline = _draft(session, outline_id)
    form: TopForm | AreaForm = AreaForm() if code else TopForm()
    lines, problems = editing.read_areas(form.areas.data or "", code)
    points, of_points = editing.read_points(form.points.data or "", code) if code else ([], [])
    if not form.validate() or problems or of_points:
        _put(form.areas, problems)
        if code:
            _put(form.points, of_points)
        return _form_page(row, bank, outline, code, form, []), 422
    seen, person, now = form.seen.data or "", current_person(), clock.now()
    try:
        with writing() as session:
            row, bank, _outline = _draft(session, outline_id)
            if isinstance(form, AreaForm):
                weight = Fraction(str(form.weight.data))
                editions.write_area(
                    session, row, seen, code, form.name.data, weight, lines, points, actor=person, now=now
                )
            else:
                editions.write_top(
                    session, row, seen, form.name.data, form.source.data or "", lines, actor=person, now=now
                )
            outline = outline_from_document(row.document)
    except editions.ChangedMeanwhile as changed:
        with reading() as session:
            row, bank, outline = _draft(session, outline_id)
        form.seen.raw_data, form.seen.data = None, row.content_hash
        return _form_page(row, bank, outline, code, form, [changed.message]), changed.status
    following = _next_area(outline, code) if request.form.get("then") == "next" else None
    if following is not None:
        return redirect(url_for("authoring.edit_outline", outline_id=outline_id, area=following), 303)
    flash(_("Saved."), "success")
    return redirect(url_for("authoring.outline", outline_id=outline_id), 303)


@bp.post("/outlines/<int:outline_id>/withdraw")
@needs(Permission.WRITE_QUESTIONS, Permission.MANAGE_BANK)
def withdraw_outline(outline_id: int) -> Any:
    """Make a published outline that nothing rests on a draft again."""
    with writing() as session:
        row, _bank = outline_in_reach(session, outline_id, policy.may_edit_outline)
        outlines.withdraw(session, row, actor=current_person(), now=clock.now())
    flash(_("The outline is a draft again."), "info")
    return redirect(url_for("authoring.outline", outline_id=outline_id), 303)


@bp.get("/outlines/<int:outline_id>/mapping")
@needs(Permission.WRITE_QUESTIONS, Permission.MANAGE_BANK)
def outline_mapping(outline_id: int) -> str:
    """Where each point of the edition in force goes in this one, with what suggests itself."""
    with reading() as session:
        row, bank, outline = _draft(session, outline_id)
        return _mapping_page(session, row, bank, outline, dict(row.mapping or {}), [])


@bp.post("/outlines/<int:outline_id>/mapping")
@needs(Permission.WRITE_QUESTIONS, Permission.MANAGE_BANK)
def map_outline(outline_id: int) -> Any:
    """Keep the mapping; a field that was left empty is a point nobody decided about."""
    typed = {
        name.removeprefix("to:"): value.strip().upper()
        for name, value in request.form.items()
        if name.startswith("to:") and value.strip()
    }
    mapping = {old: "" if new == GIVEN_UP else new for old, new in typed.items()}
    try:
        with writing() as session:
            row, bank, outline = _draft(session, outline_id)
            following = queries.outline_in_force(session, bank.id)
            if following is None:
                raise Refused(_("No outline is in force, so there is nothing to follow."))
            editions.map_points(session, row, following, mapping, actor=current_person(), now=clock.now())
    except editions.FaultyOutline as faulty:
        with reading() as session:
            row, bank, outline = _draft(session, outline_id)
            return _mapping_page(session, row, bank, outline, mapping, faulty.problems), 422
    flash(_("It is kept where the points went. Questions move when this edition is published."), "success")
    return redirect(url_for("authoring.outline", outline_id=outline_id), 303)


def _draft(session: Session, outline_id: int) -> tuple[OutlineRow, Bank, Outline]:
    row, bank = outline_in_reach(session, outline_id, policy.may_edit_outline)
    if row.status != OutlineStatus.DRAFT:
        raise Refused(_("A published outline is never edited. Make a new edition of it."))
    return row, bank, outline_from_document(row.document)


def _filled(outline: Outline, code: str, seen: str) -> TopForm | AreaForm:
    if not code:
        return TopForm(
            formdata=None,
            data={
                "name": outline.name,
                "source": outline.source,
                "areas": editing.areas_as_text(outline.areas),
                "seen": seen,
            },
        )
    area = outline.area(code)
    if area is None:
        raise NotYours()
    return AreaForm(
        formdata=None,
        data={
            "name": area.name,
            "weight": float(area.weight),
            "areas": editing.areas_as_text(area.children),
            "points": editing.points_as_text(area.points),
            "seen": seen,
        },
    )


def _form_page(
    row: OutlineRow, bank: Bank, outline: Outline, code: str, form: TopForm | AreaForm, errors: list[str]
) -> str:
    area = outline.area(code) if code else None
    if code and area is None:
        raise NotYours()
    below = area.children if area else outline.areas
    return render_template(
        "authoring/edit_outline.html",
        row=row,
        bank=bank,
        form=form,
        area=area,
        target=area.weight if area else 100,
        sum_below=sum(child.weight for child in below),
        below=below,
        parents=[one for one in outline.walk() if code.startswith(f"{one.code}-")],
        errors=errors,
    )


def _next_area(outline: Outline, code: str) -> str | None:
    """The area after this one in the order of the table; after the top, the first."""
    codes = [area.code for area in outline.walk()]
    if not code:
        return codes[0] if codes else None
    place = codes.index(code) + 1 if code in codes else len(codes)
    return codes[place] if place < len(codes) else None


def _mapping_page(
    session: Session,
    row: OutlineRow,
    bank: Bank,
    outline: Outline,
    mapping: dict[str, str],
    problems: list[Problem],
) -> str:
    following = queries.outline_in_force(session, bank.id)
    in_use = editions.points_in_use(session, bank.id)
    lines = passages(outline_from_document(following.document), outline, also=in_use) if following else []
    shown = [
        (passage, in_use.get(passage.old, 0), _said(passage.old, passage.suggested, mapping))
        for passage in lines
        if passage.fate is not Fate.SAME
    ]
    return render_template(
        "authoring/outline_mapping.html",
        row=row,
        bank=bank,
        following=following,
        lines=sorted(shown, key=lambda line: line[1] == 0),
        same=sum(passage.fate is Fate.SAME for passage in lines),
        codes=[(point.code, point.name) for point in outline.points],
        problems=problems,
        given_up=GIVEN_UP,
    )


def _said(old: str, suggested: str, mapping: dict[str, str]) -> str:
    return (mapping[old] or GIVEN_UP) if old in mapping else suggested


def _put(field: Any, problems: list[Problem]) -> None:
    field.errors = [*field.errors, *(str(problem) for problem in problems)]
