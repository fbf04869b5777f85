"""What the writing form shows: fields, findings beside them, the preview, near questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import render_template, request, url_for
from sqlalchemy.orm import Session

from examsite.access.guard import current_person
from examsite.authoring import queries
from examsite.authoring.blueprint import bp
from examsite.authoring.models import Bank, QuestionVersion
from examsite.authoring.pages.reach import may_write_at
from examsite.authoring.textbooks.queries import offered
from examsite.authoring.writing.composing import Composed
from examsite.authoring.writing.likeness import Like, alike
from examsite.authoring.writing.typed import Typed, count_blanks
from question_bank.questions.check import Finding, part_kinds
from question_bank.questions.industries import INDUSTRIES
from question_bank.questions.kinds import Kind


def form_page(
    session: Session,
    bank: Bank,
    typed: Typed,
    made: Composed | None = None,
    *,
    old: QuestionVersion | None = None,
    is_attempt: bool = True,
    saved: bool = False,
) -> str:
    """The form with what is typed.  made: None = nothing was typed yet, so nothing is found fault with.

    is_attempt: whether saving was refused.  saved: the question before this one was stored.
    """
    outline = queries.published_outline(session, bank.id)
    person = current_person()
    likes = _likes(session, bank, typed, old.question_id if old else None) if made else []
    whose = f"{old.kind}{old.id}" if old else typed.kind.value
    return render_template(
        "authoring/question_form.html",
        bank=bank,
        kind=typed.kind,
        typed=typed,
        made=made,
        shown=made.question if made else None,
        notes_found=_by_anchor(made.all, typed) if made else {},
        summary=summary_of(made.all, typed) if made else [],
        likes=likes,
        in_the_way=_in_the_way(made, typed) if is_attempt and made else [],
        old=old,
        points=[one for one in outline[1].points if may_write_at(session, bank, one.code)] if outline else (),
        writable=tuple(Kind),
        part_kinds=part_kinds(),
        industries=(*INDUSTRIES, *(tag for tag in typed.tags if tag not in INDUSTRIES)),
        textbooks=offered(session, bank.institution_id),
        draft_key=f"{person.id}:{bank.id}:{whose}",
        saved=saved,
        preview_url=url_for(
            "authoring.preview_question",
            bank_id=bank.id,
            kind=typed.kind.value,
            question=old.question_id if old else None,
        ),
    )


def _in_the_way(made: Composed, typed: Typed) -> list[tuple[Finding, str]]:
    """What kept the question from being saved: of a draft only what could not be stored."""
    errors = made.all if "submit_for_review" in request.form else made.faults
    return [(finding, anchor_of(finding, typed)) for finding in errors if finding.is_error]


def preview_of(
    session: Session, bank: Bank, typed: Typed, made: Composed, *, question_id: int | None
) -> dict[str, Any]:
    """The same for the page's script: HTML of the preview and of what was found, and the findings by field."""
    findings = made.all
    return {
        "preview": render_template(
            "authoring/question_preview.html",
            bank=bank,
            shown=made.question,
        ),
        "summary": render_template(
            "authoring/question_findings.html",
            summary=summary_of(findings, typed),
            likes=_likes(session, bank, typed, question_id),
        ),
        "findings": [
            {
                "anchor": anchor_of(finding, typed),
                "severity": finding.severity.value,
                "code": finding.code,
                "message": finding.message,
            }
            for finding in findings
        ],
    }


def summary_of(findings: Sequence[Finding], typed: Typed) -> list[tuple[Finding, str]]:
    """Each finding with the id of its field, errors first."""
    ordered = sorted(findings, key=lambda finding: not finding.is_error)
    return [(finding, anchor_of(finding, typed)) for finding in ordered]


def anchor_of(finding: Finding, typed: Typed) -> str:
    """The id of the field that a finding is about."""
    has_part = finding.part is not None and finding.part < len(typed.parts)
    one = typed.parts[finding.part] if has_part and finding.part is not None else typed.body
    prefix = f"part-{finding.part}-" if has_part else ""
    if finding.field != "right":
        return prefix + finding.field
    if one.kind.has_options:
        return prefix + "options"
    if one.kind is Kind.BLANK:
        return prefix + "blanks"
    return prefix + ("value" if one.kind is Kind.CALCULATION and one.numeric else "right")


@bp.app_template_filter("blank_count")
def blank_count(stem: str) -> int:
    """How many blanks a stem has."""
    return count_blanks(stem)


def _by_anchor(findings: Sequence[Finding], typed: Typed) -> Mapping[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        found.setdefault(anchor_of(finding, typed), []).append(finding)
    return found


def _likes(session: Session, bank: Bank, typed: Typed, question_id: int | None) -> list[Like]:
    return alike(session, bank, current_person(), typed.body.stem, except_question_id=question_id)
