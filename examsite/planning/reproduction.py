"""Are these papers what their seed and the bank gave?  Drawn again, and every hash compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from examsite import audit
from examsite.audit import Actor
from examsite.authoring.keys import plain_hashes
from examsite.authoring.models import OutlineRow, QuestionVersion
from examsite.authoring.queries import outline_of
from examsite.authoring.versions import chunks
from examsite.errors import Refused
from examsite.planning import pools
from examsite.planning.models import Paper, PaperMode, PaperSet, SpecificationRow
from question_bank.assembly.paper import Paper as DrawnPaper
from question_bank.assembly.paper import PaperQuestion, make_paper
from question_bank.assembly.plan import ENGINE
from question_bank.assembly.pool import Pool, PoolQuestion, make_pool
from question_bank.assembly.prepare import restore
from question_bank.assembly.select import Drawn, Impossible, deal, draw
from question_bank.assembly.specification import Specification, specification_from_document
from question_bank.outlines.tree import Outline
from question_bank.questions.kinds import Kind


class OtherEngine(Refused):
    """An earlier way of drawing made these papers; this version can't draw them again."""

    code = "other-engine"

    def __init__(self, engine: str) -> None:
        super().__init__(
            _(
                "An earlier version of the drawing (%(engine)s) made these papers, and this version can't draw them again. "
                "Their seal shows whether they were changed.",
                engine=engine,
            )
        )


@dataclass(frozen=True, slots=True)
class Reproduction:
    """A drawing made again.  different: numbers of the papers whose hash, stored or recomputed, is another one."""

    papers: int
    is_same_pool: bool
    different: tuple[int, ...]

    @property
    def is_exact(self) -> bool:
        return self.is_same_pool and not self.different


@dataclass(frozen=True, slots=True)
class Again:
    """papers: the stored set.  drawn: the papers drawn again, None where nothing can be drawn from what is stored."""

    papers: PaperSet
    pool: Pool
    specification: Specification
    drawn: Drawn | None


def drawn_again(session: Session, set_id: int) -> Again:
    """A stored set drawn again from its seed and the versions it was drawn from.

    Raises LookupError where there is no such set, OtherEngine where an earlier way of drawing made it.
    """
    papers = session.scalars(
        select(PaperSet).where(PaperSet.id == set_id).options(undefer(PaperSet.artefact))
    ).one_or_none()
    if papers is None:
        raise LookupError(set_id)
    if papers.engine != ENGINE:
        raise OtherEngine(papers.engine)
    specification_row = session.get_one(SpecificationRow, papers.specification_id)
    outline_row = session.get_one(OutlineRow, papers.outline_id) if papers.outline_id else None
    outline = None
    if outline_row is not None:
        outline = replace(outline_of(outline_row), verified=bool(papers.artefact["shares_verified"]))
    specification = replace(
        specification_from_document(specification_row.document),
        verified=bool(papers.artefact["shares_verified"]),
    )
    if specification.anchors:
        specification = replace(specification, anchors=tuple(papers.artefact["anchors"]))
    pool = _pool_as_it_was(session, papers.artefact, outline)
    if pool.digest != papers.bank_digest:
        # Drawn before hashes were keyed?  Then the papers name the plain ones.
        pool = _with_plain_hashes(session, pool)
    return Again(papers, pool, specification, _drawn_again(papers, pool, specification, outline))


def reproduce(session: Session, set_id: int) -> Reproduction:
    """Draw a stored set again and compare every paper's hash.  Raises LookupError, OtherEngine."""
    made = drawn_again(session, set_id)
    papers, pool = made.papers, made.pool
    drawn: Sequence[DrawnPaper] = made.drawn.papers if made.drawn is not None else ()
    hashes = {question.id: question.content_hash for question in pool.questions}
    stored = {
        row.number: row.content_hash if _hash_of(row.document, hashes) == row.content_hash else None
        for row in session.execute(
            select(Paper.number, Paper.document, Paper.content_hash).where(Paper.set_id == set_id)
        )
    }
    again: dict[int, str | None] = {paper.number: paper.hash for paper in drawn}
    different = sorted(
        n for n in stored.keys() | again.keys() if stored.get(n) is None or stored[n] != again.get(n)
    )
    return Reproduction(papers.count, pool.digest == papers.bank_digest, tuple(different))


def _drawn_again(
    papers: PaperSet, pool: Pool, specification: Specification, outline: Outline | None
) -> Drawn | None:
    """From the stored plan, so that no solver's version matters; anew where it isn't the plan of these questions."""
    try:
        return deal(
            restore(papers.artefact["plan"], pool, specification, outline, seed=papers.seed), papers.seed
        )
    except (ValueError, KeyError):
        unique = papers.mode == PaperMode.UNIQUE
    try:
        return draw(pool, specification, outline, papers=papers.count, unique=unique, seed=papers.seed)
    except Impossible:  # what is stored was changed so far that nothing can be drawn from it
        return None


def record_reproduction(
    session: Session, papers: PaperSet, outcome: Reproduction, *, actor: Actor | None, now: datetime
) -> None:
    """Note in the audit record that somebody drew the papers again, and how it came out."""
    audit.record(
        session,
        "papers.reproduce",
        of=papers,
        actor=actor,
        now=now,
        exact=outcome.is_exact,
        different=list(outcome.different[:20]),
    )


def _pool_as_it_was(session: Session, artefact: dict[str, Any], outline: Outline | None) -> Pool:
    """The pool of a drawing: versions never change, so their ids and what was kept of then are enough."""
    # Sets drawn before questions could be enemies say nothing of them.
    enemies = {version: frozenset(map(str, others)) for version, others in artefact.get("enemies", [])}
    importance = {point.code: point.importance for point in outline.points} if outline else {}
    uses: dict[int, int] = dict(artefact["pool"])
    traits = pools.traits_of_then(artefact)
    filed: dict[str, str] = artefact.get("points", {})
    cards = []
    for part in chunks(list(uses), 5000):
        rows = session.execute(
            select(
                QuestionVersion.id,
                QuestionVersion.document["point"].as_string(),
                QuestionVersion.kind,
                QuestionVersion.difficulty,
                QuestionVersion.document["options"],
                QuestionVersion.content_hash,
            ).where(QuestionVersion.id.in_(part))
        )
        for version_id, written_for, kind, difficulty, options, digest in rows:
            point = filed.get(str(version_id), written_for)
            cards.append(
                PoolQuestion(
                    str(version_id),
                    point,
                    Kind(kind),
                    difficulty,
                    importance.get(point),
                    tuple(option["id"] for option in options),
                    digest,
                    enemies.get(version_id, frozenset()),
                    uses=uses[version_id],
                    **traits.get(version_id, {}),
                )
            )
    return make_pool(cards)


def _with_plain_hashes(session: Session, pool: Pool) -> Pool:
    plain = plain_hashes(session, [int(question.id) for question in pool.questions])
    return make_pool(replace(question, content_hash=plain[int(question.id)]) for question in pool.questions)


def _hash_of(document: dict[str, Any], content_hashes: dict[str, str]) -> str:
    """The hash of a stored paper, worked out from what it holds."""
    places = tuple(
        PaperQuestion(
            str(place["version"]),
            content_hashes.get(str(place["version"]), ""),
            Decimal(place["points"]),
            tuple(place["options"]),
        )
        for place in document["questions"]
    )
    return make_paper(0, places).hash
