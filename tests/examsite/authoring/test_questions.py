"""Questions are written, found, revised and looked at, through the door."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from examsite.access.permissions import Role
from examsite.audit import AuditRecord
from examsite.authoring import actions, queries
from examsite.authoring.models import QuestionVersion, VersionStatistics, VersionStatus
from question_bank.questions.kinds import Kind
from tests.browse import Browse
from tests.conftest import START, Site
from tests.factories import asked_for, make_bank, make_outline, make_person, make_question

ANSWERS: dict[str, dict[str, Any]] = {
    "B": {"stem": "样题（ ）。", "option-0": "甲", "option-1": "乙", "option-2": "丙", "right": "1"},
    "G": {"stem": "样题（ ）。", "option-0": "甲", "option-1": "乙", "option-2": "丙", "right": ["0", "2"]},
    "C": {"stem": "样题是一句话。", "right": "false"},
    "T": {"stem": "样题的空是____。", "blank-0": "甲 | 乙"},
    "D": {"stem": "简述样题。", "right": "要点一；要点二"},
    "W": {"stem": "论述样题。", "right": "论点"},
    "U": {"stem": "计算样例面积。", "right": "解：略"},
    "E": {"stem": "样例案情。问：如何处置？", "right": "处置要点"},
    "F": {"stem": "样例材料。问：如何处置？", "right": "处置要点"},
}


def _writer(site: Site) -> tuple[int, Browse]:
    with site.writing() as session:
        bank = make_bank(session)
        make_outline(session, bank)
        writer = make_person(session, Role.WRITER)
    return bank.id, site.browse_as(writer)


def _versions(site: Site) -> list[QuestionVersion]:
    with site.reading() as session:
        return list(session.scalars(select(QuestionVersion).order_by(QuestionVersion.id)))


@pytest.mark.parametrize("kind", ANSWERS)
def test_each_kind_is_written_and_submitted(site: Site, kind: str) -> None:
    bank_id, browser = _writer(site)
    form = browser.get(f"/bank/{bank_id}/questions/new", query={"kind": kind})
    page = form.submit("保存并提交审定", point="A-A-001", **ANSWERS[kind])
    assert page.status == 200
    assert "等待他人审定" in page.text
    [version] = _versions(site)
    assert (version.status, version.kind, version.point) == ("in_review", kind, "A-A-001")
    with site.reading() as session:
        key = queries.keys(session, [version.id])[version.id]
    if kind == "T":
        assert key.blanks == (("甲", "乙"),)
    if kind == "G":
        options = [option["id"] for option in version.document["options"]]
        assert key.options == {options[0], options[2]}
    if kind == "C":
        assert key.truth is False


@pytest.mark.parametrize(
    ("kind", "wrong", "sentence"),
    [
        ("B", {"stem": ""}, "请填写题干"),
        ("B", {"option-1": "", "option-2": "", "right": "0"}, "至少要有两个选项"),
        ("B", {"option-1": "甲。"}, "相同"),
        ("B", {"right": ["0", "1"]}, "只能有一个正确答案"),
        ("B", {"right": "3"}, "选项 D 是空的"),
        ("B", {"right": None}, "没有标出正确答案"),
        ("B", {"point": ""}, "没有认定点"),
        ("B", {"point": "A-A-099"}, "没有认定点 A-A-099"),
        ("G", {"right": "0"}, "至少有两个"),
        ("C", {"right": None}, "没有标明对错"),
        ("T", {"stem": "没有空位。"}, "四个下划线"),
        ("T", {"blank-0": ""}, "没有答案"),
        ("D", {"right": ""}, "参考答案"),
        ("D", {"external_id": "X" * 61}, "超过 60 字"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_the_rest_is_kept(
    site: Site, kind: str, wrong: dict[str, Any], sentence: str
) -> None:
    bank_id, browser = _writer(site)
    typed = {"point": "A-A-001", "explanation": "保留这句话", **ANSWERS[kind], **wrong}
    page = browser.get(f"/bank/{bank_id}/questions/new", query={"kind": kind}).submit(
        "保存并提交审定", **typed
    )
    assert page.status == 422
    assert sentence in page.text
    assert "保留这句话" in "".join(page.find_all("textarea", id="explanation")[0].itertext())
    assert _versions(site) == []


def test_invisible_characters_that_came_with_pasting_are_left_out(site: Site) -> None:
    bank_id, browser = _writer(site)
    form = browser.get(f"/bank/{bank_id}/questions/new")
    form.submit("存为草稿", point="A-A-001", **{**ANSWERS["B"], "stem": "不可见\x01字符（ ）。"})
    assert [version.stem for version in _versions(site)] == ["不可见字符（ ）。"]


def test_a_kind_that_no_form_writes_is_404(site: Site) -> None:
    bank_id, browser = _writer(site)
    assert browser.get(f"/bank/{bank_id}/questions/new", query={"kind": "Z"}).status == 404


def test_an_id_that_another_question_has_is_refused(site: Site) -> None:
    bank_id, browser = _writer(site)
    with site.writing() as session:
        make_question(session, make_bank(session), external_id="B-A-A-001-001")
    form = browser.get(f"/bank/{bank_id}/questions/new")
    page = form.submit("存为草稿", point="A-A-001", external_id="B-A-A-001-001", **ANSWERS["B"])
    assert page.status == 422
    assert "已有试题使用此 ID" in page.text


def test_revising_makes_a_new_version_and_papers_keep_the_old_one_until_it_is_approved(site: Site) -> None:
    bank_id, browser = _writer(site)
    with site.writing() as session:
        old = make_question(session, make_bank(session))
    page = browser.get(f"/bank/versions/{old.id}").follow("修订")
    assert "样例选项" in "".join(page.find_all("textarea", id="option-0")[0].itertext())
    done = page.submit("保存并提交审定", stem="改过的样题（ ）。")
    assert "第 2 版" in done.title
    with site.reading() as session:
        assert [one.version_id for one in queries.approved_pool(session, bank_id)] == [old.id]
    with site.writing() as session:
        new = session.scalars(select(QuestionVersion).where(QuestionVersion.number == 2)).one()
        actions.approve(session, new, actor=asked_for(session, new), now=START)
    with site.reading() as session:
        assert [one.version_id for one in queries.approved_pool(session, bank_id)] == [new.id]
    assert [version.status for version in _versions(site)] == ["superseded", "approved"]


def test_saving_without_a_change_makes_no_version(site: Site) -> None:
    _bank_id, browser = _writer(site)
    with site.writing() as session:
        old = make_question(session, make_bank(session), kind=Kind.BLANK)
    page = browser.get(f"/bank/versions/{old.id}/revise").submit("存为草稿")
    assert page.status == 422
    assert "没有变化" in page.text
    assert len(_versions(site)) == 1


def test_a_draft_is_submitted_once(site: Site) -> None:
    _bank_id, browser = _writer(site)
    with site.writing() as session:
        draft = make_question(session, make_bank(session), status=VersionStatus.DRAFT)
    page = browser.get(f"/bank/versions/{draft.id}")
    assert "等待他人审定" in page.submit("提交审定").text
    assert page.submit("提交审定").status == 409


def test_the_key_is_shown_to_those_who_may_and_every_look_is_noted(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session)
        version = make_question(session, bank, kind=Kind.SHORT, right="绝密参考答案")
        writer = make_person(session, Role.WRITER, name="看题样例")
    page = site.browse_as(writer).get(f"/bank/versions/{version.id}")
    assert "绝密参考答案" in page.text
    mark = page.find_all("{http://www.w3.org/2000/svg}svg", class_="watermark")[0]
    assert mark.get("aria-hidden") == "true"
    assert "看题样例" in "".join(mark.itertext())
    with site.reading() as session:
        seen = session.scalars(select(AuditRecord).where(AuditRecord.act == "key.view")).all()
    assert [(one.actor_id, one.object) for one in seen] == [(writer.id, f"question_versions:{version.id}")]
    assert "绝密" not in str([one.detail for one in seen])


def test_questions_are_found_by_two_characters_area_kind_difficulty_and_status(site: Site) -> None:
    bank_id, browser = _writer(site)
    with site.writing() as session:
        bank = make_bank(session)
        make_question(session, bank, stem="消防设施样题（ ）。", point="A-A-001", difficulty=1)
        make_question(session, bank, stem="巡逻样题100%。", point="B-A-001", kind=Kind.JUDGEMENT)
        make_question(session, bank, stem="门卫样题。", kind=Kind.JUDGEMENT, status=VersionStatus.DRAFT)

    def found(**query: str) -> list[str]:
        page = browser.get(f"/bank/{bank_id}/questions", query=query)
        return [word for word in ("消防", "巡逻", "门卫") if word in page.text]

    assert found() == ["消防", "巡逻", "门卫"]
    assert found(q="消防") == ["消防"]
    assert found(q="%") == ["巡逻"], "a wildcard is searched for as it stands"
    assert found(area="B") == ["巡逻"]
    assert found(kind="C") == ["巡逻", "门卫"]
    assert found(difficulty="1") == ["消防"]
    assert found(status="draft") == ["门卫"]
    assert "没有符合条件的试题" in browser.get(f"/bank/{bank_id}/questions", query={"q": "不存在"}).text
    assert browser.get(f"/bank/{bank_id}/questions?page=abc&kind=%01&q=%01&difficulty=9&bank=x").status == 200


def test_a_list_has_fifty_questions_a_page(site: Site) -> None:
    bank_id, browser = _writer(site)
    with site.writing() as session:
        bank = make_bank(session)
        for _number in range(51):
            make_question(session, bank, status=VersionStatus.DRAFT)
    first = browser.get(f"/bank/{bank_id}/questions")
    assert len(first.find_all("th", scope="row")) == 50
    assert len(first.follow("下一页").find_all("th", scope="row")) == 1


def test_what_sittings_taught_is_kept_a_source_and_shown(site: Site) -> None:
    _bank_id, browser = _writer(site)
    with site.writing() as session:
        version = make_question(session, make_bank(session))
        for difficulty in (0.5, 0.625):
            actions.record_statistics(
                session, version.id, "样例场次", {"difficulty": difficulty, "persons": 40}, now=START
            )
    with site.reading() as session:
        assert session.scalar(select(func.count()).select_from(VersionStatistics)) == 1
    assert "0.625" in browser.get(f"/bank/versions/{version.id}").text


def test_a_version_out_of_reach_does_not_exist(site: Site) -> None:
    _bank_id, browser = _writer(site)
    assert browser.get("/bank/versions/999").status == 404
    assert browser.get("/bank/versions/999/revise").status == 404
