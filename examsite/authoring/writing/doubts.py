"""What the check says of the questions of a file, and which of them the file or the bank has already: all as warnings."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.access.scope import SignedIn
from examsite.authoring.models import Bank, QuestionRow, QuestionVersion
from examsite.authoring.queries import is_current
from examsite.authoring.secrecy import need_to_know
from examsite.authoring.versions import chunks
from examsite.authoring.writing.likeness import index_of
from question_bank.formats.imports import Import
from question_bank.problems import Place, Problem, Severity
from question_bank.questions.check import check
from question_bank.questions.model import Draft
from question_bank.questions.similarity import StemIndex

#: A file that repeats itself is told so this often; more of the same teaches nobody anything.
MOST_NEAR = 200
#: What the reader of the file says itself, and what a file without that column would have on every row.
_LEFT_OUT = {
    "answer-missing",
    "blank-missing",
    "difficulty-missing",
    "multiple-all-right",
    "options-same",
    "point-missing",
    "source-missing",
    "stem-empty",
}
#: What would tell the right answer: the report of an import is kept apart from keys.
_TELLS_THE_KEY = {"answer-in-stem", "longest-option", "tolerance-zero"}
#: The field of a workbook's table in which a finding is shown.
_FIELDS = {"stem": "stem", "material": "stem", "options": "option_a", "right": "answer"}

Row = tuple[str, int]


def with_doubts(session: Session, bank: Bank, person: SignedIn, read: Import) -> Import:
    """The file with a warning for every doubt; rows keep their fates."""
    known = {(fate.sheet, fate.row): set(fate.codes) for fate in read.fates}
    columns = {table.sheet: dict(table.columns) for table in read.tables}
    found: dict[Row, list[Problem]] = {}
    for draft in read.drafts:
        row = (draft.sheet, draft.row)
        said = known.get(row, set())
        for finding in check(draft.question, draft.key):
            if finding.code in _LEFT_OUT | _TELLS_THE_KEY | said:
                continue
            place = _place(draft, finding.field, columns)
            found.setdefault(row, []).append(Problem(place, finding.code, finding.message, Severity.WARNING))
    for draft, sentence in _near(session, bank, person, read, known):
        problem = Problem(_place(draft, "stem", columns), "near-duplicate", sentence, Severity.WARNING)
        found.setdefault((draft.sheet, draft.row), []).append(problem)
    if not found:
        return read
    return replace(
        read,
        problems=(*read.problems, *(problem for row in found.values() for problem in row)),
        fates=tuple(
            replace(fate, codes=tuple(dict.fromkeys((*fate.codes, *(one.code for one in more)))))
            if (more := found.get((fate.sheet, fate.row)))
            else fate
            for fate in read.fates
        ),
    )


def _near(
    session: Session, bank: Bank, person: SignedIn, read: Import, known: dict[Row, set[str]]
) -> list[tuple[Draft, str]]:
    """Drafts whose stem is near to an earlier one of the file or to one of the bank, with the sentence that says so."""
    drafts = [
        draft for draft in read.drafts if "stem-repeated" not in known.get((draft.sheet, draft.row), ())
    ]
    of_bank = _near_in_bank(session, bank, person, drafts)
    of_file: StemIndex[int] = StemIndex((place, draft.question.stem) for place, draft in enumerate(drafts))
    told: list[tuple[Draft, str]] = []
    for place, draft in enumerate(drafts):
        if len(told) >= MOST_NEAR:
            break
        if place in of_bank:
            told.append((draft, f"题干与题库中的 {of_bank[place]} 近似。请确认不是重复的题。"))
            continue
        earlier = [
            other
            for other, _value in of_file.near(draft.question.stem, limit=4)
            if other < place and drafts[other].bank == draft.bank
        ]
        if earlier:
            other = drafts[earlier[0]]
            name = other.external_id or f"第 {other.row} 行"
            told.append((draft, f"题干与本文件中的 {name} 近似。请确认不是重复的题。"))
    return told


def _near_in_bank(session: Session, bank: Bank, person: SignedIn, drafts: list[Draft]) -> dict[int, str]:
    """By place of the draft: the name of the nearest question of the bank that this person may see and that is another."""
    index = index_of(session, bank.id)
    if not len(index):
        return {}
    near: dict[int, list[int]] = {}
    for place, draft in enumerate(drafts):
        if found := index.near(draft.question.stem, limit=4):
            near[place] = [version_id for version_id, _value in found]
        if len(near) >= 4 * MOST_NEAR:
            break
    wanted = sorted({version_id for ids in near.values() for version_id in ids})
    names: dict[int, tuple[str | None, str]] = {}
    condition = need_to_know.visible(session, person, bank)
    for part in chunks(wanted, 500):
        rows = session.execute(
            select(QuestionVersion.id, QuestionVersion.question_id, QuestionRow.external_id)
            .join(QuestionRow, QuestionRow.id == QuestionVersion.question_id)
            .where(QuestionVersion.id.in_(part), is_current(), condition)
        )
        names.update({row.id: (row.external_id, row.external_id or f"#{row.question_id}") for row in rows})
    told: dict[int, str] = {}
    for place, ids in near.items():
        own = drafts[place].external_id
        others = [names[i][1] for i in ids if i in names and not (own and names[i][0] == own)]
        if others:
            told[place] = others[0]
    return told


def _place(draft: Draft, field: str, columns: dict[str, dict[str, int]]) -> Place:
    """The cell, where the table has a column for the field."""
    column = columns.get(draft.sheet, {}).get(_FIELDS.get(field, field))
    letter = chr(ord("A") + column) if column is not None and column < 26 else None
    return Place(draft.sheet or None, draft.row or None, letter)
