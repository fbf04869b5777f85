"""Correcting a wrong key after use: proposing it, seeing who would change, approving or refusing it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.access.scope import SignedIn
from examsite.authoring.keys import key_before, keys, proposed_key
from examsite.authoring.models import Bank, QuestionVersion
from examsite.authoring.pages.reach import note_look, version_in_reach
from examsite.authoring.vetting import gate
from examsite.authoring.vetting import keychanges as corrections
from examsite.authoring.vetting.errors import CommentNeeded, NoKey
from examsite.authoring.vetting.models import CorrectionStatus, KeyCorrection
from examsite.db import reading, writing
from examsite.errors import Refused
from examsite.results import keychanges
from examsite.results.blueprint import bp
from question_bank.questions.model import question_from_document
from question_bank.questions.present import present

#: Rows of candidates shown a sitting; the counts above them are whole.
SHOWN = 300


@bp.get("/key-changes")
@needs(Permission.CONFIRM_BANK)
def waiting_key_changes() -> str:
    """What waits for a second person."""
    person = current_person()
    reach = person.institutions(Permission.CONFIRM_BANK)
    with reading() as session:
        found = [
            (row, version)
            for row, version in keychanges.waiting(session)
            if reach is None or session.get_one(Bank, version.bank_id).institution_id in reach
        ]
        return render_template("results/waiting_key_changes.html", found=found)


@bp.get("/versions/<int:version_id>/key-changes")
@needs(Permission.REVIEW_QUESTIONS, Permission.CONFIRM_BANK)
def key_changes(version_id: int) -> str:
    """Earlier changes of a version's key, and the form that proposes another."""
    with reading() as session:
        version, bank = version_in_reach(session, version_id, _may_look)
        return _version_page(session, version, bank)


@bp.post("/versions/<int:version_id>/key-changes")
@needs(Permission.REVIEW_QUESTIONS)
def propose_key_change(version_id: int) -> Any:
    """Propose another key; the next page shows whom it would concern."""
    reason = request.form.get("reason", "").strip()[:1000]
    try:
        with writing() as session:
            version, _bank = version_in_reach(session, version_id, _may_propose)
            question = question_from_document(version.document)
            old = keys(session, [version.id])[version.id]
            key = corrections.key_from_form(question, request.form, old)
            row = corrections.propose(session, version, key, reason, actor=current_person(), now=clock.now())
            change_id = row.id
    except (CommentNeeded, NoKey, Refused) as refusal:
        with reading() as session:
            version, bank = version_in_reach(session, version_id, _may_propose)
            faults = refusal.details.get("faults", {"reason": refusal.message})
            return _version_page(session, version, bank, faults, reason), refusal.status
    flash(_("Proposed. Another person now decides; until then nothing changes."), "success")
    return redirect(url_for("results.key_change", change_id=change_id), 303)


@bp.get("/key-changes/<int:change_id>")
@needs(Permission.REVIEW_QUESTIONS, Permission.CONFIRM_BANK)
def key_change(change_id: int) -> str:
    """Old and new key, and every candidate whose paper holds the question: before and after."""
    with reading() as session:
        row, version, bank = _in_reach(session, change_id, _may_look)
        return _change_page(session, row, version, bank)


@bp.post("/key-changes/<int:change_id>/approve")
@needs(Permission.CONFIRM_BANK)
def approve_key_change(change_id: int) -> Any:
    """Put the new key in force and score anew."""
    note = request.form.get("note", "").strip()[:1000]
    try:
        with writing() as session:
            row, _version, _bank = _in_reach(session, change_id, _may_decide)
            done = keychanges.approve(session, row, note, actor=current_person(), now=clock.now())
    except (CommentNeeded, Refused) as refusal:
        return _refused(change_id, refusal, note)
    changed = sum(one.results_changed for one in done)
    flash(
        ngettext(
            "The key is changed and %(sittings)s sittings are scored anew; %(num)s result is another.",
            "The key is changed and %(sittings)s sittings are scored anew; %(num)s results are others.",
            changed,
            sittings=len(done),
        ),
        "success",
    )
    return redirect(url_for("results.key_change", change_id=change_id), 303)


@bp.post("/key-changes/<int:change_id>/refuse")
@needs(Permission.CONFIRM_BANK)
def refuse_key_change(change_id: int) -> Any:
    """Leave the key as it is."""
    note = request.form.get("note", "").strip()[:1000]
    try:
        with writing() as session:
            row, _version, _bank = _in_reach(session, change_id, _may_decide)
            keychanges.refuse(session, row, note, actor=current_person(), now=clock.now())
    except (CommentNeeded, Refused) as refusal:
        return _refused(change_id, refusal, note)
    flash(_("Refused: the key stays as it is."), "success")
    return redirect(url_for("results.key_change", change_id=change_id), 303)


def _refused(change_id: int, refusal: CommentNeeded | Refused, note: str) -> Any:
    with reading() as session:
        row, version, bank = _in_reach(session, change_id, _may_decide)
        return _change_page(session, row, version, bank, refusal.message, note), refusal.status


def _may_look(person: SignedIn, bank: Bank) -> bool:
    return _may_propose(person, bank) or _may_decide(person, bank)


def _may_propose(person: SignedIn, bank: Bank) -> bool:
    """A reviewer of the bank who sees keys."""
    return person.may_in(Permission.REVIEW_QUESTIONS, bank.institution_id) and person.may_in(
        Permission.SEE_KEYS, bank.institution_id
    )


def _may_decide(person: SignedIn, bank: Bank) -> bool:
    return person.may_in(Permission.CONFIRM_BANK, bank.institution_id) and person.may_in(
        Permission.SEE_KEYS, bank.institution_id
    )


def _in_reach(session: Session, change_id: int, may: Any) -> tuple[KeyCorrection, QuestionVersion, Bank]:
    row = keychanges.correction_for(session, change_id)
    version, bank = version_in_reach(session, row.version_id, may)
    return row, version, bank


def _version_page(
    session: Session,
    version: QuestionVersion,
    bank: Bank,
    faults: dict[str, str] | None = None,
    reason: str = "",
) -> str:
    note_look(f"question_versions:{version.id}", purpose="key-change")
    question = question_from_document(version.document)
    found = gate.corrections(session, [version.id])
    papers = keychanges.papers_with(session, version)
    return render_template(
        "results/key_changes.html",
        version=version,
        bank=bank,
        question=question,
        shown=present(question, position=1, points=Decimal(1)),
        key=keys(session, [version.id])[version.id],
        corrections=found,
        papers=papers,
        may_propose=_may_propose(current_person(), bank)
        and papers > 0
        and all(one.status != CorrectionStatus.PROPOSED for one in found),
        faults=faults or {},
        reason=reason,
    )


def _change_page(
    session: Session,
    row: KeyCorrection,
    version: QuestionVersion,
    bank: Bank,
    error: str = "",
    note: str = "",
) -> str:
    person = current_person()
    note_look(f"question_versions:{version.id}", purpose="key-change")
    question = question_from_document(version.document)
    is_open = row.status == CorrectionStatus.PROPOSED
    new = proposed_key(session, row.id)
    return render_template(
        "results/key_change.html",
        row=row,
        version=version,
        bank=bank,
        shown=present(question, position=1, points=Decimal(1)),
        before=key_before(session, row.version_id, row.number),
        after=new,
        effects=keychanges.effects(session, row) if is_open else [],
        limit=SHOWN,
        sees_scores=person.may_in(Permission.SEE_SCORES, bank.institution_id),
        is_open=is_open,
        may_decide=is_open and row.proposed_by_id != person.id and _may_decide(person, bank),
        is_own=row.proposed_by_id == person.id,
        error=error,
        note=note,
    )
