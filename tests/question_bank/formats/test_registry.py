"""Which reader a file gets, and the commands read and convert for every format."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from question_bank.formats import twin, word_export
from question_bank.formats.__main__ import main
from question_bank.formats.conversion import convert
from question_bank.formats.export import write
from question_bank.formats.imports import derived_ids
from question_bank.formats.limits import Unreadable
from question_bank.formats.reading import read
from question_bank.formats.registry import FORMATS, by_code, extensions, recognise
from question_bank.questions.kinds import Kind
from question_bank.questions.model import content_hash
from tests.question_bank.formats.drafts import draft

WRITERS = [one for one in FORMATS if one.write is not None]
TABLES_AND_WORD = ("workbook", "twin11", "csv", "word")


def written(code, *drafts):
    return by_code(code).write(drafts or (draft(bank="甲", external_id="B-A-B-A-001-001"),), {}).data


@pytest.mark.parametrize("code", TABLES_AND_WORD)
def test_a_file_is_known_by_its_content_under_its_own_extension(code):
    data = written(code)
    assert recognise(f"题库.{by_code(code).extensions[0].upper()}", data).code == code
    assert len(read(f"题库.{by_code(code).extensions[0]}", data).drafts) == 1


@pytest.mark.parametrize("code", ["workbook", "twin11", "word"])
def test_a_file_without_an_extension_is_known_by_its_content(code):
    assert recognise("题库", written(code)).code == code


def test_the_codes_of_formats_are_distinct():
    assert len({one.code for one in FORMATS}) == len(FORMATS)
    assert set(TABLES_AND_WORD) <= {one.code for one in FORMATS}
    assert "docx" in extensions()


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("旧.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"), "old-doc"),
        ("旧.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old-doc"),
        ("旧.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old-doc"),
        ("旧.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old-xls"),
        ("文.docx", "A-B-A-001  B  3  5\n{A}题干".encode(), "not-what-its-name-says"),
        ("表.pdf", b"%PDF-1.7", "wrong-type"),
        ("空.docx", b"", "file-empty"),
    ],
)
def test_what_cannot_be_read_is_told_what_to_do(name, data, code):
    with pytest.raises(Unreadable) as caught:
        read(name, data)
    assert caught.value.problem.code == code
    assert "请" in caught.value.problem.message


def test_an_archive_that_names_its_part_elsewhere_than_in_its_directory_is_none():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("notes.txt", "xl/workbook.xml word/document.xml")
    with pytest.raises(Unreadable):
        read("题库.xlsx", stream.getvalue())


# --- from the shell


@pytest.fixture
def shell(tmp_path, capsys):
    def run(*arguments):
        code = main([str(one) for one in arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def bank(tmp_path):
    """A workbook of two questions that every table holds."""
    file = tmp_path / "题库.xlsx"
    rows = [
        draft(bank="甲", external_id="B-A-B-A-001-001"),
        draft(Kind.JUDGEMENT, "对吗？", truth=True, bank="甲", external_id="C-A-B-A-001-001"),
    ]
    file.write_bytes(write(rows).data)
    return file


@pytest.mark.parametrize("code", TABLES_AND_WORD)
def test_a_bank_converts_to_every_format_and_comes_back_equal(shell, bank, tmp_path, code):
    out = tmp_path / f"新.{by_code(code).extensions[0]}"
    status, said, errors = shell("convert", bank, "--to", code, out, "--json")
    report = json.loads(said)
    assert (status, errors) == (0, "")
    assert (report["written"], report["returned_equal"], report["differing"]) == (2, 2, [])
    before, after = read(bank.name, bank.read_bytes()), read(out.name, out.read_bytes())
    assert [content_hash(one.question, one.key) for one in after.drafts] == [
        content_hash(one.question, one.key) for one in before.drafts
    ]


@pytest.mark.parametrize(("code", "lost"), [("twin11", 2), ("word", 2), ("csv", 0), ("workbook", 0)])
def test_banks_and_ids_that_a_format_lacks_are_counted_and_named(shell, bank, tmp_path, code, lost):
    said = shell("convert", bank, "--to", code, tmp_path / f"新.{by_code(code).extensions[0]}", "--json")[1]
    report = json.loads(said)
    assert report["returned_without_bank_or_id"] == lost
    assert sum(problem["code"] == "not-held" for problem in report["problems"]) == lost


def test_what_comes_back_changed_is_named_and_gives_one(shell, tmp_path):
    file = tmp_path / "题库.xlsx"
    explained = draft(explanation="解析在此", external_id="B-A-B-A-001-007")
    file.write_bytes(write([explained, draft(stem="另一题？", external_id="B-A-B-A-001-008")]).data)
    status, said, _ = shell("convert", file, "--to", "word", tmp_path / "新.docx", "--json")
    report = json.loads(said)
    assert status == 1
    assert [one["id"] for one in report["differing"]] == ["B-A-B-A-001-007"]
    assert any("解析" in problem["message"] for problem in report["problems"])


@pytest.mark.parametrize(
    "arguments",
    [
        ("没有.xlsx", "--to", "csv", "out.csv"),
        ("题库.xlsx", "--to", "fax", "out.csv"),
        ("题库.xlsx", "--to", "csv", "题库.xlsx"),
        ("题库.xlsx", "--to", "csv", "no/such/folder/out.csv"),
        ("坏.xlsx", "--to", "csv", "out.csv"),
    ],
)
def test_a_conversion_that_cannot_be_made_says_so_in_one_line(shell, bank, tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "坏.xlsx").write_bytes(b"no workbook")
    kept = bank.read_bytes()
    status, said, errors = shell("convert", *arguments)
    assert (status, said) == (2, "")
    assert errors.count("\n") == 1
    assert bank.read_bytes() == kept
    assert not (tmp_path / "out.csv").exists()


def test_rows_with_errors_are_left_out_of_a_conversion_and_give_one(shell, make_bank, tmp_path):
    file = tmp_path / "题库.xlsx"
    file.write_bytes(make_bank({}, {"answer": "F"}))
    status, said, _ = shell("convert", file, "--to", "csv", tmp_path / "新.csv", "--json")
    report = json.loads(said)
    assert (status, report["written"], report["refused"]) == (1, 1, 1)


def test_read_names_the_format(shell, tmp_path):
    file = tmp_path / "题.docx"
    file.write_bytes(word_export.write([draft()]).data)
    assert json.loads(shell("read", file, "--json")[1])["format"] == "word"


def test_every_format_that_is_written_reads_its_own_empty_file():
    for one in WRITERS:
        if one.code in TABLES_AND_WORD:
            name = f"空.{one.extensions[0]}"
            assert one.read(name, one.write((), {}).data, new_ids=derived_ids).drafts == ()


def test_a_draft_returned_twice_answers_for_one_only():
    twice = read("t.xlsx", twin.write([draft(), draft()]).data)
    once = twin.write([draft()])
    target = by_code("twin11")
    converted = convert(twice, target)
    assert converted.differing == ()
    assert len(read("t.xlsx", once.data).drafts) == 1
