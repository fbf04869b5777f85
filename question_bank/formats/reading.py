"""Read a file of questions, whatever its format: the registry says which reader it is for."""

from __future__ import annotations

from question_bank.formats import collector
from question_bank.formats.imports import Import, OptionIds, random_ids
from question_bank.formats.limits import DEFAULT_LIMITS, Limits
from question_bank.formats.registry import recognise
from question_bank.outlines.tree import Outline


def read(
    name: str,
    data: bytes,
    *,
    bank: str | None = None,
    outline: Outline | None = None,
    limits: Limits = DEFAULT_LIMITS,
    new_ids: OptionIds = random_ids,
) -> Import:
    """Drafts and problems of the file.  The reader is chosen by the file's name and content.

    bank: 题库名称 for questions that give none.  outline: codes that it lacks are errors.
    Raises Unreadable where the file as a whole can't be opened, or is of no known format.
    """
    reader = recognise(name, data)
    with collector.held_off():
        return reader.read(name, data, bank=bank, outline=outline, limits=limits, new_ids=new_ids)
