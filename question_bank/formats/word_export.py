"""Write drafts as a Word document in the 国标 item format; what it can't hold, or would change, is reported."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Emu
from docx.text.paragraph import Paragraph

from question_bank.formats import losses, pictures, word
from question_bank.formats.answers import with_prefixes
from question_bank.formats.export import Written, answer_of
from question_bank.formats.formula_write import MATH
from question_bank.formats.formulas import latex_to_omml
from question_bank.formats.imports import derived_ids
from question_bank.formats.limits import Unreadable
from question_bank.formats.text_pieces import pipe_table
from question_bank.formats.word_text import SHEET
from question_bank.problems import Place, Problem, Severity
from question_bank.questions.model import Draft, content_hash, letter

NAME = "国标格式 Word 文档"
HELD = frozenset({"point", "difficulty", "consistency"})

_FONT = "宋体"
_PIECE = re.compile(
    r"(?<!\\)\$\$(?P<display>[^$\n]+?)(?<!\\)\$\$"
    r"|(?<![\\$])\$(?P<inline>[^$\s](?:[^$\n]*?[^$\s\\])?)\$(?!\$)"
    r"|"
    + pictures.REFERENCE.pattern.replace("(", "(?P<alternative>", 1).replace(
        "([0-9a-f]", "(?P<digest>[0-9a-f]"
    )
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_WIDEST = Emu(5_000_000)


def write(drafts: Sequence[Draft], images: Mapping[str, bytes] | None = None) -> Written:
    """The document of these drafts.  Formulas go out as Office's own where they come back the same, else as $…$.

    images: bytes by the digest that texts name.  Reading gives equal drafts wherever no problem is reported.
    """
    writer = _Writer(images or {})
    for draft in drafts:
        writer.item(draft)
    data = writer.close()
    return Written(data, (*writer.problems, *_changed(drafts, data)))


class _Writer:
    """A document as it grows."""

    def __init__(self, images: Mapping[str, bytes]) -> None:
        self._images = images
        self._document = Document()
        self._end: Any = self._document.element.body.sectPr
        self.problems: list[Problem] = []
        self._row = 0
        font = self._document.styles["Normal"].font
        font.name = _FONT
        font.element.rPr.rFonts.set(qn("w:eastAsia"), _FONT)
        properties = self._document.core_properties
        properties.author, properties.comments = "", ""
        # A fixed date, so that it tells nothing of when and by whom.
        properties.created = properties.modified = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)

    def item(self, draft: Draft) -> None:
        question = draft.question
        self._named = draft.external_id or question.stem[:20]
        scales = [str(one) if one else "-" for one in (question.difficulty, question.consistency)]
        if scales[1] == "-":
            scales = [one for one in scales[:1] if one != "-"]
        self._start = self._row + 1
        self._paragraph("  ".join([question.point or "-", question.kind.value, *scales]))
        self._text("{A}", question.stem)
        contents = with_prefixes([option.content for option in question.options])
        for index, content in enumerate(contents):
            self._text(f"（{letter(index)}）", content)
        answer = answer_of(draft)
        self._text("{B}", answer.replace(",", "") if question.kind.has_options else answer)
        self._paragraph("")

    def close(self) -> bytes:
        stream = io.BytesIO()
        self._document.save(stream)
        return stream.getvalue()

    def _paragraph(self, text: str) -> Any:
        self._row += 1
        element: Any = OxmlElement("w:p")
        # The document's own way looks for the end anew each time, which takes minutes for thousands of questions.
        self._end.addprevious(element)
        paragraph = Paragraph(element, self._document._body)
        self._run(paragraph, text)
        return paragraph

    def _text(self, mark: str, text: str) -> None:
        """A part of an item: lines of one paragraph, tables between."""
        for index, piece in enumerate(_with_tables(text)):
            if isinstance(piece, str):
                paragraph = self._paragraph(mark if index == 0 else "")
                for number, line in enumerate(piece.split("\n")):
                    if number:
                        paragraph.add_run().add_break()
                    self._line(paragraph, line)
            else:
                if index == 0:
                    self._paragraph(mark)
                self._table(piece)

    def _table(self, rows: list[list[str]]) -> None:
        self._row += 1
        table = self._document.add_table(len(rows), len(rows[0]), style="Table Grid")
        for cells, row in zip(table.rows, rows, strict=True):
            for cell, text in zip(cells.cells, row, strict=True):
                self._line(cell.paragraphs[0], text)

    def _line(self, paragraph: Any, line: str) -> None:
        end = 0
        for match in _PIECE.finditer(line):
            self._run(paragraph, line[end : match.start()])
            end = match.end()
            if match["digest"]:
                self._picture(paragraph, match)
                continue
            element = latex_to_omml(match["display"] or match["inline"])
            if element is None:
                self._run(paragraph, match[0])
            elif match["display"]:
                around = element.makeelement(f"{{{MATH}}}oMathPara", nsmap={"m": MATH})
                around.append(element)
                paragraph._p.append(around)
            else:
                paragraph._p.append(element)
        self._run(paragraph, line[end:])

    def _run(self, paragraph: Any, text: str) -> None:
        if text:
            paragraph.add_run(_CONTROL.sub("\ufffd", text))

    def _picture(self, paragraph: Any, match: re.Match[str]) -> None:
        data = self._images.get(match["digest"])
        try:
            if data is None:
                raise ValueError("the bytes are not at hand")
            picture = paragraph.add_run().add_picture(io.BytesIO(data))
        except Exception:  # the library fails in many ways on what it takes for no picture
            message = f"试题 {self._named} 的图片未写入：没有图片的内容，或 Word 不能存放这种格式。"
            place = Place(SHEET, self._start)
            self.problems.append(Problem(place, "picture-not-written", message, Severity.WARNING))
            self._run(paragraph, match[0])
            return
        if picture.width > _WIDEST:
            picture.height = Emu(round(picture.height * _WIDEST / picture.width))
            picture.width = _WIDEST
        for properties in picture._inline.iter(qn("wp:docPr")):
            properties.set("descr", match["alternative"])


def _with_tables(text: str) -> Iterator[str | list[list[str]]]:
    """The text in pieces: lines, and the cells of those tables that are written exactly as the reader would."""
    lines = text.split("\n")
    start = place = 0
    while place < len(lines):
        rows = _table_at(lines, place)
        if rows is None:
            place += 1
            continue
        if place > start:
            yield "\n".join(lines[start:place])
        yield rows
        place += len(rows) + 1
        start = place
    if start < len(lines):
        yield "\n".join(lines[start:])


def _table_at(lines: list[str], place: int) -> list[list[str]] | None:
    """The rows of a table that begins on this line; None where none does, or where it would come back otherwise."""
    if place + 1 >= len(lines) or not re.fullmatch(r"\|(?:---\|)+", lines[place + 1]):
        return None
    end = place
    while (
        end < len(lines) and lines[end].startswith("| ") and lines[end].endswith(" |")
    ) or end == place + 1:
        end += 1
    rows = [
        [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for number, line in enumerate(lines[place:end])
        if number != 1
    ]
    if any(len(row) != len(rows[0]) for row in rows):
        return None
    again = pipe_table([[cell.replace("|", "\\|") for cell in row] for row in rows])
    return rows if again == "\n".join(lines[place:end]) else None


def _changed(drafts: Sequence[Draft], data: bytes) -> list[Problem]:
    """A warning for what a draft has that the format has no place for, and for each that would not read back the same."""
    if not drafts:
        return []
    try:
        again = word.read("again.docx", data, new_ids=derived_ids)
    except Unreadable as fault:
        return [Problem(Place(SHEET), "not-readable-on-return", fault.problem.message)]
    back = {content_hash(one.question, one.key) for one in again.drafts}
    found: list[Problem] = []
    for number, draft in enumerate(drafts, start=1):
        named = f"第 {number} 题{f'（{draft.external_id}）' if draft.external_id else ''}"
        place = Place(SHEET)
        if lost := losses.sentence(draft, HELD, NAME):
            found.append(Problem(place, "not-held", f"{named}：{lost}", Severity.WARNING))
        kept = losses.without(draft, HELD)
        if content_hash(kept.question, kept.key) not in back:
            message = (
                f"{named}写入后不能原样读回。请检查代码、题干和选项的首尾空格、以“（A）”或“{{B}}”开头的行等。"
            )
            found.append(Problem(place, "not-equal-on-return", message, Severity.WARNING))
    return found
