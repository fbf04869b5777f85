"""The bank's list: what narrows it, sorts it, pages through it and is kept for the next time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, true

from examsite.access.permissions import Role
from examsite.audit import AuditRecord
from examsite.authoring import actions
from examsite.authoring.catalogue import actions as catalogue
from examsite.authoring.catalogue import search
from examsite.authoring.catalogue.filters import Filters, Sort, from_arguments
from examsite.authoring.catalogue.models import SavedFilter
from examsite.authoring.models import Bank, QuestionRow, QuestionVersion, VersionStatus
from examsite.authoring.secrecy.models import Duty
from question_bank.questions.kinds import Kind
from tests.browse import Browse, form_values, text_of
from tests.conftest import START, Site
from tests.factories import make_approved_bank, make_bank, make_person, make_question, question_of


def _found(site: Site, bank_id: int, **asked: Any) -> list[str]:
    """Stems of the first page."""
    with site.reading() as session:
        filters = from_arguments(asked)
        assert filters.as_arguments() == asked, "the address says what was asked"
        return [line.stem for line in search.find(session, bank_id, filters, sight=true()).lines]


def _writer(site: Site) -> tuple[Bank, Browse]:
    with site.writing() as session:
        bank = make_bank(session)
        writer = make_person(session, Role.WRITER, name="列表样例")
    return bank, site.browse_as(writer)


def _use(site: Site, source: str, version: QuestionVersion, people: int, days: int = 0) -> None:
    with site.writing() as session:
        catalogue.record_use(
            session,
            source,
            {version.id: people},
            papers={},
            at=START + timedelta(days=days),
            title=f"样例 {source}",
        )


def test_several_words_must_all_occur_in_any_order(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session)
        make_question(session, bank, stem="门卫应当检查消防设施。", kind=Kind.JUDGEMENT)
        make_question(session, bank, stem="消防设施每月检查。", kind=Kind.JUDGEMENT)
        make_question(session, bank, stem="门卫登记来访 100%_x。", kind=Kind.JUDGEMENT)
    assert len(_found(site, bank.id, q="消防 检查")) == 2
    assert _found(site, bank.id, q="消防 门卫") == ["门卫应当检查消防设施。"]
    assert _found(site, bank.id, q="门卫 0%_X") == ["门卫登记来访 100%_x。"]
    assert _found(site, bank.id, q="门卫 巡逻") == []


def test_a_code_finds_everything_below_it_and_the_id_as_well(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session)
        make_question(session, bank, stem="甲。", point="A-B-001", kind=Kind.JUDGEMENT)
        make_question(session, bank, stem="乙。", point="A-BB-001", kind=Kind.JUDGEMENT)
        make_question(session, bank, stem="丙。", point="C-A-001", external_id="x-A-B-7", kind=Kind.JUDGEMENT)
    assert _found(site, bank.id, area="A-B") == ["甲。"]
    assert set(_found(site, bank.id, q="a-b")) == {"甲。", "乙。", "丙。"}
    assert _found(site, bank.id, q="A-B-0") == ["甲。"]


def test_use_narrows_by_sittings_and_by_people(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session)
        old, new, never = (make_question(session, bank, stem=f"{name}。") for name in ("旧", "新", "未"))
    _use(site, "sitting:1", old, 40)
    _use(site, "sitting:2", new, 7, days=9)
    assert _found(site, bank.id, use="never") == [never.stem]
    assert set(_found(site, bank.id, use="used")) == {old.stem, new.stem}
    assert _found(site, bank.id, use="recent", n=1) == [new.stem]
    assert set(_found(site, bank.id, use="recent", n=2)) == {old.stem, new.stem}
    assert _found(site, bank.id, use="over", n=7) == [old.stem]


def test_the_same_source_again_replaces_what_it_said(site: Site) -> None:
    with site.writing() as session:
        version = make_question(session, make_bank(session))
    _use(site, "sitting:1", version, 40)
    _use(site, "sitting:1", version, 41)
    _use(site, "sitting:2", version, 9, days=3)
    with site.reading() as session:
        row = session.get_one(QuestionVersion, version.id)
        assert (row.people, row.papers, row.last_used_at) == (50, 0, START + timedelta(days=3))
    with site.writing() as session:
        catalogue.forget_use(session, "sitting:2")
    with site.reading() as session:
        row = session.get_one(QuestionVersion, version.id)
        assert (row.people, row.last_used_at) == (41, START)


@pytest.mark.parametrize(
    ("document", "alarms"),
    [
        ({"difficulty": 0.1, "discrimination": 0.3, "persons": 90}, {"too_hard"}),
        ({"difficulty": 0.99, "discrimination": 0.1, "persons": 90}, {"too_easy", "low_discrimination"}),
        ({"difficulty": 0.5, "discrimination": -0.2}, {"low_discrimination", "key_suspect"}),
        (
            {"difficulty": 0.5, "discrimination": 0.4, "more": {"flags": ["option_beats_key"]}},
            {"key_suspect"},
        ),
        ({"difficulty": 0.5, "discrimination": 0.4, "persons": 90}, set()),
    ],
)
def test_what_sittings_taught_raises_alarms(site: Site, document: dict[str, Any], alarms: set[str]) -> None:
    with site.writing() as session:
        version = make_question(session, make_bank(session), stem="被关注的题。")
        actions.record_statistics(session, version.id, "sitting:1", document, now=START)
    for alarm in ("too_hard", "too_easy", "low_discrimination", "key_suspect"):
        found = _found(site, version.bank_id, alarm=alarm)
        assert found == ([version.stem] if alarm in alarms else []), alarm


def test_industry_source_writer_and_date_narrow_too(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session)
        one = make_person(session, Role.WRITER)
        tagged = make_question(session, bank, stem="银行题。", author=one)
        make_question(session, bank, stem="其他题。")
        catalogue.add_tag(session, bank, [tagged.question_id], " 银行  金融 ", actor=one, now=START)
    assert _found(site, bank.id, industry="银行 金融") == ["银行题。"]
    assert _found(site, bank.id, writer=one.id) == ["银行题。"]
    assert _found(site, bank.id, source="missing") == []
    assert len(_found(site, bank.id, since="2026-11-24", until="2026-11-24")) == 2
    assert _found(site, bank.id, since="2026-11-25") == []
    assert _found(site, bank.id, until="2026-11-23") == []


def test_a_new_version_takes_the_place_of_the_old_draft_in_the_list(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session)
        old = make_question(session, bank, stem="旧草稿。", status=VersionStatus.DRAFT)
        writer = make_person(session, Role.WRITER)
        row = session.get_one(QuestionRow, old.question_id)
        actions.write_version(session, row, *question_of(stem="新草稿。"), actor=writer, now=START)
    assert _found(site, bank.id) == ["新草稿。"]
    assert set(_found(site, bank.id, status="draft")) == {"新草稿。", "旧草稿。"}


@pytest.mark.parametrize("sort", ["", *Sort, *(f"-{sort}" for sort in Sort)])
def test_pages_cover_every_question_exactly_once_in_order(site: Site, sort: str) -> None:
    with site.writing() as session:
        bank = make_approved_bank(session, 23)
        for place, version in enumerate(session.scalars(select(QuestionVersion).limit(9))):
            document = {"difficulty": place / 10, "discrimination": place / 20, "persons": 50}
            actions.record_statistics(session, version.id, "sitting:1", document, now=START)
    for filters in (Filters(sort=sort), Filters(sort=sort, q="样题")):
        seen: list[int] = []
        with site.reading() as session:
            for page in range(1, 6):
                found = search.find(session, bank.id, filters, page, sight=true(), size=5)
                assert (found.total, found.page, found.pages) == (23, page, 5)
                seen += [line.id for line in found.lines]
            whole = search.find(session, bank.id, filters, 1, sight=true(), size=100)
            beyond = search.find(session, bank.id, filters, 99, sight=true(), size=5)
        assert seen == [line.id for line in whole.lines]
        assert len(set(seen)) == 23
        assert beyond.page == 5
        assert [line.id for line in beyond.lines] == seen[20:]


def test_a_column_sorts_the_list_and_again_turns_it_round(site: Site) -> None:
    bank, browser = _writer(site)
    with site.writing() as session:
        for difficulty in (2, 5, 1):
            make_question(session, make_bank(session), stem=f"难度{difficulty}。", difficulty=difficulty)

    def order(page: Any) -> list[str]:
        return [line for line in page.text.split() if line.startswith("难度") and line.endswith("。")]

    page = browser.get(f"/bank/{bank.id}/questions").follow("难度")
    assert order(page) == ["难度1。", "难度2。", "难度5。"]
    assert order(page.follow("难度")) == ["难度5。", "难度2。", "难度1。"]


def test_a_list_is_saved_found_again_shared_and_removed(site: Site) -> None:
    bank, browser = _writer(site)
    with site.writing() as session:
        make_question(session, make_bank(session), stem="消防题。")
        colleague = make_person(session, Role.REVIEWER)
    page = browser.get(f"/bank/{bank.id}/questions", query={"q": "消防", "kind": "B"})
    saved = page.submit("保存", name="我的消防题", is_shared="1")
    assert "已保存为“我的消防题”" in saved.text
    assert "消防题。" in browser.get(f"/bank/{bank.id}/questions").follow("我的消防题").text
    other = site.browse_as(colleague).get(f"/bank/{bank.id}/questions")
    assert "我的消防题 · 列表样例" in other.text
    assert other.find_all("button", aria_label="删除保存的列表 我的消防题") == []
    form = next(form for form in saved.find_all("form") if (form.get("action") or "").endswith("/remove"))
    done = browser.post(form.get("action", ""), form_values(form))
    assert "已删除保存的列表" in done.text
    assert "我的消防题 · " not in browser.get(f"/bank/{bank.id}/questions").text


def test_nobody_removes_the_list_of_another(site: Site) -> None:
    bank, _browser = _writer(site)
    with site.writing() as session:
        writer = make_person(session, Role.WRITER)
        saved = catalogue.save_filter(
            session, bank, "样例", {"kind": "B"}, is_shared=True, actor=writer, now=START
        )
        other = make_person(session, Role.WRITER)
    browser = site.browse_as(other)
    page = browser.get(f"/bank/{bank.id}/questions")
    token = page.find_all("input", name="csrf_token")[0].get("value")
    assert browser.post(f"/bank/filters/{saved.id}/remove", {"csrf_token": token}).status == 404


def test_a_list_without_a_name_or_a_condition_is_not_saved(site: Site) -> None:
    bank, browser = _writer(site)
    page = browser.get(f"/bank/{bank.id}/questions", query={"q": "消防"})
    assert "请为该列表命名" in page.submit("保存", name=" ").text


def test_who_has_a_duty_in_one_area_finds_only_that_area(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session)
        bank.is_restricted = True
        make_question(session, bank, stem="看得见。", point="A-A-001")
        make_question(session, bank, stem="看不见。", point="B-A-001")
        reviewer = make_person(session, Role.REVIEWER)
        session.add(
            Duty(
                bank_id=bank.id,
                person_id=reviewer.id,
                task="review",
                area="A",
                given_by_id=None,
                given_at=START,
                ended_by_id=None,
                ended_at=None,
            )
        )
    page = site.browse_as(reviewer).get(f"/bank/{bank.id}/questions")
    assert "看得见" in page.text
    assert "看不见" not in page.text
    assert "共 1 道试题" in page.text


def test_nonsense_in_the_address_is_left_out(site: Site) -> None:
    bank, browser = _writer(site)
    nonsense = "n=x&use=often&alarm=%01&since=2026-13-45&sort=stem&writer=1e9&difficulty=7&page=abc&kind=Z"
    page = browser.get(f"/bank/{bank.id}/questions?{nonsense}")
    assert page.status == 200
    assert "还没有试题" in page.text


def test_questions_of_a_stimulus_set_meet_and_differing_materials_are_said(site: Site) -> None:
    bank, browser = _writer(site)
    with site.writing() as session:
        writer = make_person(session, Role.WRITER)
        for number, material in enumerate(("同一材料。", "同一材料。", "另一材料。")):
            question, key = question_of(stem=f"问题{number}。")
            question = replace(question, material=material, stimulus="案例1")
            actions.write_question(session, make_bank(session), question, key, actor=writer, now=START)
    page = browser.get(f"/bank/{bank.id}/stimuli").follow("案例1")
    assert "材料不一致" in page.text
    assert "问题2" in page.text
    assert browser.get(f"/bank/{bank.id}/stimuli", query={"code": "没有"}).status == 404


def test_a_question_on_an_approved_paper_is_in_use(site: Site) -> None:
    bank, writer = _writer(site)
    with site.writing() as session:
        used = make_question(session, bank, status=VersionStatus.CONFIRMED, stem="在卷上的样题。")
        fresh = make_question(session, bank, status=VersionStatus.CONFIRMED, stem="未入卷的样题。")
        catalogue.record_use(session, "papers:1", {used.id: 0}, papers={used.id: 2}, at=START, title="样卷")
    page = writer.get(f"/bank/{bank.id}/questions")
    rows = {"使用中" in text_of(row): text_of(row) for row in page.find_all("tr") if "样题。" in text_of(row)}
    assert "在卷上的样题" in rows[True]
    assert "未入卷的样题" in rows[False]
    assert "使用中" in writer.get(f"/bank/versions/{used.id}").text
    assert "使用中" not in writer.get(f"/bank/versions/{fresh.id}").text


def test_drafts_that_are_not_ready_are_left_out_of_a_submission_with_the_reason(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session)
        writer = make_person(session, Role.WRITER)
        ready, (question, key) = (
            question_of(stem="写完的样题（ ）。"),
            question_of(stem="没有答案的样题（ ）。"),
        )
        drafts = [
            actions.write_question(session, bank, *made, actor=writer, now=START)
            for made in (ready, (question, replace(key, options=frozenset())))
        ]
    page = site.browse_as(writer).get(f"/bank/{bank.id}/questions")
    preview = page.submit("预览", act="submit", scope="page")
    assert preview.status == 200
    assert "没有标出正确答案" in preview.text
    assert preview.submit("确认，处理 1 道题").status == 200
    with site.reading() as session:
        standing = [session.get_one(QuestionVersion, one.id).status for one in drafts]
    assert standing == [VersionStatus.IN_REVIEW, VersionStatus.DRAFT]


def test_a_list_of_ones_own_is_nobody_elses(site: Site) -> None:
    bank, browser = _writer(site)
    with site.writing() as session:
        make_question(session, bank, stem="消防题。")
        colleague = make_person(session, Role.WRITER)
    browser.get(f"/bank/{bank.id}/questions", query={"q": "消防"}).submit("保存", name="只给自己")
    assert "只给自己" in browser.get(f"/bank/{bank.id}/questions").text
    other = site.browse_as(colleague)
    assert "只给自己" not in other.get(f"/bank/{bank.id}/questions").text
    other.get(f"/bank/{bank.id}/questions", query={"q": "消防", "kind": "B"}).submit("保存", name="只给自己")
    with site.reading() as session:
        saved = session.scalars(select(SavedFilter).order_by(SavedFilter.id)).all()
    assert [(one.owner_id == colleague.id, one.arguments) for one in saved] == [
        (False, {"q": "消防"}),
        (True, {"q": "消防", "kind": "B"}),
    ], "the same name is each person's own"


def test_reviewers_learn_from_no_list_who_wrote_what_waits_for_an_opinion(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session)
        one = make_person(session, Role.WRITER, name="样例命题甲")
        other = make_person(session, Role.WRITER, name="样例命题乙")
        make_question(session, bank, stem="甲在审。", author=one, status=VersionStatus.IN_REVIEW)
        make_question(session, bank, stem="乙在审。", author=other, status=VersionStatus.IN_REVIEW)
        old = make_question(session, bank, stem="乙已审定。", author=other)
        again, key = question_of(stem="乙修订在审。")
        row = session.get_one(QuestionRow, old.question_id)
        new = actions.write_version(session, row, again, key, actor=other, now=START)
        actions.submit(session, new, actor=other, now=START)
        reviewer, manager = make_person(session, Role.REVIEWER), make_person(session, Role.BANK_MANAGER)
    url = f"/bank/{bank.id}/questions"
    browser = site.browse_as(reviewer)
    page = browser.get(url)
    assert "乙修订在审" in page.text
    assert "样例命题" not in page.text, "neither in rows nor among the writers to choose from"
    narrowed = browser.get(url, query={"writer": one.id})
    assert "乙在审" in narrowed.text, "a list of one writer would tell"
    preview = page.submit("预览", act="retire", reason="样例", scope="all")
    token = preview.find_all("input", name="csrf_token")[0].get("value")
    asked = {"csrf_token": token, "act": "retire", "reason": "样例", "scope": "all", "writer": str(one.id)}
    told = browser.post(f"/bank/{bank.id}/bulk", asked)
    assert "乙在审" in told.text
    assert "甲在审" in told.text
    page = site.browse_as(manager).get(url, query={"writer": one.id})
    assert "甲在审" in page.text
    assert "乙在审" not in page.text
    assert "样例命题甲" in page.text


def test_every_page_of_vetted_questions_and_every_preview_is_on_the_record_once(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session)
        vetted = make_question(session, bank, stem="已审定。")
        make_question(session, bank, stem="草稿。", status=VersionStatus.DRAFT)
        writer = make_person(session, Role.WRITER)
    browser = site.browse_as(writer)
    url = f"/bank/{bank.id}/questions"
    browser.get(url, query={"status": "draft"})
    browser.get(url, query={"q": "已审"}).submit("预览", act="tag", tag="医院", scope="all")
    with site.reading() as session:
        looks = session.scalars(
            select(AuditRecord).where(AuditRecord.act == "question.view").order_by(AuditRecord.sequence)
        ).all()
    assert [look.detail for look in looks] == [
        {"versions": [vetted.id], "page": 1, "filters": {"q": "已审"}},
        {"versions": [vetted.id], "purpose": "tag"},
    ]
