"""Read a file of questions, whatever its format.  Today: the 17-column table as .xlsx or .csv."""

from __future__ import annotations

from question_bank.formats import workbook
from question_bank.formats.imports import Import, OptionIds, random_ids
from question_bank.formats.limits import DEFAULT_LIMITS, Limits
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
    """Drafts and problems of the file.  The reader is chosen by the file's name; arguments as `workbook.read`."""
    return workbook.read(name, data, bank=bank, outline=outline, limits=limits, new_ids=new_ids)
