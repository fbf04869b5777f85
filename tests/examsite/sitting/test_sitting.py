"""From the waiting page to the receipt, through the door."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from examsite import audit
from examsite.planning.models import Sitting
from examsite.sitting import closing
from examsite.sitting.models import Attempt
from tests.conftest import Site
from tests.examsite.sitting.arrange import OPENS, attempt_of, candidate, make_running_sitting, sit_down


def arranged(site: Site, **rules: Any) -> Sitting:
    with site.writing() as session:
        return make_running_sitting(session, **rules)


def test_before_the_start_the_paper_stays_shut(site: Site) -> None:
    sitting = arranged(site)
    browse = site.browse_as(candidate(site, sitting), as_candidate=True)
    home = browse.get("/exam/")
    assert sitting.title in home.text
    waiting = home.follow("进入候考")
    assert "disabled" in waiting.form("进入试卷").find(".//button").attrib  # type: ignore[union-attr]
    answer = browse.post(f"/exam/{attempt_of(site, sitting)}/open", {"csrf_token": csrf(waiting)})
    assert answer.status == 409
    assert "尚未开始" in answer.text


def test_candidates_find_their_results_from_their_first_page(site: Site) -> None:
    sitting = arranged(site)
    browse = site.browse_as(candidate(site, sitting), as_candidate=True)
    assert browse.get("/").follow("我的成绩").heading == "我的成绩"


def test_a_sitting_that_is_not_ready_does_not_open(site: Site) -> None:
    sitting = arranged(site)
    with site.writing() as session:
        session.get_one(Sitting, sitting.id).status = "planned"
    site.clock.set(OPENS)
    browse = site.browse_as(candidate(site, sitting), as_candidate=True)
    page = browse.get(f"/exam/{attempt_of(site, sitting)}/wait").submit("进入试卷")
    assert page.status == 409
    assert "尚未就绪" in page.text


def test_who_comes_after_the_late_limit_does_not_start_but_who_started_comes_back(site: Site) -> None:
    sitting = arranged(site, candidates=2, late_limit_minutes=30)
    site.clock.set(OPENS)
    early = sit_down(site, sitting, 1)
    site.clock.advance(minutes=31)
    assert early.browse.get(f"/exam/{early.id}/paper").status == 200
    late = site.browse_as(candidate(site, sitting, 2), as_candidate=True)
    waiting = late.get(f"/exam/{attempt_of(site, sitting, 2)}/wait")
    answer = late.post(f"/exam/{attempt_of(site, sitting, 2)}/open", {"csrf_token": csrf(waiting)})
    assert answer.status == 409
    assert "允许进入" in answer.text


def test_neighbours_get_different_papers(site: Site) -> None:
    sitting = arranged(site, candidates=4)
    site.clock.set(OPENS)
    desks = [sit_down(site, sitting, seat) for seat in range(1, 5)]
    papers = [desk.attempt().paper_id for desk in desks]
    assert papers[0] != papers[1]
    assert papers[:2] == papers[2:]
    assert desks[0].options(1) == desks[1].options(1)[::-1]


def test_the_page_is_the_same_after_every_reload(site: Site) -> None:
    sitting = arranged(site)
    site.clock.set(OPENS)
    desk = sit_down(site, sitting)
    again = desk.browse.get(f"/exam/{desk.id}/paper")
    assert [e.get("value") for e in again.find_all("input", type="radio")] == [
        e.get("value") for e in desk.page.find_all("input", type="radio")
    ]


def test_handing_in_waits_for_every_declared_revision(site: Site) -> None:
    sitting = arranged(site)
    site.clock.set(OPENS)
    desk = sit_down(site, sitting)
    first, second = desk.record(4, {"truth": True}), desk.record(5, {"blanks": ["x"]})
    desk.send(first)
    refused = desk.hand_in({4: 1, 5: 2})
    assert (refused.status, refused.json["code"], refused.json["missing"]) == (409, "missing-revisions", [5])
    assert desk.attempt().closed_at is None
    done = desk.hand_in({4: 1, 5: 2}, second)
    assert done.status == 200
    assert done.json["handed_in"]
    attempt = desk.attempt()
    assert attempt.closed_by == "candidate"
    receipt = desk.browse.get(done.json["url"])
    assert "2 / 6" in receipt.text
    assert (attempt.receipt or "-")[:16] in receipt.text
    with site.reading() as session:
        assert audit.verify(session).broken_at is None


def test_handing_in_twice_gives_the_same_receipt(site: Site) -> None:
    sitting = arranged(site)
    site.clock.set(OPENS)
    desk = sit_down(site, sitting)
    desk.hand_in()
    before = desk.attempt()
    site.clock.advance(minutes=1)
    assert desk.hand_in().json["handed_in"]
    after = desk.attempt()
    assert (before.receipt, before.closed_at) == (after.receipt, after.closed_at)


def test_after_handing_in_nothing_changes(site: Site) -> None:
    sitting = arranged(site)
    site.clock.set(OPENS)
    desk = sit_down(site, sitting)
    desk.send(desk.record(4, {"truth": True}))
    made = site.now
    site.clock.advance(seconds=30)
    desk.hand_in({4: 1})
    reply = desk.send(
        desk.record(4, {"truth": False}, made_at=made), desk.record(1, None, made_at=site.now + timedelta(1))
    )
    assert reply.json["quarantined"] == [{"position": 4, "revision": 2}]
    assert [refusal["code"] for refusal in reply.json["refused"]] == ["after-deadline"]
    assert desk.held() == {4: (1, {"truth": True})}
    assert desk.browse.get(f"/exam/{desk.id}/paper").heading == "试卷已提交"


def test_the_earliest_hand_in_is_obeyed_and_what_arrived_stays(site: Site) -> None:
    sitting = arranged(site, earliest_hand_in_minutes=30)
    site.clock.set(OPENS)
    desk = sit_down(site, sitting)
    reply = desk.hand_in({4: 1}, desk.record(4, {"truth": True}))
    assert (reply.status, reply.json["code"]) == (409, "too-early")
    assert desk.held() == {4: (1, {"truth": True})}
    site.clock.advance(minutes=30)
    assert desk.hand_in({4: 1}).json["handed_in"]


def test_the_clock_hands_in_for_those_who_left(site: Site) -> None:
    sitting = arranged(site, candidates=2)
    site.clock.set(OPENS)
    desk = sit_down(site, sitting)
    desk.send(desk.record(4, {"truth": True}))
    with site.writing() as session:
        assert closing.close_overdue(session, now=OPENS + timedelta(minutes=90, seconds=4)) == 0
    site.clock.advance(minutes=90, seconds=5)
    site.run("jobs", "work", "--once")
    attempt = desk.attempt()
    assert (attempt.closed_by, attempt.closed_at) == ("clock", site.now)
    assert "1 / 6" in desk.browse.get(f"/exam/{desk.id}/receipt").text


def test_the_sweep_leaves_alone_who_is_handing_in_at_this_moment(postgres_site: Site) -> None:
    site = postgres_site
    sitting = arranged(site, candidates=2)
    site.clock.set(OPENS)
    desks = [sit_down(site, sitting, seat) for seat in (1, 2)]
    late = site.clock.advance(minutes=90, seconds=6)
    with site.writing() as mine:
        mine.get_one(Attempt, desks[0].id, with_for_update=True)
        with site.writing() as sweep:
            assert closing.close_overdue(sweep, now=late) == 1
    assert desks[0].attempt().closed_at is None
    assert desks[1].attempt().closed_by == "clock"


def test_a_candidate_without_javascript_can_answer_and_hand_in(site: Site) -> None:
    sitting = arranged(site)
    site.clock.set(OPENS)
    desk = sit_down(site, sitting)
    right = desk.options(3)[:2]
    saved = desk.page.submit("保存", q1=desk.options(1)[0], q3=right, q4="true", m4="1", **{"q5-b0": "备案"})
    assert saved.status == 200
    held = desk.held()
    assert held[3][1] == {"options": right}
    assert held[5][1] == {"blanks": ["备案"]}
    cleared = saved.submit("保存", **{"q5-b0": ""})
    assert desk.held()[5] == (5, None)
    first = cleared.browse.get(f"/exam/{desk.id}/finish")
    assert "2" in first.text
    second = first.submit("继续交卷")
    assert desk.attempt().closed_at is None
    receipt = second.submit("确认交卷")
    assert receipt.heading == "试卷已提交"
    assert desk.attempt().closed_by == "candidate"


def test_a_page_left_open_in_another_browser_can_not_save_without_its_lease(site: Site) -> None:
    sitting = arranged(site)
    site.clock.set(OPENS)
    desk = sit_down(site, sitting)
    with site.writing() as session:
        session.get_one(Attempt, desk.id).lease = "0" * 64
    assert desk.page.submit("保存", q4="true").status == 409
    # A reload does not take the lease back by itself: opening again is the candidate's decision.
    assert "继续作答" in desk.browse.get(f"/exam/{desk.id}/paper").text


@pytest.mark.parametrize("path", ["", "wait", "paper", "finish", "receipt"])
def test_pages_ask_who_is_not_signed_in_to_sign_in(site: Site, path: str) -> None:
    sitting = arranged(site)
    page = site.browse().get(f"/exam/{attempt_of(site, sitting)}/{path}" if path else "/exam/")
    assert "登录" in page.title


def test_no_page_or_reply_of_the_candidate_holds_a_key(site: Site) -> None:
    sitting = arranged(site)
    site.clock.set(OPENS)
    desk = sit_down(site, sitting)
    desk.send(desk.record(4, {"truth": True}), desk.record(5, {"blanks": ["y"]}))
    desk.browse.get(desk.url("pulse"), headers={"X-Lease": desk.lease})
    desk.hand_in({4: 1, 5: 2})
    for path in ("paper", "receipt", "finish", "wait"):
        desk.browse.get(f"/exam/{desk.id}/{path}")
    said = [page.response.get_data(as_text=True) for page in desk.browse.seen]
    assert len(said) > 8
    for secret in (
        "样例解析",
        "样例参考答案",
        "样例答案",
        "explanation",
        "model_answer",
        "correct",
        "question_keys",
    ):
        assert not [text for text in said if secret in text], secret


def csrf(page: Any) -> str:
    return str(page.find_all("input", name="csrf_token")[0].get("value"))
