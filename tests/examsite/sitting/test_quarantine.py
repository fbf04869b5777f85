"""Answers that came too late wait for a person, with evidence; the file of a dead machine is carried in by the same rules."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from examsite import audit
from examsite.access.models import Person
from examsite.clock import as_milliseconds
from examsite.errors import DomainError, Invalid, NotYours
from examsite.planning.models import Sitting
from examsite.sitting import carrying, giving, quarantine
from examsite.sitting.closing import receipt_hash
from examsite.sitting.models import Answer, AnswerLog, AttemptEvent, QuarantinedAnswer, QuarantineDecision
from question_bank.questions.model import canonical_hash
from tests.conftest import Site
from tests.examsite.sitting.arrange import OPENS, Desk, sit_down
from tests.examsite.sitting.test_giving import arranged, give, pulse, seated

WHY = "网络中断有记录"


def too_late(site: Site, **rules: Any) -> tuple[Desk, Person]:
    """A page that was cut off at 09:50 and is back after the end; question 4 says 正确 on the server, 错误 on the page."""
    desk, actor = seated(site, **rules)
    desk.send(desk.record(4, {"truth": True}))
    site.clock.set(OPENS + timedelta(minutes=80))
    made = desk.record(4, {"truth": False}), desk.record(1, {"options": [desk.options(1)[1]]})
    site.clock.set(OPENS + timedelta(minutes=93))
    site.run("jobs", "work", "--once")
    reply = desk.send(*made)
    assert len(reply.json["quarantined"]) == 2
    return desk, actor


def outbox(desk: Desk, *records: dict[str, Any], **more: Any) -> bytes:
    """The file as the page saves it."""
    kept = [{k: r[k] for k in ("position", "revision", "response", "marked", "made_at")} for r in records]
    body = {
        "format": "examsite-outbox-1",
        "attempt": desk.id,
        "saved_at": as_milliseconds(desk.site.now),
        "records": kept,
        "digest": canonical_hash(kept),
    }
    return json.dumps(body | more, indent=1, ensure_ascii=False).encode()


def carry(site: Site, data: bytes, actor: Person) -> Any:
    with site.writing() as session:
        return carrying.carry_in(session, carrying.read_outbox(data), actor=actor, now=site.now)


def waiting(site: Site, sitting_id: int) -> list[quarantine.Waiting]:
    with site.reading() as session:
        return quarantine.waiting(session, sitting_id)


def sitting_of(site: Site) -> int:
    with site.reading() as session:
        return session.scalars(select(Sitting.id)).one()


def test_what_waits_is_shown_with_its_evidence_and_what_it_would_replace(site: Site) -> None:
    desk, _actor = too_late(site)
    first, second = waiting(site, sitting_of(site))
    assert (first.position, first.says, first.replaces) == (1, "B", None)
    assert (second.position, second.says, second.replaces) == (4, "错误", "正确")
    assert second.made_at == OPENS + timedelta(minutes=80)
    assert second.arrived_at == OPENS + timedelta(minutes=93)
    assert second.ended_at == OPENS + timedelta(minutes=90)
    assert second.last_acknowledged_at == OPENS
    assert second.outage == 93 * 60
    assert second.would_count
    assert second.enrolment.person.name
    assert desk.held() == {4: (1, {"truth": True})}


def test_an_admitted_answer_counts_and_makes_a_new_receipt(site: Site) -> None:
    desk, actor = too_late(site)
    before = desk.attempt().receipt
    ids = [one.id for one in waiting(site, sitting_of(site))]
    with site.writing() as session:
        quarantine.admit(session, ids, reason=WHY, actor=actor, now=site.now)
    assert desk.held()[4] == (2, {"truth": False})
    assert set(desk.held()) == {1, 4}
    assert waiting(site, sitting_of(site)) == []
    attempt = desk.attempt()
    with site.reading() as session:
        held = {
            row.position: row for row in session.scalars(select(Answer).where(Answer.attempt_id == desk.id))
        }
        assert attempt.receipt == receipt_hash(desk.id, held) != before
        event = session.scalars(select(AttemptEvent).where(AttemptEvent.kind == "quarantine-admitted")).one()
        assert (event.detail["receipt_before"], event.detail["receipt"], event.note) == (
            before,
            attempt.receipt,
            WHY,
        )
        assert event.detail["replaced"] == {"1": 0, "4": 1}
        assert len(session.scalars(select(AnswerLog)).all()) == 3
        assert audit.verify(session).broken_at is None
    # The page sends it once more: it is known now.
    again = desk.send(desk.record(4, {"truth": False}, revision=2, made_at=OPENS + timedelta(minutes=80)))
    assert again.json["acknowledged"] == [{"position": 4, "revision": 2}]


def test_a_refused_answer_does_not_count_and_stays_in_the_record(site: Site) -> None:
    desk, actor = too_late(site)
    before = desk.attempt().receipt
    ids = [one.id for one in waiting(site, sitting_of(site))]
    with site.writing() as session:
        quarantine.refuse(session, ids, reason=WHY, actor=actor, now=site.now)
    assert desk.held() == {4: (1, {"truth": True})}
    assert desk.attempt().receipt == before
    assert waiting(site, sitting_of(site)) == []
    with site.reading() as session:
        assert len(session.scalars(select(QuarantinedAnswer)).all()) == 2
        assert {row.is_admitted for row in session.scalars(select(QuarantineDecision))} == {False}


def test_an_older_revision_is_admitted_without_undoing_a_newer_one(site: Site) -> None:
    desk, actor = seated(site)
    old = desk.record(4, {"truth": True})
    desk.send(desk.record(4, {"truth": False}))
    desk.hand_in({4: 2})
    site.clock.advance(minutes=1)
    desk.send(old)
    (one,) = waiting(site, sitting_of(site))
    assert not one.would_count
    with site.writing() as session:
        quarantine.admit(session, [one.id], reason=WHY, actor=actor, now=site.now)
    assert desk.held() == {4: (2, {"truth": False})}


def test_what_is_decided_is_not_decided_again(site: Site) -> None:
    _desk, actor = too_late(site)
    ids = [one.id for one in waiting(site, sitting_of(site))]
    with site.writing() as session:
        quarantine.refuse(session, ids[:1], reason=WHY, actor=actor, now=site.now)
    with pytest.raises(quarantine.Decided), site.writing() as session:
        quarantine.admit(session, ids, reason=WHY, actor=actor, now=site.now)
    # All or none.
    assert [one.id for one in waiting(site, sitting_of(site))] == ids[1:]


@pytest.mark.parametrize(
    ("ids", "reason", "error"), [([], WHY, Invalid), ([99], WHY, NotYours), ([1], " 是 ", Invalid)]
)
def test_a_decision_needs_a_reason_and_something_to_decide(
    site: Site, ids: list[int], reason: str, error: type[DomainError]
) -> None:
    _desk, actor = too_late(site)
    with pytest.raises(error), site.writing() as session:
        quarantine.admit(session, ids, reason=reason, actor=actor, now=site.now)
    assert len(waiting(site, sitting_of(site))) == 2


def test_the_file_of_a_dead_machine_counts_while_the_attempt_is_open(site: Site) -> None:
    desk, actor = seated(site)
    made = desk.record(4, {"truth": True}), desk.record(5, {"blanks": ["防范“\u2028”"]})
    site.clock.advance(minutes=20)
    data = outbox(desk, *made)
    for _time in range(2):
        outcome = carry(site, data, actor)
        assert sorted(outcome.acknowledged) == [(4, 1), (5, 2)]
    assert desk.held() == {4: (1, {"truth": True}), 5: (2, {"blanks": ["防范“\u2028”"]})}


def test_the_file_waits_for_a_person_once_the_attempt_is_closed(site: Site) -> None:
    desk, actor = seated(site)
    made = desk.record(4, {"truth": True})
    site.clock.set(OPENS + timedelta(minutes=95))
    after_end = desk.record(1, None)
    site.run("jobs", "work", "--once")
    outcome = carry(site, outbox(desk, made, after_end), actor)
    assert outcome.quarantined == [(4, 1)]
    assert [refusal.code for refusal in outcome.refused] == ["after-deadline"]
    (one,) = waiting(site, sitting_of(site))
    assert one.carried_by == actor.id
    assert desk.held() == {}


def test_what_a_dead_machine_kept_does_not_undo_what_was_answered_on_the_next(site: Site) -> None:
    first, actor = seated(site)
    site.clock.advance(minutes=1)
    cut_off = [first.record(4, {"truth": True}), first.record(4, None), first.record(5, {"blanks": ["甲"]})]
    with site.reading() as session:
        sitting = session.get_one(Sitting, sitting_of(site))
    second = sit_down(site, sitting)
    site.clock.advance(minutes=1)
    assert second.send(second.record(4, {"truth": False})).json["acknowledged"]
    outcome = carry(site, outbox(first, *cut_off), actor)
    assert outcome.refused == []
    held = second.held()
    assert held[4][1] == {"truth": False}
    assert held[5][1] == {"blanks": ["甲"]}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda data: data.replace(b'"truth": true', b'"truth": false'), "被改动"),
        (lambda data: data.replace(b"examsite-outbox-1", b"examsite-outbox-9"), "不是作答文件"),
        (lambda data: data[:40], "无法读取"),
        (lambda data: b"\xff\xfe" + data, "无法读取"),
        (lambda _data: b"[" * 100_000, "无法读取"),
        (lambda _data: b"[]", "不是作答文件"),
        (lambda data: data.replace(b'"records": [', b'"records": 3, "x": ['), "已损坏"),
        (lambda data: b" " * carrying.MOST_BYTES + data, "过大"),
    ],
)
def test_a_file_that_is_no_outbox_is_refused_with_what_to_do(
    sqlite_site: Site, change: Any, says: str
) -> None:
    desk, _actor = seated(sqlite_site)
    data = outbox(desk, desk.record(4, {"truth": True}))
    with sqlite_site.app.app_context(), pytest.raises(carrying.NotAnOutbox) as fault:
        carrying.read_outbox(change(data))
    assert says in fault.value.message


def test_an_empty_outbox_says_that_nothing_was_left(sqlite_site: Site) -> None:
    desk, _actor = seated(sqlite_site)
    with sqlite_site.app.app_context(), pytest.raises(carrying.NotAnOutbox) as fault:
        carrying.read_outbox(outbox(desk))
    assert "都已送达" in fault.value.message


def test_a_file_for_an_attempt_that_is_not_there_is_refused(site: Site) -> None:
    _sitting, actor = arranged(site)
    site.clock.set(OPENS)
    desk = sit_down(site, _sitting)
    with pytest.raises(NotYours):
        carry(site, outbox(desk, desk.record(4, None), attempt="0" * 32), actor)


def test_a_reopened_attempt_takes_its_answers_again(site: Site) -> None:
    desk, actor = too_late(site)
    give(site, desk, giving.give_extra, 30, actor=actor)
    give(site, desk, giving.reopen, actor=actor)
    assert pulse(desk)["phase"] == "answering"
    carry(site, outbox(desk, desk.record(4, {"truth": False})), actor)
    assert desk.held()[4] == (4, {"truth": False})


def test_the_receipt_tells_only_of_what_still_waits(site: Site) -> None:
    desk, actor = too_late(site)
    receipt = f"/exam/{desk.id}/receipt"
    assert "2 条作答超时送达，等待人工裁定" in desk.browse.get(receipt).text
    ids = [one.id for one in waiting(site, sitting_of(site))]
    with site.writing() as session:
        quarantine.refuse(session, ids[:1], reason=WHY, actor=actor, now=site.now)
    assert "1 条作答超时送达，等待人工裁定" in desk.browse.get(receipt).text
    with site.writing() as session:
        quarantine.admit(session, ids[1:], reason=WHY, actor=actor, now=site.now)
    assert "等待人工裁定" not in desk.browse.get(receipt).text
