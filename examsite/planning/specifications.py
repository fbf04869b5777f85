"""Verbs on specifications (组题规则): draft one, approve another person's."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from examsite import audit
from examsite.audit import Actor
from examsite.authoring import outlines
from examsite.authoring.models import Bank
from examsite.authoring.queries import outline_in_force
from examsite.errors import Invalid, Refused
from examsite.planning import repeats
from examsite.planning.models import SpecificationRow, SpecificationStatus
from question_bank.assembly.specification import (
    Specification,
    check,
    completed,
    specification_as_document,
)
from question_bank.outlines.tree import Outline
from question_bank.problems import NOWHERE, Problem, Severity
from question_bank.questions.kinds import Kind
from question_bank.questions.model import canonical_hash

#: 计算题 with a number, and questions whose parts are all scored by machine, need no marker.
MAY_BE_MACHINE_SCORED = (Kind.CALCULATION, Kind.CASE, Kind.COMPOUND)


class FaultySpecification(Invalid):
    """The arithmetic of the specification doesn't hold; `problems` says where."""

    code = "faulty-specification"

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("；".join(problem.message for problem in problems))
        self.problems = problems


class OwnSpecification(Refused):
    """Nobody approves the specification that they made."""

    code = "own-work"


def findings(specification: Specification, outline: Outline | None) -> list[Problem]:
    """Everything to say about a specification: errors of its arithmetic, codes the outline lacks, kinds people mark."""
    specification = completed(specification, outline)
    problems = list(check(specification))
    if outline is not None:
        known = {area.code for area in outline.walk()}
        stack = list(specification.shares)
        while stack:
            share = stack.pop(0)
            stack.extend(share.children)
            if share.code not in known:
                message = f"细目表中没有代码 {share.code}。请改正代码，或先在题库中发布含该代码的细目表。"
                problems.append(Problem(NOWHERE, "code-not-in-outline", message))
    for section in specification.sections:
        if not section.kind.is_machine_scored:
            message = f"{section.kind.label}由人工评分，成绩要等阅卷完成后才能得出。"
            if section.kind in MAY_BE_MACHINE_SCORED:
                message = f"{section.kind.label}中不能由机器评分的题目由人工评分，抽到时成绩要等阅卷完成后才能得出。"
            problems.append(Problem(NOWHERE, "marked-by-people", message, Severity.WARNING))
    return problems


def draft(
    session: Session,
    bank: Bank,
    specification: Specification,
    outline: Outline | None,
    *,
    actor: Actor,
    now: datetime,
) -> SpecificationRow:
    """Keep a specification as a draft, its shares taken from the outline where it has none of its own.

    The actor's draft that says the same is kept once.  Raises FaultySpecification where its arithmetic doesn't hold.
    """
    specification = completed(replace(specification, bank=bank.name), outline)
    specification = with_verification(specification, outline)
    problems = [problem for problem in findings(specification, outline) if problem.is_error]
    if problems:
        raise FaultySpecification(problems)
    document = specification_as_document(specification)
    if (known := repeats.draft_of(session, bank, canonical_hash(document), actor)) is not None:
        return known
    row = SpecificationRow(
        bank_id=bank.id,
        name=specification.name,
        status=SpecificationStatus.DRAFT,
        document=document,
        content_hash=canonical_hash(document),
        created_by_id=actor.id,
        created_at=now,
    )
    session.add(row)
    session.flush()
    in_force = outline_in_force(session, bank.id)
    if in_force is not None:
        outlines.reference(session, in_force.id, now=now)
    audit.record(session, "specification.draft", of=row, actor=actor, now=now, hash=row.content_hash)
    return row


def approve(session: Session, row: SpecificationRow, *, actor: Actor, now: datetime) -> None:
    """Let papers be drawn from it.  Raises OwnSpecification if the actor made it, Refused if it isn't a draft."""
    session.flush()
    session.refresh(row, ["status"], with_for_update=True)
    if row.status != SpecificationStatus.DRAFT:
        raise Refused(_("This specification was approved before. Reload the page to see by whom."))
    if row.created_by_id == actor.id:
        raise OwnSpecification(
            _(
                "You made this specification. Ask a colleague of the institution, or the province, to approve it."
            )
        )
    row.status = SpecificationStatus.APPROVED
    row.approved_by_id, row.approved_at = actor.id, now
    audit.record(session, "specification.approve", of=row, actor=actor, now=now, hash=row.content_hash)


def with_verification(specification: Specification, outline: Outline | None) -> Specification:
    """Verified where the shares are those of the outline in force and somebody vouched for it."""
    bare = replace(specification, shares=(), verified=True)
    is_outlines = outline is not None and completed(bare, outline).shares == specification.shares
    return replace(specification, verified=is_outlines and outline is not None and outline.verified)
