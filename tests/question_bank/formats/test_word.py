"""Items of the 国标 format in a Word document."""

from __future__ import annotations

import contextlib
import io
import re
import time
import zipfile

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from hypothesis import given, settings
from PIL import Image

from question_bank.formats import word_export
from question_bank.formats.imports import Outcome, derived_ids
from question_bank.formats.limits import DEFAULT_LIMITS, Limits, Unreadable
from question_bank.formats.reading import read
from question_bank.questions.kinds import Kind
from question_bank.questions.model import content_hash
from tests.question_bank.formats.drafts import digest, draft, drafts, png, with_part

M = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


@pytest.fixture
def document():
    """Paragraphs → the bytes of a document.  A callable in their place is given the document."""

    def make(*paragraphs):
        made = Document()
        for one in paragraphs:
            if callable(one):
                one(made)
            else:
                made.add_paragraph(one)
        stream = io.BytesIO()
        made.save(stream)
        return stream.getvalue()

    return make


@pytest.fixture
def items(document):
    """As `document`, read at once."""

    def run(*paragraphs, **how):
        return read("题.docx", document(*paragraphs), new_ids=derived_ids, **how)

    return run


ITEM = ("A-B-A-001  B  3  5", "{A}方针是（ ）。", "（A）甲", "（B）乙", "（C）丙", "（D）丁", "{B}C")


def test_the_five_lines_of_an_item_become_a_draft(items):
    (found,) = items(*ITEM, bank="甲库").drafts
    question = found.question
    assert (question.kind, question.point, question.difficulty, question.consistency) == (
        Kind.SINGLE,
        "A-B-A-001",
        3,
        5,
    )
    assert question.stem == "方针是（ ）。"
    assert [one.content for one in question.options] == ["甲", "乙", "丙", "丁"]
    assert [one.content for one in question.options if one.id in found.key.options] == ["丙"]
    assert (found.bank, found.sheet, found.row) == ("甲库", "正文", 1)


@pytest.mark.parametrize(
    "lines",
    [
        (
            "Ａ－Ｂ－Ａ－００１　Ｂ　３　５",
            "｛A｝方针是（ ）。",
            "(A)甲",
            "(B) 乙",
            "（Ｃ）丙",
            "（D）丁",
            "｛Ｂ｝Ｃ",
        ),
        (
            "A-B-A-001\tB（单选题）\t3\t5",
            "{A} 方针是（ ）。",
            "（A）甲\t（B）乙",
            "（C）丙    （D）丁",
            "{B} C",
        ),
        ("A—B—A—001 B 3 5", "{A}", "方针是（ ）。", "A.甲", "B、乙", "C．丙", "D. 丁", "", "{B}", "C"),
        ("A-B-A-001  B  3  5\n{A}方针是（ ）。\n（A）甲\n（B）乙\n（C）丙\n（D）丁\n{B}C",),
    ],
)
def test_other_spellings_mean_the_same(items, lines):
    expected, found = items(*ITEM).drafts[0], items(*lines).drafts[0]
    assert content_hash(found.question, found.key) == content_hash(expected.question, expected.key)


def test_every_kind_is_read(items):
    imported = items(
        "A-B-A-001  G  3  5", "{A}有？", "（A）甲", "（B）乙", "（C）丙", "（D）丁", "（E）戊", "{B}ACE",
        "A-B-A-002  C  1", "{A}对。", "{B}错误",
        "A-B-A-003  T  2  4", "{A}填（  ）和____。", "{B}甲、乙",
        "A-B-A-004  D  3  4", "{A}简述：", "（A）不是选项", "{B}一、其一", "二、其二",
        "A-B-A-005  W  5  4", "{A}论述。", "{B}要点",
    )  # fmt: skip
    assert [problem for problem in imported.problems if problem.is_error] == []
    multiple, judgement, blank, short, essay = imported.drafts
    assert len(multiple.key.options) == 3
    assert judgement.key.truth is False
    assert (blank.question.blanks, blank.key.blanks) == (2, (("甲",), ("乙",)))
    assert short.question.stem == "简述：\n（A）不是选项"
    assert short.key.model_answer == "一、其一\n二、其二"
    assert essay.question.difficulty == 5


def test_headings_and_remarks_are_skipped_by_their_number(items):
    imported = items(
        "保卫管理员题库",
        "",
        "一、单选题",
        *ITEM,
        "",
        "二、判断题",
        "A-B-A-002  C  3",
        "{A}对。",
        "{B}对",
        "完",
    )
    assert [(fate.row, fate.outcome) for fate in imported.fates] == [
        (1, Outcome.SKIPPED),
        (3, Outcome.SKIPPED),
        (4, Outcome.ACCEPTED),
        (12, Outcome.SKIPPED),
        (13, Outcome.ACCEPTED),
        (16, Outcome.SKIPPED),
    ]
    assert imported.fates[0].cells[4] == "保卫管理员题库"


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (("A-B-A-001  Z  3  5", "{A}题", "{B}A"), "kind-unknown"),
        (("A-B-A-001", "{A}题", "{B}A"), "kind-missing"),
        (("A-B-A-001  B  9  5", "{A}题", "（A）甲", "（B）乙", "{B}A"), "difficulty-unknown"),
        (("A-B-A-001  B  3  5", "{A}题", "（A）甲", "（B）乙", "{B}D"), "answer-without-option"),
        (("A-B-A-001  B  3  5", "{A}题", "（A）甲", "（B）乙"), "answer-missing"),
        (("A-B-A-001  B  3  5", "（A）甲", "（B）乙", "{B}A"), "stem-missing"),
    ],
)
def test_a_faulty_item_is_refused_where_it_begins(items, lines, code):
    imported = items("前言", *lines)
    assert imported.drafts == ()
    assert [(p.code, p.place.sheet, p.place.row) for p in imported.problems if p.is_error] == [
        (code, "正文", 2)
    ]


def test_a_document_without_items_says_what_one_looks_like(items):
    imported = items("只是一封信")
    assert [problem.code for problem in imported.problems] == ["no-items"]
    assert imported.fates[0].outcome is Outcome.SKIPPED


def test_options_numbered_by_word_are_told_from_no_options(items):
    def numbered(made):
        for text in ("甲", "乙"):
            properties = made.add_paragraph(text)._p.get_or_add_pPr()
            properties.append(parse_xml(f'<w:numPr {W}><w:numId w:val="1"/></w:numPr>'))

    codes = [problem.code for problem in items(ITEM[0], ITEM[1], numbered, "{B}A").problems]
    assert "options-numbered-by-word" in codes


# --- what stands in the text


def test_a_table_in_a_stem_becomes_lines_of_cells(items):
    def table(made):
        cells = made.add_table(2, 2).rows
        for row, texts in zip(cells, (("项目", "值"), ("a|b", "")), strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text

    (found,) = items(ITEM[0], "{A}看表：", table, "问？", *ITEM[2:]).drafts
    assert found.question.stem == "看表：\n| 项目 | 值 |\n|---|---|\n| a\\|b |  |\n问？"


def test_a_picture_in_an_option_comes_with_its_bytes(items):
    data = png()

    def pictured(made):
        paragraph = made.add_paragraph("（A）")
        paragraph.add_run().add_picture(io.BytesIO(data))
        next(paragraph._p.iter(qn("wp:docPr"))).set("descr", "门口的 [镜头]")

    imported = items(ITEM[0], ITEM[1], pictured, "（B）乙", "{B}A")
    (found,) = imported.drafts
    assert found.question.options[0].content == f"![门口的 镜头](picture:{digest(data)})"
    assert imported.pictures == ((digest(data), data),)


def test_formulas_become_latex_and_raised_characters_stay(items):
    def formula(made):
        paragraph = made.add_paragraph("{A}面积 ")
        paragraph._p.append(
            parse_xml(
                f"<m:oMath {M}><m:sSup><m:e><m:r><m:t>r</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:oMath>"
            )
        )
        paragraph.add_run(" 即 5 m")
        paragraph.add_run("2").font.superscript = True
        paragraph.add_run("，I")
        paragraph.add_run("max").font.subscript = True
        paragraph._p.append(
            parse_xml(f"<m:oMathPara {M}><m:oMath><m:r><m:t>x=1</m:t></m:r></m:oMath></m:oMathPara>")
        )

    (found,) = items(ITEM[0], formula, *ITEM[2:]).drafts
    assert found.question.stem == "面积 $r^{2}$ 即 5 m²，I${}_{\\text{max}}$$$x=1$$"


def test_an_underlined_gap_is_a_blank(items):
    def gap(made):
        paragraph = made.add_paragraph("{A}方针是")
        paragraph.add_run("      ").underline = True
        paragraph.add_run("。")

    (found,) = items("A-B-A-001  T  3", gap, "{B}预防为主").drafts
    assert found.question.stem == "方针是____。"


def test_changes_under_review_are_read_as_accepted_and_hidden_text_is_left_out_with_a_warning(items):
    def changed(made):
        paragraph = made.add_paragraph("{A}甲")
        paragraph._p.append(parse_xml(f'<w:ins {W} w:id="1" w:author="x"><w:r><w:t>乙</w:t></w:r></w:ins>'))
        paragraph._p.append(
            parse_xml(f'<w:del {W} w:id="2" w:author="x"><w:r><w:delText>丙</w:delText></w:r></w:del>')
        )
        paragraph.add_run("答案是C").font.hidden = True

    imported = items(ITEM[0], changed, *ITEM[2:])
    assert imported.drafts[0].question.stem == "甲乙"
    assert "hidden-text" in imported.fates[0].codes


QUARANTINED = {
    "object": "<w:r><w:object/></w:r>",
    "text box": "<w:r><w:pict><v:shape xmlns:v='urn:schemas-microsoft-com:vml'><v:textbox/></v:shape></w:pict></w:r>",
    "footnote": '<w:r><w:footnoteReference w:id="1"/></w:r>',
    "symbol": '<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>',
    "formula": f"<m:oMath {M}><m:phant><m:e/></m:phant></m:oMath>",
    "unknown": "<w:r><w:nothingKnown/></w:r>",
}


@pytest.mark.parametrize("markup", QUARANTINED.values(), ids=QUARANTINED)
def test_what_a_draft_cannot_hold_quarantines_its_item_with_reason_and_source(items, markup):
    def strange(made):
        paragraph = made.add_paragraph("{A}前")
        around = parse_xml(f"<w:p {W}>{markup}</w:p>")
        paragraph._p.extend(list(around))
        paragraph.add_run("后")

    imported = items(ITEM[0], strange, *ITEM[2:], "A-B-A-002  C  3", "{A}对。", "{B}对")
    assert [fate.outcome for fate in imported.fates] == [Outcome.QUARANTINED, Outcome.ACCEPTED]
    (kept,) = imported.quarantined
    assert (kept.sheet, kept.row, kept.reason_code) == ("正文", 1, "content-not-held")
    assert "请" in kept.message
    assert re.search("前.*后", kept.raw)
    assert "（D）丁" in kept.raw
    assert imported.problems[0].message == kept.message


def test_merged_cells_and_foreign_pictures_are_quarantined(items):
    def merged(made):
        table = made.add_table(1, 2)
        table.cell(0, 0).merge(table.cell(0, 1))

    def gif(made):
        stream = io.BytesIO()
        Image.new("L", (3, 3)).save(stream, "GIF")
        made.add_paragraph().add_run().add_picture(io.BytesIO(stream.getvalue()))

    for strange, said in ((merged, "合并单元格"), (gif, "GIF")):
        (kept,) = items(ITEM[0], ITEM[1], strange, *ITEM[2:]).quarantined
        assert said in kept.message


# --- hostile files


@pytest.mark.parametrize(
    ("part", "content", "code"),
    [
        ("word/document.xml", b"<w:document", "file-corrupt"),
        ("word/document.xml", b"<x/>", "file-corrupt"),
        ("word/document.xml", b"", "file-corrupt"),
        ("word/document.xml", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "markup-entities"),
        ("word/document.xml", b"<a>" * 100_000, "file-corrupt"),
        ("word/document.xml", b"<w:document>" + b" " * 20_000_000 + b"</w:document>", "archive-bomb"),
        ("word/_rels/document.xml.rels", b"<broken", "file-corrupt"),
    ],
)
def test_a_hostile_document_is_refused_in_one_line(document, part, content, code):
    with pytest.raises(Unreadable) as caught:
        read("题.docx", with_part(document(*ITEM), part, content))
    assert caught.value.problem.code == code
    assert "请" in caught.value.problem.message


def test_a_picture_that_points_out_of_the_file_is_not_followed(document):
    def pictured(made):
        made.add_paragraph().add_run().add_picture(io.BytesIO(png()))

    data = document(ITEM[0], ITEM[1], pictured, *ITEM[2:])
    rels = zipfile.ZipFile(io.BytesIO(data)).read("word/_rels/document.xml.rels")
    outside = re.sub(rb'Target="media/[^"]*"', b'Target="file:///etc/passwd" TargetMode="External"', rels)
    inside = re.sub(rb'Target="media/[^"]*"', b'Target="../../../etc/passwd"', rels)
    for changed_rels in (outside, inside):
        imported = read("题.docx", with_part(data, "word/_rels/document.xml.rels", changed_rels))
        assert imported.fates[0].outcome is Outcome.QUARANTINED


def test_more_paragraphs_than_the_limit_are_refused(document):
    with pytest.raises(Unreadable) as caught:
        read("题.docx", document(*["字"] * 30), limits=Limits(rows=20))
    assert caught.value.problem.code == "too-many-rows"


# --- writing


def test_pictures_tables_and_formulas_come_back_equal():
    data = png()
    name = f"![门口](picture:{digest(data)})"
    one = draft(
        stem=f"看图{name}，求 $\\frac{{a}}{{b}}$：\n\n| 项 | 值 |\n|---|---|\n| a | $\\alpha$ |\n| b\\|c | |\n"
        "后文 $$\\sum_{i=1}^{n}i$$ 与 $\\unknown x$，价 \\$5",
        contents=["甲 $x^{2}$", name, "丙\n第二行"],
        consistency=5,
    )
    written = word_export.write([one], {digest(data): data})
    assert written.problems == ()
    imported = read("题.docx", written.data)
    (back,) = imported.drafts
    assert content_hash(back.question, back.key) == content_hash(one.question, one.key)
    assert imported.pictures == ((digest(data), data),)
    markup = zipfile.ZipFile(io.BytesIO(written.data)).read("word/document.xml").decode()
    assert markup.count("<m:oMath>") == 4  # Office's own formulas, save the one that would not come back
    assert "$\\unknown x$" in markup


@settings(deadline=None, max_examples=60)
@given(drafts())
def test_any_draft_comes_back_equal_or_is_named(one):
    written = word_export.write([one])
    back = read("题.docx", written.data).drafts
    equal = len(back) == 1 and content_hash(back[0].question, back[0].key) == content_hash(
        one.question, one.key
    )
    assert equal == (written.problems == ())


def test_a_stem_that_looks_like_the_format_is_no_danger():
    one = draft(stem="{B}A\n（A）乙\nA-B-A-001 B 3 5")
    written = word_export.write([one])
    back = read("题.docx", written.data).drafts
    equal = [content_hash(b.question, b.key) for b in back] == [content_hash(one.question, one.key)]
    assert equal == (written.problems == ())


def test_a_missing_picture_is_named():
    written = word_export.write([draft(stem=f"看：![图](picture:{'0' * 64})")])
    assert "picture-not-written" in [problem.code for problem in written.problems]


W_DOCUMENT = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
BOMBS = {
    "spaces": "<w:p><w:r><w:t>（A）甲" + " " * 300_000 + "乙</w:t></w:r></w:p>",
    "brackets": "<w:p><w:r><w:t>（A）" + "  （  " * 100_000 + "</w:t></w:r></w:p>",
    "runs": "<w:p>" + "<w:r><w:t>字</w:t></w:r>" * 200_000 + "</w:p>",
    "paragraphs": "<w:p/>" * 49_000,
    "formula": "<w:p><m:oMath>" + "<m:r><m:t>字</m:t></m:r>" * 200_000 + "</m:oMath></w:p>",
    "table": "<w:tbl><w:tr>" + "<w:tc/>" * 100_000 + "</w:tr>" + "<w:tr><w:tc/></w:tr>" * 50_000 + "</w:tbl>",
    "elements": "<w:p>" + "<w:r/>" * 800_000 + "</w:p>",
    "depth": "<w:sdt>" * 120 + "<w:p/>" + "</w:sdt>" * 120,
}


@pytest.mark.parametrize("body", BOMBS.values(), ids=BOMBS)
def test_a_document_made_to_take_time_or_room_is_dealt_with_at_once(document, body):
    head = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in ITEM[:2])
    markup = f"{W_DOCUMENT}{M}><w:body>{head}{body}</w:body></w:document>"
    # Not packed, so that what is refused is not its packing.
    data = with_part(document(), "word/document.xml", markup.encode(), zipfile.ZIP_STORED)
    assert len(data) < DEFAULT_LIMITS.file_bytes
    begin = time.process_time()
    with contextlib.suppress(Unreadable):
        read("题.docx", data)
    assert time.process_time() - begin < 8


def test_more_elements_than_a_tree_has_room_for_are_refused(document):
    markup = f"{W_DOCUMENT}><w:body>{'<w:r/>' * 2_100_000}</w:body></w:document>"
    data = with_part(document(), "word/document.xml", markup.encode())
    with pytest.raises(Unreadable) as caught:
        read("题.docx", data, limits=Limits(ratio=100_000))
    assert caught.value.problem.code == "document-too-large"
