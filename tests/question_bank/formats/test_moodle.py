"""Moodle XML as Moodle writes it, type by type, and what is said where a draft can't hold it all."""

from __future__ import annotations

import base64
from decimal import Decimal

import pytest

from question_bank.formats.imports import Outcome, derived_ids
from question_bank.formats.limits import Unreadable
from question_bank.formats.moodle.reading import read
from question_bank.formats.moodle.writing import write
from question_bank.questions.kinds import Kind
from question_bank.questions.model import Draft, Key, Part, Quantity, Question
from tests.question_bank.formats.exchange import DIGEST, PICTURE


def quiz(*questions):
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n{"".join(questions)}\n</quiz>'.encode()


def question(kind, body, text="<p>题干</p>", feedback=""):
    return (
        f'<question type="{kind}"><name><text>名称</text></name>'
        f'<questiontext format="html"><text><![CDATA[{text}]]></text></questiontext>'
        f'<generalfeedback format="html"><text>{feedback}</text></generalfeedback>'
        f"<defaultgrade>1.0</defaultgrade><penalty>0.3333333</penalty><hidden>0</hidden>{body}</question>"
    )


def answer(fraction, text, rest=""):
    return f'<answer fraction="{fraction}" format="html"><text><![CDATA[{text}]]></text>{rest}<feedback format="html"><text></text></feedback></answer>'


def choice(*answers, single="true", **how):
    return question("multichoice", f"<single>{single}</single>" + "".join(answers), **how)


def only(*questions, **how):
    found = read("题库.xml", quiz(*questions), new_ids=derived_ids, **how)
    assert [fate.outcome for fate in found.fates if fate.outcome is not Outcome.SKIPPED] == [
        Outcome.ACCEPTED
    ], found.problems
    return found.drafts[0]


def kept_apart(*questions):
    found = read("题库.xml", quiz(*questions))
    assert [fate.outcome for fate in found.fates] == [Outcome.QUARANTINED]
    assert found.drafts == ()
    (one,) = found.quarantined
    assert one.raw.startswith("<question")
    assert one.message
    return one.reason_code


def codes(*questions):
    return {problem.code for problem in read("题库.xml", quiz(*questions)).problems}


def right(draft):
    return [option.content for option in draft.question.options if option.id in draft.key.options]


def test_a_single_choice():
    draft = only(choice(answer(0, "<p>甲</p>"), answer(100, "<p>乙</p>"), answer(0, "丙"), feedback="因为"))
    assert (draft.question.kind, draft.question.stem) == (Kind.SINGLE, "题干")
    assert [option.content for option in draft.question.options] == ["甲", "乙", "丙"]
    assert right(draft) == ["乙"]
    assert draft.key.explanation == "因为"
    assert draft.notes == ()


def test_a_multiple_choice_whose_right_options_make_up_all():
    draft = only(choice(answer(50, "甲"), answer(50, "乙"), answer(-100, "丙"), single="false"))
    assert draft.question.kind is Kind.MULTIPLE
    assert right(draft) == ["甲", "乙"]
    assert draft.notes == ()


@pytest.mark.parametrize(
    "answers",
    [
        (answer(50, "甲"), answer(50, "乙"), answer(-25, "丙")),
        (answer(70, "甲"), answer(30, "乙"), answer(0, "丙")),
    ],
)
def test_partial_credit_is_noted(answers):
    draft = only(choice(*answers, single="false"))
    assert right(draft) == ["甲", "乙"]
    assert any("部分得分" in note for note in draft.notes)
    assert "partial-credit" in codes(choice(*answers, single="false"))


def test_fractions_that_say_nothing_are_kept_apart():
    assert kept_apart(choice(answer(100, "甲"), answer(100, "乙"))) == "several-right-in-single"
    assert kept_apart(choice(answer(100, "甲"), answer(50, "乙"), single="false")) == "fractions-unclear"


def test_feedback_of_answers_goes_to_the_explanation():
    body = '<single>true</single><answer fraction="100"><text>甲</text><feedback><text>对的</text></feedback></answer><answer fraction="0"><text>乙</text><feedback><text></text></feedback></answer><correctfeedback format="html"><text>特别的话</text></correctfeedback><hint><text>想想</text></hint>'
    draft = only(question("multichoice", body, feedback="总说"))
    assert draft.key.explanation == "总说\n甲：对的"
    assert len(draft.notes) == 2


def test_true_and_false():
    draft = only(question("truefalse", answer(0, "true") + answer(100, "false")))
    assert (draft.question.kind, draft.key.truth) == (Kind.JUDGEMENT, False)


def test_a_choice_between_right_and_wrong_is_a_judgement():
    draft = only(choice(answer(100, "正确"), answer(0, "错误")))
    assert (draft.question.kind, draft.key.truth) == (Kind.JUDGEMENT, True)


def test_a_short_answer_is_one_blank():
    draft = only(
        question(
            "shortanswer",
            answer(100, "防火") + answer(100, "消防") + answer(0, "*"),
            text="主要任务是（  ）。",
        )
    )
    assert draft.question.stem == "主要任务是____。"
    assert draft.key.blanks == (("防火", "消防"),)
    assert only(question("shortanswer", answer(100, "甲"), text="什么？")).question.stem == "什么？____"
    assert kept_apart(question("shortanswer", answer(100, "防*"))) == "wildcard"
    assert only(question("shortanswer", answer(100, r"5\*3"))).key.blanks == (("5*3",),)


def test_a_cloze_of_texts_is_a_blank_question():
    text = "<p>报警电话是 {1:SHORTANSWER:=119~%100%１１９#对~%50%110}，急救是{2:NUMERICAL:=120:0}。</p>"
    draft = only(question("cloze", "", text=text))
    assert draft.question.stem == "报警电话是 ____，急救是____。"
    assert draft.key.blanks == (("119", "１１９"), ("120",))
    assert any("部分得分" in note for note in draft.notes)


@pytest.mark.parametrize("part", ["{1:MULTICHOICE:=甲~乙}", "{1:NUMERICAL:=12:0.5}", "{1:MC:~甲~=乙}"])
def test_a_cloze_with_more_than_texts_is_kept_apart(part):
    assert kept_apart(question("cloze", "", text=f"甲{part}")) == "cloze-part-not-held"


def test_escapes_in_a_cloze():
    draft = only(question("multianswer", "", text=r"写出 {1:SA:=a\}b\~c\#d\/e&lt;f}。"))
    assert draft.key.blanks == (("a}b~c#d/e<f",),)


def test_a_number_with_tolerance_and_units():
    units = "<units><unit><multiplier>1</multiplier><unit_name>W</unit_name></unit><unit><multiplier>0.001</multiplier><unit_name>kW</unit_name></unit></units><unitgradingtype>1</unitgradingtype><unitpenalty>1</unitpenalty>"
    draft = only(question("numerical", answer(100, "5500", "<tolerance>0.5</tolerance>") + units))
    assert draft.question.numeric
    assert draft.question.kind is Kind.CALCULATION
    quantity = draft.key.quantity
    assert (quantity.value, quantity.tolerance, quantity.unit) == (Decimal(5500), Decimal("0.5"), "W")
    assert [(unit, int(factor)) for unit, factor in quantity.units] == [("kW", 1000)]
    assert quantity.unit_required


def test_an_essay_and_what_the_grader_knows():
    body = '<responseformat>editor</responseformat><attachments>0</attachments><graderinfo format="html"><text>要点一&lt;br&gt;要点二</text></graderinfo>'
    draft = only(question("essay", body))
    assert (draft.question.kind, draft.key.model_answer) == (Kind.SHORT, "要点一\n要点二")
    assert (
        only(question("essay", body + "<tags><tag><text>kind:W</text></tag></tags>")).question.kind
        is Kind.ESSAY
    )
    assert (
        kept_apart(question("essay", "<attachmentsrequired>1</attachmentsrequired>"))
        == "attachments-required"
    )
    assert "model-answer-missing" in codes(question("essay", ""))


@pytest.mark.parametrize(
    "kind", ["matching", "ordering", "ddwtos", "description", "calculated", "gapselect", "etwas", ""]
)
def test_what_no_draft_holds_is_kept_apart(kind):
    assert kept_apart(question(kind, "<subquestion/>")) == "type-not-held"


def test_categories_are_banks_and_those_below_them_tags():
    category = (
        '<question type="category"><category><text>$course$/top/三级//理论/消防</text></category></question>'
    )
    draft = only(category, question("truefalse", answer(100, "true") + answer(0, "false")))
    assert (draft.bank, draft.question.tags) == ("三级/理论", ("消防",))


def test_tags_say_what_moodle_has_no_place_for():
    tags = "".join(
        f"<tag><text>{tag}</text></tag>"
        for tag in ("point:A-B-C-001", "difficulty:3", "consistency:9", "source:《条例》", "医院")
    )
    draft = only(
        question(
            "truefalse",
            answer(100, "true") + answer(0, "false") + f"<idnumber>C-1</idnumber><tags>{tags}</tags>",
        )
    )
    asked = draft.question
    assert (draft.external_id, asked.point, asked.difficulty, asked.consistency) == (
        "C-1",
        "A-B-C-001",
        3,
        None,
    )
    assert (asked.sources, asked.tags) == (("《条例》",), ("医院",))


def test_a_picture_beside_its_text():
    file = f'<file name="图 1.png" path="/" encoding="base64">{base64.b64encode(PICTURE).decode()}</file>'
    body = choice(
        answer(100, "甲"),
        answer(0, "乙"),
        text='看图<img src="@@PLUGINFILE@@/%E5%9B%BE%201.png" alt="平面图">',
    )
    found = read("题库.xml", quiz(body.replace("</questiontext>", file + "</questiontext>")))
    assert found.drafts[0].question.stem == f"看图![平面图](picture:{DIGEST})"
    assert found.pictures == ((DIGEST, PICTURE),)


def test_the_other_text_formats():
    plain = question("truefalse", answer(100, "true") + answer(0, "false")).replace(
        'questiontext format="html"', 'questiontext format="{}"'
    )
    assert (
        only(plain.format("plain_text").replace("<p>题干</p>", "a <b 行\n二")).question.stem == "a <b 行\n二"
    )
    assert (
        only(plain.format("moodle_auto_format").replace("<p>题干</p>", "一\n<b>二</b>")).question.stem
        == "一\n二"
    )
    assert (
        only(plain.format("markdown").replace("<p>题干</p>", "**一** &lt;\n\n二")).question.stem == "一 <\n二"
    )


def test_faults_are_refusals_that_say_what_to_do():
    found = read(
        "a.xml", quiz(choice(answer(100, "甲"), answer(0, "甲")), choice(answer(0, "甲"), answer(0, "乙")))
    )
    assert [fate.outcome for fate in found.fates] == [Outcome.REFUSED, Outcome.REFUSED]
    assert {"option-repeated", "answer-missing"} <= {problem.code for problem in found.problems}


def test_the_same_id_twice_in_a_bank():
    one = question("truefalse", answer(100, "true") + answer(0, "false") + "<idnumber>X</idnumber>")
    found = read("a.xml", quiz(one, one))
    assert [fate.outcome for fate in found.fates] == [Outcome.ACCEPTED, Outcome.REFUSED]
    assert "id-repeated" in {problem.code for problem in found.problems}


def test_a_bank_for_questions_without_one():
    one = question("truefalse", answer(100, "true") + answer(0, "false"))
    assert only(one, bank="我的题库").bank == "我的题库"
    assert "bank-missing" in codes(one)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file-empty"),
        (b"<quiz>", "markup-broken"),
        (b"<html/>", "not-moodle"),
        (b"plain", "markup-broken"),
        ("<quiz/>".encode("utf-16"), "markup-encoding"),
        (b'<?xml version="1.0" encoding="UTF-7"?><quiz/>', "markup-encoding"),
        (b"<!DOCTYPE quiz><quiz/>", "markup-entities"),
    ],
)
def test_files_that_are_not_moodle(data, code):
    with pytest.raises(Unreadable) as caught:
        read("a.xml", data)
    assert caught.value.problem.code == code


def test_gb_18030_is_read_as_declared():
    data = (
        quiz(question("truefalse", answer(100, "true") + answer(0, "false")))
        .decode()
        .replace("UTF-8", "GB2312")
        .encode("gb18030")
    )
    assert read("a.xml", data).drafts[0].question.stem == "题干"


def test_parts_are_not_written_and_it_is_said():
    question = Question(Kind.COMPOUND, "题", parts=(Part(Kind.JUDGEMENT, "小题"),))
    written = write([Draft(question, Key(parts=(Key(truth=True),)))], {})
    assert [problem.code for problem in written.problems] == ["not-held"]


def test_a_picture_whose_bytes_are_missing_is_said():
    draft = Draft(Question(Kind.JUDGEMENT, f"看![图](picture:{DIGEST})"), Key(truth=True))
    assert [problem.code for problem in write([draft], {}).problems] == ["not-equal-on-return"]
    assert write([draft], {DIGEST: PICTURE}).problems == ()


def test_a_number_changed_elsewhere_is_not_overruled_by_its_tag():
    quantity = Quantity(Decimal(5), Decimal("0.01"), relative=True, unit="m")
    written = write([Draft(Question(Kind.CALCULATION, "算", numeric=True), Key(quantity=quantity))], {})
    assert read("a.xml", written.data).drafts[0].key.quantity == quantity
    changed = written.data.replace(b"<text>5</text>", b"<text>6</text>")
    assert read("a.xml", changed).drafts[0].key.quantity.value == 6
