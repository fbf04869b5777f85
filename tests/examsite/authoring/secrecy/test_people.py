"""Who is named in a bank, by whom, and what a person who is named for one area sees of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.access.models import Person
from examsite.access.permissions import Role
from examsite.audit import AuditRecord
from examsite.authoring.models import Bank, QuestionVersion, VersionStatus
from examsite.authoring.secrecy.actions import name_person, restrict
from examsite.authoring.secrecy.models import Duty, DutyTask
from examsite.authoring.vetting.models import ReviewTask
from question_bank.questions.kinds import Kind
from tests.browse import Browse, text_of
from tests.conftest import Site
from tests.examsite.authoring.workbooks import BANK, row, upload, workbook
from tests.factories import make_bank, make_institution, make_outline, make_person, make_question

KEY = "绝密的样例答案"


@dataclass
class Guarded:
    """A restricted bank: a question of each of two areas by another writer, and people named for area A alone."""

    bank: Bank
    here: QuestionVersion
    there: QuestionVersion
    waiting: QuestionVersion
    waiting_there: QuestionVersion
    manager: Person
    writer: Person
    reviewer: Person
    author: Person
    outsider: Person
    province: Person
    people: dict[str, Person] = field(default_factory=dict)


def guarded(session: Session, site: Site) -> Guarded:
    bank = make_bank(session, BANK)
    make_outline(session, bank)
    author = make_person(session, Role.WRITER, name="样例作者")
    manager = make_person(session, Role.BANK_MANAGER, name="样例题库管理员")
    writer, outsider = make_person(session, Role.WRITER), make_person(session, Role.WRITER)
    reviewer = make_person(session, Role.REVIEWER)
    made = Guarded(
        bank,
        *(
            make_question(
                session,
                bank,
                kind=Kind.SHORT,
                author=author,
                point=point,
                stem=f"{word}样题。",
                right=f"{KEY}{word}",
                status=status,
                external_id=f"ID-{word}",
            )
            for point, word, status in (
                ("A-A-001", "这里", VersionStatus.APPROVED),
                ("B-A-001", "那里", VersionStatus.APPROVED),
                ("A-A-002", "待审这里", VersionStatus.IN_REVIEW),
                ("B-A-002", "待审那里", VersionStatus.IN_REVIEW),
            )
        ),
        manager=manager,
        writer=writer,
        reviewer=reviewer,
        author=author,
        outsider=outsider,
        province=make_person(session, Role.PROVINCE),
    )
    restrict(session, bank, actor=manager, now=site.now)
    for person, task, area in (
        (author, DutyTask.WRITE, ""),
        (writer, DutyTask.WRITE, "A"),
        (reviewer, DutyTask.REVIEW, "A"),
        (manager, DutyTask.MANAGE, ""),
    ):
        name_person(session, bank, person, task, area, None, actor=manager, now=site.now)
    return made


def make_guarded(site: Site) -> Guarded:
    with site.writing() as session:
        return guarded(session, site)


def acts(site: Site, act: str) -> list[AuditRecord]:
    with site.reading() as session:
        return list(
            session.scalars(select(AuditRecord).where(AuditRecord.act == act).order_by(AuditRecord.sequence))
        )


# ---- naming


def test_whoever_makes_a_bank_writes_in_it_and_runs_it(site: Site) -> None:
    with site.writing() as session:
        writer = make_person(session, Role.WRITER)
    page = site.browse_as(writer).get("/bank/new").submit("建立题库", name="新的样题库")
    assert "仅指定人员" in page.text
    people = page.follow("题库人员")
    assert people.text.count(writer.name) >= 2
    with site.reading() as session:
        held = session.execute(select(Duty.person_id, Duty.task, Duty.area)).all()
    assert {tuple(one) for one in held} == {(writer.id, "write", ""), (writer.id, "manage", "")}


def test_a_bank_can_still_be_open_to_the_whole_institution(site: Site) -> None:
    with site.writing() as session:
        writer, other = make_person(session, Role.WRITER), make_person(session, Role.WRITER)
    site.browse_as(writer).get("/bank/new").submit("建立题库", name="开放的样题库", is_restricted=None)
    assert "开放的样题库" in site.browse_as(other).get("/bank/").text


def test_a_manager_names_a_person_for_an_area_and_ends_it(site: Site) -> None:
    one = make_guarded(site)
    browser = site.browse_as(one.manager)
    page = browser.get(f"/bank/{one.bank.id}/people")
    done = page.submit("指定此人", person=str(one.outsider.id), task="write", area="b-a")
    assert f"已指定{one.outsider.name}" in done.text
    assert "那里样题" in site.browse_as(one.outsider).get(f"/bank/{one.bank.id}/questions").text
    [given] = acts(site, "duty.give")[-1:]
    assert given.detail == {"person": one.outsider.id, "task": "write", "area": "B-A"}
    with site.reading() as session:
        duty = session.scalars(select(Duty).where(Duty.person_id == one.outsider.id)).one()
    token = done.find_all("input", name="csrf_token")[0].get("value")
    ended = browser.post(f"/bank/{one.bank.id}/people/{duty.id}/end", {"csrf_token": token})
    assert "任务已结束" in ended.text
    assert "已结束的任务" in ended.text
    assert site.browse_as(one.outsider).get(f"/bank/{one.bank.id}/questions").status == 404


@pytest.mark.parametrize(
    ("area", "task", "sentence"),
    [("Q-Q", "write", "细目表中没有该范围"), ("A", "", "请选择任务"), ("a b", "write", "细目表中没有该范围")],
)
def test_naming_says_what_is_wrong(site: Site, area: str, task: str, sentence: str) -> None:
    one = make_guarded(site)
    page = site.browse_as(one.manager).get(f"/bank/{one.bank.id}/people")
    refused = page.submit("指定此人", person=str(one.outsider.id), task=task or None, area=area)
    assert refused.status == 422
    assert sentence in refused.text


def test_nobody_is_named_twice_or_for_what_their_role_forbids(site: Site) -> None:
    one = make_guarded(site)
    page = site.browse_as(one.manager).get(f"/bank/{one.bank.id}/people")
    again = page.submit("指定此人", person=str(one.writer.id), task="write", area="A")
    assert again.status == 409
    assert "已在此范围承担此任务" in again.text
    unfit = page.submit("指定此人", person=str(one.writer.id), task="review", area="A")
    assert unfit.status == 422
    assert "角色不允许" in unfit.text


def test_the_last_manager_cannot_leave_silently(site: Site) -> None:
    one = make_guarded(site)
    browser = site.browse_as(one.manager)
    page = browser.get(f"/bank/{one.bank.id}/people")
    token = page.find_all("input", name="csrf_token")[0].get("value")
    with site.reading() as session:
        duty = session.scalars(select(Duty).where(Duty.task == "manage")).one()
    address = f"/bank/{one.bank.id}/people/{duty.id}/end"
    refused = browser.post(address, {"csrf_token": token})
    assert refused.status == 409
    assert "请先指定另一名管理人员" in refused.text
    page.submit("指定此人", person=str(one.author.id), task="manage")
    assert browser.post(address, {"csrf_token": token}).status == 200


def test_people_without_the_duty_cannot_name_anybody(site: Site) -> None:
    one = make_guarded(site)
    for person in (one.writer, one.author, one.outsider):
        assert site.browse_as(person).get(f"/bank/{one.bank.id}/people").status == 404


def test_a_manager_of_another_institution_reaches_nothing(site: Site) -> None:
    one = make_guarded(site)
    with site.writing() as session:
        there = make_institution(session, "别处的样例中心")
        stranger = make_person(session, Role.BANK_MANAGER, institution=there)
    browser = site.browse_as(stranger)
    for page in ("people", "undertakings", "exports"):
        assert browser.get(f"/bank/{one.bank.id}/{page}").status == 404


# ---- what a narrow duty shows


def questions_shown(browse: Browse, bank: Bank, **query: str) -> set[str]:
    page = browse.get(f"/bank/{bank.id}/questions", query=query)
    return {text_of(e) for e in page.find_all("th", class_="stem-cell")}


def test_a_writer_sees_the_questions_of_their_area_and_their_own(site: Site) -> None:
    one = make_guarded(site)
    browser = site.browse_as(one.writer)
    assert questions_shown(browser, one.bank) == {"这里样题。", "待审这里样题。"}
    assert browser.get(f"/bank/versions/{one.here.id}").status == 200
    assert browser.get(f"/bank/versions/{one.there.id}").status == 404
    assert questions_shown(site.browse_as(one.author), one.bank) == {
        "这里样题。",
        "那里样题。",
        "待审这里样题。",
        "待审那里样题。",
    }


def test_keys_are_seen_by_their_author_and_by_whoever_has_to_judge_them(site: Site) -> None:
    one = make_guarded(site)

    def sees(person: Person, version: QuestionVersion) -> bool:
        page = site.browse_as(person).get(f"/bank/versions/{version.id}")
        assert page.status == 200
        return KEY in page.text

    assert sees(one.author, one.here)
    assert not sees(one.writer, one.here), "another writer of the area sees the question alone"
    assert sees(one.reviewer, one.waiting), "what waits in the area is judged with its key"
    assert not sees(one.reviewer, one.here), "what others approved is not"
    assert not sees(one.manager, one.here)
    assert not sees(one.manager, one.waiting)
    assert not sees(one.province, one.here), "nothing waits for the province here"
    with site.writing() as session:
        session.get_one(Bank, one.bank.id).needs_confirmation = True
    assert sees(one.province, one.here)


def test_a_reviewer_is_offered_what_waits_in_their_areas(site: Site) -> None:
    one = make_guarded(site)
    browser = site.browse_as(one.reviewer)
    queue = browser.get("/bank/review")
    assert "待审这里样题" in queue.text
    assert "那里" not in queue.text
    assert "（1）" in queue.text
    assert browser.get(f"/bank/review/{one.waiting_there.id}").status == 404
    forged = queue.submit("审定通过所选试题", version=[str(one.waiting_there.id)], confirm="1")
    assert forged.status == 404


def test_only_the_author_revises_because_the_form_shows_the_key(site: Site) -> None:
    one = make_guarded(site)
    assert site.browse_as(one.writer).get(f"/bank/versions/{one.here.id}/revise").status == 404
    page = site.browse_as(one.author).get(f"/bank/versions/{one.here.id}/revise")
    assert KEY in text_of(page.find_all("textarea", name="right")[0])


def test_a_question_is_written_only_in_ones_own_areas(site: Site) -> None:
    one = make_guarded(site)
    page = site.browse_as(one.writer).get(f"/bank/{one.bank.id}/questions/new?kind=D")
    values = {"stem": "新的样题。", "right": "样例", "sources": "样例依据"}
    refused = page.submit("保存", point="B-A-001", **values)
    assert refused.status == 422
    assert "您没有该范围的命题任务" in refused.text
    assert page.submit("保存", point="A-A-001", **values).status == 200


def test_an_import_takes_rows_of_ones_areas_and_tells_nothing_of_others(site: Site) -> None:
    one = make_guarded(site)
    content = workbook(
        [
            row(1, 认定点代码="A-A-001", ID="ID-新"),
            row(2, 认定点代码="B-A-001", ID="ID-别处"),
            row(3, 认定点代码="A-A-003", ID="ID-那里"),
        ]
    )
    page = (
        site.browse_as(one.writer)
        .get(f"/bank/{one.bank.id}/imports/new")
        .submit("读取文件", _files=upload(content))
    )
    assert page.status == 200
    assert "您在本题库没有该认定点所在范围的命题任务" in page.text
    assert "此 ID 在本题库中不可用" in page.text
    done = page.submit("导入 1 道试题", source=BANK, take="good")
    assert "1 道试题" in done.text
    for other in (one.author, one.manager, one.outsider):
        assert site.browse_as(other).get(page.url).status in (403, 404), (
            "a sent file shows keys: only to its sender"
        )


def test_every_look_at_vetted_questions_is_one_record_a_page(site: Site) -> None:
    one = make_guarded(site)
    browser = site.browse_as(one.writer)
    browser.get(f"/bank/{one.bank.id}/questions", query={"q": "样题"})
    [listed] = acts(site, "question.view")
    assert (listed.actor_id, listed.object) == (one.writer.id, f"banks:{one.bank.id}")
    assert listed.detail["versions"] == [one.here.id], "what waits for review was never vetted"
    browser.get(f"/bank/versions/{one.here.id}")
    assert [r.object for r in acts(site, "question.view")][1:] == [f"question_versions:{one.here.id}"]
    assert acts(site, "key.view") == []
    site.browse_as(one.author).get(f"/bank/versions/{one.here.id}")
    assert [r.object for r in acts(site, "key.view")] == [f"question_versions:{one.here.id}"]


def test_a_closed_bank_is_invisible_to_people_who_are_not_named(site: Site) -> None:
    one = make_guarded(site)
    browser = site.browse_as(one.outsider)
    assert BANK not in browser.get("/bank/").text
    for page in ("", "/questions", "/people", "/exports", "/imports/new", "/questions/new", "/outlines/new"):
        assert browser.get(f"/bank/{one.bank.id}{page}").status == 404, page


def test_an_outline_is_for_whoever_runs_the_bank_or_writes_everywhere(site: Site) -> None:
    one = make_guarded(site)
    address = f"/bank/{one.bank.id}/outlines/new"
    assert site.browse_as(one.author).get(address).status == 200
    assert site.browse_as(one.manager).get(address).status == 200
    assert site.browse_as(one.writer).get(address).status == 404


# ---- what becomes of open review tasks


def _asked(site: Site, version: QuestionVersion) -> list[int | None]:
    with site.reading() as session:
        tasks = select(ReviewTask.reviewer_id).where(
            ReviewTask.version_id == version.id, ReviewTask.ended_at.is_(None)
        )
        return list(session.scalars(tasks))


def test_who_is_no_longer_named_hands_over_their_open_tasks(site: Site) -> None:
    with site.writing() as session:
        manager = make_person(session, Role.BANK_MANAGER)
        bank = make_bank(session, BANK)
        restrict(session, bank, actor=manager, now=site.now)
        first, second = make_person(session, Role.REVIEWER), make_person(session, Role.REVIEWER)
        duties = [
            name_person(session, bank, person, task, area, None, actor=manager, now=site.now)
            for person, task, area in (
                (manager, DutyTask.MANAGE, ""),
                (first, DutyTask.REVIEW, "A"),
                (first, DutyTask.REVIEW, "B"),
            )
        ]
        here, there = (
            make_question(session, bank, point=point, status=VersionStatus.IN_REVIEW)
            for point in ("A-A-001", "B-A-001")
        )
        name_person(session, bank, second, DutyTask.REVIEW, "", None, actor=manager, now=site.now)
    assert (_asked(site, here), _asked(site, there)) == ([first.id], [first.id])
    browser = site.browse_as(manager)
    page = browser.get(f"/bank/{bank.id}/people")
    token = page.find_all("input", name="csrf_token")[0].get("value")
    ended = browser.post(f"/bank/{bank.id}/people/{duties[1].id}/end", {"csrf_token": token})
    assert "1 项未完成的审题任务已改派他人" in ended.text
    assert _asked(site, here) == [second.id]
    assert _asked(site, there) == [first.id], "in the other area the first still reviews"


def test_a_bank_closed_to_all_but_named_people_leaves_no_task_with_others(site: Site) -> None:
    with site.writing() as session:
        manager = make_person(session, Role.BANK_MANAGER)
        bank = make_bank(session, BANK)
        reviewer = make_person(session, Role.REVIEWER)
        version = make_question(session, bank, status=VersionStatus.IN_REVIEW)
    assert _asked(site, version) == [reviewer.id]
    page = site.browse_as(manager).get(f"/bank/{bank.id}/people").submit("仅指定人员可见")
    assert "1 项未完成的审题任务" in page.text
    assert _asked(site, version) == [None]
