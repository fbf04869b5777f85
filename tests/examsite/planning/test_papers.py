"""Papers: drawn exactly, proven, approved by another person, drawn again, refused in words."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DatabaseError

from examsite.access.models import Person
from examsite.access.permissions import Role
from examsite.audit import AuditRecord
from examsite.authoring.models import Bank, QuestionVersion
from examsite.planning import papers
from examsite.planning.models import Paper, PaperMode, PaperSet, Plan, SpecificationRow
from examsite.planning.reproduction import reproduce
from examsite.planning.seeds import commitment
from question_bank.questions.kinds import Kind
from tests.conftest import Site
from tests.factories import (
    make_approved_bank,
    make_institution,
    make_paper_set,
    make_person,
    make_plan,
    make_sitting,
    make_specification,
)


def plan_with_specification(site: Site, **bank: int) -> tuple[Plan, Person]:
    """A plan that can draw, and somebody of its institution who may."""
    with site.writing() as session:
        plan = make_plan(session, make_approved_bank(session, bank.get("n", 160)))
        make_specification(session, session.get_one(Bank, plan.bank_id))
        return plan, make_person(session, Role.STAFF)


def counted(site: Site) -> tuple[int, int]:
    with site.reading() as session:
        sets = session.scalar(select(func.count()).select_from(PaperSet)) or 0
        return sets, session.scalar(select(func.count()).select_from(Paper)) or 0


def test_every_candidate_gets_another_paper_of_a_hundred_points(site: Site) -> None:
    plan, staff = plan_with_specification(site)
    page = site.browse_as(staff).get(f"/plans/{plan.id}").follow("组卷")
    report = page.submit("组卷并校验", mode="unique", papers="12", spare="3", seed="七七")
    assert report.status == 200
    assert "组卷报告" in report.heading
    with site.reading() as session:
        drawn = session.scalars(select(Paper)).all()
        row = session.scalars(select(PaperSet)).one()
    assert (row.count, row.mode, row.seed, row.status) == (15, "unique", "七七", "drawn")
    assert len({frozenset(q["version"] for q in paper.document["questions"]) for paper in drawn}) == 15
    for paper in drawn:
        assert sum(float(q["points"]) for q in paper.document["questions"]) == 100


def test_a_form_sent_twice_draws_its_papers_once(site: Site) -> None:
    plan, staff = plan_with_specification(site)
    form = site.browse_as(staff).get(f"/plans/{plan.id}/papers/new")
    first = form.submit("组卷并校验", mode="fixed", papers="2")
    assert form.submit("组卷并校验", mode="fixed", papers="2").url == first.url
    assert counted(site) == (1, 2)
    assert form.submit("组卷并校验", mode="fixed", papers="3").url != first.url


def test_another_form_draws_other_papers(site: Site) -> None:
    plan, staff = plan_with_specification(site)
    for _time in range(2):
        form = site.browse_as(staff).get(f"/plans/{plan.id}/papers/new")
        form.submit("组卷并校验", mode="fixed", papers="2")
    assert counted(site) == (2, 4)


def test_a_seed_is_made_where_none_is_typed(site: Site) -> None:
    plan, staff = plan_with_specification(site)
    browse = site.browse_as(staff)
    for spare in ("9", "0"):
        page = browse.get(f"/plans/{plan.id}/papers/new")
        page.submit("组卷并校验", mode="fixed", papers="2", spare=spare)
    with site.reading() as session:
        first, second = session.scalars(select(PaperSet).order_by(PaperSet.id))
    assert len(first.seed) == 32
    assert first.seed != second.seed
    assert first.count == 2  # spare papers are for papers of one's own


def test_papers_that_were_used_before_are_avoided(site: Site) -> None:
    with site.writing() as session:
        plan = make_plan(session)
        first = make_paper_set(session, plan, count=1)
        specification = session.get_one(SpecificationRow, first.specification_id)
        second = make_paper_set(session, plan, specification, count=1)
        one, two = (
            {
                q["version"]
                for q in session.scalars(select(Paper).where(Paper.set_id == s.id))
                .one()
                .document["questions"]
            }
            for s in (first, second)
        )
    assert not one & two


def test_an_impossible_specification_names_what_is_short_and_stores_nothing(site: Site) -> None:
    with site.writing() as session:
        plan = make_plan(session, make_approved_bank(session, 40))  # areas C and D have no questions
        make_specification(session, session.get_one(Bank, plan.bank_id))
        staff = make_person(session, Role.STAFF)
    page = site.browse_as(staff).get(f"/plans/{plan.id}/papers/new")
    refused = page.submit("组卷并校验", mode="unique", papers="7", seed="abc")
    assert refused.status == 422
    assert "C-A 要求 25 分，而可用题全部用上也只有 0 分" in refused.text
    assert "缺" in refused.text
    assert refused.form("组卷并校验").find(".//input[@name='seed']").get("value") == "abc"  # type: ignore[union-attr]
    assert counted(site) == (0, 0)


def test_more_different_papers_than_the_bank_holds_are_refused(site: Site) -> None:
    with site.writing() as session:
        plan = make_plan(
            session, make_approved_bank(session, 80)
        )  # exactly one paper's worth of each kind an area
        specification = ((Kind.SINGLE, 20, "5"),)
        make_specification(session, session.get_one(Bank, plan.bank_id), specification)
        staff = make_person(session, Role.STAFF)
    refused = (
        site.browse_as(staff)
        .get(f"/plans/{plan.id}/papers/new")
        .submit("组卷并校验", mode="unique", papers="2")
    )
    assert refused.status == 422
    assert "互不相同" in refused.text
    assert counted(site) == (0, 0)


def test_the_proof_report_shows_shares_and_names_no_question(site: Site) -> None:
    with site.writing() as session:
        papers_set = make_paper_set(session, mode=PaperMode.UNIQUE, count=5, approved=False)
        staff = make_person(session, Role.STAFF)
        stems = session.scalars(select(QuestionVersion.stem)).all()
    page = site.browse_as(staff).get(f"/plans/papers/{papers_set.id}")
    assert papers_set.bank_digest in page.text
    assert papers_set.seed not in page.text
    assert commitment(papers_set.seed) in page.text
    assert "A-A" in page.text
    assert "25%" in page.text
    assert "多选题" in page.text
    assert "未核实" in page.text
    assert not [stem for stem in stems if stem in page.response.get_data(as_text=True)]
    with site.reading() as session:
        hashes = session.scalars(select(Paper.content_hash)).all()
    assert len(hashes) == 5
    assert all(digest in page.text for digest in hashes)


def test_another_person_approves_papers(site: Site) -> None:
    plan, staff = plan_with_specification(site)
    mine = (
        site.browse_as(staff)
        .get(f"/plans/{plan.id}/papers/new")
        .submit("组卷并校验", mode="fixed", papers="2")
    )
    assert "须由他人批准" in mine.text
    assert "批准这批试卷" not in mine.text
    refused = site.browse_as(staff).get("/plans/papers/1")
    token = refused.form("重新组卷并比对").find(".//input").get("value")  # type: ignore[union-attr]
    assert refused.browse.post("/plans/papers/1/approve", {"csrf_token": token}).status == 409
    with site.writing() as session:
        province = make_person(session, Role.PROVINCE)
    approved = site.browse_as(province).get("/plans/papers/1").submit("批准这批试卷")
    assert "试卷已批准" in approved.text
    with site.reading() as session:
        row = session.get_one(PaperSet, 1)
        assert (row.status, row.approved_by_id) == ("approved", province.id)
        assert (
            session.scalars(select(AuditRecord).where(AuditRecord.act == "papers.approve")).one().actor_id
            == province.id
        )


def test_the_database_itself_refuses_own_approval(site: Site) -> None:
    with site.writing() as session:
        row = make_paper_set(session, approved=False)
    with pytest.raises(DatabaseError), site.writing() as session:
        session.get_one(PaperSet, row.id).approved_by_id = row.drawn_by_id


def test_a_stored_paper_can_not_be_changed(site: Site) -> None:
    with site.writing() as session:
        row = make_paper_set(session)
    with pytest.raises(DatabaseError), site.writing() as session:
        session.scalars(select(Paper).where(Paper.set_id == row.id, Paper.number == 1)).one().content_hash = (
            "0" * 64
        )


def test_papers_are_drawn_again_with_the_same_hashes(site: Site) -> None:
    with site.writing() as session:
        row = make_paper_set(session, mode=PaperMode.UNIQUE, count=8)
        make_paper_set(
            session,
            session.get_one(Plan, row.plan_id),
            session.get_one(SpecificationRow, row.specification_id),
            mode=PaperMode.UNIQUE,
            count=3,
        )
        staff = make_person(session, Role.STAFF)
        # What happens to the bank later must not matter.
        for version in session.scalars(select(QuestionVersion).limit(50)):
            version.status = "retired"
    page = site.browse_as(staff).get(f"/plans/papers/{row.id}").submit("重新组卷并比对")
    assert "8 份试卷的摘要全部一致" in page.text
    for set_id, count in ((row.id, 8), (row.id + 1, 3)):
        assert f"{count} papers drawn again, every hash the same" in site.run(
            "papers", "reproduce", str(set_id)
        )


def test_another_seed_is_found_out(site: Site) -> None:
    with site.writing() as session:
        row = make_paper_set(session, mode=PaperMode.UNIQUE, count=4)
    with site.writing() as session:
        session.get_one(PaperSet, row.id).seed = "another"
        staff = make_person(session, Role.STAFF)
    with site.reading() as session:
        outcome = reproduce(session, row.id)
    assert outcome.is_same_pool
    assert outcome.different == (1, 2, 3, 4)
    page = site.browse_as(staff).get(f"/plans/papers/{row.id}").submit("重新组卷并比对")
    assert "4 份中有 4 份不一致" in page.text
    assert site.app.test_cli_runner().invoke(args=["papers", "reproduce", str(row.id)]).exit_code == 1
    assert site.app.test_cli_runner().invoke(args=["papers", "reproduce", "999"]).exit_code == 1


def test_papers_of_an_earlier_way_of_drawing_are_not_called_different(site: Site) -> None:
    with site.writing() as session:
        row = make_paper_set(session, mode=PaperMode.UNIQUE, count=2)
    with site.writing() as session:
        session.get_one(PaperSet, row.id).engine = "deal-1"
        staff = make_person(session, Role.STAFF)
    page = site.browse_as(staff).get(f"/plans/papers/{row.id}").submit("重新组卷并比对")
    assert "早先的抽题版本（deal-1）" in page.text
    assert "不一致" not in page.text
    result = site.app.test_cli_runner().invoke(args=["papers", "reproduce", str(row.id)])
    assert result.exit_code == 1
    assert "deal-1" in result.output


def test_papers_are_discarded_before_use_only(site: Site) -> None:
    with site.writing() as session:
        row = make_paper_set(session)
        staff = make_person(session, Role.STAFF)
    page = site.browse_as(staff).get(f"/plans/papers/{row.id}")
    assert page.submit("作废第", reason="").status == 422
    with site.writing() as session:
        make_sitting(session, session.get_one(Plan, row.plan_id), session.get_one(PaperSet, row.id))
    assert page.submit("作废第", reason="样例原因").status == 409
    with site.writing() as session:
        free = make_paper_set(
            session,
            session.get_one(Plan, row.plan_id),
            session.get_one(SpecificationRow, row.specification_id),
        )
    gone = site.browse_as(staff).get(f"/plans/papers/{free.id}").submit("作废第", reason="样例原因")
    assert "已作废。原因：样例原因" in gone.text
    with site.reading() as session:
        assert session.get_one(PaperSet, free.id).status == "discarded"


def test_a_draft_specification_draws_nothing(site: Site) -> None:
    with site.writing() as session:
        plan = make_plan(session)
        row = make_specification(session, session.get_one(Bank, plan.bank_id), approved=False)
        staff = make_person(session, Role.STAFF)
        order = papers.Order(PaperMode.FIXED, 1, 0, "x")
        with pytest.raises(papers.NotApproved):
            papers.draw_papers(session, plan, row, order, actor=staff, now=site.now)
    assert "没有已批准的组题规则" in site.browse_as(staff).get(f"/plans/{plan.id}/papers/new").text


def test_papers_out_of_reach_do_not_exist(site: Site) -> None:
    with site.writing() as session:
        row = make_paper_set(session)
        stranger = make_person(session, Role.STAFF, institution=make_institution(session, "另一样例中心"))
        writer = make_person(session, Role.WRITER)
    assert site.browse_as(stranger).get(f"/plans/papers/{row.id}").status == 404
    assert site.browse_as(stranger).get(f"/plans/{row.plan_id}/papers/new").status == 404
    assert site.browse_as(stranger).get("/plans/papers/999").status == 404
    assert site.browse_as(writer).get(f"/plans/papers/{row.id}").status == 403


@pytest.mark.slow
def test_a_thousand_papers_take_seconds(site: Site) -> None:
    plan, staff = plan_with_specification(site, n=800)
    with site.writing() as session:
        plan = session.get_one(Plan, plan.id)
        row = session.scalars(select(SpecificationRow)).one()
        started = time.process_time()
        order = papers.Order(PaperMode.UNIQUE, 1000, 0, "t")
        papers.draw_papers(session, plan, row, order, actor=staff, now=site.now)
        assert time.process_time() - started < 20
    assert counted(site) == (1, 1000)
