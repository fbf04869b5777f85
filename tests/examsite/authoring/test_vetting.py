"""Vetting as in the trade: stages, who is asked, blind opinions, what B, C and D do, recusal, the manager's board."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from examsite.access.models import Person
from examsite.access.permissions import Role
from examsite.authoring import actions as authoring
from examsite.authoring.models import Bank, Code, Opinion, QuestionRow, QuestionVersion, VersionStatus
from examsite.authoring.queries import approved_pool
from examsite.authoring.secrecy.models import Duty, DutyTask
from examsite.authoring.vetting import actions
from examsite.authoring.vetting.actions import Judgement
from examsite.authoring.vetting.errors import NotAssigned, SamePerson
from examsite.authoring.vetting.models import ReviewTask
from examsite.authoring.vetting.signatures import is_genuine
from examsite.authoring.vetting.stages import USUAL, Stage, stages_as_document
from tests.browse import Browse
from tests.conftest import START, Site
from tests.factories import make_bank, make_institution, make_person, make_question, question_of, vet

WAITING = VersionStatus.IN_REVIEW
TWICE = (Stage("first", "初审", opinions=2), Stage("final", "终审"))


def _bank(session: Session, stages: tuple[Stage, ...] = USUAL, **fields: object) -> Bank:
    bank = make_bank(session, **fields)
    bank.vetting = stages_as_document(stages)
    session.flush()
    return bank


def _people(session: Session, count: int = 3) -> list[Person]:
    return [make_person(session, Role.REVIEWER, name=f"样例审题员{n}") for n in range(1, count + 1)]


def _tasks(site: Site, version: QuestionVersion) -> list[ReviewTask]:
    with site.reading() as session:
        query = select(ReviewTask).where(ReviewTask.version_id == version.id).order_by(ReviewTask.id)
        return list(session.scalars(query))


def _now(site: Site, version: QuestionVersion) -> QuestionVersion:
    with site.reading() as session:
        return session.get_one(QuestionVersion, version.id)


def _asked(site: Site, version: QuestionVersion) -> list[int]:
    return [task.reviewer_id for task in _tasks(site, version) if task.ended_at is None and task.reviewer_id]


def _judge(site: Site, version: QuestionVersion, person: Person, button: str, comment: str = "") -> Browse:
    browser = site.browse_as(person)
    page = browser.get(f"/bank/review/{version.id}").submit(button, comment=comment)
    assert page.status == 200, page.text
    return browser


# ---- stages


def test_a_question_passes_three_stages_with_three_people(site: Site) -> None:
    with site.writing() as session:
        bank = _bank(session)
        people = {person.id: person for person in _people(session)}
        version = make_question(session, bank, status=WAITING)
    for place, name in enumerate(("初审", "复审", "终审")):
        assert (_now(site, version).status, _now(site, version).stage) == ("in_review", place)
        [asked] = _asked(site, version)
        page = site.browse_as(people[asked]).get(f"/bank/review/{version.id}")
        assert name in page.text
        page.submit("A 采用")
    assert _now(site, version).status == "approved"
    assert len({task.reviewer_id for task in _tasks(site, version)}) == 3


def test_nobody_gives_two_opinions_on_a_version_even_at_another_stage(site: Site) -> None:
    with site.writing() as session:
        bank = _bank(session)
        [one] = _people(session, 1)
        version = make_question(session, bank, status=WAITING)
    _judge(site, version, one, "A 采用")
    assert _asked(site, version) == [], "nobody else is there, so the next task waits for somebody"
    assert "没有待您审定的试题" in site.browse_as(one).get("/bank/review").text
    with pytest.raises(authoring.AlreadyJudged), site.writing() as session:
        actions.give_opinion(
            session, session.get_one(QuestionVersion, version.id), Judgement(Code.ADOPT), actor=one, now=START
        )
    with pytest.raises(DBAPIError), site.writing() as session:
        session.execute(
            insert(Opinion).values(
                version_id=version.id, reviewer_id=one.id, stage=1, code="A", comment="", at=START
            )
        )


def test_a_stage_waits_for_all_its_opinions_and_the_strictest_decides(site: Site) -> None:
    with site.writing() as session:
        bank = _bank(session, TWICE)
        first, second, _third = _people(session)
        version = make_question(session, bank, status=WAITING)
    assert _asked(site, version) == [first.id, second.id]
    _judge(site, version, first, "C 退回修改", "请改")
    assert _now(site, version).status == "in_review"
    _judge(site, version, second, "A 采用")
    assert _now(site, version).status == "returned"
    assert all(task.ended_at for task in _tasks(site, version))


@pytest.mark.parametrize(
    ("button", "status"),
    [("B 修改后采用", "returned"), ("C 退回修改", "returned"), ("D 不采用", "rejected")],
)
def test_b_c_and_d_need_a_comment_and_end_the_review(site: Site, button: str, status: str) -> None:
    with site.writing() as session:
        version = make_question(session, _bank(session), status=WAITING)
        [one] = _people(session, 1)
    page = site.browse_as(one).get(f"/bank/review/{version.id}")
    refused = page.submit(button, comment=" ")
    assert refused.status == 422
    assert "写明需要修改之处" in refused.text
    assert page.submit(button, comment="样例意见").status == 200
    assert _now(site, version).status == status


def test_after_small_changes_the_next_version_comes_back_to_the_same_stage(site: Site) -> None:
    for code, place, needed in ((Code.CHANGE, 1, 2), (Code.RETURN, 0, 3), (Code.REJECT, 0, 3)):
        with site.writing() as session:
            bank = _bank(session)
            first, second, _third = _people(session)
            version = make_question(session, bank, status=VersionStatus.DRAFT)
            authoring.submit(session, version, actor=version, now=START)
            for task in session.scalars(select(ReviewTask).where(ReviewTask.version_id == version.id)):
                task.reviewer_id, task.unassigned = first.id, None
            actions.give_opinion(session, version, Judgement(Code.ADOPT), actor=first, now=START)
            for task in session.scalars(
                select(ReviewTask).where(ReviewTask.version_id == version.id, ReviewTask.ended_at.is_(None))
            ):
                task.reviewer_id, task.unassigned = second.id, None
            actions.give_opinion(session, version, Judgement(code, "请改"), actor=second, now=START)
            row = session.get_one(QuestionRow, version.question_id)
            author = session.get_one(Person, version.author_id)
            new = authoring.write_version(session, row, *question_of(), actor=author, now=START)
            authoring.submit(session, new, actor=author, now=START)
            assert (new.stage, new.opinions_needed) == (place, needed), code


def test_a_version_keeps_the_stages_it_was_submitted_under(site: Site) -> None:
    with site.writing() as session:
        manager = make_person(session, Role.BANK_MANAGER)
        bank = _bank(session, (Stage("final", "终审"),))
        [one] = _people(session, 1)
        before = make_question(session, bank, status=WAITING)
    page = site.browse_as(manager).get(f"/bank/{bank.id}").follow("审题环节")
    saved = page.submit(
        "保存环节",
        **{"name-0": "初审", "opinions-0": "2", "days-0": "3", "blind-0": None, "name-1": "终审"},
    )
    assert "已保存" in saved.text
    with site.writing() as session:
        after = make_question(session, session.get_one(Bank, bank.id), status=WAITING)
        assert (after.opinions_needed, before.opinions_needed) == (3, 1)
        tasks = session.scalars(select(ReviewTask).where(ReviewTask.version_id == after.id)).all()
        assert {task.due_at for task in tasks} == {START + timedelta(days=3)}
    _judge(site, before, one, "A 采用")
    assert _now(site, before).status == "approved"


def test_stages_that_can_not_be_used_are_refused_with_every_fault(site: Site) -> None:
    with site.writing() as session:
        manager = make_person(session, Role.BANK_MANAGER)
        bank = _bank(session)
    page = site.browse_as(manager).get(f"/bank/{bank.id}/vetting")
    none = page.submit("保存环节", **{f"name-{n}": "" for n in range(5)})
    assert none.status == 422
    assert "至少要有一个审题环节" in none.text
    bad = page.submit("保存环节", **{"name-1": "初审", "opinions-0": "9", "days-2": "0"})
    assert bad.status == 422
    for sentence in ("两个环节名称", "意见数须为 1 到 5", "期限须为 1 到 365"):
        assert sentence in bad.text


def test_while_there_is_no_manager_the_writer_who_made_the_bank_sets_its_stages(site: Site) -> None:
    with site.writing() as session:
        make_institution(session)
        maker, other = make_person(session, Role.WRITER), make_person(session, Role.WRITER)
    made = (
        site.browse_as(maker)
        .get("/bank/new")
        .submit("建立题库", name="样例新题库", level="3", is_restricted=None)
    )
    page = made.follow("审题环节")
    assert "初审" in {e.get("value") for e in page.find_all("input")}
    assert "已保存" in page.submit("保存环节").text
    assert "由题库管理员设定" in site.browse_as(other).get(page.url).text
    with site.writing() as session:
        make_person(session, Role.BANK_MANAGER)
    assert page.submit("保存环节").status == 409


# ---- who is asked


def test_whoever_has_the_fewest_open_tasks_is_asked_ties_by_id(site: Site) -> None:
    with site.writing() as session:
        bank = _bank(session)
        people = _people(session, 2)
        versions = [make_question(session, bank, status=WAITING) for _n in range(4)]
    asked = [_asked(site, version) for version in versions]
    assert asked == [[people[0].id], [people[1].id], [people[0].id], [people[1].id]]


def test_in_a_restricted_bank_only_those_named_for_the_area_are_asked(site: Site) -> None:
    with site.writing() as session:
        bank = _bank(session)
        bank.is_restricted = True
        here, elsewhere, unnamed = _people(session)
        for person, area in ((here, "A-A"), (elsewhere, "B")):
            session.add(
                Duty(
                    bank_id=bank.id,
                    person_id=person.id,
                    task=DutyTask.REVIEW.value,
                    area=area,
                    given_at=START,
                )
            )
        session.flush()
        version = make_question(session, bank, status=WAITING, point="A-A-001")
        other = make_question(session, bank, status=WAITING, point="A-AB-001")
    assert _asked(site, version) == [here.id]
    assert _asked(site, other) == [], "A-AB does not lie in A-A"
    with pytest.raises(NotAssigned), site.writing() as session:
        actions.give_opinions(session, [other.id], Judgement(Code.ADOPT), actor=unnamed, now=START)
    assert "没有待您审定的试题" in site.browse_as(unnamed).get("/bank/review").text


def test_only_who_was_asked_may_judge_while_others_have_the_tasks(site: Site) -> None:
    with site.writing() as session:
        bank = _bank(session)
        first, second = _people(session, 2)
        version = make_question(session, bank, status=WAITING)
    page = site.browse_as(second).get(f"/bank/review/{version.id}")
    refused = page.submit("A 采用")
    assert refused.status == 409
    assert "已派给其他审题人" in refused.text
    assert _asked(site, version) == [first.id]


def test_writers_and_uploaders_are_never_asked(site: Site) -> None:
    with site.writing() as session:
        bank = _bank(session)
        both = make_person(session, Role.WRITER, Role.REVIEWER)
        version = make_question(session, bank, status=WAITING, author=both)
    [task] = _tasks(site, version)
    assert (task.reviewer_id, task.unassigned) == (None, "nobody")


def test_who_withdraws_is_replaced_and_never_asked_again(site: Site) -> None:
    with site.writing() as session:
        bank = _bank(session)
        first, second = _people(session, 2)
        version = make_question(session, bank, status=WAITING)
    page = site.browse_as(first).get(f"/bank/review/{version.id}")
    assert page.submit("回避", reason=" ").status == 422
    assert "已回避此题" in page.submit("回避", reason="亲属所写").text
    assert _asked(site, version) == [second.id]
    assert [task.ended for task in _tasks(site, version)] == ["recused", None]
    assert "没有待您审定的试题" in site.browse_as(first).get("/bank/review").text
    with pytest.raises(DBAPIError, match="withdrew"), site.writing() as session:
        session.execute(
            insert(Opinion).values(
                version_id=version.id, reviewer_id=first.id, code="A", comment="", at=START
            )
        )


def test_a_standing_recusal_hands_over_what_is_on_the_desk_and_keeps_the_rest_away(site: Site) -> None:
    with site.writing() as session:
        bank = _bank(session)
        writer = make_person(session, Role.WRITER, name="样例命题员")
        first, second = _people(session, 2)
        before = make_question(session, bank, status=WAITING, author=writer)
    browser = site.browse_as(first)
    page = browser.get("/bank/review").follow("回避的命题人登记")
    assert page.submit("回避", author=str(writer.id)).status == 422
    done = page.submit("回避", author=str(writer.id), reason="师徒")
    assert "样例命题员" in done.text
    assert _asked(site, before) == [second.id]
    with site.writing() as session:
        after = make_question(session, session.get_one(Bank, bank.id), status=WAITING, author=writer)
    assert _asked(site, after) == [second.id]
    done.submit("解除")
    with site.writing() as session:
        later = make_question(session, session.get_one(Bank, bank.id), status=WAITING, author=writer)
    assert _asked(site, later) == [first.id]


# ---- blind stages, signatures


def test_in_a_blind_stage_neither_author_nor_opinions_are_seen_before_ones_own(site: Site) -> None:
    with site.writing() as session:
        bank = _bank(session, TWICE)
        writer = make_person(session, Role.WRITER, name="样例隐名命题员")
        first, second, _third = _people(session)
        version = make_question(session, bank, status=WAITING, author=writer)
    _judge(site, version, first, "A 采用", "样例保密意见")
    browser = site.browse_as(second)
    addresses = ("/bank/review", f"/bank/review/{version.id}", f"/bank/versions/{version.id}")
    for address in (*addresses, f"/bank/{bank.id}/questions"):
        page = browser.get(address)
        assert page.status == 200
        assert "样例保密意见" not in page.text, address
        assert "样例隐名命题员" not in page.text, address
    assert "样例保密意见" not in site.browse_as(writer).get(addresses[2]).text
    _judge(site, version, second, "C 退回修改", "请改")
    for person in (first, second, writer):
        assert "样例保密意见" in site.browse_as(person).get(addresses[2]).text


def test_an_open_stage_shows_both(site: Site) -> None:
    with site.writing() as session:
        bank = _bank(session, (Stage("final", "终审", opinions=2, blind=False),))
        writer = make_person(session, Role.WRITER, name="样例具名命题员")
        first, second = _people(session, 2)
        version = make_question(session, bank, status=WAITING, author=writer)
    _judge(site, version, first, "A 采用", "样例公开意见")
    page = site.browse_as(second).get(f"/bank/review/{version.id}")
    assert "样例公开意见" in page.text
    assert "样例具名命题员" in page.text


def test_ratings_are_kept_and_the_signature_covers_them(site: Site) -> None:
    with site.writing() as session:
        version = make_question(session, _bank(session), status=WAITING)
        [one] = _people(session, 1)
    page = site.browse_as(one).get(f"/bank/review/{version.id}")
    assert page.submit("A 采用", angoff="101").status == 422
    assert page.submit("A 采用", angoff="70", difficulty="4", consistency="5").status == 200
    with site.reading() as session:
        given = session.scalars(select(Opinion)).one()
        assert (given.angoff, given.difficulty, given.consistency) == (70, 4, 5)
        assert is_genuine(given, version.content_hash) is True
        assert is_genuine(given, "another content") is False
        session.expunge(given)
    given.angoff = 71
    assert is_genuine(given, version.content_hash) is False


# ---- the database keeps the rules when the code is wrong


def test_the_database_counts_the_people_before_a_version_is_approved(site: Site) -> None:
    with site.writing() as session:
        version = make_question(session, _bank(session), status=WAITING)
        [one] = _people(session, 1)
    _judge(site, version, one, "A 采用")
    for values in ({"status": "approved"}, {"opinions_needed": 1}):
        with pytest.raises(DBAPIError), site.writing() as session:
            session.execute(update(QuestionVersion).where(QuestionVersion.id == version.id).values(**values))


def test_an_opinion_without_a_comment_or_off_the_scale_is_refused_by_the_database(site: Site) -> None:
    with site.writing() as session:
        version = make_question(session, _bank(session), status=WAITING)
        [one] = _people(session, 1)
    for values in ({"code": "C"}, {"code": "E", "comment": "x"}, {"code": "A", "angoff": 101}):
        row = {"version_id": version.id, "reviewer_id": one.id, "comment": "", "at": START, **values}
        with pytest.raises(DBAPIError), site.writing() as session:
            session.execute(insert(Opinion).values(**row))


# ---- the manager's board


def test_a_manager_sees_loads_and_overdue_and_gives_tasks_to_others_after_a_preview(site: Site) -> None:
    with site.writing() as session:
        manager = make_person(session, Role.BANK_MANAGER)
        bank = _bank(session)
        [first] = _people(session, 1)
        versions = [make_question(session, bank, status=WAITING) for _n in range(3)]
        second = make_person(session, Role.REVIEWER, name="样例后来者")
    site.clock.advance(days=8)
    browser = site.browse_as(manager)
    board = browser.get(f"/bank/{bank.id}").follow("派题与进度")
    assert "已逾期" in board.text
    ticks = [box.get("value") for box in board.find_all("input", name="task")]
    assert len(ticks) == 3
    assert board.submit("预览", task=ticks).status == 422
    assert board.submit("预览", to=str(second.id)).status == 422
    preview = board.submit("预览", task=ticks[:2], to=str(second.id))
    assert "将改派 2 项任务，尚未执行" in preview.text
    assert [_asked(site, version) for version in versions] == [[first.id]] * 3
    assert "已改派 2 项任务" in preview.submit("执行改派").text
    assert [_asked(site, version) for version in versions] == [[second.id], [second.id], [first.id]]
    ticks = [box.get("value") for box in browser.get(board.url).find_all("input", name="task")]
    browser.get(board.url).submit("预览", task=ticks, to="hold").submit("执行改派")
    assert [_asked(site, version) for version in versions] == [[], [], []]
    assert "管理员暂缓分派" in browser.get(board.url).text
    assert "没有待您审定的试题" in site.browse_as(first).get("/bank/review").text, "what is held is not free"


def test_a_task_is_not_given_to_who_wrote_the_question(site: Site) -> None:
    with site.writing() as session:
        manager = make_person(session, Role.BANK_MANAGER)
        bank = _bank(session)
        both = make_person(session, Role.WRITER, Role.REVIEWER)
        [first] = _people(session, 1)
        version = make_question(session, bank, status=WAITING, author=both)
    board = site.browse_as(manager).get(f"/bank/{bank.id}/reviews")
    [tick] = [box.get("value") for box in board.find_all("input", name="task")]
    preview = board.submit("预览", task=tick, to=str(both.id))
    assert "本人编写或上传" in preview.text
    assert "没有任何变化" in preview.text
    assert _asked(site, version) == [first.id]


def test_who_reviews_no_more_hands_everything_over(site: Site) -> None:
    with site.writing() as session:
        bank = _bank(session)
        manager = make_person(session, Role.BANK_MANAGER)
        first, second = _people(session, 2)
        versions = [make_question(session, bank, status=WAITING) for _n in range(3)]
        assert [_of(session, version) for version in versions] == [first.id, second.id, first.id]
        assert actions.hand_over(session, bank, first.id, actor=manager, now=START) == 2
        assert [_of(session, version) for version in versions] == [second.id] * 3


def _of(session: Session, version: QuestionVersion) -> int | None:
    return session.scalars(
        select(ReviewTask.reviewer_id).where(
            ReviewTask.version_id == version.id, ReviewTask.ended_at.is_(None)
        )
    ).one()


def test_the_first_page_counts_tasks_and_says_what_is_overdue(site: Site) -> None:
    with site.writing() as session:
        bank = _bank(session)
        [first] = _people(session, 1)
        for _n in range(2):
            make_question(session, bank, status=WAITING)
    site.clock.advance(days=8)
    home = site.browse_as(first).get("/")
    assert "2 项任务" in home.text
    assert "2 项已逾期" in home.text


def test_opening_a_task_is_noted_once(site: Site) -> None:
    with site.writing() as session:
        bank = _bank(session)
        [first] = _people(session, 1)
        version = make_question(session, bank, status=WAITING)
    browser = site.browse_as(first)
    browser.get(f"/bank/review/{version.id}")
    opened = site.now
    site.clock.advance(hours=1)
    browser.get(f"/bank/review/{version.id}")
    assert [task.opened_at for task in _tasks(site, version)] == [opened]


def test_agreement_and_time_stand_on_a_page(site: Site) -> None:
    with site.writing() as session:
        manager = make_person(session, Role.BANK_MANAGER)
        bank = _bank(session, TWICE)
        first, second, third = _people(session)
        for n in range(4):
            version = make_question(session, bank, status=WAITING)
            said = Judgement(Code.ADOPT, angoff=60 + n)
            asked = session.scalars(
                select(ReviewTask.reviewer_id).where(ReviewTask.version_id == version.id)
            ).all()
            people = {one.id: one for one in (first, second, third)}
            later = START + timedelta(days=2)
            actions.give_opinion(session, version, said, actor=people[asked[0] or 0], now=later)
            other = Judgement(Code.RETURN, "请改") if n % 2 else Judgement(Code.ADOPT)
            actions.give_opinion(session, version, other, actor=people[asked[1] or 0], now=later)
    page = site.browse_as(manager).get(f"/bank/{bank.id}/agreement")
    assert "初审" in page.text
    assert "题数少" in page.text
    assert "2.0 天" in page.text


# ---- the province


def test_the_province_confirms_or_refuses_and_papers_draw_only_what_is_confirmed(site: Site) -> None:
    with site.writing() as session:
        bank = _bank(session, (Stage("final", "终审"),))
        bank.needs_confirmation = True
        one, two = make_question(session, bank), make_question(session, bank)
        province = make_person(session, Role.PROVINCE)
        assert approved_pool(session, bank.id) == []
    browser = site.browse_as(province)
    assert "2 道试题待审验" in browser.get("/").text
    page = browser.get("/").follow("题库审验").follow(bank.name)
    assert page.submit("审验可用", version=str(one.id), reason="").status == 422
    assert "1 道试题已审验可用" in page.submit("审验可用", version=str(one.id), reason="样例文号").text
    assert "已退回 1 道试题" in page.submit("退回", version=str(two.id), reason="超出细目表").text
    assert (_now(site, one).status, _now(site, two).status) == ("confirmed", "returned")
    with site.reading() as session:
        assert [pooled.version_id for pooled in approved_pool(session, bank.id)] == [one.id]
    assert page.submit("审验可用", version=str(one.id), reason="又一次").status == 409
    assert "超出细目表" in site.browse_as(province).get(f"/bank/versions/{two.id}").text


def test_a_new_version_leaves_the_confirmed_one_in_papers_until_it_is_confirmed_too(site: Site) -> None:
    with site.writing() as session:
        bank = _bank(session, (Stage("final", "终审"),))
        bank.needs_confirmation = True
        old = make_question(session, bank, status=VersionStatus.CONFIRMED)
        province = make_person(session, Role.PROVINCE)
        author = session.get_one(Person, old.author_id)
        row = session.get_one(QuestionRow, old.question_id)
        new = authoring.write_version(session, row, *question_of(), actor=author, now=START)
        authoring.submit(session, new, actor=author, now=START)
        vet(session, new)
        session.refresh(old, ["status"])
        assert (old.status, new.status) == ("confirmed", "approved")
        actions.confirm_versions(session, bank, [new.id], "样例文号", actor=province, now=START)
    assert (_now(site, old).status, _now(site, new).status) == ("superseded", "confirmed")


def test_nobody_confirms_what_they_wrote_or_judged(site: Site) -> None:
    with site.writing() as session:
        bank = _bank(session, (Stage("final", "终审"),))
        bank.needs_confirmation = True
        both = make_person(session, Role.PROVINCE, Role.REVIEWER)
        version = make_question(session, bank, reviewer=both)
    with pytest.raises(SamePerson), site.writing() as session:
        actions.confirm_versions(session, bank, [version.id], "样例文号", actor=both, now=START)
    insertion = text(
        "INSERT INTO confirmations (version_id, person_id, accepted, reason, at)"
        " VALUES (:version, :person, true, 'x', :at)"
    )
    with pytest.raises(DBAPIError, match="nobody confirms"), site.writing() as session:
        session.execute(insertion, {"version": version.id, "person": both.id, "at": START.isoformat(" ")})
    with pytest.raises(DBAPIError, match="confirmed from approved"), site.writing() as session:
        session.execute(
            update(QuestionVersion).where(QuestionVersion.id == version.id).values(status="confirmed")
        )


# ---- suspension


def test_a_manager_suspends_at_once_and_another_person_reinstates(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session)
        version = make_question(session, bank)
        manager = make_person(session, Role.BANK_MANAGER)
        [reviewer] = _people(session, 1)
    page = site.browse_as(manager).get(f"/bank/versions/{version.id}")
    assert page.submit("暂停使用").status == 422
    done = page.submit("暂停使用", reason="条款存疑")
    assert "条款存疑" in done.text
    with site.reading() as session:
        assert approved_pool(session, bank.id) == []
    assert "恢复使用" not in done.text, "not by the same person"
    forged = page.browse.post(
        f"/bank/versions/{version.id}/reinstate",
        {"reason": "x", "csrf_token": page.find_all("input", name="csrf_token")[0].get("value", "")},
    )
    assert forged.status == 409
    other = site.browse_as(reviewer).get(f"/bank/versions/{version.id}")
    assert "已恢复使用" in other.submit("恢复使用", reason="条款仍有效").text
    with site.reading() as session:
        assert [pooled.version_id for pooled in approved_pool(session, bank.id)] == [version.id]
