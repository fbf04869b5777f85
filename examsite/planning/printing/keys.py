"""参考答案及评分标准 of printed papers.  The one module of this stage that turns keys into text; every caller is on the record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from examsite.access.permissions import Permission
from examsite.access.scope import SignedIn
from examsite.authoring.keys import keys
from examsite.authoring.models import Bank, QuestionVersion
from examsite.authoring.pictures.queries import pictures_of
from examsite.authoring.secrecy.need_to_know import visible
from examsite.authoring.versions import chunks
from examsite.planning.printing.contents import MULTIPLE_RULES, Sheet, heading, sections
from examsite.planning.printing.loading import LoadedPaper
from question_bank.assembly.paper import points_text
from question_bank.questions.kinds import Kind
from question_bank.questions.markup import pictures
from question_bank.questions.model import Key, letter
from question_bank.questions.present import PresentedPart, PresentedQuestion
from question_bank.questions.printed import blocks

_BRIEF = {Kind.SINGLE, Kind.MULTIPLE, Kind.JUDGEMENT}


@dataclass(frozen=True, slots=True)
class KeyedPaper:
    """A paper with its keys by version."""

    paper: LoadedPaper
    keys: Mapping[int, Key]


def may_see_all(session: Session, person: SignedIn, bank: Bank, papers: Sequence[LoadedPaper]) -> bool:
    """Whether this person may see the key of every question on these papers: permission, and need to know."""
    if not person.may_in(Permission.SEE_KEYS, bank.institution_id):
        return False
    wanted = sorted({version for paper in papers for version in paper.versions})
    seen = 0
    for part in chunks(wanted, 5000):
        query = (
            select(func.count())
            .select_from(QuestionVersion)
            .join(Bank, Bank.id == QuestionVersion.bank_id)
            .where(QuestionVersion.id.in_(part), visible(session, person, bank))
        )
        seen += session.scalar(query) or 0
    return seen == len(wanted)


def with_keys(session: Session, papers: Sequence[LoadedPaper]) -> list[KeyedPaper]:
    """These papers with the keys in force now."""
    found = keys(session, [version for paper in papers for version in paper.versions])
    return [KeyedPaper(paper, found) for paper in papers]


def pictures_in(session: Session, bank: Bank, keyed: Sequence[KeyedPaper]) -> dict[str, bytes]:
    """Pictures that model answers and explanations show, by digest."""
    texts = {
        text
        for one in keyed
        for key in one.keys.values()
        for part in (key, *key.parts)
        for text in (part.model_answer, part.explanation)
    }
    digests = {digest for text in texts for digest in pictures(text)}
    return pictures_of(session, bank.id, digests) if digests else {}


def keys_as_data(sheet: Sheet, keyed: KeyedPaper) -> dict[str, Any]:
    """The answers of one paper as plain data for the template."""
    parts = []
    for kind, title, questions, has_multiple in sections(keyed.paper.questions):
        entries = [_entry(question, keyed.keys[_version(keyed.paper, question)]) for question in questions]
        brief = kind in _BRIEF and not any(entry["why"] for entry in entries)
        rule = f"多选题{MULTIPLE_RULES[sheet.multiple]}" if has_multiple else ""
        parts.append({"title": title, "rule": rule, "brief": brief, "entries": entries})
    return {**heading(sheet, keyed.paper), "sections": parts}


def _version(paper: LoadedPaper, question: PresentedQuestion) -> int:
    return paper.versions[question.position - 1]


def _entry(question: PresentedQuestion, key: Key) -> dict[str, Any]:
    inside = zip(question.parts, key.parts, strict=True) if question.parts else ()
    return {
        **_right(question, key, question.position),
        "parts": [_right(part, its, part.number) for part, its in inside],
    }


def _right(asked: PresentedQuestion | PresentedPart, key: Key, number: int) -> dict[str, Any]:
    return {
        "n": number,
        "worth": points_text(asked.points),
        "right": _lines(asked, key),
        "model": blocks(key.model_answer),
        "why": blocks(key.explanation),
    }


def _lines(asked: PresentedQuestion | PresentedPart, key: Key) -> list[str]:
    if key.options:
        return ["".join(letter(i) for i, option in enumerate(asked.options) if option.id in key.options)]
    if key.truth is not None:
        return ["√" if key.truth else "×"]
    if key.blanks:
        lines = [f"第 {place} 空：{' / '.join(texts)}" for place, texts in enumerate(key.blanks, start=1)]
        free = ["、".join(f"第 {place + 1} 空" for place in group) for group in key.any_order]
        return [*lines, *(f"{group}的答案可互换顺序。" for group in free)]
    if key.quantity is not None:
        right = key.quantity
        error = f"{points_text(right.tolerance * 100)}%" if right.relative else points_text(right.tolerance)
        others = "、".join(unit for unit, _factor in right.units)
        lines = [
            f"{points_text(right.value)} {right.unit}".strip()
            + (f"（允许误差 ±{error}）" if right.tolerance else "")
        ]
        if others:
            lines.append(f"也可用单位：{others}。")
        return lines
    return []
