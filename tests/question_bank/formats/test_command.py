"""python -m question_bank.formats: counts, problems as data, and exit codes."""

from __future__ import annotations

import json

import pytest

from question_bank.formats.__main__ import main


@pytest.fixture
def run(tmp_path, capsys):
    def go(data, *arguments, name="题库.xlsx"):
        file = tmp_path / name
        if data is not None:
            file.write_bytes(data)
        code = main(["read", str(file), *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return go


def test_counts_by_bank_kind_and_difficulty(run, make_bank):
    data = make_bank(
        {}, {"bank": "乙", "difficulty": "1"}, {"kind": "G", "external_id": "A-B-C-001-009", "answer": "AB"}
    )
    code, out, err = run(data, "--json")
    report = json.loads(out)
    assert (code, err) == (0, "")
    assert (report["accepted"], report["refused"]) == (3, 0)
    assert report["banks"] == {"乙": 1, "保卫管理员（三级）理论": 2}
    assert report["kinds"] == {"B": 2, "G": 1}
    assert report["difficulties"] == {"1": 1, "3": 2}


def test_errors_in_rows_give_one_and_still_count(run, make_bank):
    code, out, _ = run(make_bank({}, {"answer": "E"}), "--json")
    report = json.loads(out)
    assert (code, report["accepted"], report["refused"]) == (1, 1, 1)
    (problem,) = report["problems"]
    assert problem["message"].startswith("没有选项 E")
    del problem["message"]
    assert problem == {
        "sheet": "题库模板",
        "row": 3,
        "column": "N",
        "code": "answer-without-option",
        "severity": "error",
    }
    code, out, _ = run(make_bank({}, {"answer": "E"}))
    assert "accepted: 1" in out
    assert "第 3 行 N 列" in out


def test_the_bank_can_be_named(run, make_bank):
    data = make_bank({"bank": None})
    assert json.loads(run(data, "--json", "--bank", "丙")[1])["banks"] == {"丙": 1}


@pytest.mark.parametrize("data", [None, b"", b"just text", b"PK\x03\x04"])
def test_what_cannot_be_read_gives_two_and_one_line(run, data):
    code, out, err = run(data)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "请" in err


def test_a_folder_and_a_big_file(run, tmp_path, capsys):
    assert main(["read", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert run(b"PK\x03\x04" + bytes(11 * 1024 * 1024))[0] == 2


@pytest.mark.parametrize("arguments", [[], ["read"], ["convert", "a.xlsx"], ["sing"]])
def test_missing_arguments_are_one_line(arguments, capsys):
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
