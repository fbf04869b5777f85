"""Further requirements: typed into the form, refused beside their field, on every paper, and drawn again exactly."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.access.models import Person
from examsite.access.permissions import Role
from examsite.authoring.actions import record_statistics
from examsite.authoring.catalogue.actions import add_tag, record_use
from examsite.authoring.models import Bank, QuestionVersion
from examsite.planning import papers, pools
from examsite.planning.models import Paper, PaperMode, PaperSet, Plan, SpecificationRow
from examsite.planning.reproduction import reproduce
from examsite.planning.specifications import approve
from question_bank.assembly.specification import specification_from_document
from tests.conftest import START, Site
from tests.factories import make_approved_bank, make_person, make_plan, make_sitting

KINDS = {
    "sections-0-count": "20",
    "sections-0-points": "2.5",
    "sections-2-count": "20",
    "sections-2-points": "2.5",
}


def plan_of_320(session: Session) -> tuple[Plan, Person]:
    """A plan over 320 questions, and somebody of its institution who may draw."""
    return make_plan(session, make_approved_bank(session, 320)), make_person(session, Role.STAFF)


def versions_of(session: Session, plan: Plan) -> list[QuestionVersion]:
    query = select(QuestionVersion).where(QuestionVersion.bank_id == plan.bank_id)
    return list(session.scalars(query.order_by(QuestionVersion.id)))


def typed(site: Site, plan: Plan, staff: Person, **values: str) -> Any:
    page = site.browse_as(staff).get(f"/plans/{plan.id}/specifications/new")
    return page.submit("保存为草稿", name="有要求的规则", **KINDS, **values)


def approved(session: Session) -> SpecificationRow:
    row = session.scalars(select(SpecificationRow).order_by(SpecificationRow.id.desc())).first()
    assert row is not None
    approve(session, row, actor=make_person(session, Role.STAFF), now=START)
    return row


def drawn(session: Session, plan: Plan, row: SpecificationRow, staff: Person, count: int = 3) -> PaperSet:
    plan = session.get_one(Plan, plan.id)
    order = papers.Order(PaperMode.FIXED, count, 0, "种子")
    return papers.draw_papers(session, plan, row, order, actor=staff, now=START)


def on_papers(session: Session, set_id: int) -> list[set[int]]:
    rows = session.scalars(select(Paper.document).where(Paper.set_id == set_id).order_by(Paper.number))
    return [{question["version"] for question in document["questions"]} for document in rows]


def test_what_was_demanded_is_shown_and_stands_on_every_paper(site: Site) -> None:
    with site.writing() as session:
        plan, staff = plan_of_320(session)
        versions = versions_of(session, plan)
        bank = session.get_one(Bank, plan.bank_id)
        property_, campus = ([version.question_id for version in versions[start::8]] for start in (0, 2))
        add_tag(session, bank, property_, "物业", actor=staff, now=START)
        add_tag(session, bank, campus, "校园", actor=staff, now=START)
        tagged = {version.id for version in versions if version.question_id in property_}
        foreign = {version.id for version in versions if version.question_id in campus}
        level = {version.id: version.difficulty for version in versions}
        anchor = versions[4]
        anchor_id, anchor_name = anchor.id, anchor.external_id
    page = typed(
        site,
        plan,
        staff,
        **{f"difficulty_{code}": "20" for code in range(1, 6)},
        importance_x_lowest="0",
        industries="物业",
        industry_lowest="10",
        industry_highest="30",
        anchors=f"{anchor_name}\n",
        overlap_limit="30",
        cut="65",
        parallel_demanded="y",
        tolerance="1",
    )
    assert page.status == 200
    for words in ("物业", "10% – 30%", anchor_name, "预期得分最大差距", "65"):
        assert words in page.text
    with site.writing() as session:
        row = approved(session)
        papers_ = drawn(session, plan, row, staff)
        hands = on_papers(session, papers_.id)
        assert reproduce(session, papers_.id).is_exact
    for hand in hands:
        assert anchor_id in hand
        assert [sum(level[one] == code for one in hand) for code in range(1, 6)] == [8] * 5
        assert 4 <= len(hand & tagged) <= 12
        assert not hand & foreign


def test_what_can_not_be_is_said_beside_its_field_and_nothing_typed_is_lost(site: Site) -> None:
    with site.writing() as session:
        plan, staff = plan_of_320(session)
    page = typed(site, plan, staff, anchors="没有这题", importance_x_lowest="70", importance_x_highest="60")
    assert page.status == 422
    assert "本题库没有 ID 为 没有这题 的可用试题" in page.text
    page = typed(
        site, plan, staff, difficulty_1="30", importance_x_lowest="70", importance_x_highest="60", cut="0.5"
    )
    assert page.status == 422
    assert "请填 1 到 99 之间的分数" in page.text
    page = typed(site, plan, staff, difficulty_1="30", importance_x_lowest="70", importance_x_highest="60")
    form = page.form("保存为草稿")
    for name, words in (
        ("difficulty_1", "难度分布合计 30%，应为 100%"),
        ("importance_x_lowest", "重要程度 X的范围 70%–60% 不对"),
    ):
        field = form.find(f".//input[@name='{name}']")
        assert field is not None
        assert field.get("aria-invalid") == "true"
        beside = form.find(f".//p[@id='{name}-error']")
        assert beside is not None
        assert words in "".join(beside.itertext())
        assert field.get("value") in ("30", "70")


def test_questions_of_the_last_sitting_do_not_come_again(site: Site) -> None:
    with site.writing() as session:
        plan, staff = plan_of_320(session)
        point = {version.id: version.point for version in versions_of(session, plan)}
    page = typed(site, plan, staff, exclude_sittings="1", max_per_point="3")
    assert "最近 1 场用过的试题" in page.text
    assert "每个认定点最多题数" in page.text
    with site.writing() as session:
        row = approved(session)
        first = drawn(session, plan, row, staff, count=2)
        papers.approve(session, first, actor=make_person(session, Role.STAFF), now=START)
        make_sitting(session, paper_set=first, opens_at=START + timedelta(days=2))
        second = drawn(session, plan, row, staff, count=1)
        gone = set().union(*on_papers(session, first.id))
        (hand,) = on_papers(session, second.id)
        assert not gone & hand
        assert max(Counter(point[one] for one in hand).values()) <= 3
        second_id = second.id
        # What is looked back to goes on changing; papers are made again as they were.
        papers.approve(session, second, actor=make_person(session, Role.STAFF), now=START)
        make_sitting(session, paper_set=second, opens_at=START + timedelta(days=3))
    with site.reading() as session:
        assert reproduce(session, second_id).is_exact


def test_questions_that_too_many_people_met_are_left_out_and_the_words_say_so(site: Site) -> None:
    with site.writing() as session:
        plan, staff = plan_of_320(session)
        versions = versions_of(session, plan)
        singles = [version.id for version in versions if version.kind == "B"]
    typed(site, plan, staff, exposure_percent="20", exposure_days="30")
    with site.writing() as session:
        row = approved(session)
        first = drawn(session, plan, row, staff, count=1)
        papers.approve(session, first, actor=make_person(session, Role.STAFF), now=START)
        sitting = make_sitting(session, paper_set=first)
        (seen,) = on_papers(session, first.id)
        # Ten people sat, and all had the one paper.
        record_use(session, f"sitting:{sitting.id}", dict.fromkeys(seen, 10), papers={}, at=START)
        again = drawn(session, plan, row, staff, count=1)
        assert not seen & on_papers(session, again.id)[0]
        record_use(session, f"sitting:{sitting.id}", dict.fromkeys([*singles], 10), papers={}, at=START)
        plan_id = plan.id
    page = site.browse_as(staff).get(f"/plans/{plan_id}/papers/new")
    refused = page.submit("组卷并校验", mode="fixed", papers="1")
    assert refused.status == 422
    assert "单选题 缺 20 题（需 20，可用 0）" in refused.text
    assert "曝光超过上限 80 题" in refused.text


def test_the_share_right_of_earlier_sittings_is_known_where_enough_people_sat(site: Site) -> None:
    with site.writing() as session:
        plan, staff = plan_of_320(session)
        known, thin = (version.id for version in versions_of(session, plan)[:2])
        record_statistics(
            session,
            known,
            "sitting:1",
            {"difficulty": 0.625, "discrimination": 0.4, "persons": 80},
            now=START,
        )
        record_statistics(
            session, thin, "sitting:1", {"difficulty": 0.5, "discrimination": 0.4, "persons": 4}, now=START
        )
    typed(site, plan, staff)
    with site.writing() as session:
        row = approved(session)
        said = specification_from_document(row.document)
        pool, _ = pools.pool_of(session, row.bank_id, said, None, now=START)
        facility = {question.id: question.facility for question in pool.questions}
        assert (facility[str(known)], facility[str(thin)]) == (625, None)
        set_id = drawn(session, plan, row, staff).id
        record_statistics(
            session, known, "sitting:2", {"difficulty": 0.1, "discrimination": 0.4, "persons": 90}, now=START
        )
        record_statistics(
            session, thin, "sitting:2", {"difficulty": 0.9, "discrimination": 0.4, "persons": 90}, now=START
        )
        assert reproduce(session, set_id).is_exact
