"""A workbook as we write it: every cell is text, pictures float over the rows that name them."""

from __future__ import annotations

import datetime as dt
import io
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.image import Image

from question_bank.formats.export_check import LONGEST_TEXT
from question_bank.formats.headings import Column
from question_bank.formats.pictures import named_by
from question_bank.problems import Place, Problem, Severity
from question_bank.questions.model import Draft

#: A cell that starts so could run as a formula once somebody edits it.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_PICTURE_HEIGHT = 80


class TextBook:
    """A workbook in which every cell is text, so that nothing in it can become a formula, a link or a number."""

    def __init__(self) -> None:
        self._stream = io.BytesIO()
        self._book = xlsxwriter.Workbook(
            self._stream,
            {
                "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        # A fixed date, so that the same content is the same file.
        self._book.set_properties({"created": dt.datetime(2000, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None)})
        text = {"num_format": "@", "text_wrap": True, "valign": "top"}
        self._text = self._book.add_format(text)
        self._quoted = self._book.add_format({**text, "quote_prefix": True})
        self.title = self._book.add_format({**text, "bold": True, "bg_color": "#D9E2F3"})
        self.bad = self._book.add_format({**text, "quote_prefix": True, "bg_color": "#F8CBAD"})
        self.doubtful = self._book.add_format({**text, "quote_prefix": True, "bg_color": "#FFF2CC"})
        self._names: set[str] = set()

    def sheet(self, name: str, widths: Sequence[float]) -> Any:
        """A new sheet of these column widths, its first row frozen.  Names are made valid and unique."""
        valid = (
            "".join("_" if character in "[]:*?/\\" else character for character in name).strip("'")[:31]
            or "Sheet"
        )
        unique, number = valid, 1
        while unique.lower() in self._names:
            number += 1
            unique = f"{valid[:27]}({number})"
        self._names.add(unique.lower())
        sheet = self._book.add_worksheet(unique)
        for index, width in enumerate(widths):
            sheet.set_column(index, index, width, self._text)
        sheet.freeze_panes(1, 0)
        return sheet

    def write_row(self, sheet: Any, row: int, texts: Sequence[str], style: Any = None) -> None:
        """Texts from the first column on; empty ones leave the cell empty."""
        for column, text in enumerate(texts):
            if text:
                self.write(sheet, row, column, text, style)

    def write(self, sheet: Any, row: int, column: int, text: str, style: Any = None) -> None:
        """One text cell.  What starts like a formula is marked as quoted text, as Excel itself does for '=…."""
        if style is None:
            style = self._quoted if text.startswith(_FORMULA_STARTS) else self._text
        if text:
            sheet.write_string(row, column, text[:LONGEST_TEXT], style)
        else:
            sheet.write_blank(row, column, None, style)

    def write_picture(self, sheet: Any, row: int, column: int, place: int, data: bytes) -> None:
        """A picture over a cell, drawn small.  place: which of its row's pictures.  ValueError where it is none."""
        try:
            image = Image(io.BytesIO(data))
            scale = min(1.0, _PICTURE_HEIGHT / image.height)
        except (XlsxWriterException, OSError, struct.error, IndexError, ZeroDivisionError) as error:
            raise ValueError("not a picture that a workbook can hold") from error
        sheet.set_row_pixels(row, _PICTURE_HEIGHT + 4)
        options = {"x_offset": 2 + 40 * place, "y_offset": 2, "x_scale": scale, "y_scale": scale}
        sheet.insert_image(row, column, image, options)

    def close(self) -> bytes:
        """The workbook's bytes."""
        self._book.close()
        return self._stream.getvalue()


def place_pictures(
    book: TextBook,
    sheet: Any,
    drafts: Sequence[Draft],
    columns: Sequence[Column],
    pictures: Mapping[str, bytes],
) -> tuple[Problem, ...]:
    """Write each draft's pictures over its row (the first draft stands in row 2); a warning for each that can't be."""
    fields = [column.field for column in columns]
    column = fields.index("picture" if "picture" in fields else "stem")
    found: list[Problem] = []
    for row, draft in enumerate(drafts, start=1):
        for place, digest in enumerate(named_by(draft)):
            try:
                if digest not in pictures:
                    raise ValueError("the bytes are not at hand")
                book.write_picture(sheet, row, column, place, pictures[digest])
            except ValueError:
                message = f"试题 {draft.external_id or row + 1} 的图片未写入：工作簿只能存放 PNG、JPEG、GIF、BMP 图片。"
                if digest not in pictures:
                    message = f"试题 {draft.external_id or row + 1} 的图片未写入：没有这张图片的内容。"
                found.append(Problem(Place(None, row + 1), "picture-not-written", message, Severity.WARNING))
    return tuple(found)
