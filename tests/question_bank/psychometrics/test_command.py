"""python -m question_bank.psychometrics items: what it reads, prints and refuses."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from question_bank.psychometrics.__main__ import main

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def write(tmp_path):
    def write(content, name="responses.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return str(path)

    return write


@pytest.fixture
def analyse(capsys):
    """Run the command with --json and return what it printed."""

    def analyse(*arguments):
        status = main(["items", *arguments, "--json"])
        out, err = capsys.readouterr()
        assert (status, err) == (0, "")
        return json.loads(out, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))

    return analyse


@pytest.fixture
def refuse(capsys):
    """Run the command, insist on status 2, nothing on standard output and one line on standard error: that line."""

    def refuse(*arguments):
        assert main(["items", *arguments]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1
        assert err.endswith("\n")
        return err

    return refuse


def as_csv(matrix):
    lines = [",".join("" if np.isnan(x) else f"{x:g}" for x in row) for row in matrix.scores]
    return "\n".join([",".join(f"Q{item}" for item in matrix.items), *lines, ""])


def test_lsat6_through_the_command(write, lsat6):
    run = subprocess.run(
        [sys.executable, "-m", "question_bank.psychometrics", "items", write(as_csv(lsat6)), "--json"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    assert run.stderr == b""
    found = json.loads(run.stdout)
    test = found["test"]
    assert (test["persons"], test["items"], test["unit"]) == (1000, 5, "points")
    assert [round(test[name], 3) for name in ("alpha", "sem", "mean", "sd")] == [0.295, 0.869, 3.819, 1.035]
    assert [round(item["difficulty"], 3) for item in found["items"]] == [0.924, 0.709, 0.553, 0.763, 0.870]
    assert [round(item["discrimination"], 3) for item in found["items"]] == [
        0.113,
        0.153,
        0.173,
        0.144,
        0.122,
    ]
    assert [round(item["alpha_if_deleted"], 3) for item in found["items"]] == [
        0.275,
        0.238,
        0.217,
        0.246,
        0.266,
    ]
    first = found["items"][0]
    assert (first["name"], first["n"], first["options"]) == ("Q1", 1000, [])


def test_bad_input_through_the_command(tmp_path):
    run = subprocess.run(
        [sys.executable, "-m", "question_bank.psychometrics", "items", str(tmp_path / "none.csv")],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert (run.returncode, run.stdout) == (2, b"")
    assert run.stderr.decode().strip().splitlines() == [f"{tmp_path / 'none.csv'}：没有这个文件。"]


def test_without_json_the_table_is_aligned(write, capsys):
    assert main(["items", write("第一题,Q2\n1,0\n0,1\n1,1\n1,0\n")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "考生 4 人" in lines[0]
    head, first, second = lines[4:7]
    assert head.startswith("题目")
    # Chinese characters are two columns wide.
    assert first.startswith("第一题     4  0.750")
    assert second.startswith("Q2         4  0.500")


def test_without_json_options_are_shown_with_the_key_marked(write, capsys):
    assert main(["items", write("x,y\nA,B\nB,B\n-,C\n"), "--key", write("x,y\nA,B\n", "key.csv")]) == 0
    out = capsys.readouterr().out
    assert "A*" in out
    assert "未答" in out


def test_an_empty_cell_is_not_presented(write, analyse):
    found = analyse(write("a,b,c\n1,,0\n0,1,\n,1,1\n1,1,NA\n"))
    assert [item["n"] for item in found["items"]] == [3, 3, 2]
    assert [item["difficulty"] for item in found["items"]] == [pytest.approx(2 / 3), 1, 0.5]
    assert (found["test"]["complete"], found["test"]["alpha_method"]) == (False, "pairwise")
    assert found["test"]["pairs"]["possible"] == 3


@pytest.mark.parametrize("key", ["x,y,z\nA,AB,对\n", "item,key\nz,对\nx,a\ny,ba\n", "x,A\ny,AB\nz,对\n"])
def test_letters_are_scored_with_either_layout_of_key(write, analyse, key):
    responses = write('x,y,z\nA,AB,对\na,"B,A",错\nＢ,A,对\n-,,对\n')
    found = analyse(responses, "--key", write(key, "key.csv"))
    assert [item["difficulty"] for item in found["items"]] == [0.5, pytest.approx(2 / 3), 0.75]
    assert [item["n"] for item in found["items"]] == [4, 3, 4]
    options = {option["label"]: option for option in found["items"][0]["options"]}
    assert {label: option["count"] for label, option in options.items()} == {"A": 2, "B": 1, None: 1}
    assert options["A"]["is_key"]


def test_two_items_and_a_key_of_two_columns_are_told_apart(write, analyse):
    responses = write("x,y\nA,B\nA,C\n")
    for key in ("x,y\nA,B\n", "x,A\ny,B\n"):
        found = analyse(responses, "--key", write(key, "key.csv"))
        assert [item["difficulty"] for item in found["items"]] == [1, 0.5]


def test_points_are_taken_of_the_maximum_given(write, analyse):
    responses = write("a,b\n2.5,1\n5,0\n")
    assert [item["difficulty"] for item in analyse(responses)["items"]] == [0.75, 0.5]
    found = analyse(responses, "--maximum", write("a,b\n10,1\n", "maximum.csv"))
    assert [item["difficulty"] for item in found["items"]] == [0.375, 0.5]
    assert found["test"]["maximum"] == 11


@pytest.mark.parametrize(
    "content",
    [
        "题一,题二\n1,0\n0,1\n".encode("utf-8-sig"),
        "题一,题二\n1,0\n0,1\n".encode("gbk"),
        "题一,题二\r\n1,0\r\n0,1\r\n".encode(),
        "题一,题二\n1,0\n\n0,1\n\n".encode(),
        '"题一","题二"\n"1"," 0 "\n0,1'.encode(),
        ",题一,题二\n甲,1,0\n乙,0,1\n".encode(),
    ],
    ids=["BOM", "GBK", "CRLF", "blank lines", "quotes", "unnamed column of persons"],
)
def test_files_as_spreadsheets_save_them_are_read(write, analyse, content):
    found = analyse(write(content))
    assert [(item["name"], item["difficulty"]) for item in found["items"]] == [("题一", 0.5), ("题二", 0.5)]
    assert found["test"]["persons"] == 2


def test_constant_items_are_null_not_an_error(write, analyse):
    found = analyse(write("a,b,c\n1,0,1\n1,1,0\n1,1,1\n"))
    assert found["items"][0]["discrimination"] is None
    assert "constant" in found["items"][0]["flags"]


def test_one_person_is_null_not_an_error(write, analyse):
    found = analyse(write("a,b\n1,0\n"))
    assert (found["test"]["persons"], found["test"]["alpha"], found["test"]["sd"]) == (1, None, None)
    assert found["test"]["alpha_reason"] == "one_person"
    assert [item["discrimination"] for item in found["items"]] == [None, None]


@pytest.mark.parametrize("content", ["a\n1\n0\n", "a,b\n,\n,\n", "a,b\n1,1\n1,1\n"])
@pytest.mark.parametrize("style", [[], ["--json"]])
def test_little_to_say_is_said_without_an_error(write, capsys, content, style):
    assert main(["items", write(content), *style]) == 0
    out, err = capsys.readouterr()
    assert out
    assert err == ""


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "文件是空的"),
        ("\n\n", "文件是空的"),
        (b"\xef\xbb\xbf", "文件是空的"),
        ("a,b\n", "只有表头"),
        ("a,b\n1,0\n1\n", "第 3 行：应有 2 列，实有 1 列"),
        ("a,b\n1,0\n\n1,0,1\n", "第 4 行：应有 2 列，实有 3 列"),
        ("a,b\n1,0\n0,x\n", "第 3 行，题目“b”：“x”不是数字"),
        ("a,b\n1,inf\n", "第 2 行，题目“b”：“inf”不是数字"),
        ("a,b\n1_0,1\n", "第 2 行，题目“a”：“1_0”不是数字"),
        ('a,b\n1,"x\ny"\n', "第 3 行，题目“b”：“x y”不是数字"),
        ("a,b\n1,-1\n", "第 2 行，题目“b”：得分 -1 小于 0"),
        ("a,b,a\n1,0,1\n", "题目名“a”重复"),
        ("a,,b\n1,0,1\n", "第 2 列没有题目名"),
        ('a,b\n1,"0\n', "不是合格的 CSV"),
        (b"a,b\n\xff\xfe,1\n", "编码"),
        (b"a,b\n1\x00,1\n", "第 2 行"),
    ],
)
def test_bad_responses_are_refused_in_one_line_that_says_where(write, refuse, content, expected):
    assert expected in refuse(write(content))


def test_a_directory_is_no_file(refuse, tmp_path):
    assert "打不开" in refuse(str(tmp_path))


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("x,y\nA,\n", "题目“y”的答案是空的"),
        ("x\nA\n", "缺少题目“y”的答案"),
        ("x,A\n", "缺少题目“y”的答案"),
        ("x,A\nx,B\ny,A\n", "题目“x”重复"),
        ("x,y\nA,B\nC,D\n", "缺少题目“y”的答案"),
        ("x,y,z\nA,B,C\nA,B,C\n", "应为每行"),
        ("p,q,r\n1,2,3\n", "应为每行"),
        ("", "文件是空的"),
    ],
)
def test_a_bad_key_is_refused_in_one_line(write, refuse, key, expected):
    assert expected in refuse(write("x,y\nA,B\n"), "--key", write(key, "key.csv"))


@pytest.mark.parametrize(
    ("maximum", "expected"),
    [
        ("a,b\n1,x\n", "题目“b”的满分“x”"),
        ("a,b\n0,1\n", "题目“a”的满分“0”"),
        ("a,b\n1,3\n", "第 2 行，题目“a”：得分 2 超过该题满分 1"),
    ],
)
def test_a_bad_maximum_is_refused_in_one_line(write, refuse, maximum, expected):
    assert expected in refuse(write("a,b\n2,3\n"), "--maximum", write(maximum, "maximum.csv"))


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["items"], ["items", "a.csv", "--nonsense"]])
def test_a_wrong_command_line_is_one_line_and_status_2(capsys, arguments):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1
