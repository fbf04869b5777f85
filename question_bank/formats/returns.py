"""Whether what was written gives the same drafts back: by reading it as the reader does."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from question_bank.formats.export import Written
from question_bank.formats.imports import Import
from question_bank.formats.limits import DEFAULT_LIMITS, MIB, Unreadable
from question_bank.problems import NOWHERE, Place, Problem, Severity
from question_bank.questions.model import Draft, content_hash


def examined(
    data: bytes,
    drafts: Sequence[Draft],
    read: Callable[[bytes], Import],
    *,
    held: Callable[[Draft], str],
    reduced: Callable[[Draft], Draft] = lambda draft: draft,
    parts: int = 1,
) -> Written:
    """The bytes, with a problem for each draft that was not written or does not come back equal.

    held: "" for a draft that was written, else why it was not (an error).  reduced: the draft as the format holds it.
    parts: how many files are in it, for a package.
    """
    problems: list[Problem] = []
    if len(data) > DEFAULT_LIMITS.file_bytes or parts > DEFAULT_LIMITS.entries:
        message = (
            f"写出的文件有 {len(data) / MIB:.1f} MB、{parts} 个部件，超过导入的上限（{DEFAULT_LIMITS.file_bytes / MIB:g} MB、"
            f"{DEFAULT_LIMITS.entries} 个部件），不能整个导回。请分批导出。"
        )
        problems.append(Problem(NOWHERE, "too-big-to-return", message, Severity.WARNING))
    try:
        found = read(data)
    except Unreadable as fault:
        return Written(data, (Problem(NOWHERE, "not-readable-on-return", fault.problem.message),))
    back = iter(_by_row(found))
    for number, draft in enumerate(drafts, start=1):
        place = Place(None, number)
        named = draft.external_id or number
        if reason := held(draft):
            problems.append(Problem(place, "not-held", f"试题 {named} 未写入：{reason}"))
            continue
        other = next(back, None)
        if other is None or not _equal(reduced(draft), other):
            message = f"试题 {named} 写入后不能原样读回。请检查首尾空格、特殊写法和缺失的图片。"
            problems.append(Problem(place, "not-equal-on-return", message, Severity.WARNING))
    return Written(data, tuple(problems))


def _by_row(found: Import) -> list[Draft | None]:
    """One entry for each question that was met, in order; None where it was not accepted."""
    drafts = {(draft.sheet, draft.row): draft for draft in found.drafts}
    return [drafts.get((fate.sheet, fate.row)) for fate in found.fates if fate.outcome.value != "skipped"]


def _equal(one: Draft, other: Draft) -> bool:
    return (one.bank, one.external_id) == (other.bank, other.external_id) and content_hash(
        one.question, one.key
    ) == content_hash(other.question, other.key)
