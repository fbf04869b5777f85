"""A second person approves: in the pages, in the actions and in the database."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from examsite.access.models import Person
from examsite.access.permissions import Role
from examsite.authoring import actions
from examsite.authoring.models import Opinion, QuestionRow, QuestionVersion, VersionStatus
from tests.conftest import START, Site
from tests.factories import make_bank, make_institution, make_person, make_question, question_of

WAITING = VersionStatus.IN_REVIEW


def _status(site: Site, version: QuestionVersion) -> str:
    with site.reading() as session:
        return str(session.scalar(select(QuestionVersion.status).where(QuestionVersion.id == version.id)))


def _reviewer(site: Site, *roles: Role) -> Person:
    with site.writing() as session:
        return make_person(session, Role.REVIEWER, *roles)


def test_a_reviewer_approves_what_somebody_else_wrote(site: Site) -> None:
    with site.writing() as session:
        version = make_question(session, make_bank(session), status=WAITING)
    page = site.browse_as(_reviewer(site)).get("/bank/review").follow("细看、评分或退回")
    assert "样例解析" in page.text
    assert "样例依据" in page.text
    assert "已签署意见：A 采用" in page.submit("A 采用").text
    assert _status(site, version) == "approved"


def test_returning_needs_a_comment_and_the_author_reads_it(site: Site) -> None:
    with site.writing() as session:
        writer = make_person(session, Role.WRITER)
        version = make_question(session, make_bank(session), status=WAITING, author=writer)
    page = site.browse_as(_reviewer(site)).get(f"/bank/review/{version.id}")
    refused = page.submit("退回修改", comment="  ")
    assert refused.status == 422
    assert "写明需要修改之处" in refused.text
    assert "已签署意见：C 退回修改" in page.submit("退回修改", comment="请注明条款").text
    assert _status(site, version) == "returned"
    assert "请注明条款" in site.browse_as(writer).get(f"/bank/versions/{version.id}").text


def test_nobody_approves_what_they_wrote(site: Site) -> None:
    both = _reviewer(site, Role.WRITER)
    with site.writing() as session:
        version = make_question(session, make_bank(session), status=WAITING, author=both)
    browser = site.browse_as(both)
    assert "没有待您审定的试题" in browser.get("/bank/review").text
    page = browser.get(f"/bank/review/{version.id}")
    assert "由您本人编写或上传" in page.text
    forged = browser.post(f"/bank/review/{version.id}", {"code": "A", "csrf_token": _token(page)})
    assert forged.status == 409
    assert _status(site, version) == "in_review"


def test_nobody_approves_a_later_version_of_what_they_wrote(site: Site) -> None:
    both = _reviewer(site, Role.WRITER)
    with site.writing() as session:
        first = make_question(session, make_bank(session), status=WAITING, author=both)
        editor = make_person(session, Role.WRITER)
        row = session.get_one(QuestionRow, first.question_id)
        second = actions.write_version(session, row, *question_of(), actor=editor, now=START)
        actions.submit(session, second, actor=editor, now=START)
    with pytest.raises(actions.OwnWork), site.writing() as session:
        actions.approve(session, session.get_one(QuestionVersion, second.id), actor=both, now=START)


def test_the_database_refuses_an_own_opinion_and_an_approval_without_one(site: Site) -> None:
    both = _reviewer(site, Role.WRITER)
    with site.writing() as session:
        version = make_question(session, make_bank(session), status=WAITING, author=both)
    with pytest.raises(DBAPIError, match="nobody judges"), site.writing() as session:
        session.execute(
            insert(Opinion).values(version_id=version.id, reviewer_id=both.id, code="A", comment="", at=START)
        )
    with pytest.raises(DBAPIError, match="approved by an opinion"), site.writing() as session:
        session.execute(
            text("UPDATE question_versions SET status = 'approved' WHERE id = :id"), {"id": version.id}
        )


def test_the_content_of_a_version_never_changes(site: Site) -> None:
    with site.writing() as session:
        version = make_question(session, make_bank(session), status=WAITING)
    with pytest.raises(DBAPIError, match="frozen"), site.writing() as session:
        session.execute(text("UPDATE question_versions SET stem = 'x' WHERE id = :id"), {"id": version.id})


def test_only_one_version_of_a_question_is_approved(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session)
        first = make_question(session, bank, status=VersionStatus.SUPERSEDED)
    with site.reading() as session:
        statuses = session.scalars(
            select(QuestionVersion.status)
            .where(QuestionVersion.question_id == first.question_id)
            .order_by(QuestionVersion.number)
        ).all()
    assert statuses == ["superseded", "approved"]


def test_an_older_version_is_not_judged_once_there_is_a_newer(site: Site) -> None:
    reviewer = _reviewer(site)
    with site.writing() as session:
        first = make_question(session, make_bank(session), status=WAITING)
        editor = make_person(session, Role.WRITER)
        row = session.get_one(QuestionRow, first.question_id)
        actions.write_version(session, row, *question_of(), actor=editor, now=START)
    with pytest.raises(actions.NewerVersion), site.writing() as session:
        actions.approve(session, session.get_one(QuestionVersion, first.id), actor=reviewer, now=START)


def test_a_version_is_judged_once(site: Site) -> None:
    with site.writing() as session:
        version = make_question(session, make_bank(session), status=WAITING)
    mine = site.browse_as(_reviewer(site)).get(f"/bank/review/{version.id}")
    theirs = site.browse_as(_reviewer(site)).get(f"/bank/review/{version.id}")
    mine.submit("A 采用")
    late = theirs.submit("退回修改", comment="晚了")
    assert late.status == 409
    assert "其间已有人审定" in late.text
    assert _status(site, version) == "approved"


def test_several_are_approved_on_one_page(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session)
        versions = [make_question(session, bank, status=WAITING) for _n in range(3)]
    page = site.browse_as(_reviewer(site)).get("/bank/review")
    chosen = [str(version.id) for version in versions[:2]]
    assert "请先勾选" in page.submit("审定通过所选试题").text
    unsure = page.submit("审定通过所选试题", version=chosen)
    assert unsure.status == 422
    assert len([e for e in unsure.find_all("input", name="version") if "checked" in e.attrib]) == 2
    done = unsure.submit("审定通过所选试题", version=chosen, confirm="1")
    assert "已对 2 道试题签署意见：A 采用" in done.text
    assert [_status(site, version) for version in versions] == ["approved", "approved", "in_review"]


def test_one_that_was_judged_meanwhile_keeps_all_from_being_approved(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session)
        versions = [make_question(session, bank, status=WAITING) for _n in range(2)]
    page = site.browse_as(_reviewer(site)).get("/bank/review")
    other = site.browse_as(_reviewer(site)).get(f"/bank/review/{versions[0].id}")
    other.submit("退回修改", comment="请改")
    late = page.submit("审定通过所选试题", version=[str(version.id) for version in versions], confirm="1")
    assert late.status == 409
    assert _status(site, versions[1]) == "in_review"


def test_the_queue_is_narrowed_by_bank_area_and_kind(site: Site) -> None:
    with site.writing() as session:
        one, two = make_bank(session, "甲样题库"), make_bank(session, "乙样题库")
        make_question(session, one, status=WAITING, stem="消防样题（ ）。", point="A-A-001")
        make_question(session, two, status=WAITING, stem="巡逻样题（ ）。", point="B-A-001")
    browser = site.browse_as(_reviewer(site))
    assert "消防" not in browser.get("/bank/review", query={"bank": str(two.id)}).text
    assert "巡逻" not in browser.get("/bank/review", query={"area": "a-a"}).text
    assert "没有待您审定的试题" in browser.get("/bank/review", query={"kind": "C"}).text


def test_questions_of_other_institutions_are_out_of_reach(site: Site) -> None:
    with site.writing() as session:
        version = make_question(session, make_bank(session), status=WAITING)
        other = make_institution(session, "别处的样例中心")
        stranger = make_person(session, Role.REVIEWER, institution=other)
        writer = make_person(session, Role.WRITER)
    browser = site.browse_as(stranger)
    queue = browser.get("/bank/review")
    assert "没有待您审定的试题" in queue.text
    assert browser.get(f"/bank/review/{version.id}").status == 404
    assert site.browse_as(writer).get("/bank/review").status == 403


def test_another_opinion_on_several_needs_its_comment(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session)
        versions = [make_question(session, bank, status=WAITING) for _n in range(2)]
    page = site.browse_as(_reviewer(site)).get("/bank/review")
    chosen = [str(version.id) for version in versions]
    assert page.submit("C 退回修改", version=chosen, confirm="1").status == 422
    done = page.submit("C 退回修改", version=chosen, confirm="1", comment="来源已失效")
    assert "已对 2 道试题签署意见：C 退回修改" in done.text
    assert [_status(site, version) for version in versions] == ["returned", "returned"]


def test_an_approved_question_is_retired_with_a_reason(site: Site) -> None:
    with site.writing() as session:
        version = make_question(session, make_bank(session))
    page = site.browse_as(_reviewer(site)).get(f"/bank/versions/{version.id}")
    assert page.submit("停用此题").status == 422
    assert "此题已停用" in page.submit("停用此题", reason="条款已修订").text
    assert _status(site, version) == "retired"


def _token(page: object) -> str:
    from tests.browse import Page

    assert isinstance(page, Page)
    return page.find_all("input", name="csrf_token")[0].get("value", "")
