"""What page and server say to each other besides answers: messages, pauses, that the page is there, another machine, incidents."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from examsite.access.models import Person
from examsite.access.permissions import Role
from examsite.access.scope import SELF, Granted, SignedIn
from examsite.clock import as_milliseconds
from examsite.errors import Invalid
from examsite.planning.models import Sitting
from examsite.registration.models import Enrolment, Room
from examsite.sitting import closing, giving, messages, opening, queries
from examsite.sitting.models import Attempt, AttemptEvent
from tests.conftest import Site
from tests.examsite.sitting.arrange import OPENS, Desk, attempt_of, candidate, make_running_sitting, sit_down
from tests.examsite.sitting.counting import statements
from tests.examsite.sitting.test_giving import arranged, events, give, pulse, seated


def say(site: Site, actor: Person, text: str, **to: Any) -> int:
    with site.writing() as session:
        sitting = session.scalars(select(Sitting)).one()
        return messages.send(session, sitting, text=text, actor=actor, now=site.now, **to).id


def ask(desk: Desk, **query: Any) -> Any:
    said = "&".join(f"{name}={value}" for name, value in query.items())
    return desk.browse.get(f"{desk.url('pulse')}?{said}", headers={"X-Lease": desk.lease}).json


def send(desk: Desk, seen: int, *records: dict[str, Any]) -> Any:
    body = {"lease": desk.lease, "records": list(records), "seen_message": seen}
    return desk.browse.post_json(desk.url("answers"), body).json


def test_every_reply_brings_what_was_said_since_the_last_message_known(site: Site) -> None:
    desk, actor = seated(site)
    first = say(site, actor, "请保持安静")
    site.clock.advance(minutes=1)
    second = say(site, actor, "还有一小时")
    told = pulse(desk)["messages"]
    assert told == [
        {"id": first, "text": "请保持安静", "sent_at": as_milliseconds(OPENS)},
        {"id": second, "text": "还有一小时", "sent_at": as_milliseconds(site.now)},
    ]
    assert [m["id"] for m in ask(desk, m=first)["messages"]] == [second]
    assert [m["id"] for m in send(desk, first, desk.record(4, None))["messages"]] == [second]
    assert send(desk, second, desk.record(4, None))["messages"] == []
    body = {"lease": desk.lease, "records": [], "held": {}, "seen_message": first}
    assert [m["id"] for m in desk.browse.post_json(desk.url("hand_in"), body).json["messages"]] == [second]


def test_a_message_reaches_its_room_or_its_candidate_and_nobody_else(site: Site) -> None:
    sitting, actor = arranged(site, candidates=3)
    with site.writing() as session:
        room = Room(sitting_id=sitting.id, number=1, name="", rows=2, columns=2, code="K1")
        session.add(room)
        session.flush()
        for enrolment in session.scalars(select(Enrolment).where(Enrolment.seat.in_(["1", "2"]))):
            enrolment.room_id = room.id
        room_id = room.id
    site.clock.set(OPENS)
    desks = [sit_down(site, sitting, seat) for seat in (1, 2, 3)]
    say(site, actor, "全体")
    say(site, actor, "一号考场", room_id=room_id)
    say(site, actor, "您一人", attempt_id=desks[0].id)
    told = [[message["text"] for message in pulse(desk)["messages"]] for desk in desks]
    assert told == [["全体", "一号考场", "您一人"], ["全体", "一号考场"], ["全体"]]


def test_a_message_needs_text_and_an_audience_of_this_sitting(site: Site) -> None:
    desk, actor = seated(site)
    with site.writing() as session:
        other = make_running_sitting(session)
        elsewhere = Room(sitting_id=other.id, number=1, name="", rows=2, columns=2, code="K2")
        session.add(elsewhere)
        session.flush()
        room_id, here = elsewhere.id, other.id
    wrong: list[dict[str, Any]] = [
        {"text": "  "},
        {"text": "长" * 301},
        {"text": "x", "room_id": room_id, "attempt_id": desk.id},
        {"text": "x", "attempt_id": "0" * 32},
        {"text": "x", "room_id": 99},
    ]
    for values in wrong:
        with site.reading() as session:
            sitting = session.get_one(Sitting, here)
        with site.writing() as session, pytest.raises(Invalid):
            messages.send(session, sitting, actor=actor, now=site.now, **values)
    assert pulse(desk)["messages"] == []


def test_a_page_that_knows_the_newest_message_costs_no_statement_more(site: Site) -> None:
    desk, actor = seated(site)
    known = say(site, actor, "请保持安静")
    with statements(site) as before:
        send(desk, known, desk.record(4, {"truth": True}))
    with statements(site) as after:
        send(desk, 0, desk.record(4, {"truth": False}))
    assert len(after) == len(before) + 1
    assert len(before) <= 4


def test_a_paused_page_is_told_keeps_what_it_sends_and_can_not_hand_in(site: Site) -> None:
    desk, actor = seated(site)
    give(site, desk, giving.pause, actor=actor)
    site.clock.advance(minutes=5)
    reply = desk.send(desk.record(4, {"truth": True}))
    assert reply.json["paused"]
    assert reply.json["acknowledged"]
    refused = desk.hand_in({4: 1, 5: 2}, desk.record(5, {"blanks": ["x"]}))
    assert (refused.status, refused.json["code"]) == (409, "paused")
    assert "暂停" in refused.json["message"]
    assert set(desk.held()) == {4, 5}
    give(site, desk, giving.resume, actor=actor)
    assert not pulse(desk)["paused"]
    assert desk.hand_in({4: 1, 5: 2}).json["handed_in"]


def test_a_page_without_scripts_can_not_hand_in_during_a_pause(site: Site) -> None:
    desk, actor = seated(site)
    second = desk.browse.get(f"/exam/{desk.id}/finish").submit("继续交卷")
    give(site, desk, giving.pause, actor=actor)
    refused = second.submit("确认交卷")
    assert refused.status == 409
    assert "暂停" in refused.text
    assert desk.attempt().closed_at is None


def test_a_page_that_was_offline_during_a_pause_loses_no_time(site: Site) -> None:
    desk, actor = seated(site)
    site.clock.advance(minutes=80)
    before = desk.record(4, {"truth": True})
    give(site, desk, giving.pause, actor=actor)
    site.clock.advance(minutes=60)
    give(site, desk, giving.resume, actor=actor)
    # The first that the page hears: what it made counts, and the ten minutes it had are still there.
    reply = desk.send(before)
    assert reply.json["acknowledged"]
    assert reply.json["deadline"] == as_milliseconds(site.now + timedelta(minutes=10))


def test_a_pulse_keeps_that_the_page_is_there_at_most_once_in_fifteen_seconds(site: Site) -> None:
    desk, _actor = seated(site)
    ask(desk, a=3)
    assert (desk.attempt().seen_at, desk.attempt().answered) == (OPENS, 3)
    site.clock.advance(seconds=5)
    ask(desk, a=4)
    assert (desk.attempt().seen_at, desk.attempt().answered) == (OPENS, 3)
    site.clock.advance(seconds=10)
    ask(desk, a=5)
    assert (desk.attempt().seen_at, desk.attempt().answered) == (site.now, 5)
    desk.hand_in()
    closed = site.now
    site.clock.advance(seconds=30)
    ask(desk, a=6)
    assert (desk.attempt().seen_at, desk.attempt().answered) == (closed, 5)


@pytest.mark.parametrize("query", [{"a": "x"}, {"a": -3}, {"a": 10**12}, {"m": "x"}, {"m": -1}])
def test_a_pulse_with_nonsense_is_answered_all_the_same(site: Site, query: dict[str, Any]) -> None:
    desk, _actor = seated(site)
    assert ask(desk, **query)["lease_live"]
    assert 0 <= desk.attempt().answered <= 10_000


def test_another_machine_asks_for_consent_where_the_sitting_does(site: Site) -> None:
    sitting, actor = arranged(site, takeover_policy="consent")
    site.clock.set(OPENS)
    desk = sit_down(site, sitting)
    # The same browser may open it again, as after a reload.
    again = sit_down(site, sitting, browse=desk.browse)
    other = site.browse_as(candidate(site, sitting), as_candidate=True)
    address = f"/exam/{attempt_of(site, sitting)}/wait"
    refused = other.get(address).submit("继续作答")
    assert refused.status == 409
    assert "监考员同意" in refused.text
    assert desk.attempt().takeovers == 0
    give(site, again, giving.allow_takeover, minutes=10, actor=actor)
    site.clock.advance(minutes=11)
    assert other.get(address).submit("继续作答").status == 409
    give(site, again, giving.allow_takeover, minutes=10, actor=actor)
    site.clock.advance(minutes=9)
    second = sit_down(site, sitting, browse=other)
    assert second.attempt().takeovers == 1
    assert not ask(again)["lease_live"]
    assert again.send(again.record(4, None)).json["code"] in ("lease-lost", "signed-out")
    # Consent is for one machine.
    third = site.browse_as(candidate(site, sitting), as_candidate=True)
    assert third.get(address).submit("继续作答").status == 409
    assert [kind for kind, _note in events(site, desk.id)].count("taken-over") == 1


def test_two_first_openings_at_one_moment_make_one_attempt(site: Site) -> None:
    sitting, _actor = arranged(site)
    site.clock.set(OPENS)
    desk = sit_down(site, sitting)
    person = candidate(site, sitting)
    actor = SignedIn(person.id, "", 0, "", True, (Granted(Role.CANDIDATE, SELF),))
    with site.writing() as session:
        place = queries.my_place(session, actor, desk.id)
        # What the slower request saw before the faster one committed.
        blind = replace(place, attempt=None)
        opening.open_paper(session, blind, actor=actor, now=site.now)
    assert [kind for kind, _note in events(site, desk.id)] == ["opened", "taken-over"]
    with site.reading() as session:
        assert len(session.scalars(select(Attempt)).all()) == 1


def test_an_incident_names_what_was_declared_and_never_came(site: Site) -> None:
    desk, _actor = seated(site)
    desk.send(desk.record(4, {"truth": True}))
    refused = desk.hand_in({4: 1, 5: 2, 1: 3})
    assert refused.json["missing"] == [1, 5]
    desk.hand_in({4: 1, 5: 2, 1: 3})
    desk.send(desk.record(5, {"blanks": ["x"]}))
    site.clock.advance(minutes=96)
    site.run("jobs", "work", "--once")
    assert desk.attempt().closed_by == "clock"
    with site.reading() as session:
        rows = session.execute(select(AttemptEvent.kind, AttemptEvent.detail).order_by(AttemptEvent.id)).all()
    assert [tuple(row) for row in rows[1:]] == [
        ("hand-in-incomplete", {"missing": {"1": 3, "5": 2}}),
        ("incident", {"missing": {"1": 3}}),
    ]


def test_a_hand_in_after_the_clock_raises_an_incident_for_what_is_nowhere(site: Site) -> None:
    desk, _actor = seated(site)
    site.clock.advance(minutes=80)
    late = desk.record(4, {"truth": True})
    site.clock.advance(minutes=16)
    site.run("jobs", "work", "--once")
    for _time in range(2):
        reply = desk.hand_in({4: 1, 5: 2}, late)
        assert reply.json["handed_in"]
        assert reply.json["quarantined"] == [{"position": 4, "revision": 1}]
    with site.reading() as session:
        rows = session.scalars(select(AttemptEvent.detail).where(AttemptEvent.kind == "incident")).all()
    assert rows == [{"missing": {"5": 2}}]


def test_nobody_who_handed_in_completely_has_an_incident(site: Site) -> None:
    desk, _actor = seated(site)
    desk.hand_in({4: 1})
    desk.hand_in({4: 1}, desk.record(4, {"truth": True}))
    assert desk.attempt().closed_by == "candidate"
    assert "incident" not in [kind for kind, _note in events(site, desk.id)]


def test_the_clock_closes_many_in_few_statements(site: Site) -> None:
    sitting, _actor = arranged(site, candidates=6)
    site.clock.set(OPENS)
    desks = [sit_down(site, sitting, seat) for seat in range(1, 7)]
    for number, desk in enumerate(desks):
        desk.send(desk.record(4, {"truth": bool(number % 2)}))
    site.clock.advance(minutes=96)
    with statements(site) as run:
        site.run("jobs", "work", "--once")
    for desk in desks:
        attempt = desk.attempt()
        with site.reading() as session:
            assert attempt.receipt == closing.receipt_hash(desk.id, queries.answers(session, desk.id))
        assert attempt.closed_by == "clock"
    assert len(run) < 16
