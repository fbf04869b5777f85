"""The live board: who stands where, told in one read, and nothing said twice."""

from __future__ import annotations

import pytest
from sqlalchemy import event, select

from examsite.access.permissions import Role
from examsite.invigilation.board import queries, wire
from examsite.invigilation.conduct.models import AbsenceMark
from examsite.invigilation.interventions.models import Interruption
from examsite.planning.models import SignalPolicy, Sitting
from examsite.registration.models import Enrolment
from examsite.sitting.models import Attempt, AttemptEvent, QuarantinedAnswer
from tests.examsite.invigilation.watching import enrolments_of, invigilator, make_watched, staff_of
from tests.examsite.sitting.arrange import sit_down
from tests.factories import make_institution, make_person


def feed(browse, sitting, **headers):
    return browse.client.get(f"/invigilation/sittings/{sitting.id}/board", headers=headers)


def told(browse, sitting):
    """The rows that the page is told, by enrolment."""
    document = feed(browse, sitting).get_json()
    rows = [dict(zip(document["fields"], row, strict=True)) for row in document["rows"]]
    return {row["id"]: row for row in rows}


def shown(browse, sitting, view="list"):
    """State by enrolment as the page shows it."""
    page = browse.get(f"/invigilation/sittings/{sitting.id}?view={view}")
    tag = "tr" if view == "list" else "div"
    found = [e for e in page.find_all(tag) if e.get("data-candidate")]
    return {int(e.get("data-candidate", "0")): e.get("data-state") for e in found}


def test_each_state_is_shown_as_it_is(site):
    sitting = make_watched(site, candidates=8)
    ids = enrolments_of(site, sitting)
    _person, browse = invigilator(site, sitting)
    assert set(shown(browse, sitting).values()) == {"not-arrived"}
    browse.get(f"/invigilation/enrolments/{ids[1]}/check-in").submit("准予入场", document="y", face="y")
    with site.writing() as session:
        absent = AbsenceMark(
            enrolment_id=ids[7], number=1, is_absent=True, marked_by_id=_person.id, marked_at=site.now
        )
        session.add(absent)
    site.clock.set(sitting.opens_at)
    desks = [sit_down(site, sitting, seat) for seat in (3, 4, 5, 6, 7)]
    site.clock.advance(seconds=50)
    desks[0].send(desks[0].record(1, None))
    assert desks[2].hand_in().status == 200
    with site.writing() as session:
        paused = session.get_one(Attempt, desks[1].id)
        paused.paused_at = site.now
        closed = session.get_one(Attempt, desks[3].id)
        closed.closed_at, closed.closed_by = site.now, "clock"
    states = shown(browse, sitting)
    assert [states[i] for i in ids] == [
        "not-arrived",
        "checked-in",
        "answering",
        "paused",
        "handed-in",
        "closed",
        "offline",
        "absent",
    ]
    assert shown(browse, sitting, "plan") == states


def test_nothing_is_sent_twice_while_nothing_changes(site):
    sitting = make_watched(site)
    _person, browse = invigilator(site, sitting)
    site.clock.set(sitting.opens_at)
    desk = sit_down(site, sitting)
    first = feed(browse, sitting)
    tag = first.headers["ETag"]
    site.clock.advance(seconds=4)
    again = feed(browse, sitting, **{"If-None-Match": tag})
    assert again.status_code == 304
    assert again.get_data() == b""
    assert int(again.headers["X-Server-Time"]) > int(first.headers["X-Server-Time"])
    desk.send(desk.record(1, None))
    assert feed(browse, sitting, **{"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("candidates", [2, 9])
def test_the_board_is_one_select_however_many_sit(site, candidates):
    sitting = make_watched(site, candidates=candidates)
    statements = []
    with site.reading() as session:
        row = session.get_one(Sitting, sitting.id)

        def note(*arguments):
            statements.append(arguments[2])

        event.listen(site.database.engine, "before_cursor_execute", note)
        try:
            rows = queries.watched(session, row, None)
        finally:
            event.remove(site.database.engine, "before_cursor_execute", note)
    assert len(rows) == candidates
    assert len(statements) == 1
    assert len(wire.body(rows)) > 0


def test_evidence_is_counted_over_pages_and_machines(site):
    sitting = make_watched(site)
    _person, browse = invigilator(site, sitting)
    site.clock.set(sitting.opens_at)
    desk = sit_down(site, sitting)
    with site.writing() as session:
        for page, leaves in (("a", 1), ("a", 3), ("b", 2)):
            session.add(
                AttemptEvent(
                    attempt_id=desk.id,
                    at=site.now,
                    kind="left-page",
                    detail={"page": page, "leaves": leaves, "away_seconds": 9},
                )
            )
        session.add(
            QuarantinedAnswer(
                attempt_id=desk.id,
                position=1,
                revision=9,
                response=None,
                marked=False,
                made_at=site.now,
                arrived_at=site.now,
                evidence={},
            )
        )
        session.add(
            Interruption(
                sitting_id=sitting.id,
                cause="power",
                begun_at=site.now,
                recorded_by_id=_person.id,
                recorded_at=site.now,
            )
        )
    row = told(browse, sitting)[enrolments_of(site, sitting)[0]]
    assert (row["leaves"], row["quarantined"], row["incident"]) == (5, 1, True)
    page = browse.get(f"/invigilation/sittings/{sitting.id}")
    assert "多次离开页面" in page.text
    assert "有迟到的作答待处理" in page.text
    assert "中断尚未结束" in page.text


def test_somebody_silent_for_a_minute_is_named(site):
    sitting = make_watched(site)
    _person, browse = invigilator(site, sitting)
    site.clock.set(sitting.opens_at)
    sit_down(site, sitting)
    site.clock.advance(seconds=50)
    assert "离线已超过一分钟" not in browse.get(f"/invigilation/sittings/{sitting.id}").text
    site.clock.advance(seconds=15)
    assert "离线已超过一分钟" in browse.get(f"/invigilation/sittings/{sitting.id}").text


def test_time_left_stands_still_during_a_pause(site):
    sitting = make_watched(site)
    person, _browse = invigilator(site, sitting)
    site.clock.set(sitting.opens_at)
    desk = sit_down(site, sitting)
    site.clock.advance(minutes=10)
    with site.writing() as session:
        session.get_one(Attempt, desk.id).paused_at = site.now
    site.clock.advance(minutes=4)
    browse = site.browse_as(person)
    assert "1:20:00" in browse.get(f"/invigilation/sittings/{sitting.id}").text


def test_the_plan_shows_each_room_with_its_seats_in_an_s(site):
    sitting = make_watched(site, rooms=(4, 2), candidates=6)
    _person, browse = invigilator(site, sitting)
    page = browse.get(f"/invigilation/sittings/{sitting.id}")
    assert "第01考场" in page.text
    assert "第02考场" in page.text
    table = next(t for t in page.find_all("table") if t.get("class") == "board-plan")
    seats = [
        [tile.get("data-seat") for cell in line.iter("td") for tile in cell.iter("div")]
        for line in table.iter("tr")
    ]
    assert seats == [["01-01", "01-04"], ["01-02", "01-03"]]


def test_the_list_can_be_narrowed_to_a_room_and_a_state(site):
    sitting = make_watched(site, rooms=(2, 1))
    _person, browse = invigilator(site, sitting)
    with site.reading() as session:
        rooms = session.scalars(
            select(Enrolment.room_id).where(Enrolment.sitting_id == sitting.id).order_by(Enrolment.id)
        ).all()
    page = browse.get(f"/invigilation/sittings/{sitting.id}?view=list&room={rooms[2]}")
    assert len([e for e in page.find_all("tr") if e.get("data-candidate")]) == 1
    page = browse.get(f"/invigilation/sittings/{sitting.id}?view=list&state=answering")
    assert all("hidden" in e.attrib for e in page.find_all("tr") if e.get("data-candidate"))


def test_an_invigilator_of_one_room_sees_that_room_alone(site):
    sitting = make_watched(site, rooms=(2, 1))
    ids = enrolments_of(site, sitting)
    _person, browse = invigilator(site, sitting, 1)
    assert set(told(browse, sitting)) == set(ids[:2])
    assert browse.client.get(f"/invigilation/enrolments/{ids[0]}").status_code == 200
    for path in ("", "/check-in"):
        assert browse.client.get(f"/invigilation/enrolments/{ids[2]}{path}").status_code == 404


PAGES = ("", "/board", "/check-in", "/messages", "/records", "/closing")


def test_without_a_duty_there_is_no_sitting(site):
    sitting = make_watched(site)
    with site.writing() as session:
        person = make_person(session, Role.INVIGILATOR)
    browse = site.browse_as(person)
    for page in PAGES:
        assert browse.client.get(f"/invigilation/sittings/{sitting.id}{page}").status_code == 404
    assert browse.client.get(f"/invigilation/enrolments/{enrolments_of(site, sitting)[0]}").status_code == 404


def test_people_of_another_institution_find_nothing(site):
    sitting = make_watched(site)
    with site.writing() as session:
        other = make_institution(session, "样例乙中心")
        person = make_person(session, Role.INVIGILATOR, institution=other)
    for browse in (site.browse_as(person), staff_of(site, "样例乙中心")[1]):
        for page in PAGES:
            assert browse.client.get(f"/invigilation/sittings/{sitting.id}{page}").status_code == 404


def test_staff_watch_every_sitting_of_their_institution(site):
    sitting = make_watched(site)
    assert staff_of(site)[1].get(f"/invigilation/sittings/{sitting.id}").status == 200


def test_one_candidates_page_tells_what_happened(site):
    sitting = make_watched(site)
    _person, browse = invigilator(site, sitting, name="样例监考甲")
    id_ = enrolments_of(site, sitting)[0]
    browse.get(f"/invigilation/enrolments/{id_}/check-in").submit(
        "准予入场", document="y", face="y", note="样例备注"
    )
    site.clock.set(sitting.opens_at)
    sit_down(site, sitting)
    desk = sit_down(site, sitting)
    desk.hand_in()
    text = browse.get(f"/invigilation/enrolments/{id_}").text
    for part in ("签到", "样例监考甲", "样例备注", "打开试卷", "在另一台机器上打开试卷", "考生交卷"):
        assert part in text, part


def test_the_board_leads_to_refused_machines_where_a_machine_can_be_refused(site):
    open_to_all = make_watched(site)
    assert (
        "被拒绝的考试机"
        not in invigilator(site, open_to_all)[1].get(f"/invigilation/sittings/{open_to_all.id}").text
    )
    with site.writing() as session:
        session.get_one(Sitting, open_to_all.id).network_policy = SignalPolicy.REQUIRED
    _person, browse = invigilator(site, open_to_all, name="样例监考乙")
    board = browse.get(f"/invigilation/sittings/{open_to_all.id}")
    assert "没有被拒绝的考试机" in board.follow("被拒绝的考试机").text
