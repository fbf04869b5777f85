"""What of a file its sender may put into a restricted bank: rows of their areas, under IDs that are theirs to use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.authoring.models import Bank, QuestionRow, QuestionVersion
from examsite.authoring.secrecy import need_to_know
from examsite.authoring.versions import chunks
from question_bank.formats.imports import Import, Outcome
from question_bank.problems import Place, Problem
from question_bank.questions.model import Draft

NOT_NAMED = "not-your-area"
ID_TAKEN = "id-taken"
_SENTENCES = {
    NOT_NAMED: "您在本题库没有该认定点所在范围的命题任务，此行不导入。请联系题库管理员。",
    ID_TAKEN: "此 ID 在本题库中不可用。请改用其他 ID，或将 ID 留空。",
}


def permitted(session: Session, bank: Bank, read: Import, person_id: int) -> Import:
    """The file without drafts that this person may not put into the bank; those rows are refused, with the reason."""
    if not bank.is_restricted:
        return read
    areas = need_to_know.writable_areas(session, person_id, bank)
    outside = _refusing(
        read,
        lambda draft: not any(need_to_know.inside(draft.question.point, area) for area in areas),
        NOT_NAMED,
    )
    hidden = _hidden_ids(session, bank, [draft.external_id for draft in outside.drafts], person_id)
    return _refusing(outside, lambda draft: draft.external_id in hidden, ID_TAKEN)


def _hidden_ids(session: Session, bank: Bank, ids: list[str], person_id: int) -> set[str]:
    """Which of these IDs stand in the bank on questions whose newest version the person does not see."""
    seen = need_to_know.known_to_writer(session, person_id, bank)
    hidden: set[str] = set()
    for part in chunks(sorted({one for one in ids if one}), 500):
        taken = select(QuestionRow.external_id).where(
            QuestionRow.bank_id == bank.id, QuestionRow.external_id.in_(part)
        )
        known = taken.join(QuestionVersion, QuestionVersion.question_id == QuestionRow.id).where(seen)
        hidden |= {one for one in session.scalars(taken) if one} - set(session.scalars(known))
    return hidden


def _refusing(read: Import, refuses: Callable[[Draft], bool], code: str) -> Import:
    faults = {(draft.sheet, draft.row) for draft in read.drafts if refuses(draft)}
    if not faults:
        return read
    return replace(
        read,
        drafts=tuple(draft for draft in read.drafts if (draft.sheet, draft.row) not in faults),
        fates=tuple(
            replace(fate, outcome=Outcome.REFUSED, codes=(*fate.codes, code))
            if (fate.sheet, fate.row) in faults
            else fate
            for fate in read.fates
        ),
        problems=(
            *read.problems,
            *(Problem(Place(sheet, row), code, _SENTENCES[code]) for sheet, row in sorted(faults)),
        ),
    )
