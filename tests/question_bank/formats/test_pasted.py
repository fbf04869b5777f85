"""A question pasted as text comes apart into its fields, and nothing is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.formats.pasted import looks_whole, split
from question_bank.questions.kinds import Kind

WHOLE = """12．重点部位的防火巡查应当（ ）。
A. 每日一次
B．每周一次；
C、每月一次
D. 每季一次
答案：A
解析：重点单位应当每日防火巡查。
依据：样例规定第二十五条
难度：2
认定点：A-A-001"""


def test_a_whole_question_comes_apart() -> None:
    found = split(WHOLE, Kind.SINGLE)
    assert found.stem == "重点部位的防火巡查应当（ ）。"
    assert found.options == ("每日一次", "每周一次", "每月一次", "每季一次")
    assert (found.answer, found.difficulty, found.point) == ("A", 2, "A-A-001")
    assert found.explanation == "重点单位应当每日防火巡查。"
    assert found.sources == ("样例规定第二十五条",)


@pytest.mark.parametrize(
    ("text", "stem", "options", "answer"),
    [
        ("巡查应当（ B ）。 A.甲 B.乙 C.丙", "巡查应当（ ）。", ("甲", "乙", "丙"), "B"),
        (
            "【多选题】巡查包括（ ）\n（A）甲\n（B）乙\n（C）丙\n【答案】ABC",
            "巡查包括（ ）",
            ("甲", "乙", "丙"),
            "ABC",
        ),
        ("门卫应当核对证件。（√）", "门卫应当核对证件。", (), "√"),
        ("Ａ级与Ｂ级之别（ ）。\nＡ．甲\nＢ．乙\n正确答案: Ｂ", "Ａ级与Ｂ级之别（ ）。", ("甲", "乙"), "Ｂ"),
        ("简述职责。\n参考答案：一、看\n二、查", "简述职责。", (), "一、看\n二、查"),
        ("只有题干。", "只有题干。", (), ""),
    ],
)
def test_what_is_met_in_the_field(text: str, stem: str, options: tuple[str, ...], answer: str) -> None:
    found = split(text)
    assert (found.stem, found.options, found.answer) == (stem, options, answer)


def test_an_answer_and_its_explanation_in_one_line_are_two_parts() -> None:
    found = split("巡查（ ）。\nA.甲\nB.乙\n答案：B  解析：因为乙。")
    assert (found.answer, found.explanation) == ("B", "因为乙。")


def test_a_stem_alone_is_not_taken_for_a_whole_question() -> None:
    assert not looks_whole("A. 甲级单位的防火巡查应当（ ）。")
    assert looks_whole(WHOLE)


@given(st.text(st.sampled_from("AB.、答案：解析甲乙（ ）\n12"), max_size=60))
def test_no_word_of_the_text_is_lost(text: str) -> None:
    found = split(text, Kind.SHORT)
    kept = "".join([found.stem, *found.options, found.answer, found.explanation])
    for word in "甲乙":
        assert kept.count(word) == text.count(word)
