"""The ledger of interruptions: entered, ended, put right, never changed; and moving a candidate to another seat."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from examsite.invigilation.interventions import queries
from examsite.invigilation.interventions.gaps import Gap, gaps
from examsite.invigilation.interventions.models import Interruption
from examsite.registration.models import Enrolment
from tests.examsite.invigilation.watching import enrolments_of, invigilator, make_watched, staff_of
from tests.examsite.sitting.arrange import OPENS

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


@pytest.fixture
def roomed(site):
    """A sitting in two rooms, half an hour after its opening."""
    sitting = make_watched(site, rooms=(2, 1))
    site.clock.set(OPENS + timedelta(minutes=30))
    return sitting


def ledger(sitting):
    return f"/invigilation/sittings/{sitting.id}/interruptions"


def rows(site):
    with site.reading() as session:
        return list(session.scalars(select(Interruption).order_by(Interruption.id)))


def room_of(page, name):
    return next(o.get("value") for o in page.find_all("option") if name in "".join(o.itertext()))


def test_an_interruption_of_a_room_is_entered_then_ended_by_a_newer_entry(site, roomed):
    _person, browse = invigilator(site, roomed)
    page = browse.get(ledger(roomed))
    page = page.submit(
        "登记", whom=room_of(page, "第 1 考场"), cause="network", begun_at="2026-11-24T09:20:00", note="样例"
    )
    assert "持续中" in page.text
    newer = page.follow("填写结束")
    bad = newer.submit("以此取代", ended_at="2026-11-24T09:25:00", restored_minutes="0", why_none="")
    assert bad.status == 422
    assert "请写明不补时的原因" in bad.text
    done = newer.submit("以此取代", ended_at="2026-11-24T09:25:00", restored_minutes="5")
    assert "5 分钟" in done.text
    assert "持续中" not in done.text
    first, second = rows(site)
    assert second.supersedes_id == first.id
    again = newer.submit("以此取代", ended_at="2026-11-24T09:26:00", restored_minutes="6")
    assert again.status == 409
    assert len(rows(site)) == 2


def test_an_end_before_the_beginning_or_in_the_future_is_refused(site, roomed):
    _person, browse = invigilator(site, roomed)
    page = browse.get(ledger(roomed))
    for begun, ended in (("09:20:00", "09:10:00"), ("09:20:00", "12:00:00"), ("12:00:00", "")):
        value = f"2026-11-24T{ended}" if ended else ""
        refused = page.submit("登记", begun_at=f"2026-11-24T{begun}", ended_at=value, restored_minutes="5")
        assert refused.status == 422
    assert rows(site) == []


def test_the_record_of_a_room_takes_its_own_interruptions_and_those_of_everybody(site, roomed):
    _person, browse = invigilator(site, roomed)
    page = browse.get(ledger(roomed))
    last = enrolments_of(site, roomed)[-1]
    for whom, note in ((room_of(page, "第 1 考场"), "一"), ("all", "全场"), (f"seat:{last}", "二")):
        page.submit("登记", whom=whom, begun_at="2026-11-24T09:20:00", note=note)
    with site.reading() as session:
        first, second = queries.rooms(session, roomed.id)
        notes = [
            [r.note for r in queries.for_record(session, roomed.id, room.id)] for room in (first, second)
        ]
        everything = queries.for_record(session, roomed.id, None)
    assert notes == [["一", "全场"], ["全场", "二"]]
    assert len(everything) == 3


def test_who_watches_another_room_or_institution_does_not_reach_an_entry(site, roomed):
    _person, browse = invigilator(site, roomed, 1)
    _other, second = invigilator(site, roomed, 2, name="样例监考员乙")
    page = browse.get(ledger(roomed))
    page.submit("登记", whom=room_of(page, "第 1 考场"), begun_at="2026-11-24T09:20:00", note="样例")
    [row] = rows(site)
    assert second.get(f"/invigilation/interruptions/{row.id}").status == 404
    assert staff_of(site, "样例外机构")[1].get(f"/invigilation/interruptions/{row.id}").status == 404
    assert browse.get(f"/invigilation/interruptions/{row.id}").status == 200


def test_a_candidate_moves_to_a_free_seat_and_not_to_a_taken_one(site, roomed):
    _person, browse = invigilator(site, roomed)
    last = enrolments_of(site, roomed)[-1]
    page = browse.get(f"/invigilation/enrolments/{last}")
    taken = page.submit("换座位", seat="01-01", reason="样例:主机故障")
    assert taken.status == 422
    assert "01-01" in taken.text
    moved = page.submit("换座位", seat="02-02", reason="样例:主机故障")
    assert "考生已调至 02-02" in moved.text
    with site.reading() as session:
        assert session.get_one(Enrolment, last).seat == "02-02"


def test_nobody_moves_a_candidate_into_a_room_that_they_do_not_watch(site, roomed):
    _person, browse = invigilator(site, roomed, 2)
    last = enrolments_of(site, roomed)[-1]
    page = browse.get(f"/invigilation/enrolments/{last}")
    with site.writing() as session:
        session.get_one(Enrolment, enrolments_of(site, roomed)[1]).withdrawn_at = site.now
        session.get_one(Enrolment, enrolments_of(site, roomed)[1]).seat = None
    refused = page.submit("换座位", seat="01-02", reason="样例:主机故障")
    assert refused.status == 422
    assert "您不监考该考场" in refused.text
    with site.reading() as session:
        assert session.get_one(Enrolment, last).seat == "02-01"


# ---- evidence


def test_silence_ends_with_a_return_and_a_thinking_candidate_makes_none():
    signs = [AT, AT + timedelta(minutes=1), AT + timedelta(minutes=9)]
    back = AT + timedelta(minutes=15)
    found = gaps(signs, [back], last_seen=back, now=back, is_open=True)
    assert found == [Gap(AT + timedelta(minutes=9), back)]


def test_silence_that_lasts_has_no_end_and_a_closed_attempt_makes_none():
    now = AT + timedelta(minutes=5)
    assert gaps([AT], [], last_seen=AT, now=now, is_open=True) == [Gap(AT, None)]
    assert gaps([AT], [], last_seen=AT, now=now, is_open=False) == []
    assert gaps([AT], [], last_seen=now, now=now, is_open=True) == []


def test_a_started_second_counts_as_one():
    assert Gap(AT, AT + timedelta(milliseconds=60_100)).seconds(AT) == 61
