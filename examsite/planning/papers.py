"""Papers of a plan: drawing, approving and discarding them.

Drawing has three steps, so that the seconds it takes hold no lock: `prepare` reads, `deal` computes, `keep` writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from examsite import audit, clock
from examsite.audit import Actor
from examsite.authoring import outlines
from examsite.authoring.catalogue import actions as uses
from examsite.authoring.models import Bank, QuestionVersion
from examsite.authoring.queries import filed_elsewhere, published_outline, usable
from examsite.authoring.versions import chunks
from examsite.errors import Broken, Invalid, Refused
from examsite.planning import pools
from examsite.planning.models import (
    Paper,
    PaperMode,
    PaperSet,
    PaperSetStatus,
    Plan,
    PlanStatus,
    Sitting,
    SittingStatus,
    SpecificationRow,
    SpecificationStatus,
)
from examsite.planning.sealing import seal as sealing
from examsite.planning.specifications import with_verification
from question_bank.assembly.paper import Paper as DrawnPaper
from question_bank.assembly.paper import points_text
from question_bank.assembly.plan import plan_as_document
from question_bank.assembly.pool import Pool
from question_bank.assembly.select import Drawn, Impossible, draw
from question_bank.assembly.specification import (
    Specification,
    specification_from_document,
)
from question_bank.assembly.verify import verify_all
from question_bank.outlines.tree import Outline
from question_bank.problems import Problem

MOST_PAPERS = 5_000


class CannotDraw(Invalid):
    """No such papers exist in this bank; `problems` names the cells that are short and by how many."""

    code = "cannot-draw"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("；".join(problem.message for problem in problems))
        self.problems = tuple(problems)


class NotApproved(Refused):
    """Papers are drawn from approved specifications only."""

    code = "specification-not-approved"


class OwnPapers(Refused):
    """Nobody approves the papers that they drew."""

    code = "own-work"


class InUse(Refused):
    """Papers that a sitting uses are not thrown away."""

    code = "in-use"


class BankChanged(Refused):
    """A question left the bank while papers were being drawn."""

    code = "bank-changed"


@dataclass(frozen=True, slots=True)
class Ingredients:
    """All that a drawing depends on but its seed and how many.  verified: shares are those of a verified outline."""

    pool: Pool
    specification: Specification
    outline: Outline | None
    outline_id: int | None


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for.  papers: N that candidates share, or one for each; spare: further ones (unique mode).

    form: a random name of the page that it was typed into, which gives the seed where none was typed; empty = no page.
    """

    mode: PaperMode
    papers: int
    spare: int
    seed: str
    form: str = ""

    @property
    def count(self) -> int:
        return self.papers + self.spare


def prepare(session: Session, plan: Plan, row: SpecificationRow, now: datetime | None = None) -> Ingredients:
    """What papers of this plan would be drawn from now.  Raises NotApproved, Refused where the plan is cancelled."""
    if plan.status != PlanStatus.OPEN:
        raise Refused(_("This plan is cancelled, so no papers are drawn for it."))
    if row.status != SpecificationStatus.APPROVED or row.bank_id != plan.bank_id:
        raise NotApproved(_("Papers are drawn from approved specifications. Have this one approved first."))
    return ingredients_of(session, row, now=now or clock.now())


def ingredients_of(session: Session, row: SpecificationRow, *, now: datetime) -> Ingredients:
    """What a specification draws from at this instant, approved or not."""
    published = published_outline(session, row.bank_id)
    outline_row, outline = published if published else (None, None)
    specification = with_verification(specification_from_document(row.document), outline)
    pool, specification = pools.pool_of(session, row.bank_id, specification, outline, now=now)
    return Ingredients(pool, specification, outline, outline_row.id if outline_row else None)


def deal(ingredients: Ingredients, order: Order) -> Drawn:
    """Draw, and have every paper looked at by the independent verifier.  Raises CannotDraw; Broken if it objects."""
    try:
        drawn = draw(
            ingredients.pool,
            ingredients.specification,
            ingredients.outline,
            papers=order.count,
            unique=order.mode is PaperMode.UNIQUE,
            seed=order.seed,
        )
    except Impossible as error:
        raise CannotDraw(error.problems) from error
    faults = verify_all(drawn.papers, ingredients.pool, ingredients.specification, ingredients.outline)
    if faults:
        raise Broken("; ".join(fault.message for fault in faults[:5]))
    return drawn


def keep(
    session: Session,
    plan: Plan,
    row: SpecificationRow,
    ingredients: Ingredients,
    order: Order,
    drawn: Drawn,
    *,
    actor: Actor,
    now: datetime,
) -> PaperSet:
    """Store drawn papers.  Raises BankChanged where a question on them is not approved any more."""
    times = Counter(int(place.question_id) for paper in drawn.papers for place in paper.questions)
    _still_usable(session, list(times))
    papers = PaperSet(
        plan_id=plan.id,
        specification_id=row.id,
        outline_id=ingredients.outline_id,
        mode=order.mode.value,
        count=order.count,
        seed=order.seed,
        engine=drawn.plan.engine,
        bank_digest=ingredients.pool.digest,
        is_verified=ingredients.specification.verified,
        multiple=ingredients.specification.multiple.value,
        artefact={
            "plan": plan_as_document(drawn.plan),
            "spare": order.spare,
            "form": order.form,
            "shares_verified": ingredients.specification.verified,
            "pool": [[int(question.id), question.uses] for question in ingredients.pool.questions],
            "enemies": [
                [int(question.id), sorted(map(int, question.enemies))]
                for question in ingredients.pool.questions
                if question.enemies
            ],
            "traits": pools.traits(ingredients.pool),
            "anchors": list(ingredients.specification.anchors),
            "times": sorted(times.items()),
            # A later edition of the outline may file questions elsewhere; the papers are made again as they were.
            "points": filed_elsewhere(session, plan.bank_id),
        },
        proof=drawn.proof.as_document(),
        status=PaperSetStatus.DRAWN,
        drawn_by_id=actor.id,
        drawn_at=now,
    )
    session.add(papers)
    if ingredients.outline_id is not None:
        outlines.reference(session, ingredients.outline_id, now=now)
    session.flush()
    rows = [
        {
            "set_id": papers.id,
            "number": paper.number,
            "document": paper_document(paper),
            "content_hash": paper.hash,
        }
        for paper in drawn.papers
    ]
    for part in chunks(rows, 500):
        session.execute(insert(Paper), list(part))
    audit.record(
        session,
        "papers.draw",
        of=papers,
        actor=actor,
        now=now,
        plan=plan.number,
        count=order.count,
        mode=order.mode.value,
        bank_digest=papers.bank_digest,
        draw_plan=drawn.plan.digest,
        seed_commitment=drawn.plan.seed_commitment,
    )
    return papers


def draw_papers(
    session: Session, plan: Plan, row: SpecificationRow, order: Order, *, actor: Actor, now: datetime
) -> PaperSet:
    """Prepare, deal and keep in one transaction, for where nobody waits."""
    ingredients = prepare(session, plan, row, now)
    return keep(session, plan, row, ingredients, order, deal(ingredients, order), actor=actor, now=now)


def approve(session: Session, papers: PaperSet, *, actor: Actor, now: datetime) -> None:
    """Seal these papers and let sittings use them.  Raises OwnPapers if the actor drew them, Refused if they aren't newly drawn."""
    session.flush()
    session.refresh(papers, ["status"], with_for_update=True)
    if papers.status != PaperSetStatus.DRAWN:
        raise Refused(_("These papers were approved or discarded before. Reload the page to see by whom."))
    if papers.drawn_by_id == actor.id:
        raise OwnPapers(
            _("You drew these papers. Ask a colleague of the institution, or the province, to approve them.")
        )
    papers.status = PaperSetStatus.APPROVED
    papers.approved_by_id, papers.approved_at = actor.id, now
    sealed = sealing.seal(session, papers, actor=actor, now=now)
    audit.record(
        session,
        "papers.approve",
        of=papers,
        actor=actor,
        now=now,
        bank_digest=papers.bank_digest,
        seal=sealed.seal,
        seed_commitment=sealed.document["seed_commitment"],
    )


def discard(session: Session, papers: PaperSet, *, reason: str, actor: Actor, now: datetime) -> None:
    """Throw papers away before use; their record stays.  Raises InUse where a sitting uses them."""
    session.flush()
    session.refresh(papers, ["status"], with_for_update=True)
    if papers.status == PaperSetStatus.DISCARDED:
        raise Refused(_("These papers were discarded before."))
    used = select(Sitting.id).where(
        Sitting.paper_set_id == papers.id, Sitting.status != SittingStatus.CANCELLED
    )
    if session.scalars(used.limit(1)).first() is not None:
        raise InUse(
            _("A sitting uses these papers. Choose other papers for it, or cancel it, then discard them.")
        )
    papers.status = PaperSetStatus.DISCARDED
    uses.forget_use(session, f"paper_set:{papers.id}")
    audit.record(session, "papers.discard", of=papers, actor=actor, now=now, reason=reason)


def paper_document(paper: DrawnPaper) -> dict[str, Any]:
    """A paper as its row holds it: version ids, points as text, option ids in the order shown."""
    return {
        "questions": [
            {
                "version": int(place.question_id),
                "points": points_text(place.points),
                "options": list(place.option_order),
            }
            for place in paper.questions
        ]
    }


def _still_usable(session: Session, version_ids: list[int]) -> None:
    found = 0
    for part in chunks(version_ids, 5000):
        found += (
            session.scalar(
                select(func.count())
                .select_from(QuestionVersion)
                .join(Bank, Bank.id == QuestionVersion.bank_id)
                .where(QuestionVersion.id.in_(part), usable())
            )
            or 0
        )
    if found != len(version_ids):
        raise BankChanged(
            _("The question bank changed while papers were drawn. Nothing was stored; draw again.")
        )
