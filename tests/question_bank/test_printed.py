"""The markup of questions as plain data for a typesetter."""

from __future__ import annotations

import json

from question_bank.questions.printed import blocks, inlines, width

PICTURE = "a" * 64


def test_plain_text_means_itself_line_by_line() -> None:
    text = "第一行 #eval(1)\n第二行\n\n另一段"
    assert blocks(text) == [
        ["p", [["t", "第一行 #eval(1)"], ["br"], ["t", "第二行"]]],
        ["p", [["t", "另一段"]]],
    ]


def test_blanks_stand_apart_from_text() -> None:
    assert blocks("间隔____分钟，______人") == [
        ["p", [["t", "间隔"], ["blank", 4], ["t", "分钟，"], ["blank", 6], ["t", "人"]]]
    ]
    assert blocks("") == []


def test_tables_keep_head_cells_and_sides() -> None:
    [[kind, table]] = blocks("| 时段 | 次数 |\n|:--|--:|\n| 白天 | $x$ |\n| 夜间 | 4 |")
    assert kind == "table"
    assert table["align"] == ["left", "right"]
    assert table["head"] == [[[["t", "时段"]], [["t", "次数"]]]]
    assert [row[0] for row in table["body"]] == [[["t", "白天"]], [["t", "夜间"]]]
    assert table["body"][0][1][0][0] == "math"


def test_a_formula_is_a_tree_and_one_that_does_not_parse_its_source() -> None:
    [[_p, [[kind, tree]]]] = blocks(r"$\frac{a}{b}$")
    assert kind == "math"
    fraction = tree["c"][0] if tree["c"][0]["k"] == "mfrac" else tree["c"][0]["c"][0]
    assert [child["c"][0]["v"] if child["c"] else child["v"] for child in fraction["c"]] == ["a", "b"]
    [[_p, [source]]] = blocks(r"$\badcommand{x}$")
    assert source == ["source", r"\badcommand{x}"]


def test_pictures_are_named_by_digest_and_other_addresses_stay_text() -> None:
    [[_p, [picture]]] = blocks(f"![平面图](picture:{PICTURE})")
    assert picture == ["picture", PICTURE, "平面图"]
    assert "picture" not in json.dumps(blocks("![x](http://example.org/x.png)")).replace("png", "")


def test_where_blocks_have_no_place_a_table_keeps_its_words() -> None:
    nodes = inlines("| 甲 | 乙 |\n|---|---|\n| 丙 | 丁 |")
    assert "".join(node[1] if node[0] == "t" else "/" for node in nodes) == "甲 | 乙/丙 | 丁"


def test_width_counts_chinese_characters_and_never_fits_two_lines() -> None:
    assert width(inlines("四个汉字")) == 4
    assert width(inlines("ab")) < 2
    assert width(inlines("一行\n两行")) == float("inf")
