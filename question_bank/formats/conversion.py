"""Drafts from one format into another, read back and compared before anybody relies on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from question_bank.formats.format import Format
from question_bank.formats.imports import Import, derived_ids
from question_bank.formats.limits import Unreadable
from question_bank.problems import NOWHERE, Problem, Severity
from question_bank.questions.model import Draft, content_hash


@dataclass(frozen=True, slots=True)
class Converted:
    """The bytes written; what the target can't hold; which drafts come back otherwise than they went.

    unnamed: how many came back with the same content but without their 题库名称 or ID.
    """

    data: bytes
    problems: tuple[Problem, ...]
    differing: tuple[Draft, ...]
    unnamed: int


def convert(imported: Import, target: Format) -> Converted:
    """Write what was read, read it again and compare.  Raises Unreadable where the target is only read."""
    if target.write is None:
        raise Unreadable("format-not-written", f"“{target.name}”只能读取，不能写出。请改用别的格式。")
    written = target.write(imported.drafts, dict(imported.pictures))
    problems = list(written.problems)
    back: tuple[Draft, ...] = ()
    if imported.drafts:
        try:
            name = f"{target.code}.{target.extensions[0]}"
            back = target.read(name, written.data, new_ids=derived_ids).drafts
        except Unreadable as fault:
            problems.append(Problem(NOWHERE, "not-readable-on-return", fault.problem.message, Severity.ERROR))
    differing = different(imported.drafts, back)
    exact = Counter(_identity(draft) for draft in back)
    kept = sum((Counter(_identity(draft) for draft in imported.drafts) & exact).values())
    unnamed = len(imported.drafts) - len(differing) - kept
    return Converted(written.data, tuple(problems), differing, unnamed)


def different(drafts: Sequence[Draft], back: Sequence[Draft]) -> tuple[Draft, ...]:
    """The drafts whose content is not among those that came back, each of which answers for one."""
    left = Counter(content_hash(draft.question, draft.key) for draft in back)
    found: list[Draft] = []
    for draft in drafts:
        digest = content_hash(draft.question, draft.key)
        if left[digest]:
            left[digest] -= 1
        else:
            found.append(draft)
    return tuple(found)


def _identity(draft: Draft) -> tuple[str, str, str]:
    return draft.bank, draft.external_id, content_hash(draft.question, draft.key)
