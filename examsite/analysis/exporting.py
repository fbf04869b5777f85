"""The table of questions as CSV that spreadsheets open as text."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from examsite.analysis.words import flag_label
from examsite.results.exporting import formula_safe
from question_bank.questions.kinds import Kind

FIGURES = ("n", "difficulty", "discrimination", "upper_lower", "alpha_if_deleted")


def items_csv(items: Sequence[dict[str, Any]]) -> str:
    """One line a question, full precision; an empty cell where a figure does not exist."""
    out = io.StringIO()
    writer = csv.writer(out)
    head = [
        _("Question ID"),
        _("Version"),
        _("Point"),
        _("Kind"),
        _("Persons"),
        _("Difficulty p"),
        _("Discrimination"),
        _("Upper–lower"),
        _("Alpha if deleted"),
        _("To look at"),
    ]
    writer.writerow([formula_safe(str(cell)) for cell in head])
    for item in items:
        texts = [item["external_id"] or f"#{item['question']}", str(item["number"]), item["point"]]
        texts.append(Kind(item["kind"]).label)
        # Numbers stay numbers, a minus sign included: they come from our own arithmetic.
        figures = ["" if item[name] is None else repr(item[name]) for name in FIGURES]
        flags = "；".join(flag_label(code) for code in item["flags"])
        writer.writerow([*map(formula_safe, texts), *figures, formula_safe(flags)])
    # Spreadsheets take a file for UTF-8 only where this mark begins it.
    return "\ufeff" + out.getvalue()
