"""Acts on many questions: seen first, confirmed, and done to exactly what was seen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from examsite.access.permissions import Role
from examsite.audit import AuditRecord
from examsite.authoring import actions
from examsite.authoring.catalogue import acts
from examsite.authoring.catalogue.models import QuestionTag
from examsite.authoring.models import Bank, QuestionVersion, VersionStatus
from tests.browse import Browse
from tests.conftest import START, Site
from tests.factories import make_bank, make_person, make_question


def _bank(site: Site, role: Role) -> tuple[Bank, Browse]:
    """A bank with two drafts of the person, one of somebody else, and two approved questions."""
    with site.writing() as session:
        bank = make_bank(session)
        person = make_person(session, role)
        for number in (1, 2):
            make_question(
                session, bank, stem=f"本人草稿{number}。", status=VersionStatus.DRAFT, author=person
            )
            make_question(session, bank, stem=f"已审定{number}。")
        make_question(session, bank, stem="他人草稿。", status=VersionStatus.DRAFT)
    return bank, site.browse_as(person)


def _statuses(site: Site) -> dict[str, str]:
    with site.reading() as session:
        rows = session.execute(select(QuestionVersion.stem, QuestionVersion.status)).all()
        return dict(rows)


def _tagged(site: Site) -> set[int]:
    with site.reading() as session:
        return set(session.scalars(select(QuestionTag.question_id)))


def test_own_drafts_are_submitted_and_the_others_are_left_out_with_the_reason(site: Site) -> None:
    bank, browser = _bank(site, Role.WRITER)
    preview = browser.get(f"/bank/{bank.id}/questions").submit("预览", act="submit", scope="all")
    assert "将送审：共 2 道试题" in preview.text
    assert "由他人编写，须由编写人本人提交。 1" in preview.text
    assert "不是草稿。 2" in preview.text
    assert set(_statuses(site).values()) == {"draft", "approved"}, "a preview does nothing"
    done = preview.submit("确认，处理 2 道题")
    assert "提交本人草稿送审：已处理 2 道题" in done.text
    assert _statuses(site)["本人草稿1。"] == "in_review"
    assert _statuses(site)["他人草稿。"] == "draft"
    with site.reading() as session:
        recorded = session.scalars(select(AuditRecord.act)).all()
    assert recorded.count("question.submit") >= 2


def test_ticked_questions_alone_are_retired_with_the_reason_on_record(site: Site) -> None:
    bank, browser = _bank(site, Role.REVIEWER)
    with site.reading() as session:
        one = session.scalars(select(QuestionVersion.id).where(QuestionVersion.stem == "已审定1。")).one()
    page = browser.get(f"/bank/{bank.id}/questions")
    missing = page.submit("预览", act="retire", version=[str(one)], scope="ticked")
    assert missing.status == 422
    assert "请说明原因" in missing.text
    [box] = [b for b in missing.find_all("input", name="version") if b.get("value") == str(one)]
    assert "checked" in box.attrib, "what was ticked stays ticked"
    done = missing.submit("预览", reason="条例已修订").submit("确认，处理 1 道题")
    assert done.status == 200
    assert _statuses(site)["已审定1。"] == "retired"
    assert _statuses(site)["已审定2。"] == "approved"
    with site.reading() as session:
        record = session.scalars(select(AuditRecord).where(AuditRecord.act == "question.retire")).one()
    assert record.detail["reason"] == "条例已修订"


def test_a_tag_is_given_to_a_page_and_taken_from_the_list_without_new_versions(site: Site) -> None:
    bank, browser = _bank(site, Role.WRITER)
    page = browser.get(f"/bank/{bank.id}/questions", query={"status": "approved"})
    page.submit("预览", act="tag", tag="银行金融", scope="page").submit("确认")
    assert len(_tagged(site)) == 2
    again = browser.get(f"/bank/{bank.id}/questions").submit("预览", act="tag", tag="银行金融", scope="all")
    assert "将添加标签：共 3 道试题" in again.text
    assert "已有该标签。 2" in again.text
    narrowed = browser.get(f"/bank/{bank.id}/questions", query={"industry": "银行金融"})
    assert "共 2 道试题" in narrowed.text
    narrowed.submit("预览", act="untag", tag="银行金融", scope="all").submit("确认")
    assert _tagged(site) == set()
    with site.reading() as session:
        assert set(session.scalars(select(QuestionVersion.number))) == {1}


def test_nothing_is_done_where_the_questions_changed_since_the_preview(site: Site) -> None:
    bank, browser = _bank(site, Role.WRITER)
    preview = browser.get(f"/bank/{bank.id}/questions").submit("预览", act="submit", scope="all")
    with site.writing() as session:
        draft = session.scalars(select(QuestionVersion).where(QuestionVersion.stem == "本人草稿2。")).one()
        author = make_person(session, Role.WRITER)
        actions.submit(session, draft, actor=author, now=START)
    page = preview.submit("确认，处理 2 道题")
    assert page.status == 409
    assert "未作任何处理" in page.text
    assert _statuses(site)["本人草稿1。"] == "draft"
    page.submit("确认，处理 1 道题")
    assert _statuses(site)["本人草稿1。"] == "in_review"


def test_without_a_choice_the_page_says_what_to_do(site: Site) -> None:
    bank, browser = _bank(site, Role.WRITER)
    page = browser.get(f"/bank/{bank.id}/questions").submit("预览", act="submit", scope="ticked")
    assert page.status == 422
    assert "请先勾选试题" in page.text


def test_an_act_that_is_not_ones_own_is_not_offered_and_does_not_exist(site: Site) -> None:
    bank, browser = _bank(site, Role.WRITER)
    page = browser.get(f"/bank/{bank.id}/questions")
    assert "retire" not in {option.get("value") for option in page.find_all("option")}
    assert page.submit("预览", act="retire", scope="all").status == 404


def test_questions_of_another_bank_are_not_taken_however_they_are_named(site: Site) -> None:
    bank, browser = _bank(site, Role.WRITER)
    with site.writing() as session:
        other = make_question(session, make_bank(session, "另一题库"), status=VersionStatus.DRAFT)
    page = browser.get(f"/bank/{bank.id}/questions")
    answer = page.submit("预览", act="tag", tag="医院", scope="ticked", version=[str(other.id)])
    assert answer.status == 422
    assert _tagged(site) == set()


def test_too_many_at_once_are_refused_before_anything_is_read(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank, browser = _bank(site, Role.WRITER)
    monkeypatch.setitem(acts.ACTS, "submit", replace(acts.ACTS["submit"], most=1))
    page = browser.get(f"/bank/{bank.id}/questions").submit("预览", act="submit", scope="all")
    assert page.status == 422
    assert "一次最多处理 1 道题" in page.text
