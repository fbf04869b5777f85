"""Plans: made from a bank, seen within reach, a timeline that says what blocks the next step."""

from __future__ import annotations

from datetime import timedelta

from examsite.access.permissions import Role
from examsite.authoring.models import Bank
from examsite.planning.models import Plan
from tests.browse import Page, text_of
from tests.conftest import START, Site
from tests.factories import (
    make_approved_bank,
    make_bank,
    make_enrolment,
    make_institution,
    make_paper_set,
    make_person,
    make_plan,
    make_sitting,
    make_specification,
)


def states(page: Page) -> list[str]:
    """The state of every step of the timeline, in order: done, now, blocked, later."""
    [timeline] = page.find_all("ol", class_="timeline")
    return [(step.get("class") or "").removeprefix("is-") for step in timeline.findall("li")]


def step_now(page: Page) -> str:
    [timeline] = page.find_all("ol", class_="timeline")
    return next(text_of(s) for s in timeline.findall("li") if s.get("class") in ("is-now", "is-blocked"))


def test_a_plan_takes_level_and_standard_from_its_bank(site: Site) -> None:
    with site.writing() as session:
        bank = make_approved_bank(session, 40)
        staff = make_person(session, Role.STAFF)
    browse = site.browse_as(staff)
    page = browse.get("/plans/").follow("新建认定计划")
    made = page.submit("建立计划", number="2026-样-1", name="秋季三级认定", bank=str(bank.id))
    assert made.heading == "秋季三级认定"
    assert "三级" in made.text
    assert "3-02-02-00 · 2020" in made.text
    assert "未核实" in made.text
    assert "2026-样-1" in browse.get("/plans/").text


def test_a_number_is_given_once(site: Site) -> None:
    with site.writing() as session:
        plan = make_plan(session, make_bank(session), number="2026-1")
        staff = make_person(session, Role.STAFF)
    again = (
        site.browse_as(staff)
        .get("/plans/new")
        .submit("建立计划", number="2026-1", name="再来", bank=str(plan.bank_id))
    )
    assert again.status == 422
    assert "计划编号 2026-1 已被使用" in again.text
    assert again.form("建立计划").find(".//input[@name='name']").get("value") == "再来"  # type: ignore[union-attr]


def test_what_is_missing_is_said_beside_its_field(site: Site) -> None:
    with site.writing() as session:
        make_bank(session)
        staff = make_person(session, Role.STAFF)
    refused = site.browse_as(staff).get("/plans/new").submit("建立计划", number="", name="")
    assert refused.status == 422
    assert "请填写计划编号。" in refused.text


def test_a_bank_of_another_institution_is_no_choice(site: Site) -> None:
    with site.writing() as session:
        other = make_institution(session, "另一样例中心")
        bank = make_bank(session, "别家题库", institution=other)
        make_bank(session)
        staff = make_person(session, Role.STAFF)
    page = site.browse_as(staff).get("/plans/new")
    assert "别家题库" not in page.text
    assert page.submit("建立计划", number="1", name="越界", bank=str(bank.id)).status == 422


def test_plans_out_of_reach_do_not_exist(site: Site) -> None:
    with site.writing() as session:
        plan = make_plan(session, make_bank(session), name="本家计划")
        other = make_institution(session, "另一样例中心")
        stranger = make_person(session, Role.STAFF, institution=other)
        province = make_person(session, Role.PROVINCE)
        candidate = make_person(session, Role.CANDIDATE)
    assert site.browse_as(stranger).get(f"/plans/{plan.id}").status == 404
    assert "本家计划" not in site.browse_as(stranger).get("/plans/").text
    assert "本家计划" in site.browse_as(province).get("/plans/").text
    assert "建立计划" not in site.browse_as(province).get(f"/plans/{plan.id}").text
    assert site.browse_as(province).get("/plans/new").status == 403
    assert site.browse_as(candidate).get("/plans/").status == 403
    assert site.browse_as(stranger).get("/plans/999").status == 404


def test_the_timeline_says_what_comes_next(site: Site) -> None:
    with site.writing() as session:
        empty = make_plan(session, make_bank(session, "空题库"))
        plan = make_plan(session)
        staff = make_person(session, Role.STAFF)
    browse = site.browse_as(staff)
    blocked = browse.get(f"/plans/{empty.id}")
    assert states(blocked)[:2] == ["blocked", "later"]
    assert "没有已发布的细目表" in step_now(blocked)

    url = f"/plans/{plan.id}"
    assert step_now(browse.get(url)).startswith("2 批准组题规则")
    with site.writing() as session:
        specification = make_specification(session, session.get_one(Bank, plan.bank_id))
    assert step_now(browse.get(url)).startswith("3 组卷")
    with site.writing() as session:
        papers = make_paper_set(session, session.get_one(Plan, plan.id), specification)
    assert step_now(browse.get(url)).startswith("5 安排场次")
    with site.writing() as session:
        sitting = make_sitting(session, session.get_one(Plan, plan.id), papers)
    assert step_now(browse.get(url)).startswith("7 登记考生")
    with site.writing() as session:
        make_enrolment(session, sitting)
    page = browse.get(url)
    assert states(page) == ["done"] * 8 + ["now"]
    assert "1 名考生" in page.text
    site.clock.set(START + timedelta(hours=1))
    assert states(site.browse_as(staff).get(url)) == ["done"] * 9


def test_who_drew_the_papers_reads_that_another_must_approve(site: Site) -> None:
    with site.writing() as session:
        plan = make_plan(session)
        make_specification(session, session.get_one(Bank, plan.bank_id))
        staff, colleague = make_person(session, Role.STAFF), make_person(session, Role.STAFF)
    site.browse_as(staff).get(f"/plans/{plan.id}/papers/new").submit("组卷并校验", mode="fixed", papers="1")
    mine = site.browse_as(staff).get(f"/plans/{plan.id}")
    assert "由您本人组成" in step_now(mine)
    assert "blocked" in states(mine)
    assert "blocked" not in states(site.browse_as(colleague).get(f"/plans/{plan.id}"))


def test_a_plan_is_cancelled_with_a_reason_once_its_sittings_are(site: Site) -> None:
    with site.writing() as session:
        sitting = make_sitting(session)
        staff = make_person(session, Role.STAFF)
    browse = site.browse_as(staff)
    page = browse.get(f"/plans/{sitting.plan_id}")
    assert page.submit("取消计划", reason="").status == 422
    assert page.submit("取消计划", reason="样例原因").status == 409
    browse.get(f"/plans/sittings/{sitting.id}").submit("取消场次", reason="样例原因")
    gone = page.submit("取消计划", reason="样例原因")
    assert "本计划已取消。原因：样例原因" in gone.text
    assert browse.get(f"/plans/{sitting.plan_id}/papers/new").status == 200
    assert "新建场次" not in gone.text


def test_empty_lists_say_what_to_do_first(site: Site) -> None:
    with site.writing() as session:
        staff = make_person(session, Role.STAFF)
        province = make_person(session, Role.PROVINCE)
    page = site.browse_as(staff).get("/plans/")
    assert "请先新建一个计划" in page.text
    assert "还没有题库" in page.follow("新建认定计划").text
    assert "机构建立认定计划后会显示在这里" in site.browse_as(province).get("/plans/").text


def test_every_page_speaks_english_too(sqlite_site: Site) -> None:
    with sqlite_site.writing() as session:
        sitting = make_sitting(session)
        staff = make_person(session, Role.STAFF, language="en")
    browse = sqlite_site.browse_as(staff)
    plan = f"/plans/{sitting.plan_id}"
    for url, heading in (
        ("/plans/new", "New plan"),
        (f"{plan}/specifications/new", "New specification"),
        (f"{plan}/specifications/import", "Import a rule workbook"),
        (f"{plan}/papers/new", "Draw papers"),
        (f"{plan}/sittings/new", "New sitting"),
        (f"/plans/papers/{sitting.paper_set_id}", "Proof report of papers 1"),
    ):
        assert browse.get(url).heading == heading
    assert "one paper" not in browse.get(plan).text
    assert "Level 3" in browse.get(plan).text
    assert "2 papers" in browse.get(plan).text
