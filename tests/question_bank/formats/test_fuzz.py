"""Whatever the bytes, a reader says what they are or that they can't be read; and what we write comes back."""

from __future__ import annotations

import io
import time
import zipfile
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from question_bank.formats import export, export_csv, twin
from question_bank.formats.imports import Import, Outcome
from question_bank.formats.limits import Limits, Unreadable
from question_bank.formats.reading import read
from question_bank.formats.registry import FORMATS, by_code
from question_bank.questions.kinds import Kind
from question_bank.questions.model import content_hash
from tests.question_bank.formats.drafts import digest, draft, drafts, png

CODES = ("workbook", "twin11", "csv", "word")
#: Small, so that a file that asks for too much is refused quickly.
LIMITS = Limits(rows=500, columns=60, unpacked_bytes=8_000_000, text_bytes=8_000_000)
SECONDS = 5.0


@cache
def sample(code: str) -> bytes:
    """A file with a picture, a table, a formula and every kind that the format holds."""
    data = png()
    some = (
        draft(
            stem=f"看图![图](picture:{digest(data)})与 $\\frac{{a}}{{b}}$\n| 甲 | 乙 |\n|---|---|\n| 1 | 2 |"
        ),
        draft(Kind.MULTIPLE, "多选？", right="AB"),
        draft(Kind.JUDGEMENT, "对吗？", truth=True),
        draft(Kind.BLANK, "填____。", blanks=(("甲",),)),
        draft(Kind.SHORT, "简述。", model_answer="要点"),
    )
    return by_code(code).write(some, {digest(data): data}).data


def survives(name: str, data: bytes) -> None:
    """Reading ends soon, in an import whose rows are all accounted for or in one sentence."""
    begin = time.process_time()
    try:
        found = read(name, data, limits=LIMITS)
    except Unreadable as fault:
        found = fault.problem.message
    assert time.process_time() - begin < SECONDS
    if isinstance(found, str):
        assert found
        return
    assert isinstance(found, Import)
    assert found.count(Outcome.ACCEPTED) == len(found.drafts)
    assert found.count(Outcome.QUARANTINED) == len(found.quarantined)
    known = dict(found.pictures)
    assert all(digest(content) == name for name, content in known.items())


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """The bytes with some changed, cut out, repeated or put in."""
    found = bytearray(data)
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, max(0, len(found) - 1)))
        match draw(st.sampled_from(["flip", "cut", "insert", "repeat", "end"])):
            case "flip" if found:
                found[place] ^= draw(st.integers(1, 255))
            case "cut":
                del found[place : place + draw(st.integers(1, 40))]
            case "insert":
                found[place:place] = draw(st.binary(min_size=1, max_size=20))
            case "repeat":
                found[place:place] = found[place : place + draw(st.integers(1, 200))]
            case _:
                del found[place:]
    return bytes(found)


@pytest.mark.parametrize("code", CODES)
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_damaged_bytes_are_read_or_refused(code, data):
    survives(f"题库.{by_code(code).extensions[0]}", data.draw(damaged(sample(code))))


@pytest.mark.parametrize("code", ["workbook", "twin11", "word"])
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_damaged_parts_in_a_sound_archive_are_read_or_refused(code, data):
    with zipfile.ZipFile(io.BytesIO(sample(code))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    chosen = data.draw(st.sampled_from([name for name in parts if "theme" not in name]))
    parts[chosen] = data.draw(damaged(parts[chosen]))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    survives(f"题库.{by_code(code).extensions[0]}", stream.getvalue())


@settings(deadline=None, max_examples=60)
@given(st.sampled_from([suffix for one in FORMATS for suffix in one.extensions]), st.binary(max_size=400))
def test_any_bytes_under_any_name_are_read_or_refused(suffix, data):
    survives(f"题库.{suffix}", data)


TAGS = ["p", "r", "t", "tbl", "tr", "tc", "br", "tab", "drawing", "pict", "object", "sdt", "sdtContent", "hyperlink", "ins",
        "del", "oMath", "oMathPara", "f", "num", "den", "rPr", "vertAlign", "u", "vanish", "numPr", "gridSpan", "sym", "ruby"]  # fmt: skip


@st.composite
def bodies(draw: st.DrawFn) -> str:
    """The inside of a document's body, of elements that Word knows in an order that it doesn't."""
    texts = st.sampled_from(
        ["A-B-A-001  B  3  5", "{A}题", "（A）甲", "（B）乙", "{B}A", "|", "$x$", "", " "]
    )
    leaf = texts.map(lambda text: f"<w:r><w:t>{text}</w:t></w:r>")
    inside = st.recursive(
        leaf,
        lambda some: st.tuples(st.sampled_from(TAGS), st.lists(some, max_size=4)).map(
            lambda pair: f'<w:{pair[0]} w:val="superscript">{"".join(pair[1])}</w:{pair[0]}>'
        ),
        max_leaves=15,
    )
    return "".join(draw(st.lists(inside.map(lambda one: f"<w:p>{one}</w:p>"), max_size=8)))


@settings(deadline=None, max_examples=100)
@given(bodies())
def test_any_document_is_read_or_refused(body):
    markup = (
        '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        f"<w:body>{body}</w:body></w:document>"
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", markup)
    survives("题.docx", stream.getvalue())


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.text(max_size=12), max_size=12), max_size=12))
def test_any_table_of_texts_is_read_or_refused(rows):
    titles = ["题干", "选项A", "选项B", "正确答案", "题型", "认定点代码"]
    lines = [titles, *rows]
    text = "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines)
    survives("题库.csv", text.encode("utf-8", "replace"))


@pytest.mark.parametrize("writer", [export.write, twin.write, export_csv.write])
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_any_draft_comes_back_equal_or_is_named(writer, data):
    one = data.draw(drafts())
    written = writer([one], {})
    name = "题库.csv" if writer is export_csv.write else "题库.xlsx"
    back = read(name, written.data).drafts
    equal = len(back) == 1 and content_hash(back[0].question, back[0].key) == content_hash(
        one.question, one.key
    )
    assert equal == (written.problems == ())
