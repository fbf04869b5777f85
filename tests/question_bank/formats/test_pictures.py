"""Pictures of a workbook come to the question on whose row they lie."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest
import xlsxwriter
from openpyxl.drawing.image import Image as Placed
from PIL import Image

from question_bank.formats import twin
from question_bank.formats.export import write
from question_bank.formats.imports import Outcome
from question_bank.formats.pictures import LARGEST, fault_of, renamed
from question_bank.formats.reading import read
from question_bank.questions.model import content_hash
from tests.question_bank.formats.drafts import digest, draft, png, with_part


@pytest.fixture
def illustrated(make_bank):
    """A workbook with pictures over cells: {cell: bytes}, as another program writes it."""

    def make(pictures, *rows):
        book = openpyxl.load_workbook(io.BytesIO(make_bank(*rows)))
        for cell, data in pictures.items():
            book.active.add_image(Placed(io.BytesIO(data)), cell)
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()

    return make


def test_a_picture_over_a_row_follows_its_stem(illustrated):
    red, blue = png("red"), png("blue")
    imported = read("题库.xlsx", illustrated({"M3": red, "G2": blue}, {}, {}, {}))
    first, second, third = imported.drafts
    assert first.question.stem.endswith(f"\n![图](picture:{digest(blue)})")
    assert second.question.stem.endswith(f"\n![图](picture:{digest(red)})")
    assert "picture:" not in third.question.stem
    assert dict(imported.pictures) == {digest(red): red, digest(blue): blue}
    assert imported.problems == ()


def test_two_pictures_on_one_row_both_follow(illustrated):
    data = illustrated({"G2": png("red"), "H2": png("blue")}, {})
    (found,) = read("题库.xlsx", data).drafts
    assert found.question.stem.count("picture:") == 2


def test_pictures_beside_questions_stay_a_warning(illustrated):
    imported = read("题库.xlsx", illustrated({"A1": png("red"), "G40": png("blue")}, {}))
    assert [(problem.code, problem.is_error) for problem in imported.problems] == [
        ("pictures-not-read", False)
    ]
    assert "2 张" in imported.problems[0].message
    assert imported.pictures == ()


def test_a_row_whose_picture_cannot_be_kept_is_quarantined(illustrated):
    stream = io.BytesIO()
    Image.new("L", (4, 4)).save(stream, "GIF")
    imported = read("题库.xlsx", illustrated({"G2": stream.getvalue()}, {}, {}))
    assert [fate.outcome for fate in imported.fates] == [Outcome.QUARANTINED, Outcome.ACCEPTED]
    (kept,) = imported.quarantined
    assert (kept.row, kept.reason_code, kept.external_id) == (2, "picture-not-held", "B-A-B-C-001-001")
    assert "GIF" in kept.message
    assert "第1题" in kept.raw


def test_a_refused_row_takes_its_picture_out_with_it(illustrated):
    imported = read("题库.xlsx", illustrated({"G2": png()}, {"answer": "F"}))
    assert (imported.drafts, imported.pictures) == ((), ())


@pytest.mark.parametrize("writer", [write, twin.write])
def test_what_we_write_comes_back_with_its_pictures(writer):
    red, blue = png("red"), png("blue", (900, 700))
    one = draft(
        stem=f"看![门口](picture:{digest(red)})和![图](picture:{digest(blue)})。",
        contents=[f"![图](picture:{digest(blue)})", "乙"],
    )
    written = writer([draft(stem="无图？"), one], {digest(red): red, digest(blue): blue})
    imported = read("题库.xlsx", written.data)
    assert [content_hash(d.question, d.key) for d in imported.drafts][1] == content_hash(
        one.question, one.key
    )
    assert dict(imported.pictures) == {digest(red): red, digest(blue): blue}


def test_a_picture_without_bytes_is_named_when_written():
    written = write([draft(stem=f"看![图](picture:{'0' * 64})。")], {})
    assert "picture-not-written" in [problem.code for problem in written.problems]


CELL_IMAGES = (
    '<etc:cellImages xmlns:etc="http://www.wps.cn/officeDocument/2017/etCustomData" '
    'xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><etc:cellImage><xdr:pic>'
    '<xdr:nvPicPr><xdr:cNvPr id="1" name="ID_0A1B"/></xdr:nvPicPr><xdr:blipFill><a:blip r:embed="rId1"/></xdr:blipFill>'
    "</xdr:pic></etc:cellImage></etc:cellImages>"
)
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" Target="media/image1.png"/></Relationships>'
)


def with_cell_image(cells, *, value=True):
    """A workbook as WPS writes one: a picture inside a cell is a formula that names it."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet()
    for row, line in enumerate(cells):
        for column, text in enumerate(line):
            if text.startswith("="):
                sheet.write_formula(row, column, "=_xlfn." + text[1:], None, text if value else "")
            else:
                sheet.write_string(row, column, text)
    book.close()
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("xl/cellimages.xml", CELL_IMAGES)
        archive.writestr("xl/_rels/cellimages.xml.rels", RELATIONS)
        archive.writestr("xl/media/image1.png", png())
    return stream.getvalue()


@pytest.mark.parametrize("value", [True, False])
def test_a_picture_that_wps_keeps_inside_a_cell_is_read(value):
    titles = ["认定点代码", "题型代码", "题干", "选项A", "选项B", "【图】及位置", "正确答案"]
    inside = '=DISPIMG("ID_0A1B",1)'
    data = with_cell_image([titles, ["A-B-A-001", "B", "看图？", inside, "乙", inside, "A"]], value=value)
    imported = read("题库.xlsx", data)
    (found,) = imported.drafts
    name = f"![图](picture:{digest(png())})"
    assert found.question.stem == "看图？"  # the option names the same picture already
    assert found.question.options[0].content == name
    assert found.question.picture == ""
    assert len(imported.pictures) == 1


def test_a_picture_in_a_cell_that_the_file_lacks_is_quarantined():
    titles = ["认定点代码", "题型代码", "题干", "选项A", "选项B", "正确答案"]
    data = with_cell_image([titles, ["A-B-A-001", "B", '=DISPIMG("ID_FFFF",1)', "甲", "乙", "A"]])
    assert read("题库.xlsx", data).fates[0].outcome is Outcome.QUARANTINED


def test_a_broken_drawing_loses_no_question(illustrated):
    data = with_part(illustrated({"G2": png()}, {}), "xl/drawings/drawing1.xml", b"<xdr:wsDr")
    imported = read("题库.xlsx", data)
    assert len(imported.drafts) == 1
    assert [problem.code for problem in imported.problems] == ["pictures-not-read"]


def test_why_a_picture_cannot_be_kept():
    assert fault_of(png()) == ""
    assert "像素" in fault_of(png(size=(2001, 1)))
    assert "损坏" in fault_of(png()[:20])
    assert "MB" in fault_of(png() + bytes(LARGEST))
    assert "PNG" in fault_of(b"\x01\x00\x00\x00 an EMF")


def test_a_draft_names_its_pictures_anew_wherever_it_does():
    old, new = "0" * 64, "1" * 64
    one = draft(
        stem=f"![甲 乙](picture:{old})",
        contents=[f"![图](picture:{old})", "乙"],
        material=f"![图](picture:{old})",
        explanation=f"见![图](picture:{old})",
    )
    again = renamed(one, {old: new})
    assert again.question.stem == f"![甲 乙](picture:{new})"
    assert old not in str(again)
    assert renamed(again, {new: old}) == one
