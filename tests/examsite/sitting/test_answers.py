"""No acknowledged answer is lost: the save, through the door, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from examsite.planning.models import Sitting
from examsite.sitting.models import AnswerLog, Attempt, AttemptEvent, QuarantinedAnswer
from tests.conftest import Site
from tests.examsite.sitting.arrange import OPENS, Desk, attempt_of, candidate, make_running_sitting, sit_down


@pytest.fixture
def desk(site: Site) -> Desk:
    with site.writing() as session:
        sitting = make_running_sitting(session)
    site.clock.set(OPENS)
    return sit_down(site, sitting)


def test_a_saved_answer_is_acknowledged_and_held(desk: Desk) -> None:
    choice = {"options": [desk.options(1)[2]]}
    reply = desk.send(desk.record(1, choice), desk.record(5, {"blanks": ["备案"]}))
    assert reply.status == 200
    assert reply.json["acknowledged"] == [{"position": 1, "revision": 1}, {"position": 5, "revision": 2}]
    assert desk.held() == {1: (1, choice), 5: (2, {"blanks": ["备案"]})}


def test_a_reload_shows_what_was_saved(desk: Desk) -> None:
    choice = desk.options(1)[1]
    desk.send(desk.record(1, {"options": [choice]}, marked=True))
    page = desk.browse.get(f"/exam/{desk.id}/paper")
    (checked,) = [e for e in page.find_all("input", name="q1") if "checked" in e.attrib]
    assert checked.get("value") == choice
    assert "checked" in page.find_all("input", name="m1")[0].attrib


def test_a_late_save_does_not_undo_a_newer_one(desk: Desk) -> None:
    first, second = desk.record(4, {"truth": True}), desk.record(4, {"truth": False})
    desk.send(second)
    reply = desk.send(first)
    assert reply.json["acknowledged"] == [{"position": 4, "revision": 1}]
    assert desk.held() == {4: (2, {"truth": False})}


def test_the_same_record_twice_changes_nothing_and_is_acknowledged_again(desk: Desk) -> None:
    record = desk.record(4, {"truth": True})
    desk.send(record)
    assert desk.send(record, record).json["acknowledged"] == [{"position": 4, "revision": 1}] * 2
    with desk.site.reading() as session:
        assert len(session.scalars(select(AnswerLog)).all()) == 1


def test_another_text_under_a_taken_revision_is_not_called_saved(desk: Desk) -> None:
    desk.send(desk.record(4, {"truth": True}, revision=1))
    reply = desk.send(desk.record(4, {"truth": False}, revision=1))
    assert reply.json["acknowledged"] == []
    assert [refusal["code"] for refusal in reply.json["refused"]] == ["revision-taken"]
    assert desk.held() == {4: (1, {"truth": True})}


def test_a_cleared_answer_is_kept_as_cleared(desk: Desk) -> None:
    desk.send(desk.record(4, {"truth": True}))
    desk.send(desk.record(4, None))
    assert desk.held() == {4: (2, None)}


@pytest.mark.parametrize(
    ("position", "response", "code"),
    [
        (99, {"truth": True}, "position-not-on-paper"),
        (1, {"truth": True}, "wrong-shape"),
        (1, {"options": ["ffffffff"]}, "wrong-shape"),
        (4, {"truth": "true"}, "wrong-shape"),
        (5, {"blanks": ["a", "b"]}, "wrong-shape"),
        (5, {"blanks": ["x" * 201]}, "wrong-shape"),
        (6, {"text": "a\x00b"}, "wrong-shape"),
        (6, {"text": "a", "more": 1}, "wrong-shape"),
    ],
)
def test_what_does_not_fit_the_paper_is_refused_alone(
    desk: Desk, position: int, response: Any, code: str
) -> None:
    reply = desk.send(desk.record(position, response), desk.record(4, {"truth": True}))
    assert [refusal["code"] for refusal in reply.json["refused"]] == [code]
    assert reply.json["acknowledged"] == [{"position": 4, "revision": 2}]


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"lease": "x", "records": "y"},
        {"lease": "x", "records": [{}]},
        {"lease": "x", "records": [{"position": True, "revision": 1, "response": None, "made_at": 1}]},
        {"lease": "x", "records": [{"position": 1, "revision": 0, "response": None, "made_at": 1}]},
        {"lease": "x", "records": [{"position": 1, "revision": 2**40, "response": None, "made_at": 1}]},
        {"lease": "x", "records": [{"position": 1, "revision": 1, "response": "A", "made_at": 1}]},
        {"lease": "x", "records": [{"position": 1, "revision": 1, "response": None, "made_at": 1e300}]},
    ],
)
def test_a_body_that_is_not_ours_is_refused_with_a_sentence(desk: Desk, body: Any) -> None:
    reply = desk.browse.post_json(desk.url("answers"), body)
    assert (reply.status, reply.json["code"]) == (422, "malformed")
    assert reply.json["message"]


def test_someone_elses_attempt_is_not_there(site: Site) -> None:
    with site.writing() as session:
        sitting = make_running_sitting(session, candidates=2)
    site.clock.set(OPENS)
    mine, other = sit_down(site, sitting, 1), sit_down(site, sitting, 2)
    reply = mine.browse.post_json(other.url("answers"), {"lease": mine.lease, "records": []})
    assert (reply.status, reply.json["code"]) == (409, "lease-lost")
    for path in ("wait", "paper", "finish", "receipt"):
        assert mine.browse.get(f"/exam/{other.id}/{path}").status == 404
    assert (
        mine.browse.post_json("/exam/" + "0" * 32 + "/answers", {"lease": "x", "records": []}).status == 404
    )


def test_a_second_machine_takes_the_lease_and_the_first_is_told(site: Site) -> None:
    with site.writing() as session:
        sitting = make_running_sitting(session)
    site.clock.set(OPENS)
    first = sit_down(site, sitting)
    first.send(first.record(4, {"truth": True}))
    # A candidate has one live login; the older page is told so and keeps its outbox.
    second = sit_down(site, sitting)
    assert second.data["answers"]["4"]["response"] == {"truth": True}
    reply = first.send(first.record(4, {"truth": False}))
    assert (reply.status, reply.json["code"]) == (409, "lease-lost")
    assert second.held() == {4: (1, {"truth": True})}
    assert second.send(second.record(4, {"truth": False})).status == 200
    assert second.attempt().takeovers == 1


def test_a_login_that_ended_can_no_longer_save(site: Site) -> None:
    with site.writing() as session:
        sitting = make_running_sitting(session)
    site.clock.set(OPENS)
    desk = sit_down(site, sitting)
    site.browse_as(candidate(site, sitting), as_candidate=True)
    reply = desk.send(desk.record(4, {"truth": True}))
    assert (reply.status, reply.json["code"]) == (401, "signed-out")


def test_a_reload_in_the_same_browser_keeps_the_lease(desk: Desk) -> None:
    desk.browse.get(f"/exam/{desk.id}/paper")
    assert desk.send(desk.record(4, {"truth": True})).status == 200


def test_a_changed_clock_of_the_machine_changes_nothing(desk: Desk) -> None:
    record = desk.record(4, {"truth": True}, made_at=desk.site.now + timedelta(days=400), wall=0)
    assert desk.send(record).json["acknowledged"]
    with desk.site.reading() as session:
        assert session.scalars(select(AnswerLog)).one().made_at == desk.site.now


def test_packets_in_flight_at_the_deadline_are_taken(desk: Desk) -> None:
    made = desk.site.clock.advance(minutes=90, seconds=-1)
    desk.site.clock.advance(seconds=4)
    reply = desk.send(
        desk.record(4, {"truth": True}, made_at=made), desk.record(1, None, made_at=desk.site.now)
    )
    assert reply.json["phase"] == "grace"
    assert reply.json["acknowledged"] == [{"position": 4, "revision": 1}]
    assert [refusal["code"] for refusal in reply.json["refused"]] == ["after-deadline"]


def test_what_comes_after_the_grace_is_kept_but_does_not_count(desk: Desk) -> None:
    made = desk.site.clock.advance(minutes=89)
    record = desk.record(4, {"truth": True}, made_at=made)
    desk.site.clock.advance(minutes=10)
    for _ in range(2):
        reply = desk.send(record, desk.record(1, None, revision=9, made_at=desk.site.now))
        assert reply.json["quarantined"] == [{"position": 4, "revision": 1}]
        assert reply.json["acknowledged"] == []
        assert [refusal["code"] for refusal in reply.json["refused"]] == ["after-deadline"]
    assert desk.held() == {}
    with desk.site.reading() as session:
        kept = session.scalars(select(QuarantinedAnswer)).one()
        assert (kept.response, kept.made_at) == ({"truth": True}, made)


def test_extra_time_moves_the_deadline(desk: Desk) -> None:
    with desk.site.writing() as session:
        session.get_one(Attempt, desk.id).extra_seconds = 600
    desk.site.clock.advance(minutes=95)
    assert desk.send(desk.record(4, {"truth": True})).json["phase"] == "answering"


def test_the_pulse_tells_time_and_whether_the_lease_lives(desk: Desk) -> None:
    said = desk.browse.get(desk.url("pulse"), headers={"X-Lease": desk.lease}).json
    assert said["lease_live"]
    assert said["deadline"] - said["server_time"] == 90 * 60 * 1000
    assert not desk.browse.get(desk.url("pulse"), headers={"X-Lease": "another"}).json["lease_live"]


def test_leaving_the_page_is_kept_as_evidence_once(desk: Desk) -> None:
    for _ in range(2):
        desk.browse.get(desk.url("pulse") + "?leaves=2&away=9000", headers={"X-Lease": desk.lease})
    desk.browse.get(desk.url("pulse") + "?leaves=-1&away=x", headers={"X-Lease": desk.lease})
    with desk.site.reading() as session:
        (event,) = session.scalars(select(AttemptEvent).where(AttemptEvent.kind == "left-page")).all()
        assert (event.detail["leaves"], event.detail["away_seconds"]) == (2, 9)


def test_display_settings_follow_the_candidate(desk: Desk) -> None:
    settings = {"font": "large", "contrast": "high", "view": "section", "shortcuts": False}
    body = {"lease": desk.lease, "settings": settings}
    assert desk.browse.post_json(desk.url("settings"), body).status == 200
    assert sit_down_again(desk).data["settings"] == body["settings"]
    body["settings"] = {"font": "huge"} | {name: settings[name] for name in ("contrast", "view")}
    assert desk.browse.post_json(desk.url("settings"), body).status == 409


def sit_down_again(desk: Desk) -> Desk:
    with desk.site.reading() as session:
        sitting = session.scalars(select(Sitting)).one()
    assert attempt_of(desk.site, sitting) == desk.id
    return sit_down(desk.site, sitting)
