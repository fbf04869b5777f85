"""Files that are not what they say, are broken, or are made to harm: each is refused with one sentence."""

from __future__ import annotations

import contextlib
import io
import struct
import subprocess
import sys
import time
import tracemalloc
import zipfile
import zlib

import openpyxl
import pytest

from question_bank.formats.limits import MIB, Limits, Unreadable
from question_bank.formats.reading import read
from question_bank.formats.sheets import read_workbook

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def refused(name, data, **how):
    with pytest.raises(Unreadable) as caught:
        read(name, data, **how)
    assert "请" in caught.value.problem.message
    return caught.value.problem.code


def changed(data, **parts):
    """The archive with these parts (name with / as __) replaced or added."""
    parts = {name.replace("__", "/"): part for name, part in parts.items()}
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in {**dict.fromkeys(old.namelist()), **parts}:
            new.writestr(name, parts.get(name) or old.read(name))
    return stream.getvalue()


def sheet_part(body):
    return f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{body}</sheetData></worksheet>'.encode()


SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture
def plain(make_bank):
    return make_bank({})


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file-empty"),
        ("题干,答案\n".encode(), "not-what-its-name-says"),
        (b"<html><table></table></html>", "not-what-its-name-says"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "not-what-its-name-says"),
        (b"%PDF-1.7", "not-what-its-name-says"),
        (OLE, "old-xls"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "file-encrypted"),
        (b"PK\x03\x04 and nothing else", "archive-corrupt"),
    ],
)
def test_what_is_not_a_workbook(data, code):
    assert refused("题库.xlsx", data) == code


@pytest.mark.parametrize("name", ["题库.et", "题库.pdf", "题库.rar"])
def test_other_extensions(name, plain):
    assert refused(name, plain) == "wrong-type"


@pytest.mark.parametrize("encoding", ["TTF-8", "utf-7", "utf-16", "gb18030"])
@pytest.mark.parametrize("part", ["xl/workbook.xml", SHEET])
def test_markup_that_declares_another_encoding(plain, part, encoding):
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        markup = archive.read(part).replace(b'encoding="UTF-8"', f'encoding="{encoding}"'.encode())
    assert refused("题库.xlsx", changed(plain, **{part.replace("/", "__"): markup})) == "markup-encoding"


def test_a_workbook_called_a_document(plain):
    assert refused("题库.docx", plain) == "not-a-document"


def test_an_old_workbook_is_told_how_to_be_saved():
    with pytest.raises(Unreadable, match="另存为"):
        read("题库.xls", OLE)


def test_a_workbook_named_csv(plain):
    assert refused("题库.csv", plain) == "not-what-its-name-says"


@pytest.mark.parametrize("keep", [0.2, 0.5, 0.9, 0.99])
def test_a_truncated_archive(plain, keep):
    assert refused("题库.xlsx", plain[: int(len(plain) * keep)]) == "archive-corrupt"


def test_a_damaged_part(plain):
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        start = archive.getinfo(SHEET).header_offset + 60
    assert refused("题库.xlsx", plain[:start] + bytes(20) + plain[start + 20 :]) == "archive-corrupt"


def test_a_zip_that_is_no_workbook():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("readme.txt", "x")
    assert refused("题库.xlsx", stream.getvalue()) == "not-a-workbook"


def test_a_file_above_the_limit(plain):
    assert refused("题库.xlsx", plain + bytes(11 * MIB)) == "file-too-big"
    assert refused("题库.csv", b"x" * (10 * MIB + 1)) == "file-too-big"


def test_a_bomb_of_200_mib_is_refused_quickly_and_in_little_memory(plain):
    bomb = changed(plain, **{SHEET.replace("/", "__"): b" " * (200 * MIB)})
    assert len(bomb) < MIB
    # What is allocated, not the peak of the process: that is raised by whatever ran before, and by other threads.
    tracemalloc.start()
    started = time.process_time()
    try:
        assert refused("题库.xlsx", bomb) == "archive-bomb"
        assert tracemalloc.get_traced_memory()[1] < 20 * MIB
    finally:
        tracemalloc.stop()
    assert time.process_time() - started < 2


def test_a_bomb_below_the_total_is_known_by_its_ratio(plain):
    assert (
        refused("题库.xlsx", changed(plain, **{SHEET.replace("/", "__"): b" " * (50 * MIB)}))
        == "archive-bomb"
    )


def test_a_bomb_that_lies_about_its_size(plain):
    bomb = changed(plain, **{SHEET.replace("/", "__"): b" " * (50 * MIB)})
    lying = bomb.replace(struct.pack("<L", 50 * MIB), struct.pack("<L", 5_000))
    assert lying != bomb
    assert refused("题库.xlsx", lying) == "archive-corrupt"


def test_a_lying_bomb_with_the_sum_of_its_beginning(plain):
    bomb = changed(plain, **{SHEET.replace("/", "__"): b" " * (50 * MIB)})
    lying = bomb.replace(struct.pack("<L", 50 * MIB), struct.pack("<L", 5_000))
    lying = lying.replace(
        struct.pack("<L", zlib.crc32(b" " * (50 * MIB))), struct.pack("<L", zlib.crc32(b" " * 5_000))
    )
    assert refused("题库.xlsx", lying) == "archive-corrupt"


def test_too_many_parts(plain):
    assert (
        refused("题库.xlsx", changed(plain, **{f"xl__x{n}": b"x" for n in range(2_001)})) == "too-many-parts"
    )


def test_an_encrypted_archive(plain):
    data = bytearray(plain)
    position = -1
    while (position := data.find(b"PK\x01\x02", position + 1)) >= 0:
        data[position + 8] |= 1
    assert refused("题库.xlsx", bytes(data)) == "file-encrypted"


@pytest.mark.parametrize(
    "head",
    [
        b'<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;">]>',
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        b"<!--" + b"-" * 5_000 + b"--><!DOCTYPE x>",
    ],
)
@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/sharedStrings.xml", "_rels/.rels"])
def test_entities_in_any_part(plain, head, part):
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        whole = archive.read(part)
    declaration, _, rest = whole.partition(b"?>")
    assert (
        refused("题库.xlsx", changed(plain, **{part.replace("/", "__"): declaration + b"?>" + head + rest}))
        == "markup-entities"
    )


def test_entities_hidden_in_another_encoding(plain):
    hidden = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x><worksheet/>'.encode("utf-16")
    assert refused("题库.xlsx", changed(plain, **{SHEET.replace("/", "__"): hidden})) == "markup-encoding"


@pytest.mark.parametrize(
    "body",
    [
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c><v>1</v></c></row>',
        "<row r='1048576'><c r='A1048576'><v>1</v></c></row>",
        '<row\nr="1048576"><c\nr="A1048576"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A&#49;048576"><v>1</v></c></row>',
        '<row r="1"><!-- <c r="A1" --><c t="n"><v>1</v></c><c r="ZZZ1"><v>1</v></c></row>',
    ],
)
def test_one_far_cell_does_not_allocate_everything_between(plain, body):
    # Without the survey the reader aborts the whole process on the first of these.
    assert refused("题库.xlsx", changed(plain, **{SHEET.replace("/", "__"): sheet_part(body)})) in (
        "too-many-rows",
        "too-many-columns",
    )


def test_formatted_but_empty_rows_to_the_bottom_do_no_harm(plain):
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        part = archive.read(SHEET)
    more = part.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576" s="1"/></row></sheetData>')
    assert len(read("题库.xlsx", changed(plain, **{SHEET.replace("/", "__"): more})).drafts) == 1


def test_one_long_text_in_very_many_cells(plain):
    strings = b"<sst><si><t>" + b"x" * 100_000 + b"</t></si></sst>"
    cells = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 20_001))
    data = changed(plain, **{SHEET.replace("/", "__"): sheet_part(cells), "xl__sharedStrings.xml": strings})
    assert refused("题库.xlsx", data) == "too-much-text"


def test_a_broken_sheet(plain):
    broken = sheet_part("<row r='1'><c><v>1</v></row>")
    assert refused("题库.xlsx", changed(plain, **{SHEET.replace("/", "__"): broken})) == "sheet-corrupt"


def test_more_rows_than_allowed(make_book):
    data = make_book({"s": [["x"]] * 30})
    assert len(read_workbook("a.xlsx", data, Limits(rows=30)).sheets[0].rows) == 30
    with pytest.raises(Unreadable) as caught:
        read_workbook("a.xlsx", data, Limits(rows=29))
    assert caught.value.problem.place.sheet == "s"


def test_an_empty_workbook_and_a_header_alone(make_book, make_bank):
    book = openpyxl.Workbook()
    stream = io.BytesIO()
    book.save(stream)
    assert [p.code for p in read("空.xlsx", stream.getvalue()).problems] == ["no-question-sheet"]
    header_only = read("头.xlsx", make_bank())
    assert [p.code for p in header_only.problems] == ["no-rows"]
    assert header_only.drafts == header_only.fates == ()


def test_random_bytes_never_raise_anything_else(plain):
    import random

    dice = random.Random(7)
    for _ in range(150):
        data = bytearray(plain)
        for _ in range(dice.randint(1, 12)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        with contextlib.suppress(Unreadable):
            read("题库.xlsx", bytes(data))


def test_csv_faults():
    assert refused("a.csv", b"\xff\xfe\x00\x00") == "not-what-its-name-says"
    assert refused("a.csv", b"\x81\xff\xff" * 10) == "text-encoding"
    assert refused("a.csv", b"a\n" * 20, limits=Limits(rows=10)) == "too-many-rows"


def test_sixteen_thousand_rows_are_read_whole_in_little_memory(tmp_path, make_bank):
    rows = [
        {"external_id": f"B-A-B-C-001-{n:05d}", "stem": f"第{n}题（ ）。", "option_a": f"内容{n}"}
        for n in range(16_000)
    ]
    file = tmp_path / "big.xlsx"
    file.write_bytes(make_bank(*rows))
    # The peak is read from the kernel's note on this program; getrusage would start from the peak of its parent.
    code = (
        "import re, sys; from question_bank.formats.reading import read;"
        "found = read('a.xlsx', open(sys.argv[1], 'rb').read());"
        "peak = re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1];"
        "print(len(found.drafts), len(found.fates), len(found.problems), int(peak) // 1024)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=True)
    drafts, fates, problems, peak_mib = map(int, done.stdout.split())
    assert (drafts, fates, problems) == (16_000, 16_000, 0)
    assert peak_mib < 300
