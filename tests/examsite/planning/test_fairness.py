"""The fairness page: figures before approval and of papers drawn, words where none can be drawn, no key anywhere."""

from __future__ import annotations

from sqlalchemy import func, select

from examsite.access.permissions import Role
from examsite.authoring.balance import key_balance
from examsite.authoring.models import Bank, QuestionVersion
from examsite.planning.models import PaperSet
from question_bank.questions.kinds import Kind
from tests.conftest import Site
from tests.factories import (
    make_approved_bank,
    make_institution,
    make_paper_set,
    make_person,
    make_plan,
    make_question,
    make_specification,
)

TITLES = ("难易一致", "难度代码", "正确选项的位置", "邻座", "曝光", "认定点重复", "阅读量")


def test_a_draft_is_tried_out_and_approved_from_its_fairness_page(site: Site) -> None:
    with site.writing() as session:
        bank = make_approved_bank(session, 400)
        make_plan(session, bank)
        row = make_specification(session, bank, approved=False)
        colleague = make_person(session, Role.STAFF)
    page = site.browse_as(colleague).get(f"/plans/specifications/{row.id}").follow("公平性")
    assert page.status == 200
    assert "试组 100 套" in page.text
    for title in TITLES:
        assert title in page.text
    assert "仅有难度代码 100%" in page.text
    assert "真实差异可能约 0.97 分" in page.text
    assert "预期得分" in page.text
    fewer = page.submit("试组", papers="20")
    assert "试组 20 套" in fewer.text
    # The same bank and specification give the same figures.
    assert fewer.browse.get(fewer.url).text == fewer.text
    done = fewer.submit("批准本规则")
    assert "组题规则已批准" in done.text
    with site.reading() as session:
        assert session.scalar(select(func.count()).select_from(PaperSet)) == 0


def test_a_specification_that_can_not_be_met_says_what_is_short(site: Site) -> None:
    with site.writing() as session:
        bank = make_approved_bank(session, 40)  # areas C and D have no questions
        row = make_specification(session, bank, approved=False)
        staff = make_person(session, Role.STAFF)
    page = site.browse_as(staff).get(f"/plans/specifications/{row.id}/fairness")
    assert page.status == 200
    assert "组不出这么多套试卷" in page.text
    assert "C-A 要求 25 分" in page.text
    assert "批准本规则" not in page.text


def test_drawn_papers_have_the_same_page(site: Site) -> None:
    with site.writing() as session:
        papers = make_paper_set(session, count=5)
        staff = make_person(session, Role.STAFF)
    page = site.browse_as(staff).get(f"/plans/papers/{papers.id}").follow("这批试卷的公平性")
    assert "已组 5 套试卷" in page.text
    for title in TITLES:
        assert title in page.text
    assert "5 套试卷：平均" in page.text


def test_one_paper_makes_neighbours_alike(site: Site) -> None:
    with site.writing() as session:
        papers = make_paper_set(session, count=1)
        staff = make_person(session, Role.STAFF)
    page = site.browse_as(staff).get(f"/plans/papers/{papers.id}/fairness")
    assert "只有一套试卷，邻座试卷相同" in page.text


def test_another_institution_sees_neither(site: Site) -> None:
    with site.writing() as session:
        papers = make_paper_set(session, count=1)
        other = make_person(session, Role.STAFF, institution=make_institution(session, "另一家样例机构"))
    browse = site.browse_as(other)
    assert browse.get(f"/plans/papers/{papers.id}/fairness").status == 404
    assert browse.get(f"/plans/specifications/{papers.specification_id}/fairness").status == 404


def test_right_options_are_counted_where_they_stand_but_never_of_few_questions(site: Site) -> None:
    with site.writing() as session:
        bank = make_approved_bank(session, 30, kinds=(Kind.SINGLE,))
        versions = session.scalars(
            select(QuestionVersion).where(QuestionVersion.bank_id == bank.id).order_by(QuestionVersion.id)
        ).all()
        # In this bank every right option is the one written first.
        orders = [(one.id, [option["id"] for option in one.document["options"]]) for one in versions]
        moved = [(version, [*options[1:], options[0]]) for version, options in orders]
        balance = key_balance(session, [orders, moved, moved])
        assert balance is not None
        assert balance.positions == (30, 0, 0, 60)
        assert balance.most == 1.0
        assert key_balance(session, [orders[:19]]) is None
        truth = make_question(session, session.get_one(Bank, bank.id), kind=Kind.JUDGEMENT, right=False)
        with_truth = key_balance(session, [[*orders, (truth.id, [])]])
        assert with_truth is not None
        assert with_truth.truths == (0, 1)
