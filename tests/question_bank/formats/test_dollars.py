"""Dollars that are money stay money, whatever file they come in; our own formulas come back as they went."""

from __future__ import annotations

import pytest

from question_bank.formats import aiken
from question_bank.formats.imports import derived_ids
from question_bank.formats.reading import read
from question_bank.formats.registry import by_code
from question_bank.questions import markup
from question_bank.questions.kinds import Kind
from tests.question_bank.formats.drafts import draft

MONEY = [
    "单价 $5，总价 US$",
    "从$5到$之间",
    "$a 和 b$",
    "$5 to US$ 10",
    "共 $5，另 $6，税 $",
    "$1，$2，$",
    "只有 $5",
]
QTI12 = """<questestinterop><item ident="1"><presentation><material><mattext>{}</mattext></material>
<response_lid ident="R"><render_choice>
<response_label ident="A"><material><mattext>{}</mattext></material></response_label>
<response_label ident="B"><material><mattext>乙</mattext></material></response_label></render_choice></response_lid>
</presentation><resprocessing><respcondition><conditionvar><varequal respident="R">A</varequal></conditionvar>
<setvar>1</setvar></respcondition></resprocessing></item></questestinterop>"""
MOODLE = """<quiz><question type="multichoice"><questiontext format="plain_text"><text>{}</text></questiontext>
<answer fraction="100" format="plain_text"><text>{}</text></answer>
<answer fraction="0" format="plain_text"><text>乙</text></answer><single>true</single></question></quiz>"""
FOREIGN = {
    "aiken.txt": "{}\nA. {}\nB. 乙\nANSWER: A\n",
    "moodle.gift": "{} {{={} ~乙}}",
    "plain.gift": "[plain]{} {{={} ~乙}}",
    "moodle.xml": MOODLE,
    "qti.xml": QTI12,
}


def shown(text):
    assert "<math" not in markup.as_html(text)
    return markup.as_text(text)


@pytest.mark.parametrize("text", [*MONEY, "$x$ 与 $y$", r"\$5 与 $x$"])
@pytest.mark.parametrize("name", FOREIGN)
def test_plain_text_of_another_system_has_no_formulas(name, text):
    # GIFT takes no backslash before a dollar as its own, so all of them read the text as it stands.
    found = read(name, FOREIGN[name].format(text, text).encode())
    [one] = found.drafts
    assert shown(one.question.stem) == text
    assert shown(one.question.options[0].content) == text


@pytest.mark.parametrize("name", ["moodle.gift", "moodle.xml"])
def test_tex_as_moodle_writes_it_is_a_formula_in_its_plain_texts_too(name):
    found = read(name, FOREIGN[name].format("电压 $$U$$ 为", "甲").encode())
    assert found.drafts[0].question.stem == "电压 $$U$$ 为"


@pytest.mark.parametrize("text", MONEY)
def test_money_in_a_table_of_another_system_is_no_formula(read_bank, text):
    [one] = read_bank({"stem": text, "option_a": text, "explanation": text}).drafts
    for read_text in (one.question.stem, one.question.options[0].content, one.key.explanation):
        assert shown(read_text) == text


FORMULAS = ["电压 $U$ 与 $I$", "$2x$", r"$\frac{1}{2}$，$x$", "$$总价$$", "$功率=电压×电流$", r"$\frac{坏$", "$5/US$", r"从 \$5 到 \$x"]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize("code", ["workbook", "twin11", "csv", "word"])
def test_our_own_formulas_and_escapes_come_back_equal(code, text):
    one = draft(Kind.SHORT, text, model_answer=text)
    writer = by_code(code)
    again = writer.read(f"a.{writer.extensions[0]}", writer.write([one], {}).data, new_ids=derived_ids)
    assert [(d.question.stem, d.key.model_answer) for d in again.drafts] == [(text, text)]


def test_aiken_refuses_formulas_and_writes_bare_dollars():
    formula = aiken.write([draft(stem="电压 $U$")], {})
    assert [problem.code for problem in formula.problems if problem.is_error] == ["not-held"]
    money = aiken.write([draft(stem=r"从 \$a 到 b\$")], {})
    assert "从 $a 到 b$\n" in money.data.decode()
    assert aiken.read("a.txt", money.data).drafts[0].question.stem == r"从 \$a 到 b\$"


def test_gift_writes_a_formula_in_the_explanation_of_a_plain_stem():
    gift = by_code("gift")
    one = draft(Kind.SHORT, "电压是多少？", explanation=r"由 $\frac{P}{I}$ 得")
    again = gift.read("a.gift", gift.write([one], {}).data)
    assert again.drafts[0].key.explanation == r"由 $\frac{P}{I}$ 得"
