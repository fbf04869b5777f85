"""The column "accept" of the table of what importers get wrong, and the variants of the 17 columns."""

from __future__ import annotations

import pytest

from question_bank.formats.imports import Outcome
from question_bank.formats.reading import read
from question_bank.questions.kinds import Kind


def only(imported):
    assert [p for p in imported.problems if p.is_error] == []
    (draft,) = imported.drafts
    return draft


def right_letters(draft):
    return "".join(chr(65 + i) for i, o in enumerate(draft.question.options) if o.id in draft.key.options)


def test_a_row_of_17_columns_becomes_a_draft(read_bank):
    draft = only(
        read_bank({"explanation": "见条例。\n依据：《条例》第二条；GB 50348-2018", "picture": "图1.png"})
    )
    assert draft.bank == "保卫管理员（三级）理论"
    assert draft.external_id == "B-A-B-C-001-001"
    question = draft.question
    assert (question.kind, question.point, question.difficulty, question.consistency) == (
        Kind.SINGLE,
        "A-B-C-001",
        3,
        4,
    )
    assert [o.content for o in question.options] == ["预防为主", "打击为主", "教育为主", "处罚为主"]
    assert right_letters(draft) == "A"
    assert question.sources == ("《条例》第二条", "GB 50348-2018")
    assert draft.key.explanation == "见条例。"
    assert question.picture == "图1.png"
    assert (draft.sheet, draft.row) == ("题库模板", 2)


@pytest.mark.parametrize("label", ["出处", "来源", "依据"])
def test_the_source_line_may_be_anywhere_in_the_explanation(read_bank, label):
    draft = only(read_bank({"explanation": f"{label}: 甲；乙\n因为如此"}))
    assert draft.question.sources == ("甲", "乙")
    assert draft.key.explanation == "因为如此"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("B（单选题）", Kind.SINGLE), ("B(单选题)", Kind.SINGLE), ("B", Kind.SINGLE), ("ｂ（ 单选题 ）", Kind.SINGLE),
        ("单选", Kind.SINGLE), ("单项选择题", Kind.SINGLE),
    ],
)  # fmt: skip
def test_kinds_in_any_spelling(read_bank, text, kind):
    assert only(read_bank({"kind": text})).question.kind is kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("组合题", Kind.COMPOUND), ("F（综合题）", Kind.COMPOUND), ("F(组合题)", Kind.COMPOUND),
        ("案例分析", Kind.CASE), ("E（案例分析题）", Kind.CASE), ("简答题", Kind.SHORT), ("U", Kind.CALCULATION), ("论述", Kind.ESSAY),
    ],
)  # fmt: skip
def test_synonyms_of_marked_kinds(read_bank, text, kind):
    row = {"kind": text, "external_id": "A-B-C-001-001", "answer": "要点一；要点二"}
    row |= {f"option_{letter}": None for letter in "abcd"}
    draft = only(read_bank(row))
    assert draft.question.kind is kind
    assert draft.key.model_answer == "要点一；要点二"


@pytest.mark.parametrize("text", ["3（中等）", "3(中等)", "3", 3, 3.0, "３", "中等"])
def test_difficulty_bare_or_labelled(read_bank, text):
    assert only(read_bank({"difficulty": text})).question.difficulty == 3


def test_missing_bank_is_asked_for_once(read_bank):
    rows = [{"bank": None}, {"bank": None}]
    imported = read_bank(*rows)
    assert [p.code for p in imported.problems] == ["bank-missing"]
    assert [d.bank for d in imported.drafts] == ["", ""]
    assert read_bank(*rows, reading={"bank": "甲"}).banks == ("甲",)


def test_sixteen_columns_bare_codes_and_five_part_ids(make_book):
    titles = ["ID", "序号", "认定点代码", "题型代码", "题号", "试题（题干）", *(f"试题（选项{x}）" for x in "ABCDE"),
              "【图】及位置", "正确答案", "难度代码", "一致性代码", "解析"]  # fmt: skip
    rows = [
        [
            "A-B-C-001-001",
            1,
            "001",
            "B",
            1,
            "单选（ ）。",
            "甲",
            "乙",
            "丙",
            "丁",
            None,
            None,
            "b",
            1,
            5,
            None,
        ],
        ["A-B-C-001-002", 2, 1, "C", 2, "判断。", "正确", "错误", None, None, None, None, "B", 1, 5, None],
    ]
    imported = read("旧.xlsx", make_book({"Sheet1": [titles, *rows]}), bank="甲")
    assert imported.problems == ()
    single, judgement = imported.drafts
    assert single.question.point == judgement.question.point == "A-B-C-001"
    assert right_letters(single) == "B"
    assert (judgement.key.truth, judgement.question.options) == (False, ())


@pytest.mark.parametrize(
    ("identifier", "code"),
    [
        ("B-A-B-C-001-001", "A-B-C-001"),
        ("A-B-C-001-001", "A-B-C-001"),
        ("BWGL-3-LL-B-A-B-C-001-002", "A-B-C-001"),
        ("BWGL-3-LL-B-A-B-C-001-002", "001"),
        ("B－A—B–C-001-001", "Ａ-B-C-001"),
        ("B-A-B-C-001-001", None),
        ("b-a-b-c-001-001", "‘001"),
    ],
)
def test_ids_of_five_six_and_nine_parts(read_bank, identifier, code):
    assert only(read_bank({"external_id": identifier, "point": code})).question.point == "A-B-C-001"


def test_several_banks_in_one_sheet_may_use_the_same_ids(read_bank):
    imported = read_bank({"external_id": "B-A-B-C-001-001"}, {"external_id": "B-A-B-C-001-001", "bank": "乙"})
    assert imported.banks == ("保卫管理员（三级）理论", "乙")
    assert imported.problems == ()


def test_titles_with_spaces_other_names_and_an_option_f(read_bank):
    fields = [
        "bank",
        "external_id",
        "point",
        "kind",
        "stem",
        *(f"option_{x}" for x in "abcdef"),
        "answer",
        "difficulty",
    ]
    titles = [
        "题库 名称",
        " I D",
        "认定点代码",
        "题型",
        "试题(题干)",
        *(f"试题（选项 {x}）" for x in "ABCDEF"),
        "答案",
        "难度",
    ]
    row = {"kind": "G", "external_id": "G-A-B-C-001-001", "option_e": "戊", "option_f": "己", "answer": "A,F"}
    draft = only(read_bank(row, fields=fields, titles=titles))
    assert right_letters(draft) == "AF"
    assert draft.question.difficulty == 3


def test_leading_paper_and_question_ids(read_bank):
    fields = [
        "paper_id",
        "question_id",
        "bank",
        "external_id",
        "point",
        "kind",
        "stem",
        "option_a",
        "option_b",
        "answer",
    ]
    draft = only(read_bank({"paper_id": "P1", "question_id": "77"}, fields=fields))
    assert draft.external_id == "B-A-B-C-001-001"
    fields.remove("external_id")
    assert only(read_bank({"paper_id": "P1", "question_id": "Q77"}, fields=fields)).external_id == "Q77"


def test_the_same_question_on_two_papers_is_taken_once(read_bank):
    same = {"external_id": "B-A-B-C-001-001", "stem": "同一题（ ）。"}
    imported = read_bank({**same, "paper_id": "P1"}, {**same, "paper_id": "P2"})
    assert [fate.outcome for fate in imported.fates] == [Outcome.ACCEPTED, Outcome.SKIPPED]
    assert [p.code for p in imported.problems] == ["row-repeated"]


@pytest.mark.parametrize("answer", ["A,B", "A、B", "AB", "A，B", "A B", "a;b", "Ａ Ｂ", " B/A "])
def test_several_answers_in_every_spelling(read_bank, answer):
    assert (
        right_letters(only(read_bank({"kind": "G", "external_id": "A-B-C-001-001", "answer": answer})))
        == "AB"
    )


@pytest.mark.parametrize(
    ("answer", "truth"),
    [(a, True) for a in ["√", "对", "T", "正确", "Y", "1", 1, True, "✓", "是", "true"]]
    + [(a, False) for a in ["×", "错", "F", "错误", "N", "0", 0, False, "✗", "否", "Ｆ"]],
)
def test_true_and_false_in_every_spelling(read_bank, answer, truth):
    row = {"kind": "C", "external_id": "A-B-C-001-001", "answer": answer} | {
        f"option_{x}": None for x in "abcd"
    }
    assert only(read_bank(row)).key.truth is truth


@pytest.mark.parametrize(
    ("first", "second", "answer", "truth"), [("正确", "错误", "A", True), ("A. 错", "B. 对", "A", False)]
)
def test_judgement_with_two_options(read_bank, first, second, answer, truth):
    row = {
        "kind": "C",
        "external_id": "A-B-C-001-001",
        "option_a": first,
        "option_b": second,
        "answer": answer,
    }
    draft = only(read_bank(row | {"option_c": None, "option_d": None}))
    assert draft.key.truth is truth
    assert draft.question.options == ()


@pytest.mark.parametrize("pattern", ["{}. {}", "{}、{}", "（{}）{}", "{}.{}", "({}) {}", "{}．{}"])
def test_option_prefixes_are_cut(read_bank, pattern):
    texts = {f"option_{x.lower()}": pattern.format(x, f"内容{x}") for x in "ABCD"}
    assert [o.content for o in only(read_bank(texts)).question.options] == [
        "内容A",
        "内容B",
        "内容C",
        "内容D",
    ]


def test_content_that_only_looks_like_a_prefix_stays(read_bank):
    texts = {"option_a": "A类火灾", "option_b": "B类火灾", "option_c": "A、B 都是", "option_d": "D. O. 指标"}
    assert [o.content for o in only(read_bank(texts)).question.options] == list(texts.values())


def test_two_header_rows_and_leading_instruction_sheets(make_book):
    chinese = [
        "题库名称",
        "ID",
        "认定点代码",
        "题型代码",
        "试题（题干）",
        "试题（选项A）",
        "试题（选项B）",
        "正确答案",
    ]
    english = ["Bank", "ID", "Point", "Type", "Stem", "Option A", "Option B", "Answer"]
    row = ["甲", "B-A-B-C-001-001", "A-B-C-001", "B", "题（ ）。", "甲", "乙", "A"]
    data = make_book(
        {"填写说明": [["请先阅读"], ["每行一题"]], "Sheet2": [["导入表"], [], chinese, english, row]}
    )
    imported = read("两行.xlsx", data)
    assert [d.row for d in imported.drafts] == [5]
    assert [(p.code, p.place.sheet, p.is_error) for p in imported.problems] == [
        ("sheet-skipped", "填写说明", False)
    ]


def test_a_header_spread_over_two_rows(make_book):
    first = ["题库名称", "ID", "认定点代码", "题型代码", "试题", None, None, "正确答案"]
    second = [None, None, None, None, "题干", "选项A", "选项B", None]
    row = ["甲", "B-A-B-C-001-001", "A-B-C-001", "B", "题（ ）。", "甲", "乙", "A"]
    assert [d.row for d in read("a.xlsx", make_book({"s": [first, second, row]})).drafts] == [3]


def test_blank_left_cells_take_the_value_above(read_bank):
    imported = read_bank(
        {}, {"bank": None, "point": None, "external_id": None}, {"bank": "乙"}, {"bank": None}
    )
    assert [d.bank for d in imported.drafts] == ["保卫管理员（三级）理论"] * 2 + ["乙"] * 2
    assert imported.drafts[1].question.point == "A-B-C-001"
    assert imported.drafts[1].notes == ("题库名称沿用上一行", "认定点代码沿用上一行")


def test_the_cached_value_of_a_formula_counts(make_book):
    import io

    import xlsxwriter

    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["题库名称", "认定点代码", "题型代码", "题干", "选项A", "选项B", "答案"])
    sheet.write_row(1, 0, ["甲", "A-B-C-001", "B", "题（ ）。", "甲", "乙"])
    sheet.write_formula(1, 6, '="A"&""', None, "A")
    book.close()
    assert right_letters(only(read("f.xlsx", stream.getvalue()))) == "A"


@pytest.mark.parametrize("blank", ["____", "（ ）", "___", "( )", "（　　）", "______", "＿＿", "（）"])
def test_blanks_in_any_drawing(read_bank, blank):
    row = {
        "kind": "T",
        "external_id": "A-B-C-001-001",
        "stem": f"分为{blank}和{blank}两类。",
        "answer": "甲|一、乙/二",
    }
    draft = only(read_bank(row | {f"option_{x}": None for x in "abcd"}))
    assert draft.question.stem == "分为____和____两类。"
    assert draft.key.blanks == (("甲", "一"), ("乙", "二"))


def test_a_slash_inside_a_standard_number_is_kept(read_bank):
    row = {"kind": "T", "external_id": "A-B-C-001-001", "stem": "标准是____。", "answer": "GB/T 28181"}
    imported = read_bank(row | {f"option_{x}": None for x in "abcd"})
    assert imported.drafts[0].key.blanks == (("GB/T 28181",),)
    assert [p.code for p in imported.problems] == ["slash-kept"]


def test_the_eleven_column_twin_of_the_national_format(make_book):
    titles = ["鉴定点代码", "题目类型代码", "试题(题干)", *"ABCDE", "答案", "难度代码", "一致性代码"]
    titles[3:8] = [f"选项{x}" for x in "ABCDE"]
    data = make_book(
        {"s": [titles, ["A-B-A-001", "B", "题（ ）。", "甲", "乙", "丙", "丁", None, "C", 3, 5]]}
    )
    draft = read("国标.xlsx", data, bank="甲").drafts[0]
    assert (draft.question.point, right_letters(draft), draft.question.consistency) == ("A-B-A-001", "C", 5)


def test_a_csv_of_the_same_columns(make_bank):
    text = "题库名称,ID,认定点代码,题型代码,题干,选项A,选项B,答案\r\n甲,B-A-B-C-001-001,A-B-C-001,B,题（ ）。,甲,乙,A\r\n"
    for data in (text.encode("utf-8-sig"), text.encode("gb18030")):
        assert right_letters(only(read("题.csv", data))) == "A"
