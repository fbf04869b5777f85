"""python -m question_bank.assembly, from workbooks to JSON."""

import json
from decimal import Decimal

import pytest
import xlsxwriter

from question_bank.assembly.__main__ import main
from question_bank.assembly.paper import paper_from_document
from question_bank.formats.workbook import COLUMNS

AREAS = {"A": {"A-A": 15, "A-B": 10}, "B": {"B-A": 40, "B-B": 35}}
KINDS = (("单选题", 60, 1), ("多选题", 10, 2), ("判断题", 20, 1))


def write_book(path, **sheets):
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return str(path)


def make_bank_book(path, per_point=1, points=30):
    rows = [[column.title for column in COLUMNS]]
    for below in AREAS.values():
        for area in below:
            for point in range(1, points + 1):
                for kind, answer in (("B", "A"), ("G", "AB"), ("C", "√")):
                    for copy in range(per_point):
                        number = len(rows)
                        options = ["甲", "乙", "丙", "丁", ""] if kind != "C" else [""] * 5
                        stem = f"第{number}题{copy}（ ）。"
                        rows.append(
                            [
                                "样题库",
                                f"S{number}",
                                number,
                                f"{area}-{point:03d}",
                                kind,
                                number,
                                stem,
                                *(*options, "", answer, 3, 5, ""),
                            ]
                        )
    return write_book(path, 试题=rows)


def make_rules_book(path, kinds=KINDS, first=25):
    sections = [["题库名称", "题型", "题量", "每题分数"], *(["样题库", *row] for row in kinds)]
    shares = [["题库名称", "1级代码", "1级比重(%)", "2级代码", "2级比重(%)"]]
    for top, below in AREAS.items():
        for area, weight in below.items():
            shares.append(["样题库", top, first if top == "A" else sum(below.values()), area, weight])
    return write_book(path, 题型分布=sections, 知识点分布=shares)


@pytest.fixture
def books(tmp_path):
    return [
        "--bank",
        make_bank_book(tmp_path / "bank.xlsx"),
        "--rules",
        make_rules_book(tmp_path / "rules.xlsx"),
    ]


def run(capsys, *arguments):
    status = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_papers_come_as_json_with_their_proof(books, capsys):
    status, out, err = run(capsys, *books, "--papers", 3, "--unique", "--seed", "s", "--json", "-")
    assert (status, err) == (0, "")
    document = json.loads(out)
    papers = [paper_from_document(one) for one in document["papers"]]
    assert [paper.number for paper in papers] == [1, 2, 3]
    assert {paper.total for paper in papers} == {Decimal(100)}
    assert len({paper.hash for paper in papers}) == 3
    assert {area["code"]: area["points"] for area in document["proof"]["areas"]} == {
        "A": "25",
        "A-A": "15",
        "A-B": "10",
        "B": "75",
        "B-A": "40",
        "B-B": "35",
    }
    assert document["verified"] is document["proof"]["verified"] is False
    assert sorted(document["papers"][0]["questions"][0]["options"]) == ["A", "B", "C", "D"]
    assert {"engine", "seed", "bank_digest", "specification_digest"} <= document.keys()


def test_the_same_files_and_seed_give_the_same_bytes(books, capsys, tmp_path):
    outputs = []
    for name in ("one.json", "two.json"):
        assert main([*books, "--papers", "2", "--seed", "s", "--json", str(tmp_path / name)]) == 0
        outputs.append((tmp_path / name).read_bytes())
    assert outputs[0] == outputs[1]
    assert run(capsys, *books, "--papers", 2, "--seed", "t")[1].encode() != outputs[0]


def test_an_impossible_specification_exits_1_and_says_what_is_missing(tmp_path, capsys):
    bank = make_bank_book(tmp_path / "bank.xlsx", points=3)
    rules = make_rules_book(tmp_path / "rules.xlsx")
    status, out, err = run(capsys, "--bank", bank, "--rules", rules, "--seed", "s")
    assert (status, out) == (1, "")
    assert "单选题 缺 48 题（需 60，可用 12）" in err


def test_rules_that_do_not_sum_are_refused(tmp_path, capsys):
    bank = make_bank_book(tmp_path / "bank.xlsx")
    for name, rules in {
        "total.xlsx": {"kinds": (("单选题", 60, 1), ("多选题", 10, 2), ("判断题", 19, 1))},
        "shares.xlsx": {"first": 24},
    }.items():
        book = make_rules_book(tmp_path / name, **rules)
        status, out, err = run(capsys, "--bank", bank, "--rules", book, "--seed", "s")
        assert (status, out) == (1, "")
        assert err.strip()


@pytest.mark.parametrize(
    "change",
    [
        ["--papers", "0"],
        ["--papers", "many"],
        ["--seed"],
        ["--dance"],
        ["--bank", "missing.xlsx"],
        ["--name", "别的题库"],
        ["--json", "no/such/folder/out.json"],
    ],
)
def test_bad_usage_and_bad_files_exit_2_with_one_line(books, change, capsys):
    try:
        status = main([*books, "--seed", "s", *change])
    except SystemExit as stopped:
        status = stopped.code
    captured = capsys.readouterr()
    assert (status, captured.out) == (2, "")
    assert captured.err.count("\n") == 1


def test_a_file_that_is_no_workbook_exits_2_with_one_line(books, tmp_path, capsys):
    (tmp_path / "text.xlsx").write_text("not a workbook")
    for option in ("--bank", "--rules"):
        status, out, err = run(capsys, *books, "--seed", "s", option, tmp_path / "text.xlsx")
        assert (status, out, err.count("\n")) == (2, "", 1)
