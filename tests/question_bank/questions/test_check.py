"""What the check of a question finds, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from question_bank.formats.reading import read
from question_bank.questions import wording
from question_bank.questions.check import check
from question_bank.questions.kinds import Kind
from question_bank.questions.model import Key, Part, Quantity, Question, make_options

SAMPLE = Path(__file__).parents[3] / "question_bank/samples/sample-bank-level-3.xlsx"
FILED = {"point": "A-A-001", "difficulty": 3, "sources": ("样例依据第一条",)}


def choice(
    kind: Kind,
    contents: Sequence[str] = ("每日一次", "每两日一次", "每周一次", "每月一次"),
    right: Sequence[int] = (0,),
    stem: str = "重点部位的防火巡查应当（ ）。",
) -> tuple[Question, Key]:
    options = make_options(list(contents))
    key = Key(frozenset(options[place].id for place in right))
    return Question(kind, stem, options, **FILED), key  # type: ignore[arg-type]


def simple(kind: Kind, stem: str, key: Key, **fields: object) -> tuple[Question, Key]:
    return Question(kind, stem, **{**FILED, **fields}), key  # type: ignore[arg-type]


def codes(question: Question, key: Key) -> list[str]:
    return [finding.code for finding in check(question, key)]


def quantity(value: str, **fields: object) -> Key:
    return Key(quantity=Quantity(Decimal(value), **fields))  # type: ignore[arg-type]


GOOD = {
    "single": choice(Kind.SINGLE),
    "multiple": choice(Kind.MULTIPLE, right=(0, 2)),
    "judgement": simple(Kind.JUDGEMENT, "门卫应当核对来访人员的证件。", Key(truth=True)),
    "blank": simple(Kind.BLANK, "防火巡查应当每____进行一次。", Key(blanks=(("日", "天"),))),
    "short": simple(Kind.SHORT, "简述门卫交接班的内容。", Key(model_answer="一看二查三记录")),
    "number": simple(
        Kind.CALCULATION,
        "某库房长 12.5 m、宽 8 m，求面积。",
        quantity("100", tolerance=Decimal("0.5"), unit="m²"),
        numeric=True,
    ),
    "essay": simple(Kind.ESSAY, "论述人防与技防的关系。", Key(model_answer="相辅相成")),
    "case": simple(
        Kind.CASE,
        "某单位夜间发生盗窃。",
        Key(parts=(Key(truth=True), Key(model_answer="保护现场"))),
        parts=(Part(Kind.JUDGEMENT, "值班员应当立即报警。"), Part(Kind.SHORT, "如何处置？", share=3)),
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_question_of_each_kind_has_no_finding(name: str) -> None:
    assert check(*GOOD[name]) == []


FAULTY = [
    (choice(Kind.SINGLE, stem="（ ）。"), "stem-empty"),
    (choice(Kind.SINGLE, right=()), "answer-missing"),
    (choice(Kind.SINGLE, right=(0, 1)), "single-several-right"),
    (choice(Kind.MULTIPLE, right=(0,)), "multiple-one-right"),
    (choice(Kind.SINGLE, ["每日一次"]), "options-too-few"),
    (choice(Kind.SINGLE, ["每日一次", ""]), "option-empty"),
    (choice(Kind.SINGLE, ["每日1次", "每日１ 次。", "每周一次"], (2,)), "options-same"),
    (simple(Kind.JUDGEMENT, "门卫应当核对证件。", Key()), "answer-missing"),
    (simple(Kind.BLANK, "没有空位。", Key()), "blank-missing"),
    (simple(Kind.BLANK, "应当____、____。", Key(blanks=(("甲",),))), "blanks-differ"),
    (simple(Kind.BLANK, "应当____。", Key(blanks=((),))), "blank-without-answer"),
    (simple(Kind.BLANK, "应当____。", Key(blanks=(("甲",),), any_order=((0, 1),))), "order-groups-wrong"),
    (simple(Kind.SHORT, "简述职责。", Key()), "answer-missing"),
    (simple(Kind.CALCULATION, "求面积。", Key(), numeric=True), "quantity-missing"),
    (simple(Kind.CALCULATION, "求面积。", quantity("1", unit_required=True), numeric=True), "unit-missing"),
    (
        simple(Kind.CALCULATION, "求面积。", quantity("1", units=(("km", Decimal(0)),)), numeric=True),
        "unit-factor",
    ),
    (simple(Kind.SHORT, "简述$\\frac{1$的含义。", Key(model_answer="甲")), "formula-unreadable"),
    (simple(Kind.SHORT, "简述职责。", Key(model_answer="甲"), point=""), "point-missing"),
    (
        simple(Kind.CASE, "案情。", Key(), parts=(Part(Kind.JUDGEMENT, "应当报警。"),)),
        "parts-differ",
    ),
    (
        simple(Kind.CASE, "案情。", Key(parts=(Key(truth=True),)), parts=(Part(Kind.CASE, "应当报警。"),)),
        "part-nested",
    ),
    (
        simple(
            Kind.COMPOUND,
            "材料。",
            Key(parts=(Key(truth=True),)),
            parts=(Part(Kind.JUDGEMENT, "应当报警。", share=0),),
        ),
        "part-share",
    ),
]


@pytest.mark.parametrize(("made", "code"), FAULTY, ids=[f"{n}-{code}" for n, (_m, code) in enumerate(FAULTY)])
def test_what_could_not_be_answered_or_scored_is_an_error(made: tuple[Question, Key], code: str) -> None:
    assert code in [finding.code for finding in check(*made) if finding.is_error]


DOUBTFUL = [
    (choice(Kind.MULTIPLE, right=(0, 1, 2, 3)), "multiple-all-right"),
    (choice(Kind.SINGLE, ["每日一次", "每周一次", "以上都不对"]), "option-about-options"),
    (choice(Kind.SINGLE, stem="下列不属于门卫职责的是（ ）。"), "negative-stem"),
    (choice(Kind.SINGLE, stem="巡逻人员发现火情不应当不报告（ ）。"), "double-negation"),
    (
        choice(Kind.SINGLE, ["立即报警并组织人员有序疏散、保护现场", "报警", "疏散", "等待"]),
        "longest-option",
    ),
    (choice(Kind.SINGLE, stem="防火巡查每日一次，即（ ）。"), "answer-in-stem"),
    (simple(Kind.JUDGEMENT, "门卫是否可以离岗？", Key(truth=False)), "judgement-question"),
    (
        simple(Kind.JUDGEMENT, "门卫应当核对证件，但可以离岗。", Key(truth=False)),
        "judgement-two-statements",
    ),
    (simple(Kind.JUDGEMENT, "所有单位都应当设门卫。", Key(truth=False)), "absolute-word"),
    (simple(Kind.BLANK, "____应当核对证件。", Key(blanks=(("门卫",),))), "blank-first"),
    (
        simple(Kind.CALCULATION, "求面积。", quantity("12.5"), numeric=True),
        "tolerance-zero",
    ),
    (simple(Kind.SHORT, "简述职责。", Key(model_answer="甲"), sources=()), "source-missing"),
    (simple(Kind.SHORT, "简述职责。", Key(model_answer="甲"), difficulty=None), "difficulty-missing"),
    (simple(Kind.SHORT, "简述职责。", Key(model_answer="甲"), stimulus="T1"), "material-missing"),
    (simple(Kind.COMPOUND, "材料。", Key(model_answer="甲")), "parts-missing"),
]


@pytest.mark.parametrize(
    ("made", "code"), DOUBTFUL, ids=[f"{n}-{code}" for n, (_m, code) in enumerate(DOUBTFUL)]
)
def test_what_a_person_should_judge_is_a_warning(made: tuple[Question, Key], code: str) -> None:
    found = check(*made)
    assert [finding.code for finding in found] == [code]
    assert not found[0].is_error


def test_an_answer_that_is_none_of_the_options_is_an_error() -> None:
    question, _key = choice(Kind.SINGLE)
    assert codes(question, Key(frozenset({"ffffffff"}))) == ["answer-without-option"]


def test_signs_that_carry_meaning_tell_options_apart() -> None:
    question, key = choice(Kind.SINGLE, ["≥3 m", "＜3 m", "3 m", "-3 m"])
    assert codes(question, key) == []


def test_findings_name_their_field_and_their_part() -> None:
    question, key = GOOD["case"]
    question = replace(question, parts=(question.parts[0], replace(question.parts[1], stem="")))
    [finding] = check(question, key)
    assert (finding.code, finding.field, finding.part) == ("stem-empty", "stem", 1)
    assert finding.message.startswith("第 2 小题：")
    question, key = choice(Kind.SINGLE, right=())
    assert [(finding.field, finding.part) for finding in check(question, key)] == [("right", None)]


@pytest.mark.parametrize(
    "option",
    ["以上都对", "以上都不对", "以上选项都不正确", "A和B都对", "A、C", "都不是", "上述三项都对", "全部正确"],
)
def test_options_that_speak_of_options_are_met(option: str) -> None:
    assert wording.about_all_options(option)


@pytest.mark.parametrize(
    "option", ["全部人员", "以上级批复为准", "A级", "AC", "都市圈", "以上各级部门的负责人", "其他单位"]
)
def test_other_options_are_left_alone(option: str) -> None:
    assert not wording.about_all_options(option)


@pytest.mark.parametrize(
    "stem",
    [
        "值班人员不得少于2人，不足的应当补充。",
        "保卫人员不能擅自离岗，也不能饮酒。",
        "巡逻车撞坏护栏，没有造成不应有的损害。",
        "非机动车不得进入库区。",
        "情况不明时应当先报告。",
    ],
)
def test_ordinary_sentences_hold_no_double_negation(stem: str) -> None:
    assert not wording.double_negation(stem)


def test_a_bank_written_with_care_has_hardly_any_finding() -> None:
    drafts = read("样题.xlsx", SAMPLE.read_bytes()).drafts
    found = [finding for draft in drafts for finding in check(draft.question, draft.key)]
    assert len(drafts) > 400
    assert [finding.code for finding in found if finding.is_error] == []
    assert len(found) < len(drafts) / 20
