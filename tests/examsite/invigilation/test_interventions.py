"""What one invigilator does to one candidate, what two do to several, and that nothing is done twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from examsite.access.permissions import Role
from examsite.audit import AuditRecord
from examsite.invigilation.interventions.models import Interruption, Intervention
from examsite.sitting.models import Attempt
from tests.examsite.invigilation.watching import enrolments_of, invigilator, make_watched, staff_of
from tests.examsite.sitting.arrange import OPENS, attempt_of, sit_down
from tests.factories import make_institution, make_person


@pytest.fixture
def running(site):
    """A sitting of three, all of them answering."""
    sitting = make_watched(site)
    site.clock.set(OPENS)
    return sitting, [sit_down(site, sitting, seat) for seat in (1, 2, 3)]


def acts(sitting, act=""):
    return f"/invigilation/sittings/{sitting.id}/interventions" + (f"?act={act}" if act else "")


def one(site, sitting, seat=1):
    return f"/invigilation/enrolments/{enrolments_of(site, sitting)[seat - 1]}/acts"


def rows(site, model=Intervention):
    with site.reading() as session:
        return list(session.scalars(select(model).order_by(model.id)))


# ---- one candidate


def test_extra_time_for_one_needs_one_person(site, running):
    sitting, desks = running
    _person, browse = invigilator(site, sitting)
    page = browse.get(one(site, sitting)).submit("补时", minutes="5", reason="样例:键盘更换")
    assert "已处理 1 名考生" in page.text
    assert desks[0].attempt().extra_seconds == 300
    assert desks[1].attempt().extra_seconds == 0


def test_the_page_of_a_candidate_tells_time_given_to_the_second(site, running):
    sitting, _desks = running
    _person, browse = invigilator(site, sitting)
    browse.get(one(site, sitting)).submit("暂停", reason="样例:断电")
    site.clock.advance(seconds=80)
    browse.get(one(site, sitting)).submit("恢复作答", reason="样例:恢复供电")
    assert "累计延时 1 分 20 秒" in browse.get(one(site, sitting).removesuffix("/acts")).text


def test_an_act_without_reason_or_minutes_changes_nothing_and_says_what_is_missing(site, running):
    sitting, desks = running
    _person, browse = invigilator(site, sitting)
    page = browse.get(one(site, sitting)).submit("补时", minutes="", reason="")
    assert page.status == 422
    assert "请填写分钟数" in page.text
    assert "请说明原因" in page.text
    assert desks[0].attempt().extra_seconds == 0


def test_the_same_form_sent_twice_gives_time_once(site, running):
    sitting, desks = running
    _person, browse = invigilator(site, sitting)
    page = browse.get(one(site, sitting))
    page.submit("补时", minutes="5", reason="样例:键盘更换")
    again = page.submit("补时", minutes="5", reason="样例:键盘更换")
    assert again.status == 200
    assert desks[0].attempt().extra_seconds == 300
    assert len(rows(site)) == 1


def test_a_pause_stands_in_the_ledger_and_its_end_is_given_back_to_the_second(site, running):
    sitting, desks = running
    _person, browse = invigilator(site, sitting)
    browse.get(one(site, sitting)).submit("暂停", cause="power", reason="样例:停电")
    assert desks[0].attempt().paused_at == site.now
    site.clock.advance(minutes=3, seconds=20)
    browse.get(one(site, sitting)).submit("恢复作答", reason="样例:恢复供电")
    assert desks[0].attempt().paused_at is None
    assert desks[0].attempt().restored_seconds == 200
    begun, ended = rows(site, Interruption)
    assert ended.supersedes_id == begun.id
    assert (ended.cause, ended.restored_seconds) == ("power", 200)
    ledger = browse.get(f"/invigilation/sittings/{sitting.id}/interruptions")
    assert "3 分 20 秒" in ledger.text
    assert "停电" in ledger.text


def test_an_interruption_is_given_back_as_long_as_it_lasted(site, running):
    sitting, desks = running
    _person, browse = invigilator(site, sitting)
    site.clock.advance(minutes=10)
    page = browse.get(one(site, sitting)).submit(
        "补回中断时间",
        cause="machine",
        begun_at="2026-11-24T09:12:00",
        ended_at="2026-11-24T09:16:30",
        reason="样例:主机重启",
    )
    assert "已处理" in page.text
    assert desks[0].attempt().restored_seconds == 270
    [row] = rows(site, Interruption)
    assert row.ended_at - row.begun_at == timedelta(seconds=270)


def test_the_silence_before_a_return_is_suggested(site, running):
    sitting, desks = running
    _person, browse = invigilator(site, sitting)
    site.clock.advance(minutes=1)
    desks[0].send(desks[0].record(4, {"truth": True}))
    site.clock.advance(minutes=6)
    sit_down(site, sitting, 1)
    page = browse.get(one(site, sitting))
    assert "09:11:00 – 09:17:00 · 6 分钟" in page.text
    begun = page.find_all("input", name="begun_at")[0].get("value")
    assert begun == "2026-11-24T09:11:00"


def test_hand_in_by_force_ends_the_attempt_and_nothing_more_is_taken(site, running):
    sitting, desks = running
    _person, browse = invigilator(site, sitting)
    browse.get(one(site, sitting)).submit("强制交卷", reason="样例:身体不适离场")
    attempt = desks[0].attempt()
    assert attempt.closed_by == "invigilator"
    assert attempt.receipt
    again = browse.get(one(site, sitting))
    assert "强制交卷" not in " ".join(again.text.split("撤回误交卷")[1:])


def test_a_closed_attempt_is_not_paused_and_the_page_says_why(site, running):
    sitting, desks = running
    _person, browse = invigilator(site, sitting)
    page = browse.get(one(site, sitting))
    browse.get(one(site, sitting)).submit("强制交卷", reason="样例原因")
    late = page.submit("暂停", reason="样例原因")
    assert late.status == 409
    assert desks[0].attempt().paused_at is None
    assert len(rows(site)) == 1


def test_a_mistaken_hand_in_is_reopened_by_two_persons(site, running):
    sitting, desks = running
    _first, browse = invigilator(site, sitting)
    _second, other = invigilator(site, sitting, name="样例监考员乙")
    browse.get(one(site, sitting)).submit("强制交卷", reason="样例原因")
    page = browse.get(one(site, sitting)).submit("撤回误交卷", reason="样例:误操作")
    assert "等待第二人" in page.text
    assert desks[0].attempt().closed_at is not None
    other.get(acts(sitting)).submit("确认第")
    assert desks[0].attempt().closed_at is None


# ---- several


def test_time_for_several_waits_for_a_second_person_and_goes_to_exactly_those_named(site, running):
    sitting, desks = running
    _first, browse = invigilator(site, sitting)
    _second, other = invigilator(site, sitting, name="样例监考员乙")
    page = browse.get(acts(sitting, "extra"))
    page.submit("补时", minutes="10", reason="样例:广播误时", attempt=[desks[0].id, desks[2].id])
    assert [d.attempt().extra_seconds for d in desks] == [0, 0, 0]
    done = other.get(acts(sitting)).submit("确认第")
    assert "已处理 2 名考生" in done.text
    assert [d.attempt().extra_seconds for d in desks] == [600, 0, 600]


def test_the_board_says_at_its_top_that_a_request_waits(site, running):
    sitting, _desks = running
    _first, browse = invigilator(site, sitting)
    _second, other = invigilator(site, sitting, name="样例监考员乙")
    board = f"/invigilation/sittings/{sitting.id}"
    assert "等待第二人确认" not in other.get(board).text
    browse.get(acts(sitting, "extra")).submit("补时", minutes="10", reason="样例原因", whom="all")
    page = other.get(board)
    assert "1 项申请等待第二人确认" in page.text
    assert "已处理 3 名考生" in page.submit("确认第").text


def test_who_asked_can_not_confirm(site, running):
    sitting, desks = running
    _first, browse = invigilator(site, sitting)
    page = browse.get(acts(sitting, "extra")).submit("补时", minutes="10", reason="样例原因", whom="all")
    assert "确认第" not in page.text
    [row] = rows(site)
    token = page.find_all("input", name="csrf_token")[0].get("value")
    refused = browse.post(f"/invigilation/interventions/{row.id}/confirm", {"csrf_token": token})
    assert refused.status == 409
    assert desks[0].attempt().extra_seconds == 0


def test_a_request_expires(site, running):
    sitting, desks = running
    _first, browse = invigilator(site, sitting)
    _second, other = invigilator(site, sitting, name="样例监考员乙")
    browse.get(acts(sitting, "extra")).submit("补时", minutes="10", reason="样例原因", whom="all")
    seen = other.get(acts(sitting))
    site.clock.advance(minutes=10)
    late = seen.submit("确认第")
    assert late.status == 409
    assert desks[0].attempt().extra_seconds == 0
    assert "逾期未确认" in other.get(acts(sitting)).text


def test_two_who_confirm_at_once_do_it_once(site, running):
    sitting, desks = running
    _first, browse = invigilator(site, sitting)
    _second, other = invigilator(site, sitting, name="样例监考员乙")
    _third, third = invigilator(site, sitting, name="样例监考员丙")
    browse.get(acts(sitting, "extra")).submit("补时", minutes="10", reason="样例原因", whom="all")
    one_page, other_page = other.get(acts(sitting)), third.get(acts(sitting))
    assert one_page.submit("确认第").status == 200
    assert other_page.submit("确认第").status == 409
    assert [d.attempt().extra_seconds for d in desks] == [600, 600, 600]


def test_who_does_not_fit_any_more_is_reported_and_the_others_are_served(site, running):
    sitting, desks = running
    _first, browse = invigilator(site, sitting)
    _second, other = invigilator(site, sitting, name="样例监考员乙")
    browse.get(acts(sitting, "hand-in")).submit("强制交卷", reason="样例:紧急疏散", whom="all")
    browse.get(one(site, sitting, 2)).submit("强制交卷", reason="样例:离场")
    page = other.get(acts(sitting)).submit("确认第")
    assert "已处理 2 名考生" in page.text
    assert "1 名不适用" in page.text
    assert all(d.attempt().closed_by == "invigilator" for d in desks)


def test_a_room_is_paused_by_one_person_and_resumed_by_two(site):
    sitting = make_watched(site, rooms=(2, 1))
    site.clock.set(OPENS)
    ids = enrolments_of(site, sitting)
    desks = [sit_down_as(site, sitting, enrolment) for enrolment in ids]
    _first, browse = invigilator(site, sitting, 1)
    _second, other = invigilator(site, sitting, 1, name="样例监考员乙")
    page = browse.get(acts(sitting, "pause"))
    assert "第 2 考场全体" not in page.text
    page.submit("暂停", cause="power", reason="样例:停电", whom=room_value(page, "第 1 考场"))
    assert [d.attempt().paused_at is not None for d in desks] == [True, True, False]
    site.clock.advance(minutes=4)
    page = browse.get(acts(sitting, "resume"))
    page.submit("恢复作答", reason="样例:来电", whom=room_value(page, "第 1 考场"))
    assert desks[0].attempt().paused_at is not None
    other.get(acts(sitting)).submit("确认第")
    assert [d.attempt().restored_seconds for d in desks] == [240, 240, 0]
    entries = rows(site, Interruption)
    assert len(entries) == 2
    assert entries[1].supersedes_id == entries[0].id
    assert entries[1].room_id is not None
    assert entries[1].restored_seconds == 240


def test_a_refusal_needs_a_reason_and_ends_the_request(site, running):
    sitting, desks = running
    _first, browse = invigilator(site, sitting)
    _second, other = invigilator(site, sitting, name="样例监考员乙")
    browse.get(acts(sitting, "extra")).submit("补时", minutes="10", reason="样例原因", whom="all")
    page = other.get(acts(sitting)).submit("不予处理", answer="")
    assert page.status == 422
    page = page.submit("不予处理", answer="样例:并无误时")
    assert "样例:并无误时" in page.text
    assert desks[0].attempt().extra_seconds == 0


def test_who_asked_takes_it_back(site, running):
    sitting, _desks = running
    _first, browse = invigilator(site, sitting)
    browse.get(acts(sitting, "extra")).submit("补时", minutes="10", reason="样例原因", whom="all")
    page = browse.get(acts(sitting)).submit("撤回第")
    assert "已撤回" in page.text
    assert rows(site)[0].status == "withdrawn"


def test_every_act_is_on_the_record(site, running):
    sitting, _desks = running
    _first, browse = invigilator(site, sitting)
    browse.get(one(site, sitting)).submit("补时", minutes="5", reason="样例:键盘更换")
    with site.reading() as session:
        acts_done = session.scalars(select(AuditRecord.act)).all()
    assert "intervention.do" in acts_done


# ---- reach


def test_another_institution_finds_nothing(site, running):
    sitting, _desks = running
    _first, browse = invigilator(site, sitting)
    browse.get(acts(sitting, "extra")).submit("补时", minutes="10", reason="样例原因", whom="all")
    _person, far = staff_of(site, "样例外机构")
    token = far.get("/invigilation/").find_all("input", name="csrf_token")[0].get("value")
    [row] = rows(site)
    assert far.get(acts(sitting)).status == 404
    assert far.get(one(site, sitting)).status == 404
    assert far.post(f"/invigilation/interventions/{row.id}/confirm", {"csrf_token": token}).status == 404


def test_who_watches_one_room_does_not_reach_the_others(site):
    sitting = make_watched(site, rooms=(2, 1))
    site.clock.set(OPENS)
    ids = enrolments_of(site, sitting)
    desks = [sit_down_as(site, sitting, enrolment) for enrolment in ids]
    _first, browse = invigilator(site, sitting, 2)
    page = browse.get(acts(sitting, "pause"))
    page.submit("暂停", reason="样例原因", whom="all")
    assert [d.attempt().paused_at is not None for d in desks] == [False, False, True]
    assert browse.get(f"/invigilation/enrolments/{ids[0]}/acts").status == 404


def test_an_invigilator_without_a_duty_is_not_let_in(site, running):
    sitting, _desks = running
    with site.writing() as session:
        person = make_person(session, Role.INVIGILATOR, institution=make_institution(session))
    assert site.browse_as(person).get(acts(sitting)).status == 404


def room_value(page, name):
    """The value of the choice of this room."""
    for option in page.find_all("option"):
        if name in "".join(option.itertext()):
            return option.get("value")
    raise AssertionError(name)


def sit_down_as(site, sitting, enrolment_id):
    """The candidate of this enrolment opens the paper, whatever the seat is called."""
    from examsite.registration.models import Enrolment

    with site.reading() as session:
        seat = session.get_one(Enrolment, enrolment_id).seat
    return sit_down(site, sitting, seat)


def test_attempts_are_found_by_their_seat(site):
    sitting = make_watched(site, rooms=(1,), candidates=1)
    site.clock.set(OPENS)
    desk = sit_down_as(site, sitting, enrolments_of(site, sitting)[0])
    assert desk.id == attempt_of(site, sitting, "01-01")
    with site.reading() as session:
        assert session.get_one(Attempt, desk.id).closed_at is None


def test_two_who_confirm_in_the_same_instant_do_it_once(site, running):
    sitting, desks = running
    _first, browse = invigilator(site, sitting)
    browse.get(acts(sitting, "extra")).submit("补时", minutes="10", reason="样例原因", whom="all")
    pages = [invigilator(site, sitting, name=f"样例监考员{n}")[1].get(acts(sitting)) for n in range(4)]
    answers = at_once(lambda page: page.submit("确认第").status, pages)
    assert sorted(answers) == [200, 409, 409, 409]
    assert [d.attempt().extra_seconds for d in desks] == [600, 600, 600]


def test_one_form_sent_many_times_in_the_same_instant_gives_time_once(site, running):
    sitting, desks = running
    _first, browse = invigilator(site, sitting)
    page = browse.get(one(site, sitting))
    answers = at_once(
        lambda form: form.submit("补时", minutes="5", reason="样例:键盘更换").status, [page] * 4
    )
    assert answers == [200] * 4
    assert desks[0].attempt().extra_seconds == 300


def at_once(act, subjects):
    """What the act gave for each, all of them begun in the same instant in threads of their own."""
    together = Barrier(len(subjects))

    def begin(subject):
        together.wait()
        return act(subject)

    with ThreadPoolExecutor(len(subjects)) as pool:
        return list(pool.map(begin, subjects))
