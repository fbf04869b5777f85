"""Outlines written by hand, edition after edition, through the door."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from examsite.access.models import Person
from examsite.access.permissions import Role
from examsite.authoring import queries
from examsite.authoring.models import Bank, OutlineRow, QuestionVersion, VersionStatus
from examsite.authoring.secrecy.actions import name_person, restrict
from examsite.authoring.secrecy.models import DutyTask
from examsite.authoring.vetting.models import ReviewTask
from examsite.planning import reproduction
from question_bank.outlines.tree import outline_from_document
from tests.browse import Browse
from tests.conftest import Site
from tests.factories import (
    make_approved_bank,
    make_bank,
    make_outline,
    make_paper_set,
    make_person,
    make_plan,
    make_question,
    make_specification,
)

LINES = "A 职业道德 40\nB 消防 60"


def writer_of(site: Site) -> Browse:
    with site.writing() as session:
        writer = make_person(session, Role.WRITER)
    return site.browse_as(writer)


@pytest.fixture
def bank(site: Site) -> Bank:
    with site.writing() as session:
        return make_bank(session)


def outline_rows(session: Session) -> list[OutlineRow]:
    return list(session.scalars(select(OutlineRow).order_by(OutlineRow.id)))


def test_an_outline_is_written_from_nothing_and_published(site: Site, bank: Bank) -> None:
    browser = writer_of(site)
    page = browser.get(f"/bank/{bank.id}/outlines/new").submit("开始编写", name="手写细目表", copy="no")
    page = page.submit("存入并编辑下一范围", areas=LINES, source="样例依据")
    assert "鉴定范围 A 职业道德" in page.heading
    page = page.submit("存入并编辑下一范围", points="守则 X\n002 道德的概念 Y")
    page = page.submit("保存", areas="A 灭火 60")
    assert "A-001" in page.text
    page = page.follow("B-A 灭火").submit("保存", points="1 灭火器的使用 X")
    page = page.submit("发布细目表")
    with site.reading() as session:
        found = queries.published_outline(session, bank.id)
        assert found is not None
        assert [point.code for point in found[1].points] == ["A-001", "A-002", "B-A-001"]
        assert (found[1].name, found[1].source) == ("手写细目表", "样例依据")


def test_faults_are_named_by_line_and_nothing_typed_is_lost(site: Site, bank: Bank) -> None:
    page = writer_of(site).get(f"/bank/{bank.id}/outlines/new").submit("开始编写", copy="no")
    page = page.submit("保存", areas="A 职业道德 40\nB 消防")
    assert page.status == 422
    assert "第 2 行" in page.text
    assert "行末缺少比重" in page.text
    assert "B 消防" in page.text


def test_weights_that_do_not_sum_up_are_shown_and_hinder_publishing(site: Site, bank: Bank) -> None:
    page = writer_of(site).get(f"/bank/{bank.id}/outlines/new").submit("开始编写", copy="no")
    page = page.submit("保存", areas="A 职业道德 40\nB 消防 50")
    assert "一级比重合计 90%，应为 100%" in page.text
    refused = page.submit("发布细目表")
    assert refused.status == 409


def test_two_people_who_write_one_draft_do_not_overwrite_each_other(site: Site, bank: Bank) -> None:
    with site.writing() as session:
        draft = make_outline(session, bank, areas=2, published=False)
    first = writer_of(site).get(f"/bank/outlines/{draft.id}/edit?area=A-A")
    second = writer_of(site).get(f"/bank/outlines/{draft.id}/edit?area=A-A")
    assert first.submit("保存", name="甲写的").status == 200
    page = second.submit("保存", name="乙写的")
    assert page.status == 409
    assert "他人修改了本草稿" in page.text
    assert "乙写的" in str(page.find_all("input", name="name")[0].get("value"))
    page.submit("保存")
    with site.reading() as session:
        area = outline_from_document(session.get_one(OutlineRow, draft.id).document).area("A-A")
        assert area is not None
        assert area.name == "乙写的"


def test_a_published_outline_is_not_written(site: Site, bank: Bank) -> None:
    with site.writing() as session:
        row = make_outline(session, bank)
    assert writer_of(site).get(f"/bank/outlines/{row.id}/edit").status == 409


def test_a_published_outline_goes_back_to_draft_while_nothing_rests_on_it(site: Site, bank: Bank) -> None:
    with site.writing() as session:
        row = make_outline(session, bank)
    page = writer_of(site).get(f"/bank/outlines/{row.id}").submit("改回草稿")
    assert "编辑细目表" in page.text


def test_what_papers_rest_on_is_frozen(site: Site) -> None:
    with site.writing() as session:
        bank = make_approved_bank(session, 160)
        make_specification(session, bank)
        [row] = outline_rows(session)
        assert row.referenced_at is not None
    page = writer_of(site).get(f"/bank/outlines/{row.id}")
    assert "改回草稿" not in page.text
    assert "内容已冻结" in page.text
    for statement in (
        "UPDATE outlines SET status = 'draft' WHERE id = :id",
        "UPDATE outlines SET document = '{}' WHERE id = :id",
        "DELETE FROM outlines WHERE id = :id",
    ):
        with pytest.raises(DBAPIError), site.writing() as session:
            session.execute(text(statement), {"id": row.id})


def test_an_outline_that_specifications_rest_on_is_refused_at_the_address_too(site: Site) -> None:
    with site.writing() as session:
        bank = make_approved_bank(session, 160)
        [row] = outline_rows(session)
    page = writer_of(site).get(f"/bank/outlines/{row.id}")
    with site.writing() as session:
        make_specification(session, session.get_one(Bank, bank.id))
    assert page.submit("改回草稿").status == 409


def new_edition(site: Site, areas: str, points: dict[str, str]) -> tuple[Browse, int]:
    """The draft of an edition after the one in force, written by hand; who wrote it and its id."""
    browser = writer_of(site)
    with site.reading() as session:
        [row] = outline_rows(session)
    page = browser.get(f"/bank/outlines/{row.id}").submit("编写新版")
    if areas:
        page.submit("保存", areas=areas)
    with site.reading() as session:
        draft = outline_rows(session)[-1].id
    for code, lines in points.items():
        browser.get(f"/bank/outlines/{draft}/edit?area={code}").submit("保存", points=lines)
    return browser, draft


def test_a_new_edition_asks_where_points_with_questions_went(site: Site, bank: Bank) -> None:
    with site.writing() as session:
        make_outline(session, bank, areas=2, points=3)
        version = make_question(session, bank, point="A-A-001")
        make_question(session, bank, point="A-A-002", status=VersionStatus.RETIRED)
    browser, draft = new_edition(site, "", {"A-A": "005 全新认定点 X"})
    page = browser.get(f"/bank/outlines/{draft}")
    assert "尚未指明去向" in page.text
    assert page.submit("发布细目表").status == 409
    page = browser.get(f"/bank/outlines/{draft}/mapping")
    assert page.submit("保存去向", **{"to:A-A-001": "A-A-999"}).status == 422
    page = page.submit("保存去向", **{"to:A-A-001": "A-A-005"}).submit("发布细目表")
    with site.reading() as session:
        row = session.get_one(QuestionVersion, version.id)
        assert row.point == "A-A-005"
        assert row.document["point"] == "A-A-001"
        assert row.content_hash == version.content_hash


def test_points_that_change_places_do_not_get_mixed_up(site: Site, bank: Bank) -> None:
    with site.writing() as session:
        make_outline(session, bank, areas=2, points=2)
        one = make_question(session, bank, point="A-A-001")
        two = make_question(session, bank, point="A-A-002")
    browser, draft = new_edition(site, "", {"A-A": "001 样例认定点A2\n002 样例认定点A1"})
    page = browser.get(f"/bank/outlines/{draft}/mapping")
    assert "名称相同，位置不同" in page.text
    page.submit("保存去向").submit("发布细目表")
    with site.reading() as session:
        assert session.get_one(QuestionVersion, one.id).point == "A-A-002"
        assert session.get_one(QuestionVersion, two.id).point == "A-A-001"


def test_a_point_that_was_given_up_leaves_its_questions_outside(site: Site, bank: Bank) -> None:
    with site.writing() as session:
        make_outline(session, bank, areas=2, points=2)
        version = make_question(session, bank, point="A-A-001")
    browser, draft = new_edition(site, "", {"A-A": "002 样例认定点A2"})
    page = browser.get(f"/bank/outlines/{draft}/mapping").submit("保存去向", **{"to:A-A-001": "-"})
    assert page.submit("发布细目表").status == 200
    with site.reading() as session:
        assert session.get_one(QuestionVersion, version.id).point == "A-A-001"


def test_an_edition_in_which_nothing_moved_is_published_at_once(site: Site, bank: Bank) -> None:
    with site.writing() as session:
        make_outline(session, bank, areas=2, points=2)
        make_question(session, bank, point="A-A-001")
    browser, draft = new_edition(site, "", {"A-A": "1 样例认定点A1 X\n2 样例认定点A2 Y\n3 新增 Z"})
    assert "认定点没有变化" in browser.get(f"/bank/outlines/{draft}/mapping").text
    assert browser.get(f"/bank/outlines/{draft}").submit("发布细目表").status == 200


def test_papers_are_made_again_exactly_after_questions_moved(site: Site) -> None:
    with site.writing() as session:
        bank = make_approved_bank(session, 160)
        plan = make_plan(session, bank)
        papers = make_paper_set(session, plan)
    lines = "\n".join(f"{n:03} 样例认定点A{n}" for n in (2, 3, 4, 5)) + "\n009 样例认定点A1"
    browser, draft = new_edition(site, "", {"A-A": lines})
    browser.get(f"/bank/outlines/{draft}/mapping").submit("保存去向").submit("发布细目表")
    with site.writing() as session:
        assert session.scalars(select(QuestionVersion.id).where(QuestionVersion.point == "A-A-009")).first()
        assert reproduction.reproduce(session, papers.id).is_exact
        later = make_paper_set(
            session,
            plan,
            make_specification(session, session.get_one(Bank, bank.id), name="新版规则"),
            seed="另一种子",
        )
    with site.writing() as session:
        assert reproduction.reproduce(session, later.id).is_exact


def test_open_reviews_follow_questions_that_moved_to_another_area(site: Site, bank: Bank) -> None:
    with site.writing() as session:
        bank = session.get_one(Bank, bank.id)
        make_outline(session, bank, areas=2, points=2)
        manager = make_person(session, Role.BANK_MANAGER)
        restrict(session, bank, actor=manager, now=site.now)
        here, there = make_person(session, Role.REVIEWER), make_person(session, Role.REVIEWER)
        for person, task, area in (
            (manager, DutyTask.MANAGE, ""),
            (here, DutyTask.REVIEW, "A"),
            (there, DutyTask.REVIEW, "B"),
        ):
            name_person(session, bank, person, task, area, None, actor=manager, now=site.now)
        version = make_question(session, bank, point="A-A-001", status=VersionStatus.IN_REVIEW)
    assert asked(site, version) == here.id
    browser = site.browse_as(manager)
    page = browser.get(f"/bank/outlines/{newest_outline(site)}").submit("编写新版")
    draft = newest_outline(site)
    page = browser.get(f"/bank/outlines/{draft}/edit?area=A-A").submit("保存", points="002 样例认定点A2")
    page = browser.get(f"/bank/outlines/{draft}/mapping")
    assert page.submit("保存去向", **{"to:A-A-001": "B-A-001"}).submit("发布细目表").status == 200
    assert asked(site, version) == there.id


def newest_outline(site: Site) -> int:
    with site.reading() as session:
        return outline_rows(session)[-1].id


def asked(site: Site, version: QuestionVersion) -> int | None:
    """Whom the open task of a version asks."""
    with site.reading() as session:
        query = select(ReviewTask.reviewer_id).where(
            ReviewTask.version_id == version.id, ReviewTask.ended_at.is_(None)
        )
        return session.scalars(query).one()


# ---- coverage


def test_the_heat_map_sets_supply_against_need(site: Site) -> None:
    with site.writing() as session:
        bank = make_approved_bank(session, 160)
        make_specification(session, bank)
        staff = make_person(session, Role.STAFF)
    page = site.browse_as(staff).get(f"/plans/coverage/{bank.id}")
    assert "需 1.2" in page.text
    assert "A-A-001" in page.text
    assert "A-A-001" not in page.follow("只看范围").text


def test_a_thin_bank_shows_what_is_missing(site: Site, bank: Bank) -> None:
    with site.writing() as session:
        bank = session.get_one(Bank, bank.id)
        make_outline(session, bank)
        make_question(session, bank, point="A-A-001")
        make_specification(session, bank)
        manager = make_person(session, Role.BANK_MANAGER)
    page = site.browse_as(manager).get(f"/plans/coverage/{bank.id}")
    assert "可用试题不足一卷所需" in page.text
    assert "有 20 个认定点不足 4 题" in page.text


def test_a_bank_that_waits_for_the_province_covers_nothing(site: Site, bank: Bank) -> None:
    with site.writing() as session:
        bank = session.get_one(Bank, bank.id)
        make_outline(session, bank)
        make_question(session, bank, point="A-A-001")
        bank.needs_confirmation = True
        manager = make_person(session, Role.BANK_MANAGER)
    page = site.browse_as(manager).get(f"/plans/coverage/{bank.id}")
    assert "有 20 个认定点不足 4 题" in page.text
    assert not [cell for cell in page.find_all("td", class_="number") if (cell.text or "").strip() == "1"]


def test_the_map_of_somebody_elses_bank_is_not_there(site: Site, bank: Bank) -> None:
    from tests.factories import make_institution

    with site.writing() as session:
        other: Person = make_person(session, Role.STAFF, institution=make_institution(session, "别处"))
    assert site.browse_as(other).get(f"/plans/coverage/{bank.id}").status == 404
