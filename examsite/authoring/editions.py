"""Editions of an outline: written by hand, following the one in force, with word of where each point went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction

from flask_babel import gettext as _
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from examsite import audit
from examsite.audit import Actor
from examsite.authoring.models import Bank, OutlineRow, OutlineStatus, QuestionVersion, VersionStatus
from examsite.errors import Refused
from question_bank.outlines.editing import AreaLine, with_area, with_top
from question_bank.outlines.editions import check_mapping, filed_under
from question_bank.outlines.tree import Outline, Point, outline_as_document, outline_from_document
from question_bank.problems import Problem, has_errors
from question_bank.questions.model import canonical_hash

#: Versions that no list of work shows any more; they move with the others but nobody has to decide about them.
_PAST = (VersionStatus.SUPERSEDED, VersionStatus.RETIRED)


class FaultyOutline(Refused):
    """An outline with errors can't be published; `problems` names them."""

    code = "faulty-outline"

    def __init__(self, message: str, problems: list[Problem]) -> None:
        super().__init__(message)
        self.problems = problems


class ChangedMeanwhile(Refused):
    """Somebody else wrote this draft since the form was opened."""

    code = "changed-meanwhile"


def begin(
    session: Session, bank: Bank, name: str, following: OutlineRow | None, *, actor: Actor, now: datetime
) -> OutlineRow:
    """A new draft: a copy of the edition it follows, or empty."""
    outline = Outline(name, ())
    if following is not None:
        outline = replace(outline_from_document(following.document), name=name, verified=False)
    document = outline_as_document(outline)
    row = OutlineRow(
        bank_id=bank.id,
        name=name[:120],
        status=OutlineStatus.DRAFT,
        document=document,
        content_hash=canonical_hash(document),
        created_by_id=actor.id,
        created_at=now,
        replaces_id=following.id if following else None,
    )
    session.add(row)
    session.flush()
    audit.record(
        session, "outline.draft", of=row, actor=actor, now=now, name=row.name, follows=row.replaces_id
    )
    return row


def write_top(
    session: Session,
    row: OutlineRow,
    seen: str,
    name: str,
    source: str,
    lines: Sequence[AreaLine],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Write name, source and first level of a draft.  seen: the content hash that the form was made from."""
    outline = _to_be_written(session, row, seen)
    _keep(session, row, with_top(outline, name, source, lines), actor=actor, now=now)


def write_area(
    session: Session,
    row: OutlineRow,
    seen: str,
    code: str,
    name: str,
    weight: Fraction,
    lines: Sequence[AreaLine],
    points: Sequence[Point],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Write one area of a draft.  Raises ChangedMeanwhile where the draft is not what the form was made from."""
    outline = _to_be_written(session, row, seen)
    _keep(session, row, with_area(outline, code, name, weight, lines, points), actor=actor, now=now)


def map_points(
    session: Session,
    row: OutlineRow,
    following: OutlineRow,
    mapping: Mapping[str, str],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Note where the points of the edition before went.  Raises FaultyOutline where a code is not in the new edition."""
    session.refresh(row, ["status"], with_for_update=True)
    if row.status != OutlineStatus.DRAFT:
        raise Refused(_("This outline has been published already."))
    faults = check_mapping(
        mapping, outline_from_document(following.document), outline_from_document(row.document), ()
    )
    if has_errors(faults):
        raise FaultyOutline(_("Some codes are not in the new outline. Correct them and save again."), faults)
    row.replaces_id, row.mapping = following.id, dict(mapping)
    audit.record(session, "outline.map", of=row, actor=actor, now=now, mapping=dict(mapping))


def points_in_use(session: Session, bank_id: int) -> dict[str, int]:
    """How many questions that are not past stand under each code."""
    rows = session.execute(
        select(QuestionVersion.point, func.count(QuestionVersion.question_id.distinct()))
        .where(QuestionVersion.bank_id == bank_id, QuestionVersion.status.not_in(_PAST))
        .group_by(QuestionVersion.point)
    )
    return {point: count for point, count in rows if point}


def move_questions(session: Session, row: OutlineRow, outline: Outline) -> int:
    """File the questions of the edition in force under the codes of this one; how many versions moved.

    Where a question is filed is no part of its content: the document keeps the code it was written for.  Raises
    FaultyOutline where a point has questions and nobody said where it went.
    """
    before = _in_force(session, row.bank_id)
    if before is None or before.id == row.id:
        return 0
    in_use = points_in_use(session, row.bank_id)
    mapping: dict[str, str] = dict(row.mapping or {}) if row.replaces_id in (None, before.id) else {}
    faults = check_mapping(mapping, outline_from_document(before.document), outline, in_use)
    if has_errors(faults):
        raise FaultyOutline(
            _("Points with questions changed. Say where they went before you publish this edition."), faults
        )
    row.replaces_id = before.id
    moves = {old: new for old in mapping if (new := filed_under(old, mapping)) != old}
    if not moves:
        return 0
    rows = session.execute(
        select(QuestionVersion.id, QuestionVersion.point).where(
            QuestionVersion.bank_id == row.bank_id, QuestionVersion.point.in_(moves)
        )
    ).all()
    # One by one by id: a code may go where another comes from.
    if rows:
        session.execute(update(QuestionVersion), [{"id": one.id, "point": moves[one.point]} for one in rows])
    return len(rows)


def _in_force(session: Session, bank_id: int) -> OutlineRow | None:
    return session.scalars(
        select(OutlineRow)
        .where(OutlineRow.bank_id == bank_id, OutlineRow.status == OutlineStatus.PUBLISHED)
        .order_by(OutlineRow.published_at.desc(), OutlineRow.id.desc())
        .limit(1)
    ).one_or_none()


def _to_be_written(session: Session, row: OutlineRow, seen: str) -> Outline:
    session.refresh(row, ["status", "content_hash", "document"], with_for_update=True)
    if row.status != OutlineStatus.DRAFT:
        raise Refused(_("A published outline is never edited. Make a new edition of it."))
    if row.content_hash != seen:
        raise ChangedMeanwhile(
            _(
                "Somebody changed this draft since you opened the form. Your text is still here: compare it and save again."
            )
        )
    return outline_from_document(row.document)


def _keep(session: Session, row: OutlineRow, outline: Outline, *, actor: Actor, now: datetime) -> None:
    document = outline_as_document(outline)
    before = row.content_hash
    row.name, row.document, row.content_hash = outline.name[:120], document, canonical_hash(document)
    audit.record(session, "outline.write", of=row, actor=actor, now=now, before=before, hash=row.content_hash)
