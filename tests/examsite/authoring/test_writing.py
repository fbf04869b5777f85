"""The writing form: every kind with all of its fields, drafts, preview, near questions, pictures, without scripts."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from examsite.access.models import Person
from examsite.access.permissions import Role
from examsite.authoring import actions, queries
from examsite.authoring.models import QuestionVersion, VersionStatus
from examsite.authoring.pictures.models import BankPicture
from examsite.authoring.secrecy.models import Duty, DutyTask
from examsite.authoring.writing import likeness
from question_bank.questions.kinds import Kind
from question_bank.questions.model import Key, Question, question_from_document
from tests.browse import Browse, Page, form_values
from tests.conftest import START, Site
from tests.factories import make_bank, make_institution, make_outline, make_person, make_question, question_of

STEM = "保卫人员夜间巡逻时发现库房门锁被撬，首先应当（ ）。"
SINGLE = {"stem": STEM, "option-0": "甲做法", "option-1": "乙做法", "right": "0", "point": "A-A-001"}


class Desk:
    """A writer of one bank with an outline."""

    def __init__(self, site: Site) -> None:
        self.site = site
        with site.writing() as session:
            bank = make_bank(session)
            make_outline(session, bank)
            self.writer = make_person(session, Role.WRITER)
            self.bank_id = bank.id
        self.browser: Browse = site.browse_as(self.writer)

    def form(self, kind: str = "B") -> Page:
        return self.browser.get(f"/bank/{self.bank_id}/questions/new", query={"kind": kind})

    def versions(self) -> list[tuple[Question, Key, str]]:
        with self.site.reading() as session:
            rows = session.scalars(select(QuestionVersion).order_by(QuestionVersion.id)).all()
            keys = queries.keys(session, [row.id for row in rows])
            return [(question_from_document(row.document), keys[row.id], row.status) for row in rows]

    def press(self, page: Page, command: str, **typed: Any) -> Page:
        """Press the form's button of this value."""
        values = {**form_values(page.form("存为草稿")), **typed, "change": command}
        return self.browser.post(page.url, values)

    def preview(self, kind: str = "B", **typed: Any) -> Any:
        token = self.form(kind).find_all("input", name="csrf_token")[0].get("value")
        return self.browser.post(
            f"/bank/{self.bank_id}/questions/preview?kind={kind}", {"csrf_token": token, **typed}
        ).json

    def another(self, stem: str, **fields: Any) -> QuestionVersion:
        with self.site.writing() as session:
            return make_question(session, make_bank(session), stem=stem, **fields)


@pytest.fixture
def desk(site: Site) -> Desk:
    return Desk(site)


def test_everything_of_a_question_is_kept_and_comes_back_when_it_is_revised(desk: Desk) -> None:
    typed = {
        "stem": "安全防范包括____、____和____。",
        "blank-0": "人防 | 人力防范",
        "order": "1,2;",
        "material": "某单位的防范体系。",
        "stimulus": "T-01",
        "point": "A-A-002",
        "difficulty": "2",
        "consistency": "5",
        "sources": "样例规定第一条\n样例教材第 3 页",
        "explanation": "样例解析",
        "tags": ["医院", "水电油气"],
        "external_id": "T-A-A-002-001",
    }
    page = desk.form("T").submit("重新数空位", **typed)
    assert desk.versions() == []
    assert len([one for one in page.find_all("input") if (one.get("name") or "").startswith("blank-")]) == 3
    saved = page.submit("存为草稿", **{"blank-1": "物防", "blank-2": "技防"})
    assert "已保存" in saved.title
    [(question, key, status)] = desk.versions()
    assert (question.material, question.stimulus, question.point) == ("某单位的防范体系。", "T-01", "A-A-002")
    assert (question.difficulty, question.consistency, question.tags) == (2, 5, ("医院", "水电油气"))
    assert question.sources == ("样例规定第一条", "样例教材第 3 页")
    assert key.blanks == (("人防", "人力防范"), ("物防",), ("技防",))
    assert (key.any_order, key.explanation, status) == (((0, 1),), "样例解析", "draft")
    again = saved.follow("继续编写").submit("存为草稿")
    assert "没有变化" in again.text


def test_a_number_with_its_units_is_written(desk: Desk) -> None:
    page = desk.form("U").submit(
        "保存并提交审定",
        stem="求电机功率。",
        numeric="number",
        value="1500",
        tolerance="2.5",
        relative="percent",
        unit="W",
        units="kW=1000\n匹＝735",
        unit_required="1",
        point="A-A-001",
    )
    assert "等待他人审定" in page.text
    [(question, key, _status)] = desk.versions()
    assert question.numeric
    quantity = key.quantity
    assert quantity is not None
    assert (quantity.value, quantity.tolerance, quantity.relative) == (Decimal(1500), Decimal("0.025"), True)
    assert quantity.units == (("kW", Decimal(1000)), ("匹", Decimal(735)))
    assert (quantity.unit, quantity.unit_required) == ("W", True)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"value": "12.5x"}, "“12.5x”不是数字"),
        ({"value": "Infinity"}, "不是数字"),
        ({"units": "千瓦"}, "折合多少个主单位"),
    ],
)
def test_what_could_not_be_stored_keeps_even_a_draft_back_and_stays_in_the_form(
    desk: Desk, wrong: dict[str, str], sentence: str
) -> None:
    typed = {"stem": "求功率。", "numeric": "number", "value": "1", "explanation": "保留", **wrong}
    page = desk.form("U").submit("存为草稿", **typed)
    assert page.status == 422
    assert sentence in page.text
    assert "求功率。" in "".join(page.find_all("textarea", id="stem")[0].itertext())
    assert desk.versions() == []


def test_a_case_with_parts_is_written_without_scripts(desk: Desk) -> None:
    page = desk.form("E").submit("简答题", stem="某单位夜间发生盗窃。", point="A-A-001")
    page = page.submit(
        "单选题", **{"part-0-stem": "如何处置？", "part-0-right": "保护现场", "part-0-share": "3"}
    )
    part = {"part-1-stem": "首先应当（ ）。", "part-1-option-0": "报警", "part-1-option-1": "离岗"}
    page = desk.press(page, "part-1-up", **part, **{"part-1-right": "0"})
    assert "".join(page.find_all("textarea", id="part-0-stem")[0].itertext()).strip() == "首先应当（ ）。"
    assert "等待他人审定" in page.submit("保存并提交审定").text
    [(question, key, _status)] = desk.versions()
    assert [(part.kind, part.share) for part in question.parts] == [(Kind.SINGLE, 1), (Kind.SHORT, 3)]
    assert key.parts[0].options == {question.parts[0].options[0].id}
    assert key.parts[1].model_answer == "保护现场"
    assert key.model_answer == ""


def test_options_are_added_moved_and_removed_without_scripts_and_keep_their_mark(desk: Desk) -> None:
    page = desk.press(desk.form(), "option-1-remove", **{**SINGLE, "option-2": "丙做法", "right": "2"})
    page = desk.press(page, "option-1-up")
    page = desk.press(page, "option+")
    texts = [form_values(page.form("存为草稿"))[f"option-{place}"] for place in range(4)]
    assert texts == ["丙做法", "甲做法", "", ""]
    assert form_values(page.form("存为草稿"))["right"] == "0"
    page.submit("存为草稿")
    [(question, key, _status)] = desk.versions()
    assert [option.content for option in question.options] == ["丙做法", "甲做法"]
    assert key.options == {question.options[0].id}


def test_a_pasted_text_is_split_into_the_fields(desk: Desk) -> None:
    text = "1. 防火巡查应当（ ）。\nA. 每日一次\nB. 每周一次\n答案：B\n解析：略\n依据：样例规定\n难度：2"
    page = desk.form().submit("拆分到各栏", pasted=text, point="A-A-003")
    values = form_values(page.form("存为草稿"))
    assert (values["stem"], values["option-0"], values["right"]) == ("防火巡查应当（ ）。", "每日一次", "1")
    assert (values["explanation"], values["sources"], values["difficulty"]) == ("略", "样例规定", "2")
    assert values["point"] == "A-A-003"
    assert desk.versions() == []


def test_an_unfinished_draft_is_kept_but_not_submitted(desk: Desk) -> None:
    saved = desk.form().submit("存为草稿", stem="只有题干（ ）。")
    assert "改正错误后才能提交审定" in saved.text
    [(question, key, status)] = desk.versions()
    assert (question.stem, key.options, status) == ("只有题干（ ）。", frozenset(), "draft")
    version = saved.follow("查看")
    assert version.submit("提交审定").status == 409
    assert [status for _question, _key, status in desk.versions()] == ["draft"]


def test_words_of_its_name_find_the_assessment_point(desk: Desk) -> None:
    desk.form().submit("存为草稿", **{**SINGLE, "point": "样例认定点B3"})
    assert [question.point for question, _key, _status in desk.versions()] == ["B-A-003"]


def test_the_next_question_keeps_what_it_is_filed_under(desk: Desk) -> None:
    typed = {**SINGLE, "difficulty": "4", "sources": "样例规定", "tags": "学校", "material": "不沿用"}
    page = desk.form().submit("保存并写下一题", **typed)
    values = form_values(page.form("存为草稿"))
    assert (values["point"], values["difficulty"], values["sources"]) == ("A-A-001", "4", "样例规定")
    assert values["tags"] == "学校"
    assert (values["stem"], values["option-0"], values["material"]) == ("", "", "")
    assert "data-saved" in page.find_all("form", id="writing")[0].attrib


def test_questions_of_others_lend_nothing_to_the_next(desk: Desk) -> None:
    other = desk.another("别人的题（ ）。", point="C-A-001")
    page = desk.browser.get(f"/bank/{desk.bank_id}/questions/new", query={"kind": "B", "after": other.id})
    assert form_values(page.form("存为草稿"))["point"] == ""


def test_the_preview_shows_what_the_candidate_sees_and_stores_nothing(desk: Desk) -> None:
    told = desk.preview(stem="求 $x^2$ 的值（ ）。", **{"option-0": "<b>甲</b>", "option-1": "乙"})
    assert "<math" in told["preview"]
    assert "&lt;b&gt;甲" in told["preview"]
    assert ("options", "error") in {
        (one["anchor"], one["severity"]) for one in told["findings"] if one["code"] == "answer-missing"
    }
    assert desk.versions() == []


def test_findings_of_a_part_name_its_field(desk: Desk) -> None:
    told = desk.preview(
        "F",
        stem="材料。",
        **{"part-0-stem": "填____。", "part-0-kind": "T", "part-1-stem": "", "part-1-kind": "C"},
    )
    anchors = {(one["code"], one["anchor"]) for one in told["findings"]}
    assert ("blank-without-answer", "part-0-blanks") in anchors or (
        "blanks-differ",
        "part-0-blanks",
    ) in anchors
    assert ("stem-empty", "part-1-stem") in anchors


def test_a_near_question_is_shown_with_a_link(desk: Desk) -> None:
    held = desk.another(STEM)
    desk.another("门卫交接班时应当记录的事项包括哪些内容（ ）。")
    told = desk.preview(stem="保卫人员在夜间巡逻时发现库房门锁被撬，首先应当____。")
    assert f"/bank/versions/{held.id}" in told["summary"]
    assert told["summary"].count("/bank/versions/") == 1
    assert (
        "/bank/versions/" not in desk.preview(stem="完全不同的一道关于消防器材检查周期的题（ ）。")["summary"]
    )


def test_a_question_that_is_written_later_is_met_too(desk: Desk) -> None:
    assert "/bank/versions/" not in desk.preview(stem=STEM)["summary"]
    held = desk.another(STEM)
    assert f"/bank/versions/{held.id}" in desk.preview(stem=STEM)["summary"]


def test_near_questions_that_the_person_may_not_see_are_not_told(desk: Desk) -> None:
    desk.another(STEM)
    with desk.site.writing() as session:
        make_bank(session).is_restricted = True
        session.add(
            Duty(
                bank_id=desk.bank_id, person_id=desk.writer.id, task=DutyTask.WRITE, area="B", given_at=START
            )
        )
    assert "/bank/versions/" not in desk.preview(stem=STEM)["summary"]
    own = desk.another(STEM, author=desk.writer)
    assert f"/bank/versions/{own.id}" in desk.preview(stem=STEM)["summary"]


def test_the_index_notices_numbers_that_stand_for_another_question(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session)
        make_question(session, bank, stem=STEM)
        last = make_question(session, bank, stem="门卫交接班时应当记录的事项包括哪些内容（ ）。")
        index = likeness.index_of(session, bank.id)
        assert len(index) == 2
        held = likeness._INDEXES[session.get_bind().engine][bank.id]
        held.known[last.id] = "0" * 64  # as if an undone import had given its number back
        assert len(likeness.index_of(session, bank.id)) == 2
        assert held.known[last.id] == last.content_hash


def test_a_picture_is_added_without_scripts(desk: Desk) -> None:
    values = {**form_values(desk.form().form("存为草稿")), "stem": "看图回答（ ）。", "change": "picture"}
    sent = {**values, "picture_file": (io.BytesIO(_picture()), "消防栓.png")}
    page = desk.browser.post(f"/bank/{desk.bank_id}/questions/new?kind=B", sent)
    stem = form_values(page.form("存为草稿"))["stem"]
    with desk.site.reading() as session:
        digest = session.scalars(select(BankPicture.digest)).one()
    assert stem == f"看图回答（ ）。\n![消防栓](picture:{digest})"
    assert page.find_all("img", alt="消防栓")
    refused = desk.browser.post(
        f"/bank/{desk.bank_id}/questions/new?kind=B",
        {**values, "picture_file": (io.BytesIO(b"no picture"), "a.png")},
    )
    assert "无法读取这张图片" in refused.text


def test_a_script_adds_a_picture_and_gets_what_stands_for_it(desk: Desk) -> None:
    token = desk.form().find_all("input", name="csrf_token")[0].get("value")
    reply = desk.browser.post(
        f"/bank/{desk.bank_id}/pictures",
        {"csrf_token": token, "picture_file": (io.BytesIO(_picture()), "门禁 (1).png")},
    )
    assert reply.status == 200
    assert reply.json["text"] == f"![门禁 1](picture:{reply.json['digest']})"


def _picture() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(stream, "PNG")
    return stream.getvalue()


def test_several_drafts_are_submitted_at_once_and_the_unready_ones_wait(desk: Desk) -> None:
    for place in range(3):
        desk.form().submit("存为草稿", **{**SINGLE, "stem": f"第 {place} 道样题，各不相同（ ）。"})
    desk.form().submit("存为草稿", stem="只有题干（ ）。")
    page = desk.browser.get(f"/bank/{desk.bank_id}/drafts")
    boxes = [box.get("value") for box in page.find_all("input", name="version")]
    assert len(boxes) == 3
    assert "没有标出正确答案" in page.text
    done = page.submit("提交选中的试题审定", version=boxes[:2])
    assert "2 道试题等待他人审定" in done.text
    assert sorted(status for _question, _key, status in desk.versions()) == [
        "draft", "draft", "in_review", "in_review",
    ]  # fmt: skip


def test_of_unready_drafts_none_is_submitted(desk: Desk) -> None:
    desk.form().submit("存为草稿", **SINGLE)
    desk.form().submit("存为草稿", stem="只有题干（ ）。")
    page = desk.browser.get(f"/bank/{desk.bank_id}/drafts")
    with desk.site.reading() as session:
        ids = [str(i) for i in session.scalars(select(QuestionVersion.id))]
    refused = page.submit("提交选中的试题审定", version=ids)
    assert refused.status == 409
    assert {status for _question, _key, status in desk.versions()} == {"draft"}


def test_drafts_of_others_are_neither_shown_nor_submitted(desk: Desk) -> None:
    other = desk.another("别人的草稿（ ）。", status=VersionStatus.DRAFT)
    desk.form().submit("存为草稿", **SINGLE)
    page = desk.browser.get(f"/bank/{desk.bank_id}/drafts")
    assert "别人的草稿" not in page.text
    assert "请先勾选" in page.submit("提交选中的试题审定", version=[str(other.id)]).text
    assert {status for _question, _key, status in desk.versions()} == {"draft"}


def test_a_returned_question_waits_among_the_drafts(desk: Desk) -> None:
    with desk.site.writing() as session:
        bank = make_bank(session)
        writer = session.get_one(Person, desk.writer.id)
        version = make_question(session, bank, author=writer, status=VersionStatus.RETURNED)
        stem = version.stem
    assert stem in desk.browser.get(f"/bank/{desk.bank_id}/drafts").text


def test_an_empty_list_of_drafts_says_what_to_do(desk: Desk) -> None:
    assert "这里还没有草稿" in desk.browser.get(f"/bank/{desk.bank_id}/drafts").text


def test_a_writer_of_another_institution_meets_none_of_it(desk: Desk) -> None:
    with desk.site.writing() as session:
        other = make_person(session, Role.WRITER, institution=make_institution(session, "另一机构"))
        question, key = question_of()
        row = actions.write_question(
            session,
            make_bank(session),
            question,
            key,
            actor=session.get_one(Person, desk.writer.id),
            now=START,
        )
    browser = desk.site.browse_as(other)
    for path in (
        f"/bank/{desk.bank_id}/drafts",
        f"/bank/{desk.bank_id}/questions/new",
        f"/bank/versions/{row.id}/saved",
    ):
        assert browser.get(path).status == 404
