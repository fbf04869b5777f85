"""Papers: drawing them, their proof report, approval, discarding, drawing them again to compare."""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from wtforms.fields.choices import SelectChoice

from examsite import clock
from examsite.access.guard import current_person, needs
from examsite.access.permissions import Permission
from examsite.db import reading, writing
from examsite.errors import NotYours, Refused
from examsite.planning import papers as drawing
from examsite.planning import policy, queries, repeats, reproduction, seeds
from examsite.planning.blueprint import bp
from examsite.planning.forms import DrawForm, ReasonForm
from examsite.planning.models import (
    PaperMode,
    Plan,
    Sitting,
    SittingStatus,
    SpecificationRow,
    SpecificationStatus,
)
from examsite.planning.pages.reach import crumbs_to, papers_in_reach, plan_in_reach
from examsite.planning.sealing import seal as sealing
from examsite.planning.sealing.disclosure import is_over
from question_bank.problems import Problem

HASHES_SHOWN = 200


@bp.get("/<int:plan_id>/papers/new")
@needs(Permission.EDIT_PLANS)
def new_paper_set(plan_id: int) -> str:
    """The form: from which specification, how many, from which seed."""
    with reading() as session:
        plan = plan_in_reach(session, plan_id, policy.may_edit)
        return _form_page(session, plan, _form(session, plan), ())


@bp.post("/<int:plan_id>/papers/new")
@needs(Permission.EDIT_PLANS)
def draw_paper_set(plan_id: int) -> Any:
    """Draw; where no such papers exist, say which cells are short and store nothing."""
    with reading() as session:
        plan = plan_in_reach(session, plan_id, policy.may_edit)
        form = _form(session, plan)
        if not form.validate():
            return _form_page(session, plan, form, ()), 422
        row = _specification(session, form)
        ingredients = drawing.prepare(session, plan, row)
        order = _order(form)
        # Drawing takes seconds; nothing is locked meanwhile.
        try:
            drawn = drawing.deal(ingredients, order)
        except drawing.CannotDraw as reason:
            return _form_page(session, plan, form, reason.problems), 422
    with writing() as session:
        plan = plan_in_reach(session, plan_id, policy.may_edit)
        row = _specification(session, form)
        papers = repeats.papers_of(session, plan, row, order)
        if papers is None:
            papers = drawing.keep(
                session, plan, row, ingredients, order, drawn, actor=current_person(), now=clock.now()
            )
        set_id = papers.id
    flash(_("The papers are drawn and verified. A second person approves them."), "success")
    return redirect(url_for("planning.paper_set", set_id=set_id), 303)


@bp.get("/papers/<int:set_id>")
@needs(Permission.SEE_PLANS)
def paper_set(set_id: int) -> str:
    """The proof report: required against achieved.  It names no question."""
    with reading() as session:
        return _proof_page(session, set_id, ReasonForm(formdata=None))


@bp.post("/papers/<int:set_id>/approve")
@needs(Permission.APPROVE_PAPERS)
def approve_paper_set(set_id: int) -> Any:
    """Approve papers that another person drew."""
    with writing() as session:
        papers = papers_in_reach(session, set_id, policy.may_approve)
        drawing.approve(session, papers, actor=current_person(), now=clock.now())
    flash(_("The papers are approved and sealed. Sittings of the plan can use them."), "success")
    return redirect(url_for("planning.paper_set", set_id=set_id), 303)


@bp.post("/papers/<int:set_id>/discard")
@needs(Permission.EDIT_PLANS)
def discard_paper_set(set_id: int) -> Any:
    """Throw papers away before use, with a reason."""
    form = ReasonForm()
    with writing() as session:
        papers = papers_in_reach(session, set_id, policy.may_edit)
        if not form.validate():
            return _proof_page(session, set_id, form), 422
        drawing.discard(session, papers, reason=form.reason.data, actor=current_person(), now=clock.now())
    flash(_("The papers are discarded. Their record stays."), "info")
    return redirect(url_for("planning.paper_set", set_id=set_id), 303)


@bp.post("/papers/<int:set_id>/reproduce")
@needs(Permission.SEE_PLANS)
def reproduce_paper_set(set_id: int) -> Any:
    """Draw the papers again from seed and pool, and compare every hash."""
    with reading() as session:
        papers_in_reach(session, set_id)
        outcome = reproduction.reproduce(session, set_id)
    with writing() as session:
        papers = papers_in_reach(session, set_id)
        reproduction.record_reproduction(session, papers, outcome, actor=current_person(), now=clock.now())
    if outcome.is_exact:
        flash(_("Drawn again: all %(count)d papers have the same hashes.", count=outcome.papers), "success")
    else:
        numbers = "、".join(str(number) for number in outcome.different[:10]) or "–"
        flash(
            _(
                "Drawn again: %(count)d of %(papers)d papers differ (numbers %(numbers)s). "
                "Do not use these papers; tell the audit administrator.",
                count=len(outcome.different),
                papers=outcome.papers,
                numbers=numbers,
            ),
            "danger",
        )
    return redirect(url_for("planning.paper_set", set_id=set_id), 303)


@bp.post("/papers/<int:set_id>/verify-seal")
@needs(Permission.SEE_PLANS)
def verify_seal(set_id: int) -> Any:
    """Work the seal out again from the stored papers, and say which paper differs."""
    with writing() as session:
        papers = papers_in_reach(session, set_id)
        proof = sealing.prove(session, papers)
        if proof is None:
            raise Refused(
                _("These papers have no seal: they were never approved, or before papers were sealed.")
            )
        sealing.record_proof(session, papers, proof, actor=current_person(), now=clock.now())
    if proof.holds:
        flash(
            _(
                "The seal holds: all %(count)d papers are what was sealed. %(seal)s",
                count=proof.papers,
                seal=sealing.short(proof.seal),
            ),
            "success",
        )
    else:
        flash(_seal_is_broken(proof), "danger")
    return redirect(url_for("planning.paper_set", set_id=set_id), 303)


@bp.get("/papers/<int:set_id>/seal.json")
@needs(Permission.SEE_PLANS)
def seal_document(set_id: int) -> Any:
    """Seal, leaves and commitments, for whoever proves them elsewhere; the seed once the last sitting is over."""
    with reading() as session:
        papers = papers_in_reach(session, set_id)
        row = sealing.seal_of(session, set_id)
        if row is None:
            raise NotYours
        over = is_over(session, papers, now=clock.now())
        return jsonify(
            set=papers.id,
            seal=row.seal,
            sealed_at=row.sealed_at.isoformat(),
            document=row.document,
            seed=papers.seed if over else None,
        )


def _seal_is_broken(proof: sealing.SealProof) -> str:
    words = {
        "mode": _("how papers are given out"),
        "count": _("the number of papers"),
        "multiple": _("the rule of multiple choice"),
        "seed_commitment": _("the seed"),
        "bank_digest": _("the digest of the bank"),
        "specification_hash": _("the specification"),
        "seal": _("the stored seal itself"),
        "record": _("the seal in the audit record"),
    }
    differs = [_("paper %(number)d", number=number) for number in proof.different[:20]]
    differs += [words[fact] for fact in proof.facts if fact in words]
    return str(
        _(
            "The seal is broken. Not what was sealed: %(what)s. "
            "Do not use these papers; tell the audit administrator.",
            what=_(", ").join(differs),
        )
    )


def _form(session: Session, plan: Plan) -> DrawForm:
    form = DrawForm()
    # Made with the page and not with the order: the same page sent twice orders the same papers, once.
    form.name_of_form.data = form.name_of_form.data or seeds.new_form_name()
    form.specification.choices = [
        SelectChoice(row.id, row.name)
        for row in queries.specifications(session, plan.bank_id)
        if row.status == SpecificationStatus.APPROVED
    ]
    return form


def _specification(session: Session, form: DrawForm) -> SpecificationRow:
    row = session.get(SpecificationRow, form.specification.data)
    if row is None:
        raise NotYours
    return row


def _order(form: DrawForm) -> drawing.Order:
    mode = PaperMode(form.mode.data)
    spare = (form.spare.data or 0) if mode is PaperMode.UNIQUE else 0
    name = form.name_of_form.data or ""
    return drawing.Order(mode, form.papers.data, spare, form.seed.data or seeds.seed_of_form(name), name)


def _form_page(session: Session, plan: Plan, form: DrawForm, problems: tuple[Problem, ...]) -> str:
    return render_template(
        "planning/new_paper_set.html",
        crumbs=crumbs_to(plan, (_("Draw papers"), None)),
        plan=plan,
        form=form,
        problems=problems,
        commitment=seeds.commitment(seeds.seed_of_form(form.name_of_form.data)),
        questions=queries.approved_questions(session, plan.bank_id),
    )


def _proof_page(session: Session, set_id: int, discard_form: ReasonForm) -> str:
    person = current_person()
    papers = papers_in_reach(session, set_id)
    institution_id = papers.plan.institution_id
    in_use = session.scalar(
        select(func.count())
        .select_from(Sitting)
        .where(Sitting.paper_set_id == papers.id, Sitting.status != SittingStatus.CANCELLED)
    )
    hashes = queries.paper_hashes(session, papers.id)
    return render_template(
        "planning/paper_set.html",
        crumbs=crumbs_to(papers.plan, (_("Papers %(number)d", number=papers.id), None)),
        papers=papers,
        proof=papers.proof,
        hashes=hashes[:HASHES_SHOWN],
        further=max(0, len(hashes) - HASHES_SHOWN),
        people=queries.names(session, [papers.drawn_by_id, papers.approved_by_id]),
        sealed=sealing.seal_of(session, papers.id),
        short=sealing.short,
        commitment=seeds.commitment(papers.seed),
        # Whoever knows the seed and the bank can draw the papers.
        seed=papers.seed if is_over(session, papers, now=clock.now()) else None,
        may_approve=policy.may_approve_papers(person, papers, institution_id),
        may_print=policy.may_ask_opening(person, institution_id),
        is_own=papers.drawn_by_id == person.id,
        may_discard=policy.may_edit(person, institution_id) and papers.status != "discarded" and not in_use,
        discard_form=discard_form,
        discard_reason=queries.reason_of(session, "papers.discard", f"paper_sets:{papers.id}"),
    )
