"""Time, pauses, other machines, the end and the end taken back: what people give, and what the candidate's page learns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from examsite import audit
from examsite.access.models import Person
from examsite.access.permissions import Role
from examsite.clock import as_milliseconds
from examsite.errors import DomainError, Invalid
from examsite.planning.models import Sitting
from examsite.sitting import giving
from examsite.sitting.models import Attempt, AttemptEvent
from tests.conftest import Site
from tests.examsite.sitting.arrange import OPENS, Desk, attempt_of, make_running_sitting, sit_down
from tests.factories import make_person

WHY = "机器断电"


def arranged(site: Site, **rules: Any) -> tuple[Sitting, Person]:
    with site.writing() as session:
        sitting = make_running_sitting(session, **rules)
        return sitting, make_person(session, Role.INVIGILATOR)


def seated(site: Site, **rules: Any) -> tuple[Desk, Person]:
    sitting, actor = arranged(site, **rules)
    site.clock.set(OPENS)
    return sit_down(site, sitting), actor


def give(site: Site, desk: Desk, verb: Callable[..., None], *values: Any, **named: Any) -> None:
    named.setdefault("reason", WHY)
    with site.writing() as session:
        (attempt,) = giving.locked(session, [desk.id])
        verb(session, attempt, *values, now=site.now, **named)


def pulse(desk: Desk) -> Any:
    return desk.browse.get(desk.url("pulse"), headers={"X-Lease": desk.lease}).json


def events(site: Site, attempt_id: str) -> list[tuple[str, str]]:
    with site.reading() as session:
        rows = session.execute(
            select(AttemptEvent.kind, AttemptEvent.note)
            .where(AttemptEvent.attempt_id == attempt_id)
            .order_by(AttemptEvent.id)
        )
        return [(kind, note) for kind, note in rows]


def acts(site: Site, attempt_id: str) -> list[str]:
    with site.reading() as session:
        assert audit.verify(session).broken_at is None
        rows = select(audit.AuditRecord.act).where(audit.AuditRecord.object == f"attempts:{attempt_id}")
        return list(session.scalars(rows.order_by(audit.AuditRecord.sequence)))


def test_extra_time_moves_the_deadline_and_leaves_a_trace(site: Site) -> None:
    desk, actor = seated(site)
    before = pulse(desk)["deadline"]
    give(site, desk, giving.give_extra, 10, actor=actor)
    give(site, desk, giving.restore, 90, actor=actor)
    assert pulse(desk)["deadline"] - before == (600 + 90) * 1000
    assert events(site, desk.id)[1:] == [("extra-given", WHY), ("restored", WHY)]
    assert acts(site, desk.id)[-2:] == ["attempt.extra-given", "attempt.restored"]


def test_a_pause_stops_the_clock_and_is_given_back_in_full(site: Site) -> None:
    desk, actor = seated(site)
    site.clock.advance(minutes=10)
    left = pulse(desk)["deadline"] - as_milliseconds(site.now)
    give(site, desk, giving.pause, actor=actor)
    site.clock.advance(minutes=30, milliseconds=300)
    while_paused = pulse(desk)
    assert while_paused["deadline"] - as_milliseconds(site.now) == left
    give(site, desk, giving.resume, actor=actor)
    after = pulse(desk)
    assert after["deadline"] - as_milliseconds(site.now) == left + 700
    assert desk.attempt().restored_seconds == 30 * 60 + 1


def test_nobody_is_closed_by_the_clock_during_a_pause(site: Site) -> None:
    desk, actor = seated(site)
    give(site, desk, giving.pause, actor=actor)
    site.clock.advance(hours=3)
    site.run("jobs", "work", "--once")
    assert desk.attempt().closed_at is None
    give(site, desk, giving.resume, actor=actor)
    assert desk.send(desk.record(4, {"truth": True})).json["acknowledged"]


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        (giving.pause, giving.pause, "wrong-state"),
        (None, giving.resume, "wrong-state"),
        (None, giving.reopen, "wrong-state"),
        (giving.force_hand_in, giving.pause, "handed-in"),
        (giving.force_hand_in, giving.resume, "handed-in"),
        (giving.force_hand_in, giving.force_hand_in, "handed-in"),
    ],
)
def test_what_makes_no_sense_is_refused(
    site: Site, first: Callable[..., None] | None, second: Callable[..., None], code: str
) -> None:
    desk, actor = seated(site)
    if first:
        give(site, desk, first, actor=actor)
    with pytest.raises(DomainError) as refused:
        give(site, desk, second, actor=actor)
    assert refused.value.code == code
    assert any("\u4e00" <= character <= "\u9fff" for character in refused.value.message)


def test_a_reason_has_two_characters_and_time_is_more_than_nothing(site: Site) -> None:
    desk, actor = seated(site)
    for verb, values in ((giving.pause, ()), (giving.give_extra, (5,)), (giving.force_hand_in, ())):
        with pytest.raises(Invalid):
            give(site, desk, verb, *values, reason=" 停 ", actor=actor)
    for minutes in (0, -5, giving.MOST_MINUTES + 1):
        with pytest.raises(Invalid):
            give(site, desk, giving.give_extra, minutes, actor=actor)
    assert events(site, desk.id)[1:] == []


def test_there_is_nothing_to_pause_after_the_time(site: Site) -> None:
    desk, actor = seated(site)
    site.clock.advance(minutes=90)
    with pytest.raises(giving.TimeIsOver):
        give(site, desk, giving.pause, actor=actor)


def test_an_invigilator_closes_a_paused_attempt_and_its_answers_count(site: Site) -> None:
    desk, actor = seated(site)
    desk.send(desk.record(4, {"truth": True}))
    give(site, desk, giving.pause, actor=actor)
    site.clock.advance(minutes=5)
    give(site, desk, giving.force_hand_in, actor=actor)
    attempt = desk.attempt()
    assert (attempt.closed_by, attempt.paused_at) == ("invigilator", None)
    assert pulse(desk)["handed_in"]
    receipt = desk.browse.get(f"/exam/{desk.id}/receipt")
    assert "1 / 6" in receipt.text
    assert (attempt.receipt or "-")[:16] in receipt.text


def test_a_hand_in_by_mistake_is_taken_back_while_the_time_runs(site: Site) -> None:
    desk, actor = seated(site)
    desk.hand_in({}, desk.record(4, {"truth": True}))
    given = desk.attempt().receipt
    site.clock.advance(minutes=3)
    give(site, desk, giving.reopen, actor=actor)
    assert desk.attempt().closed_at is None
    assert desk.send(desk.record(4, {"truth": False})).json["acknowledged"]
    desk.hand_in({4: 2})
    assert desk.attempt().receipt != given
    with site.reading() as session:
        detail = session.scalars(
            select(AttemptEvent.detail).where(AttemptEvent.kind == "hand-in-undone")
        ).one()
    assert detail["receipt"] == given


def test_who_was_closed_by_the_clock_is_given_time_and_let_in_again(site: Site) -> None:
    desk, actor = seated(site)
    site.clock.advance(minutes=91)
    site.run("jobs", "work", "--once")
    with pytest.raises(giving.TimeIsOver):
        give(site, desk, giving.reopen, actor=actor)
    give(site, desk, giving.give_extra, 20, actor=actor)
    give(site, desk, giving.reopen, actor=actor)
    assert desk.send(desk.record(4, {"truth": True})).json["acknowledged"]
    assert pulse(desk)["deadline"] == as_milliseconds(OPENS + timedelta(minutes=110))


def test_time_is_not_given_to_who_has_handed_in(site: Site) -> None:
    desk, actor = seated(site)
    desk.hand_in()
    for verb, value in ((giving.give_extra, 5), (giving.restore, 60)):
        with pytest.raises(giving.HandedIn):
            give(site, desk, verb, value, actor=actor)


def test_attempts_are_locked_in_one_order_and_only_those_that_are_there(site: Site) -> None:
    sitting, _actor = arranged(site, candidates=2)
    site.clock.set(OPENS)
    ids = sorted(sit_down(site, sitting, seat).id for seat in (1, 2))
    with site.writing() as session:
        found = giving.locked(session, [ids[1], "nobody", ids[0]])
        assert [attempt.id for attempt in found] == ids
        assert found[0].enrolment.sitting.id == sitting.id
    assert attempt_of(site, sitting) in ids
    with site.reading() as session:
        assert len(session.scalars(select(Attempt)).all()) == 2
