"""The 17 columns as CSV: UTF-8 with a byte order mark, so that Excel shows Chinese; no cell can run as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from question_bank.formats.cells import quoted
from question_bank.formats.export import HELD, Written, columns_for, rows_for
from question_bank.formats.export_check import not_equal
from question_bank.formats.pictures import not_written
from question_bank.questions.model import Draft

#: What a field of a CSV file may hold for Python's reader, less the quote mark.
_LONGEST_TEXT = 131_000


def write(drafts: Sequence[Draft], pictures: Mapping[str, bytes] | None = None) -> Written:
    """The CSV of these drafts; reading it gives equal drafts wherever no problem is reported.

    A cell that starts with `= + - @` gets a ' before it, which the reader takes away again.  Pictures have no place.
    """
    ordered = sorted(drafts, key=lambda draft: draft.bank != "")
    columns = columns_for(ordered)
    rows = rows_for(ordered, columns)
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\r\n").writerows(
        [quoted(text[:_LONGEST_TEXT]) for text in row] for row in rows
    )
    problems = not_equal(ordered, rows, columns, HELD, "CSV 表", _LONGEST_TEXT)
    return Written(stream.getvalue().encode("utf-8-sig"), (*problems, *not_written(ordered, "CSV 表")))
