"""Printed papers: what stands on them, read from the pages themselves; no text can give orders; the same data, the same bytes."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from decimal import Decimal

import pytest

from examsite.errors import Invalid
from examsite.planning.models import PaperMode
from examsite.planning.printing import contents, keys, orders, typesetting
from examsite.planning.printing.loading import LoadedPaper, load_papers, pictures_on
from question_bank.questions.kinds import Kind, MultiplePolicy
from question_bank.questions.model import Key, Question, make_options
from question_bank.questions.present import present
from tests.conftest import Site
from tests.factories import (
    compound_question,
    make_paper_set,
    numeric_question,
    picture_bytes,
    question_of,
)

SHEET = contents.Sheet(3, "样例认定计划", "三级", 90, MultiplePolicy.HALF)
HOSTILE = (
    '#eval("1+1") #import "x.typ" *粗* _斜_ = 标题 <label> @ref `raw` // 注释 /* 块 */ \\u{41} #panic("x") '
    '"; #read("/etc/passwd") $#sys.version$ ~ -- ... [内容] {代码} \\ #let x = 1'
)


def paper_of(*made: tuple[Question, Key], points: str = "2") -> LoadedPaper:
    questions = tuple(
        present(question, position=place, points=Decimal(points))
        for place, (question, _key) in enumerate(made, 1)
    )
    return LoadedPaper(7, "deadbeef" * 8, tuple(range(1, len(made) + 1)), questions)


def paper_data(*papers: LoadedPaper) -> dict:
    return {"name": "样例", "papers": [contents.paper_as_data(SHEET, paper) for paper in papers]}


EVERY_KIND = (
    question_of(Kind.SINGLE),
    question_of(Kind.MULTIPLE),
    question_of(Kind.JUDGEMENT),
    question_of(Kind.BLANK, stem="间隔____分钟。"),
    question_of(Kind.SHORT),
    numeric_question(),
    question_of(Kind.ESSAY),
    compound_question(picture="a" * 64),
)


@pytest.mark.parametrize("template", ["paper", "sheet", "keys"])
def test_every_kind_is_printed_and_twice_gives_the_same_bytes(template: str) -> None:
    paper = paper_of(*EVERY_KIND)
    images = {
        "a" * 64: picture_bytes(),
        "q": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
    }
    if template == "paper":
        data = paper_data(paper)
    elif template == "sheet":
        data = {"name": "样例", "papers": [{**contents.answer_sheet_as_data(SHEET, paper), "square": "q"}]}
    else:
        keyed = keys.KeyedPaper(paper, {place: key for place, (_q, key) in enumerate(EVERY_KIND, 1)})
        data = {"name": "样例", "papers": [keys.keys_as_data(SHEET, keyed)], "note": "样例人员"}
    one = typesetting.pdf(template, data, images)
    assert one.startswith(b"%PDF")
    assert one == typesetting.pdf(template, data, images)
    assert b"Noto" in one


def test_a_hostile_text_stays_a_text() -> None:
    made = replace(
        question_of(Kind.SINGLE)[0],
        stem=HOSTILE.replace("$", r"\$"),
        options=make_options([HOSTILE, "乙", "丙"]),
    )
    data = {**paper_data(paper_of((made, Key()))), "name": HOSTILE}
    data["papers"][0]["title"] = HOSTILE
    assert typesetting.pdf("paper", data).startswith(b"%PDF")
    # The only door from data to the page is a text: no template evaluates one.
    for path in typesetting.HERE.glob("*.typ"):
        source = path.read_text(encoding="utf-8")
        assert not re.search(r"\beval\(|\bplugin\(|\bsys\.inputs|\bread\(|@preview|https?:", source), (
            path.name
        )


@pytest.mark.parametrize(
    "text", [HOSTILE, "\u202e反", "\ufffe", "a" * 3000, "$" * 50, "#" * 50, "\\" * 51, "😀", "\u0301"]
)
def test_no_text_breaks_a_page(text: str) -> None:
    made = replace(question_of(Kind.SINGLE)[0], stem=text, options=make_options([text, "乙"]))
    assert typesetting.pdf("paper", paper_data(paper_of((made, Key())))).startswith(b"%PDF")


@pytest.mark.parametrize(
    "latex",
    [
        r"\frac{a+b}{\sqrt[3]{c}}", r"x_i^2", r"\sum_{i=1}^{n}\int_0^1", r"\left(\frac{1}{2}\right]^{n}", r"\bar{x}\hat{y}\vec{v}\dot{z}\tilde{a}",
        r"\begin{cases} x & y \\ z & w \end{cases}", r"\overbrace{a}^{b}\underbrace{c}_{d}", r"\text{功率}=UI", r"\sin\theta\log_2 x\lim_{x\to 0}",
        r"\mathbf{A}\mathbb{R}\mathrm{d}x", r"\begin{pmatrix} a \\ b \end{pmatrix}", r"\phantom{x}\quad y", r"\overline{AB}\underline{c}", r"|x|\le\infty",
        r"a \stackrel{f}{\to} b", r"\boxed{x}", r"\binom{n}{k}", r"''", r"^{2}", r"\%\#\&\_",
    ],
)  # fmt: skip
def test_formulas_are_set_or_shown_as_their_source(latex: str) -> None:
    made = replace(question_of(Kind.SHORT)[0], stem=f"求 ${latex}$ 的值。\n\n$${latex}$$")
    assert typesetting.pdf("paper", paper_data(paper_of((made, Key())))).startswith(b"%PDF")


def test_options_stand_beside_each_other_only_where_they_fit() -> None:
    def columns(*options: str) -> int:
        made = replace(question_of(Kind.SINGLE)[0], options=make_options(list(options)))
        [section] = contents.paper_as_data(SHEET, paper_of((made, Key())))["sections"]
        return section["items"][0]["columns"]

    assert columns("5 年", "10 年", "15 年", "20 年") == 4
    assert columns("十个汉字组成的选项甲", "乙", "丙", "丁") == 2
    assert columns("一个长得在半行里无论如何也放不下的选项，因为它有三十多个汉字", "乙", "丙", "丁") == 1
    assert columns("甲", "乙", "丙") == 2


def test_material_that_questions_share_stands_once_before_them() -> None:
    made = [
        replace(question_of(Kind.SINGLE)[0], material=material)
        for material in ("", "样例材料", "样例材料", "")
    ]
    [section] = contents.paper_as_data(SHEET, paper_of(*((one, Key()) for one in made)))["sections"]
    says = [item.get("says") or item["n"] for item in section["items"]]
    assert says == [1, "阅读材料，回答第 2～3 题", 2, 3, 4]


def test_sections_say_how_many_and_what_they_are_worth() -> None:
    data = contents.paper_as_data(SHEET, paper_of(*(question_of(Kind.MULTIPLE) for _ in range(3))))
    [section] = data["sections"]
    assert section["title"] == "一、多选题（共 3 题，每题 2 分，共 6 分）"
    assert "少选且无错选的，得一半分" in section["instruction"]
    assert data["total"] == "6"


def test_no_key_reaches_a_paper_or_its_answer_sheet() -> None:
    paper = paper_of(*EVERY_KIND)
    said = json.dumps(
        [contents.paper_as_data(SHEET, paper), contents.answer_sheet_as_data(SHEET, paper)],
        ensure_ascii=False,
    )
    for secret in ("样例解析", "样例答案", "样例参考答案", "东门", "12500"):
        assert secret not in said


def test_keys_name_the_letters_of_the_printed_order() -> None:
    question, key = question_of(Kind.SINGLE, right=[0])
    order = [option.id for option in reversed(question.options)]
    shown = present(question, position=1, points=Decimal(1), order=order)
    keyed = keys.KeyedPaper(LoadedPaper(1, "0" * 64, (5,), (shown,)), {5: key})
    [section] = keys.keys_as_data(SHEET, keyed)["sections"]
    assert section["entries"][0]["right"] == ["D"]


@pytest.mark.parametrize(
    ("typed", "read"),
    [("", (1, 2, 3, 4, 5, 6, 7, 8, 9)), ("1-3, 7", (1, 2, 3, 7)), ("9、2", (2, 9)), ("3 至 4；4", (3, 4))],
)
def test_numbers_are_read_as_people_write_them(typed: str, read: tuple[int, ...]) -> None:
    assert orders.read_numbers(typed, 9) == read


@pytest.mark.parametrize("typed", ["0", "10", "5-3", "a", "1-2-3", "1-99999"])
def test_numbers_that_are_none_are_refused(site: Site, typed: str) -> None:
    with site.app.test_request_context(), pytest.raises(Invalid):
        orders.read_numbers(typed, 9)


def test_the_square_code_of_an_answer_sheet_names_set_paper_and_hash() -> None:
    assert contents.code_of(SHEET, paper_of(question_of(Kind.SINGLE))) == "EXAM-3-7-deadbeefdeadbeef"


def test_papers_of_a_set_are_printed_in_one_file(site: Site) -> None:
    with site.writing() as session:
        papers = make_paper_set(session, mode=PaperMode.UNIQUE, count=4)
    with site.reading() as session:
        loaded = load_papers(session, papers.id, [4, 1, 99])
        sheet = orders.sheet_of(session, papers)
        assert pictures_on(session, papers, loaded) == {}
    assert [paper.number for paper in loaded] == [1, 4]
    assert len(sheet.seal) == 16
    assert orders.papers_pdf(sheet, loaded, {}).startswith(b"%PDF")
    assert orders.answer_sheets_pdf(sheet, loaded).startswith(b"%PDF")


def test_a_picture_larger_than_a_page_is_made_smaller() -> None:
    question, key = compound_question(picture="a" * 64)
    for size in ((3000, 500), (500, 3000)):
        pages = typesetting.images(
            "paper", paper_data(paper_of((question, key))), {"a" * 64: picture_bytes(size=size)}
        )
        assert len(pages) <= 2
