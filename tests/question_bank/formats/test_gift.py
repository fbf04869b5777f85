"""GIFT in its whole syntax, and Aiken: what is read, what is kept apart, what is written."""

from __future__ import annotations

from decimal import Decimal

import pytest

from question_bank.formats import aiken
from question_bank.formats.gift.reading import read
from question_bank.formats.gift.writing import write
from question_bank.formats.imports import Outcome, derived_ids
from question_bank.formats.limits import Unreadable
from question_bank.questions.kinds import Kind
from question_bank.questions.model import Draft, Key, Question, make_options


def only(text):
    found = read("题库.gift", text.encode(), new_ids=derived_ids)
    assert [fate.outcome for fate in found.fates if fate.outcome is not Outcome.SKIPPED] == [
        Outcome.ACCEPTED
    ], found.problems
    return found.drafts[0]


def kept_apart(text):
    found = read("题库.txt", text.encode())
    assert [fate.outcome for fate in found.fates] == [Outcome.QUARANTINED]
    assert found.quarantined[0].raw
    return found.quarantined[0].reason_code


def right(draft):
    return [option.content for option in draft.question.options if option.id in draft.key.options]


def test_a_single_choice_with_comments_title_and_feedback():
    draft = only(
        "// 说明\n::第一题::方针是什么？{\n =预防为主 # 对\n ~重拳出击 # 不对\n ~放任 #\n ####总的说明\n}\n"
    )
    assert draft.question.kind is Kind.SINGLE
    assert draft.question.stem == "方针是什么？"
    assert right(draft) == ["预防为主"]
    assert draft.key.explanation == "总的说明\n预防为主：对\n重拳出击：不对"


def test_several_right_by_weights():
    draft = only("选两个 {~%50%甲 ~%50%乙 ~%-100%丙}")
    assert draft.question.kind is Kind.MULTIPLE
    assert right(draft) == ["甲", "乙"]
    assert draft.notes == ()
    assert only("选两个 {~%50%甲 ~%50%乙 ~丙}").notes


def test_weights_that_say_nothing():
    assert kept_apart("题 {~%30%甲 ~%30%乙 ~丙}") == "fractions-unclear"
    assert kept_apart("题 {=甲 =乙 ~丙}") == "several-right-in-single"


@pytest.mark.parametrize(
    ("body", "truth"), [("T", True), ("TRUE#错了#对了", True), ("F", False), (" false ", False)]
)
def test_true_and_false(body, truth):
    draft = only(f"对不对{{{body}}}")
    assert (draft.question.kind, draft.key.truth) == (Kind.JUDGEMENT, truth)


def test_a_missing_word():
    draft = only("报警电话是 {=119 =１１９} 。")
    assert draft.question.stem == "报警电话是 ____ 。"
    assert draft.key.blanks == (("119", "１１９"),)
    assert right(only("首都是 {~上海 =北京} 市。")) == ["北京"]


def test_escapes():
    draft = only(r"写出 \{a\=b\}\: c\\d\n第二行 {=x\~y =\#1}")
    assert draft.question.stem == "写出 {a=b}: c\\d\n第二行____"
    assert draft.key.blanks == (("x~y", "#1"),)


@pytest.mark.parametrize(
    ("body", "value", "tolerance"),
    [
        ("#3:0.5", "3", "0.5"),
        ("#1..5", "3", "2"),
        ("#42", "42", "0"),
        ("#=1822:0 =%50%1822:2 ~", "1822", "0"),
        ("#-1.5:0.1", "-1.5", "0.1"),
    ],
)
def test_numbers(body, value, tolerance):
    draft = only(f"多少？{{{body}}}")
    assert draft.question.numeric
    assert (draft.key.quantity.value, draft.key.quantity.tolerance) == (Decimal(value), Decimal(tolerance))


def test_an_essay():
    assert only("谈谈看法。{}").question.kind is Kind.SHORT


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("配对 {=甲 -> 乙 =丙 -> 丁}", "type-not-held"),
        ("只是说明", "type-not-held"),
        ("没有合上 {=甲", "braces"),
        ("两个 {=甲} 空 {=乙}", "braces"),
        ("数 {#abc}", "number-unreadable"),
        ("数 {#=1 =2}", "several-numbers"),
        ("[html]<script>x</script> {T}", "content-refused"),
        ("空 {=防*}", "wildcard"),
        ("空 {甲}", "answers-unclear"),
    ],
)
def test_what_is_kept_apart(text, code):
    assert kept_apart(text) == code


def test_text_formats():
    assert only("[html]<p>一</p><p><b>二</b></p> {T}").question.stem == "一\n二"
    assert only("[markdown]**一** {T}").question.stem == "一"
    assert only("[plain]a <b c {T}").question.stem == "a <b c"
    assert only("a <b 5 {T}").question.stem == "a <b 5"
    assert only("甲<br>乙 {T}").question.stem == "甲\n乙"


def test_categories_ids_and_tags():
    draft = only(
        "$CATEGORY: $course$/top/三级/消防\n\n// question: 12  name: x\n// [id:C-7] [tag:医院]\n::x::题{T}"
    )
    assert (draft.bank, draft.external_id, draft.question.tags) == ("三级", "C-7", ("医院", "消防"))


def test_our_comment_says_what_gift_has_no_place_for():
    draft = only(
        '// examsite: {"kind":"W","point":"A-B-C-001","difficulty":3,"model_answer":"要点","sources":["甲"],"tags":7}\n题{}'
    )
    assert (draft.question.kind, draft.question.point, draft.question.difficulty) == (
        Kind.ESSAY,
        "A-B-C-001",
        3,
    )
    assert (draft.key.model_answer, draft.question.sources, draft.question.tags) == ("要点", ("甲",), ())
    assert only("// examsite: [broken\n题{}").question.kind is Kind.SHORT


def test_windows_lines_and_gb_18030():
    found = read("a.txt", "一{T}\r\n\r\n二{F}\r\n".encode("gb18030"))
    assert [draft.question.stem for draft in found.drafts] == ["一", "二"]
    with pytest.raises(Unreadable):
        read("a.txt", b"PK\x03\x04")


def test_several_blanks_are_not_written_and_it_is_said():
    draft = Draft(Question(Kind.BLANK, "____和____"), Key(blanks=(("甲",), ("乙",))))
    assert [problem.code for problem in write([draft], {}).problems] == ["not-held"]


AIKEN = "方针是什么？\nA. 预防为主\nB) 重拳出击\nC、放任\nANSWER: A\n\n没有答案\nA. 甲\nB. 乙\n\n还有一题？\nA. 甲\nB. 乙\nANSWER: D\n"


def test_aiken_is_read_question_by_question():
    found = aiken.read("a.txt", AIKEN.encode(), new_ids=derived_ids)
    assert [fate.outcome for fate in found.fates] == [Outcome.ACCEPTED, Outcome.QUARANTINED]
    assert right(found.drafts[0]) == ["预防为主"]
    assert [option.content for option in found.drafts[0].question.options] == ["预防为主", "重拳出击", "放任"]
    assert found.quarantined[0].reason_code == "answer-without-option"


def test_aiken_holds_single_choices_and_says_what_it_leaves_out():
    options = make_options(["甲", "乙"], derived_ids("x"))
    single = Draft(Question(Kind.SINGLE, "题", options, point="A-001"), Key(frozenset([options[1].id])))
    judgement = Draft(Question(Kind.JUDGEMENT, "题"), Key(truth=True))
    written = aiken.write([single, judgement], {})
    assert written.data.decode() == "题\nA. 甲\nB. 乙\nANSWER: B\n\n"
    assert [(problem.code, problem.place.row) for problem in written.problems] == [
        ("not-held", 1),
        ("not-held", 2),
    ]
    assert [problem.is_error for problem in written.problems] == [False, True]
