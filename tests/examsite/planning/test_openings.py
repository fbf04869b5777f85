"""Sealed papers are opened before their time by two persons only; nothing shows a question before."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from examsite.access.models import Person
from examsite.access.permissions import Role
from examsite.audit import AuditRecord
from examsite.authoring.models import QuestionVersion
from examsite.planning.models import Paper, PaperMode
from examsite.planning.sealing.models import PaperOpening
from tests.browse import Browse, Page
from tests.conftest import START, Site
from tests.factories import make_paper_set, make_person, make_sitting


@dataclass
class Case:
    """A sealed set of three papers of one's own, its sitting in an hour, and two members of staff."""

    site: Site
    set_id: int
    sitting_ends: object
    asker: Person
    other: Person
    stems: dict[int, list[str]]

    def as_asker(self) -> Browse:
        return self.site.browse_as(self.asker)

    def as_other(self) -> Browse:
        return self.site.browse_as(self.other)

    def ask(self, **fields: str) -> Page:
        page = self.as_asker().get(f"/plans/papers/{self.set_id}/openings")
        wish = {"purpose": "proofreading", "papers": "2", "hours": "2", "reason": "样例理由", **fields}
        return page.submit("提交申请", **wish)

    def opened(self, **fields: str) -> None:
        self.ask(**fields)
        page = self.as_other().get(f"/plans/papers/{self.set_id}/openings")
        page.submit(f"批准开启申请 {self.newest()}")

    def newest(self) -> int:
        with self.site.reading() as session:
            return session.scalars(select(PaperOpening.id).order_by(PaperOpening.id.desc())).first() or 0

    def look(self, number: int) -> Page:
        return self.as_asker().get(f"/plans/papers/{self.set_id}/papers/{number}")

    def print(self, browse: Browse | None = None, **fields: str):
        browse = browse or self.as_asker()
        token = re.search(
            r'name="csrf_token" value="([^"]+)"', browse.client.get("/profile").get_data(as_text=True)
        )
        assert token
        return browse.client.post(
            f"/plans/papers/{self.set_id}/print", data={"csrf_token": token[1], "product": "paper", **fields}
        )

    def looks(self) -> list[dict]:
        with self.site.reading() as session:
            query = select(AuditRecord.detail).where(AuditRecord.act == "papers.look")
            return list(session.scalars(query.order_by(AuditRecord.sequence)))


@pytest.fixture
def case(site: Site) -> Case:
    with site.writing() as session:
        papers = make_paper_set(session, mode=PaperMode.UNIQUE, count=3)
        sitting = make_sitting(session, paper_set=papers)
        stems = {
            paper.number: [
                session.get_one(QuestionVersion, place["version"]).stem
                for place in paper.document["questions"]
            ]
            for paper in session.scalars(select(Paper).where(Paper.set_id == papers.id))
        }
        staff = [make_person(session, Role.STAFF) for _ in range(2)]
    return Case(site, papers.id, sitting.closes_at, *staff, stems)


def test_without_an_opening_nobody_sees_a_paper(case: Case) -> None:
    page = case.look(2)
    assert page.status == 409
    assert "须由一人申请、另一人批准" in page.text
    assert case.print().status_code == 409
    assert case.looks() == []


def test_one_asks_another_allows_and_only_the_named_paper_opens_to_the_one_who_asked(case: Case) -> None:
    assert "待另一人审批" in case.ask().text
    assert case.look(2).status == 409
    case.as_other().get(f"/plans/papers/{case.set_id}/openings").submit("批准开启申请 1")
    page = case.look(2)
    assert page.status == 200
    assert all(stem.split("（")[0].split("____")[0] in page.text for stem in case.stems[2])
    assert case.asker.name in page.response.get_data(as_text=True)
    assert case.look(1).status == 409
    assert case.as_other().get(f"/plans/papers/{case.set_id}/papers/2").status == 409
    assert case.looks() == [{"what": "view", "papers": [2], "opening": 1}]


def test_a_page_of_a_paper_holds_no_key(case: Case) -> None:
    case.opened()
    html = case.look(2).response.get_data(as_text=True)
    assert "样例解析" not in html
    assert "参考答案" not in html


def test_nobody_allows_their_own_request(case: Case) -> None:
    page = case.ask()
    assert "批准开启申请" not in page.text
    browse = case.as_asker()
    html = browse.client.get(f"/plans/papers/{case.set_id}/openings").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', html)
    assert token
    answer = browse.client.post("/plans/openings/1/allow", data={"csrf_token": token[1]})
    assert answer.status_code == 409
    assert "须由另一人处理" in answer.get_data(as_text=True)
    with pytest.raises(DatabaseError), case.site.writing() as session:
        session.execute(text("UPDATE paper_openings SET answered_by_id = requested_by_id"))


def test_an_opening_ends_by_itself(case: Case) -> None:
    case.opened(hours="1")
    case.site.clock.advance(minutes=59)
    assert case.look(2).status == 200
    case.site.clock.advance(minutes=1)
    assert case.look(2).status == 409
    assert "已到期" in case.as_asker().get(f"/plans/papers/{case.set_id}/openings").text


def test_an_opening_is_closed_before_its_time(case: Case) -> None:
    case.opened()
    case.as_other().get(f"/plans/papers/{case.set_id}/openings").submit("关闭开启申请 1")
    assert case.look(2).status == 409


def test_what_was_refused_says_why_and_stays_closed(case: Case) -> None:
    case.ask()
    form = case.as_other().get(f"/plans/papers/{case.set_id}/openings")
    again = form.submit("拒绝开启申请 1", remark="")
    assert again.status == 422
    assert "请写明拒绝的理由" in again.text
    page = form.submit("拒绝开启申请 1", remark="样例：不必要")
    assert "样例：不必要" in page.text
    assert case.look(2).status == 409


def test_two_persons_at_once_answer_a_request_once(case: Case) -> None:
    case.ask()
    first, second = (case.as_other().get(f"/plans/papers/{case.set_id}/openings") for _ in range(2))
    first.submit("拒绝开启申请 1", remark="样例：不必要")
    late = second.submit("批准开启申请 1")
    assert late.status == 409
    assert "已被处理或撤回" in late.text
    assert case.look(2).status == 409


def test_proof_reading_does_not_print_and_printing_does(case: Case) -> None:
    case.opened(purpose="proofreading", papers="1-3")
    assert case.print(papers="1").status_code == 409
    case.opened(purpose="printing", papers="1-3")
    answer = case.print(papers="1、3")
    assert answer.status_code == 200
    assert answer.data.startswith(b"%PDF")
    sheets = case.print(papers="2", product="sheet")
    assert sheets.data.startswith(b"%PDF")
    assert [(look["what"], look["papers"], look["opening"]) for look in case.looks()] == [
        ("paper", [1, 3], 2),
        ("sheet", [2], 2),
    ]
    assert "打印答题卡" in case.as_other().get(f"/plans/papers/{case.set_id}/openings").text


def test_staff_without_the_right_to_keys_print_none(case: Case) -> None:
    case.opened(purpose="printing", papers="1-3")
    answer = case.print(papers="1", product="keys")
    assert answer.status_code == 409
    assert "有权查看卷上全部试题答案" in answer.get_data(as_text=True)
    assert case.looks() == []


def test_who_may_see_keys_prints_them_under_an_opening_of_their_own(case: Case) -> None:
    with case.site.writing() as session:
        province = make_person(session, Role.PROVINCE)
    assert case.print(case.site.browse_as(province), product="keys").status_code == 409
    page = case.site.browse_as(province).get(f"/plans/papers/{case.set_id}/openings")
    page.submit("提交申请", purpose="printing", papers="1", hours="2", reason="样例理由")
    case.as_other().get(f"/plans/papers/{case.set_id}/openings").submit("批准开启申请 1")
    answer = case.print(case.site.browse_as(province), product="keys", papers="1")
    assert answer.status_code == 200
    assert answer.data.startswith(b"%PDF")
    assert case.looks()[-1]["what"] == "keys"


def test_after_the_sitting_staff_look_without_an_opening_and_that_is_on_the_record(case: Case) -> None:
    case.site.clock.set(START + timedelta(hours=2))  # running
    assert case.look(1).status == 409
    case.site.clock.set(case.sitting_ends + timedelta(minutes=1))
    assert case.look(1).status == 200
    assert case.print().status_code == 200
    assert [(look["what"], look["opening"]) for look in case.looks()] == [("view", None), ("paper", None)]


def test_bad_numbers_are_named_and_nothing_is_lost(case: Case) -> None:
    page = case.ask(papers="2、9", reason="样例理由甲")
    assert page.status == 422
    assert "“9”不是本套的卷号" in page.text
    assert "样例理由甲" in page.text


def test_what_was_asked_for_cannot_be_changed(case: Case) -> None:
    case.ask()
    with pytest.raises(DatabaseError), case.site.writing() as session:
        session.execute(text("UPDATE paper_openings SET hours = 24"))


def test_no_page_of_staff_shows_a_question_before_an_opening(case: Case) -> None:
    """Every page of plans that links lead to, as staff sees it before the sitting: no stem and no option on any."""
    browse = case.as_asker()
    waiting, seen = (
        ["/plans/", f"/plans/papers/{case.set_id}", f"/plans/papers/{case.set_id}/seal.json"],
        set(),
    )
    stems = {stem.split("（")[0].split("____")[0] for some in case.stems.values() for stem in some}
    while waiting:
        address = waiting.pop()
        if address in seen or not address.startswith("/plans"):
            continue
        seen.add(address)
        html = browse.client.get(address).get_data(as_text=True)
        assert not [stem for stem in stems if stem in html], address
        assert "样例选项" not in html, address
        waiting += re.findall(r'href="([^"#?]+)', html)
    assert len(seen) >= 8
