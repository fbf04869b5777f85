"""What a version's page says of its past: differences, uses, figures by sitting, enemies, tags."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.access.scope import SignedIn
from examsite.authoring import invisible, policy, queries, search
from examsite.authoring.blueprint import bp
from examsite.authoring.catalogue import actions, acts, trend
from examsite.authoring.catalogue import queries as beside
from examsite.authoring.catalogue.figures import FLAGS, Alarm, figure, flags_of
from examsite.authoring.models import Bank, QuestionVersion, VersionStatistics
from examsite.authoring.pages.reach import (
    bank_in_reach,
    note_look,
    note_questions,
    seen_of,
    version_in_reach,
    whole,
)
from examsite.authoring.secrecy.need_to_know import visible
from examsite.authoring.vetting.blindness import sight as sight_of
from examsite.db import reading, writing
from examsite.errors import NotYours
from question_bank.psychometrics.flags import Flag
from question_bank.questions.difference import difference, key_difference
from question_bank.questions.model import question_from_document


@bp.get("/versions/<int:version_id>/difference")
@needs(Permission.SEE_BANK)
def difference_page(version_id: int) -> str:
    """This version beside the one before it, or beside the one that `with` names by its number."""
    person = current_person()
    with reading() as session:
        row, bank = version_in_reach(session, version_id)
        versions = seen_of(bank, search.history(session, row.question_id))
        is_own = search.is_own(session, row.question_id, person.id)
        hides_author = sight_of(person, bank, versions, [], is_own=is_own).hides_author
        other = _other(row, versions)
        if other is None:
            return render_template(
                "authoring/difference.html", bank=bank, version=row, versions=versions, other=None
            )
        older, newer = sorted((row, other), key=lambda one: one.number)
        before, after = question_from_document(older.document), question_from_document(newer.document)
        keys = None
        if policy.may_see_keys(person, bank):
            note_look(f"question_versions:{row.id}", purpose="difference", other=other.id)
            held = queries.keys(session, [older.id, newer.id])
            keys = key_difference(before, held[older.id], after, held[newer.id])
        else:
            note_questions(f"question_versions:{row.id}", [older, newer], purpose="difference")
        numbers = [one.number for one in reversed(versions)]
        place = numbers.index(newer.number)
        return render_template(
            "authoring/difference.html",
            bank=bank,
            version=row,
            versions=versions,
            other=other,
            older=older,
            newer=newer,
            found=difference(before, after),
            keys=keys,
            hides_author=hides_author,
            earlier=_step(versions, numbers, place - 1),
            later=_step(versions, numbers, place + 1),
        )


@bp.post("/versions/<int:version_id>/enemies")
@needs(Permission.WRITE_QUESTIONS, Permission.MANAGE_BANK)
def add_enemy(version_id: int) -> Any:
    """Keep this question and another one off one paper."""
    name = invisible.without(request.form.get("other", "")).strip()[:60]
    try:
        with writing() as session:
            row, bank = version_in_reach(session, version_id, acts.may_tag)
            sight = visible(session, current_person(), bank)
            other = beside.question_named(session, bank.id, name, sight)
            if other is None:
                raise actions.NotAPair(
                    _(
                        "There is no question “%(name)s” in this bank. Give its ID, or # and its number.",
                        name=name,
                    )
                )
            actions.make_enemies(
                session,
                row.question,
                other,
                invisible.without(request.form.get("reason", "")),
                actor=current_person(),
                now=clock.now(),
            )
    except (actions.NoReason, actions.NotAPair) as refused:
        flash(refused.message, "danger")
    else:
        flash(_("No paper will hold both questions."), "success")
    return redirect(url_for("authoring.version", version_id=version_id, _anchor="enemies"), 303)


@bp.post("/enemies/<int:enemy_id>/end")
@needs(Permission.WRITE_QUESTIONS, Permission.MANAGE_BANK)
def end_enemy(enemy_id: int) -> Any:
    """Let two questions stand on one paper again."""
    with writing() as session:
        pair = beside.pair(session, enemy_id)
        if pair is None:
            raise NotYours()
        bank = bank_in_reach(session, pair.bank_id, acts.may_tag)
        sight = visible(session, current_person(), bank)
        seen = beside.current_of(session, [pair.one_id, pair.other_id], sight)
        if not seen:
            raise NotYours()
        back = seen.get(pair.one_id) or seen[pair.other_id]
        actions.end_enemies(session, pair, actor=current_person(), now=clock.now())
        version_id = back.id
    flash(_("The two questions may stand on one paper again."), "success")
    return redirect(url_for("authoring.version", version_id=version_id, _anchor="enemies"), 303)


@bp.post("/versions/<int:version_id>/tags")
@needs(Permission.WRITE_QUESTIONS, Permission.MANAGE_BANK)
def change_tag(version_id: int) -> Any:
    """Give the question an industry tag, or take one away."""
    tag = invisible.without(request.form.get("tag", ""))
    try:
        with writing() as session:
            row, bank = version_in_reach(session, version_id, acts.may_tag)
            change = actions.remove_tag if "remove" in request.form else actions.add_tag
            change(session, bank, [row.question_id], tag, actor=current_person(), now=clock.now())
    except actions.NoTag as refused:
        flash(refused.message, "danger")
    return redirect(url_for("authoring.version", version_id=version_id, _anchor="tags"), 303)


def beside_version(
    session: Session,
    person: SignedIn,
    bank: Bank,
    row: QuestionVersion,
    versions: Sequence[QuestionVersion],
) -> dict[str, Any]:
    """What the page of a version shows below it: the context of `version_past.html`."""
    sight = visible(session, person, bank)
    ids = [one.id for one in versions]
    figures = search.statistics(session, ids)
    enemies = beside.enemies(session, row.question_id, sight)
    return {
        "uses": beside.uses(session, ids),
        "people_in_all": sum(one.people for one in versions),
        "papers_in_all": sum(one.papers for one in versions),
        "figures": [_figures(one) for one in figures],
        "trend": _drawn(figures),
        "enemies": enemies,
        "proposed": _proposed(session, bank, row, enemies, sight),
        "tags": beside.tags_of(session, row.question_id),
        "known_tags": beside.tags_in_use(session, bank.id),
        "may_tag": acts.may_tag(person, bank),
    }


def _proposed(
    session: Session,
    bank: Bank,
    row: QuestionVersion,
    enemies: Sequence[beside.Enemy],
    sight: ColumnElement[bool],
) -> list[QuestionVersion]:
    """Questions of the same stimulus set that are not kept apart yet: one may give the other away."""
    if not row.stimulus:
        return []
    held = {one.version.question_id for one in enemies if one.version is not None}
    sisters = beside.of_stimulus(session, bank.id, row.stimulus, sight)
    return [one for one in sisters if one.question_id not in held | {row.question_id}][:10]


def _figures(row: VersionStatistics) -> dict[str, Any]:
    flags = flags_of(row.document)
    return {
        "row": row,
        "title": (row.document.get("more") or {}).get("title") or row.source,
        "persons": row.document.get("persons"),
        "right": figure(row.document, "difficulty"),
        "told": figure(row.document, "discrimination"),
        "alarms": [alarm for alarm, raising in FLAGS.items() if set(flags) & set(raising)],
        "is_thin": Flag.FEW_PERSONS in flags,
    }


def _drawn(figures: Sequence[VersionStatistics]) -> Any:
    """The trend, oldest first; nothing to draw of a single sitting."""
    points = [
        trend.Point(one.source, figure(one.document, "difficulty"), figure(one.document, "discrimination"))
        for one in reversed(figures)
    ]
    if len(points) < 2:
        return None
    said = "; ".join(
        f"{n}: {'–' if p.right is None else f'{p.right:.2f}'}, {'–' if p.told is None else f'{p.told:.2f}'}"
        for n, p in enumerate(points, start=1)
    )
    return trend.drawing(points, _("Proportion right and discrimination by sitting"), said)


def _other(row: QuestionVersion, versions: Sequence[QuestionVersion]) -> QuestionVersion | None:
    """The version asked for, else the one before this one, else the one after it; `versions` are newest first."""
    asked = whole("with", 0)
    earlier = [one for one in versions if one.number < row.number]
    later = [one for one in versions if one.number > row.number]
    wanted = [one for one in versions if one.number == asked]
    return next(iter([*wanted, *earlier, *reversed(later)]), None)


def _step(
    versions: Sequence[QuestionVersion], numbers: Sequence[int], place: int
) -> tuple[QuestionVersion, int] | None:
    """The version at this place with the number of the one before it; None past either end."""
    if not 1 <= place < len(numbers):
        return None
    found = next(one for one in versions if one.number == numbers[place])
    return found, numbers[place - 1]


@bp.app_template_filter("alarm_label")
def alarm_label(alarm: str) -> str:
    """A reason to look at a question."""
    return {
        Alarm.TOO_HARD: str(_("too hard")),
        Alarm.TOO_EASY: str(_("too easy")),
        Alarm.LOW_DISCRIMINATION: str(_("low discrimination")),
        Alarm.KEY_SUSPECT: str(_("key suspect")),
    }[Alarm(alarm)]


@bp.app_template_filter("field_label")
def field_label(name: str) -> str:
    """A field of a question in a comparison; a part's number stands before it ("2.right")."""
    part, _separator, field = name.rpartition(".")
    known = {
        "kind": str(_("Kind")),
        "material": str(_("Material")),
        "stem": str(_("Stem")),
        "point": str(_("Assessment point")),
        "difficulty": str(_("Difficulty")),
        "consistency": str(_("Consistency")),
        "sources": str(_("Sources")),
        "picture": str(_("Picture and its place")),
        "stimulus": str(_("Stimulus set")),
        "tags": str(_("Industries")),
        "share": str(_("Share of the points")),
        "right": str(_("Right answer")),
        "model_answer": str(_("Model answer")),
        "explanation": str(_("Explanation")),
    }
    label = known.get(field, field)
    return f"{_('Part %(n)s', n=part)} · {label}" if part else label
