"""成绩汇总表 as a workbook: every text is written as text, so that no cell is ever computed."""

from __future__ import annotations

import io
from collections.abc import Sequence

import xlsxwriter
from flask_babel import gettext as _

from examsite.pages import moment
from examsite.planning.models import Sitting
from examsite.results.labels import outcome_label, reason_label, status_label
from examsite.results.queries import Line

#: What makes a spreadsheet compute a cell of a CSV file.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def workbook(sitting: Sitting, found: Sequence[Line]) -> bytes:
    """One row a candidate, in the order of enrolment, with masked identity numbers."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet(str(_("Scores")))
        bold, points = book.add_format({"bold": True}), book.add_format({"num_format": "0.##"})
        sheet.write_string(0, 0, f"{sitting.plan.number} {sitting.title} {moment(sitting.opens_at)}", bold)
        for column, (heading, width) in enumerate(_columns()):
            sheet.write_string(2, column, heading, bold)
            sheet.set_column(column, column, width)
        sheet.freeze_panes(3, 0)
        for row, line in enumerate(found, start=3):
            person = line.enrolment.person
            texts = [
                line.enrolment.ticket,
                person.name,
                person.identity_masked,
                person.employer,
                line.enrolment.seat or "",
                status_label(line.status),
            ]
            for column, text in enumerate(texts):
                sheet.write_string(row, column, text)
            if line.value is not None:
                # A spreadsheet holds binary floats; two places survive that exactly enough to read back.
                sheet.write_number(row, 6, float(line.value), points)
            sheet.write_number(row, 7, line.awaits_marker)
            sheet.write_string(row, 8, outcome_label(line.outcome))
            sheet.write_string(row, 9, "；".join(reason_label(reason) for reason in line.reasons))
    return out.getvalue()


def formula_safe(cell: str) -> str:
    """The cell of a CSV file with an apostrophe before it where a spreadsheet would compute it."""
    return "'" + cell if cell.startswith(FORMULA) else cell


def _columns() -> list[tuple[str, int]]:
    return [
        (str(_("Ticket")), 16),
        (str(_("Name")), 14),
        (str(_("Identity number")), 22),
        (str(_("Employer")), 26),
        (str(_("Seat")), 8),
        (str(_("Attendance")), 14),
        (str(_("Score")), 8),
        (str(_("Awaiting a marker")), 12),
        (str(_("Decision")), 10),
        (str(_("Reason")), 20),
    ]
