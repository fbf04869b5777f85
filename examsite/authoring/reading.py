"""Reading a workbook for a bank: what it holds, and what each row is to what the bank has already."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from examsite.authoring.imports_pictures import with_encoded_pictures
from examsite.authoring.models import QuestionRow, QuestionVersion
from examsite.authoring.reports import Novelty
from examsite.authoring.secrecy.fingerprints import fingerprint
from examsite.authoring.versions import NewVersion
from question_bank.formats.imports import Import, Outcome
from question_bank.formats.reading import read
from question_bank.outlines.tree import Outline
from question_bank.problems import Place, Problem

LONGEST_ID = 60
LONGEST_POINT = 40


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A workbook, read and checked against an outline (None = none in force)."""

    read: Import
    outline_hash: str | None


def read_workbook(name: str, content: bytes, outline: tuple[str, Outline] | None) -> ReadFile:
    """Read the file; outline: its content hash and tree.  Raises formats.limits.Unreadable."""
    found = read(name, content, outline=outline[1] if outline else None)
    return ReadFile(_fitting(with_encoded_pictures(found)), outline[0] if outline else None)


def compared(
    session: Session, bank_id: int, read: Import, visible: ColumnElement[bool] | None = None
) -> list[tuple[tuple[str, int], Novelty, NewVersion]]:
    """Each draft with what it is to the bank: by ID where it has one, else by content.

    visible: which versions to compare with (None = all), so that nobody learns of others by sending a file.
    """
    latest = (
        select(QuestionVersion.question_id, func.max(QuestionVersion.number).label("number"))
        .where(QuestionVersion.bank_id == bank_id)
        .group_by(QuestionVersion.question_id)
        .subquery()
    )
    rows = session.execute(
        select(QuestionRow.external_id, QuestionRow.id, QuestionVersion.number, QuestionVersion.content_hash)
        .join(QuestionVersion, QuestionVersion.question_id == QuestionRow.id)
        .join(
            latest,
            (latest.c.question_id == QuestionVersion.question_id)
            & (latest.c.number == QuestionVersion.number),
        )
        .where(QuestionRow.bank_id == bank_id, true() if visible is None else visible)
    ).all()
    by_id = {row.external_id: row for row in rows if row.external_id}
    contents = {row.content_hash for row in rows}
    planned = []
    for draft in read.drafts:
        digest = fingerprint(draft.question, draft.key)
        held = by_id.get(draft.external_id) if draft.external_id else None
        if held is not None:
            novelty = Novelty.UNCHANGED if held.content_hash == digest else Novelty.CHANGED
        else:
            novelty = Novelty.UNCHANGED if not draft.external_id and digest in contents else Novelty.NEW
        new = NewVersion(
            draft.question,
            draft.key,
            draft.external_id or None,
            held.id if held else None,
            held.number + 1 if held else 1,
            digest,
        )
        planned.append(((draft.sheet, draft.row), novelty, new))
    return planned


def _fitting(found: Import) -> Import:
    """The file without drafts whose codes are longer than the bank keeps; those rows are refused, with the reason."""
    faults = {
        (draft.sheet, draft.row): draft
        for draft in found.drafts
        if len(draft.external_id) > LONGEST_ID or len(draft.question.point) > LONGEST_POINT
    }
    if not faults:
        return found
    problems = [
        Problem(
            Place(sheet, row),
            "code-too-long",
            f"ID 不得超过 {LONGEST_ID} 个字符，认定点代码不得超过 {LONGEST_POINT} 个字符。请缩短。",
        )
        for sheet, row in faults
    ]
    return replace(
        found,
        drafts=tuple(draft for draft in found.drafts if (draft.sheet, draft.row) not in faults),
        fates=tuple(
            replace(fate, outcome=Outcome.REFUSED, codes=(*fate.codes, "code-too-long"))
            if (fate.sheet, fate.row) in faults
            else fate
            for fate in found.fates
        ),
        problems=(*found.problems, *problems),
    )
