"""Specifications: typed or imported, checked, approved by another person."""

from __future__ import annotations

import io
from typing import Any

import xlsxwriter
from sqlalchemy import func, select

from examsite.access.permissions import Role
from examsite.authoring.models import Bank
from examsite.authoring.outlines import verify
from examsite.authoring.queries import published_outline
from examsite.planning.models import PaperSet, Plan, SpecificationRow
from examsite.planning.specifications import approve
from tests.conftest import Site
from tests.factories import (
    make_bank,
    make_institution,
    make_paper_set,
    make_person,
    make_plan,
    make_specification,
)

SECTIONS = [["题库名称", "题型", "题量", "每题分数"]]
SHARES = [["1级代码", "1级比重(%)", "2级代码", "2级比重(%)"]]


def workbook(sections: list[list[Any]], shares: list[list[Any]]) -> io.BytesIO:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        for name, rows in (("题型分布", sections), ("知识点分布", shares)):
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    content.seek(0)
    return content


def good_workbook(bank: str) -> io.BytesIO:
    sections = [*SECTIONS, [bank, "B(单选题)", 10, 5], [bank, "C(判断题)", 10, 5]]
    shares = [*SHARES, *([letter, 25, "A", 25] for letter in "ABCD")]
    return workbook(sections, shares)


def test_a_form_takes_its_shares_from_the_outline_in_force(site: Site) -> None:
    with site.writing() as session:
        plan = make_plan(session)
        staff = make_person(session, Role.STAFF)
    page = site.browse_as(staff).get(f"/plans/{plan.id}").follow("新建组题规则")
    made = page.submit(
        "保存为草稿",
        name="三级理论",
        **{
            "sections-0-count": "100",
            "sections-0-points": "0.5",
            "sections-1-count": "20",
            "sections-1-points": "2.5",
        },
    )
    assert made.heading == "三级理论"
    assert "草稿" in made.text
    assert "0.5" in made.text
    assert "样例范围D之一" in made.text
    assert "未核实" in made.text
    with site.reading() as session:
        row = session.scalars(select(SpecificationRow)).one()
    assert [s["count"] for s in row.document["sections"]] == [100, 20]
    assert [s["percent"] for s in row.document["shares"]] == ["25"] * 4


def test_a_total_other_than_100_is_refused_and_what_was_typed_stays(site: Site) -> None:
    with site.writing() as session:
        plan = make_plan(session)
        staff = make_person(session, Role.STAFF)
    page = site.browse_as(staff).get(f"/plans/{plan.id}/specifications/new")
    refused = page.submit(
        "保存为草稿", name="缺分", **{"sections-2-count": "30", "sections-2-points": "3.25"}
    )
    assert refused.status == 422
    assert "各题型合计 97.50 分，应为 100 分" in refused.text
    assert "0.5 的正整数倍" in refused.text
    assert refused.form("保存为草稿").find(".//input[@name='sections-2-count']").get("value") == "30"  # type: ignore[union-attr]
    nothing = page.submit("保存为草稿", name="空")
    assert "没有题型" in nothing.text
    with site.reading() as session:
        assert session.scalar(select(func.count()).select_from(SpecificationRow)) == 0


def test_a_bank_without_outline_gives_no_shares(site: Site) -> None:
    with site.writing() as session:
        plan = make_plan(session, make_bank(session))
        staff = make_person(session, Role.STAFF)
    page = site.browse_as(staff).get(f"/plans/{plan.id}/specifications/new")
    assert "没有已发布的细目表" in page.text
    refused = page.submit(
        "保存为草稿", name="无比重", **{"sections-0-count": "100", "sections-0-points": "1"}
    )
    assert refused.status == 422
    assert "没有知识点分布" in refused.text


def test_kinds_that_people_mark_are_pointed_out(site: Site) -> None:
    with site.writing() as session:
        plan = make_plan(session)
        staff = make_person(session, Role.STAFF)
    page = site.browse_as(staff).get(f"/plans/{plan.id}/specifications/new")
    made = page.submit(
        "保存为草稿",
        name="含案例",
        **{
            "sections-0-count": "80",
            "sections-0-points": "1",
            "sections-7-count": "1",
            "sections-7-points": "20",
        },
    )
    assert made.status == 200
    assert "案例分析题中不能由机器评分的题目由人工评分" in made.text


def test_another_person_approves_a_specification(site: Site) -> None:
    with site.writing() as session:
        plan = make_plan(session)
        staff = make_person(session, Role.STAFF)
        colleague = make_person(session, Role.STAFF)
    page = site.browse_as(staff).get(f"/plans/{plan.id}/specifications/new")
    values = {"sections-0-count": "100", "sections-0-points": "1"}
    mine = page.submit("保存为草稿", name="单选百题", **values)
    assert "须由他人批准" in mine.text
    token = page.form("保存为草稿").find(".//input[@name='csrf_token']").get("value")  # type: ignore[union-attr]
    own = mine.browse.post(f"{mine.url}/approve", {"csrf_token": token})
    assert own.status == 409
    approved = site.browse_as(colleague).get(mine.url).submit("批准本规则")
    assert "组题规则已批准" in approved.text
    assert "批准本规则" not in approved.text
    with site.reading() as session:
        row = session.scalars(select(SpecificationRow)).one()
        assert (row.status, row.created_by_id, row.approved_by_id) == ("approved", staff.id, colleague.id)


def test_a_rule_workbook_is_previewed_then_kept(site: Site) -> None:
    with site.writing() as session:
        plan = make_plan(session)
        bank = session.get_one(Bank, plan.bank_id)
        staff = make_person(session, Role.STAFF)
    page = site.browse_as(staff).get(f"/plans/{plan.id}").follow("导入组题规则")
    preview = page.submit("读取工作簿", _files={"file": (good_workbook(bank.name), "规则.xlsx")})
    assert preview.status == 200
    assert "工作簿内容预览" in preview.heading
    assert "单选题" in preview.text
    assert "样例范围A之一" in preview.text
    with site.reading() as session:
        assert session.scalar(select(func.count()).select_from(SpecificationRow)) == 0
    kept = preview.submit("保存为草稿", name="导入的规则")
    assert kept.heading == "导入的规则"
    with site.reading() as session:
        row = session.scalars(select(SpecificationRow)).one()
    assert [(s["kind"], s["count"], s["points"]) for s in row.document["sections"]] == [
        ("B", 10, "5"),
        ("C", 10, "5"),
    ]


def test_problems_of_a_rule_workbook_name_their_cell(site: Site) -> None:
    with site.writing() as session:
        plan = make_plan(session)
        bank = session.get_one(Bank, plan.bank_id)
        staff = make_person(session, Role.STAFF)
    sections = [*SECTIONS, [bank.name, "B(单选题)", "十", 5], [bank.name, "C(判断题)", 10, 5]]
    shares = [*SHARES, *([letter, 25, "A", 25] for letter in "ABCD")]
    page = site.browse_as(staff).get(f"/plans/{plan.id}/specifications/import")
    preview = page.submit("读取工作簿", _files={"file": (workbook(sections, shares), "规则.xlsx")})
    assert "工作表“题型分布” 第 2 行 C 列" in preview.text
    assert "没有可用的组题规则" in preview.text


def test_codes_that_the_outline_lacks_keep_a_workbook_out(site: Site) -> None:
    with site.writing() as session:
        plan = make_plan(session)
        bank = session.get_one(Bank, plan.bank_id)
        staff = make_person(session, Role.STAFF)
    sections = [*SECTIONS, [bank.name, "B(单选题)", 20, 5]]
    shares = [*SHARES, *([letter, 25, "A", 25] for letter in "ABCX")]
    page = site.browse_as(staff).get(f"/plans/{plan.id}/specifications/import")
    preview = page.submit("读取工作簿", _files={"file": (workbook(sections, shares), "规则.xlsx")})
    assert "细目表中没有代码 X" in preview.text
    assert preview.submit("保存为草稿", name="错码").status == 422
    with site.reading() as session:
        assert session.scalar(select(func.count()).select_from(SpecificationRow)) == 0


def test_a_file_that_is_no_workbook_is_refused_in_words(site: Site) -> None:
    with site.writing() as session:
        plan = make_plan(session)
        staff = make_person(session, Role.STAFF)
    page = site.browse_as(staff).get(f"/plans/{plan.id}/specifications/import")
    refused = page.submit("读取工作簿", _files={"file": (io.BytesIO(b"no workbook at all"), "规则.xlsx")})
    assert refused.status == 422
    assert "内容是纯文本" in refused.text
    assert page.submit("读取工作簿").status == 422
    assert site.browse_as(staff).get(f"/plans/{plan.id}/specifications/import/{'0' * 64}").status == 404


def test_shares_of_a_verified_outline_make_verified_papers(site: Site) -> None:
    with site.writing() as session:
        plan = make_plan(session)
        bank = session.get_one(Bank, plan.bank_id)
        before = make_paper_set(session, plan)
        published = published_outline(session, bank.id)
        assert published is not None
        verify(session, published[0], actor=make_person(session, Role.PROVINCE), now=site.now)
        after = make_paper_set(session, plan, make_specification(session, bank))
    with site.reading() as session:
        assert not session.get_one(PaperSet, before.id).is_verified
        assert session.get_one(PaperSet, after.id).is_verified


def test_specifications_out_of_reach_do_not_exist(site: Site) -> None:
    with site.writing() as session:
        plan = make_plan(session)
        row = make_specification(session, session.get_one(Bank, plan.bank_id), approved=False)
        stranger = make_person(session, Role.STAFF, institution=make_institution(session, "另一样例中心"))
        province = make_person(session, Role.PROVINCE)
    assert site.browse_as(stranger).get(f"/plans/specifications/{row.id}").status == 404
    assert site.browse_as(stranger).get(f"/plans/{plan.id}/specifications/new").status == 404
    assert site.browse_as(province).get(f"/plans/{plan.id}/specifications/new").status == 403
    assert "批准本规则" in str(site.browse_as(province).get(f"/plans/specifications/{row.id}").text)


def test_the_rule_of_multiple_choice_is_chosen_shown_and_frozen_with_the_papers(site: Site) -> None:
    with site.writing() as session:
        plan = make_plan(session)
        staff, other = make_person(session, Role.STAFF), make_person(session, Role.PROVINCE)
    page = site.browse_as(staff).get(f"/plans/{plan.id}/specifications/new")
    rows = {f"sections-{place}-{name}": "5" for place in range(4) for name in ("count", "points")}
    made = page.submit("保存为草稿", name="少选一半", multiple="half", **rows)
    assert "无错选时得一半分" in made.text
    with site.writing() as session:
        row = session.scalars(select(SpecificationRow)).one()
        assert row.document["multiple"] == "half"
        approve(session, row, actor=other, now=site.now)
        papers = make_paper_set(session, session.get_one(Plan, plan.id), row)
        assert papers.multiple == "half"


def test_half_of_half_a_point_is_refused(site: Site) -> None:
    with site.writing() as session:
        plan = make_plan(session)
        staff = make_person(session, Role.STAFF)
    page = site.browse_as(staff).get(f"/plans/{plan.id}/specifications/new")
    refused = page.submit(
        "保存为草稿", name="太小", multiple="share", **{"sections-1-count": "200", "sections-1-points": "0.5"}
    )
    assert refused.status == 422
    assert "请提高每题分数" in refused.text


def test_a_form_sent_twice_keeps_one_draft(site: Site) -> None:
    with site.writing() as session:
        plan = make_plan(session)
        staff = make_person(session, Role.STAFF)
    form = site.browse_as(staff).get(f"/plans/{plan.id}/specifications/new")
    values = {"sections-0-count": "100", "sections-0-points": "1"}
    pages = [form.submit("保存为草稿", name="三级理论", **values) for _time in range(2)]
    assert pages[0].url == pages[1].url
    with site.reading() as session:
        assert session.scalar(select(func.count()).select_from(SpecificationRow)) == 1
