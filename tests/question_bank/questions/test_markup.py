"""The small markup: what it means, what it never lets through, what a writer is told."""

from __future__ import annotations

import re
import time
from html import unescape

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.questions import markup
from question_bank.questions.formulas import ELEMENTS

DIGEST = "0123456789abcdef" * 4
PICTURE = f"![平面图](picture:{DIGEST})"
#: Everything that may ever stand in the HTML of a text.
ALLOWED_TAGS = {
    *("html", "head", "body", "p", "br", "div", "span", "code", "img"),
    *("table", "thead", "tbody", "tr", "th", "td"),
    *ELEMENTS,
}  # fmt: skip


def tree(html: str):
    return html5lib.parse(f"<!doctype html><body>{html}", namespaceHTMLElements=False)


def name(element) -> str:
    return str(element.tag).rpartition("}")[2]


def words(html: str) -> str:
    return "".join(tree(html.replace("<br>", "\n")).find("body").itertext())


def address(digest: str) -> str:
    return f"/pictures/{digest}"


@pytest.mark.parametrize(
    "text",
    [
        "巡逻 2 次",
        "a < b & c > d",
        "**不是** _强调_",
        "# 不是标题",
        "- 不是列表",
        "[不是](链接)",
        "<b>不是</b>",
        "1. 不是",
        "价格 $5",
    ],
)
def test_plain_text_means_itself(text):
    assert words(markup.as_html(text)) == text
    assert words(markup.as_inline_html(text)) == text
    assert markup.as_text(text) == text
    assert markup.problems(text) == []


def test_the_place_for_an_answer_is_never_torn_apart_at_the_end_of_a_line():
    for text in ("属于（ ）。", "属于（　）。", "用 $x$ 计算（ ）。"):
        assert re.search("（\u00a0+）", unescape(markup.as_inline_html(text))), text
    assert markup.as_inline_html("保卫（含消防） 管理") == "保卫（含消防） 管理"


def test_line_breaks_count():
    assert markup.as_inline_html("一\n二") == "一<br>二"
    assert markup.as_html("一\n二\n\n三") == "<p>一<br>二</p><p>三</p>"
    assert markup.as_html("一 $x$\n二").count("<br>") == 1


def test_a_formula_becomes_mathml_that_keeps_its_source():
    html = markup.as_html(r"功率 $P=\frac{U^2}{R}$ 为")
    [math] = [e for e in tree(html).iter() if name(e) == "math"]
    assert math.get("alttext") == r"P=\frac{U^2}{R}"
    assert [name(e) for e in math.iter()].count("mfrac") == 1
    assert markup.as_text(r"功率 $P=\frac{U^2}{R}$ 为") == "功率 P=(U^2)/R 为"


@pytest.mark.parametrize(
    ("latex", "line"),
    [
        (r"20\times 0.5=10", "20×0.5=10"),
        (r"\dfrac{1200\times 2}{48\times 0.8}", "(1200×2)/(48×0.8)"),
        (r"P=1-(1-0.9)(1-0.8)", "P=1-(1-0.9)(1-0.8)"),
        (r"\sqrt{a+b}", "√(a+b)"),
        (r"\sqrt[3]{x}", "3√x"),
        (r"x_1^{n+1}", "x_1^(n+1)"),
        (r"\sum_{i=1}^{n} x_i", "∑_(i=1)^nx_i"),
        (r"a<b", "a<b"),
        (r"\foo", r"\foo"),
    ],
)
def test_lists_show_a_formula_in_one_line(latex, line):
    assert markup.as_text(f"${latex}$") == line


def test_two_dollars_make_a_formula_of_its_own():
    assert 'display="block"' in markup.as_html("$$x^2$$")
    assert 'display="block"' in markup.as_inline_html("因为 $$x^2$$ 所以")


@pytest.mark.parametrize("end", ["10", "²", "\\", ""])
def test_how_a_text_ends_does_not_touch_the_formula_at_its_start(end):
    for text in (f"$P$ 的值是 {end}", f"$$P$$ 的值是 {end}", f"| $P$ | {end} |\n|---|---|\n| $P$ {end} | |"):
        assert markup.as_html(text).count("<math") == text.count("$P$")
        assert "$" not in markup.as_text(text)


def test_a_written_dollar_starts_no_formula():
    assert words(markup.as_html(r"单价 \$5，总价 \$x$")) == "单价 $5，总价 $x$"
    assert words(markup.as_html("单价 $5，共 $6。")) == "单价 $5，共 $6。"


@pytest.mark.parametrize("text", ["$a$ 元", "$", "$$", "a$b$c", r"\$a$ $b$"])
def test_literal_text_means_itself(text):
    written = markup.literal(text)
    assert "<math" not in markup.as_html(written)


@pytest.mark.parametrize("latex", [r"\foo", r"\frac{1}", "x^", "{x", "x}", r"\left(", r"\href{javascript:alert(1)}{x}", r"\style{color:red}{x}", "{" * 500 + "}" * 500])  # fmt: skip
def test_a_formula_that_does_not_parse_is_shown_as_its_source_and_named(latex):
    html = markup.as_html(f"求 ${latex}$ 的值")
    assert "<math" not in html
    assert words(html) == f"求 {latex} 的值"
    assert [p.code for p in markup.problems(f"求 ${latex}$ 的值")] == ["formula-unreadable"]


def test_what_stands_in_a_formula_is_text_there_too():
    html = markup.as_html(r"$\text{<img src=x onerror=alert(1)>} < y$")
    assert not [e for e in tree(html).iter() if name(e) == "img"]
    assert "onerror=alert(1)" in words(html)


def test_a_table_has_heads_and_cells():
    html = markup.as_html("| 时间 | 次数 |\n|---|---:|\n| 白天 | $2$ |\n| 夜里 | a\\|b |")
    body = tree(html)
    assert [e.text for e in body.iter("th")] == ["时间", "次数"]
    assert [e.get("class") for e in body.iter("td")] == [None, "text-end"] * 2
    assert "a|b" in words(html)
    assert markup.as_text("| 时间 | 次数 |\n|---|---|\n| 白天 | 2 |") == "时间 | 次数\n白天 | 2"


def test_a_table_inside_a_line_has_roles():
    html = markup.as_inline_html("| a | b |\n|---|---|\n| 1 | 2 |")
    assert "<table" not in html
    roles = [e.get("role") for e in tree(html).iter("span") if e.get("role")]
    assert roles == ["table", "row", "columnheader", "columnheader", "row", "cell", "cell"]


def test_a_table_whose_rows_do_not_fit_is_named():
    codes = [p.code for p in markup.problems("| a | b |\n|---|---|\n| 1 | 2 | 3 |")]
    assert codes == ["table-uneven"]
    assert [p.code for p in markup.problems("| a | b |\n|---|---|---|\n| 1 | 2 |")] == ["table-broken"]


def test_a_picture_has_our_address_or_its_words():
    html = markup.as_html(f"看图 {PICTURE}", address)
    [image] = tree(html).iter("img")
    assert (image.get("src"), image.get("alt")) == (f"/pictures/{DIGEST}", "平面图")
    assert words(markup.as_html(f"看图 {PICTURE}")) == "看图 〔图：平面图〕"
    assert markup.as_text(f"看图 {PICTURE}") == "看图 〔图：平面图〕"
    assert markup.pictures(f"{PICTURE} {PICTURE}") == (DIGEST,)


@pytest.mark.parametrize(
    "target",
    ["http://example.com/a.png", "//example.com/a", "javascript:alert(1)", "data:image/png;base64,AA", "picture:12", f"picture:{DIGEST} \"t\" onerror=x", f"PICTURE:{DIGEST}", "/etc/passwd"],
)  # fmt: skip
def test_no_other_address_gets_through(target):
    text = f"![x]({target})"
    assert not [e for e in tree(markup.as_html(text, address)).iter() if name(e) == "img"]
    assert [p.code for p in markup.problems(text)] == ["picture-unknown"]
    assert markup.pictures(text) == ()


def test_blanks_stand_where_they_were_written():
    assert markup.as_inline_html("由____和____组成").count(markup.BLANK_HTML) == 2
    assert markup.as_inline_html("由____和 $x$ 组成").count(markup.BLANK_HTML) == 1
    assert markup.as_html("a _____ b").count(markup.BLANK_HTML) == 1


TRICKS = st.sampled_from(
    [
        "$", "$$", "|", "\n", "\n\n", "|---|---|", "| a | b |\n", "![", "](", ")", PICTURE, "____", "\\", "\\$", "<script>", "</math>",
        "<img src=x onerror=y>", "javascript:", "&lt;", "\\href{javascript:x}{y}", "\\text{", "}", "{", "x^2", "\\frac", "<!--", "]]>",
        "<style>", "\x00", "\r\n", '" onload="', "<a href=//h>", "](javascript:x)", "\u2028", "<svg/onload=x>", "\\unicode{60}",
    ]
)  # fmt: skip
TEXTS = st.lists(TRICKS | st.text(max_size=8), max_size=14).map("".join)
PLAIN = st.text(
    st.characters(exclude_characters="$|\\\r\x00![_\f", exclude_categories=["Cc", "Cs"]), max_size=60
)


@given(TEXTS)
def test_nothing_but_the_allowed_gets_through(text):
    for html in (markup.as_html(text, address), markup.as_inline_html(text, address)):
        for element in tree(html).iter():
            assert name(element) in ALLOWED_TAGS
            for attribute, value in element.attrib.items():
                attribute = str(attribute).rpartition("}")[2].casefold()
                assert not attribute.startswith("on")
                assert attribute not in ("style", "href", "id", "action", "srcset", "background")
                if attribute == "src":
                    assert value == f"/pictures/{DIGEST}"


@given(TEXTS)
def test_an_inline_text_holds_no_block(text):
    blocks = {"p", "div", "table", "thead", "tbody", "tr", "th", "td"}
    assert not blocks & {name(e) for e in tree(markup.as_inline_html(text)).iter()}


@given(TEXTS)
def test_looking_for_problems_never_breaks(text):
    markup.problems(text)
    markup.as_text(text)
    markup.pictures(text)


@given(PLAIN)
def test_plain_text_comes_back_as_it_was(text):
    assert words(markup.as_inline_html(text)) == text
    assert markup.as_text(text) == text


@pytest.mark.parametrize(
    "text", ["![" * 10_000, "$a" * 10_000, "|" * 20_000, "[[" * 9_000 + "![", "![a](" * 4_000, "\\" * 20_000 + "$", "| a |\n|---|\n" + "| b |\n" * 4_000]
)  # fmt: skip
def test_hostile_texts_take_no_time(text):
    before = time.process_time()
    markup.as_html(text)
    markup.problems(text)
    assert time.process_time() - before < 2
