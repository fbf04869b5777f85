"""题库审验: what waits for the province, bank by bank, and confirming or refusing it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.authoring import invisible, policy, queries
from examsite.authoring.blueprint import bp
from examsite.authoring.models import Bank, QuestionVersion
from examsite.authoring.pages.reach import bank_in_reach, note_questions, whole
from examsite.authoring.vetting import actions, gate
from examsite.authoring.vetting.errors import CommentNeeded, NotApproved, SamePerson
from examsite.db import reading, writing
from examsite.errors import Invalid
from question_bank.outlines.tree import area_code
from question_bank.questions.kinds import Kind


@bp.get("/confirmations")
@needs(Permission.CONFIRM_BANK)
def confirmations() -> str:
    """Banks that ask for the province's confirmation, those with most waiting first."""
    with reading() as session:
        gates = gate.gates(session, current_person().institutions(Permission.CONFIRM_BANK))
        return render_template("authoring/confirmations.html", gates=gates)


class NothingTicked(Invalid):
    """No question was chosen."""

    code = "nothing-ticked"


@bp.get("/<int:bank_id>/confirmation")
@needs(Permission.CONFIRM_BANK)
def confirmation(bank_id: int) -> str:
    """What of one bank waits, by area and kind, and question by question."""
    with reading() as session:
        return _page(session, bank_in_reach(session, bank_id, policy.may_confirm))


@bp.post("/<int:bank_id>/confirmation")
@needs(Permission.CONFIRM_BANK)
def confirm_or_refuse(bank_id: int) -> Any:
    """Confirm or refuse the ticked questions, or all that the page's filters let through."""
    reason = invisible.without(request.form.get("reason", "")).strip()[:1000]
    chosen = [int(text) for text in request.form.getlist("version") if text.isascii() and text.isdigit()]
    person, now = current_person(), clock.now()
    try:
        with writing() as session:
            bank = bank_in_reach(session, bank_id, policy.may_confirm)
            if request.form.get("everything"):
                area, kind = _narrowed()
                conditions = gate.waiting_conditions(bank_id, area, kind)
                chosen = list(
                    session.scalars(
                        select(QuestionVersion.id).where(*conditions).order_by(QuestionVersion.id)
                    )
                )
            if not chosen:
                raise NothingTicked(_("Tick the questions first."))
            if request.form.get("verdict") == "refuse":
                count = actions.refuse_versions(session, bank, chosen, reason, actor=person, now=now)
                text = ngettext(
                    "%(num)s question was refused and returned to its author.",
                    "%(num)s questions were refused and returned to their authors.",
                    count,
                )
            else:
                count = actions.confirm_versions(session, bank, chosen, reason, actor=person, now=now)
                text = ngettext(
                    "%(num)s question is confirmed for use.",
                    "%(num)s questions are confirmed for use.",
                    count,
                )
    except (CommentNeeded, NotApproved, NothingTicked, SamePerson) as refusal:
        with reading() as session:
            bank = bank_in_reach(session, bank_id, policy.may_confirm)
            return _page(session, bank, refusal.message, reason, chosen), refusal.status
    flash(text, "success")
    return redirect(url_for("authoring.confirmation", bank_id=bank_id), 303)


def _narrowed() -> tuple[str, str]:
    area = invisible.without(request.args.get("area", "")).strip().upper()[:40]
    kind = request.args.get("kind", "")
    return area, kind if kind in list(Kind) else ""


def _page(
    session: Session, bank: Bank, error: str = "", reason: str = "", chosen: list[int] | None = None
) -> str:
    area, kind = _narrowed()
    page = whole("page")
    versions, total = gate.waiting_versions(session, bank.id, area, kind, page)
    note_questions(f"banks:{bank.id}", versions, page=page, purpose="confirmation")
    counts: dict[str, Counter[Kind]] = {}
    for point, letter, number in gate.waiting_counts(session, bank.id):
        counts.setdefault(area_code(point), Counter())[Kind(letter)] += number
    published = queries.published_outline(session, bank.id)
    arguments: dict[str, Any] = {"area": area or None, "kind": kind or None}
    return render_template(
        "authoring/confirmation.html",
        bank=bank,
        versions=versions,
        total=total,
        page=page,
        pages=max(1, -(-total // gate.PAGE_SIZE)),
        page_url=lambda n: url_for("authoring.confirmation", bank_id=bank.id, page=n, **arguments),
        target=url_for("authoring.confirmation", bank_id=bank.id, page=page, **arguments),
        counts=dict(sorted(counts.items())),
        kinds=[one for one in Kind if any(one in row for row in counts.values())],
        names={one.code: one.name for one in published[1].walk()} if published else {},
        area=area,
        kind=kind,
        waiting=sum(sum(row.values()) for row in counts.values()),
        error=error,
        reason=reason,
        chosen=chosen or [],
    )
