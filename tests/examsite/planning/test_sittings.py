"""Sittings: what keeps them from opening, who answers for unverified figures, and what can't be undone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from examsite.access.permissions import Role
from examsite.audit import AuditRecord
from examsite.planning import actions
from examsite.planning.models import PaperMode, PaperSet, Plan, Sitting, SpecificationRow
from examsite.planning.queries import window_of
from question_bank.rules.timing import may_start
from tests.browse import Browse, Page
from tests.conftest import START, Site
from tests.factories import (
    make_enrolment,
    make_institution,
    make_paper_set,
    make_person,
    make_sitting,
)

TIMES = {"opens_at": "2026-11-25T09:00", "closes_at": "2026-11-25T11:00"}


def token_of(page: Page) -> str:
    return next(e.get("value", "") for e in page.find_all("input") if e.get("name") == "csrf_token")


def press_ready(browse: Browse, sitting: Sitting) -> Page:
    """Post what the button posts, also where the page doesn't show it."""
    page = browse.get(f"/plans/sittings/{sitting.id}")
    return browse.post(f"/plans/sittings/{sitting.id}/ready", {"csrf_token": token_of(page)})


def test_from_a_new_sitting_to_ready(site: Site) -> None:
    with site.writing() as session:
        papers = make_paper_set(session)
        staff, colleague = (
            make_person(session, Role.STAFF),
            make_person(session, Role.STAFF, name="样例确认人"),
        )
    browse = site.browse_as(staff)
    form = browse.get(f"/plans/{papers.plan_id}").follow("新建场次")
    assert form.form("建立场次").find(".//input[@name='allowed_minutes']").get("value") == "90"  # type: ignore[union-attr]
    assert "未核实" in form.text
    page = form.submit("建立场次", title="上午场", place="一号机房", **TIMES)
    assert "没有已批准的试卷" in page.text
    assert "2026年11月25日 09:00" in page.text
    assert press_ready(browse, site_sitting(site)).status == 409
    page = page.submit("使用这批试卷", papers=str(papers.id))
    assert "所依据的数据未核实，且无人确认" in page.text
    assert press_ready(browse, site_sitting(site)).status == 409
    confirmed = site.browse_as(colleague).get(page.url).submit("具名确认", ground="经机构研究决定")
    assert "样例确认人" in confirmed.text
    assert "经机构研究决定" in confirmed.text
    ready = browse.get(page.url).submit("设为就绪")
    assert "场次已就绪" in ready.text
    row = site_sitting(site)
    assert (row.status, row.unverified_confirmed_by_id) == ("ready", colleague.id)
    assert not may_start(window_of(row), row.opens_at - timedelta(seconds=1))
    assert may_start(window_of(row), row.opens_at)
    with site.reading() as session:
        [record] = session.scalars(select(AuditRecord).where(AuditRecord.act == "sitting.confirm_unverified"))
    assert record.actor_id == colleague.id
    assert "shares" in record.detail["figures"]
    assert "pass_mark" in record.detail["figures"]


def test_a_form_sent_twice_makes_one_sitting(site: Site) -> None:
    with site.writing() as session:
        papers = make_paper_set(session)
        staff = make_person(session, Role.STAFF)
    form = site.browse_as(staff).get(f"/plans/{papers.plan_id}/sittings/new")
    pages = [form.submit("建立场次", title="上午场", place="一号机房", **TIMES) for _time in range(2)]
    assert pages[0].url == pages[1].url
    assert site_sitting(site).title == "上午场"


def site_sitting(site: Site) -> Sitting:
    with site.reading() as session:
        return session.scalars(select(Sitting)).one()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"opens_at": "2026-11-25T11:00", "closes_at": "2026-11-25T09:00"}, "结束时间早于开考时间"),
        ({"opens_at": "2026-11-23T09:00", "closes_at": "2026-11-23T11:00"}, "结束时间已过"),
        ({**TIMES, "allowed_minutes": "121"}, "场次时段只有 120 分钟，而作答时长为 121 分钟"),
        ({**TIMES, "allowed_minutes": "20"}, "最早交卷时间晚于考试结束"),
        ({**TIMES, "allowed_minutes": "0"}, "请填写一天以内的整数分钟"),
        ({"opens_at": "", "closes_at": "x"}, "请填写开考时间"),
    ],
)
def test_times_in_which_nobody_could_sit_are_refused(
    sqlite_site: Site, values: dict[str, str], sentence: str
) -> None:
    with sqlite_site.writing() as session:
        papers = make_paper_set(session)
        staff = make_person(session, Role.STAFF)
    page = sqlite_site.browse_as(staff).get(f"/plans/{papers.plan_id}/sittings/new")
    refused = page.submit("建立场次", title="不可能", **values)
    assert refused.status == 422
    assert sentence in refused.text
    assert refused.form("建立场次").find(".//input[@name='title']").get("value") == "不可能"  # type: ignore[union-attr]


def test_too_few_unique_papers_keep_a_sitting_from_being_ready(site: Site) -> None:
    with site.writing() as session:
        papers = make_paper_set(session, mode=PaperMode.UNIQUE, count=2)
        sitting = make_sitting(session, paper_set=papers, ready=False)
        plan = session.get_one(Plan, papers.plan_id)
        staff = make_person(session, Role.STAFF)
        for _ in range(3):
            make_enrolment(session, sitting)
        actions.choose_papers(session, sitting, papers, actor=staff, now=START)
        actions.confirm_unverified(session, sitting, plan, reason="样例依据", actor=staff, now=START)
    browse = site.browse_as(staff)
    assert "有 3 名考生，但只有 2 份试卷，缺 1 份" in browse.get(f"/plans/sittings/{sitting.id}").text
    refused = press_ready(browse, sitting)
    assert refused.status == 409
    assert "缺 1 份" in refused.text


def test_unique_papers_are_given_out_by_one_sitting_only(site: Site) -> None:
    with site.writing() as session:
        papers = make_paper_set(session, mode=PaperMode.UNIQUE, count=4)
        plan = session.get_one(Plan, papers.plan_id)
        make_sitting(session, plan, papers)
        second = make_sitting(session, plan, papers, title="下午场", ready=False)
        staff = make_person(session, Role.STAFF)
        with pytest.raises(actions.PapersNotUsable):
            actions.choose_papers(session, second, papers, actor=staff, now=START)
    page = site.browse_as(staff).get(f"/plans/sittings/{second.id}")
    assert "没有可用的已批准试卷" in page.text


def test_papers_that_nobody_approved_are_no_choice(site: Site) -> None:
    with site.writing() as session:
        papers = make_paper_set(session, approved=False)
        sitting = make_sitting(session, paper_set=papers, ready=False)
        staff = make_person(session, Role.STAFF)
    browse = site.browse_as(staff)
    page = browse.get(f"/plans/sittings/{sitting.id}")
    assert "没有可用的已批准试卷" in page.text
    url = f"/plans/sittings/{sitting.id}/papers"
    assert browse.post(url, {"csrf_token": token_of(page), "papers": str(papers.id)}).status == 409
    assert browse.post(url, {"csrf_token": token_of(page), "papers": "999"}).status == 404


def test_other_papers_need_another_confirmation(site: Site) -> None:
    with site.writing() as session:
        papers = make_paper_set(session)
        plan = session.get_one(Plan, papers.plan_id)
        specification = session.get_one(SpecificationRow, papers.specification_id)
        others = make_paper_set(session, plan, specification)
        sitting = make_sitting(session, plan, papers, ready=False)
        staff = make_person(session, Role.STAFF)
        actions.choose_papers(session, sitting, papers, actor=staff, now=START)
        actions.confirm_unverified(session, sitting, plan, reason="样例依据", actor=staff, now=START)
    page = site.browse_as(staff).get(f"/plans/sittings/{sitting.id}")
    changed = page.submit("使用这批试卷", papers=str(others.id))
    assert "无人确认" in changed.text


def test_figures_are_confirmed_with_a_ground_and_after_the_papers(site: Site) -> None:
    with site.writing() as session:
        papers = make_paper_set(session)
        sitting = make_sitting(session, paper_set=papers, ready=False)
        staff = make_person(session, Role.STAFF)
    browse = site.browse_as(staff)
    page = browse.get(f"/plans/sittings/{sitting.id}")
    early = browse.post(
        f"/plans/sittings/{sitting.id}/confirm", {"csrf_token": token_of(page), "ground": "样例"}
    )
    assert early.status == 409
    page = page.submit("使用这批试卷", papers=str(papers.id))
    silent = page.submit("具名确认", ground="")
    assert silent.status == 422
    # Beside the field, and above, where one looks first.
    assert silent.text.count("请说明依据") == 2


def test_a_ready_sitting_is_fixed(site: Site) -> None:
    with site.writing() as session:
        sitting = make_sitting(session)
        staff = make_person(session, Role.STAFF)
        papers = session.get_one(PaperSet, sitting.paper_set_id)
        with pytest.raises(actions.NotOpen):
            actions.choose_papers(session, sitting, papers, actor=staff, now=START)
    page = site.browse_as(staff).get(f"/plans/sittings/{sitting.id}")
    assert "使用这批试卷" not in page.text
    assert press_ready(page.browse, sitting).status == 409


def test_a_sitting_is_cancelled_before_it_opens_with_a_reason(site: Site) -> None:
    with site.writing() as session:
        sitting = make_sitting(session)
        later = make_sitting(
            session, session.get_one(Plan, sitting.plan_id), session.get_one(PaperSet, sitting.paper_set_id)
        )
        staff = make_person(session, Role.STAFF)
    browse = site.browse_as(staff)
    page = browse.get(f"/plans/sittings/{sitting.id}")
    assert page.submit("取消场次", reason="").status == 422
    gone = page.submit("取消场次", reason="机房停电")
    assert "本场次已取消。原因：机房停电" in gone.text
    assert page.submit("取消场次", reason="再取消").status == 409
    site.clock.set(later.opens_at - timedelta(minutes=1))
    other = site.browse_as(staff).get(f"/plans/sittings/{later.id}")
    site.clock.set(later.opens_at)
    assert other.submit("取消场次", reason="太迟").status == 409


def test_sittings_out_of_reach_do_not_exist(site: Site) -> None:
    with site.writing() as session:
        sitting = make_sitting(session)
        stranger = make_person(session, Role.STAFF, institution=make_institution(session, "另一样例中心"))
        province = make_person(session, Role.PROVINCE)
        invigilator = make_person(session, Role.INVIGILATOR)
    strange = site.browse_as(stranger)
    assert strange.get(f"/plans/sittings/{sitting.id}").status == 404
    token = token_of(strange.get("/plans/"))
    for act in ("papers", "confirm", "ready", "cancel"):
        assert (
            strange.post(f"/plans/sittings/{sitting.id}/{act}", {"csrf_token": token, "reason": "x"}).status
            == 404
        )
    page = site.browse_as(province).get(f"/plans/sittings/{sitting.id}")
    assert page.status == 200
    assert "取消本场次" not in page.text
    assert site.browse_as(invigilator).get(f"/plans/sittings/{sitting.id}").status == 403


def test_papers_whose_sitting_is_over_are_no_secret_and_no_choice(site: Site) -> None:
    with site.writing() as session:
        papers = make_paper_set(session, count=2)
        plan = session.get_one(Plan, papers.plan_id)
        over = make_sitting(session, plan, papers, opens_at=START)
        later = over.closes_at + timedelta(days=1)
        second = make_sitting(session, plan, papers, opens_at=later + timedelta(days=9), ready=False)
        staff = make_person(session, Role.STAFF)
        with pytest.raises(actions.PapersNotUsable):
            actions.choose_papers(session, second, papers, actor=staff, now=later)
        actions.choose_papers(session, second, papers, actor=staff, now=over.closes_at)
